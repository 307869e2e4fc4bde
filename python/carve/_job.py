"""Runs one job: a pickled Job on standard input, a pickled plan or error on standard output."""

from __future__ import annotations

import pickle
import sys

from carve._default import local
from carve._errors import CarveError
from carve._map import Job
from carve._plan import Plan


def run(job: Job) -> Plan | CarveError:
    """The plan, or what is wrong."""
    try:
        with local(max_solves=1) as client:
            plan = client.solve_asked(job.source, job.asked, progress=False, labels=dict(job.labels))
            # With the certificate, as long as the engine has it.
            plan.whole
            return plan
    except CarveError as error:
        return error


def main() -> None:
    out = sys.stdout.buffer
    out.write(pickle.dumps(run(pickle.load(sys.stdin.buffer))))


if __name__ == "__main__":
    main()
