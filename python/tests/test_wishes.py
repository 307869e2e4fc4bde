"""Wishes are what the command line and the plan file have."""

from __future__ import annotations

import datetime
import json
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
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
        ({"seats": 17}, ["--seats=17"]),
        ({"stages": [2, 4, 8, 16], "current": 4}, ["--stages=2,4,8,16", "--current=4"]),
        ({"time_limit": "30s"}, ["--time-limit=30s"]),
        ({"time_limit": datetime.timedelta(minutes=1)}, ["--time-limit=60s"]),
        ({"tolerance": 0.05, "seed": 7, "work_limit": 1000}, ["--tolerance=0.05", "--seed=7", "--work-limit=1000"]),
        ({"thorough": True, "price_of_nesting": False}, ["--thorough"]),
        ({"measures": ["arr", "leads"]}, ["--measure=arr", "--measure=leads"]),
        ({"measures": {"arr": 0.1, "leads": None}}, ["--measure=arr=0.1", "--measure=leads"]),
        ({"drop_owner": "Jordan Blake"}, ["--drop-owner=Jordan Blake"]),
        ({"add_seat": ["new:0.5", "other"]}, ["--add-seat=new:0.5", "--add-seat=other"]),
        ({"max": {"arr": Decimal("1250.50")}}, ["--max=arr=1250.50"]),
        ({"pin": {'state == "TX"': "ana"}}, ['--pin=state == "TX"=ana']),
        ({"seats": None, "tolerance": None}, []),
        # Numbers of numpy and others, in plain notation.
        ({"seats": np.int64(5)}, ["--seats=5"]),
        ({"seats": np.float64(5.0)}, ["--seats=5"]),
        ({"stages": np.array([2, 4])}, ["--stages=2,4"]),
        ({"stages": "2,4"}, ["--stages=2,4"]),
        ({"stages": 4}, ["--stages=4"]),
        ({"max": {"arr": np.float64(200)}}, ["--max=arr=200"]),
        ({"max": {"arr": Decimal("1e9")}}, ["--max=arr=1000000000"]),
        ({"max": {"arr": np.float32(0.5), "acv": Fraction(1, 4)}}, ["--max=arr=0.5", "--max=acv=0.25"]),
        ({"max": {"arr": 1e22, "acv": 1e-7}}, ["--max=arr=10000000000000000000000", "--max=acv=0.0000001"]),
        ({"time_limit": np.float64(1.5)}, ["--time-limit=1.5"]),
        ({"tolerance": np.float64(1e-5), "gap": 1e-6}, ["--tolerance=0.00001", "--gap=0.000001"]),
        ({"work_limit": 5e6, "seed": np.uint8(7)}, ["--seed=7", "--work-limit=5000000"]),
        ({"measures": {"arr": np.float64(0.05)}}, ["--measure=arr=0.05"]),
        ({"thorough": np.True_, "price_of_nesting": np.False_}, ["--thorough"]),
        # Days.
        ({"stale": datetime.date(2026, 1, 31)}, ["--stale=2026-01-31"]),
        ({"stale": datetime.datetime(2026, 1, 31, 9, 30)}, ["--stale=2026-01-31"]),
        ({"stale": pd.Timestamp("2026-01-31 10:00")}, ["--stale=2026-01-31"]),
        ({"stale": np.datetime64("2026-01-31T10:00:00.000000001")}, ["--stale=2026-01-31"]),
        ({"stale": pd.NaT, "seats": pd.NA}, []),
    ],
)
def test_a_wish_is_a_flag(wish: Any, flags: list[str]) -> None:
    assert list(asked_of(wish).flags) == flags


def test_a_wish_that_there_is_not_is_told_with_those_there_are() -> None:
    misspelt: Any = {"seat": 3}
    with pytest.raises(TypeError, match="there is no wish seat; there are seats, stages"):
        asked_of(misspelt)


def test_what_is_a_keyword_of_solve_alone_is_told_so(client: carve.Client, rows: Any) -> None:
    told = r"there is no wish progress \(progress: a keyword of solve alone\); there are seats"
    asks: list[Any] = [lambda **more: carve.map([rows], **more), lambda **more: client.evaluate(rows, **more)]
    for ask in asks:
        with pytest.raises(TypeError, match=told):
            ask(progress=False)


def test_an_earlier_answer_is_a_plan_or_a_folder() -> None:
    said: Any = {"previous": 5}
    with pytest.raises(TypeError, match="previous is a plan, or the folder that one was saved in, not int"):
        asked_of(said)


def test_a_switch_is_true_or_false() -> None:
    said: Any = {"thorough": "no"}
    with pytest.raises(TypeError, match="thorough is True or False, not 'no'"):
        asked_of(said)


@pytest.mark.parametrize(
    ("limit", "expected"),
    [
        ("30s", 30.0),
        ("500ms", 0.5),
        ("2m", 120.0),
        (1.5, 1.5),
        ("1h", 3600.0),
        (".5min", 30.0),
        (np.float64(1.5), 1.5),
        (np.int64(2), 2.0),
        (np.timedelta64(1500, "ms"), 1.5),
        (np.timedelta64(2_000_000_000, "ns"), 2.0),
        (Decimal("1e1"), 10.0),
        (Fraction(1, 4), 0.25),
        (datetime.timedelta(minutes=1), 60.0),
        (pd.Timedelta("90s"), 90.0),
        (None, 7.0),
    ],
)
def test_a_time_limit_is_seconds(limit: Any, expected: float) -> None:
    assert seconds(limit, 7.0) == expected


