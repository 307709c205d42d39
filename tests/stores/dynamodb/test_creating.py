"""Tables are made, completed and deleted by any number of nodes at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import ANY, Stubber

from accounts.ground.dynamodb.client import patient
from accounts.ground.dynamodb.conf import DynamoDB
from accounts.ground.dynamodb.tables import TTL
from tests.stores.dynamodb.own import Settings
from tokens.stores.dynamodb import creating
from tokens.stores.dynamodb.creating import Refused, Tables
from tokens.stores.dynamodb.described import OFF, Described, drift, stream
from tokens.stores.dynamodb.tables import TABLES

KEY = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
ALL = {
    "stream": True,
    "recovery": True,
    "deletion_protection": True,
    "read_capacity": 5,
    "write_capacity": 3,
    "tags": ("team=identity", "stage=test"),
}
Change = Callable[[Any, str], object]


def found(client: Any, settings: DynamoDB, table: str = "runs") -> Described:
    described = Tables(client, settings).described()[f"{settings.prefix}{table}"]
    assert described is not None
    return described


def differences(client: Any, settings: DynamoDB, table: str = "runs") -> list[tuple[str, str, str]]:
    """Name, what is and what should be."""
    fields = drift(found(client, settings, table), TABLES[table], settings)
    return [(field.name, field.found, field.wanted) for field in fields]


def different(tables: Tables, settings: DynamoDB) -> list[str]:
    """The names of the tables of which anything is not as it should be."""

    def is_so(name: str, each: Described | None) -> bool:
        return each is None or drift(each, TABLES[name.removeprefix(settings.prefix)], settings) != []

    return [name for name, each in tables.described().items() if is_so(name, each)]


@pytest.mark.parametrize("more", [{}, ALL], ids=["as they are", "with all that settings ask for"])
def test_all_tables_are_made_as_the_settings_want_them_and_once(
    operator: Any, own: Settings, more: dict[str, Any]
) -> None:
    settings = own(**more)
    tables = Tables(operator, settings)
    names = [f"{settings.prefix}{name}" for name in TABLES]
    assert tables.missing() == tables.names == names
    assert tables.create() == names
    assert (tables.create(), tables.missing()) == ([], [])
    assert different(tables, settings) == []


def test_what_was_made_before_a_setting_is_completed(operator: Any, own: Settings) -> None:
    Tables(operator, own()).create()
    more = {name: ALL[name] for name in ("recovery", "deletion_protection", "tags")}
    assert len(differences(operator, own(**more))) == 4
    assert Tables(operator, own(**more)).create() == []
    assert differences(operator, own(**more)) == []


def test_of_many_that_make_tables_at_once_each_table_is_one_ones(own: Settings) -> None:
    meeting = Barrier(8)

    def make(_: int) -> list[str]:
        tables = Tables(patient(own(**ALL)), own(**ALL), pause=lambda _: None)
        meeting.wait()
        return tables.create()

    with ThreadPoolExecutor(8) as pool:
        made = Counter(name for names in pool.map(make, range(8)) for name in names)
    assert made == Counter(f"{own().prefix}{name}" for name in TABLES)
    assert differences(patient(own()), own(**ALL)) == []


def test_time_to_live_is_changed_once_however_often_tables_are_made(own: Settings) -> None:
    """The service allows it once an hour."""
    client, asked = patient(own()), Counter[str]()
    client.meta.events.register("before-call.dynamodb", lambda model, **_: asked.update([model.name]))
    for _ in range(3):
        Tables(client, own()).create()
    assert asked["UpdateTimeToLive"] == len([table for table in TABLES.values() if table.ends])


def _other_stream(client: Any, name: str) -> None:
    """The service has to switch one off before it switches another one on."""
    if stream(client.describe_table(TableName=name)["Table"]) != OFF:
        client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False})
    other = {"StreamEnabled": True, "StreamViewType": "KEYS_ONLY"}
    client.update_table(TableName=name, StreamSpecification=other)


DIFFERENT: dict[str, tuple[Change, tuple[str, str, str]]] = {
    "another way to pay": (
        lambda client, name: client.update_table(
            TableName=name,
            BillingMode="PROVISIONED",
            ProvisionedThroughput={"ReadCapacityUnits": 1, "WriteCapacityUnits": 1},
        ),
        ("BillingMode", "PROVISIONED", "PAY_PER_REQUEST"),
    ),
    "no time to live": (
        lambda client, name: client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": False, "AttributeName": TTL}
        ),
        ("TimeToLiveDescription", "off", "ttl"),
    ),
    "time to live of another attribute": (
        lambda client, name: client.update_time_to_live(
            TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires"}
        ),
        ("TimeToLiveDescription", "expires", "ttl"),
    ),
    "no stream": (
        lambda client, name: client.update_table(TableName=name, StreamSpecification={"StreamEnabled": False}),
        ("StreamSpecification", "off", "NEW_AND_OLD_IMAGES"),
    ),
    "a stream of another view": (
        _other_stream,
        ("StreamSpecification", "KEYS_ONLY", "NEW_AND_OLD_IMAGES"),
    ),
    "no recovery": (
        lambda client, name: client.update_continuous_backups(
            TableName=name, PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": False}
        ),
        ("PointInTimeRecoveryStatus", "off", "on"),
    ),
    "no protection": (
        lambda client, name: client.update_table(TableName=name, DeletionProtectionEnabled=False),
        ("DeletionProtectionEnabled", "off", "on"),
    ),
    "another tag": (
        lambda client, name: client.tag_resource(
            ResourceArn=client.describe_table(TableName=name)["Table"]["TableArn"],
            Tags=[{"Key": "team", "Value": "sales"}],
        ),
        ("Tags: team", "sales", "identity"),
    ),
    "no tag": (
        lambda client, name: client.untag_resource(
            ResourceArn=client.describe_table(TableName=name)["Table"]["TableArn"], TagKeys=["team"]
        ),
        ("Tags: team", "none", "identity"),
    ),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_each_field_that_is_not_as_it_should_be_is_named(operator: Any, own: Settings, case: str) -> None:
    change, field = DIFFERENT[case]
    on_demand = {**ALL, "kms_key": KEY, "read_capacity": 0, "write_capacity": 0}
    settings = own(**on_demand)
    Tables(operator, settings).create()
    assert differences(operator, settings) == []
    change(operator, f"{settings.prefix}runs")
    assert differences(operator, settings) == [field]


@pytest.mark.parametrize(
    ("told", "is_so"),
    [
        ({}, "a key of DynamoDB's"),
        ({"SSEDescription": {"Status": "DISABLED"}}, "a key of DynamoDB's"),
        ({"SSEDescription": {"SSEType": "KMS", "KMSMasterKeyArn": KEY[:-1] + "c"}}, KEY[:-1] + "c"),
        ({"SSEDescription": {"SSEType": "KMS", "KMSMasterKeyArn": KEY}}, None),
    ],
    ids=["none", "none any more", "another", "this one"],
)
@pytest.mark.parametrize("wanted", [KEY, KEY.rpartition("/")[2]], ids=["by its ARN", "by its id"])
def test_a_table_that_is_encrypted_with_another_key_is_named(
    operator: Any, own: Settings, told: dict[str, Any], is_so: str | None, wanted: str
) -> None:
    Tables(operator, own()).create()
    made = found(operator, own())
    described = Described(told={**made.told, **told}, ttl=TTL, recovers=False, tags={})
    fields = [
        (field.name, field.found, field.wanted) for field in drift(described, TABLES["runs"], own(kms_key=wanted))
    ]
    assert fields == ([("KMSMasterKeyArn", is_so, wanted)] if is_so is not None else [])


def test_other_keys_and_fewer_units_are_named(operator: Any, own: Settings) -> None:
    settings = own(read_capacity=5, write_capacity=3)
    operator.create_table(
        TableName=f"{settings.prefix}runs",
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PROVISIONED",
        ProvisionedThroughput={"ReadCapacityUnits": 6, "WriteCapacityUnits": 2},
    )
    assert differences(operator, settings) == [
        ("KeySchema", "id", "pk, sk"),
        ("AttributeDefinitions", "pk none, sk none", "pk S, sk S"),
        ("TimeToLiveDescription", "off", "ttl"),
        ("WriteCapacityUnits", "2", "3"),
    ]


def test_what_is_on_without_a_setting_is_no_difference(operator: Any, own: Settings) -> None:
    Tables(operator, own(stream=True, recovery=True, deletion_protection=True, tags=("a=b",))).create()
    assert differences(operator, own()) == []


def test_streams_are_switched_on_and_one_of_another_view_begins_anew(operator: Any, own: Settings) -> None:
    settings, tables = own(), Tables(operator, own())
    tables.create()
    _other_stream(operator, f"{settings.prefix}runs")
    before = found(operator, settings).told["LatestStreamArn"]
    assert tables.enable_stream() == tables.names
    assert tables.enable_stream() == []
    assert found(operator, settings).told["LatestStreamArn"] != before
    assert differences(operator, own(stream=True)) == []


def test_nothing_is_deleted_while_a_table_is_protected(operator: Any, own: Settings) -> None:
    tables = Tables(operator, own())
    tables.create()
    protected = f"{own().prefix}secret_use"
    operator.update_table(TableName=protected, DeletionProtectionEnabled=True)
    with pytest.raises(Refused) as refused:
        tables.delete()
    assert str(refused.value).startswith(
        f"IDP_DYNAMODB_DELETION_PROTECTION: nothing is deleted; protected: {protected}: "
    )
    assert tables.missing() == []
    operator.update_table(TableName=protected, DeletionProtectionEnabled=False)
    assert tables.delete() == tables.names == tables.missing()
    assert tables.delete() == []


# What the local server does not have: states that pass, several regions, keys of KMS, refusals.

ACTIVE = {"TableStatus": "ACTIVE"}
GONE = "ResourceNotFoundException"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A client that answers as it is told, of tables of which there is one."""
    monkeypatch.setattr(creating, "TABLES", {"runs": TABLES["runs"]})
    client = patient(DynamoDB(region="eu-central-1", endpoint="http://127.0.0.1:1"))
    with Stubber(client) as stub:
        stub.tables = Tables(client, DynamoDB(kms_key=KEY, recovery=True), pause=lambda _: None)
        yield stub
        stub.assert_no_pending_responses()


