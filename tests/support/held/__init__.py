"""What the store holds, kind by kind: how much there is, what the only one says, and how time passes for it.

No verb of a store answers such questions, and tests that run on any store ask them in terms of records:
`tables` answers them for the store in SQL, `in_memory` for the one of `manage.py test --fast`, `in_dynamodb` where
`TEST_STORE` says so. All have the same functions.
"""

import os

if os.environ.get("TEST_FAST"):
    from tests.support.held.in_memory import (
        add_keys,
        change,
        everything_written,
        forget,
        forget_everything,
        forget_keys,
        held,
        let_end,
        let_keys_be,
        let_keys_be_older,
        let_leases_run_out,
        let_rechecks_be_due,
        let_tasks_be_due,
        only,
        pass_time_for_notices,
        rechecks,
        sweep,
        voided,
        written,
    )
elif os.environ.get("TEST_STORE") == "dynamodb":
    from tests.support.held.in_dynamodb import (
        add_keys,
        change,
        everything_written,
        forget,
        forget_everything,
        forget_keys,
        held,
        let_end,
        let_keys_be,
        let_keys_be_older,
        let_leases_run_out,
        let_rechecks_be_due,
        let_tasks_be_due,
        only,
        pass_time_for_notices,
        rechecks,
        sweep,
        voided,
        written,
    )
else:
    from tests.support.held.tables import (
        add_keys,
        change,
        everything_written,
        forget,
        forget_everything,
        forget_keys,
        held,
        let_end,
        let_keys_be,
        let_keys_be_older,
        let_leases_run_out,
        let_rechecks_be_due,
        let_tasks_be_due,
        only,
        pass_time_for_notices,
        rechecks,
        sweep,
        voided,
        written,
    )

__all__ = [
    "add_keys",
    "change",
    "everything_written",
    "forget",
    "forget_everything",
    "forget_keys",
    "held",
    "let_end",
    "let_keys_be",
    "let_keys_be_older",
    "let_leases_run_out",
    "let_rechecks_be_due",
    "let_tasks_be_due",
    "only",
    "pass_time_for_notices",
    "rechecks",
    "sweep",
    "voided",
    "written",
]
