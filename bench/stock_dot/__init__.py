"""A throwaway Django project with stock django-oauth-toolkit: measured by `bench/dot.py`, imported by nothing else."""