def is_(stub: Any, status: str | None, **more: str) -> None:
    if status is None:
        stub.add_client_error("describe_table", GONE)
    else:
        stub.add_response("describe_table", {"Table": {"TableStatus": status, **more}})


def ttl_is(stub: Any, status: str) -> None:
    told = {"TimeToLiveStatus": status, **({"AttributeName": TTL} if status.startswith("ENABL") else {})}
    stub.add_response("describe_time_to_live", {"TimeToLiveDescription": told})


def recovery_is(stub: Any, status: str) -> None:
    recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}
    told = {"ContinuousBackupsStatus": "ENABLED", **recovery}
    stub.add_response("describe_continuous_backups", {"ContinuousBackupsDescription": told})


def made(stub: Any) -> None:
    key = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": KEY}
    named = {"TableName": "avouch.runs", "KeySchema": ANY, "AttributeDefinitions": ANY}
    asked = {**named, "BillingMode": "PAY_PER_REQUEST", "SSESpecification": key}
    stub.add_response("create_table", {"TableDescription": {"TableStatus": "CREATING"}}, asked)


def test_a_table_is_waited_for_until_it_can_be_used_and_is_then_completed(stub: Any) -> None:
    is_(stub, None)
    made(stub)
    is_(stub, "CREATING")
    is_(stub, "CREATING")
    is_(stub, "ACTIVE")
    ttl_is(stub, "DISABLED")
    ttl_is(stub, "DISABLED")
    specification = {"Enabled": True, "AttributeName": TTL}
    stub.add_response("update_time_to_live", {"TimeToLiveSpecification": specification})
    recovery_is(stub, "DISABLED")
    # A table that was just made is not ready for it.
    stub.add_client_error("update_continuous_backups", "ContinuousBackupsUnavailableException")
    recovery_is(stub, "DISABLED")
    recovery_is(stub, "DISABLED")
    stub.add_response("update_continuous_backups", {})
    assert stub.tables.create() == ["avouch.runs"]


