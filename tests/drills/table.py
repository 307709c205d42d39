"""The drills by their number in shared/faults.md: one more is one file and one line here."""

from collections.abc import Mapping

from tests.drills import (
    assertions,
    beats,
    clean_ups,
    clocks,
    crowd,
    database,
    frozen,
    guesses,
    kills,
    lossy,
    methods,
    misfits,
    notices,
    one_code,
    partition,
    pooled,
    refreshes,
    restored,
    revocations,
    rolling,
    rotated_keys,
    session_cache,
    session_ends,
    stepped,
    table_lock,
    unreached,
)
from tests.drills.drill import Drill

BOTH = ("orm", "dynamodb")

DRILLS: Mapping[int, Drill] = {
    1: Drill("64 redeem one code over 2 or 3 nodes", "one 200, 63 times 400, no live token after", one_code.race, BOTH),
    2: Drill("kill -9 of the worker at each step", "given once or never; one set per code", kills.kill, BOTH),
    3: Drill(
        "32 parallel refreshes, grace 0 and 10 s", "one successor; without grace none lives", refreshes.race, BOTH
    ),
    4: Drill("the answer to a refresh is lost", "the same token again in time, then the end", refreshes.lost, BOTH),
    5: Drill(
        "refresh, revoke, logout, disable at once", "nothing works after the act returned", revocations.race, BOTH
    ),
    6: Drill("a code again, after 1 s and at once", "what it gave is revoked, nothing else", one_code.replay, BOTH),
    8: Drill("an assertion at 3 nodes at once, FLUSHALL", "one of 24 is accepted, then none", assertions.replay, BOTH),
    9: Drill("FLUSHALL under load", "no session lost, no 5xx; pages as fast, within 3 times", session_cache.emptied),
    10: Drill("Redis hangs for 10 s", "the database answers; at most 0.25 s longer; breaker", session_cache.hung),
    11: Drill("sign-out while Redis hangs", "refused at every node, also once Redis is back", session_cache.sign_out),
    12: Drill("admin, password, account or clean-up ends it", "refused at every node at once", session_ends.race, BOTH),
    13: Drill("Redis goes and is back empty, guesses go on", "5 guesses in all are judged", guesses.throttle),
    14: Drill(
        "kill -9 of Redis with tasks queued",
        "every client is told of every session that ended",
        notices.every_client_is_told,
        BOTH,
    ),
    15: Drill("kill -9 of the beat that leads", "another leads within 6 s; no run is missed", beats.killed, BOTH),
    16: Drill("the leading beat sleeps 2 x its lock", "it ends and is back; one run an interval", beats.slept, BOTH),
    17: Drill(
        "the leading beat hangs inside a tick", "sent twice, and one run an interval", beats.hung_in_a_tick, BOTH
    ),
    18: Drill("FLUSHALL, or Redis away 4 s, 2 beats", "both back <= 15 s; one run an interval", beats.forgotten, BOTH),
    19: Drill(
        "2 and 4 clean-ups at once, live load", "no live row lost, no deadlock, 2 times as slow", clean_ups.together
    ),
    20: Drill("a clean-up's clock 90 s or 1 h ahead", "nothing goes that has not expired", clean_ups.skewed),
    21: Drill("a living node's clock is set up to 120 s off", "> 10 s: unready; nothing lives longer", stepped.stepped),
    22: Drill("PostgreSQL stop -m immediate, start", "only 503; nothing acknowledged is lost", database.crash),
    23: Drill("no connection left for 3 s", "only 503; nodes stay live", database.exhaustion),
    24: Drill("PostgreSQL read-only for 2 s", "reads 200, writes 503, no half state", database.read_only),
    25: Drill("a table locked for 10 s", "503 within 3 s; others unaffected", table_lock.lock),
    26: Drill(
        "a node is cut off from the database or Redis", "out and in <= 3 s; nothing lost", partition.partition, BOTH
    ),
    27: Drill(
        "the next build, machine by machine, and back", "no request fails, no work, nothing lost", rolling.roll, BOTH
    ),
    28: Drill(
        "keys are rotated, and one is revoked", "no live token unverifiable; gone in 6 s", rotated_keys.rotate, BOTH
    ),
    29: Drill("a backup is restored, then `void`", "all from before is void <= 5 s; people go on", restored.restored),
    30: Drill("the primary freezes behind HAProxy", "good <= 10 s after another accepts; nothing lost", frozen.frozen),
    31: Drill("HAProxy forgets its connections", "found before use or at the deadline; nothing lost", frozen.half_open),
    32: Drill("PgBouncer in session mode, or what is behind, dies", "only 503; nothing lost", pooled.pooled),
    33: Drill("two nodes' clocks 25 s ahead and behind", "an honest retry ends nothing", clocks.skewed),
    34: Drill("a fail-over that lost commits, then `void`", "nothing forks; all from before is void", lossy.lossy),
    35: Drill("a node with one difference joins", "503 by the setting's name; others go on", misfits.join),
    36: Drill("tables become those of another build", "503 <= 12 s, good <= 12 s after", misfits.build),
    37: Drill("five `prepare` of a new database at once", "all exit 0; each thing is made once", misfits.prepare),
    38: Drill("100 and 32 right passwords at once, 0.5 s each", "signed in within 10 s, or 503; memory", crowd.crowd),
    39: Drill("a clean-up beside a held snapshot", "it looks at each row once; within 2 times as long", clean_ups.held),
    40: Drill(
        "a code or passkey 5 times at once, 3 nodes", "one has it; nothing lives after sign-out", methods.race, BOTH
    ),
    41: Drill("kill -9 of the worker that has a code", "the same is good again, and once", methods.kill, BOTH),
    42: Drill("codes are guessed while Redis goes", "5 guesses in all are judged", methods.guess, BOTH),
    43: Drill(
        "what ends a session, of app, code and passkey",
        "refused at every node at once",
        session_ends.race_by_methods,
        BOTH,
    ),
}
OWN: Mapping[str, Mapping[int, Drill]] = {
    "dynamodb": {
        22: Drill(
            "calls to DynamoDB fail, in turn in each way", "only 503; nothing acknowledged is lost", unreached.fail
        )
    }
}
"""Whose fault is another one where the store is that."""


def on(store: str) -> Mapping[int, Drill]:
    """Those that hold for the store."""
    own = OWN.get(store, {})
    return {
        number: own.get(number, drill) for number, drill in DRILLS.items() if store in drill.stores or number in own
    }
