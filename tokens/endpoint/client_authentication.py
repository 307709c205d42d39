"""Authenticates the client of a request: what its method needs of the store, and what the store learns of it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from tokens.endpoint.form import Form
from tokens.endpoint.noting import note
from tokens.protocol.client_authentication import (
    CLIENT_SECRET_BASIC,
    CLIENT_SECRET_POST,
    PRIVATE_KEY_JWT,
    check,
    client_secret,
    presented,
)
from tokens.protocol.client_authentication.method import Credentials, Evidence, Presented
from tokens.protocol.client_authentication.private_key_jwt import Assertion
from tokens.protocol.jose import Jws
from tokens.protocol.jwks import VerifyingKey
from tokens.protocol.reasons import refusal
from tokens.protocol.records import Client
from tokens.registration.client_keys import keys_for
from tokens.stores import store

Keys = Callable[[Client, Jws], Iterable[VerifyingKey]]


def authenticate_client(request: HttpRequest, form: Form, now: datetime) -> Client:
    """The client that the request comes from. Raises InvalidClient, or InvalidRequest for two methods at once.

    No transaction is open here, neither while a `jwks_uri` is fetched nor when a `jti` is spent.
    """
    shown = presented(_credentials(request, form, now))
    with KEYS.get(shown.method, _no_keys)(shown.client_id) as keys:
        named = store().clients.get(shown.client_id)
        request.named_client = named  # type: ignore[attr-defined]  # ours: a refusal's line in the log has it
        client = check(shown, named, Evidence(peppers=settings.PEPPERS, now=now, keys=keys))
    if shown.method in AFTERWARDS:
        AFTERWARDS[shown.method](shown, client, now)
    return client


def _no_keys(client_id: str) -> AbstractContextManager[Keys]:
    return nullcontext(lambda client, token: ())


def _credentials(request: HttpRequest, form: Form, now: datetime) -> Credentials:
    return Credentials(
        authorization=request.headers.get("Authorization"),
        form=form,
        audiences=lambda: {settings.ISSUER, settings.ISSUER + reverse("token"), settings.ISSUER + request.path},
        now=now,
    )


def _note_use(shown: Presented[str], client: Client, now: datetime) -> None:
    """Notes the last use, so that an operator sees when an old secret is idle."""
    due = client_secret.unnoted(client, now)
    # Mostly none is: what the check has just computed is not computed again.
    secret = client_secret.matched(shown.proof, due, settings.PEPPERS, now) if due else None
    if secret is not None:
        every = client_secret.NOTED_EVERY
        write = partial(store().clients.note_secret_use, client.client_id, secret.digest, now, every)
        note("the use of a secret", client, write)


def _use_assertion(shown: Presented[Assertion], client: Client, now: datetime) -> None:
    """That it is new is asked last: nothing but a good assertion is remembered as used."""
    if not store().client_assertions.use(client.client_id, shown.proof.jti, shown.proof.remembered):
        raise refusal("assertion_replayed")


AFTERWARDS: Mapping[str, Callable[[Presented[Any], Client, datetime], None]] = {
    CLIENT_SECRET_BASIC: _note_use,
    CLIENT_SECRET_POST: _note_use,
    PRIVATE_KEY_JWT: _use_assertion,
}
"""Method → what is left to do once its proof was good. Raises InvalidClient where that shows the proof to be spent."""
KEYS: Mapping[str, Callable[[str], AbstractContextManager[Keys]]] = {PRIVATE_KEY_JWT: keys_for}
"""Method → what has the keys of a client for it and, where they may take long to get for some, makes a refusal take as
long whoever was named."""
