#!/usr/bin/env python3
"""A nightly batch: carves the book anew with few moves, from the answer of the night before, once a night.

    python nightly_batch.py accounts.csv plan.yaml --out answers --night 2026-11-27 [--work-limit N]

answers/NIGHT has the files of the answer. The night before's territories are today's owners. A night that is there is not
done again, so the job may be started again at any time. Under a work limit the same input gives the same plan. Ends with
what the command line ends with: 0 planned, 1 our fault, 2 bad input, 3 infeasible, 4 no plan found.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import carve

EXIT = {"INFEASIBLE": 3, "NO_PLAN_FOUND": 4}


def carve_night(accounts: str, plan_file: str, out: Path, night: str, work_limit: int) -> int:
    """Carves one night; the exit code."""
    here = out / night
    if here.exists():
        print(f"{here} is already there")
        return 0
    before = sorted(folder for folder in out.glob("*") if folder.is_dir() and folder.name < night)
    wishes: dict[str, Any] = {"plan": plan_file, "work_limit": work_limit, "time_limit": "1h"}
    if before:
        wishes["previous"] = before[-1]
    try:
        with carve.local() as client:
            plan = client.solve(accounts, progress=False, labels={"night": night}, **wishes)
            if not plan.ok:
                print(plan.termination.detail, file=sys.stderr)
                return EXIT[plan.termination.reason]
            # Whole or not at all: a night that is there is a night that is done.
            half = out / f".{night}"
            plan.save(half, "csv,html")
            os.rename(half, here)
    except carve.InvalidRequest as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{here}: {len(plan.moves)} accounts move. {plan.message.summary}")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts")
    parser.add_argument("plan")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--night", required=True)
    parser.add_argument("--work-limit", type=int, default=20_000_000)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    return carve_night(given.accounts, given.plan, given.out, given.night, given.work_limit)


if __name__ == "__main__":
    sys.exit(main())
