"""A store that cannot answer now, and when to come back. The stores in Django's database raise Django's errors."""

from datetime import timedelta


class Unavailable(Exception):
    """`retry_after`: how long the store is expected to need. `for_everybody`: whether what failed is what all requests
    need, so that a few may try, and not what this one met."""

    def __init__(self, retry_after: timedelta, *, for_everybody: bool = False) -> None:
        super().__init__(f"the store cannot answer; it may in {retry_after.total_seconds():g} s")
        self.retry_after, self.for_everybody = retry_after, for_everybody
