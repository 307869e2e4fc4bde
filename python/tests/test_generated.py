"""What is committed is what the generators make, and types hold."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
import sys
from pathlib import Path

from carve import _lists

PYTHON = Path(__file__).resolve().parents[1]


def test_the_messages_are_those_of_the_protos() -> None:
    done = subprocess.run([sys.executable, "generate.py", "--check"], cwd=PYTHON, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_types_hold() -> None:
    line = [sys.executable, "-m", "mypy", "--strict", "--cache-dir=/dev/null"]
    done = subprocess.run(line, cwd=PYTHON, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_code_asks_for_no_newer_libraries_than_the_package_does() -> None:
    service = (PYTHON / "carve" / "v1" / "service_pb2_grpc.py").read_text()
    assert "GRPC_GENERATED_VERSION = '1.76.0'" in service
    assert "Protobuf Python Version: 6.31.1" in (PYTHON / "carve" / "v1" / "plan_pb2.py").read_text()
    project = (PYTHON / "pyproject.toml").read_text()
    assert '"grpcio>=1.76"' in project and '"protobuf>=6.31.1,<8"' in project
    assert importlib.metadata.version("grpcio-tools") == "1.76.0"


def test_lists_are_known_by_the_headings_that_the_program_knows() -> None:
    source = (PYTHON.parent / "service" / "src" / "assignment_list.rs").read_text()
    body = source.split("const HOLDERS: [&str; ", 1)[1].split("];", 1)[0]
    assert tuple(re.findall(r'"([a-z]+)"', body)) == _lists.HOLDERS
