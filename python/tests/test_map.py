"""Many solves on executors."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

import carve
from conftest import LITTLE


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


def test_a_wish_that_there_is_not_is_told_before_anything_is_sent(rows: Any) -> None:
    with pytest.raises(TypeError, match="there is no wish seat"):
        carve.map([rows], seat=2)
