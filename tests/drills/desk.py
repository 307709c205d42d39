"""An administrator's process with the nodes' settings: reads a line of JSON, does it, answers with a line of JSON.

`["manage", COMMAND, …]` answers with what the command printed; `["active", USERNAME, BOOLEAN]`, `["password", USERNAME,
PASSWORD]`, `["end", SID]` and `["end_all", USERNAME]` with null; `["tasks"]` with the names of the scheduled tasks.

`["holder", USERNAME]` makes a person with a verified address, an app, recovery codes and a passkey, and answers with
what the app is made of and the codes; `["unlock", USERNAME, OPTIONS]` with what a browser sends once the passkey is
unlocked; `["mailed", KIND, USERNAME]` with the newest code that was mailed to them; `["forget_throttles"]` with null.

What the store holds, whichever it is: `["generations", KEY, CLIENT_ID]` those of the family of a code or refresh token;
`["keys", ALG]` kid → state; `["notices", CLIENT_ID]` pairs of a session and whether it was told; `["runs", SECONDS,
TASK, …]` those of the tasks, and of more that are named, that were claimed since then, a list each; `["successes"]`
task → seconds since 1970. `["spent", KEY, SECONDS]` makes a refresh token have been spent so long ago; `["written",
TEXT, …]` how often each is in what is written of all refresh tokens.
"""

import io
import json
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from typing import Any

import django
from django.db import connection

MOST = 1000
"""Of a client's notices, and of a task's runs: far more than a round makes."""


def main() -> None:
    django.setup(set_prefix=False)
    print(json.dumps("ready"), flush=True)
    with _patience():
        for line in sys.stdin:
            verb, *arguments = json.loads(line)
            print(json.dumps(VERBS[verb](*arguments)), flush=True)
            # A drill may end the database before the next line comes.
            connection.close()
            connection.close_pool()  # type: ignore[attr-defined]  # only PostgreSQL has it


def _patience() -> AbstractContextManager[None]:
    """On a busy machine whoever looks must not give up, as a request would."""
    if os.environ.get("TEST_STORE") != "dynamodb":
        return nullcontext()
    from tests.support.dynamodb import patience  # which brings the client that the other store does without

    return patience()


def _manage(*arguments: str) -> str:
    from django.core.management import call_command

    printed = io.StringIO()
    call_command(*arguments, stdout=printed)
    return printed.getvalue()


def _active(username: str, active: bool) -> None:
    from accounts.models import User  # once Django is set up

    user = User.objects.get(username=username)
    user.is_active = active
    user.save(update_fields=["is_active"])


def _password(username: str, password: str) -> None:
    from accounts.models import User  # the same

    user = User.objects.get(username=username)
    user.set_password(password)
    user.save(update_fields=["password"])


def _end(sid: str) -> None:
    from accounts import sessions  # the same

    sessions.end(sid)


def _end_all(username: str) -> None:
    from accounts import sessions  # the same
    from accounts.models import User

    sessions.end_all(User.objects.get(username=username))


def _generations(key: str, client_id: str) -> list[int]:
    from tests.support.held import held  # the same
    from tokens.protocol.handles import Key
    from tokens.protocol.records import RefreshToken
    from tokens.stores import store

    token, code = store().refresh_tokens.get(Key(key), client_id), store().codes.get(Key(key), client_id)
    found = [*([token.authorization_id] if token else []), *([code.authorization.id] if code else [])]
    return sorted(each.generation for id_ in found for each in held(RefreshToken, authorization_id=id_))


def _spent(key: str, seconds: float) -> None:
    from accounts.ground import clock  # the same
    from tests.support.held import change
    from tokens.protocol.records import RefreshToken

    change(RefreshToken, {"spent_at": clock.now() - timedelta(seconds=seconds)}, key=key)


def _written(*texts: str) -> list[int]:
    from tests.support.held import written  # the same
    from tokens.protocol.records import RefreshToken

    everything = written(RefreshToken)
    return [everything.count(text) for text in texts]


