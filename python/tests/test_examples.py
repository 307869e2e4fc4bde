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
    assert answers[1]["findings"][0]["code"] and answers[2]["repairs"]


def test_nightly_batch(tmp_path: Path) -> None:
    line = (str(SMB / "accounts.csv"), str(SMB / "plan.yaml"), "--out", str(tmp_path / "answers"), "--work-limit", "50000")
    first = example("nightly_batch.py", *line, "--night", "2026-11-26", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    second = example("nightly_batch.py", *line, "--night", "2026-11-27", cwd=tmp_path)
    assert second.returncode == 0, second.stderr
    moves = [len(table(tmp_path / "answers" / night / "moves.csv")) for night in ("2026-11-26", "2026-11-27")]
    assert moves[1] == 0 and moves[0] >= 0
    assert "already there" in example("nightly_batch.py", *line, "--night", "2026-11-27", cwd=tmp_path).stdout
    bad = example("nightly_batch.py", str(SMB / "plan.yaml"), *line[1:], "--night", "2026-11-28", cwd=tmp_path)
    assert bad.returncode == 2 and not (tmp_path / "answers" / "2026-11-28").exists()


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
