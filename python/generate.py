#!/usr/bin/env python3
"""Makes carve/v1 from the protos anew; with --check says whether what is there is true to them.

Needs grpcio-tools 1.76.0 and mypy-protobuf 5.1.0 exactly: code that a newer generator makes asks for a newer grpcio and
protobuf at import, and users have what they have. What 1.76.0 makes runs with grpcio 1.76 and protobuf 6.31.1 and all later
ones below 8.
"""

import importlib.metadata
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTOS = HERE.parent / "proto"
GENERATORS = {"grpcio-tools": "1.76.0", "mypy-protobuf": "5.1.0"}
PLUGINS = ("protoc-gen-mypy", "protoc-gen-mypy_grpc")
HEAD = "# Made by python/generate.py; not to be edited.\n"


def generate(out: Path) -> None:
    """Writes carve/v1 below `out`."""
    protos = sorted(str(path.relative_to(PROTOS)) for path in (PROTOS / "carve" / "v1").glob("*.proto"))
    plugins = [f"--plugin={name}={Path(sys.executable).with_name(name)}" for name in PLUGINS]
    protoc = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTOS}", *plugins]
    subprocess.run([*protoc, f"--python_out={out}", f"--mypy_out=quiet:{out}", *protos], check=True)
    # Only this file has a service; for others an empty module would be made.
    services = [f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet:{out}"]
    subprocess.run([*protoc, *services, "carve/v1/service.proto"], check=True)
    folder = out / "carve" / "v1"
    (folder / "__init__.py").write_text('"""The messages and the service of carve.v1, as their protos say."""\n')
    for path in folder.iterdir():
        if path.name != "__init__.py" and path.is_file():
            path.write_text(HEAD + path.read_text())


def differences() -> list[str]:
    """The files that are not what the protos say."""
    with tempfile.TemporaryDirectory() as made:
        generate(Path(made))
        new = {path.name: path.read_bytes() for path in (Path(made) / "carve" / "v1").iterdir()}
    old = {path.name: path.read_bytes() for path in (HERE / "carve" / "v1").iterdir() if path.is_file()}
    return sorted(name for name in new.keys() | old.keys() if new.get(name) != old.get(name))


def main() -> int:
    for name, version in GENERATORS.items():
        if importlib.metadata.version(name) != version:
            print(f"generate: needs {name} {version}", file=sys.stderr)
            return 1
    if sys.argv[1:] == ["--check"]:
        wrong = differences()
        for name in wrong:
            print(f"carve/v1/{name} is not what the protos say; run python/generate.py", file=sys.stderr)
        return 1 if wrong else 0
    for path in (HERE / "carve" / "v1").glob("*.py*"):
        path.unlink()
    generate(HERE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