NO_TIMES = ["soon", "5 parsecs", "", "s", "1..5", "-1", "-1s", " 5s", "5S", "inf", "nan"]
NO_NUMBERS_OF_SECONDS = [-1, float("nan"), float("inf"), True, 1e20]


@pytest.mark.parametrize("limit", [*NO_TIMES, *NO_NUMBERS_OF_SECONDS])
def test_what_is_no_time_is_refused_wherever_a_limit_is_taken(
    client: carve.Client, plan: carve.Plan, rows: Any, limit: Any
) -> None:
    asks: list[Any] = [
        lambda: client.read(rows, seats=2, time_limit=limit),
        lambda: client.explain_account(plan, "A00", time_limit=limit),
        lambda: client.explain_rules(plan, time_limit=limit),
        lambda: client.explain_infeasible(rows, seats=2, time_limit=limit),
        lambda: carve.explain(plan, time_limit=limit),
        lambda: carve.explain(plan, account="A00", time_limit=limit),
    ]
    for ask in asks:
        with pytest.raises(carve.InvalidRequest, match="no time; write 30s, 500ms, 2m, or seconds") as caught:
            ask()
        assert [(f.code, f.path) for f in caught.value.findings] == [("flag_invalid", "time_limit")]


@pytest.mark.parametrize("limit", ["30s", "500ms", "1.5m", ".5", "5.", "1min", "1h", "1e3", "0", "1_0", "٣"])
def test_times_are_those_of_the_program(client: carve.Client, rows: Any, limit: str) -> None:
    try:
        client.read(rows, seats=2, time_limit=limit)
    except carve.InvalidRequest as error:
        program = error.findings[0].message
        if "no time" not in program:
            return
        with pytest.raises(carve.InvalidRequest, match=re.escape(program)):
            seconds(limit, 1.0)
    else:
        assert seconds(limit, 1.0) >= 0


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


def test_a_plan_with_a_colon_in_its_name_is_a_path_where_it_is_there(rows: Any, tmp_path: Path) -> None:
    path = tmp_path / "plan: west.yaml"
    text = "split: {seats: {seats: [{seat_id: ana}, {seat_id: ben}]}}"
    path.write_text(text)
    assert request_of(rows, plan=str(path)) == request_of(rows, plan=text)
    with pytest.raises(carve.InvalidRequest, match="plan:1:"):
        request_of(rows, plan=str(tmp_path / "plan: east.yaml"))


def test_faults_of_flags_and_of_plans_are_findings(rows: Any) -> None:
    with pytest.raises(carve.InvalidRequest, match="no time; write 30s") as caught:
        carve.validate(rows, time_limit="soon")
    assert caught.value.findings[0].code == "flag_invalid"
    with pytest.raises(carve.InvalidRequest) as caught:
        carve.validate(rows, seats=2, rules=[{"pin": {"accounts": {"account_ids": ["nobody"]}, "node_id": "seat-9"}}])
    errors = [finding for finding in caught.value.findings if finding.severity == "error"]
    assert {finding.code for finding in errors} >= {"rule_account_unknown"}
    assert all(finding.path.startswith("rules[0]") and not finding.file for finding in errors)


def test_faults_of_a_plan_that_is_text_have_its_lines(rows: Any) -> None:
    with pytest.raises(carve.InvalidRequest, match=r"field_unknown\] plan:2:1 foo: ") as caught:
        carve.validate(rows, seats=2, plan="families: SEPARATE\nfoo: 3\n")
    assert caught.value.findings[0].line == 2


@pytest.mark.parametrize(
    ("wishes", "path", "message"),
    [
        ({"time_limit": "5 parsecs"}, "time_limit", '"5 parsecs" is no time; write 30s, 500ms, 2m, or seconds'),
        ({"time_limit": -1}, "time_limit", '"-1" is no time; write 30s, 500ms, 2m, or seconds'),
        ({"previous_as": "end"}, "previous_as", '"end" is none of owners, start'),
        ({"gap": "little"}, "gap", '"little" is not a number of 0 or more, such as 0.02'),
        ({"seats": 0}, "seats", '"0" is not a whole number of 1 or more'),
        ({"tolerance": "little"}, "tolerance little", '"little" is no part; write 0.05 or 5%'),
        ({"drop_owner": "nobody"}, "drop_owner nobody", None),
        ({"stages": [2, 4]}, "", "the argument seats cannot be used with stages"),
    ],
)
def test_faults_are_in_the_words_of_wishes(client: carve.Client, rows: Any, wishes: Any, path: str, message: Any) -> None:
    with pytest.raises(carve.InvalidRequest) as caught:
        client.read(rows, **{"seats": 2, **wishes})
    fault = next(finding for finding in caught.value.findings if finding.severity == "error")
    assert (fault.path, fault.message) == (path, message or fault.message) and "--" not in fault.path


def test_the_request_is_that_of_the_command_line(program: str) -> None:
    line = [str(AMER / "accounts.csv"), "--plan", str(AMER / "plan.yaml"), "--tolerance", "0.1", "--print-plan"]
    printed = run(program, "solve", *line)
    assert printed.returncode == 0, printed.stderr
    again = request_of(AMER / "accounts.csv", plan=printed.stdout)
    here = request_of(AMER / "accounts.csv", plan=AMER / "plan.yaml", tolerance=0.1)
    assert again.tiers == here.tiers and again.split == here.split and again.rules == here.rules
