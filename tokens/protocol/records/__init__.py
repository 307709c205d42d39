"""The records that travel between the layers. Times are aware datetimes in UTC, scopes tuples in the order asked."""

from tokens.protocol.records.authorization import (
    OFFLINE_ACCESS,
    Authorization,
    ClaimsRequest,
    Consent,
)
from tokens.protocol.records.client import (
    Client,
    ClientSecret,
    Pkce,
    Protection,
    ProtectionsSeen,
    Resource,
    SubjectType,
    TokenFormat,
    TokenType,
)
from tokens.protocol.records.confirmation import NO_KEY, Confirmation
from tokens.protocol.records.interaction import UNBOUND, Done, Interaction
from tokens.protocol.records.issuance import Issuance
from tokens.protocol.records.key import JwkSet, KeyState, SigningKey
from tokens.protocol.records.token import AccessToken, AuthorizationCode, RefreshToken
from tokens.protocol.records.work import LogoutDelivery, Reference, Run, RunLease, TaskReport
from tokens.protocol.redirect_uris import ApplicationType

__all__ = [
    "NO_KEY",
    "OFFLINE_ACCESS",
    "UNBOUND",
    "AccessToken",
    "ApplicationType",
    "Authorization",
    "AuthorizationCode",
    "ClaimsRequest",
    "Client",
    "ClientSecret",
    "Confirmation",
    "Consent",
    "Done",
    "Interaction",
    "Issuance",
    "JwkSet",
    "KeyState",
    "LogoutDelivery",
    "Pkce",
    "Protection",
    "ProtectionsSeen",
    "Reference",
    "RefreshToken",
    "Resource",
    "Run",
    "RunLease",
    "SigningKey",
    "SubjectType",
    "TaskReport",
    "TokenFormat",
    "TokenType",
]
