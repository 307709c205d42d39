"""One clean-up for bench/cleanup.py: says `ready`, begins when it reads a line, and says how many rows it deleted."""

import math
import sys
from datetime import timedelta

import django


def main(batch: int) -> int:
    from tokens.stores import store
    from tokens.work.cleanup import delete_expired

    sweeping = store().sweeping
    assert sweeping is not None
    sweeping.delete_expired("consent", timedelta(), 0)
    print("ready", flush=True)
    sys.stdin.readline()
    return sum(delete_expired(batch=batch, seconds=math.inf).values())


if __name__ == "__main__":
    django.setup()
    print(main(int(sys.argv[1])), flush=True)
