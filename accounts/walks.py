"""How far walks over tables have come, so that each goes on there, in whichever process does it next.

A walk is a row: where it is, how often it began, and when the last one that came to the end had begun. Several may walk
at once, for what they do to a row is done once. Whoever began at a place notes how far they came, if the walk is still
at that place: it never jumps over what nobody looked at.
"""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from accounts.ground.add_missing import add_missing
from accounts.ground.unlisted import Unlisted


class Walk(Unlisted):
    """A walk over the rows of a table that goes on from run to run."""

    name = models.CharField(primary_key=True, max_length=64)
    at = models.CharField(max_length=64, default="")
    """The key or the instant that it came to; empty: it is at the beginning."""
    number = models.BigIntegerField(default=0)
    """How often it began again."""
    begun = models.DateTimeField(db_default=Now())
    whole = models.DateTimeField(null=True)
    """When the last one that came to the end had begun."""


BEGINNING = ""
AT_REST = Q(whole=F("begun"))
"""Such walks came to the end, and none began since."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a walk is: `at` is a key or an instant, as a text. `number`: how often it began again."""

    name: str
    at: str = BEGINNING
    number: int = 0


def places(names: Collection[str]) -> Mapping[str, Place]:
    """Where each walk is; a new one is at the beginning."""
    return {name: Place(name=name) for name in names} | _places(Walk.objects.filter(pk__in=names))


def under_way(names: Collection[str], pause: timedelta) -> Mapping[str, Place]:
    """The walks that are not at rest. One begins again once the pause is over since it last began."""
    add_missing([Walk(name=name) for name in names])
    walks = Walk.objects.filter(pk__in=names)
    due = walks.filter(AT_REST, begun__lte=Now() - pause)
    due.update(begun=Now(), number=F("number") + 1, at=BEGINNING)
    return _places(walks.filter(Q(whole=None) | ~AT_REST))


def move(place: Place, at: str) -> bool:
    """Notes that who began at the place came to `at`. False where the walk is no longer there: another noted more."""
    moved = _still(place).update(at=at)
    if not moved and place == Place(name=place.name):
        add_missing([Walk(name=place.name)])
        moved = _still(place).update(at=at)
    return moved == 1


def finish(place: Place) -> bool:
    """Notes that who began at the place came to the end. False where the walk is no longer there."""
    return _still(place).update(whole=F("begun"), at=BEGINNING) == 1


def lag(names: Collection[str]) -> Mapping[str, float]:
    """For each how many seconds ago the last walk began that came to the end; infinite where none did. What was there
    to be found before that was found."""
    since = models.ExpressionWrapper(Now() - F("whole"), output_field=models.DurationField())
    whole = Walk.objects.filter(pk__in=names, whole__isnull=False).annotate(since=since)
    found = {name: max(0.0, since.total_seconds()) for name, since in whole.values_list("name", "since")}
    return {name: found.get(name, math.inf) for name in names}


def _places(walks: "models.QuerySet[Walk]") -> dict[str, Place]:
    rows = walks.values_list("name", "at", "number")
    return {name: Place(name=name, at=at, number=number) for name, at, number in rows}


def _still(place: Place) -> "models.QuerySet[Walk]":
    """The walk, if it is at the place. One that is at rest is nowhere."""
    here = Walk.objects.filter(pk=place.name, at=place.at, number=place.number)
    return here.filter(Q(whole=None) | ~AT_REST)
