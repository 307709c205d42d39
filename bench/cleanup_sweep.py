"""One clean-up for bench/cleanup.py: says `ready`, begins when it reads a line, and says how many rows it deleted."""

import math
import sys

import django


def main(batch: int) -> int:
    from tokens.stores import store
    from tokens.work.cleanup import delete_expired

    store().sweeping.delete_expired("consent", 0, 0)
    print("ready", flush=True)
    sys.stdin.readline()
    return sum(delete_expired(batch=batch, seconds=math.inf).values())


if __name__ == "__main__":
    django.setup()
    print(main(int(sys.argv[1])), flush=True)
