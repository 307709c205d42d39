"""A test on DynamoDB begins without what the one before it wrote."""

from typing import Any

from accounts.ground.dynamodb.conf import DynamoDB
from tests.servers.written import written
from tests.stores import samples
from tests.support.dynamodb import client, own_tables
from tokens.stores.dynamodb.tables import TABLES

__all__ = ["own_tables"]


def found(tables: DynamoDB) -> list[Any]:
    return [item for name in TABLES for item in client().scan(TableName=f"{tables.prefix}{name}")["Items"]]


def test_what_was_written_by_any_call_is_gone_and_nothing_is_asked_where_nothing_was_written(
    own_tables: DynamoDB,
) -> None:
    assert found(own_tables) == []
    table = f"{own_tables.prefix}runs"

    def key() -> dict[str, Any]:
        return {"pk": {"S": samples.handle()}, "sk": {"S": "-"}}

    client().put_item(TableName=table, Item=key())
    sets: dict[str, Any] = {"UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "a"}}}
    client().update_item(TableName=table, Key=key(), **sets)
    client().batch_write_item(RequestItems={table: [{"PutRequest": {"Item": key()}} for _ in range(25)]})
    update = {"TableName": table, "Key": key(), **sets}
    client().transact_write_items(TransactItems=[{"Put": {"TableName": table, "Item": key()}}, {"Update": update}])
    assert len(found(own_tables)) == 29

    written.forget(client())

    assert found(own_tables) == []
    written.forget(None)
