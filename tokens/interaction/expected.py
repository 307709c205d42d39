"""Whom an application expects to sign in (OpenID Connect Core §3.1.2.1, `login_hint` and `id_token_hint`). Nobody is
looked for by these names: what a page says of one is the same whether or not it is an account's."""

from collections.abc import Mapping

from django.conf import settings
from django.http import HttpRequest

from accounts import sessions
from accounts.claims import is_called
from tokens.protocol.hints import NAMES, login_hint, shown_name
from tokens.protocol.records import Client
from tokens.protocol.subject import subject
from tokens.verifier import read_id_token_hint


def expected(parameters: Mapping[str, str]) -> str:
    """The name that the request gives, else one that our own ID token told the client; empty where it gives none."""
    if hint := login_hint(parameters):
        return hint
    claims = read_id_token_hint(parameters["id_token_hint"]) if "id_token_hint" in parameters else None
    told = (shown_name(claims.get(name)) for name in NAMES) if claims is not None else iter(())
    return next(filter(None, told), "")


def is_expected(request: HttpRequest, client: Client, current: sessions.Current, hint: str) -> bool:
    """Whether who is signed in has the name, or is no other one than the client is told of by it. No query."""
    return not hint or hint == subject(client, current.subject, settings.PAIRWISE_SALT) or is_called(request, hint)


def another(request: HttpRequest, client: Client, current: sessions.Current, parameters: Mapping[str, str]) -> str:
    """The name of whom the client expects in place of who is signed in; empty where it is them, or nobody's."""
    hint = login_hint(parameters)
    return "" if is_expected(request, client, current, hint) else hint
