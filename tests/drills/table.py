"""The drills by their number in shared/faults.md: one more is one file and one line here."""

from collections.abc import Mapping

from tests.drills import database, kills, one_code, refreshes, revocations, table_lock
from tests.drills.drill import Drill

DRILLS: Mapping[int, Drill] = {
    1: Drill("64 redeem one code over 2 or 3 nodes", "one 200, 63 times 400, no live token after", one_code.race),
    2: Drill("kill -9 of the worker at each step", "given once or never; one set per code", kills.kill),
    3: Drill("32 parallel refreshes, grace 0 and 10 s", "one successor; without grace none lives", refreshes.race),
    4: Drill("the answer to a refresh is lost", "the same token again in time, then the end", refreshes.lost),
    5: Drill("refresh, revoke, logout, disable at once", "nothing works after the act returned", revocations.race),
    6: Drill("a code again, after 1 s and at once", "what it gave is revoked, nothing else", one_code.replay),
    22: Drill("PostgreSQL stop -m immediate, start", "503 alone; nothing acknowledged is lost", database.crash),
    23: Drill("no connection left for 3 s", "503 alone; nodes stay live", database.exhaustion),
    24: Drill("PostgreSQL read-only for 2 s", "reads 200, writes 503, no half state", database.read_only),
    25: Drill("a table locked for 10 s", "503 within 3 s; others unaffected", table_lock.lock),
}
