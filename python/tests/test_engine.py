"""The engine of this machine ends with the Python that started it, however that ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest

import carve
from carve._default import own
from conftest import LISTENS_TO_CTRL_C, is_running, wait_for_end

# The engine has a second for calls under way.
ENDS_WITHIN_S = 20.0


def started(code: str) -> tuple[subprocess.Popen[str], int]:
    """A Python that prints the process of its engine, and that process."""
    line = [sys.executable, "-c", LISTENS_TO_CTRL_C + textwrap.dedent(code)]
    child = subprocess.Popen(line, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    return child, int(child.stdout.readline())


def test_it_ends_with_its_context() -> None:
    with carve.local() as client:
        assert client.engine and is_running(client.engine.pid)
        pid = client.engine.pid
    assert not is_running(pid)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_it_ends_with_a_python_that_is_killed(ending: signal.Signals) -> None:
    child, pid = started("""
        import carve, time
        client = carve.local()
        print(client.engine.pid, flush=True)
        while True:
            time.sleep(0.1)
    """)
    assert is_running(pid)
    child.send_signal(ending)
    child.wait(ENDS_WITHIN_S)
    assert wait_for_end(pid, ENDS_WITHIN_S)


def test_it_ends_with_a_python_that_is_killed_within_a_solve(tmp_path: Path) -> None:
    child, pid = started("""
        import carve, carve._default, sys
        client = carve._default.own()
        def step(p):
            if p.plan_in_hand: print(client.engine.pid, flush=True)
        rows = [{"account_id": str(n), "arr": n * n % 977} for n in range(3000)]
        client.solve(rows, seats=9, measures=["arr"], tolerance=0, time_limit="300s", thorough=True, progress=step)
    """)
    workers = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(int(p.name)) == pid]
    assert workers, "a worker is solving"
    child.kill()
    child.wait(ENDS_WITHIN_S)
    assert wait_for_end(pid, ENDS_WITHIN_S)
    assert all(wait_for_end(worker, ENDS_WITHIN_S) for worker in workers)


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def test_a_process_that_was_forked_off_does_not_keep_it() -> None:
    child, pid = started("""
        import carve, os, time
        client = carve.local()
        if os.fork() != 0:
            print(client.engine.pid, flush=True)
        while True:
            time.sleep(0.1)
    """)
    forked = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit() and _parent(int(p.name)) == child.pid]
    forked.remove(pid)
    child.kill()
    child.wait(ENDS_WITHIN_S)
    try:
        assert wait_for_end(pid, ENDS_WITHIN_S)
        assert is_running(forked[0])
    finally:
        os.kill(forked[0], signal.SIGKILL)


def test_the_process_has_one_and_a_new_one_when_that_is_gone() -> None:
    first = own()
    assert own() is first and first.engine
    os.kill(first.engine.pid, signal.SIGKILL)
    wait_for_end(first.engine.pid, ENDS_WITHIN_S)
    first.engine._process.wait()
    second = own()
    assert second is not first
    assert carve.solve([{"account_id": "a"}, {"account_id": "b"}], seats=2, progress=False).ok


def test_a_call_says_that_the_engine_has_ended() -> None:
    client = carve.local()
    assert client.engine
    os.kill(client.engine.pid, signal.SIGKILL)
    client.engine._process.wait()
    with pytest.raises(carve.EngineError, match="the engine has ended"):
        client.solve([{"account_id": "a"}, {"account_id": "b"}], seats=2, progress=False)
    client.close()


def settings_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def test_a_solve_may_have_all_cores(rows: Any) -> None:
    with carve.local() as client:
        assert client.engine
        line = settings_of(client.engine.pid)
        assert line[line.index("--threads-per-solve") + 1] == str(len(os.sched_getaffinity(0)))
    with carve.local(threads_per_solve=3, max_solves=1) as client:
        assert client.engine
        line = settings_of(client.engine.pid)
        assert line[line.index("--threads-per-solve") + 1] == "3" and line[line.index("--max-solves") + 1] == "1"
        # The longest solve there may be, with as many threads, finds room.
        plans = [client.solve(rows, seats=2, threads=n, work_limit=1000, progress=False, time_limit="24h") for n in (1, 3, 64)]
    assert len({tuple(a.node_id for a in plan.message.assignments) for plan in plans}) == 1


@pytest.mark.parametrize("path", ["/no/such/carve", "/etc/passwd", "/tmp"])
def test_a_program_that_cannot_be_run_is_told(monkeypatch: pytest.MonkeyPatch, client: carve.Client, path: str) -> None:
    monkeypatch.setenv("CARVE_PROGRAM", path)
    for ask in (carve.local, lambda: client.read([{"account_id": "a"}], seats=1)):
        with pytest.raises(carve.EngineError, match=f"the program {path}, which CARVE_PROGRAM names, cannot be run: "):
            ask()


def test_a_program_that_does_not_serve_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CARVE_PROGRAM", "/bin/false")
    with pytest.raises(carve.EngineError, match="did not start"):
        carve.local()
