"""Makes the tables that are missing, and says of the others what is not as it should be."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tokens.stores.dynamodb.tables import TABLES, TTL, Table

WAIT = 300.0
"""Seconds until a table is made, at the most."""
STREAM = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How tables are to be, all of them alike."""

    prefix: str = "avouch."
    stream: bool = False
    recovery: bool = False
    """Point-in-time recovery."""
    protected: bool = False
    """Against deletion."""
    kms_key: str | None = None
    """None: the service's own key."""
    capacity: tuple[int, int] | None = None
    """Read and write units a second of each table; None: on demand."""
    tags: Mapping[str, str]


class Tables:
    """`client`: botocore's. Its own retries may stay: nobody waits for an answer here but an operator."""

    def __init__(self, client: Any, wanted: Wanted, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._wanted, self._pause = client, wanted, pause

    def create(self) -> list[str]:
        """The names of those that were made. Several at once may try: each waits until all are there."""
        made = [name for name, table in self._named() if self._describe(name) is None and self._made(name, table)]
        for name, table in self._named():
            self._await(name)
            self._complete(name, table)
        return made

    def drift(self) -> list[str]:
        """What is not as it should be, a line a field; nothing where all is well."""
        return [line for name, table in self._named() for line in self._drift(name, table)]

    def delete(self) -> list[str]:
        gone = [name for name, _ in self._named() if self._describe(name) is not None]
        for name in gone:
            self._client.delete_table(TableName=name)
        return gone

    def _named(self) -> Iterator[tuple[str, Table]]:
        return ((f"{self._wanted.prefix}{table.name}", table) for table in TABLES.values())

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        try:
            table: Mapping[str, Any] = self._client.describe_table(TableName=name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return table

    def _made(self, name: str, table: Table) -> bool:
        """Whether it was us."""
        try:
            self._client.create_table(**table.created(name), **self._settings())
        except self._client.exceptions.ResourceInUseException:
            return False
        return True

    def _settings(self) -> dict[str, Any]:
        wanted = self._wanted
        units = wanted.capacity and dict(zip(("ReadCapacityUnits", "WriteCapacityUnits"), wanted.capacity, strict=True))
        return {
            "BillingMode": "PROVISIONED" if units else "PAY_PER_REQUEST",
            **({"ProvisionedThroughput": units} if units else {}),
            **({"StreamSpecification": STREAM} if wanted.stream else {}),
            **({"DeletionProtectionEnabled": True} if wanted.protected else {}),
            **({"SSESpecification": _sse(wanted.kms_key)} if wanted.kms_key else {}),
            "Tags": [{"Key": key, "Value": value} for key, value in wanted.tags.items()],
        }

    def _await(self, name: str) -> None:
        end = time.monotonic() + WAIT
        while (table := self._describe(name)) is None or table["TableStatus"] != "ACTIVE":
            if time.monotonic() > end:
                raise TimeoutError(f"{name} is not there after {WAIT:.0f} s")
            self._pause(0.5)

    def _complete(self, name: str, table: Table) -> None:
        """What a table that is there can be told. It is read before: time to live may be changed once an hour."""
        if table.ends and self._ttl(name) is None:
            specification = {"Enabled": True, "AttributeName": TTL}
            self._client.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
        if self._wanted.recovery and not self._recovers(name):
            specification = {"PointInTimeRecoveryEnabled": True}
            self._client.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=specification)

    def _ttl(self, name: str) -> str | None:
        """The attribute that says when an item ends, if one does."""
        told = self._client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        return told.get("AttributeName") if told["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None

    def _recovers(self, name: str) -> bool:
        try:
            told = self._client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        except ClientError:
            return False
        status: str = told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus", "DISABLED")
        return status == "ENABLED"

    def _drift(self, name: str, table: Table) -> Iterator[str]:
        found = self._describe(name)
        if found is None:
            yield f"{name}: it is missing"
            return
        if found["TableStatus"] != "ACTIVE":
            yield f"{name}: TableStatus is {found['TableStatus']}, not ACTIVE"
        if found.get("MultiRegionConsistency") == "STRONG":
            yield f"{name}: MultiRegionConsistency is STRONG, which has neither transactions nor time to live"
        if found.get("GlobalTableVersion") == "2017.11.29":
            yield f"{name}: GlobalTableVersion is 2017.11.29, not 2019.11.21"
        if found["KeySchema"] != table.keys():
            yield f"{name}: KeySchema is {_schema(found['KeySchema'])}, not {_schema(table.keys())}"
        if (ttl := self._ttl(name)) != (TTL if table.ends else None):
            yield f"{name}: TimeToLive is {ttl or 'off'}, not {TTL if table.ends else 'off'}"
        if self._wanted.stream and found.get("StreamSpecification") != STREAM:
            yield f"{name}: StreamSpecification is not NEW_AND_OLD_IMAGES"
        if self._wanted.recovery and not self._recovers(name):
            yield f"{name}: PointInTimeRecovery is off"
        if self._wanted.protected and not found.get("DeletionProtectionEnabled"):
            yield f"{name}: DeletionProtectionEnabled is off"


def _sse(kms_key: str) -> dict[str, Any]:
    return {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": kms_key}


def _schema(keys: list[dict[str, str]]) -> str:
    return " + ".join(each["AttributeName"] for each in keys)
