"""Runs one job: a pickled Job on standard input, a pickled plan or error on standard output."""

from __future__ import annotations

import os
import pickle
import select
import signal
import sys
import threading

from carve._default import local
from carve._errors import CarveError
from carve._map import Job
from carve._plan import Plan


def run(job: Job) -> Plan | CarveError:
    """The plan, or what is wrong."""
    try:
        # Jobs run side by side: each has one core unless it asks for more.
        threads = job.asked.threads
        with local(max_solves=1, threads_per_solve=1 if threads is None else threads or None) as client:
            plan = client.solve_asked(job.source, job.asked, progress=False, labels=dict(job.labels))
            # With the certificate, as long as the engine has it.
            plan.whole
            return plan
    except CarveError as error:
        return error


def _end_with(parent: int) -> None:
    """Ends this process, and its engine with it, when the process that waits for its answer has ended."""
    try:
        handle = os.pidfd_open(parent)
    except OSError:
        # It has ended already, or such handles cannot be had here.
        if os.getppid() != parent:
            os._exit(1)
        return
    select.select([handle], [], [])
    os._exit(1)


def main() -> None:
    # Where the process that waits has Ctrl-C switched off, this one is stopped by it all the same.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    out = sys.stdout.buffer
    out.write(pickle.dumps(run(pickle.load(sys.stdin.buffer))))


if __name__ == "__main__":
    main()
