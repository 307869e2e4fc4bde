"""A server that carves, over gRPC."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar, Union

import grpc

from carve._asking import Asking
from carve._book import BookLike, source_of
from carve._engine import Engine
from carve._errors import EngineError, InvalidRequest, code_of, needs_split, raise_for, retry_after
from carve._plan import Plan
from carve._program import Asked, Request, Source, read_request
from carve._progress import Progress, Shown
from carve._wishes import Wishes, asked_of
from carve.v1 import plan_pb2, run_pb2, service_pb2, service_pb2_grpc

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")

# Whether to speak TLS: with the system's authorities, or with the certificates of this file (PEM).
Tls = Union[bool, str, "os.PathLike[str]", grpc.ChannelCredentials, None]

# Books above this many accounts are uploaded in parts, and their assignments come in parts.
INLINE_ACCOUNTS_MAX = 50_000
# So are those above this many bytes: a server takes messages of 64 MiB.
INLINE_BYTES_MAX = 32 << 20
# Seconds that a busy server is asked again, unless the call says otherwise.
PATIENCE_S = 300.0
# Longest wait before a server that cannot be reached is tried again, where patience is asked for.
RECONNECT_S_MAX = 5.0
# Seconds for calls that only ask.
CALL_TIMEOUT_S = 30.0
# How often a connection that was lost is made anew before the call fails, and the seconds before the first time.
RECONNECTS_MAX = 5
RECONNECT_S = 0.2
_ENDED = (run_pb2.Run.STATE_SUCCEEDED, run_pb2.Run.STATE_FAILED, run_pb2.Run.STATE_CANCELLED)
_MESSAGES = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
# A socket has no host that calls could name, and servers refuse an authority that is a path.
_SOCKET = [("grpc.default_authority", "localhost")]


class Book:
    """A book that a server has: any number of plans can be made of it, and it is sent once. Wishes that change what is read
    of it (another measure, an earlier answer) make it another book, which is then sent too."""

    def __init__(self, client: Client, source: Source, request: Request) -> None:
        self._client, self._source = client, source
        self.digest = request.book_digest
        self.account_count = request.account_count

    def solve(self, **wishes: Any) -> Plan:
        """As Client.solve."""
        return self._client.solve(self, **wishes)

    def __repr__(self) -> str:
        return f"<carve.Book {self.account_count:,} accounts, {self.digest}>"


class Client(Asking):
    """A server that carves. All of its calls may be made from any thread."""

    def __init__(
        self,
        address: str,
        *,
        token: str | None = None,
        tls: Tls = None,
        cert: str | os.PathLike[str] | None = None,
        key: str | os.PathLike[str] | None = None,
        engine: Engine | None = None,
    ) -> None:
        self._engine = engine
        self.address = address
        # A file that a token was read from ends with a line break.
        token = token.strip() if token else None
        if token and not (token.isascii() and token.isprintable()):
            raise ValueError("the token has characters that no token has; is it the content of another file?")
        self._channel = _channel(address, tls, cert, key)
        self._stub = service_pb2_grpc.CarveServiceStub(self._channel)
        self.metadata: tuple[tuple[str, str], ...] = (("authorization", f"Bearer {token}"),) if token else ()
        self._sent: set[str] = set()
        self._closed = False
        # Whether the server was ever there.
        self._heard = engine is not None

    @property
    def stub(self) -> service_pb2_grpc.CarveServiceStub:
        """The generated stub, for calls that this class has no method for; they want `metadata`."""
        if self._closed:
            raise EngineError(f"this client of {self.address} is closed; make another one")
        return self._stub

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends the connection, and an engine that was started for it. Calls are EngineError from then on."""
        self._closed = True
        self._channel.close()
        if self._engine:
            self._engine.close()

    @property
    def engine(self) -> Engine | None:
        """The engine that was started for this client; None: it is a server of its own."""
        return self._engine

    def read(self, book: BookLike | Book, **wishes: Unpack[Wishes]) -> Request:
        """Reads a book and what is asked for without solving; InvalidRequest has every fault at once."""
        source = book._source if isinstance(book, Book) else source_of(book, wishes.get("decimal_mark"))
        return read_request(source, asked_of(wishes))

    def upload(self, book: BookLike, **wishes: Unpack[Wishes]) -> Book:
        """Sends a book, to make several plans of it. The wishes tell which measures are read; those of the plans should
        name the same. What the plans are to have (seats, rules) need not be said yet."""
        request = self._read_book(book, wishes)
        self._upload(request)
        return Book(self, request.source, request)

    def solve(
        self,
        book: BookLike | Book,
        *,
        progress: Progress = True,
        request_id: str | None = None,
        labels: Mapping[str, str] | None = None,
        batch: bool = False,
        patience: float | None = None,
        **wishes: Unpack[Wishes],
    ) -> Plan:
        """Carves. Ctrl-C ends the search and returns the best plan so far; a second one gives up. `progress` is True (a
        bar), False, or a function that is called with every step. A `request_id` that was sent before, with the same
        request, gives the run that it made. `labels` are texts to find the run by, `batch` lets others go first. A busy
        server is asked again for `patience` seconds (300), one that was never reached only where patience is given."""
        asked = asked_of(wishes)
        uploaded = isinstance(book, Book)
        source = book._source if isinstance(book, Book) else source_of(book, asked.decimal_mark)
        return self.solve_asked(source, asked, progress, request_id, labels, batch, patience, uploaded)

    def solve_asked(
        self,
        source: Source,
        asked: Asked,
        progress: Progress = True,
        request_id: str | None = None,
        labels: Mapping[str, str] | None = None,
        batch: bool = False,
        patience: float | None = None,
        uploaded: bool = False,
    ) -> Plan:
        """As `solve`, of wishes that were read before."""
        _refuse_no_texts(labels or {})
        request = read_request(source, asked)
        run = self._create(request, request_id, labels or {}, batch, patience, uploaded)
        shown = Shown(progress, request.asked.time_limit_s)
        try:
            run = self._follow(run, shown)
        finally:
            shown.close()
        if run.state == run_pb2.Run.STATE_FAILED:
            raise EngineError(f"{run.failure.reason}: {run.failure.detail}")
        if run.state == run_pb2.Run.STATE_CANCELLED:
            raise EngineError(f"the run {run.run_id} was cancelled")
        return self._answer(request, run, shown)

    def plan(self, run_id: str, request: Request) -> Plan:
        """The answer of a run that has ended, made of this request (`Client.read` gives it)."""
        run = self.call(self.stub.GetRun, service_pb2.GetRunRequest(run_id=run_id)).run
        shown = Shown(False, None)
        return self._answer(request, self._follow(run, shown), shown)

    def call(self, method: Callable[..., T], message: object, timeout: float = CALL_TIMEOUT_S) -> T:
        """One call of the stub, with errors of this package."""
        try:
            answer = method(message, timeout=timeout, metadata=self.metadata)
        except grpc.RpcError as error:
            self._raise(error)
        self._heard = True
        return answer

    def _read_book(self, book: BookLike | Book, wishes: Wishes) -> Request:
        """The book, where plans to come say what it is to be carved into."""
        try:
            return self.read(book, **wishes)
        except InvalidRequest as error:
            if not needs_split(error):
                raise
        alone: Wishes = {**wishes, "seats": 1}
        return self.read(book, **alone)

    def _create(
        self,
        request: Request,
        request_id: str | None,
        labels: Mapping[str, str],
        batch: bool,
        patience: float | None,
        uploaded: bool,
    ) -> run_pb2.Run:
        """Has the server accept the run. With an id of its own it can be asked again without making two."""
        until = time.monotonic() + (PATIENCE_S if patience is None else patience)
        large = request.account_count > INLINE_ACCOUNTS_MAX or request.byte_count > INLINE_BYTES_MAX
        by_digest = uploaded or large
        if by_digest and request.book_digest not in self._sent:
            self._upload(request, patience)
        message = service_pb2.CreateRunRequest(
            request_id=request_id or str(uuid.uuid4()),
            solve_request=request.without_accounts if by_digest else request.whole,
            book_digest=request.book_digest if by_digest else "",
            labels=labels,
            priority=run_pb2.PRIORITY_BATCH if batch else run_pb2.PRIORITY_INTERACTIVE,
        )
        lost, forgotten = 0, not by_digest
        while True:
            try:
                run = self.stub.CreateRun(message, timeout=CALL_TIMEOUT_S, metadata=self.metadata).run
                self._heard = True
                return run
            except grpc.RpcError as error:
                code, wait = code_of(error), retry_after(error)
                if code == grpc.StatusCode.NOT_FOUND and not forgotten:
                    # The server has let the book go.
                    forgotten = True
                    self._upload(request)
                elif wait is not None and time.monotonic() + wait < until:
                    time.sleep(wait)
                elif code == grpc.StatusCode.UNAVAILABLE and self._again(lost, patience, until):
                    lost += 1
                    time.sleep(min(RECONNECT_S * 2**lost, RECONNECT_S_MAX))
                else:
                    self._raise(error)

    def _again(self, lost: int, patience: float | None, until: float) -> bool:
        """Whether to try once more to reach a server: one that was there may be back soon, one that never was is waited for
        only where patience was asked for."""
        if not self._may_return():
            return False
        return self._heard and lost < RECONNECTS_MAX or patience is not None and time.monotonic() < until

    def _upload(self, request: Request, patience: float | None = None) -> None:
        """Sends the book. Where a server is waited for, it is the first that is sent."""
        until, lost = time.monotonic() + (patience or 0.0), 0
        while True:
            try:
                return self._send(request)
            except grpc.RpcError as error:
                if code_of(error) != grpc.StatusCode.UNAVAILABLE or not self._again(lost, patience, until):
                    self._raise(error)
            lost += 1
            time.sleep(min(RECONNECT_S * 2**lost, RECONNECT_S_MAX))

    def _send(self, request: Request) -> None:
        parts = (service_pb2.UploadBookRequest.FromString(part) for part in request.parts)
        answer = self.stub.UploadBook(parts, metadata=self.metadata)
        self._heard = True
        if answer.book_digest != request.book_digest:
            raise EngineError(f"the server has another book than was sent: {answer.book_digest}")
        self._sent.add(answer.book_digest)

    def _follow(self, run: run_pb2.Run, shown: Shown) -> run_pb2.Run:
        """Watches the run to its end; Ctrl-C stops it, a second one cancels it."""
        stopping = False
        while True:
            try:
                for run in self._watch(run, shown):
                    if run.state in _ENDED:
                        if stopping and run.state == run_pb2.Run.STATE_CANCELLED:
                            raise KeyboardInterrupt
                        return run
            except KeyboardInterrupt:
                if run.state in _ENDED or stopping:
                    if run.state not in _ENDED:
                        self.call(self.stub.CancelRun, service_pb2.CancelRunRequest(run_id=run.run_id))
                    raise
                stopping = True
                self.call(self.stub.StopRun, service_pb2.StopRunRequest(run_id=run.run_id))

    def _watch(self, run: run_pb2.Run, shown: Shown) -> Iterator[run_pb2.Run]:
        """The run as it changes. A connection that is lost is made anew, from the last that was heard."""
        after, lost = 0, 0
        while True:
            message = service_pb2.WatchRunRequest(run_id=run.run_id, after_sequence=after)
            stream = self.stub.WatchRun(message, metadata=self.metadata)
            try:
                for answer in stream:
                    after, lost = max(after, answer.sequence), 0
                    if answer.HasField("step"):
                        shown.step(answer.step)
                    if answer.HasField("run"):
                        yield answer.run
                # A server that goes down ends the stream in peace; the run is looked for where it comes up again.
                lost += 1
            except grpc.RpcError as error:
                lost += 1
                if code_of(error) != grpc.StatusCode.UNAVAILABLE or lost > RECONNECTS_MAX or not self._may_return():
                    self._raise(error)
            finally:
                _cancel(stream)
            if lost > RECONNECTS_MAX:
                raise EngineError(f"the server stopped telling of run {run.run_id}")
            time.sleep(RECONNECT_S * 2**lost)

    def _answer(self, request: Request, run: run_pb2.Run, shown: Shown) -> Plan:
        """The plan of a run that succeeded; of a large book without the certificate, until that is asked for."""
        if run.account_count <= INLINE_ACCOUNTS_MAX:
            return Plan(self._get(run.run_id, run_pb2.RUN_VIEW_FULL), request, run, steps=shown.steps)
        plan = self._get(run.run_id, run_pb2.RUN_VIEW_SUMMARY)
        plan.assignments.extend(self._assignments(run.run_id))
        whole = partial(self._get, run.run_id, run_pb2.RUN_VIEW_FULL)
        return Plan(plan, request, run, whole, shown.steps)

    def _get(self, run_id: str, view: run_pb2.RunView.ValueType) -> plan_pb2.Plan:
        message = service_pb2.GetRunRequest(run_id=run_id, view=view)
        return self.call(self.stub.GetRun, message, PATIENCE_S).run.plan

    def _assignments(self, run_id: str) -> Iterator[plan_pb2.Assignment]:
        received, lost = 0, 0
        while True:
            message = service_pb2.StreamAssignmentsRequest(run_id=run_id, skip=received)
            try:
                for part in self.stub.StreamAssignments(message, metadata=self.metadata):
                    yield from part.assignments
                    received += len(part.assignments)
                return
            except grpc.RpcError as error:
                lost += 1
                if code_of(error) != grpc.StatusCode.UNAVAILABLE or lost > RECONNECTS_MAX or not self._may_return():
                    self._raise(error)
                time.sleep(RECONNECT_S * 2**lost)

    def _may_return(self) -> bool:
        """Whether a server that cannot be reached may come back: an engine that has ended does not."""
        return not self._engine or self._engine.is_running()

    def _raise(self, error: grpc.RpcError) -> NoReturn:
        """The failed call as an error of this package; an engine that has ended is told with what it said last."""
        if self._engine and not self._engine.is_running():
            raise EngineError(f"the engine has ended: {self._engine.said()}") from error
        if code_of(error) == grpc.StatusCode.UNAVAILABLE and not self._heard:
            said = error.details() if isinstance(error, grpc.Call) else str(error)
            raise EngineError(f"{self.address} cannot be reached (UNAVAILABLE): {said}") from error
        raise_for(error)


