"""Makes clients by kind, changes them and gives them secrets, for the admin and the commands."""

import secrets
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.claims import known_groups
from accounts.ground import clock
from tokens.conf import JOURNAL_LIFETIME, conf, minter, signing_algs
from tokens.fetch import FetchFailed, fetch_array
from tokens.protocol import client_metadata, journal, permission, pkce, scopes
from tokens.protocol.client_authentication import SECRET_METHODS
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.member_types import shown
from tokens.protocol.members import FIXED, Unreadable
from tokens.protocol.records import Client, ClientSecret, Pkce, Resource
from tokens.protocol.redirect_uris import LOOPBACK_NAMES
from tokens.protocol.resources import spellings
from tokens.registration import client_ids, logos
from tokens.registration.kinds import KINDS, methods_of
from tokens.stores import store

SECRET_BYTES = 32
PORTS = {"https": 443, "http": 80}
NOT_OFFERED = "is not offered here: IDP_TOKENS_SIGNING_ALGS has {}"
MAX_OVERLAP = timedelta(days=366)
"""How long the secrets from before may go on, at the most, when a new one takes their place."""


class Taken(Exception):
    """There is a client of that id."""


def create(kind: str, document: Mapping[str, Any], client_id: str | None = None) -> tuple[Client, str | None]:
    """A new client and its secret, which is told here and never again. `client_id`: the one that it has elsewhere.
    Raises ValidationError with all faults."""
    client = new(kind, document, client_id)
    try:
        return client, save(client)
    except Taken:
        raise ValidationError({"client_id": ["is taken: there is such a client"]}) from None


def new(
    kind: str,
    document: Mapping[str, Any],
    client_id: str | None = None,
    registered: Collection[Resource] | None = None,
) -> Client:
    """A client that may be saved. `document`: its metadata as RFC 7591 §2 has them; what is not there is as the kind
    has it. `registered`: the resources that there will be, where they are others than there are. Raises
    ValidationError with all faults."""
    if client_id is not None:
        client_ids.check(client_id)
    client, preset = unjudged(kind, document, client_id, registered), KINDS[kind]
    if client.application_type != preset.traits.application_type:
        text = f"is {preset.traits.application_type} for a client of the kind {kind}"
        raise ValidationError({"application_type": [text]})
    if client.public != preset.traits.public:
        fitting = ", ".join(methods_of(public=preset.traits.public))
        raise ValidationError({"token_endpoint_auth_method": [f"a client of the kind {kind} may use {fitting}"]})
    validate(client, registered=registered)
    return logos.with_logo(client, None)


def unjudged(
    kind: str,
    document: Mapping[str, Any],
    client_id: str | None = None,
    registered: Collection[Resource] | None = None,
) -> Client:
    """A client of the kind as `new` makes it. Raises ValidationError only for what cannot be read."""
    members = _read({"redirect_uris": [], **KINDS[kind].members, **document}, registered)
    return Client(client_id=client_id or minter().mint(), **members)


def changed(before: Client, document: Mapping[str, Any], registered: Collection[Resource] | None = None) -> Client:
    """The client with the members that the document has; `registered` as for `new`. Raises ValidationError with all
    faults."""
    client = replace(before, **_read(document, registered))
    lasting = dict(_lasting_faults(client, before))
    try:
        judged = replace(client, **{member: getattr(before, member) for member in lasting})
        validate(judged, before, registered=registered)
    except ValidationError as error:
        raise ValidationError({**error.message_dict, **lasting}) from None
    if lasting:
        raise ValidationError(lasting)
    return logos.with_logo(client, before)


def set_members(client: Client, document: Mapping[str, Any]) -> tuple[Client, Client]:
    """Writes the members that the document has, over what others write meanwhile, and leaves all others. The client
    before and after. Raises ValidationError with all faults."""
    before: Client | None = client
    while before is not None:
        after = changed(before, document)
        if after == before:
            return before, before
        if change(after, before.updated):
            return before, after
        before = store().clients.of_id(client.client_id)
    raise ValidationError({"client_id": ["was deleted at this moment"]})


