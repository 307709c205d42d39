"""One clean-up for bench/cleanup.py: says `ready`, begins when it reads a line, and says how many rows it deleted, and
for how many seconds it and its server kept a processor busy."""

import math
import os
import sys
import time
from datetime import timedelta
from pathlib import Path

import django


def main(batch: int) -> tuple[int, float]:
    from tokens.stores import store
    from tokens.work.cleanup import delete_expired

    sweeping = store().sweeping
    assert sweeping is not None
    sweeping.delete_expired("consent", timedelta(), 0)
    print("ready", flush=True)
    sys.stdin.readline()
    before = busy()
    return sum(delete_expired(whole=True, batch=batch, seconds=math.inf).values()), busy() - before


def busy() -> float:
    """Seconds of a processor until now: of this process, and of the server's for its connection, on this machine."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        [pid] = cursor.fetchone()
    ticks = sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:13]))
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    django.setup()
    print(*main(int(sys.argv[1])), flush=True)
