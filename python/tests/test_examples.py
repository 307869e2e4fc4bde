"""The scripts of examples/ do what they say."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import yaml

from conftest import AMER, SMB, run, table

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"


def example(name: str, *line: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(EXAMPLES / name), *line], capture_output=True, text=True, check=False, cwd=cwd
    )


def test_planning_tool(tmp_path: Path) -> None:
    done = example("planning_tool.py", str(SMB / "accounts.csv"), "--seats", "5", "--time-limit", "20s", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["status"] for answer in answers] == ["planned", "refused", "impossible"]
    assert len(answers[0]["territories"]) == 5 and answers[0]["why"]
    assert answers[1]["faults"] and {fault["severity"] for fault in answers[1]["faults"]} == {"error"}
    assert all(finding["severity"] in ("warning", "info") for finding in answers[1]["beside"])
    assert answers[2]["repairs"]


def test_nightly_batch(tmp_path: Path) -> None:
    out, plan = tmp_path / "answers", tmp_path / "plan.yaml"
    # Nothing in its tiers keeps accounts where they are.
    plan.write_text(
        "split: {seats: {seats: [{seat_id: ana}, {seat_id: ben}, {seat_id: chloe}, {seat_id: dev}, {seat_id: elif}]}}\n"
        "tiers: [{criteria: [{balance: {measure: account_count}}]}, {criteria: [{compactness: {}}]}]\n"
    )
    line = (str(SMB / "accounts.csv"), str(plan), "--out", str(out))

    def moved(night: str, *more: str) -> int:
        done = example("nightly_batch.py", *line, "--night", night, *more, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        return len(table(out / night / "moves.csv"))

    moved("2026-11-26", "--work-limit", "1000")
    # A longer search finds another plan for the same book, but few accounts move for it: 2 % of 500, or as many as is said.
    assert 0 < moved("2026-11-27", "--work-limit", "100000") <= 10
    (out / "2026-11-27").rename(tmp_path / "few")
    assert moved("2026-11-27", "--work-limit", "100000", "--moves", "1") > 10
    assert moved("2026-11-28", "--work-limit", "100000") <= 10
    assert "already there" in example("nightly_batch.py", *line, "--night", "2026-11-27", cwd=tmp_path).stdout
    bad = example("nightly_batch.py", str(SMB / "plan.yaml"), *line[1:], "--night", "2026-11-29", cwd=tmp_path)
    assert bad.returncode == 2 and not (out / "2026-11-29").exists()


def test_analyst(tmp_path: Path) -> None:
    done = example("analyst.py", str(SMB / "accounts.csv"), "--seats", "5", "--work-limit", "50000", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    written = table(tmp_path / "strategies.csv")
    assert [row["strategy"] for row in written][:1] == ["today"] and len(written) == 5
    assert all(float(row["worst_deviation"]) >= 0 for row in written)


def test_dask_cluster(tmp_path: Path) -> None:
    done = example("dask_cluster.py", str(SMB / "accounts.csv"), "--seats", "4,5", "--work-limit", "50000", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 3


def test_the_kubernetes_job_runs_what_the_program_takes(program: str, tmp_path: Path) -> None:
    job = yaml.safe_load((EXAMPLES / "kubernetes-job.yaml").read_text())
    assert job["kind"] == "Job" and job["spec"]["completionMode"] == "Indexed"
    spec = job["spec"]["template"]["spec"]["containers"][0]
    assert spec["command"][:2] == ["/bin/sh", "-ec"]
    books, answers = tmp_path / "books", tmp_path / "answers"
    for at, book in enumerate((SMB, AMER)):
        (books / str(at)).mkdir(parents=True)
        for name in ("accounts.csv", "plan.yaml"):
            (books / str(at) / name).write_bytes((book / name).read_bytes())
    script = spec["command"][2].replace("/books", str(books)).replace("/answers", str(answers))
    bin = tmp_path / "bin"
    bin.mkdir()
    (bin / "carve").symlink_to(program)
    for index in ("0", "1"):
        env = {**os.environ, "PATH": f"{bin}:{os.environ['PATH']}", "JOB_COMPLETION_INDEX": index, "WORK_LIMIT": "50000"}
        done = subprocess.run(["/bin/sh", "-ec", script], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        assert (answers / index / "assignments.csv").exists()
    # What cannot be mended by another try does not get one: bad input and no plan.
    rules = job["spec"]["podFailurePolicy"]["rules"]
    assert [2, 3] in [rule.get("onExitCodes", {}).get("values") for rule in rules]
    assert run(program, "solve", str(SMB / "plan.yaml")).returncode == 2
