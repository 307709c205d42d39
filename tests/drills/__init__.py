"""The drills: faults done to a cluster on this machine, and what must hold through them (`python -m tests.drills`)."""
