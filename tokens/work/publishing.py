"""Publishes clients to DynamoDB, where requests read them: what failed at the commit of a change, and each night what
differs from SQL."""

from collections.abc import Mapping

from accounts.ground.task import GoOn, Task


def _publish(go_on: GoOn) -> Mapping[str, int]:
    # Here and below: who has another store need not read it.
    from tokens.stores.dynamodb import reconciling

    publisher = reconciling.publisher()
    return publisher.publish(go_on) if publisher is not None else {}


def _reconcile(go_on: GoOn) -> Mapping[str, int]:
    from tokens.stores.dynamodb import reconciling

    publisher = reconciling.publisher()
    return reconciling.counted(publisher, go_on) if publisher is not None else {}


TASKS: Mapping[str, Task] = {
    "publish_clients": Task(5, _publish),
    "reconcile_clients": Task(24 * 3600, _reconcile),
}
"""Of a node whose store is there."""
