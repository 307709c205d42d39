"""Drills 12 and 43: an administrator, a new password, a closed account or clean-up ends sessions, at every node at
once; of who signed in by a password, and by whatever else one signs in."""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.drills.drill import Turn
from tests.drills.ground import BOB
from tests.drills.history import Op, Outcome
from tests.drills.people import forget_throttles, look, signed_in
from tests.drills.proving import app, new_holder, passkey, recovery_code
from tests.drills.recorded_browser import RecordedBrowser
from tests.drills.repeating import Repeating
from tests.servers.nodes import Node
from tests.support.people import PASSWORD

BROWSERS = 3
NEW_PASSWORD = "another horse and another battery"
LATE = 1.0
"""Seconds after which nobody may find the session alive; the checker allows none."""
WARM = 0.3
EXPIRED = "UPDATE {} SET expires = now() - interval '10 minutes' WHERE {} = ANY(%s)"
SIGN_INS = "SELECT login_id FROM accounts_session WHERE key_hash = ANY(%s)"

Act = Callable[[Turn, Sequence[RecordedBrowser]], Sequence[RecordedBrowser]]
"""It ends sessions, and says of which browsers."""


def race(turn: Turn) -> None:
    """One act a round, in turn, while the sessions are in use at every node."""
    forget_throttles(turn)
    _race(turn, [signed_in(turn, turn.random.choice(turn.ground.fronts), BOB) for _ in range(BROWSERS)])


def race_by_methods(turn: Turn) -> None:
    """The same, of sessions that began by an app, a recovery code and a passkey."""
    holder, browsers = new_holder(turn), list[RecordedBrowser]()
    for method in (app, recovery_code, passkey):
        browser, form = method(holder, turn.random.choice(turn.ground.fronts))
        answer = browser.prove(turn.random.choice(turn.ground.fronts), form)
        turn.expect(answer.status == 303 and bool(browser.session), f"a sign-in was told {answer.status}")
        browsers.append(browser)
    _race(turn, browsers)


def _race(turn: Turn, browsers: Sequence[RecordedBrowser]) -> None:
    act, username = ACTS[turn.number % len(ACTS)], browsers[0].username
    pages = (*turn.ground.fronts, *turn.ground.nodes)
    look(browsers, pages)
    copies = [replace(each) for each in browsers]
    try:
        with Repeating([(_looking(copies, node), turn.random) for node in pages], 0.02):
            time.sleep(WARM)  # load before and after
            ended = act(turn, browsers)
            done = time.monotonic()
            look(ended, pages)
            look([each for each in browsers if each not in ended], pages)
            time.sleep(WARM)  # load before and after
    finally:
        turn.ground.admin.enable(username)
        turn.ground.admin.set_password(username, PASSWORD)
    gone = {each.key for each in ended}
    found = [each.end for each in turn.history.since(done) if each.key in gone and each.outcome is Outcome.OK]
    turn.recovery = max([0.0, *(end - done for end in found)])
    turn.expect_within(turn.recovery, LATE, f"{act.__name__}: that nobody was found alive")


def _looking(copies: Sequence[RecordedBrowser], node: Node) -> Callable[[], None]:
    return lambda: look(copies, [node])


def one_by_admin(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    (sid,) = _sids(turn, browsers[:1])
    with turn.history.act(Op.REVOKE, [browsers[0].key]):
        turn.ground.admin.end(sid)
    return browsers[:1]


def all_by_admin(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    with turn.history.act(Op.REVOKE, [each.key for each in browsers]):
        turn.ground.admin.end_all(browsers[0].username)
    return browsers


def own_password(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    """The one who changes it stays, under another key; what it had before is worth nothing."""
    before = replace(browsers[0])
    ended = [before, *browsers[1:]]
    with turn.history.act(Op.REVOKE, [each.key for each in ended]):
        answer = browsers[0].change_password(turn.random.choice(turn.ground.fronts), NEW_PASSWORD)
    turn.expect(answer.status == 303, f"the change of password was told {answer.status}")
    turn.expect(browsers[0].session != before.session, "the session kept its key")
    return ended


def password_by_admin(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    with turn.history.act(Op.REVOKE, [each.key for each in browsers]):
        turn.ground.admin.set_password(browsers[0].username, NEW_PASSWORD)
    return browsers


def closed_account(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    with turn.history.act(Op.REVOKE, [each.key for each in browsers]):
        turn.ground.admin.disable(browsers[0].username)
    return browsers


def clean_up(turn: Turn, browsers: Sequence[RecordedBrowser]) -> Sequence[RecordedBrowser]:
    """Two expire, and their rows are deleted: what Redis holds of them signs nobody in."""
    ended = browsers[:2]
    with turn.history.act(Op.REVOKE, [each.key for each in ended]), turn.ground.database() as database:
        sids, keys = _sids(turn, ended), [each.key_hash for each in ended]
        database.execute(EXPIRED.format("accounts_session", "key_hash"), [keys])
        database.execute(EXPIRED.format("accounts_loginsession", "sid"), [sids])
        turn.ground.admin.clean_up()
        left = database.execute("SELECT count(*) FROM accounts_session WHERE key_hash = ANY(%s)", [keys]).fetchone()
    turn.expect(left == (0,), f"the clean-up left {left} rows of expired sessions")
    return ended


def _sids(turn: Turn, browsers: Sequence[RecordedBrowser]) -> list[str]:
    with turn.ground.database() as database:
        rows = database.execute(SIGN_INS, [[each.key_hash for each in browsers]]).fetchall()
    return [row[0] for row in rows]


ACTS: tuple[Callable[[Turn, Sequence[RecordedBrowser]], Sequence[RecordedBrowser]], ...] = (
    one_by_admin,
    all_by_admin,
    own_password,
    password_by_admin,
    closed_account,
    clean_up,
)
