#!/usr/bin/env python3
"""An analyst: ways of balancing one book side by side, all scored by the same tiers.

    python analyst.py accounts.csv --seats 5 [--work-limit N]

Writes strategies.csv, a row for each strategy beside today's book, and strategies.md to read.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path
from typing import Any

import carve

# Each is what a planner might do; the tiers are put into the plan in their order.
BALANCE: dict[str, Any] = {"criteria": [{"balance": {"measure": "account_count"}}, {"balance": {"measure": "open_pipeline"}}]}
STAY: dict[str, Any] = {"criteria": [{"continuity": {}}]}
NEAR: dict[str, Any] = {"criteria": [{"compactness": {}}]}
STRATEGIES: dict[str, dict[str, Any]] = {
    "balance, stay, near": {"tiers": [BALANCE, STAY, NEAR]},
    "balance, near": {"tiers": [BALANCE, NEAR]},
    "stay, balance": {"tiers": [STAY, BALANCE]},
    "loose bands": {"tiers": [BALANCE, STAY, NEAR], "tolerance": 0.2},
}


def benchmark(accounts: str, seats: int, work_limit: int) -> list[dict[str, Any]]:
    """A row for today's book and for each strategy, scored by the first one's tiers."""
    common: dict[str, Any] = {"seats": seats, "work_limit": work_limit}
    score: dict[str, Any] = {**common, **STRATEGIES["balance, stay, near"]}
    with carve.local() as client:
        plans = {name: client.solve(accounts, progress=False, **common, **wishes) for name, wishes in STRATEGIES.items()}
        cases: Any = {"today": "today", **{name: plan for name, plan in plans.items() if plan.ok}}
        side = client.compare(accounts, cases, **score)
    rows = []
    for book in side.message.books:
        plan = plans.get(book.name)
        balance = book.standing.tiers[0]
        rows.append(
            {
                "strategy": book.name,
                "worst_deviation": max(c.worst_deviation for c in balance.criteria),
                "moved_accounts": book.standing.moved.accounts,
                "mean_distance_km": round(book.standing.mean_distance_km, 1),
                # The gap to the best possible of the plan's own first tier; today's book has none.
                "gap_of_first_tier": plan.message.tiers[0].gap if plan else "",
                "summary": book.standing.summary,
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts")
    parser.add_argument("--seats", type=int, required=True)
    parser.add_argument("--work-limit", type=int, default=5_000_000)
    given = parser.parse_args()
    rows = benchmark(given.accounts, given.seats, given.work_limit)
    with open("strategies.csv", "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    head = "| strategy | worst deviation | moved | mean km |\n|---|---|---|---|\n"
    lines = [
        f"| {r['strategy']} | {r['worst_deviation']:.1%} | {r['moved_accounts']} | {r['mean_distance_km']} |" for r in rows
    ]
    Path("strategies.md").write_text(head + "\n".join(lines) + "\n")
    print(head + "\n".join(lines))


if __name__ == "__main__":
    main()
