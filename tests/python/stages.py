#!/usr/bin/env python3
"""Asks a running server for nested stages, and prints what each costs and what every incumbent keeps on split day.

The client is generated from the protos. Not run by CI. In the repository's root:

    python3 -m venv /tmp/stages
    /tmp/stages/bin/pip install grpcio grpcio-tools protobuf
    carve serve --addr 127.0.0.1:7070 &
    /tmp/stages/bin/python tests/python/stages.py datasets/books/growth/accounts.csv --counts 2,4,8,16
"""

import argparse
import sys

from client import request_of, solve, stubs


def show(stage):
    """One stage: how even and how close it is, and its split days."""
    today = ", today" if stage.current else ""
    print(f"\n{stage.count} territories{today}: {stage.mean_distance_km:.0f} km to their centres")
    for d in stage.deviations:
        print(f"  {d.measure}: worst {d.worst_deviation:.2%}, at best {d.worst_deviation_bound:.2%}")
    if stage.HasField("nesting"):
        over = stage.nesting.price_against_bound
        bound = f", {over:.3f} times its bound" if over else ""
        print(f"  nested: {stage.nesting.price:.3f} times the best plan found for this stage alone{bound}")
    for day in stage.split_days:
        kept = ", ".join(f"{m.amount:,} {m.measure} ({m.share:.0%})" for m in day.measures)
        print(f"  {day.node_id}'s incumbent keeps {day.kept_node_id}: {kept}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accounts")
    parser.add_argument("--counts", default="2,4,8,16")
    parser.add_argument("--addr", default="127.0.0.1:7070")
    parser.add_argument("--time-limit", type=int, default=30, help="seconds")
    options = parser.parse_args()
    pb, pb_grpc = stubs()
    counts = [int(count) for count in options.counts.split(",")]
    request = request_of(pb, options.accounts, {"split": {"stages": {"counts": counts}}})
    request.options.time_limit.seconds = options.time_limit
    request.options.price_of_nesting = True
    plan = solve(options.addr, pb_grpc, request)
    print(plan.summary)
    for stage in plan.stages:
        show(stage)
    return 0 if plan.stages else 1


if __name__ == "__main__":
    sys.exit(main())
