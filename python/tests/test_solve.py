"""Solving and asking: plans are those of the command line, answers that are no plan are answers, and so are those to
questions about books, lists and plans."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
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
    always = {"plan.json", "certificate.json", "asked.yaml"}
    of_csv = {"assignments.csv", "moves.csv", "findings.csv"}
    assert names == {*always, *of_csv, "report.html", "territories.geojson", "accounts.xlsx", "crm"}
    crm = {path.relative_to(tmp_path / "crm").parts[1] for path in tmp_path.glob("crm/*/*")}
    assert crm == {"salesforce", "hubspot"}
    assert json.loads((tmp_path / "plan.json").read_text())["summary"] == plan.message.summary


def test_formats_are_a_text_or_a_list(plan: carve.Plan, tmp_path: Path) -> None:
    assert plan.files(["csv", "geojson"]).keys() == plan.files("csv,geojson").keys()
    with pytest.raises(carve.InvalidRequest, match='"parquet" is no format; write some of csv, html') as caught:
        plan.save(tmp_path, ["csv", "parquet"])
    assert caught.value.findings[0].path == "format" and "--help" not in str(caught.value)


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
    with pytest.raises(carve.InvalidRequest, match="no plan of these accounts") as caught:
        plan.report(tmp_path / "report.html")
    assert str(caught.value).count("flag_invalid") == 1 and "plan.pb" not in str(caught.value)


@pytest.fixture(scope="module")
def bad(client: carve.Client, rows: Any) -> carve.Plan:
    """An answer without a plan."""
    rules = [{"rule_id": "few", "bounds": {"measure": "account_count", "max": 10}}]
    return client.solve(rows, seats=2, rules=rules, progress=False)


@pytest.fixture(scope="module")
def listed(plan: carve.Plan) -> pd.DataFrame:
    frame: pd.DataFrame = plan.assignments
    return frame[["account_id", "node_id"]]


def values(evaluation: carve.Evaluation) -> list[float]:
    return [tier.value for tier in evaluation.standing.tiers]


def crm(listed: pd.DataFrame) -> pd.DataFrame:
    return listed.rename(columns={"account_id": "Id", "node_id": "OwnerId"})


LISTS: dict[str, Callable[[pd.DataFrame, carve.Plan, Path], Any]] = {
    "plan": lambda listed, plan, folder: plan,
    "frame": lambda listed, plan, folder: listed,
    "polars": lambda listed, plan, folder: pl.DataFrame(listed.to_dict("list")),
    "rows": lambda listed, plan, folder: listed.to_dict("records"),
    "columns": lambda listed, plan, folder: listed.to_dict("list"),
    "headings of a CRM": lambda listed, plan, folder: crm(listed),
    "file": lambda listed, plan, folder: _file(listed, folder / "list.csv"),
    "file by its name": lambda listed, plan, folder: str(_file(crm(listed), folder / "list.csv")),
    "folder of an answer": lambda listed, plan, folder: plan.save(folder, "csv"),
}


def _file(listed: pd.DataFrame, path: Path) -> Path:
    listed.to_csv(path, index=False)
    return path


@pytest.mark.parametrize("form", LISTS)
def test_a_list_is_taken_in_every_form(
    client: carve.Client, plan: carve.Plan, listed: pd.DataFrame, rows: Any, tmp_path: Path, form: str
) -> None:
    given = LISTS[form](listed, plan, tmp_path)
    expected = client.evaluate(rows, plan, seats=2)
    found = client.evaluate(rows, given, seats=2)
    assert found.plan and values(found) == pytest.approx(values(expected))
    side = client.compare(rows, {"today": "today", "list": given}, seats=2)
    assert [book.standing.moved.accounts for book in side.message.books] == [0, len(plan.moves)]


@pytest.mark.parametrize("nobody", [None, float("nan"), pd.NA, "", "Unassigned"])
def test_an_account_without_a_holder_is_with_nobody(
    client: carve.Client, listed: pd.DataFrame, rows: Any, nobody: Any
) -> None:
    held = {"account_id": list(listed["account_id"]), "node_id": [nobody, *listed["node_id"][1:]]}
    found = client.evaluate(rows, held, seats=2, work_limit=LITTLE, time_limit="3s", thorough=True)
    assert found.plan is None and found.standing.placed_accounts == 39
    assert [(other.holder, other.accounts) for other in found.standing.others] == [("", 1)]
    assert "1 with nobody" in str(found)
    with pytest.raises(carve.InvalidRequest, match="nobody has 1 of 40 accounts|leaf of the split"):
        client.compare(rows, {"today": "today", "list": held}, seats=2)


def test_a_list_that_is_not_whole_is_scored_as_far_as_it_goes(
    client: carve.Client, listed: pd.DataFrame, rows: Any, tmp_path: Path
) -> None:
    found = client.evaluate(rows, listed.head(30), seats=2)
    assert found.plan is None and found.standing.placed_accounts == 30
    path = _file(listed.head(30), tmp_path / "list.csv")
    assert client.evaluate(rows, path, seats=2) == found
    named = listed.replace({"node_id": {"ana": "ANA "}})
    assert client.evaluate(rows, named, seats=2).standing.placed_accounts == 40
    lacks = r"10 of 40 accounts of the book are not in it \('A30', 'A31', 'A32', \.\.\.\)"
    with pytest.raises(carve.InvalidRequest, match=lacks) as caught:
        client.compare(rows, {"today": "today", "list": listed.head(30)}, seats=2)
    assert "todays_book" not in str(caught.value)


def test_a_plan_of_another_book_is_told_in_a_sentence(client: carve.Client, plan: carve.Plan, rows: Any) -> None:
    other = [{**row, "account_id": f"B{n}" if n < 2 else row["account_id"]} for n, row in enumerate(rows)]
    told = r"2 of 40 accounts of the book .* \('B0', 'B1'\), and 2 of its 40 accounts are not in the book \('A00', 'A01'\)"
    asks: list[Callable[[], Any]] = [
        lambda: client.evaluate(other, plan, seats=2),
        lambda: client.compare(other, {"today": "today", "plan": plan}, seats=2),
    ]
    for ask in asks:
        with pytest.raises(carve.InvalidRequest, match=told) as caught:
            ask()
        assert len(caught.value.findings) == 1


def test_ids_are_written_as_books_write_them(client: carve.Client) -> None:
    book = {"account_id": [1, 2, 3, 4], "current_owner": ["a", "a", "b", "b"]}
    held = {"account_id": [1.0, 2.0, 3.0, 4.0], "node_id": ["a", "b", "a", "b"]}
    assert client.evaluate(book, held, seats=2).plan
    plan = client.solve(book, seats=2, progress=False)
    texts = {str(client.explain_account(plan, account)) for account in ("3", 3, 3.0, np.int64(3))}  # type: ignore[arg-type]
    assert len(texts) == 1 and texts.pop().startswith("3 is with ")
    merged = plan.assignments.merge(pd.DataFrame(book).astype({"account_id": str}), on="account_id")
    assert len(merged) == 4


def test_a_list_that_is_none_is_refused_in_words(client: carve.Client, rows: Any, tmp_path: Path) -> None:
    with pytest.raises(carve.InvalidRequest, match="there is no file '.*/none.csv' with a list"):
        client.evaluate(rows, tmp_path / "none.csv", seats=2)
    with pytest.raises(carve.InvalidRequest, match="'yesterday' is neither \"today\" nor a file with a list") as caught:
        client.compare(rows, {"today": "today", "x": "yesterday"}, seats=2)
    assert caught.value.findings[0].path == "cases['x']"
    with pytest.raises(carve.InvalidRequest, match="the list has no column account_id, only a, b"):
        client.compare(rows, {"today": "today", "x": [{"a": 1, "b": 2}]}, seats=2)
    path = tmp_path / "list.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(carve.InvalidRequest, match="list.xlsx is no CSV in UTF-8"):
        client.compare(rows, {"today": "today", "x": path}, seats=2)


def test_wishes_of_a_case_that_there_are_not_are_told(client: carve.Client, rows: Any) -> None:
    cases: Any = {"today": "today", "x": {"tolerence": 0.2}}
    with pytest.raises(TypeError, match="case 'x': there is no wish tolerence; there are seats, stages"):
        client.compare(rows, cases, seats=2)
    cases = ["today", {"tolerance": 0.2}]
    with pytest.raises(TypeError, match="cases are books by their names"):
        client.compare(rows, cases, seats=2)


def test_a_comparison_is_printed_whole_and_says_why_there_is_no_plan(client: carve.Client, rows: Any) -> None:
    few: Any = {"rules": [{"rule_id": "few", "bounds": {"measure": "account_count", "max": 10}}]}
    cases: Any = {f"case {n}": {"tolerance": 0.1 * n, "work_limit": 1000} for n in range(1, 6)}
    side = client.compare(rows, {"today": "today", **cases, "few": few}, seats=2)
    for text in (repr(side), str(side)):
        head = text.splitlines()[0]
        assert all(name in head for name in ("aspect", "today", *cases, "few", "best"))
        assert "..." not in text and "…" not in text and "moved_accounts" in text and "None" not in text
        assert "few has no plan: INFEASIBLE: " in text
    assert list(side.why) == ["few"] and "few" in side.why["few"]
    assert "few has no plan: INFEASIBLE" in side._repr_html_() and "<table" in side._repr_html_()
    assert list(side.table["few"].isna()) == [True] * len(side.table)


def test_seats_may_stand_in_the_cases_alone(client: carve.Client) -> None:
    path = SMB / "accounts.csv"
    five: Any = {"seats": 5, "work_limit": 1000}
    side = client.compare(path, {"today": "today", "5": five, "6": {**five, "seats": 6}})
    assert [len(book.standing.nodes) > 0 for book in side.message.books] == [True] * 3
    with pytest.raises(carve.InvalidRequest, match="split_missing"):
        client.compare(path, {"today": "today", "again": "today"})


def test_a_book_is_uploaded_before_anybody_says_how_many_seats(client: carve.Client) -> None:
    path = SMB / "accounts.csv"
    book = client.upload(path)
    assert book.digest == client.read(path, seats=5).book_digest == client.read(path, stages=[2, 4]).book_digest
    assert len(book.solve(seats=3, work_limit=1000, progress=False).territories) == 3
    with pytest.raises(carve.InvalidRequest, match="split_missing"):
        book.solve(progress=False)
    with pytest.raises(carve.InvalidRequest, match="account_id_duplicate"):
        client.upload([{"account_id": "a"}, {"account_id": "a"}])


def test_an_answer_without_a_plan_says_why_where_assignments_are_wanted(
    client: carve.Client, bad: carve.Plan, rows: Any
) -> None:
    asks: list[tuple[str, Callable[[], Any]]] = [
        ("previous", lambda: client.solve(rows, seats=2, previous=bad, progress=False)),
        ("assignments", lambda: client.evaluate(rows, bad, seats=2)),
        ("cases['bad']", lambda: client.compare(rows, {"today": "today", "bad": bad}, seats=2)),
    ]
    told = r"has no assignments, because there is none \(INFEASIBLE: .*few"
    for path, ask in asks:
        with pytest.raises(carve.InvalidRequest, match=told) as caught:
            ask()
        assert caught.value.findings[0].path == path


def test_an_evaluation_is_shown_in_notebooks(client: carve.Client, rows: Any) -> None:
    today = client.evaluate(rows, seats=2)
    html = today._repr_html_()
    assert html.startswith("<p>") and html.count("<p>") == len(str(today).splitlines())


def test_one_thing_is_explained_at_a_time(plan: carve.Plan, bad: carve.Plan) -> None:
    with pytest.raises(TypeError, match="account and rule are two questions"):
        carve.explain(plan, account="A00", rule="families")
    with pytest.raises(TypeError, match="to goes with account"):
        carve.explain(plan, to="ben")
    with pytest.raises(carve.Infeasible):
        carve.explain(bad, rule="few")


def test_repairs_are_looked_for_where_they_are_wanted(client: carve.Client, plan: carve.Plan) -> None:
    here = {a.account_id: a.node_id for a in plan.message.assignments}["A00"]
    there = {"ana": "ben", "ben": "ana"}[here]
    for to in (there, [there]):
        why = carve.explain(plan, account="A00", to=to)
        assert [(e.territory_id, e.repair_tried) for e in why.message.elsewhere] == [(there, True)]
    with pytest.raises(carve.InvalidRequest, match="nowhere"):
        client.explain_account(plan, "A00", to="nowhere")


def test_costs_of_rules_have_what_is_proved_of_them(client: carve.Client, rows: Any) -> None:
    rules = [{"rule_id": "texas", "pin": {"accounts": {"filter": 'state == "TX"'}, "node_id": "ana"}}]
    plan = client.solve(rows, seats=2, rules=rules, work_limit=LITTLE, progress=False)
    at_once, solved = client.explain_rules(plan).table, client.explain_rules(plan, "texas", time_limit="10s").table
    assert at_once["cost_solved"].isna().all() and solved["cost_solved"].notna().any()
    for name in ("cost_estimate", "cost_solved"):
        known = solved[solved[name].notna()]
        assert (known[f"{name}_least"] <= known[name]).all() and (known[name] <= known[f"{name}_most"]).all()
