"""Tables only."""

from accounts.mail_queue import Mail
from accounts.models.factors import AuthenticatorApp, RecoveryCode
from accounts.models.one_time import MailedCode, Once, Throttle, UnfinishedSignIn
from accounts.models.passkeys import Passkey
from accounts.models.people import VERIFIED, PasswordKind, User
from accounts.models.sessions import RESET_LINK_LIFETIME, LoginSession, Over, ResetLink, Session, VoidBefore
from accounts.people_groups import PeopleGroup
from accounts.walks import Walk

__all__ = [
    "RESET_LINK_LIFETIME",
    "VERIFIED",
    "AuthenticatorApp",
    "LoginSession",
    "Mail",
    "MailedCode",
    "Once",
    "Over",
    "Passkey",
    "PasswordKind",
    "PeopleGroup",
    "RecoveryCode",
    "ResetLink",
    "Session",
    "Throttle",
    "UnfinishedSignIn",
    "User",
    "VoidBefore",
    "Walk",
]
