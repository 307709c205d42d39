"""`manage.py up`: the provider on this machine, as one node or as a small cluster."""
