"""Many solves on executors."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import carve
from carve._wishes import Wishes, asked_of
from conftest import AMER, LISTENS_TO_CTRL_C, LITTLE, wait_for_end


def assigned(plan: carve.Plan) -> list[str]:
    return [assignment.node_id for assignment in plan.message.assignments]


def jobs(rows: Any) -> list[Any]:
    return [(rows, {"seats": seats}) for seats in (2, 3, 4)]


@pytest.fixture(scope="module")
def expected(client: carve.Client, rows: Any) -> list[list[str]]:
    plans = [client.solve(rows, seats=seats, work_limit=LITTLE, progress=False) for seats in (2, 3, 4)]
    return [assigned(plan) for plan in plans]


def test_processes(rows: Any, expected: list[list[str]]) -> None:
    # The usual way to start them forks this process, in which calls have been made.
    with ProcessPoolExecutor(2) as pool:
        plans = list(carve.map(jobs(rows), executor=pool, work_limit=LITTLE))
    assert [assigned(plan) for plan in plans] == expected
    assert all(plan.whole.HasField("certificate") for plan in plans)


def test_threads_and_none(rows: Any, expected: list[list[str]]) -> None:
    with ThreadPoolExecutor(2) as pool:
        assert [assigned(p) for p in carve.map(jobs(rows), executor=pool, work_limit=LITTLE)] == expected
    assert [assigned(p) for p in carve.map(jobs(rows)[:1], work_limit=LITTLE)] == expected[:1]


def test_dask(rows: Any, expected: list[list[str]]) -> None:
    from distributed import Client, LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as dask:
        plans = list(carve.map(jobs(rows), executor=dask.get_executor(), work_limit=LITTLE))
    assert [assigned(plan) for plan in plans] == expected


def test_a_job_that_fails_raises_where_its_plan_would_come(rows: Any) -> None:
    twice = [{"account_id": "a"}, {"account_id": "a"}]
    plans = carve.map([rows, twice, rows], seats=2, work_limit=LITTLE)
    assert next(plans).ok
    with pytest.raises(carve.InvalidRequest, match="account_id_duplicate"):
        next(plans)


def children_of(pid: int) -> list[int]:
    found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=False)
    return [int(one) for one in found.stdout.split()]


def interrupted(jobs: str, more: str = "") -> subprocess.Popen[str]:
    """A Python that maps these jobs, and prints what it has where it is interrupted. It prints the plans as they come."""
    code = LISTENS_TO_CTRL_C + (
        "import carve\n"
        f"rows = [{{'account_id': str(n), 'current_owner': 'ab'[n % 2]}} for n in range(20)]\n"
        f"long = ({str(AMER / 'accounts.csv')!r}, dict(plan={str(AMER / 'plan.yaml')!r}, time_limit='300s', thorough=True))\n"
        "from concurrent.futures import ThreadPoolExecutor\n"
        "if __name__ == '__main__':\n"
        "    try:\n"
        f"        for plan in carve.map({jobs}, executor=ThreadPoolExecutor(2)):\n"
        "            print(plan.ok, flush=True)\n"
        f"            {more or 'pass'}\n"
        "    except carve.Interrupted as error:\n"
        "        print(error, [plan and plan.ok for plan in error.plans], flush=True)\n"
    )
    return subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)


def grandchildren(pid: int) -> list[int]:
    return [engine for job in children_of(pid) for engine in children_of(job)]


def test_ctrl_c_keeps_the_plans_that_there_are() -> None:
    short = "(rows, dict(seats=2, work_limit=1000))"
    with interrupted(f"[{short}, long, {short}, long, {short}]") as process:
        assert process.stdout and process.stdout.readline() == "True\n"
        # Both threads work on what takes long, and are in the middle of it.
        until = time.monotonic() + 120
        while time.monotonic() < until and sum(bool(children_of(engine)) for engine in grandchildren(process.pid)) < 2:
            time.sleep(0.2)
        jobs = children_of(process.pid)
        before = time.monotonic()
        process.send_signal(signal.SIGINT)
        said = process.communicate(timeout=120)[0]
        assert time.monotonic() - before < 100
    # What came before is there, what never began is not; one that had no plan in hand yet has none.
    assert re.fullmatch(r"[234] of 5 plans are in \.plans \[True, (True|None), True, (True|None), None\]\n", said)
    assert len(jobs) == 2
    assert all(wait_for_end(job, 20) for job in jobs)


def test_whoever_leaves_the_loop_ends_the_jobs_that_are_left() -> None:
    with interrupted("[(rows, dict(seats=2, work_limit=1000)), long]", "break") as process:
        # The pool ends with Python, which waits for its threads.
        assert process.communicate(timeout=100)[0] == "True\n"
    assert process.returncode == 0


def test_jobs_end_with_the_python_that_waits_for_them() -> None:
    with interrupted("[(rows, dict(seats=2, work_limit=1000)), long]") as process:
        assert process.stdout and process.stdout.readline() == "True\n"
        jobs = children_of(process.pid)
        process.kill()
    assert jobs and all(wait_for_end(job, 20) for job in jobs)


def test_a_job_has_one_thread_unless_it_asks_for_more() -> None:
    said: list[Wishes] = [{}, {"threads": 0}, {"threads": 3}]
    assert [asked_of(wishes).threads for wishes in said] == [None, 0, 3]


def test_a_wish_that_there_is_not_is_told_before_anything_is_sent(rows: Any) -> None:
    with pytest.raises(TypeError, match="there is no wish seat"):
        carve.map([rows], seat=2)
