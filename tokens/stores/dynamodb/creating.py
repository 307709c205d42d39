"""Makes the tables that are missing and completes the others, tells what they are, deletes them. Each verb may run on
any number of nodes at once, and again."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from typing import Any

from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.tables import TTL, Table
from tokens.stores.dynamodb.described import (
    OFF,
    ON_DEMAND,
    PROVISIONED,
    VIEW,
    Described,
    Warm,
    is_protected,
    refusal,
    stream,
    warm,
)
from tokens.stores.dynamodb.tables import TABLES

WAIT = 300.0
"""Seconds until what was asked for is done, at the most."""
PAUSE = 0.5
"""Seconds until it is looked at again."""
UNDER_WAY = frozenset({"ResourceInUseException", "LimitExceededException", "ContinuousBackupsUnavailableException"})
"""Codes that say that the table, or too many of them, are being changed: it can be asked for again a moment later."""
PASSING = frozenset({"CREATING", "DELETING"})
"""States of a table that is not there yet, or soon not any more."""
UNPROTECT = "switch that off first, with `aws dynamodb update-table --no-deletion-protection-enabled --table-name NAME`"
Told = Mapping[str, Any]
"""What DescribeTable answers of a table."""


class Refused(Exception):
    """What cannot be done, in one line."""


class Tables:
    """`client`: botocore's, with its own retries: nobody waits for an answer here but an operator, or a start."""

    def __init__(self, client: Any, wanted: DynamoDB, pause: Callable[[float], None] = time.sleep) -> None:
        self._client, self._wanted, self._pause = client, wanted, pause

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self._named()]

    def create(self) -> list[str]:
        """The names of those that we made. After it all are there, and have what they are told later than made."""
        before = self._there()
        _refuse(before)
        missing = {name: table for name, table in self._named() if _status(before.get(name)) in (None, *PASSING)}
        made = [name for name, table in missing.items() if name not in before and self._make(name, table)]
        made += [name for name, table in missing.items() if self._await(name, table)]
        for name, table in self._named():
            self._complete(name, table)
        return made

    def missing(self) -> list[str]:
        """The names of those that cannot be used: not there, or not yet."""
        return [name for name in self.names if _status(self._describe(name)) in (None, *PASSING)]

    def described(self) -> Mapping[str, Described | None]:
        """What each table is, by its name; None where it is not there."""
        told = {name: self._describe(name) for name in self.names}
        return {name: self._described(name, each) if each is not None else None for name, each in told.items()}

    def enable_stream(self) -> list[str]:
        """The names of those whose stream we switched on. One of another view is switched off first: who reads it
        begins anew."""
        there = self._there()
        _refuse(there)
        without = {name: told for name, told in there.items() if stream(told) != VIEW}
        for name, told in without.items():
            if stream(told) != OFF:
                self._update(name, lambda told: stream(told) == OFF, StreamSpecification={"StreamEnabled": False})
            self._update(name, lambda told: stream(told) == VIEW, StreamSpecification=_STREAM)
        return list(without)

    def warm(self, tables: Collection[str], reads: int, writes: int) -> Mapping[str, Warm]:
        """What each of the tables is, after it was told to be as warm; it may take the service long. None gets colder:
        the service knows no way back."""
        there = self._there()
        names = [name for name, table in self._named() if table.name in tables and name in there]
        return {name: self._warmed(name, warm(there[name]), reads, writes) for name in names}

    def _warmed(self, name: str, is_so: Warm, reads: int, writes: int) -> Warm:
        wanted = {
            **({"ReadUnitsPerSecond": reads} if reads > is_so.reads else {}),
            **({"WriteUnitsPerSecond": writes} if writes > is_so.writes else {}),
        }
        if not wanted or is_so.is_changing:
            return is_so
        return warm(self._client.update_table(TableName=name, WarmThroughput=wanted)["TableDescription"])

    def delete(self) -> list[str]:
        """The names of those that were there. Refused before the first one, where any is protected."""
        there = self._there()
        if protected := [name for name, told in there.items() if is_protected(told)]:
            raise Refused(
                f"IDP_DYNAMODB_DELETION_PROTECTION: nothing is deleted; protected: {', '.join(protected)}: {UNPROTECT}"
            )
        for name in there:
            self._change(partial(self._is_leaving, name), partial(self._client.delete_table, TableName=name))
        for name in there:
            self._until(partial(self._is_gone, name), name)
        return list(there)

    def _named(self) -> Iterator[tuple[str, Table]]:
        return ((f"{self._wanted.prefix}{table.name}", table) for table in TABLES.values())

    def _there(self) -> dict[str, Told]:
        told = {name: self._describe(name) for name in self.names}
        return {name: each for name, each in told.items() if each is not None}

    def _describe(self, name: str) -> Told | None:
        try:
            told: Told = self._client.describe_table(TableName=name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return told

    def _described(self, name: str, told: Told) -> Described:
        return Described(
            told=told, ttl=self._ttl(name), recovers=self._recovers(name), tags=self._tags(told["TableArn"])
        )

    def _ttl(self, name: str) -> str | None:
        told = self._client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        return told.get("AttributeName") if told["TimeToLiveStatus"] in ("ENABLED", "ENABLING") else None

    def _recovers(self, name: str) -> bool:
        told = self._client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        status: str = told.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus", "DISABLED")
        return status == "ENABLED"

    def _tags(self, arn: str) -> dict[str, str]:
        pages = self._client.get_paginator("list_tags_of_resource").paginate(ResourceArn=arn)
        return {each["Key"]: each["Value"] for page in pages for each in page["Tags"]}

    def _make(self, name: str, table: Table) -> bool:
        """Whether it was us."""
        try:
            self._client.create_table(TableName=name, **table.schema(), **_made_with(self._wanted))
        except (self._client.exceptions.ResourceInUseException, self._client.exceptions.LimitExceededException):
            return False
        return True

    def _await(self, name: str, table: Table) -> bool:
        """Until it is there. Whether we made it now: one that went meanwhile, or of which there were too many."""
        made = False

        def is_there() -> bool:
            nonlocal made
            told = self._describe(name)
            if told is None:
                made = self._make(name, table) or made
            return _status(told) not in (None, *PASSING)

        self._until(is_there, name)
        return made

    def _complete(self, name: str, table: Table) -> None:
        """What is missing of it, and can be added. Time to live may be changed once an hour: one that is on stays."""
        wanted, client = self._wanted, self._client
        if table.ends and self._ttl(name) is None:
            specification = {"Enabled": True, "AttributeName": TTL}
            update = partial(client.update_time_to_live, TableName=name, TimeToLiveSpecification=specification)
            self._change(lambda: self._ttl(name) is not None, update)
        if wanted.recovery:
            recovery = {"PointInTimeRecoveryEnabled": True}
            update = partial(
                client.update_continuous_backups, TableName=name, PointInTimeRecoverySpecification=recovery
            )
            self._change(lambda: self._recovers(name), update)
        if wanted.deletion_protection:
            self._update(name, is_protected, DeletionProtectionEnabled=True)
        if wanted.named_tags and (told := self._describe(name)) is not None:
            self._tag(told["TableArn"], wanted.named_tags)

    def _tag(self, arn: str, wanted: Mapping[str, str]) -> None:
        """In one call, which replaces those of the same names."""
        if wanted.items() - self._tags(arn).items():
            self._client.tag_resource(ResourceArn=arn, Tags=_tags(wanted))

    def _update(self, name: str, is_so: Callable[[Told], bool], **parameters: Any) -> None:
        """Changes the table, and waits until it can be changed again."""

        def is_done() -> bool:
            told = self._describe(name)
            return told is not None and is_so(told)

        self._change(is_done, partial(self._client.update_table, TableName=name, **parameters))
        self._until(lambda: _status(self._describe(name)) == "ACTIVE", name)

    def _change(self, is_so: Callable[[], bool], change: Callable[[], object]) -> None:
        """Changes it, where it is not so; again, where something else was under way. Who came second is refused, in
        words of each kind of change: it is so then."""
        end = time.monotonic() + WAIT
        while not is_so():
            try:
                change()
                return
            except self._client.exceptions.ClientError as error:
                if is_so():
                    return
                if error.response["Error"]["Code"] not in UNDER_WAY or time.monotonic() > end:
                    raise
            self._pause(PAUSE)

    def _until(self, is_so: Callable[[], bool], name: str) -> None:
        end = time.monotonic() + WAIT
        while not is_so():
            if time.monotonic() > end:
                raise Refused(f"{name} is {_status(self._describe(name)) or 'not there'} after {WAIT:.0f} s: try again")
            self._pause(PAUSE)

    def _is_gone(self, name: str) -> bool:
        return self._describe(name) is None

    def _is_leaving(self, name: str) -> bool:
        return _status(self._describe(name)) in (None, "DELETING")


_STREAM = {"StreamEnabled": True, "StreamViewType": VIEW}


def _refuse(there: Mapping[str, Told]) -> None:
    for name, told in there.items():
        if line := refusal(name, told):
            raise Refused(line)


def _status(told: Told | None) -> str | None:
    """None: it is not there."""
    return told["TableStatus"] if told is not None else None


def _made_with(wanted: DynamoDB) -> dict[str, Any]:
    units = {"ReadCapacityUnits": wanted.read_capacity, "WriteCapacityUnits": wanted.write_capacity}
    key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": wanted.kms_key}
    return {
        "BillingMode": PROVISIONED if any(units.values()) else ON_DEMAND,
        **({"ProvisionedThroughput": units} if any(units.values()) else {}),
        **({"StreamSpecification": _STREAM} if wanted.stream else {}),
        **({"DeletionProtectionEnabled": True} if wanted.deletion_protection else {}),
        **({"SSESpecification": key} if wanted.kms_key else {}),
        **({"Tags": _tags(wanted.named_tags)} if wanted.named_tags else {}),
    }


def _tags(named: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": name, "Value": value} for name, value in named.items()]
