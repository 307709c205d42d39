"""Authenticates the client of a request, with what the store and its keys say of it."""

import logging
from datetime import datetime

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from django.urls import reverse

from tokens.endpoint.form import Form
from tokens.protocol import client_assertion, client_auth
from tokens.protocol.client_assertion import Assertion
from tokens.protocol.errors import InvalidClient
from tokens.protocol.records import Client
from tokens.registration.client_keys import client_keys
from tokens.stores import store

logger = logging.getLogger(__name__)


def authenticate_client(request: HttpRequest, form: Form, now: datetime) -> Client:
    """The client that the request comes from. Raises InvalidClient, or InvalidRequest for two methods at once."""
    proof = client_auth.presented(request.headers.get("Authorization"), form)
    if proof.assertion is not None:
        return _authenticate_by_assertion(request, proof, proof.assertion, now)
    client = client_auth.check(proof, store().clients.get(proof.client_id), settings.PEPPERS, now)
    _note_use(proof, client, now)
    return client


def _note_use(proof: client_auth.Presented, client: Client, now: datetime) -> None:
    """For whoever rotates secrets. A request goes on where it cannot be written: a database that is read-only for a
    while can still answer. `unit`: what fails here must spoil nobody's transaction."""
    due = client_auth.unnoted(client, now)
    # Mostly none is: what the check has just reckoned is not reckoned again.
    secret = client_auth.matched(proof.client_secret, due, settings.PEPPERS, now) if due else None
    if secret is None:
        return
    try:
        with store().unit():
            store().clients.note_secret_use(client.client_id, secret.digest, now, client_auth.NOTED_EVERY)
    except Error as error:
        logger.warning("the use of a secret of client %s was not noted: %s", client.client_id, type(error).__name__)


def _authenticate_by_assertion(
    request: HttpRequest, proof: client_auth.Presented, assertion: Assertion, now: datetime
) -> Client:
    """What it says, who signed it, and at last that it is new: nothing but a good assertion is remembered as used. No
    transaction is open here, neither while a `jwks_uri` is fetched nor when the `jti` is spent."""
    called = {settings.ISSUER + path for path in (reverse("token"), request.path)}
    client_assertion.check(assertion, {settings.ISSUER} | called, now)
    client = store().clients.get(proof.client_id)
    known = client_auth.known(proof, client)
    keys = client_keys(known, assertion.jws) if known else ()
    authenticated = client_auth.check(proof, client, settings.PEPPERS, now, keys)
    if not store().client_assertions.use(authenticated.client_id, assertion.jti, assertion.remembered):
        raise InvalidClient("the client assertion was used before")
    return authenticated
