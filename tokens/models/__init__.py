"""Tables only. What they mean is told by the records of the same name in `tokens.protocol.records`.

The hot tables have no foreign keys: they name a client and a subject by their ids, are decided by their own row, and
what is left behind by a deletion is void at once and swept later.
"""

from tokens.models.authorizations import AccessToken, Authorization, Consent, RefreshToken, Revocation
from tokens.models.clients import Client, ClientLogo, ClientSecret, Publication, Resource, ResourcesVersion
from tokens.models.columns import (
    ALGS,
    CLIENT_ID,
    HANDLE,
    IDENTIFIER,
    JOURNAL_KEY,
    KEY,
    OUTCOME,
    TASK,
    check_texts,
    empty_list,
)
from tokens.models.keys import IDToken, SigningKey
from tokens.models.one_time import AuthorizationCode, ClientAssertion, DeviceCode, Interaction
from tokens.models.work import Ending, Lease, LogoutDelivery, LogoutRecheck, Run

__all__ = [
    "ALGS",
    "CLIENT_ID",
    "HANDLE",
    "IDENTIFIER",
    "JOURNAL_KEY",
    "KEY",
    "OUTCOME",
    "TASK",
    "AccessToken",
    "Authorization",
    "AuthorizationCode",
    "Client",
    "ClientAssertion",
    "ClientLogo",
    "ClientSecret",
    "Consent",
    "DeviceCode",
    "Ending",
    "IDToken",
    "Interaction",
    "Lease",
    "LogoutDelivery",
    "LogoutRecheck",
    "Publication",
    "RefreshToken",
    "Resource",
    "ResourcesVersion",
    "Revocation",
    "Run",
    "SigningKey",
    "check_texts",
    "empty_list",
]
