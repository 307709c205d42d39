"""botocore's client of the service, told to try once and no longer than an attempt may take."""

from collections.abc import Mapping
from typing import Any

from botocore.config import Config
from botocore.parsers import ResponseParserError
from botocore.session import Session

from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.credentials import SessionBesideRequests
from accounts.ground.dynamodb.service import CONNECT, READ


def client_of(conf: DynamoDB, connections: int) -> Any:
    """A client that all threads share. `connections`: as many as there are threads, or calls would wait for a
    handshake each."""
    config = Config(
        connect_timeout=CONNECT,
        read_timeout=READ,
        retries={"mode": "standard", "total_max_attempts": 1},
        max_pool_connections=connections,
        parameter_validation=False,  # we build the parameters, and the service judges them
        tcp_keepalive=True,
        account_id_endpoint_mode="disabled",  # one name for all: no account's own, which a proxy would not know
    )
    return _made(SessionBesideRequests(), conf, config)


def patient(conf: DynamoDB) -> Any:
    """A client for an operator, or a start: it sends again by itself, for nobody waits with a request."""
    config = Config(connect_timeout=2, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
    return _made(Session(), conf, config)


def _made(session: Session, conf: DynamoDB, config: Config) -> Any:
    region = conf.told_region
    client = session.create_client("dynamodb", region_name=region, endpoint_url=conf.endpoint, config=config)
    client.meta.events.register("before-parse.dynamodb", _refuse_pages)
    return client


def _refuse_pages(response_dict: Mapping[str, Any], **_: Any) -> None:
    """A handler of botocore's, to which any text of status 200 is an answer that says nothing: a page of another server
    would be a write that was done, and an item that is not there."""
    kind = response_dict["headers"].get("content-type", "")
    if response_dict["status_code"] == 200 and "json" not in kind:
        raise ResponseParserError(f"an answer of the type {kind or 'none'}")