def validate(client: Client, before: Client | None = None, registered: Collection[Resource] | None = None) -> None:
    """Raises ValidationError, with all faults by the member that has them. `registered` as for `new`. Not to be called
    inside a transaction: it may ask the client's server, where what that vouches for was not so `before`."""
    # http is no more than the server itself uses, or what a developer's own machine does.
    http_loopback = client.development or urlsplit(settings.ISSUER).hostname in LOOPBACK_NAMES
    faults: dict[str, list[str]] = defaultdict(list)
    registered = _registered(client.scope, client.default_resource) if registered is None else registered
    for member, fault in client_metadata.faults(client, http_loopback=http_loopback, registered=registered):
        faults[member].append(fault)
    for fault in _group_faults(client, before):
        faults["allowed_groups"].append(fault)
    for member in ("id_token_signed_response_alg", "userinfo_signed_response_alg"):
        if getattr(client, member) not in ("", *signing_algs()):
            faults[member].append(NOT_OFFERED.format(", ".join(signing_algs())))
    if any(map(_is_of_admin, client.redirect_uris)):
        # Where a test sign-in ends: nobody else may be led there.
        faults["redirect_uris"].append("a page of this server's own admin is nobody's")
    vouched = before is not None and _vouched(before) == _vouched(client)
    if client.sector_identifier_uri and not vouched and not faults:
        faults["sector_identifier_uri"] = _sector_faults(client)
    if any(faults.values()):
        raise ValidationError(dict(faults))


def _is_of_admin(uri: str) -> bool:
    """However it is spelled: a browser takes case, the default port and what is encoded for the same."""
    path = f"{urlsplit(settings.ISSUER).path}/admin/"
    try:
        return _origin(uri) == _origin(settings.ISSUER) and unquote(urlsplit(uri).path).startswith(path)
    except ValueError:
        return False  # a fault of its own


