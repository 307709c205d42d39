"""The mint: the only place where tokens are made."""

from datetime import datetime, timedelta

from django.conf import settings

from tokens.conf import conf
from tokens.keys import signer
from tokens.protocol import access_token, handles, id_token
from tokens.protocol.records import Authorization, Client, Issuance
from tokens.protocol.scopes import OPENID


def issue(issuance: Issuance, client: Client, now: datetime) -> dict[str, object]:
    """The token response (RFC 6749 §5.1, OpenID Connect Core §3.1.3.3)."""
    authorization = issuance.authorization
    expires = now + timedelta(seconds=conf().access_token_lifetime)
    if authorization is not None:
        expires = min(expires, authorization.expires)
    token = _access_token(issuance, client, expires, now)
    answer: dict[str, object] = {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": int((expires - now).total_seconds()),
    }
    if issuance.scope:
        answer["scope"] = " ".join(issuance.scope)
    if issuance.refresh_token is not None:
        answer["refresh_token"] = issuance.refresh_token
    if authorization is not None and OPENID in issuance.scope:
        answer["id_token"] = _id_token(authorization, client, issuance.nonce, token, now)
    return answer


def _access_token(issuance: Issuance, client: Client, expires: datetime, now: datetime) -> str:
    authorization = issuance.authorization
    claims = access_token.claims(
        authorization,
        issuer=settings.ISSUER,
        subject=authorization.subject if authorization is not None else client.client_id,
        client_id=client.client_id,
        scope=issuance.scope,
        jti=handles.mint(conf().region),
        expires=expires,
        now=now,
    )
    return signer().sign(claims, typ=access_token.TYP, alg=access_token.ALG)


def _id_token(authorization: Authorization, client: Client, nonce: str | None, token: str, now: datetime) -> str:
    alg = client.id_token_signed_response_alg
    claims = id_token.claims(
        authorization,
        issuer=settings.ISSUER,
        subject=authorization.subject,
        nonce=nonce,
        access_token=token,
        alg=alg,
        lifetime=timedelta(seconds=conf().id_token_lifetime),
        now=now,
    )
    return signer().sign(claims, typ=id_token.TYP, alg=alg)