def complete(stub: Any) -> None:
    ttl_is(stub, "ENABLING")
    recovery_is(stub, "ENABLED")


def test_who_comes_second_waits_for_the_one_that_makes_it(stub: Any) -> None:
    is_(stub, None)
    stub.add_client_error("create_table", "ResourceInUseException")
    is_(stub, "CREATING")
    is_(stub, "ACTIVE")
    complete(stub)
    assert stub.tables.create() == []


def test_a_table_that_is_being_deleted_is_made_when_it_is_gone(stub: Any) -> None:
    is_(stub, "DELETING")
    is_(stub, "DELETING")
    is_(stub, None)
    made(stub)
    is_(stub, "ACTIVE")
    complete(stub)
    assert stub.tables.create() == ["avouch.runs"]


def test_where_too_many_tables_are_made_at_a_time_it_is_tried_again(stub: Any) -> None:
    is_(stub, None)
    stub.add_client_error("create_table", "LimitExceededException")
    is_(stub, None)
    made(stub)
    is_(stub, "ACTIVE")
    complete(stub)
    assert stub.tables.create() == ["avouch.runs"]


def test_a_table_to_which_a_region_is_added_is_used_meanwhile(stub: Any) -> None:
    is_(stub, "UPDATING")
    complete(stub)
    assert stub.tables.create() == []


