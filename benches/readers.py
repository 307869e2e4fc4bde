"""Reading one CSV file of accounts by carve, polars and DuckDB, each run in a process of its own, in turn.

    python3 benches/readers.py accounts.csv --carve target/release/carve --benches target/release/carve-benches --runs 5

polars and duckdb come from PyPI; a reader that is not there is left out. Told are the median and the range of the seconds
that reading takes, without the start of the process, and the most memory that the process held.
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import sys
import time

READERS = {
    "polars": "import polars as r; f = lambda p: r.read_csv(p).shape",
    # Every cell is read into memory; a query that asks for less is answered without reading it.
    "duckdb": "import duckdb as r; c = r.connect(); f = lambda p: c.execute(f\"create table t as select * from read_csv('{p}')\")",
}

CHILD = """
import json, resource, sys, time
{prepare}
started = time.perf_counter()
kept = f(sys.argv[1])
seconds = time.perf_counter() - started
print(json.dumps([seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
"""


def measured(prepare, path):
    done = subprocess.run([sys.executable, "-c", CHILD.format(prepare=prepare), path], capture_output=True, text=True)
    return tuple(json.loads(done.stdout)) if done.returncode == 0 else None


def alone(benches, path):
    done = subprocess.run([benches, "reading", path, "--runs", "1"], capture_output=True, text=True, check=True)
    found = re.search(r"read ([\d.]+) s .*peak MB (\d+)", done.stdout)
    return float(found[1]), float(found[2])


def whole(command):
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - started
    return (seconds, usage.ru_maxrss / 1024) if status == 0 else None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("accounts")
    parser.add_argument("--carve", default="target/release/carve")
    parser.add_argument("--benches", default="target/release/carve-benches")
    parser.add_argument("--plan", help="a plan file for carve validate")
    parser.add_argument("--runs", type=int, default=5)
    args = parser.parse_args()
    plan = ["--plan", args.plan] if args.plan else []
    ways = {name: lambda prepare=prepare: measured(prepare, args.accounts) for name, prepare in READERS.items()}
    ways["carve, the reader alone"] = lambda: alone(args.benches, args.accounts)
    ways["carve validate"] = lambda: whole([args.carve, "validate", args.accounts, *plan])
    runs = {name: [] for name in ways}
    for _ in range(args.runs):
        for name, run in ways.items():
            runs[name].append(run())
    print("| reader | median s | from | to | peak MB |\n|---|---|---|---|---|")
    for name, found in runs.items():
        if None in found:
            print(f"| {name} | - | - | - | - |")
            continue
        seconds = [seconds for seconds, _ in found]
        peak = max(peak for _, peak in found)
        print(f"| {name} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {max(seconds):.2f} | {peak:.0f} |")


if __name__ == "__main__":
    main()
