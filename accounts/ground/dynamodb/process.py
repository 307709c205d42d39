"""The service as the settings name it, asked by all of a process: its clients share connections, credentials and the
time of a request."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.signals import request_finished, request_started

from accounts.ground.dynamodb import deadline
from accounts.ground.dynamodb.client import client_of
from accounts.ground.dynamodb.conf import DynamoDB, dynamodb
from accounts.ground.dynamodb.explaining import ERRORS, explain
from accounts.ground.dynamodb.service import Service


def service() -> Service:
    """ImproperlyConfigured, in one line, where there can be no client of it."""
    request_started.connect(_begin, dispatch_uid=__name__)
    request_finished.connect(_end, dispatch_uid=__name__)
    return _asked_as(dynamodb())


@cache
def _asked_as(conf: DynamoDB) -> Service:
    try:
        return Service(client_of(conf, settings.THREADS))
    except ERRORS as error:
        raise ImproperlyConfigured(explain(error, conf)) from error


def _begin(**_: object) -> None:
    deadline.begin()


def _end(**_: object) -> None:
    deadline.end()
