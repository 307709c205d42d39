"""The tables of `accounts.stores.orm`: what is counted, spent once, or not finished. Nothing here names a person's row,
for the same may be in another store."""

from django.db import models

from accounts.ground.exact_field import ExactField
from accounts.ground.unlisted import Unlisted

DIGEST = 64
"""Characters of a digest in hexadecimal, at most of a key of a handle."""


class Throttle(Unlisted):
    """What `accounts.throttles` counted for one key."""

    key = models.CharField(primary_key=True, max_length=64)
    account = models.CharField(max_length=64)
    """The digest of the account whose right password forgets this; empty where there is none."""
    failures = models.PositiveIntegerField()
    spender = models.BigIntegerField()
    """A random number of who was let through last: who finds their own here was."""
    spent_at = models.DateTimeField()
    """When that was."""
    again = models.DateTimeField()
    """When the next one is let through."""
    expires = models.DateTimeField(db_index=True)
    """When the failures are forgotten."""

    class Meta(Unlisted.Meta):
        indexes = [models.Index(fields=["account"], name="accounts_throttle_account")]


class Once(Unlisted):
    """What was spent, and may be spent by nobody else: a step of a factor, a challenge."""

    key = models.CharField(primary_key=True, max_length=DIGEST)
    """The digest of its name."""
    by = models.CharField(max_length=DIGEST, default="")
    """What it was spent by, for which it is spent; empty where that is nothing that is true once."""
    expires = models.DateTimeField(db_index=True)


class MailedCode(Unlisted):
    """The live code that a holder was mailed for one purpose."""

    holder = models.CharField(primary_key=True, max_length=DIGEST)
    digest = models.CharField(max_length=DIGEST)
    """Of the code, under a pepper."""
    bound = models.CharField(max_length=DIGEST)
    """The digest of what has to be as it was when the code was made."""
    attempts = models.PositiveSmallIntegerField(default=0)
    spent = models.BooleanField(default=False)
    expires = models.DateTimeField(db_index=True)


class UnfinishedSignIn(Unlisted):
    """A sign-in on its way, in one browser."""

    key = ExactField(primary_key=True, max_length=DIGEST)
    browser = ExactField(max_length=DIGEST)
    identifier = models.TextField()
    subject = ExactField(max_length=DIGEST, default="")
    """Whose it is, once a method was proven; empty until then."""
    epoch = models.PositiveIntegerField(default=0)
    """The person's security epoch then."""
    proofs = models.TextField(default="")
    """A line each."""
    following = models.TextField()
    remembered = models.BooleanField()
    created = models.DateTimeField()
    expires = models.DateTimeField(db_index=True)
