"""What has to be there before nodes serve: tables, signing keys, static files. Prints what `up` then needs, as JSON.

`has_admin`: whether there is one who can sign in. `programs`: patterns of the paths that back nodes answer, without the
first slash.
"""

import json
import sys
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import DatabaseError, Error, OperationalError, connection

from accounts.ground.dialects import fault
from accounts.ground.unavailable import Unavailable
from accounts.sign_in import equal_work
from idp.fit import joining
from idp.fit.lock import preparing
from idp.fit.node import ISSUER, STORE
from idp.postgresql import pooler
from tokens.checks import publish_clients, tables_fault
from tokens.urls import back

LIMITS = {
    "PostgreSQL": ("statement_timeout", "idle_in_transaction_session_timeout"),
    "MariaDB": ("max_statement_time", "idle_transaction_timeout"),
    "MySQL": ("max_execution_time",),
}
WAS: Mapping[str, str] = {ISSUER: "the issuer was {former}: who was told it has to be told the new one"}
WAS_STORE = "{name} was {former}: sign-ins at clients, consents and signing keys are left where they were"
CHANGES: Mapping[str, Any] = {"dest": "changes", "action": "append_const", "default": []}
"""Of the options by which settings of this process take the place of what is recorded."""
LOCKED = frozenset({"55P03", 1205, 54, 30006})
"""What PostgreSQL, MariaDB and MySQL, and Oracle call a lock that was waited for in vain, as `fault` tells it. SQLite
has a name for it."""
HOLDERS: Mapping[str, str] = {
    "postgresql": "`SELECT pid, xact_start, query FROM pg_stat_activity ORDER BY xact_start` has it among the first",
    "mysql": "`SELECT trx_mysql_thread_id, trx_started FROM information_schema.innodb_trx` has it among the oldest",
    "oracle": "`SELECT * FROM v$locked_object` has it",
    "sqlite": "it is a process that has the database's file open",
}
"""Where it stands who holds a lock, by the kind of database."""


class Command(BaseCommand):
    help = "Makes the tables, the signing keys that are missing and the static files of this version."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--change-issuer",
            **CHANGES,
            const=[ISSUER],
            help="the issuer of this database becomes IDP_BASE_URL: every client has to be told",
        )
        parser.add_argument(
            "--change-store",
            **CHANGES,
            const=STORE,
            help="the store of this database becomes IDP_TOKENS_STORE: what the one before holds stays there",
        )

    def handle(self, *args: Any, changes: Iterable[Sequence[str]], **options: Any) -> None:
        try:
            if fault := pooler.fault():
                raise CommandError(fault)
            allow_long_statements()
            with preparing():
                has_admin = self._prepare([*chain.from_iterable(changes)])
        except Error as error:
            sys.exit(self._refused(_unusable(error)))
        except (CommandError, Unavailable) as error:
            sys.exit(self._refused(str(error)))
        programs = [each.pattern.regex.pattern for each in back]
        self.stdout.write(json.dumps({"has_admin": has_admin, "programs": programs}))

    def _prepare(self, changes: Collection[str]) -> bool:
        former = joining.refuse_misfit(changes)
        call_command("migrate", interactive=False, verbosity=0)
        if fault := tables_fault():
            raise CommandError(fault)
        if told := publish_clients():
            print(told, file=sys.stderr)
        joining.join(former)
        for name, value in former.items():
            # Said only: on one machine the issuer goes by the port that is free today.
            print(WAS.get(name, WAS_STORE).format(name=name, former=value or "none"), file=sys.stderr)
        equal_work.look_at_all()
        call_command("rotatekeys", ensure=True, stdout=sys.stderr)
        call_command("collectstatic", interactive=False, verbosity=0)
        # One who has not chosen a password yet cannot enter.
        admins = get_user_model().objects.filter(is_superuser=True, is_active=True)
        return admins.exclude(password__startswith=UNUSABLE_PASSWORD_PREFIX).exists()

    def _refused(self, fault: str) -> int:
        """One line as manage.py has it; returns the exit code."""
        print(f"manage.py: {fault}", file=sys.stderr)
        return 2


def allow_long_statements() -> None:
    """A request may not keep the database busy for long, a migration may. The limit on waiting for locks stays: every
    request would wait behind it."""
    # The driver's own patience with MariaDB and MySQL, which a connection takes when it is made.
    connection.settings_dict["OPTIONS"].pop("read_timeout", None)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            connection.connection.deadline = None
        if connection.vendor == "oracle":
            connection.connection.call_timeout = 0
        for limit in LIMITS.get(connection.display_name, ()):
            cursor.execute(f"SET {limit} = 0")


def _unusable(error: Error) -> str:
    """One line, with what to do."""
    text = " ".join(str(error).split())
    if _waited_in_vain(error):
        holder = HOLDERS[connection.vendor]
        return f"something else holds a lock for long ({text}): {holder}; let it end, or end it, and run this again"
    if isinstance(error, OperationalError):
        return f"the database does not answer ({text}): start it, or check DATABASE_URL"
    return f"the database cannot be used ({text}): check DATABASE_URL, and what its user may do"


def _waited_in_vain(error: Error) -> bool:
    """Whether another one held a lock for longer than anybody waits for one."""
    if isinstance(error, DatabaseError) and fault(error) in LOCKED:
        return True
    return getattr(error.__cause__, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
