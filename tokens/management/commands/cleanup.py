"""Deletes what expired, all of it and at once; prints what it deleted. `work` does so again and again."""

import math
from typing import Any

from django.core.management.base import BaseCommand

from tokens.work.cleanup import delete_expired


class Command(BaseCommand):
    help = "Deletes what expired."

    def handle(self, *args: Any, **options: Any) -> None:
        parts = [f"{count} {kind}" for kind, count in delete_expired(whole=True, seconds=math.inf).items() if count]
        self.stdout.write(f"deleted {', '.join(parts)}" if parts else "nothing had expired")
