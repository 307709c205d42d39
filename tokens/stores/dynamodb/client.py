"""botocore's client of the service, told to try once and no longer than an attempt may take."""

from typing import Any

from botocore.config import Config

from tokens.conf.dynamodb import DynamoDB
from tokens.stores.dynamodb.credentials import SessionBesideRequests
from tokens.stores.dynamodb.service import CONNECT, READ


def client_of(conf: DynamoDB, connections: int, *, attempts: int = 1) -> Any:
    """A client that all threads share. `connections`: as many as there are threads, or calls would wait for a
    handshake each."""
    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"mode": "standard", "total_max_attempts": attempts},
        max_pool_connections=connections,
        parameter_validation=False,  # we build the parameters, and the service judges them
        tcp_keepalive=True,
        account_id_endpoint_mode="disabled",  # one name for all: no account's own, which a proxy would not know
    )
    return SessionBesideRequests().create_client(
        "dynamodb", region_name=conf.region or None, endpoint_url=conf.endpoint or None, config=config
    )
