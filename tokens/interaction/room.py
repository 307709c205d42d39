"""How many authorization requests may wait for the people of one internet address: each is a row, which anybody can
make us keep without any proof."""

from datetime import timedelta
from math import ceil

from django.http import HttpRequest

from accounts.site.addresses import source_of
from accounts.throttles import Counter, Limit, digest, give_back, spend
from tokens.conf import conf
from tokens.protocol.reasons import refusal


def take(request: HttpRequest) -> None:
    """Makes one more wait. Raises TemporarilyUnavailable where too many do: nothing is kept of this one."""
    refused = spend([_waiting(request)])
    if refused is not None:
        raise refusal("too_many_wait", most=conf().waiting_per_address, seconds=ceil(refused.wait.total_seconds()))


def leave(request: HttpRequest) -> None:
    """One was answered, and waits no more."""
    give_back([_waiting(request)])


def _waiting(request: HttpRequest) -> Counter:
    """What is never answered is forgotten when it has expired; within a window, since at a busy address somebody always
    comes."""
    limit = Limit(failures=conf().waiting_per_address, kept=timedelta(seconds=conf().interaction_lifetime), window=True)
    return Counter(key=digest("authorization requests that wait", source_of(request)), limit=limit)
