"""A throwaway Django project with django-oauth-toolkit: stock for `bench/dot.py`, tuned for `bench/peers.py`."""
