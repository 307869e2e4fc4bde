"""What the tests share: the program they drive, and books."""

from __future__ import annotations

import csv
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import carve

ROOT = Path(__file__).resolve().parents[2]
AMER = ROOT / "datasets" / "books" / "amer-17"
SMB = ROOT / "datasets" / "books" / "smb-500"
EXPORT = ROOT / "datasets" / "exports" / "salesforce-report.csv"
# Work units of a solve that need not be good.
LITTLE = 50_000
# A test that is run in the background has Ctrl-C switched off, and hands that on.
LISTENS_TO_CTRL_C = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"


@pytest.fixture(scope="session")
def program() -> str:
    return carve.program()


@pytest.fixture(scope="session")
def client() -> Iterator[carve.Client]:
    with carve.local() as started:
        yield started


@pytest.fixture(scope="session")
def rows() -> list[dict[str, Any]]:
    """Forty accounts of two owners, with cents."""
    return [
        {
            "account_id": f"A{n:02}",
            "name": f"Account {n}",
            "current_owner": ("ana", "ben")[n % 2],
            "state": ("TX", "NY", "CA")[n % 3],
            "open_pipeline": 1000 + 37 * n,
        }
        for n in range(40)
    ]


@pytest.fixture(scope="session")
def plan(client: carve.Client, rows: list[dict[str, Any]]) -> carve.Plan:
    return client.solve(rows, seats=2, work_limit=LITTLE, progress=False)


def table(path: Path) -> list[dict[str, str]]:
    with open(path, newline="", encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def run(program: str, *line: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run([program, *line], capture_output=True, text=True, check=False, cwd=cwd)


def is_running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_for_end(pid: int, seconds: float) -> bool:
    """Whether the process, which may be nobody's child, ends in time."""
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([handle], [], [], seconds)[0])
    finally:
        os.close(handle)
