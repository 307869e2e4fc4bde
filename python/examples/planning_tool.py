#!/usr/bin/env python3
"""A planning tool: answers for a screen, with faults by their paths and repairs where there is no plan.

    python planning_tool.py accounts.csv --seats 5 [--server host:7070 --token TOKEN]

Prints one JSON object for each of three requests that a planner makes: as it is, with a seat that is not there, and with
limits that cannot hold.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import carve


def answer(client: carve.Client, accounts: str, **wishes: Any) -> dict[str, Any]:
    """What the screen shows of one request."""
    try:
        plan = client.solve(accounts, progress=False, **wishes)
    except carve.InvalidRequest as error:
        # Paths lead to the fields that are to be marked. Warnings and what is only told ride along with the errors.
        findings = [{"severity": f.severity, "code": f.code, "path": f.path, "message": f.message} for f in error.findings]
        faults = [finding for finding in findings if finding["severity"] == "error"]
        return {"status": "refused", "faults": faults, "beside": [f for f in findings if f not in faults]}
    if not plan.ok:
        conflict = client.explain_infeasible(plan)
        return {"status": "impossible", "why": conflict.lines[0], "repairs": list(conflict.lines[1:])}
    nodes = [node for node in plan.message.nodes if node.territory]
    territories = [{"id": n.node_id, "accounts": n.measures[0].amount, "off": n.measures[0].deviation} for n in nodes]
    moved = next((a for a in plan.message.assignments if a.moved), None)
    first = (moved or plan.message.assignments[0]).account_id
    why = client.explain_account(plan, first, time_limit="1s")
    return {
        "status": "planned",
        "summary": plan.message.summary,
        "territories": territories,
        "gap": [tier.gap for tier in plan.message.tiers],
        "why": why.lines[0],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("accounts")
    parser.add_argument("--seats", type=int, required=True)
    parser.add_argument("--server", help="a server; without one the engine of this machine")
    parser.add_argument("--token")
    parser.add_argument("--time-limit", default="3s")
    given = parser.parse_args()
    with carve.connect(given.server, token=given.token) if given.server else carve.local() as client:
        limits: dict[str, Any] = {"seats": given.seats, "time_limit": given.time_limit}
        nowhere = [{"pin": {"accounts": {"filter": "true"}, "node_id": "no such seat"}}]
        too_few = [{"rule_id": "at most one", "bounds": {"measure": "account_count", "max": 1}}]
        for rules in ([], nowhere, too_few):
            print(json.dumps(answer(client, given.accounts, rules=rules, **limits)))


if __name__ == "__main__":
    main()
