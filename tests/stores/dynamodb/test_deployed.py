"""deploy/dynamodb: its policies allow what the store asks for and nothing more, its Terraform makes the tables that
`dynamodb create` makes."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from accounts.ground.dynamodb.conf import DynamoDB
from accounts.stores.base import Store as StoreOfPeople
from tests.stores import calls
from tests.stores.accounts import calls as calls_of_people
from tests.stores.dynamodb.asked import asked
from tests.stores.dynamodb.own import Settings
from tests.stores.dynamodb.test_kinds import NOT_HERE, client, people, store
from tokens.stores.base import Store
from tokens.stores.dynamodb.creating import Tables
from tokens.stores.dynamodb.deployed import FILES, text
from tokens.stores.dynamodb.described import drift
from tokens.stores.dynamodb.kinds import of_table
from tokens.stores.dynamodb.permissions import ADDS, EACH, SERVES
from tokens.stores.dynamodb.tables import TABLES
from tokens.stores.dynamodb.terraform import VARIABLES

__all__ = ["client", "people", "store"]

DEPLOY = Path(__file__).parents[3] / "deploy/dynamodb"
LONGEST = 6144
"""Characters of a managed policy, white space not counted."""
KEY = "arn:aws:kms:eu-central-1:123456789012:key/12345678-1234-1234-1234-123456789abc"


@pytest.mark.parametrize("name", FILES)
def test_the_files_say_what_the_store_does(name: str) -> None:
    assert (DEPLOY / name).read_text() == text(name), "python -m tokens.stores.dynamodb.deployed deploy/dynamodb"
    assert {path.name for path in DEPLOY.iterdir()} == {*FILES, "README.md"}


@pytest.mark.parametrize("name", ["runtime.json", "creation.json", "reconciling.json"])
def test_a_policy_names_tables_and_calls_and_is_short_enough(name: str) -> None:
    policy = json.loads((DEPLOY / name).read_text())
    assert len(re.sub(r"\s", "", json.dumps(policy))) < LONGEST
    allowed = [call for statement in policy["Statement"] for call in statement["Action"]]
    resources = [each for statement in policy["Statement"] for each in statement["Resource"]]
    assert not [each for each in allowed if "*" in each]
    tables = {each.rpartition("/")[2] for each in resources}
    assert tables == ({"avouch.clients"} if name == "reconciling.json" else {f"avouch.{name}" for name in TABLES})
    assert ("dynamodb:Scan" in allowed) == (name == "reconciling.json")
    assert ("dynamodb:CreateTable" in allowed) == (name == "creation.json")
    assert "dynamodb:DeleteTable" not in allowed


def test_a_node_may_do_to_each_table_what_it_does_and_nothing_else(
    client: Any, store: Store, people: StoreOfPeople, own: Settings
) -> None:
    with asked(client, own().prefix) as found:
        calls.fill(store)
        for name, call in calls.CALLS.items():
            if name not in NOT_HERE:
                call(store)
        for check in store.checks.values():
            check()
        calls_of_people.fill(people)
    done: dict[str, set[str]] = {name: {*EACH} for name in TABLES}
    for each in found:
        done[each.table] |= {*ADDS} if each.call in ADDS and not each.decides else {each.call}
    written = {table.name for table in TABLES.values() if of_table(table)}
    allowed = {name: {*EACH, *SERVES[name]} for name in TABLES}
    assert {name: done[name] for name in written} == {name: allowed[name] for name in written}
    assert {name: left for name in TABLES if (left := done[name] - allowed[name])} == {}


# Terraform


SET: Mapping[str, DynamoDB] = {
    "by default": DynamoDB(),
    "all": DynamoDB(
        stream=True, recovery=True, deletion_protection=True, kms_key=KEY, tags=("team=identity", "stage=test")
    ),
    "provisioned": DynamoDB(read_capacity=5, write_capacity=3),
}


@pytest.mark.parametrize("title", SET)
def test_terraform_makes_each_table_as_the_settings_want_it(title: str, operator: Any, own: Settings) -> None:
    wanted = SET[title]
    settings = own(**{name: getattr(wanted, name) for name in VARIABLES if name != "prefix"})
    document = json.loads((DEPLOY / "tables.tf.json").read_text())
    values = {name: getattr(settings, name) for name in VARIABLES} | {"tags": settings.named_tags}
    for resource in document["resource"]["aws_dynamodb_table"].values():
        _make(operator, {name: _evaluated(each, values) for name, each in resource.items()})
    found = Tables(operator, settings).described()
    assert len(found) == len(TABLES)
    for name, each in found.items():
        assert each is not None
        assert drift(each, TABLES[name.removeprefix(settings.prefix)], settings) == []
    assert Tables(operator, settings).create() == []
    assert Tables(operator, settings).described() == found, "`create` had something to add"


def test_terraform_has_a_variable_for_each_setting_of_tables_with_its_default() -> None:
    variables = json.loads((DEPLOY / "tables.tf.json").read_text())["variable"]
    plain = DynamoDB()
    wanted = {name: getattr(plain, name) for name in variables} | {"tags": plain.named_tags}
    assert {name: each["default"] for name, each in variables.items()} == wanted
    of_nodes = {"region", "endpoint", "create"}
    assert {*variables} == {*DynamoDB.__dataclass_fields__} - of_nodes


def _evaluated(said: Any, values: Mapping[str, Any]) -> Any:
    """What Terraform makes of it: of its language the four forms that are there."""
    if isinstance(said, dict):
        return {name: _evaluated(each, values) for name, each in said.items()}
    if not isinstance(said, str):
        return said
    if found := re.fullmatch(r"\$\{var\.(\w+)\}", said):
        return values[found[1]]
    if found := re.fullmatch(r"\$\{var\.(\w+) != null\}", said):
        return values[found[1]] is not None
    if found := re.fullmatch(r"\$\{var\.(\w+)( > 0)? \? (\S+) : (\S+)\}", said):
        return _term(found[3] if values[found[1]] else found[4], values)
    return re.sub(r"\$\{var\.(\w+)\}", lambda found: values[found[1]], said)


def _term(said: str, values: Mapping[str, Any]) -> Any:
    return values[said.removeprefix("var.")] if said.startswith("var.") else json.loads(said)


def _make(operator: Any, resource: dict[str, Any]) -> None:
    """As the provider does. Refuses an argument that it does not know."""
    name, keys = resource.pop("name"), [resource.pop("hash_key"), resource.pop("range_key", None)]
    view, encryption = resource.pop("stream_view_type"), resource.pop("server_side_encryption")
    units = {"ReadCapacityUnits": resource.pop("read_capacity"), "WriteCapacityUnits": resource.pop("write_capacity")}
    asked = {
        "TableName": name,
        "KeySchema": [
            {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=True) if key
        ],
        "AttributeDefinitions": [
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in resource.pop("attribute")
        ],
        "BillingMode": resource.pop("billing_mode"),
        "DeletionProtectionEnabled": resource.pop("deletion_protection_enabled"),
        "Tags": [{"Key": key, "Value": value} for key, value in resource.pop("tags").items()],
    }
    if None not in units.values():
        asked["ProvisionedThroughput"] = units
    if resource.pop("stream_enabled"):
        asked["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
    if encryption["enabled"]:
        asked["SSESpecification"] = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": encryption["kms_key_arn"]}
    operator.create_table(**asked)
    if ttl := resource.pop("ttl", None):
        specification = {"AttributeName": ttl["attribute_name"], "Enabled": ttl["enabled"]}
        operator.update_time_to_live(TableName=name, TimeToLiveSpecification=specification)
    if resource.pop("point_in_time_recovery")["enabled"]:
        recovery = {"PointInTimeRecoveryEnabled": True}
        operator.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=recovery)
    assert resource == {}
