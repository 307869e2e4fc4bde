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
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc
import yaml
from google.protobuf import json_format

ROOT = Path(__file__).resolve().parents[2]
AMOUNTS = {"open_pipeline", "closed_won", "lead_volume", "score"}
FIELDS = {"account_id", "name", "parent_account_id", "current_owner"}
PLACE = {"latitude", "longitude"}


def stubs():
    """Generates the client from proto/ into a temporary folder and imports it."""
    out = tempfile.mkdtemp()
    protos = sorted(str(p) for p in (ROOT / "proto" / "carve").rglob("*.proto"))
    flags = [f"-I{ROOT / 'proto'}", f"--python_out={out}", f"--grpc_python_out={out}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *flags, *protos], check=True)
    sys.path.insert(0, out)
    from carve.v1 import service_pb2, service_pb2_grpc

    return service_pb2, service_pb2_grpc


def measures(rows):
    """The columns that hold amounts: the known ones, and those with whole numbers alone."""
    others = [c for c in rows[0] if c not in AMOUNTS | FIELDS | PLACE | {"country", "state", "postal_code"}]

    def whole(column):
        values = [row[column] for row in rows if row[column] != ""]
        return values and all(v.lstrip("+-").isdecimal() for v in values)

    return (AMOUNTS & set(rows[0])) | {c for c in others if whole(c)}


def fill(account, row, amounts):
    """Puts a row of accounts.csv into an Account."""
    for column, value in row.items():
        if column in FIELDS:
            setattr(account, column, value)
        elif column in amounts:
            account.measures[column] = int(value or 0)
        elif column not in PLACE:
            account.attributes[column] = value
    if row.get("latitude") and row.get("longitude"):
        account.place.latitude = float(row["latitude"])
        account.place.longitude = float(row["longitude"])


def request_of(pb, accounts, plan, options):
    """The request that the two files and the options mean."""
    with open(plan, encoding="utf-8") as file:
        content = yaml.safe_load(file) or {}
    shorten = {"metric": "METRIC_", "state": "SEAT_STATE_", "families": "FAMILIES_"}
    request = json_format.ParseDict(lengthen(content, shorten), pb.SolveRequest())
    with open(accounts, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    amounts = measures(rows)
    for row in rows:
        fill(request.accounts.add(), row, amounts)
    request.options.work_limit = options.work_limit
    request.options.time_limit.seconds = options.time_limit
    return request


def lengthen(value, prefixes):
    """Plan files may leave out the prefix of a choice; the JSON mapping may not."""
    if isinstance(value, list):
        return [lengthen(item, prefixes) for item in value]
    if not isinstance(value, dict):
        return value
    long = {}
    for key, item in value.items():
        prefix = prefixes.get(key)
        short = prefix and isinstance(item, str) and not item.startswith(prefix)
        long[key] = prefix + item if short else lengthen(item, prefixes)
    return long


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
    request = request_of(pb, options.accounts, options.plan, options)
    limits = [("grpc.max_receive_message_length", 64 << 20)]
    with grpc.insecure_channel(options.addr, options=limits) as channel:
        plan = pb_grpc.CarveServiceStub(channel).Solve(request, timeout=options.time_limit + 30).plan
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
