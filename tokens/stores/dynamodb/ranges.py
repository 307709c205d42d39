"""Part of the items of one `pk`: read page by page, as far as somebody asks."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.ground.dynamodb import calls
from accounts.ground.dynamodb.items import Expression, Item
from accounts.ground.dynamodb.state import State
from accounts.ground.dynamodb.tables import PK, SK

PAGE = 10
"""Items: who asks wants one or few."""


def between(
    state: State, table: str, pk: str, first: str, last: str, *, page: int = PAGE, descending: bool = False
) -> Iterator[Item]:
    """The items whose `sk` is from `first` to `last`, in the order of that. Read consistently, and as they are: no unit
    is asked."""
    if first > last or not calls.can_be((table, pk, first)):
        return
    expression = Expression()
    of_pk, lower, upper = expression.all_of([(PK, "=", pk)]), expression.value(first), expression.value(last)
    asked = {
        "TableName": state.name((table, pk, "")),
        "KeyConditionExpression": f"{of_pk} AND {expression.name(SK)} BETWEEN {lower} AND {upper}",
        "ConsistentRead": True,
        "Limit": page,
        "ScanIndexForward": not descending,
        **expression.parameters(),
    }
    after: Mapping[str, Any] = {}
    while True:
        answer = state.service("query", **asked, **after)
        yield from (item for _, item in calls.placed(table, answer["Items"]))
        if "LastEvaluatedKey" not in answer:
            return
        after = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
