"""Subject identifiers (OpenID Connect Core §8): what a client is told of who a person is, and of their session."""

import hashlib
import hmac
from collections.abc import Mapping
from typing import get_args
from urllib.parse import urlsplit

from tokens.protocol import base64url
from tokens.protocol.records import Client, SubjectType
from tokens.protocol.redirect_uris import LOOPBACK_NAMES

SUBJECT_TYPES: tuple[SubjectType, ...] = get_args(SubjectType)


def subject(client: Client, person: str, salts: Mapping[str, bytes]) -> str:
    """`sub` for this client: the same text for everybody, or one that no other sector sees. `salts`: the server's, of
    which the first is used and never changes."""
    return _hidden("sub", client, person, salts) if client.subject_type == "pairwise" else person


def session_id(client: Client, sid: str, salts: Mapping[str, bytes]) -> str:
    """`sid` for this client: of a pairwise one, nothing that could be compared across sectors."""
    return _hidden("sid", client, sid, salts) if client.subject_type == "pairwise" else sid


def sector(client: Client) -> str:
    """The host that stands for the client's sector (§8.1). Loopback is everybody's, and so stands for nobody."""
    uri = urlsplit(client.sector_identifier_uri or next(iter(client.redirect_uris), ""))
    host = uri.hostname if uri.hostname not in LOOPBACK_NAMES else client.client_id
    return (host or uri.scheme or client.client_id).lower()


def _hidden(what: str, client: Client, value: str, salts: Mapping[str, bytes]) -> str:
    salt = next(iter(salts.values()))
    digest = hmac.digest(salt, "\n".join((what, sector(client), value)).encode(), hashlib.sha256)
    return base64url.encode(digest)