def _cancel(stream: object) -> None:
    if isinstance(stream, grpc.RpcContext):
        stream.cancel()


def _refuse_no_texts(labels: Mapping[str, str]) -> None:
    if not isinstance(labels, Mapping):
        raise TypeError(f"labels are texts by texts, such as {{'job': 'night'}}; {labels!r} is none")
    for name, value in labels.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"labels are texts by texts; {name!r}: {value!r} is none, write {str(name)!r}: {str(value)!r}")


def _channel(
    address: str, tls: Tls, cert: str | os.PathLike[str] | None, key: str | os.PathLike[str] | None
) -> grpc.Channel:
    options = _MESSAGES + (_SOCKET if address.startswith("unix") else [])
    if (cert is None) != (key is None):
        raise ValueError("cert and key go together: the certificate of this client, and its private key")
    if tls is False and cert is not None or cert is not None and isinstance(tls, grpc.ChannelCredentials):
        raise ValueError("cert and key want tls to be True or a file: without TLS, and with credentials, they are not used")
    if not tls and cert is None:
        return grpc.insecure_channel(address, options=options)
    if isinstance(tls, grpc.ChannelCredentials):
        return grpc.secure_channel(address, tls, options=options)
    roots = None if tls is None or isinstance(tls, bool) else _pem(tls, "tls")
    own = (_pem(key, "key"), _pem(cert, "cert")) if key is not None and cert is not None else (None, None)
    return grpc.secure_channel(address, grpc.ssl_channel_credentials(roots, *own), options=options)


def _pem(path: str | os.PathLike[str], what: str) -> bytes:
    try:
        content = Path(path).expanduser().read_bytes()
    except OSError as error:
        raise EngineError(f"{what}: {path} cannot be read: {error.strerror or error}") from error
    if b"-----BEGIN " not in content:
        raise EngineError(f"{what}: {path} is no PEM: it has no line -----BEGIN ...-----")
    return content
