"""Many solves on any executor of concurrent.futures: threads, processes, a cluster."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from carve._book import BookLike, source_of
from carve._errors import EngineError
from carve._plan import Plan
from carve._program import Asked, Source
from carve._wishes import Wishes, asked_of


@dataclass(frozen=True)
class Job:
    """One solve: a book with its wishes, ready to be sent to another process or machine. Where the book is a path, the file
    must be there."""

    source: Source
    asked: Asked
    labels: tuple[tuple[str, str], ...] = ()

    def run(self) -> Plan:
        """Solves it in a process of its own, which nothing that this process has done can disturb."""
        package = str(Path(__file__).resolve().parents[1])
        paths = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
        done = subprocess.run(
            [sys.executable, "-m", "carve._job"],
            input=pickle.dumps(self),
            capture_output=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            check=False,
        )
        if done.returncode != 0:
            raise EngineError(done.stderr.decode(errors="replace").strip() or f"the job ended with {done.returncode}")
        answer = pickle.loads(done.stdout)
        if isinstance(answer, Exception):
            raise answer
        if not isinstance(answer, Plan):
            raise EngineError(f"the job answered with a {type(answer).__name__}")
        return answer


def map(
    jobs: Iterable[BookLike | tuple[BookLike, Wishes]], *, executor: Executor | None = None, **wishes: Any
) -> Iterator[Plan]:
    """Solves many books, or one book in many ways: each job is a book, or a pair of a book and wishes, which win over those
    that are given for all. Plans come in the order of the jobs, each as soon as it and those before it are there; a job that
    fails raises where its plan would come. Without an executor: threads, one a core."""
    sent = [_job(job, wishes) for job in jobs]
    return _results(sent, executor)


def _job(given: Any, wishes: dict[str, Any]) -> Job:
    book, own = given if isinstance(given, tuple) else (given, {})
    both: Any = {**wishes, **own}
    return Job(source_of(book), asked_of(both))


def _results(jobs: list[Job], executor: Executor | None) -> Iterator[Plan]:
    if executor is None:
        with ThreadPoolExecutor(os.cpu_count()) as threads:
            yield from _results(jobs, threads)
            return
    futures: list[Future[Plan]] = [executor.submit(Job.run, job) for job in jobs]
    try:
        for future in futures:
            yield future.result()
    finally:
        for future in futures:
            future.cancel()
