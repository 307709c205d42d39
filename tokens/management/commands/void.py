"""`void --issued-before INSTANT`: ends all that was issued until then. deploy/README.md says when that is due."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground import clock
from tokens.conf import conf
from tokens.stores import ERRORS
from tokens.work.void import void_until

NOW = "now"
DONE = (
    "Void: every sign-in up to {until}, with its sessions, codes and tokens; clients' own tokens, requests that wait\n"
    "for a person and links that set a password, of until then. People sign in again, clients ask for new tokens.\n"
    "APIs that verify JWTs by themselves take one until it expires, for {seconds} s at most."
)


class Command(BaseCommand):
    help = "Ends all that was issued before an instant: after a restore, or a failover that lost commits."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--issued-before",
            required=True,
            metavar="INSTANT",
            help=f"such as 2026-11-26T17:30:00Z, or `{NOW}`, by the database's clock",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        typed = options["issued_before"]
        instant = None if typed.lower() == NOW else _instant(typed)
        try:
            void_until(instant)
        except ERRORS as error:
            text = " ".join(str(error).split())
            raise CommandError(f"the database: {text}; nothing is half done: run it again") from None
        until = "now" if instant is None else f"{instant:%Y-%m-%d %H:%M:%S.%f} UTC"
        self.stdout.write(DONE.format(until=until, seconds=conf().access_token_lifetime))


def _instant(typed: str) -> datetime:
    try:
        instant = datetime.fromisoformat(typed)
        if instant.tzinfo is None:
            raise CommandError(f"--issued-before {typed}: say the offset too, such as {typed}Z for UTC")
        instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise CommandError(
            f"--issued-before {typed}: is no instant; right would be {clock.now():%Y-%m-%dT%H:%M:%SZ}, or `{NOW}`"
        ) from None
    if instant > clock.now():
        raise CommandError(
            f"--issued-before {typed}: lies in the future: who signs in until then would be signed out at once. `{NOW}`"
            " ends all that there is"
        )
    return instant