def _keys(alg: str) -> dict[str, str]:
    from tokens.stores import store  # the same

    return {key.kid: key.state for key in store().keys.all() if key.alg == alg}


def _notices(client_id: str) -> list[tuple[str | None, bool]]:
    from tokens.stores import store  # the same

    return [(each.sid, each.delivered_at is not None) for each in store().outbox.of_client(client_id, MOST)]


def _runs(since: float, *more: str) -> list[tuple[str, int, int, float, float | None, str]]:
    from tokens.stores import store  # the same
    from tokens.work import schedule

    runs = (run for task in (*schedule.TASKS, *more) for run in store().runs.of_task(task, MOST))
    found = [
        (
            run.task,
            run.epoch,
            run.slot,
            run.started.timestamp(),
            run.finished.timestamp() if run.finished is not None else None,
            run.error,
        )
        for run in runs
    ]
    return [run for run in found if run[3] >= since]


def _tasks() -> list[str]:
    from tokens.work import schedule  # the same

    return list(schedule.TASKS)


def _successes() -> dict[str, float]:
    from tokens.stores import store  # the same

    now = time.time()
    return {each.task: now - each.success_age for each in store().runs.tasks() if each.success_age is not None}


def _holder(username: str) -> dict[str, Any]:
    from django.db import transaction  # the same
    from django.test import RequestFactory

    from accounts.factors import recovery, totp
    from accounts.factors.passkeys import registration
    from accounts.ground import clock
    from accounts.models import User
    from tests.support.authenticator import Authenticator
    from tests.support.people import PASSWORD

    user = User.objects.create_user(username, f"{username}@example.org", PASSWORD, email_verified=True)
    secret, request = totp.new_secret(), RequestFactory().get("/")
    request.META["CSRF_COOKIE"], request.user = "A" * 32, user
    with transaction.atomic():
        assert totp.add(user, secret, clock.now())
        codes = recovery.renew(user)
    PASSKEYS[username] = Authenticator()
    offered = json.loads(registration.offer(request, user))
    registration.add(request, user, PASSKEYS[username].create(offered))
    return {"secret": secret, "recovery_codes": list(codes)}


def _unlock(username: str, options: Any) -> str:
    answer: str = PASSKEYS[username].get(options)
    return answer


def _mailed(kind: str, username: str) -> str:
    from accounts.mail.message import message_of  # the same
    from accounts.models import Mail

    newest = Mail.objects.filter(kind=kind, recipient=f"{username}@example.org").latest("created")
    [code] = re.findall(r"\d{3} \d{3} \d{3}", str(message_of(newest).get_body(("plain",))))
    return str(code)


def _forget_throttles() -> None:
    from accounts.ground.dynamodb.conf import dynamodb  # the same
    from accounts.models import Throttle

    Throttle.objects.all().delete()
    if os.environ.get("TEST_STORE") == "dynamodb":
        from accounts.ground.dynamodb.process import service  # which the other store does without

        table = f"{dynamodb().prefix}throttles"
        for item in service()("scan", TableName=table, ProjectionExpression="pk, sk")["Items"]:
            service()("delete_item", TableName=table, Key=item)


PASSKEYS: dict[str, Any] = {}
"""Of whom it made, by their names."""
VERBS: Mapping[str, Callable[..., Any]] = {
    "manage": _manage,
    "active": _active,
    "password": _password,
    "end": _end,
    "end_all": _end_all,
    "holder": _holder,
    "unlock": _unlock,
    "mailed": _mailed,
    "forget_throttles": _forget_throttles,
    "generations": _generations,
    "spent": _spent,
    "written": _written,
    "keys": _keys,
    "notices": _notices,
    "runs": _runs,
    "successes": _successes,
    "tasks": _tasks,
}

if __name__ == "__main__":
    main()
