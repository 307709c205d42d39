"""Python looks for this module when it starts. Under libfaketime 0.9 its `time.sleep` is refused by the kernel: the
library moves the instant to sleep until, also on the clock that it leaves as it is."""

import select
import time
from typing import Any


def _sleep(seconds: Any, /) -> None:
    select.select([], [], [], seconds)


time.sleep = _sleep
