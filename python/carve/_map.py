"""Many solves on any executor of concurrent.futures: threads, processes, a cluster."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carve._book import BookLike, source_of
from carve._engine import cores
from carve._errors import EngineError
from carve._plan import Plan
from carve._program import Asked, Source
from carve._wishes import Wishes, asked_of

# Seconds that jobs on an executor that was given have to answer once they were stopped: nobody knows where they run.
STOP_S = 10.0


@dataclass(frozen=True)
class Job:
    """One solve: a book with its wishes, ready to be sent to another process or machine. Where the book is a path, the file
    must be there."""

    source: Source
    asked: Asked
    labels: tuple[tuple[str, str], ...] = ()

    def run(self, of: str = "") -> Plan:
        """Solves it in a process of its own, which nothing that this process has done can disturb. `of` names the jobs
        that can be stopped together."""
        package = str(Path(__file__).resolve().parents[1])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        # Ctrl-C in a terminal goes to all processes there: in a session of its own the job is stopped once, from here.
        with subprocess.Popen(
            [sys.executable, "-m", "carve._job"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            start_new_session=True,
        ) as process:
            _running.add(of, process)
            try:
                out, err = _communicate(process, pickle.dumps(self))
            except BaseException:
                process.kill()
                raise
            finally:
                _running.remove(of, process)
        if process.returncode != 0:
            raise EngineError(err.decode(errors="replace").strip() or f"the job ended with {process.returncode}")
        answer = pickle.loads(out)
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Plan):
            raise EngineError(f"the job answered with a {type(answer).__name__}")
        return answer


class Interrupted(KeyboardInterrupt):
    """Ctrl-C while `map` waited for a plan. `plans` has one for each job, in their order: those that were there, and those
    that were being worked on with the best so far; None where there is none."""

    def __init__(self, plans: Sequence[Plan | None]) -> None:
        super().__init__(f"{sum(plan is not None for plan in plans)} of {len(plans)} plans are in .plans")
        self.plans = list(plans)


class _Running:
    """The processes of jobs that this process waits for, by the map that they are of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._of: dict[str, set[subprocess.Popen[bytes]]] = {}
        self._stopped: set[str] = set()

    def add(self, of: str, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._of.setdefault(of, set()).add(process)
            late = of in self._stopped
        if late:
            process.kill()

    def remove(self, of: str, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            self._of[of].discard(process)

    def signal(self, of: str, number: int) -> None:
        """Sends a signal to all of them; what starts from now on ends at once."""
        with self._lock:
            self._stopped.add(of)
            processes = list(self._of.get(of, ()))
        for process in processes:
            process.send_signal(number)

    def forget(self, of: str) -> None:
        with self._lock:
            self._of.pop(of, None)
            self._stopped.discard(of)


_running = _Running()


def _communicate(process: subprocess.Popen[bytes], given: bytes) -> tuple[bytes, bytes]:
    """What the job answers. Ctrl-C stops it, and it answers with the best plan so far; a second one gives up."""
    try:
        return process.communicate(given)
    except KeyboardInterrupt:
        process.send_signal(signal.SIGINT)
        return process.communicate()


def map(
    jobs: Iterable[BookLike | tuple[BookLike, Wishes]], *, executor: Executor | None = None, **wishes: Any
) -> Iterator[Plan]:
    """Solves many books, or one book in many ways: each job is a book, or a pair of a book and wishes, which win over those
    that are given for all. Plans come in the order of the jobs, each as soon as it and those before it are there; a job that
    fails raises where its plan would come. Without an executor: threads, one a core. A solve has one thread unless it wishes
    for more.

    Ctrl-C while a plan is waited for cancels the jobs that have not begun, stops those that threads of this process wait for,
    which keep their best plans so far, and raises carve.Interrupted with all plans that there are; a second one gives these
    up. Jobs of other processes and machines are not reached: their executor knows how they end. Whoever leaves the loop
    ends the jobs that are left, as far."""
    sent = [_job(job, wishes) for job in jobs]
    return _results(sent, executor)


def _job(given: Any, wishes: dict[str, Any]) -> Job:
    book, own = given if isinstance(given, tuple) else (given, {})
    both: Any = {**wishes, **own}
    asked = asked_of(both)
    return Job(source_of(book, asked.decimal_mark), asked)


def _results(jobs: list[Job], executor: Executor | None, own: bool = False) -> Iterator[Plan]:
    if executor is None:
        with ThreadPoolExecutor(cores()) as threads:
            yield from _results(jobs, threads, own=True)
            return
    of = str(uuid.uuid4())
    futures: list[Future[Plan]] = [executor.submit(Job.run, job, of) for job in jobs]
    try:
        for future in futures:
            try:
                plan = future.result()
            except KeyboardInterrupt as error:
                raise _stop(futures, of, None if own else STOP_S) from error
            yield plan
    finally:
        for future in futures:
            future.cancel()
        _running.signal(of, signal.SIGKILL)
        if all(future.done() for future in futures):
            _running.forget(of)


def _stop(futures: list[Future[Plan]], of: str, wait_s: float | None) -> Interrupted:
    """Cancels what has not begun, stops what runs here, and waits for the plans in hand; so long for those elsewhere."""
    for future in reversed(futures):
        future.cancel()
    _running.signal(of, signal.SIGINT)
    wait(futures, wait_s)
    return Interrupted([_plan_in_hand(future) for future in futures])


def _plan_in_hand(future: Future[Plan]) -> Plan | None:
    if not future.done() or future.cancelled() or future.exception():
        return None
    return future.result()
