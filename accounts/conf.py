"""The settings of sign-in and sessions (`IDP_ACCOUNTS_*`) and of mail (`IDP_MAIL_*`)."""

import importlib.util
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from django.conf import settings

from accounts.ground.dynamodb.conf import NO_CLIENT
from accounts.ground.mail_server import MailServer, mail_address, mail_server

ACR_LENGTH = 64  # characters
SECOND_FACTOR = ("optional", "required")
LEAST_ALONE, LEAST_BESIDE = 15, 8
"""Characters of a password that is the only factor, and of one that is never that (NIST SP 800-63B-4 §3.1.1.2)."""
STORES: Mapping[str, str] = {
    "orm": "accounts.stores.orm.orm_store",
    "dynamodb": "accounts.stores.dynamodb.store.dynamodb_store",
}
"""Short names of our own stores. Any other one is named by the dotted path of a function that answers a Store."""


@dataclass(frozen=True, slots=True)
class Accounts:
    session_idle: Annotated[int, "Seconds without a request after which a session ends."] = 3600
    session_absolute: Annotated[int, "Seconds after which a session ends, however busy it is."] = 24 * 3600
    session_remember: Annotated[
        int,
        "Seconds that a session lives when the person asked to be remembered. 0: nobody is asked, and who was is"
        " remembered no more.",
    ] = 30 * 24 * 3600
    sign_ins: Annotated[str, "Where sign-ins live: the dotted path of an `accounts.sessions.sign_ins.SignIns`."] = (
        "accounts.sessions.orm.OrmSignIns"
    )
    store: Annotated[
        str | None,
        "Where failures are counted, and codes by mail, spent steps and unfinished sign-ins are: `orm`, in the"
        " database, [`dynamodb`](dynamodb.md), or the dotted path of a function that answers an"
        " `accounts.stores.base.Store`. Default: `dynamodb` where `IDP_TOKENS_STORE` is, else `orm`.",
    ] = None
    failures_per_address: Annotated[
        int,
        "Wrong passwords that one address, of IPv6 a /64, may enter in five minutes, for whatever names. Right ones are"
        " not counted, nor what is entered where the person signed in before.",
    ] = 20
    acr_values: Annotated[
        tuple[str, ...],
        "The names of the three classes of sign-in (`acr`), weakest first: one factor, several, phishing-resistant.",
    ] = ("1", "mfa", "phr")
    second_factor: Annotated[
        str,
        "`required`: nobody goes on to an application, or into the admin, without a second factor or a passkey, and who"
        " has none adds one. `optional`: it is required of whom an admin, a group, a client or a request requires it,"
        " and in the admin, unless the issuer is on loopback.",
    ] = "optional"
    password_min_length: Annotated[
        int | None,
        "Characters that a password needs, at the least (NIST SP 800-63B-4 §3.1.1.2). Default: 8 where"
        " `IDP_ACCOUNTS_SECOND_FACTOR` is `required`, else 15.",
    ] = None
    breached_passwords_url: Annotated[
        str | None,
        "The address of a service that knows passwords of breaches by the first five characters of their SHA-1, such as"
        " `https://api.pwnedpasswords.com`: `/range/` and these are added. It is asked whenever a password is set, and"
        " one that it knows is refused ([sign-up](sign-up.md#passwords)). Without it nobody is asked.",
    ] = None

    sign_up: Annotated[
        Literal["closed", "invited", "open"],
        "Who makes an account for themselves: nobody, whom `users invite` invites, or everybody"
        " ([sign-up](sign-up.md)). It needs mail.",
    ] = "closed"

    @property
    def sign_up_is_open(self) -> bool:
        """Whether anybody may make an account, unasked."""
        return self.sign_up == "open"

    @property
    def requires_second_factor(self) -> bool:
        """Whether a second factor is required of everybody."""
        return self.second_factor == "required"

    @property
    def least_password(self) -> int:
        """Characters of a password, at the least."""
        return self.password_min_length or (LEAST_BESIDE if self.requires_second_factor else LEAST_ALONE)

    @property
    def remembers(self) -> bool:
        """Whether people are asked to be kept signed in."""
        return self.session_remember > 0

    @property
    def store_path(self) -> str:
        """The dotted path of the store."""
        named = self.store or "orm"
        return STORES.get(named, named)

    @property
    def store_name(self) -> str:
        """One for all spellings: the short one, where it has one."""
        return next((name for name, path in STORES.items() if path == self.store_path), self.store_path)

    @property
    def on_dynamodb(self) -> bool:
        return self.store_path == STORES["dynamodb"]

    def faults(self) -> Iterator[str]:
        if self.store is not None and self.store not in STORES and "." not in self.store:
            yield f"IDP_ACCOUNTS_STORE: {self.store} is not {' or '.join(STORES)}, nor the dotted path of a function"
        if self.on_dynamodb and importlib.util.find_spec("botocore") is None:
            yield f"IDP_ACCOUNTS_STORE: {NO_CLIENT}"
        if not 60 <= self.session_idle <= self.session_absolute:
            yield "IDP_ACCOUNTS_SESSION_IDLE: at least 60 and at most IDP_ACCOUNTS_SESSION_ABSOLUTE"
        if self.session_remember != 0 and self.session_remember < self.session_absolute:
            yield "IDP_ACCOUNTS_SESSION_REMEMBER: 0, or at least IDP_ACCOUNTS_SESSION_ABSOLUTE"
        if len(self.acr_values) != 3 or len(set(self.acr_values)) != 3 or max(map(len, self.acr_values)) > ACR_LENGTH:
            yield f"IDP_ACCOUNTS_ACR_VALUES: three different names of at most {ACR_LENGTH} characters"
        if self.failures_per_address < 1:
            yield "IDP_ACCOUNTS_FAILURES_PER_ADDRESS: at least 1"
        if self.second_factor not in SECOND_FACTOR:
            yield f"IDP_ACCOUNTS_SECOND_FACTOR: {' or '.join(SECOND_FACTOR)}"
        if self.password_min_length is not None and not 8 <= self.password_min_length <= 64:
            yield "IDP_ACCOUNTS_PASSWORD_MIN_LENGTH: from 8 to 64"
        if self.breached_passwords_url is not None and not _is_address(self.breached_passwords_url):
            yield "IDP_ACCOUNTS_BREACHED_PASSWORDS_URL: an http or https URL of a host, without a user and a query"


