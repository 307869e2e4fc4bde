#!/usr/bin/env python3
"""Many solves on a Ray cluster: one book with several numbers of seats. Needs ray.

    python ray_cluster.py accounts.csv --seats 4,5,6 [--work-limit N]

carve.map takes any executor of concurrent.futures; this one hands its calls to Ray.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import ray

import carve


class RayExecutor(Executor):
    """Calls as tasks of Ray, each with a core of its own."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = ray.remote(num_cpus=1)(fn).remote(*args, **kwargs).future()
        return future


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts")
    parser.add_argument("--seats", required=True)
    parser.add_argument("--work-limit", type=int, default=5_000_000)
    given = parser.parse_args()
    seats = [int(count) for count in given.seats.split(",")]
    ray.init()
    jobs = [(given.accounts, carve.Wishes(seats=count)) for count in seats]
    for count, plan in zip(seats, carve.map(jobs, executor=RayExecutor(), work_limit=given.work_limit)):
        print(count, plan.message.summary)


if __name__ == "__main__":
    main()
