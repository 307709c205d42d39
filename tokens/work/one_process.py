"""The scheduled work in one process, without Celery: a thread for each task, so that a long one keeps none waiting."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Event

from django.db import close_old_connections, connections

from tokens.keys import CannotUnseal
from tokens.stores import ERRORS
from tokens.work.schedule import TASKS, perform, summary


@dataclass(frozen=True, slots=True, kw_only=True)
class OneProcess:
    """`may`: whether this process may work now; who says no says why. `did` and `failed` are told a line each."""

    may: Callable[[], bool]
    did: Callable[[str], object]
    failed: Callable[[str], object]

    def once(self) -> bool:
        """What is due now. Whether all of it could be done."""
        failed = [name for name in TASKS if not self._try(name, Event())]
        return not failed

    def go_on(self, ended: "SimpleQueue[int]") -> None:
        """Until something arrives. What ends a task's thread, but for a database that is away, is raised."""
        stopping = Event()
        with ThreadPoolExecutor(len(TASKS)) as threads:
            loops = [threads.submit(self._repeat, name, stopping) for name in TASKS]
            for loop in loops:
                loop.add_done_callback(lambda _: ended.put(0))
            ended.get()
            stopping.set()
        for loop in loops:
            loop.result()

    def _repeat(self, name: str, stopping: Event) -> None:
        try:
            while not stopping.is_set():
                self._try(name, stopping)
                close_old_connections()
                stopping.wait(TASKS[name].dispatch)
        finally:
            connections.close_all()

    def _try(self, name: str, stopping: Event) -> bool:
        if not self.may():
            return False
        try:
            rows = perform(name, stopping.is_set)
        except ERRORS as error:
            # What expired is void, swept or not: a database that is away for a while is no reason to end.
            self.failed(f"{name}: the database: {error}".replace("\n", " "))
        except CannotUnseal as error:
            self.failed(f"{name}: signing key {error}: set IDP_SECRETS to the folder that it was made with")
        else:
            if rows is not None:
                self.did(f"{name}: {summary(rows)}")
            return True
        return False