@dataclass(frozen=True, slots=True)
class Mail:
    url: Annotated[
        MailServer | None,
        "The server that takes our mail, `smtp://[USER:PASSWORD@]HOST[:PORT]` (port 587, STARTTLS, but for loopback) or"
        " `smtps://…` (port 465, TLS). `?ssl_ca_certs=PATH` names the authorities to trust, in place of this machine's."
        " Without it no mail is written, and nothing that needs one is offered.",
        mail_server,
    ] = None
    sender: Annotated[
        str | None,
        "The address that mails are from. IDP_MAIL_URL needs it.",
        "IDP_MAIL_FROM",
        mail_address,
    ] = None
    support: Annotated[
        str | None, "Whom people ask for help, as mails say it: an address, a number, the address of a page."
    ] = None
    folder: Annotated[
        Path | None, "A folder that each mail is written into, in place of a server. `up` without a server has one."
    ] = None

    @property
    def offered(self) -> bool:
        """Whether mail goes anywhere."""
        return self.url is not None or self.folder is not None

    def faults(self) -> Iterator[str]:
        if self.url is not None and self.sender is None:
            yield "IDP_MAIL_FROM: IDP_MAIL_URL needs the address that mails are from"
        if self.url is not None and self.folder is not None:
            yield "IDP_MAIL_FOLDER: mail goes to IDP_MAIL_URL or into a folder, not both"


def faults_of_both(accounts: Accounts, mail: Mail) -> Iterator[str]:
    """What one section may not say because of the other."""
    if accounts.sign_up != "closed" and not mail.offered:
        needs = "IDP_MAIL_URL or IDP_MAIL_FOLDER"
        yield f"IDP_ACCOUNTS_SIGN_UP: {accounts.sign_up} needs {needs}, for addresses are proven by mail"


def _is_address(url: str) -> bool:
    """Whether the one fetcher may call it at all: what it never calls would let every password in, unasked."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return False
    is_plain = not (parts.query or parts.fragment or "@" in parts.netloc) and url.isascii() and url.isprintable()
    return url.startswith(("http://", "https://")) and bool(host) and port != 0 and is_plain and " " not in url


def issuer_host() -> str:
    """As a URL has it, without brackets and port."""
    return urlsplit(settings.ISSUER).hostname or ""


def conf() -> Accounts:
    """The settings of accounts in force."""
    accounts: Accounts = settings.ACCOUNTS
    return accounts


def mail_conf() -> Mail:
    """The settings of mail in force."""
    mail: Mail = settings.MAIL
    return mail
