#!/usr/bin/env python3
"""A nightly batch: carves the book anew with few moves, from the answer of the night before, once a night.

    python nightly_batch.py accounts.csv plan.yaml --out answers --night 2026-11-27 [--moves 0.02] [--work-limit N]

answers/NIGHT has the files of the answer. The night before's territories are today's owners, and of the accounts that have
one at most the part `--moves` goes to another: a rule beside those of the plan file, so that a balance that is a little
better does not turn the book over every night. Where the plan file's rules cannot hold with so few, that is infeasible and
said. A night that is there is not done again, so the job may be started again at any time. Under a work limit the same input
gives the same plan. Ends with what the command line ends with: 0 planned, 1 our fault, 2 bad input, 3 infeasible, 4 no plan
found. Needs pyyaml.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

import carve
import yaml

EXIT = {"INFEASIBLE": 3, "NO_PLAN_FOUND": 4}


def carve_night(accounts: str, plan_file: str, out: Path, night: str, moves: float, work_limit: int) -> int:
    """Carves one night; the exit code."""
    here = out / night
    if here.exists():
        print(f"{here} is already there")
        return 0
    before = sorted(folder for folder in out.glob("*") if folder.is_dir() and folder.name < night)
    wishes: dict[str, Any] = {"work_limit": work_limit, "time_limit": "1h"}
    try:
        wishes["plan"] = yaml.safe_load(Path(plan_file).read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        print(f"{plan_file}: {error}", file=sys.stderr)
        return 2
    if before:
        wishes["previous"] = before[-1]
        wishes["rules"] = [{"rule_id": "few moves a night", "move_limit": {"max_share": moves}}]
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
    parser.add_argument("--moves", type=float, default=0.02)
    parser.add_argument("--work-limit", type=int, default=20_000_000)
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    return carve_night(given.accounts, given.plan, given.out, given.night, given.moves, given.work_limit)


if __name__ == "__main__":
    sys.exit(main())
