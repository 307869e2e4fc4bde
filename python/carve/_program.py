"""The program `carve` that this package brings along: where it is, and the two commands of it that read and write files.

Books and plan files are read by the program alone, so that they are read alike from Python and from the command line.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from carve._errors import EngineError, Finding, InvalidRequest, findings_of, findings_of_text
from carve.v1 import service_pb2

PROGRAM_VARIABLE = "CARVE_PROGRAM"
BAD_INPUT = 2
DECIMAL_MARKS = ("point", "comma")


def program() -> str:
    """The path of the program: that of the environment variable CARVE_PROGRAM, else the one that was installed with this
    package, else the first on the PATH."""
    given = os.environ.get(PROGRAM_VARIABLE)
    if given:
        return given
    schemes = [sysconfig.get_default_scheme(), sysconfig.get_preferred_scheme("user")]
    folders = [sysconfig.get_path("scripts", scheme) for scheme in schemes]
    installed = (Path(folder) / "carve" for folder in folders)
    found = next((str(path) for path in installed if path.is_file()), None) or shutil.which("carve")
    if not found:
        raise EngineError(f"the program carve is not there: install carve-territories, or set {PROGRAM_VARIABLE}")
    return found


@dataclass(frozen=True)
class Source:
    """A book as it was given: a file, or a table that stands in Python."""

    path: str | None = None
    table: bytes | None = None
    # The mark before decimals, where the values say it themselves.
    decimal_mark: str | None = None

    @property
    def name(self) -> str:
        """What the files of an answer call a table that is no file; empty: a file has a name."""
        return "" if self.path else "a table in Python"

    @property
    def argument(self) -> str:
        return self.path or "-"


@dataclass(frozen=True)
class Asked:
    """What was asked for, as the command line has it. Files that flags name are kept by their content."""

    flags: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()
    time_limit_s: float | None = None

    def flags_for(self, source: Source) -> list[str]:
        """The flags with the decimal mark that a table was written with."""
        written, said = source.decimal_mark, self.decimal_mark
        if written and said and written != said and said in DECIMAL_MARKS:
            text = f"the numbers of this book were written for the mark {written}: say {said} where it is uploaded, too"
            raise InvalidRequest([Finding("flag_invalid", "error", "decimal_mark", text)])
        return [*self.flags, f"--decimal-mark={written}"] if written and not said else list(self.flags)

    @property
    def decimal_mark(self) -> str | None:
        """The mark that was asked for."""
        marks = [flag.partition("=")[2] for flag in self.flags if flag.startswith("--decimal-mark=")]
        return marks[-1] if marks else None

    @property
    def threads(self) -> int | None:
        """The threads that were asked for; 0 is one a core."""
        said = [flag.partition("=")[2] for flag in self.flags if flag.startswith("--threads=")]
        return int(said[-1]) if said and said[-1].isascii() and said[-1].isdigit() else None

    def lay_out(self, folder: str) -> None:
        """Writes the files that flags name."""
        for name, content in self.files:
            path = Path(folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@dataclass(frozen=True)
class Request:
    """A book and what to do with it, as a server takes it."""

    source: Source
    asked: Asked
    told: bytes
    rest: bytes
    book_digest: str
    account_count: int
    parts: tuple[bytes, ...] = field(repr=False)

    @property
    def validation(self) -> service_pb2.ValidateResponse:
        """How the accounts were read, with all findings."""
        return service_pb2.ValidateResponse.FromString(self.told)

    @property
    def without_accounts(self) -> service_pb2.SolveRequest:
        return service_pb2.SolveRequest.FromString(self.rest)

    @property
    def byte_count(self) -> int:
        return len(self.rest) + sum(map(len, self.parts))

    @property
    def whole(self) -> service_pb2.SolveRequest:
        """With the accounts: encoded messages that are put together are one message."""
        return service_pb2.SolveRequest.FromString(self.rest + b"".join(self.parts))


def _run(
    source: Source, asked: Asked, command: list[str], more: dict[str, bytes] | None = None
) -> subprocess.CompletedProcess[bytes]:
    with tempfile.TemporaryDirectory(prefix="carve-") as folder:
        asked.lay_out(folder)
        for name, content in (more or {}).items():
            (Path(folder) / name).write_bytes(content)
        line = [program(), command[0], source.argument, *asked.flags_for(source), *command[1:]]
        try:
            return subprocess.run(line, input=source.table or b"", capture_output=True, cwd=folder, check=False)
        except OSError as error:
            raise not_started(line[0], error) from error


def not_started(path: str, error: OSError) -> EngineError:
    """That the program at this path cannot be run, and where the path comes from."""
    where = f", which {PROGRAM_VARIABLE} names," if os.environ.get(PROGRAM_VARIABLE) else ""
    return EngineError(f"the program {path}{where} cannot be run: {error.strerror or error}")


def read_request(source: Source, asked: Asked) -> Request:
    """Reads a book and what is asked for; InvalidRequest has every fault at once."""
    done = _run(source, asked, ["request"])
    frames = list(_frames(done.stdout))
    if not frames:
        raise _refused(done, in_python(source, asked))
    told = service_pb2.ValidateResponse.FromString(frames[0])
    if not told.valid:
        raise InvalidRequest(findings_of(told.findings, in_python(source, asked)), told.findings_omitted)
    if done.returncode != 0 or len(frames) < 3:
        raise _refused(done, in_python(source, asked))
    book = service_pb2.UploadBookResponse.FromString(frames[2])
    parts = tuple(frames[3:])
    return Request(source, asked, frames[0], frames[1], book.book_digest, book.account_count, parts)


def write_answer(
    request: Request, plan: bytes, steps: Sequence[bytes], out: str, formats: str, anonymous: bool
) -> None:
    """Writes the files of an answer into a folder, as carve solve does. The report draws how the search went by `steps`."""
    named = ["--accounts-name", request.source.name] if request.source.name else []
    named += ["--anonymous"] if anonymous else []
    answer = ["--answer", "plan.pb", "--steps", "steps.pb"]
    command = ["write", *answer, "--out", str(Path(out).resolve()), "--format", formats, *named]
    framed = b"".join(_length(step) + step for step in steps)
    done = _run(request.source, request.asked, command, {"plan.pb": plan, "steps.pb": framed})
    if done.returncode != 0:
        raise _refused(done, {**in_python(request.source, request.asked), "plan.pb": b"", "steps.pb": b""})


# What is said of the work, and counts for nothing where a book is only scored.
_OF_WORK = ("time-limit", "gap", "seed", "threads", "work-limit", "thorough", "price-of-nesting")


def evaluate_list(request: Request, listed: Source) -> bytes:
    """Scores a list of who is to have which account, as carve evaluate does; a carve.v1.Standing in JSON."""
    name, files = ("list.csv", {"list.csv": listed.table}) if listed.table is not None else (listed.argument, {})
    flags = tuple(flag for flag in request.asked.flags if flag.partition("=")[0].removeprefix("--") not in _OF_WORK)
    asked = replace(request.asked, flags=flags)
    done = _run(request.source, asked, ["evaluate", "--json", "--assignments", name], files)
    if done.returncode != 0:
        raise _refused(done, {**in_python(request.source, asked), **files})
    return done.stdout


def in_python(source: Source, asked: Asked) -> dict[str, bytes]:
    """What stands in Python and in no file, by the names that the program has for it."""
    table = {} if source.table is None else {"stdin": source.table}
    return {**table, **dict(asked.files)}


def _refused(done: subprocess.CompletedProcess[bytes], in_python: Mapping[str, bytes]) -> Exception:
    """What the program said on standard error: bad input, or our fault."""
    text = done.stderr.decode(errors="replace").strip()
    text = text or f"the program carve ended with {done.returncode} and said nothing"
    if done.returncode == BAD_INPUT:
        return InvalidRequest(findings_of_text(text, in_python))
    return EngineError(text.removeprefix("error: "))


def _length(message: bytes) -> bytes:
    """The length of a message as a varint."""
    left, written = len(message), bytearray()
    while left >= 0x80:
        written.append(left & 0x7F | 0x80)
        left >>= 7
    return bytes([*written, left])


def _frames(data: bytes) -> Iterator[bytes]:
    """Messages, each after its length as a varint."""
    view, at = memoryview(data), 0
    while at < len(view):
        length = shift = 0
        while True:
            byte = view[at]
            at += 1
            length |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                break
        if at + length > len(view):
            raise EngineError("the program carve ended in the middle of a message")
        yield bytes(view[at : at + length])
        at += length
