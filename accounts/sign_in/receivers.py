"""Ties what Django reports to our sessions."""

import logging
from functools import partial
from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import Error, transaction
from django.db.models.signals import pre_delete
from django.http import HttpRequest

from accounts import sessions
from accounts.ground.unavailable import Unavailable
from accounts.models import User
from accounts.sign_in import guesses
from accounts.signals import subject_changed

logger = logging.getLogger(__name__)


def connect() -> None:
    user_logged_in.disconnect(dispatch_uid="update_last_login")  # Django's: to begin a sign-in notes that as well
    user_logged_in.connect(_signed_in, dispatch_uid="accounts.signed_in")
    subject_changed.connect(_changed, sender=User, dispatch_uid="accounts.changed")
    pre_delete.connect(_deleted, sender=User, dispatch_uid="accounts.deleted")


def _signed_in(request: HttpRequest, user: User, **_: Any) -> None:
    """By Django's `login`, which no page of ours calls: whoever does says nothing of how the person proved it."""
    sessions.start(request, user, [])


def _changed(subject: str, **_: Any) -> None:
    """Another password has no failures yet. After the commit: what ends somebody's sign-ins asks no store that may be
    away."""
    transaction.on_commit(partial(_forgive, subject))


def _forgive(subject: str) -> None:
    """They end by themselves, too, and with the next right password."""
    try:
        guesses.forgive(subject)
    except (Error, Unavailable) as error:
        logger.warning("failures at an account are not forgotten yet (%s)", type(error).__name__)


def _deleted(instance: User, **_: Any) -> None:
    """In the transaction of the deletion, one account at a time or many."""
    subject_changed.send(sender=User, subject=str(instance.pk))
