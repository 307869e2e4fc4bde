"""Solving: plans are those of the command line, and answers that are no plan are answers."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import carve
from conftest import AMER, EXPORT, LITTLE, SMB, run, table


def test_five_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    book = pd.read_csv(AMER / "accounts.csv")
    plan = carve.solve(book, stages=[2, 4, 8, 16], time_limit="20s")
    print(plan.summary)
    plan.assignments.to_csv("assignments.csv", index=False)
    plan.report("report.html")
    bar = capsys.readouterr()
    assert "carve" in bar.err and "best" in bar.err and "/20s" in bar.err
    assert "territory" in bar.out and "gap" in bar.out
    written = table(tmp_path / "assignments.csv")
    assert len(written) == len(book) and {row["stage_2"] for row in written} == {"s2-1", "s2-2"}
    assert all(row["stage_16"].startswith("s16-") for row in written)
    assert (tmp_path / "report.html").read_text().lstrip().lower().startswith("<!doctype html")


@pytest.mark.parametrize("book", [AMER, SMB], ids=["amer-17", "smb-500"])
def test_the_plan_is_that_of_the_command_line(
    program: str, client: carve.Client, tmp_path: Path, book: Path
) -> None:
    accounts, out, ours = book / "accounts.csv", tmp_path / "out", tmp_path / "ours"
    flags = ["--plan", str(book / "plan.yaml"), "--work-limit", str(LITTLE), "--time-limit", "10m"]
    done = run(program, "solve", str(accounts), *flags, "--out", str(out))
    assert done.returncode == 0, done.stderr
    wishes: Any = {"plan": book / "plan.yaml", "work_limit": LITTLE, "time_limit": "10m"}
    plan = client.solve(accounts, progress=False, **wishes)
    expected = table(out / "assignments.csv")
    here = [(a.account_id, a.node_id, a.current_owner) for a in plan.message.assignments]
    assert here == [(row["account_id"], row["node_id"], row["current_owner"]) for row in expected]
    plan.save(ours)
    assert {path.name for path in ours.iterdir()} == {path.name for path in out.iterdir()}
    for name in ("assignments.csv", "moves.csv", "certificate.json", "territories.geojson", "findings.csv", "asked.yaml"):
        assert (ours / name).read_bytes() == (out / name).read_bytes(), name


def test_tables_say_what_the_message_says(plan: carve.Plan) -> None:
    assignments, territories = plan.assignments, plan.territories
    assert list(assignments["account_id"]) == [a.account_id for a in plan.message.assignments]
    counted = assignments.groupby("node_id").size().to_dict()
    assert dict(zip(territories["node_id"], territories["account_count"])) == counted
    assert len(plan.moves) == sum(a.moved for a in plan.message.assignments) == assignments["moved"].sum()
    moved = plan.moves
    assert all(moved["reason"] != "") and all(moved["node_id"] != moved["current_owner"])
    tier = plan.message.tiers[0]
    assert list(plan.tiers.iloc[0])[2:5] == [tier.value, tier.bound, tier.gap]
    assert set(plan.columns[plan.columns["balanced"]]["heading"]) == {"open_pipeline"}


def test_assignments_have_levels_as_assignments_csv_does(client: carve.Client, tmp_path: Path) -> None:
    wishes: Any = {"stages": [2, 4, 20], "work_limit": LITTLE}
    plan = client.solve(SMB / "accounts.csv", progress=False, **wishes)
    plan.save(tmp_path, "csv")
    expected = table(tmp_path / "assignments.csv")
    ours = plan.assignments
    for name in [name for name in expected[0] if name.startswith(("level_", "node_id", "stage_"))]:
        assert list(ours[name]) == [row[name] for row in expected], name


def test_a_summary_is_text_and_html(plan: carve.Plan) -> None:
    text, html = str(plan.summary), plan._repr_html_()
    assert all(word in text for word in ("ana", "ben", "open_pipeline off", "bound", "gap"))
    assert "<table>" in html and 'iframe title="Report"' in html and "srcdoc=" in html
    assert "best possible" in repr(plan) or "%" in repr(plan)


def test_a_salesforce_report_is_read_as_the_command_line_reads_it(client: carve.Client) -> None:
    frame = pd.read_csv(EXPORT, dtype=str, skip_blank_lines=True)
    wishes: Any = {"seats": 6, "drop_owner": "Jordan Blake", "work_limit": LITTLE, "progress": False}
    plan = client.solve(EXPORT, **wishes)
    assert plan.ok and len(plan.message.assignments) == 400
    assert any(finding.code == "place_from_postal_code" for finding in plan.findings), plan.findings
    assert {c.decimals for c in plan.request.validation.columns if c.name == "open_pipeline"} == {2}
    assert len(frame.columns) > 5


def test_no_plan_is_an_answer(client: carve.Client, rows: Any, tmp_path: Path) -> None:
    rules = [{"rule_id": "few", "bounds": {"measure": "account_count", "max": 10}}]
    plan = client.solve(rows, seats=2, rules=rules, progress=False)
    assert not plan.ok and plan.termination.reason == "INFEASIBLE" and "few" in plan.termination.detail
    assert len(plan.assignments) == len(plan.moves) == len(plan.territories) == 0
    assert "few" in str(plan.summary) and "few" in plan._repr_html_()
    with pytest.raises(carve.Infeasible, match="few") as caught:
        plan.raise_for_plan()
    assert caught.value.plan is plan
    assert "few" in plan.report(tmp_path / "report.html").read_text()
    why = client.explain_infeasible(plan)
    assert "few" in str(why) and len(why.table) >= 1
    assert carve.explain(plan).message.verdict == why.message.verdict


def test_a_plan_can_be_sent_elsewhere(plan: carve.Plan, tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(plan))
    assert again.message == plan.message and again.run == plan.run and again.request == plan.request
    again.save(tmp_path, "csv")
    assert (tmp_path / "moves.csv").exists()


def test_the_report_draws_how_the_search_went(client: carve.Client, tmp_path: Path) -> None:
    wishes: Any = {"plan": AMER / "plan.yaml", "work_limit": 300_000}
    plan = client.solve(AMER / "accounts.csv", progress=False, **wishes)
    assert plan.steps and plan.steps[-1].tiers
    drawn = plan.report(tmp_path / "drawn.html").read_text()
    assert "Seconds of search" in drawn
    again = pickle.loads(pickle.dumps(plan)).report(tmp_path / "again.html").read_text()
    # A run that is looked for later is told of from its beginning.
    later = client.plan(plan.run.run_id, plan.request).report(tmp_path / "later.html").read_text()
    assert "Seconds of search" in again and "Seconds of search" in later
    plan.steps.clear()
    assert "Seconds of search" not in plan.report(tmp_path / "without.html").read_text()


def test_an_error_can_be_sent_elsewhere() -> None:
    error = carve.InvalidRequest([carve.Finding("code", "error", "accounts[0]", "no")], 3)
    again = pickle.loads(pickle.dumps(error))
    assert (str(again), again.findings, again.findings_omitted) == (str(error), error.findings, 3)


def test_every_format_is_written(plan: carve.Plan, tmp_path: Path) -> None:
    plan.save(tmp_path, "all")
    names = {path.name for path in tmp_path.iterdir()}
    assert names >= {"plan.json", "certificate.json", "report.html", "assignments.csv", "carve.xlsx"} or "report.html" in names
    assert json.loads((tmp_path / "plan.json").read_text())["summary"] == plan.message.summary


def test_an_anonymous_report_names_nobody(plan: carve.Plan, tmp_path: Path) -> None:
    named = plan.report(tmp_path / "named.html").read_text()
    nobody = plan.report(tmp_path / "nobody.html", anonymous=True).read_text()
    assert "ana" in named and "Account 7" not in nobody and ">ana<" not in nobody


def test_an_earlier_plan_is_where_owners_are_today(client: carve.Client, plan: carve.Plan, rows: Any) -> None:
    again = client.solve(rows, seats=2, previous=plan, work_limit=LITTLE, progress=False)
    assert [a.current_owner for a in again.message.assignments] == [a.node_id for a in plan.message.assignments]
    assert len(again.moves) == 0


def test_moves_are_accepted_and_rejected(client: carve.Client, rows: Any) -> None:
    lopsided = [{**row, "current_owner": "ana" if n < 35 else "ben"} for n, row in enumerate(rows)]
    plan = client.solve(lopsided, work_limit=LITTLE, progress=False)
    moves = plan.moves
    assert len(moves) > 2
    rejected = moves.head(1)
    wishes: Any = {"previous": plan, "previous_as": "start", "reject": rejected, "work_limit": LITTLE}
    again = client.solve(lopsided, progress=False, **wishes)
    stays = {a.account_id: a.node_id for a in again.message.assignments}
    assert stays[rejected["account_id"].iloc[0]] == rejected["current_owner"].iloc[0]


def test_a_book_that_changed_is_not_reported_on(client: carve.Client, rows: Any, tmp_path: Path) -> None:
    path = tmp_path / "book.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    plan = client.solve(path, seats=2, work_limit=LITTLE, progress=False)
    pd.DataFrame(rows).assign(open_pipeline=1).to_csv(path, index=False)
    with pytest.raises(carve.InvalidRequest, match="no plan of these accounts"):
        plan.report(tmp_path / "report.html")
