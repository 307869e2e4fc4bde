#!/usr/bin/env python3
"""Many solves on a Dask cluster: one book with several numbers of seats. Needs dask[distributed].

    python dask_cluster.py accounts.csv --seats 4,5,6 [--scheduler tcp://host:8786] [--work-limit N]

Without a scheduler a cluster of this machine is started. On others the package must be installed, and a book that is given
as a path must be there; a data frame goes along with its job.
"""

from __future__ import annotations

import argparse

from distributed import Client, LocalCluster

import carve


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts")
    parser.add_argument("--seats", required=True)
    parser.add_argument("--scheduler")
    parser.add_argument("--work-limit", type=int, default=5_000_000)
    given = parser.parse_args()
    seats = [int(count) for count in given.seats.split(",")]
    cluster = given.scheduler or LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)
    with Client(cluster) as dask:
        jobs = [(given.accounts, carve.Wishes(seats=count)) for count in seats]
        print("seats  worst deviation of the first tier's criteria")
        for count, plan in zip(seats, carve.map(jobs, executor=dask.get_executor(), work_limit=given.work_limit)):
            worst = max(c.worst_deviation for c in plan.raise_for_plan().message.tiers[0].criteria)
            print(f"{count:5}  {worst:.2%}")
    if not given.scheduler:
        cluster.close()


if __name__ == "__main__":
    main()
