#!/usr/bin/env python3
"""Does a client generated from the protos get the assignments that the command line writes?

Sends a book over gRPC to a running server and compares the answer with an assignments.csv, account by account.
Both sides count work instead of time, so that they must agree. Not run by CI. In the repository's root:

    python3 -m venv /tmp/same_answer
    /tmp/same_answer/bin/pip install grpcio grpcio-tools protobuf PyYAML
    book=datasets/books/amer-17
    carve serve --addr 127.0.0.1:7070 &
    carve solve $book/accounts.csv --plan $book/plan.yaml --out /tmp/out --work-limit 5000000 --time-limit 10m
    /tmp/same_answer/bin/python tests/python/same_answer.py $book/accounts.csv $book/plan.yaml \
        /tmp/out/assignments.csv --addr 127.0.0.1:7070 --work-limit 5000000

Ends with 0 when every account has the same territory, leaf and owner, 1 when one differs. The time limit on both
sides must be long enough for the work limit to be what ends the search.
"""

import argparse
import csv
import sys

import yaml

from client import request_of, solve, stubs


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("accounts")
    parser.add_argument("plan")
    parser.add_argument("assignments")
    parser.add_argument("--addr", default="127.0.0.1:7070")
    parser.add_argument("--work-limit", type=int, required=True)
    parser.add_argument("--time-limit", type=int, default=600, help="seconds")
    options = parser.parse_args()
    pb, pb_grpc = stubs()
    with open(options.plan, encoding="utf-8") as file:
        request = request_of(pb, options.accounts, yaml.safe_load(file) or {})
    request.options.work_limit = options.work_limit
    request.options.time_limit.seconds = options.time_limit
    plan = solve(options.addr, pb_grpc, request)
    with open(options.assignments, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    stages = [c for c in (rows[0] if rows else {}) if c.startswith("stage_")]
    here = {r["account_id"]: (r["node_id"], r[stages[-1]] if stages else r["node_id"], r["current_owner"]) for r in rows}
    there = {a.account_id: (a.node_id, a.leaf_node_id or a.node_id, a.current_owner) for a in plan.assignments}
    print(f"over gRPC: {plan.summary}")
    different = [a for a in sorted(here.keys() | there.keys()) if here.get(a) != there.get(a)]
    for account in different[:20]:
        print(f"{account}: {here.get(account)} in the file, {there.get(account)} over gRPC")
    print(f"{len(here)} accounts in the file, {len(there)} over gRPC, {len(different)} different")
    return 1 if different or not here else 0


if __name__ == "__main__":
    sys.exit(main())
