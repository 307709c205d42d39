"""Scheduled work: what is done, how often, and by whom."""
