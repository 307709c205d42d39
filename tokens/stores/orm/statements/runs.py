"""The statements that decide whose a run of a task is. Durations are seconds."""

from tokens.stores.orm.statements.dialects import dialect
from tokens.stores.orm.statements.statement import Statement


def _take() -> str:
    """Takes the lease if its last run was finished and is an interval's before, or was not finished in time."""
    words = dialect()
    slot = words.floor.format(f"{words.seconds.format(words.clock)} / %s")
    return (
        f"UPDATE tokens_lease SET epoch = epoch + 1, slot = {slot}, until = {words.clock_plus}"  # noqa: S608 words of ours
        f" WHERE task = %s AND (until IS NULL AND slot <> {slot} OR until <= {words.clock})"
    )


def _hold() -> str:
    until = dialect().clock_plus
    return f"UPDATE tokens_lease SET until = {until} WHERE task = %s AND epoch = %s AND until IS NOT NULL"  # noqa: S608 words of ours


TAKE = Statement(name="runs.claim", parameters=("interval", "hold", "task", "interval"), sql=_take)
HOLD = Statement(name="runs.hold", parameters=("hold", "task", "epoch"), sql=_hold)
