"""Becomes a command that is sent a signal when its parent ends: `python end_with_parent.py PARENT SIGNAL command…`.

A `kill -9` of `up` then leaves nothing behind. Only Linux has this; elsewhere the command just runs.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, number, *command = sys.argv[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(number))
        if os.getppid() != int(parent):  # it ended before we asked
            sys.exit(1)
    os.execvp(command[0], command)  # noqa: S606 that is what it is for


if __name__ == "__main__":
    main()