def test_time_to_live_that_another_one_switched_on_meanwhile_is_no_fault(stub: Any) -> None:
    is_(stub, "ACTIVE")
    ttl_is(stub, "DISABLED")
    ttl_is(stub, "DISABLED")
    stub.add_client_error("update_time_to_live", "ValidationException", "TimeToLive is already enabled")
    ttl_is(stub, "ENABLED")
    recovery_is(stub, "ENABLED")
    assert stub.tables.create() == []


def test_time_to_live_that_may_not_be_changed_yet_is_told(stub: Any) -> None:
    is_(stub, "ACTIVE")
    ttl_is(stub, "DISABLED")
    ttl_is(stub, "DISABLED")
    said = "Time to live has been modified multiple times within a fixed interval"
    stub.add_client_error("update_time_to_live", "ValidationException", said)
    ttl_is(stub, "DISABLED")
    with pytest.raises(ClientError, match=said):
        stub.tables.create()


def test_a_table_that_never_comes_is_told_of(stub: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "WAIT", 0.0)
    is_(stub, "CREATING")
    is_(stub, "CREATING")
    is_(stub, "CREATING")
    with pytest.raises(Refused, match=r"^avouch\.runs is CREATING after 0 s: try again$"):
        stub.tables.create()


FOREIGN = {
    "strongly consistent": ({"MultiRegionConsistency": "STRONG"}, "MultiRegionConsistency", "STRONG", "EVENTUAL"),
    "of 2017": ({"GlobalTableVersion": "2017.11.29"}, "GlobalTableVersion", "2017.11.29", "2019.11.21"),
}


@pytest.mark.parametrize("verb", ["create", "enable_stream"])
@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_global_table_of_another_kind_is_refused_in_one_line(stub: Any, foreign: str, verb: str) -> None:
    is_(stub, "ACTIVE", **FOREIGN[foreign][0])
    with pytest.raises(Refused) as refused:
        getattr(stub.tables, verb)()
    (line,) = str(refused.value).splitlines()
    assert line.startswith("avouch.runs is ")
    assert "version 2017.11.29" in line if foreign == "of 2017" else "MRSC" in line


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_global_table_of_another_kind_is_named_by_its_field(operator: Any, own: Settings, foreign: str) -> None:
    more, name, is_so, wanted = FOREIGN[foreign]
    Tables(operator, own()).create()
    described = found(operator, own())
    other = Described(told={**described.told, **more}, ttl=TTL, recovers=False, tags={})
    (field,) = drift(other, TABLES["runs"], own())
    assert (field.name, field.found, field.wanted) == (name, is_so, wanted)
