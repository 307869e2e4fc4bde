"""A client generated from the protos: what the scripts beside it share."""

import csv
import subprocess
import sys
import tempfile
from pathlib import Path

import grpc
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


def request_of(pb, accounts, content):
    """The request that a plan file's content and a file of accounts mean."""
    shorten = {"metric": "METRIC_", "state": "SEAT_STATE_", "families": "FAMILIES_"}
    request = json_format.ParseDict(lengthen(content, shorten), pb.SolveRequest())
    with open(accounts, newline="", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    amounts = measures(rows)
    for row in rows:
        fill(request.accounts.add(), row, amounts)
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


def solve(addr, pb_grpc, request):
    """The plan that the server at `addr` answers with."""
    # Certificates and large books pass the usual 4 MiB.
    limits = [("grpc.max_receive_message_length", 64 << 20)]
    with grpc.insecure_channel(addr, options=limits) as channel:
        timeout = request.options.time_limit.seconds + 30
        return pb_grpc.CarveServiceStub(channel).Solve(request, timeout=timeout).plan
