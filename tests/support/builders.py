"""Makes records and rows for tests: each function gives an ordinary one and takes what shall differ."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings

from accounts.models import User
from tests.support import assertions
from tests.support.held import forget, only
from tests.support.messages import CHALLENGE, REDIRECT_URI, Registered
from tokens.conf import minter
from tokens.protocol import client_metadata, handles, records, refresh_token, scopes
from tokens.protocol.client_authentication.client_secret import secret_digest
from tokens.protocol.client_authentication.method import Credentials, Evidence
from tokens.protocol.jwks import verifying_keys
from tokens.protocol.subject import session_id
from tokens.registration import clients
from tokens.stores import store

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
ISSUER = "https://op.example"
PEPPERS = {"2": b"two" * 11, "1": b"one" * 11}
SUBJECT = "6f1c4bd2-0f5c-4b0e-9f7a-3f1d6f0e2a11"


# --- Records


def client_record(**changes: Any) -> records.Client:
    ordinary = records.Client(
        client_id="0.client",
        client_name="Relying party",
        redirect_uris=(REDIRECT_URI,),
        grant_types=("authorization_code",),
        response_types=("code",),
        token_endpoint_auth_method="client_secret_basic",
        scope=("openid", "profile", "email"),
        application_type="web",
        id_token_signed_response_alg="RS256",
    )
    return replace(ordinary, **changes)


def client_secret(secret: str, pepper: str = "2", expires: datetime | None = None) -> records.ClientSecret:
    return records.ClientSecret(pepper, secret_digest(secret, PEPPERS[pepper]), expires)


def credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """What a request at the token endpoint shows of its client."""
    return Credentials(
        authorization=authorization, form=form, audiences=lambda: {ISSUER, f"{ISSUER}/oauth2/token"}, now=NOW
    )


def evidence(peppers: Mapping[str, bytes] = PEPPERS, now: datetime = NOW) -> Evidence:
    """For clients whose keys, if they have any, are registered by value."""
    return Evidence(peppers=peppers, now=now, keys=lambda client, jws: verifying_keys(client.jwks))


def authorization(**changes: Any) -> records.Authorization:
    ordinary = records.Authorization(
        id=minter().mint(),
        client_id="0.client",
        subject=SUBJECT,
        sid="0.sid",
        told_sid="0.sid",
        scope=("openid", "profile"),
        auth_time=NOW - timedelta(minutes=1),
        acr="1",
        amr=("pwd",),
        root_at=NOW - timedelta(minutes=1),
        expires=NOW + timedelta(days=180),
    )
    return replace(ordinary, **changes)


# --- Rows


def register(kind: str = "web", redirect_uri: str = REDIRECT_URI, **members: Any) -> Registered:
    """A client with these members, as RFC 7591 writes them."""
    client, secret = create(kind, "Relying party", [redirect_uri] if redirect_uri else [])
    if members.get("token_endpoint_auth_method") == "private_key_jwt":
        members = {"jwks": assertions.key_set(), **members}
    if members:
        change_clients(client.client_id, **members)
    return Registered(client.client_id, secret or "", redirect_uri)


def create(
    kind: str, name: str, redirect_uris: Iterable[str] = (), **members: Any
) -> tuple[records.Client, str | None]:
    """A client and its secret, judged as every client is."""
    return clients.create(kind, {"client_name": name, "redirect_uris": list(redirect_uris), **members})


def change_clients(*client_ids: str, **members: Any) -> None:
    """Gives these members to the clients, or to all that there are, though nobody might register that."""
    registered = store().resources.all()
    named = [store().clients.of_id(client_id) for client_id in client_ids]
    for client in named or store().clients.find("", "", 1000):
        assert client is not None
        changed = replace(client, **client_metadata.of_registered(client_metadata.read(members), registered))
        assert store().clients.change(changed, client.updated)


def change_resources(*identifiers: str, **changes: Any) -> None:
    """Changes the resources, or all that there are; who serves them goes on to."""
    for resource in store().resources.all():
        if not identifiers or resource.identifier in identifiers:
            everybody = store().clients.find("", "", 1000)
            owners = [client.client_id for client in everybody if resource.identifier in client.resources]
            assert store().resources.change(replace(resource, **changes), owners, resource.updated)


def protect(
    identifier: str, *scope: str, owner: Registered | None = None, caller: Registered | None = None, **columns: Any
) -> str:
    """A protected resource in the store, and who serves it. `caller`: a client that may have all of its scopes too."""
    resource = records.Resource(identifier=identifier, scope=scope, name=columns.pop("name", identifier), **columns)
    assert store().resources.add(resource, [owner.client_id] if owner is not None else [])
    client = store().clients.get(caller.client_id) if caller is not None else None
    if client is not None:
        permitted = replace(client, scope=(*client.scope, *resource.permissions))
        assert store().clients.change(permitted, client.updated)
    return identifier


def let_serve(client: Registered, *identifiers: str) -> None:
    """Makes the client one that serves the resources, besides those that do already; all resources if none is named."""
    everybody = store().clients.find("", "", 1000)
    for resource in store().resources.all():
        if not identifiers or resource.identifier in identifiers:
            owners = [each.client_id for each in everybody if resource.identifier in each.resources]
            assert store().resources.change(resource, [*owners, client.client_id], resource.updated)


def person(username: str = "alice", **fields: Any) -> User:
    return User.objects.create_user(username, f"{username}@example.org", None, **fields)


def save_code(client_id: str, subject: str, **changes: Any) -> tuple[handles.Handle, records.AuthorizationCode]:
    """A code in the store, fresh at this moment. `scope`, `resource`, `claims`, `sid`, `root_at` and
    `authorization_expires` are its authorization's."""
    now, handle, resource = datetime.now(UTC), minter().mint(), changes.pop("resource", ())
    sid, client = changes.pop("sid", "0.sid"), store().clients.get(client_id)
    granted = authorization(
        client_id=client_id,
        subject=subject,
        scope=_permissions(changes.pop("scope", ("openid", "profile")), resource),
        resource=resource,
        claims=changes.pop("claims", records.ClaimsRequest()),
        sid=sid,
        told_sid=session_id(client, sid, settings.PAIRWISE_SALT) if client is not None and sid is not None else sid,
        auth_time=now,
        root_at=changes.pop("root_at", now),
        expires=changes.pop("authorization_expires", now + timedelta(days=1)),
    )
    ordinary = records.AuthorizationCode(
        key=handles.key(handle),
        authorization=granted,
        redirect_uri=REDIRECT_URI,
        code_challenge=CHALLENGE,
        nonce="n-0S6_WzA2Mj",
        expires=now + timedelta(seconds=60),
    )
    code = replace(ordinary, **changes)
    store().codes.add(code)
    return handle, code


def _permissions(names: Iterable[str], resource: Collection[str]) -> tuple[str, ...]:
    """The scopes, those of these resources together with them."""
    theirs = [each for resource in store().resources.named(resource) for each in resource.permissions]
    return tuple(each for name in names for each in scopes.granted([name], theirs) or [name])


def ask_for(code: handles.Handle, resource: Iterable[str]) -> None:
    """Makes the code one whose authorization request named these resources."""
    kept = only(records.AuthorizationCode, key=handles.key(code))
    forget(records.AuthorizationCode, key=kept.key)
    store().codes.add(replace(kept, authorization=replace(kept.authorization, resource=tuple(resource))))


def never_given() -> handles.Handle:
    """A refresh token like ours, of a client and a family that never were."""
    return refresh_token.begin(minter().mint(), "0.nobody", ("a code",), minter()).text
