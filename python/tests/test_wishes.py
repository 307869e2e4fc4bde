"""Wishes are what the command line and the plan file have."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import carve
from carve._wishes import Wishes, as_json, asked_of, seconds
from carve.v1 import options_pb2, service_pb2
from conftest import AMER, run


def request_of(rows: Any, **wishes: Any) -> service_pb2.SolveRequest:
    return carve._default.own().read(rows, **wishes).without_accounts


@pytest.mark.parametrize(
    ("wish", "flags"),
    [
        ({"seats": 17}, ["--seats", "17"]),
        ({"stages": [2, 4, 8, 16], "current": 4}, ["--stages", "2,4,8,16", "--current=4"]),
        ({"time_limit": "30s"}, ["--time-limit", "30s"]),
        ({"time_limit": datetime.timedelta(minutes=1)}, ["--time-limit", "60.0s"]),
        ({"tolerance": 0.05, "seed": 7, "work_limit": 1000}, ["--tolerance=0.05", "--seed=7", "--work-limit=1000"]),
        ({"thorough": True, "price_of_nesting": False}, ["--thorough"]),
        ({"measures": ["arr", "leads"]}, ["--measure=arr", "--measure=leads"]),
        ({"measures": {"arr": 0.1, "leads": None}}, ["--measure=arr=0.1", "--measure=leads"]),
        ({"drop_owner": "Jordan Blake"}, ["--drop-owner=Jordan Blake"]),
        ({"add_seat": ["new:0.5", "other"]}, ["--add-seat=new:0.5", "--add-seat=other"]),
        ({"max": {"arr": Decimal("1250.50")}}, ["--max=arr=1250.50"]),
        ({"pin": {'state == "TX"': "ana"}}, ['--pin=state == "TX"=ana']),
        ({"seats": None, "tolerance": None}, []),
    ],
)
def test_a_wish_is_a_flag(wish: Any, flags: list[str]) -> None:
    assert list(asked_of(wish).flags) == flags


def test_a_wish_that_there_is_not_is_told_with_those_there_are() -> None:
    misspelt: Any = {"seat": 3}
    with pytest.raises(TypeError, match="there is no wish seat; there are seats, stages"):
        asked_of(misspelt)


@pytest.mark.parametrize(
    ("limit", "expected"), [("30s", 30.0), ("500ms", 0.5), ("2m", 120.0), (1.5, 1.5), ("1h", 3600.0), ("soon", None)]
)
def test_a_time_limit_is_seconds_for_the_bar(limit: Any, expected: float | None) -> None:
    assert seconds(limit) == expected


def test_json_has_decimals_in_full() -> None:
    value = {"max": Decimal("90071992547409.91"), "names": ("a", 'b"'), "day": datetime.date(2026, 1, 31), "none": None}
    text = as_json(value)
    assert "90071992547409.91" in text
    assert json.loads(text, parse_float=Decimal) == {
        "max": Decimal("90071992547409.91"),
        "names": ["a", 'b"'],
        "day": "2026-01-31",
        "none": None,
    }


def test_every_way_to_give_a_plan_is_the_same_plan(rows: Any, tmp_path: Path) -> None:
    text = "split: {seats: {seats: [{seat_id: ana}, {seat_id: ben}]}}\nrules: [{rule_id: r, bounds: {max: 30}}]\n"
    path = tmp_path / "plan.yaml"
    path.write_text(text)
    content: Any = {
        "split": {"seats": {"seats": [{"seat_id": "ana"}, {"seat_id": "ben"}]}},
        "rules": [{"rule_id": "r", "bounds": {"max": 30}}],
    }
    ways: list[Any] = [
        {"plan": text},
        {"plan": path},
        {"plan": str(path)},
        {"plan": content},
        {"seats": [{"seat_id": "ana"}, {"seat_id": "ben"}], "rules": content["rules"]},
        {"plan": {"split": content["split"]}, "rules": content["rules"]},
    ]
    requests = {request_of(rows, **way).SerializeToString(deterministic=True) for way in ways}
    assert len(requests) == 1


def test_rules_without_an_id_get_one_and_limits_are_as_people_write_them() -> None:
    rows = [{"account_id": "a", "arr": Decimal("1.25")}, {"account_id": "b", "arr": Decimal("2.50")}]
    request = request_of(rows, seats=2, rules=[{"bounds": {"measure": "arr", "max": Decimal("2.75")}}])
    assert (request.rules[0].rule_id, request.rules[0].bounds.max) == ("rule-1", 275)


def test_measures_are_counted_and_derived(rows: Any) -> None:
    request = request_of(rows, seats=2, measures=[{"measure": "texan", "count_filter": 'state == "TX"'}, "texan"])
    assert [m.measure for m in request.measures] == ["texan"]
    assert [c.balance.measure for c in request.tiers[0].criteria] == ["texan"]


def test_a_tree_and_tiers_are_as_in_a_plan_file(rows: Any) -> None:
    tree = {"node_id": "root", "children": [{"node_id": "east"}, {"node_id": "west"}]}
    tiers = [{"criteria": [{"balance": {"measure": "open_pipeline", "tolerance": 0.1}}], "give_back": 0.2}]
    request = request_of(rows, tree=tree, tiers=tiers, families="separate")
    assert [child.node_id for child in request.split.tree.children] == ["east", "west"]
    assert (request.tiers[0].criteria[0].balance.tolerance, request.tiers[0].give_back) == (0.1, 0.2)
    assert request.families == options_pb2.FAMILIES_SEPARATE


def test_a_plan_file_and_what_would_have_to_be_put_into_it_are_refused() -> None:
    wishes: Wishes = {"plan": "plan.yaml", "rules": []}
    with pytest.raises(TypeError, match="rules beside a plan file"):
        asked_of(wishes)


def test_faults_of_flags_and_of_plans_are_findings(rows: Any) -> None:
    with pytest.raises(carve.InvalidRequest, match="no time; write 30s") as caught:
        carve.validate(rows, time_limit="soon")
    assert caught.value.findings[0].code == "flag_invalid"
    with pytest.raises(carve.InvalidRequest) as caught:
        carve.validate(rows, seats=2, rules=[{"pin": {"accounts": {"account_ids": ["nobody"]}, "node_id": "seat-9"}}])
    errors = [finding for finding in caught.value.findings if finding.severity == "error"]
    assert {finding.code for finding in errors} >= {"rule_account_unknown"}
    assert all(finding.path.startswith("rules[0]") and not finding.file for finding in errors)


def test_the_request_is_that_of_the_command_line(program: str) -> None:
    line = [str(AMER / "accounts.csv"), "--plan", str(AMER / "plan.yaml"), "--tolerance", "0.1", "--print-plan"]
    printed = run(program, "solve", *line)
    assert printed.returncode == 0, printed.stderr
    again = request_of(AMER / "accounts.csv", plan=printed.stdout)
    here = request_of(AMER / "accounts.csv", plan=AMER / "plan.yaml", tolerance=0.1)
    assert again.tiers == here.tiers and again.split == here.split and again.rules == here.rules