def _origin(uri: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(uri)
    return parts.scheme, parts.hostname, parts.port or PORTS.get(parts.scheme)


def _registered(scope: Collection[str], default_resource: Collection[str]) -> Collection[Resource]:
    """The resources that are named; all, where a scope names none, or one that its resource has not."""
    theirs = set(scope) - set(scopes.SUPPORTED)
    identifiers = [*permission.resources(theirs), *default_resource]
    named = store().resources.named({each for name in identifiers for each in spellings(name)}) if identifiers else []
    known = {each for resource in named for each in resource.permissions}
    return named if theirs <= known else store().resources.all()


def _read(document: Mapping[str, Any], registered: Collection[Resource] | None) -> dict[str, Any]:
    try:
        members = client_metadata.read(document)
        if registered is None:
            registered = _registered(members.get("scope", ()), members.get("default_resource", ()))
        return client_metadata.of_registered(members, registered)
    except Unreadable as error:
        raise ValidationError({member: [fault] for member, fault in error.faults.items()}) from None


def save(client: Client) -> str | None:
    """Writes a new client; its secret, if it uses one. Raises Taken."""
    uses_secret = client.token_endpoint_auth_method in SECRET_METHODS
    client_secret, secret = _new_secret(None)
    if not store().clients.add(replace(client, secrets=(secret,) if uses_secret else ())):
        raise Taken(client.client_id)
    return client_secret if uses_secret else None


def change(client: Client, version: datetime) -> bool:
    """Writes the metadata, unless somebody else did since `version`, the client's `updated`; whether it was written.
    Ends all that a disabled client was given."""
    with store().unit():
        if not store().clients.change(client, version):
            return False
        if not client.enabled:
            void(client.client_id)
        return True


def switch(client_id: str, *, enabled: bool) -> bool:
    """Enables or disables the client, and leaves what others change meanwhile; whether it was not so already."""
    while (client := store().clients.of_id(client_id)) is not None and client.enabled != enabled:
        if change(replace(client, enabled=enabled), client.updated):
            return True
    return False


def require_what_is_sent(client_id: str, now: datetime) -> Pkce | None:
    """Requires of the client what it has sent each time of late against stolen codes, and leaves what others change
    meanwhile; what is required of it now, None where it was not less before."""
    while (client := store().clients.of_id(client_id)) is not None:
        earned = pkce.earned(client, conf().pkce, now)
        if earned is None:
            return None
        if change(replace(client, pkce=earned), client.updated):
            return earned
    return None


def delete(client_id: str) -> bool:
    """Deletes the client, and ends all that it was given; whether there was one."""
    with store().unit():
        void(client_id)
        return store().clients.delete(client_id)


def add_secret(client_id: str, newest: str, expires: datetime | None = None) -> str | None:
    """One more live secret of the client; None where `newest` was not the id of its newest one. Only its digest is
    kept: who calls this is the last to know it."""
    client_secret, secret = _new_secret(expires)
    return client_secret if store().clients.add_secret(client_id, secret, newest) else None


def rotate_secret(client: Client, now: datetime, overlap: timedelta) -> str | None:
    """A new secret of the client; those from before end after `overlap`, and those that ended are forgotten. None, and
    nothing done, where it is not its newest secret any more that the record has. Raises ValidationError for a client
    that uses none."""
    if client.token_endpoint_auth_method not in SECRET_METHODS:
        method = client.token_endpoint_auth_method
        raise ValidationError({"token_endpoint_auth_method": [f"is {method}: there is no secret"]})
    with store().unit():
        client_secret = add_secret(client.client_id, client.secrets[-1].id if client.secrets else "")
        if client_secret is not None:
            for secret in client.secrets:
                _end_secret(client.client_id, secret, now, now + overlap)
        return client_secret


def _end_secret(client_id: str, secret: ClientSecret, now: datetime, end: datetime) -> None:
    if secret.expires is not None and secret.expires <= now:
        store().clients.delete_secret(client_id, secret.id)
    elif secret.expires is None or secret.expires > end:
        store().clients.expire_secret(client_id, secret.id, end, now)


def void(client_id: str) -> None:
    """Ends all that the client was given up to now."""
    store().journal.revoke_until_now(journal.client(client_id), clock.now() + JOURNAL_LIFETIME)


def _new_secret(expires: datetime | None) -> tuple[str, ClientSecret]:
    client_secret = secrets.token_urlsafe(SECRET_BYTES)
    pepper, key = next(iter(settings.PEPPERS.items()))
    return client_secret, ClientSecret(pepper, secret_digest(client_secret, key), expires)


def _lasting_faults(client: Client, before: Client) -> Iterator[tuple[str, list[str]]]:
    """What a client is for good."""
    if client.public != before.public:
        yield "token_endpoint_auth_method", ["a client neither becomes public nor stops to be"]
    if client.for_people != before.for_people:
        yield "grant_types", ["whether people sign in at a client cannot be changed"]
    for name in (name for name, member in client_metadata.MEMBERS.items() if FIXED in member.marks):
        if getattr(client, name) != getattr(before, name):
            yield name, [f"is {getattr(before, name)} for good"]


def _group_faults(client: Client, before: Client | None) -> Iterator[str]:
    """Only of what is new: that a group is gone since must not make somebody drop it, and open the client to all."""
    added = frozenset(client.allowed_groups) - frozenset(before.allowed_groups if before is not None else ())
    # What cannot be shown is a fault already, and no text of a database perhaps.
    added = frozenset(filter(str.isprintable, added))
    for name in sorted(added - known_groups(added)):
        yield f"{shown(name)} is not a group of people here"


def _vouched(client: Client) -> tuple[str, tuple[str, ...]]:
    return client.sector_identifier_uri, client.redirect_uris


def _sector_faults(client: Client) -> list[str]:
    try:
        vouched = fetch_array(client.sector_identifier_uri, client=client.client_id)
    except FetchFailed as error:
        return [f"cannot be read: {error}"]
    return list(client_metadata.sector_faults(client, vouched))
