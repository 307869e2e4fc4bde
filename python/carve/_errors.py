"""What can go wrong. That a request has no plan is no error but an answer: see Plan.ok and Plan.raise_for_plan."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import grpc
from google.protobuf import any_pb2
from google.rpc import error_details_pb2, status_pb2

from carve.v1 import finding_pb2

SHOWN = 20


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


def findings_of(messages: Iterable[finding_pb2.Finding], in_python: Collection[str] = ()) -> list[Finding]:
    """Findings as Python has them. Of what stands in Python the path tells where it is, a line of a file that nobody sees
    does not."""
    found = []
    for m in messages:
        severity = finding_pb2.Severity.Name(m.severity).removeprefix("SEVERITY_").lower()
        seen = m.file not in in_python
        text = m.message if seen else re.sub(r" \(first: lines [^)]*\)$", "", m.message)
        position = (m.file, m.line, m.column) if seen else ("", 0, 0)
        found.append(Finding(m.code, severity, m.path, text, *position))
    return found


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
