"""Makes clients by kind and gives them secrets: the one place, for the admin and the command alike."""

import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import cast
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tokens import models
from tokens.conf import JOURNAL_LIFETIME, SIGNING_ALGS, conf
from tokens.protocol import client_metadata, handles, journal, scopes
from tokens.protocol.client_auth import CLIENT_SECRET_BASIC, NONE, secret_digest
from tokens.protocol.records import ApplicationType, Client
from tokens.protocol.redirect_uris import LOOPBACK_NAMES
from tokens.stores import store

SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Kind:
    """What clients of a kind have in common (RFC 7591 §2). `scope`: what they may ask for unless told otherwise."""

    label: str | Promise
    meaning: str | Promise
    token_endpoint_auth_method: str
    grant_types: tuple[str, ...]
    response_types: tuple[str, ...] = ()
    application_type: ApplicationType = "web"
    scope: tuple[str, ...] = ()


_people_sign_in = partial(
    Kind, grant_types=(client_metadata.CODE, "refresh_token"), response_types=("code",), scope=scopes.SUPPORTED
)
KINDS: Mapping[str, Kind] = {
    "web": _people_sign_in(_("Web"), _("A site with a server of its own, which keeps a secret."), CLIENT_SECRET_BASIC),
    "spa": _people_sign_in(_("Single-page"), _("Runs in the browser, where no secret can be kept."), NONE),
    "native": _people_sign_in(
        _("Native"), _("An app on a phone or a computer, where no secret can be kept."), NONE, application_type="native"
    ),
    "machine": Kind(
        _("Machine"),
        _("A program that acts for itself; nobody signs in."),
        CLIENT_SECRET_BASIC,
        ("client_credentials",),
    ),
    "api": Kind(_("API"), _("A resource server: it is called with tokens and asks for none."), CLIENT_SECRET_BASIC, ()),
}


def kind_of(client: Client) -> str | None:
    """The key in KINDS. Which of the two secret methods a client uses makes no difference."""
    for name, kind in KINDS.items():
        alike = (kind.grant_types, kind.application_type) == (client.grant_types, client.application_type)
        if alike and (kind.token_endpoint_auth_method == NONE) == client.public:
            return name
    return None


def create(
    kind: str,
    name: str,
    redirect_uris: Iterable[str] = (),
    scope: Iterable[str] = (),
    *,
    post_logout_redirect_uris: Iterable[str] = (),
    development: bool = False,
    skip_consent: bool = False,
) -> tuple[Client, str | None]:
    """A new client and its secret, which is told here and never again. Raises ValidationError with all faults."""
    client = new(
        kind,
        name,
        redirect_uris,
        scope,
        post_logout_redirect_uris=post_logout_redirect_uris,
        development=development,
        skip_consent=skip_consent,
    )
    return client, save(client)


def new(
    kind: str,
    name: str,
    redirect_uris: Iterable[str],
    scope: Iterable[str],
    *,
    post_logout_redirect_uris: Iterable[str] = (),
    development: bool,
    skip_consent: bool,
    client_id: str | None = None,
) -> Client:
    """A client that may be saved. Raises ValidationError with all faults."""
    made = KINDS[kind]
    client = Client(
        client_id=client_id or handles.mint(conf().region),
        client_name=name.strip(),
        redirect_uris=tuple(dict.fromkeys(redirect_uris)),
        post_logout_redirect_uris=tuple(dict.fromkeys(post_logout_redirect_uris)),
        grant_types=made.grant_types,
        response_types=made.response_types,
        token_endpoint_auth_method=made.token_endpoint_auth_method,
        scope=tuple(dict.fromkeys(scope)) or made.scope,
        application_type=made.application_type,
        id_token_signed_response_alg=SIGNING_ALGS[0],
        skip_consent=skip_consent,
        development=development,
    )
    validate(client)
    return client


def validate(client: Client) -> None:
    """Raises ValidationError, with all faults by the member that has them."""
    # http is no more than the server itself uses, or what a developer's own machine does.
    http_loopback = client.development or urlsplit(settings.ISSUER).hostname in LOOPBACK_NAMES
    found: dict[str, list[str]] = defaultdict(list)
    for member, fault in client_metadata.faults(client, http_loopback=http_loopback):
        found[member].append(fault)
    if found:
        raise ValidationError(dict(found))


def save(client: Client) -> str | None:
    """Writes a new client; its secret, unless it is public. Raises IntegrityError where there is one of that id."""
    with transaction.atomic():
        models.Client.objects.create(
            client_id=client.client_id,
            client_name=client.client_name,
            redirect_uris=list(client.redirect_uris),
            post_logout_redirect_uris=list(client.post_logout_redirect_uris),
            grant_types=list(client.grant_types),
            response_types=list(client.response_types),
            token_endpoint_auth_method=client.token_endpoint_auth_method,
            scope=" ".join(client.scope),
            application_type=client.application_type,
            id_token_signed_response_alg=client.id_token_signed_response_alg,
            skip_consent=client.skip_consent,
            development=client.development,
        )
        return None if client.public else add_secret(client.client_id)


def add_secret(client_id: str) -> str:
    """One more live secret of the client. Only its digest is kept: who calls this is the last to know it."""
    client_secret = secrets.token_urlsafe(SECRET_BYTES)
    pepper, key = next(iter(settings.PEPPERS.items()))
    models.ClientSecret.objects.create(client_id=client_id, pepper=pepper, digest=secret_digest(client_secret, key))
    return client_secret


def void(client_id: str) -> None:
    """Ends all that the client was given up to now: it was disabled or deleted."""
    store().revoke_until_now(journal.client(client_id), datetime.now(UTC) + JOURNAL_LIFETIME)


def record(client: models.Client) -> Client:
    """The client as its record, without secrets."""
    return Client(
        client_id=client.client_id,
        client_name=client.client_name,
        redirect_uris=tuple(client.redirect_uris),
        post_logout_redirect_uris=tuple(client.post_logout_redirect_uris),
        jwks=client.jwks,
        jwks_uri=client.jwks_uri,
        token_endpoint_auth_signing_alg=client.token_endpoint_auth_signing_alg,
        grant_types=tuple(client.grant_types),
        response_types=tuple(client.response_types),
        token_endpoint_auth_method=client.token_endpoint_auth_method,
        scope=tuple(client.scope.split()),
        application_type=cast("ApplicationType", client.application_type),
        id_token_signed_response_alg=client.id_token_signed_response_alg,
        skip_consent=client.skip_consent,
        development=client.development,
        enabled=client.enabled,
    )
