"""The functions of the package: a server, the engine of this machine, and one engine that this process has for itself."""

from __future__ import annotations

import atexit
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from carve._asking import Case, Comparison, Evaluation, Explanation
from carve._book import BookLike
from carve._client import Book, Client, Tls
from carve._engine import Engine
from carve._lists import Assignments
from carve._plan import Plan
from carve._progress import Progress
from carve._wishes import TimeLimit, Wishes
from carve.v1 import service_pb2

if TYPE_CHECKING:
    from typing_extensions import Unpack

_lock = threading.Lock()
_own: dict[int, Client] = {}


def connect(
    address: str,
    *,
    token: str | None = None,
    tls: Tls = None,
    cert: str | os.PathLike[str] | None = None,
    key: str | os.PathLike[str] | None = None,
) -> Client:
    """A client of a server such as "host:7070" or "unix:/run/carve/carve.sock". `token` is sent as a bearer token; `tls` is
    True, a file with the certificates of authorities (PEM), or channel credentials of grpc; `cert` and `key` are files (PEM)
    with a certificate of this client's own and its private key, for servers that ask for one. EngineError where a file
    cannot be read, ValueError where these do not go together, or the token is none. Nothing is sent before the first call."""
    return Client(address, token=token, tls=tls, cert=cert, key=key)


def local(*, max_solves: int | None = None, threads_per_solve: int | None = None) -> Client:
    """Starts the engine of this machine on a free port; to be closed, or used in a `with`. It ends with this process,
    however that ends. It solves as many at a time as there are cores, or `max_solves`; each may have as many threads as
    there are cores, or `threads_per_solve`."""
    engine = Engine(max_solves=max_solves, threads_per_solve=threads_per_solve)
    return Client(engine.address, engine=engine)


def own() -> Client:
    """The client of the engine that this process has for itself. A process that was forked off has one of its own."""
    with _lock:
        client = _own.get(os.getpid())
        if client and client.engine and not client.engine.is_running():
            client.close()
            client = None
        if client is None:
            client = local()
            _own.clear()
            _own[os.getpid()] = client
        return client


@atexit.register
def _end() -> None:
    client = _own.pop(os.getpid(), None)
    if client:
        client.close()


def solve(
    book: BookLike,
    *,
    progress: Progress = True,
    request_id: str | None = None,
    labels: Mapping[str, str] | None = None,
    batch: bool = False,
    patience: float | None = None,
    **wishes: Unpack[Wishes],
) -> Plan:
    """Carves a book: a data frame, rows, columns, or the path of a file. Shows a bar; Ctrl-C ends the search and returns
    the best plan so far. Wishes are in carve.Wishes, the other keywords are those of Client.solve."""
    more: dict[str, Any] = {"request_id": request_id, "labels": labels, "batch": batch, "patience": patience}
    return own().solve(book, progress=progress, **more, **wishes)


def upload(book: BookLike, **wishes: Unpack[Wishes]) -> Book:
    """Hands a book to the engine, to make several plans of it; needs no seats."""
    return own().upload(book, **wishes)


def validate(book: BookLike, **wishes: Unpack[Wishes]) -> service_pb2.ValidateResponse:
    """How the book is read, with all findings; InvalidRequest where it has errors. Nothing is solved."""
    return own().validate(book, **wishes)


def evaluate(book: BookLike, assignments: Assignments | None = None, **wishes: Unpack[Wishes]) -> Evaluation:
    """Scores who is to have which account; without assignments today's book. See Client.evaluate."""
    return own().evaluate(book, assignments, **wishes)


def compare(book: BookLike, cases: Mapping[str, Case], **wishes: Unpack[Wishes]) -> Comparison:
    """Holds books of the same accounts side by side; see Client.compare."""
    return own().compare(book, cases, **wishes)


def explain(
    plan: Plan,
    *,
    account: str | int | None = None,
    rule: str | None = None,
    to: str | Sequence[str] = (),
    time_limit: TimeLimit = None,
) -> Explanation[Any]:
    """Why an account of a plan is where it is, and what would bring it `to` these territories; or what a rule costs; with
    neither what all rules cost, or, where there is no plan, why. TypeError where two are asked for."""
    if account is not None and rule is not None:
        raise TypeError("account and rule are two questions: ask them one after the other")
    if account is None and to:
        raise TypeError("to goes with account: which account is to go there?")
    limit: dict[str, Any] = {} if time_limit is None else {"time_limit": time_limit}
    if account is not None:
        return own().explain_account(plan, account, to=to, **limit)
    if not plan.ok and rule is None:
        return own().explain_infeasible(plan, **limit)
    return own().explain_rules(plan, rule or "", **limit)
