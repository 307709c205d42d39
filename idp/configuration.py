"""The one reader of an operator's settings: the environment, the files it names, and all that is wrong with them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from accounts.conf import STORES, Accounts, Mail, faults_of_both
from accounts.ground.dynamodb.conf import DynamoDB
from idp import secrets
from idp.broker import Broker, broker
from idp.conf import Deployment
from idp.databases import Connections, database
from idp.env import Reader, Section
from idp.redis import Servers, servers
from tokens.conf import Tokens

PREFIX = "IDP_"
SECTIONS: Mapping[type[Section], str] = {
    Deployment: PREFIX,
    Accounts: f"{PREFIX}ACCOUNTS_",
    Mail: f"{PREFIX}MAIL_",
    Tokens: f"{PREFIX}TOKENS_",
    DynamoDB: f"{PREFIX}DYNAMODB_",
}
"""What the names of each section's settings begin with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings that can be used together."""

    deployment: Deployment
    accounts: Accounts
    mail: Mail
    tokens: Tokens
    dynamodb: DynamoDB
    secrets: Mapping[str, Mapping[str, bytes]]
    """Of each of the server's secrets id → key."""
    database: dict[str, Any]
    """As Django's DATABASES wants it."""
    redis: Servers | None
    """Where sessions are cached."""
    broker: Broker | None
    """Where Celery's messages wait."""


def read_settings(environ: Mapping[str, str], *, secrets_missing: bool = False) -> Configuration:
    """The settings in `environ`. BadSettings with a line a fault: everything is read before anything is refused.

    `secrets_missing`: whether secrets may be missing, for a caller that makes them afterwards.
    """
    reader = Reader(environ)
    deployment = reader.section(Deployment, SECTIONS[Deployment])
    accounts = reader.section(Accounts, SECTIONS[Accounts])
    mail = reader.section(Mail, SECTIONS[Mail])
    reader.faults += faults_of_both(accounts, mail)
    tokens = reader.section(Tokens, SECTIONS[Tokens])
    dynamodb = reader.section(DynamoDB, SECTIONS[DynamoDB])
    keys, faults = secrets.read(deployment.secrets_folder, missing=secrets_missing)
    reader.faults += faults
    connections = Connections(pool=deployment.database_pool, prepare_threshold=deployment.database_prepare_threshold)
    default, faults = database(deployment.database, connections)
    reader.faults += faults
    redis, faults = servers(deployment.redis_url)
    reader.faults += faults
    needed = deployment.role in ("worker", "beat")
    messages, faults = broker(deployment.broker_url, deployment.redis_url, needed=needed)
    reader.faults += faults
    reader.close(PREFIX)
    return Configuration(
        deployment=deployment,
        accounts=_beside(tokens, accounts),
        mail=mail,
        tokens=tokens,
        dynamodb=dynamodb,
        secrets=keys,
        database=default,
        redis=redis,
        broker=messages,
    )


def _beside(tokens: Tokens, accounts: Accounts) -> Accounts:
    """Where nothing else is said, the store of accounts is of the kind of that of tokens, if there is one."""
    is_said = accounts.store is not None or tokens.store not in STORES
    return accounts if is_said else replace(accounts, store=tokens.store)
