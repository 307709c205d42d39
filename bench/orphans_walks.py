"""The scheduled walks for orphans, run after run until they have been everywhere, for bench/orphans.py."""

import itertools
import json
import math
import time
from collections import Counter
from typing import Any

import django


def main() -> dict[str, Any]:
    from tokens.work import orphans

    steps: list[float] = []

    def go_on() -> bool:
        steps.append(time.monotonic())
        return True

    deleted, runs, begun = Counter[str](), 0, time.monotonic()
    while math.isinf(max(orphans.lag().values())):
        deleted.update(orphans.delete_orphans(go_on=go_on))
        runs += 1
    longest = max(later - earlier for earlier, later in itertools.pairwise(steps))
    return {"deleted": deleted, "runs": runs, "seconds": time.monotonic() - begun, "longest": longest}


if __name__ == "__main__":
    django.setup()
    print(json.dumps(main()))
