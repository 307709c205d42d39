"""Statements: written by hand or by the compilers of Django, named, compiled once a process, and how they run."""
