"""What the service tells of a table, field by field, beside what it is to be."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.tables import TTL, Table

OFF, ON = "off", "on"
EVENTUAL, STRONG = "EVENTUAL", "STRONG"
VERSION, OLD_VERSION = "2019.11.21", "2017.11.29"
PROVISIONED, ON_DEMAND = "PROVISIONED", "PAY_PER_REQUEST"
VIEW = "NEW_AND_OLD_IMAGES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    name: str
    found: str
    wanted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """`told`: DescribeTable's answer. `ttl`: the attribute that tells when an item ends, if one does. `recovers`:
    whether there is point-in-time recovery."""

    told: Mapping[str, Any]
    ttl: str | None
    recovers: bool
    tags: Mapping[str, str]

    @property
    def status(self) -> str:
        status: str = self.told["TableStatus"]
        return status


@dataclass(frozen=True, slots=True, kw_only=True)
class Warm:
    """Units a second that a table serves at once, without having to grow first."""

    reads: int
    writes: int
    is_changing: bool = False


def stream(told: Mapping[str, Any]) -> str:
    """The type of view of a table's stream."""
    specification = told.get("StreamSpecification", {})
    view: str = specification["StreamViewType"] if specification.get("StreamEnabled") else OFF
    return view


def is_protected(told: Mapping[str, Any]) -> bool:
    """Against deletion."""
    is_on: bool = told.get("DeletionProtectionEnabled", False)
    return is_on


def warm(told: Mapping[str, Any]) -> Warm:
    held = told.get("WarmThroughput", {})
    return Warm(
        reads=held.get("ReadUnitsPerSecond", 0),
        writes=held.get("WriteUnitsPerSecond", 0),
        is_changing=held.get("Status", "ACTIVE") != "ACTIVE",
    )


def refusal(name: str, told: Mapping[str, Any]) -> str | None:
    """Why a table is none that the store can use, if so."""
    if told.get("MultiRegionConsistency", EVENTUAL) == STRONG:
        return f"{name} is strongly consistent in several regions (MRSC): such a table has no transactions and no TTL"
    if told.get("GlobalTableVersion") == OLD_VERSION:
        return f"{name} is a global table of version {OLD_VERSION}: update it to {VERSION}"
    return None


def drift(found: Described, table: Table, wanted: DynamoDB) -> list[Field]:
    """What is not as it should be. What is on, or more, without a setting that asks for it is none."""
    return [field for field in _fields(found, table, wanted) if field.found != field.wanted]


def _fields(found: Described, table: Table, wanted: DynamoDB) -> Iterator[Field]:
    told = found.told
    yield Field(name="TableStatus", found=found.status, wanted="ACTIVE")
    yield Field(name="MultiRegionConsistency", found=told.get("MultiRegionConsistency", EVENTUAL), wanted=EVENTUAL)
    yield Field(name="GlobalTableVersion", found=told.get("GlobalTableVersion", VERSION), wanted=VERSION)
    yield Field(name="KeySchema", found=_names(told["KeySchema"]), wanted=", ".join(table.keys))
    types = {each["AttributeName"]: each["AttributeType"] for each in told["AttributeDefinitions"]}
    yield Field(
        name="AttributeDefinitions",
        found=", ".join(f"{each} {types.get(each, 'none')}" for each in table.keys),
        wanted=", ".join(f"{each} S" for each in table.keys),
    )
    yield Field(name="TimeToLiveDescription", found=found.ttl or OFF, wanted=TTL if table.ends else OFF)
    yield from _billing(told, wanted)
    if wanted.stream:
        yield Field(name="StreamSpecification", found=stream(told), wanted=VIEW)
    if wanted.recovery:
        yield Field(name="PointInTimeRecoveryStatus", found=ON if found.recovers else OFF, wanted=ON)
    if wanted.deletion_protection:
        yield Field(name="DeletionProtectionEnabled", found=ON if is_protected(told) else OFF, wanted=ON)
    if wanted.kms_key:
        yield _encryption(told, wanted.kms_key)
    for name, value in wanted.named_tags.items():
        yield Field(name=f"Tags: {name}", found=found.tags.get(name, "none"), wanted=value)


def mode(told: Mapping[str, Any]) -> str:
    """How it is paid for. Of a table that never was on demand the service tells none."""
    billing: str = told.get("BillingModeSummary", {}).get("BillingMode", PROVISIONED)
    return billing


def _billing(told: Mapping[str, Any], wanted: DynamoDB) -> Iterator[Field]:
    units = {"ReadCapacityUnits": wanted.read_capacity, "WriteCapacityUnits": wanted.write_capacity}
    yield Field(name="BillingMode", found=mode(told), wanted=PROVISIONED if any(units.values()) else ON_DEMAND)
    if mode(told) == PROVISIONED and any(units.values()):
        for name, least in units.items():
            is_so = told["ProvisionedThroughput"][name]
            yield Field(name=name, found=str(is_so), wanted=str(max(is_so, least)))


def _encryption(told: Mapping[str, Any], key: str) -> Field:
    """By the id of the key, which is the end of its ARN."""
    arn = told.get("SSEDescription", {}).get("KMSMasterKeyArn", "a key of DynamoDB's")
    is_so = arn.rpartition("/")[2] == key.rpartition("/")[2]
    return Field(name="KMSMasterKeyArn", found=arn, wanted=arn if is_so else key)


def _names(keys: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(each["AttributeName"] for each in keys)
