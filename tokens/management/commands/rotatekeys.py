"""Signing keys: `rotatekeys` does what is due, `--ensure` makes what is missing, `--now` begins a rotation, `--revoke`
ends keys at once. Each may run on any number of nodes and be repeated; it prints what it did and what is due when."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.ground import clock
from tokens.conf import conf, signing_algs
from tokens.keys import CannotUnseal, create_missing, rotation
from tokens.keys.local import RELOAD
from tokens.keys.rotation import Step
from tokens.management.step_descriptions import describe
from tokens.stores import ERRORS, store

DUE = {
    "make active": "{0.alg} gets a key",
    "make next": "{0.alg} gets a next key",
    "activate": "{0.kid} signs {0.alg}",
    "withdraw": "{0.kid} signs no more: {0.alg} is not offered any longer",
    "retire": "{0.kid} ({0.alg}) retires",
}
REVOKED = (
    f"Within {RELOAD:g} s every node refuses what they signed. Relying parties that cached our keys believe it until\n"
    "they read them again, within {cached:g} s, and may refuse until then what a key signs that they have not read."
)


class Command(BaseCommand):
    help = "Moves the signing keys on as far as is due. Safe on many nodes at once, and to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        group = parser.add_mutually_exclusive_group()
        group.add_argument("--ensure", action="store_true", help="make what is missing, rotate nothing")
        group.add_argument(
            "--now", action="store_true", help="publish a next key today; it signs once every relying party can have it"
        )
        group.add_argument(
            "--revoke", nargs="+", metavar="KID", help="end keys that others may have: what they signed is refused"
        )
        parser.add_argument("--alg", choices=signing_algs(), help="with --now: of this algorithm only")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["alg"] and not options["now"]:
            raise CommandError("--alg goes with --now")
        now = clock.now()
        try:
            done = self._act(now, options)
        except CannotUnseal as error:
            raise CommandError(f"signing key {error}: set IDP_SECRETS to the folder that it was made with") from None
        except rotation.UnknownKid as error:
            raise CommandError(f"there is no signing key {error}: the admin lists them all") from None
        except ERRORS as error:
            raise CommandError(
                f"the database: {error}; nothing is half done: run it again".replace("\n", " ")
            ) from None
        for step in done:
            self.stdout.write(describe(step))
        if options["revoke"]:
            new = any(step.act == "revoke" for step in done)
            self.stdout.write(
                REVOKED.format(cached=conf().jwks_max_age + RELOAD) if new else "revoked before: nothing to do"
            )
        if not options["ensure"]:
            self._tell_what_is_due(now)

    def _act(self, now: datetime, options: dict[str, Any]) -> list[Step]:
        if options["ensure"]:
            return create_missing(now)
        if options["revoke"]:
            return rotation.revoke(options["revoke"], now)
        done = rotation.rotate(now)
        return (
            done + rotation.begin([options["alg"]] if options["alg"] else signing_algs(), now)
            if options["now"]
            else done
        )

    def _tell_what_is_due(self, now: datetime) -> None:
        keys, first = store().keys.all(), next(iter(settings.SEALING_KEYS))
        for key in keys:
            if key.private and not key.private.startswith(f"{first}."):
                self.stdout.write(f"{key.kid} needs the secret {key.private.partition('.')[0]!a} of `sealing` still")
        for step in rotation.plan(keys, now):
            self.stdout.write(f"{max(step.at, now):%Y-%m-%d %H:%M:%S} UTC: {DUE[step.act].format(step)}")
