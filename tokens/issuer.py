"""The mint: the only place where tokens are made."""

from datetime import datetime, timedelta

from django.conf import settings

from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import access_token, handles, id_token
from tokens.protocol.records import Client, Issuance
from tokens.protocol.scopes import OPENID


def issue(issuance: Issuance, client: Client, now: datetime) -> dict[str, object]:
    """The token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
    token = _access_token(issuance, now)
    lifetime = min(timedelta(seconds=conf().access_token_lifetime), issuance.authorization.expires - now)
    answer: dict[str, object] = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int(lifetime.total_seconds()),
        "scope": " ".join(issuance.scope),
    }
    if OPENID in issuance.scope:
        answer["id_token"] = _id_token(issuance, client, token, now)
    return answer


def _access_token(issuance: Issuance, now: datetime) -> str:
    claims = access_token.claims(
        issuance,
        issuer=settings.ISSUER,
        subject=issuance.authorization.subject,
        jti=handles.mint(conf().region),
        lifetime=timedelta(seconds=conf().access_token_lifetime),
        now=now,
    )
    return signer().sign(claims, typ=access_token.TYP, alg=access_token.ALG)


def _id_token(issuance: Issuance, client: Client, token: str, now: datetime) -> str:
    alg = client.id_token_signed_response_alg
    claims = id_token.claims(
        issuance,
        issuer=settings.ISSUER,
        subject=issuance.authorization.subject,
        access_token=token,
        alg=alg,
        lifetime=timedelta(seconds=conf().id_token_lifetime),
        now=now,
    )
    return signer().sign(claims, typ=id_token.TYP, alg=alg)
