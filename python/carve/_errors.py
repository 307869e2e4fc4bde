"""What can go wrong. That a request has no plan is no error but an answer: see Plan.ok and Plan.raise_for_plan."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from carve.v1 import finding_pb2

SHOWN = 20
# A plan that was given as YAML: its lines are seen, its name is not.
PLAN_TEXT = "plan.yaml"
# Places in a table, as the program names them.
_LINES = re.compile(r"\b(lines?) (\d+(?:, \d+)*(?: and \d+(?! more)\b)?)")
_NUMBER = re.compile(r"\d+")
_FINDING = re.compile(r"(error|warning|info)\[([a-z_0-9]+)\](?: (.*?))?: (.*)")
_FLAG = re.compile(r"'--([a-z-]+)(?:[ =]<[^']*>)?'")
# A flag of the program with a value that it does not take, why, or what it takes.
_VALUE = re.compile(r"invalid value '(.*?)' for '--([a-z-]+) <[^']*>'(?:: (.*))?", re.DOTALL)


class CarveError(Exception):
    """All errors of this package."""


class EngineError(CarveError):
    """The program or the server failed, or cannot be reached; no fault of the request."""


class Busy(EngineError):
    """The server has too much to do, and had so until the patience ended."""


class NotFound(CarveError):
    """The server has no such run, book, or answer."""


@dataclass(frozen=True)
class Finding:
    """Something wrong or odd in the input."""

    code: str
    severity: str
    path: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        where = " ".join(part for part in (place, self.path) if part)
        return f"{self.severity}[{self.code}]{' ' + where if where else ''}: {self.message}"


class InvalidRequest(CarveError, ValueError):
    """The request has faults: `findings` has all of them, errors first, and the warnings beside them."""

    def __init__(self, findings: Sequence[Finding], omitted: int = 0) -> None:
        super().__init__(findings, omitted)
        self.findings = list(findings)
        self.findings_omitted = omitted

    def __str__(self) -> str:
        errors = [finding for finding in self.findings if finding.severity == "error"]
        lines = [str(finding) for finding in errors[:SHOWN]]
        more = len(errors) - SHOWN + self.findings_omitted if len(errors) > SHOWN else self.findings_omitted
        if more > 0:
            lines.append(f"and {more} more")
        if len(lines) == 1:
            return lines[0]
        return "\n".join([f"{len(errors) + self.findings_omitted} faults:", *lines])


def needs_split(error: InvalidRequest) -> bool:
    """Whether all that is wrong is that nobody said what to carve into."""
    return {finding.code for finding in error.findings if finding.severity == "error"} == {"split_missing"}


class NoPlan(CarveError):
    """Raised by Plan.raise_for_plan alone: there is no plan. `plan` has the answer."""

    def __init__(self, message: str, plan: object = None) -> None:
        super().__init__(message, plan)
        self.message = message
        self.plan = plan

    def __str__(self) -> str:
        return self.message


class Infeasible(NoPlan):
    """Proved: no plan meets the hard rules."""


class NoPlanFound(NoPlan):
    """None was found in time; none is proved not to exist."""


def findings_of(messages: Iterable[finding_pb2.Finding], in_python: Mapping[str, bytes]) -> list[Finding]:
    """Findings as Python has them. Of what stands in Python, which is known by these names to the program, rows are told and
    no lines of a file that nobody sees."""
    found = []
    rows: dict[str, dict[int, int]] = {}
    for m in messages:
        severity = finding_pb2.Severity.Name(m.severity).removeprefix("SEVERITY_").lower()
        path, text, position = m.path, m.message, (m.file, m.line, m.column)
        if m.file.startswith("--"):
            # No file, but a flag with its value.
            path, position = " ".join(filter(None, (_wish(m.file), m.path))), ("", 0, 0)
        elif m.file == PLAN_TEXT and m.file in in_python:
            position = ("plan", m.line, m.column)
        elif m.file in in_python:
            if m.file not in rows:
                rows[m.file] = _rows_by_line(m.file, in_python[m.file])
            text, position = _in_rows(text, rows[m.file]), ("", 0, 0)
        found.append(Finding(m.code, severity, path, text, *position))
    return found


def _wish(flag: str) -> str:
    """A flag with its value, by the name that its wish has."""
    name, space, value = flag.removeprefix("--").partition(" ")
    return name.replace("-", "_") + space + value


def _rows_by_line(name: str, content: bytes) -> dict[int, int]:
    """The row of a table, from 0, that begins at each line of its text; -1: the headings. Empty: it is no table."""
    if name.endswith((".json", ".yaml")):
        return {}
    reader = csv.reader(io.StringIO(content.decode("utf-8", "surrogatepass"), newline=""))
    rows, line = {}, 1
    for row, _ in enumerate(reader, -1):
        rows[line] = row
        line = reader.line_num + 1
    return rows


def _in_rows(text: str, rows: Mapping[int, int]) -> str:
    """The text with rows in place of lines, but not within what it quotes."""

    def named(found: re.Match[str]) -> str:
        lines = [int(number) for number in _NUMBER.findall(found.group(2))]
        if lines == [1]:
            return "the headings"
        if not all(rows.get(line, -1) >= 0 for line in lines):
            return found.group()
        told = _NUMBER.sub(lambda number: str(rows[int(number.group())]), found.group(2))
        return f"{found.group(1).replace('line', 'row')} {told}"

    parts = text.split('"')
    return '"'.join(_LINES.sub(named, part) if at % 2 == 0 else part for at, part in enumerate(parts))


def findings_of_text(text: str, in_python: Mapping[str, bytes]) -> list[Finding]:
    """What the program says on standard error of bad input, as findings: those that it prints as such, else one."""
    found: list[finding_pb2.Finding] = []
    for line in text.splitlines():
        first = _FINDING.fullmatch(line)
        if first:
            severity = finding_pb2.Severity.Value(f"SEVERITY_{first.group(1).upper()}")
            place = _place(first.group(3) or "", in_python)
            found.append(finding_pb2.Finding(code=first.group(2), severity=severity, message=first.group(4), **place))
        elif found and line.startswith(" "):
            # Words are wrapped, and go on below.
            found[-1].message += f" {line.strip()}"
    if found:
        return findings_of(found, in_python)
    return [_finding_of_flag(text.removeprefix("error: "))]


def _place(text: str, in_python: Mapping[str, bytes]) -> dict[str, Any]:
    """A place as the program prints it: a file with line and column, a path in the request, or both."""
    for name in filter(None, in_python):
        found = re.match(rf"{re.escape(name)}(?::(\d+))?(?::(\d+))?(?: |$)", text)
        if found:
            line, column = (int(at or 0) for at in found.groups())
            return {"file": name, "line": line, "column": column, "path": text[found.end() :]}
    return {"path": text}


def _finding_of_flag(text: str) -> Finding:
    """What the program says of a flag, in the words of wishes, without its advice for terminals."""
    lines = [line.strip() for line in text.split("\n\nUsage: ")[0].split("\n\nFor more information")[0].splitlines()]
    text = " ".join(line for line in lines if line and not line.startswith("tip: "))
    value = _VALUE.fullmatch(text)
    if value:
        given, flag, why = value.groups()
        return Finding("flag_invalid", "error", flag.replace("-", "_"), why or f'"{given}" is no value for it')
    listed = re.fullmatch(r"invalid value '(.*?)' for '--([a-z-]+) <[^']*>' \[possible values: (.*)\]", text)
    if listed:
        given, flag, values = listed.groups()
        return Finding("flag_invalid", "error", flag.replace("-", "_"), f'"{given}" is none of {values}')
    return Finding("flag_invalid", "error", "", _FLAG.sub(lambda flag: flag.group(1).replace("-", "_"), text))


def retry_after(error: grpc.RpcError) -> float | None:
    """Seconds after which the server says to ask again."""
    for detail in _details(error):
        if detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR):
            retry = error_details_pb2.RetryInfo()
            detail.Unpack(retry)
            return float(retry.retry_delay.seconds + retry.retry_delay.nanos / 1e9)
    return None


def code_of(error: grpc.RpcError) -> grpc.StatusCode:
    """The code of a call that failed."""
    return error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN


def raise_for(error: grpc.RpcError) -> NoReturn:
    """A call that failed, as an error of this package."""
    code = code_of(error)
    text = (error.details() if isinstance(error, grpc.Call) else None) or str(error)
    if code == grpc.StatusCode.INVALID_ARGUMENT:
        raise InvalidRequest(*_violations(error, text)) from error
    if code == grpc.StatusCode.NOT_FOUND:
        raise NotFound(text) from error
    if code == grpc.StatusCode.RESOURCE_EXHAUSTED:
        raise Busy(text) from error
    raise EngineError(f"{code.name}: {text}") from error


def _violations(error: grpc.RpcError, text: str) -> tuple[list[Finding], int]:
    reason, total = "request_invalid", 0
    found: list[tuple[str, str, str]] = []
    for detail in _details(error):
        if detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            reason, total = info.reason.lower(), int(info.metadata.get("findings_total", "0"))
        if detail.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            detail.Unpack(bad)
            found += [(v.reason, v.field, v.description) for v in bad.field_violations]
    if not found:
        return [Finding(reason, "error", "", text)], 0
    # Violations begin with their code, or are of the first.
    findings = []
    for code, field, message in found:
        named = re.match(r"([a-z_]+): ", message)
        code = code.lower() or (named.group(1) if named else reason)
        findings.append(Finding(code, "error", field, message.removeprefix(f"{code}: ")))
    return findings, max(0, total - len(findings))


def _details(error: grpc.RpcError) -> Iterable[any_pb2.Any]:
    metadata: Any = error.trailing_metadata() if isinstance(error, grpc.Call) else ()
    for key, value in metadata or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            return list(status_pb2.Status.FromString(value).details)
    return []
