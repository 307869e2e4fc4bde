"""Calls of a client: uploads, runs, questions, faults of the wire."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pandas as pd
import pytest

import carve
from carve import _client
from carve.v1 import run_pb2, service_pb2
from conftest import AMER, LISTENS_TO_CTRL_C, LITTLE, SMB, run


@pytest.fixture
def uploads(client: carve.Client, monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """The sizes of the parts of every upload."""
    seen: list[list[int]] = []
    send = client.stub.UploadBook

    def upload(parts: Any, **more: Any) -> Any:
        sizes: list[int] = []
        seen.append(sizes)

        def counted() -> Any:
            for part in parts:
                sizes.append(part.ByteSize())
                yield part

        return send(counted(), **more)

    monkeypatch.setattr(client.stub, "UploadBook", upload)
    return seen


def test_a_book_above_the_limit_goes_and_comes_in_parts(
    client: carve.Client, uploads: list[list[int]], program: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "INLINE_ACCOUNTS_MAX", 9_999)
    done = run(program, "generate", "--accounts", "12000", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    book = pd.read_csv(tmp_path / "accounts.csv")
    wishes: Any = {"plan": tmp_path / "plan.yaml", "work_limit": 1000}
    plan = client.solve(book, progress=False, **wishes)
    assert len(uploads) == 1 and len(uploads[0]) > 1 and max(uploads[0]) <= 1 << 20
    assert plan.ok and len(plan.message.assignments) == 12_000
    assert [a.account_id for a in plan.message.assignments] == list(book["account_id"])
    assert not plan.message.HasField("certificate")
    assert plan.whole.HasField("certificate") and len(plan.whole.assignments) == 12_000
    plan.save(tmp_path / "out", "csv")
    assert (tmp_path / "out" / "assignments.csv").exists()


def test_several_plans_of_one_uploaded_book(client: carve.Client, uploads: list[list[int]], rows: Any) -> None:
    book = client.upload([{**row, "employees": n} for n, row in enumerate(rows)], seats=2)
    plans = [book.solve(seats=seats, work_limit=LITTLE, progress=False) for seats in (2, 3, 4)]
    assert len(uploads) == 1
    assert [len(plan.territories) for plan in plans] == [2, 3, 4]
    assert {plan.run.book_digest for plan in plans} == {book.digest} and book.account_count == 40
    other = book.solve(measures=["employees"], seats=2, work_limit=LITTLE, progress=False)
    assert len(uploads) == 2 and other.run.book_digest != book.digest


def test_a_request_id_makes_one_run(client: carve.Client, rows: Any) -> None:
    wishes: Any = {"seats": 2, "work_limit": LITTLE, "progress": False, "request_id": "night-7", "labels": {"job": "night"}}
    first, second = client.solve(rows, **wishes), client.solve(rows, **wishes)
    assert first.run.run_id == second.run.run_id and dict(first.run.labels) == {"job": "night"}
    again = client.plan(first.run.run_id, first.request)
    assert again.message == first.message
    with pytest.raises(carve.CarveError, match="ALREADY_EXISTS"):
        client.solve(rows, **{**wishes, "seats": 3})


def test_a_run_that_is_not_there_is_not_found(client: carve.Client, plan: carve.Plan) -> None:
    with pytest.raises(carve.NotFound):
        client.plan("no-such-run", plan.request)


def test_a_stream_that_breaks_is_taken_up_again(
    client: carve.Client, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Broken(grpc.RpcError, grpc.Call):
        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNAVAILABLE

        def details(self) -> str:
            return "broken"

        def _no(self, *_: Any, **__: Any) -> Any:
            return None

        initial_metadata = trailing_metadata = is_active = time_remaining = cancel = add_callback = _no

    Broken.__abstractmethods__ = frozenset()
    asked: list[int] = []
    watch = client.stub.WatchRun

    def breaks(message: Any, **more: Any) -> Any:
        asked.append(message.after_sequence)
        stream = watch(message, **more)
        if len(asked) > 2:
            yield from stream
            return
        for answer in stream:
            yield answer
            if answer.sequence > message.after_sequence:
                break
        stream.cancel()
        raise Broken

    monkeypatch.setattr(client.stub, "WatchRun", breaks)
    # Long enough for steps to be told before the end.
    wishes: Any = {"plan": SMB / "plan.yaml", "time_limit": "3s", "gap": 0.0, "thorough": True}
    plan = client.solve(SMB / "accounts.csv", progress=False, **wishes)
    assert plan.ok and len(asked) == 3 and asked[0] == 0 and asked[2] > asked[1] > 0


def test_progress_goes_to_a_function(client: carve.Client) -> None:
    steps: list[run_pb2.RunProgress] = []
    wishes: Any = {"plan": SMB / "plan.yaml", "work_limit": LITTLE}
    client.solve(SMB / "accounts.csv", progress=steps.append, **wishes)
    assert any(step.plan_in_hand and step.tiers for step in steps)


def test_without_tqdm_progress_is_lines(client: carve.Client) -> None:
    code = (
        "import sys; sys.modules['tqdm'] = sys.modules['tqdm.auto'] = None\n"
        "import carve\n"
        f"with carve.connect({client.address!r}) as c:\n"
        f"    print(c.solve({str(SMB / 'accounts.csv')!r}, seats=5, work_limit={LITTLE}).ok)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n" and re.search(r"^carve: \d+ s, \w+, ", done.stderr)


def test_without_pandas_tables_are_rows(client: carve.Client) -> None:
    code = (
        "import sys; sys.modules['pandas'] = sys.modules['polars'] = None\n"
        "import carve\n"
        f"with carve.connect({client.address!r}) as c:\n"
        "    plan = c.solve([{'account_id': 'a'}, {'account_id': 'b'}], seats=2, progress=False)\n"
        "print(sorted(row['node_id'] for row in plan.assignments))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "['seat-1', 'seat-2']\n"


def test_ctrl_c_keeps_the_best_plan(tmp_path: Path) -> None:
    out = tmp_path / "out.txt"
    code = LISTENS_TO_CTRL_C + (
        "import carve\n"
        "def step(p):\n"
        "    if p.plan_in_hand: print('in hand', flush=True)\n"
        f"plan = carve.solve({str(AMER / 'accounts.csv')!r}, seats=17, time_limit='300s', thorough=True, progress=step)\n"
        f"open({str(out)!r}, 'w').write(f'{{plan.ok}} {{plan.termination.limit}} {{len(plan.assignments)}}')\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline() == "in hand\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
    assert process.returncode == 0
    assert out.read_text() == "True STOPPED 2000"


def test_a_second_ctrl_c_gives_up(client: carve.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    # The stop is not sent on, as if the server were slow with it.
    monkeypatch.setattr(client.stub, "StopRun", lambda message, **_: service_pb2.StopRunResponse())
    seen: list[int] = []

    def interrupt(step: run_pb2.RunProgress) -> None:
        seen.append(1)
        if len(seen) <= 2:
            raise KeyboardInterrupt

    wishes: Any = {"plan": AMER / "plan.yaml", "time_limit": "300s", "thorough": True, "labels": {"who": "twice"}}
    with pytest.raises(KeyboardInterrupt):
        client.solve(AMER / "accounts.csv", progress=interrupt, **wishes)
    listed = client.call(client.stub.ListRuns, service_pb2.ListRunsRequest(labels={"who": "twice"}))
    assert [run.state for run in listed.runs] == [run_pb2.Run.STATE_CANCELLED]


def test_today_and_plans_are_evaluated(client: carve.Client, plan: carve.Plan, rows: Any) -> None:
    today = client.evaluate(rows, seats=2)
    assert today.plan is None and today.standing.moved.accounts == 0
    again = client.evaluate(rows, plan, seats=2)
    assert again.plan and [t.value for t in again.plan.tiers] == pytest.approx([t.value for t in plan.message.tiers])
    assert len(again.tiers) == len(plan.message.tiers)
    swapped = plan.assignments.assign(node_id="ana")
    assert client.evaluate(rows, swapped, seats=2).standing.summary != again.standing.summary


def test_books_stand_side_by_side(client: carve.Client, plan: carve.Plan, rows: Any) -> None:
    cases: Any = {"today": "today", "the plan": plan, "loose": {"tolerance": 0.5, "work_limit": LITTLE}}
    side = client.compare(rows, cases, seats=2, work_limit=LITTLE)
    assert [book.name for book in side.message.books] == ["today", "the plan", "loose"]
    assert list(side.table.columns)[2:5] == ["today", "the plan", "loose"]
    assert "moved_accounts" in list(side.table["aspect"]) and "<table" in side._repr_html_()
    more = [{**row, "employees": n} for n, row in enumerate(rows)]
    with pytest.raises(carve.InvalidRequest, match="case 'other' reads the book in another way"):
        client.compare(more, {"today": "today", "other": {"measures": ["employees"]}}, seats=2)


def test_accounts_and_rules_are_explained(client: carve.Client, rows: Any) -> None:
    rules = [{"rule_id": "texas", "pin": {"accounts": {"filter": 'state == "TX"'}, "node_id": "ana"}}]
    plan = client.solve(rows, seats=2, rules=rules, work_limit=LITTLE, progress=False)
    why = client.explain_account(plan, "A00")
    assert "A00 is with ana" in str(why) and list(why.table["shut_by"]) == ["texas"]
    costs = client.explain_rules(plan)
    assert "texas" in str(costs) and "texas" in list(costs.table["rule_id"])
    exact = client.explain_rules(plan, "texas", time_limit="10s")
    assert exact.message.solved_rules == 1
    with pytest.raises(carve.CarveError, match="nobody"):
        client.explain_account(plan, "nobody")
    assert str(carve.explain(plan, account="A00")) == str(why)


def test_a_server_that_refuses_says_why(client: carve.Client) -> None:
    with pytest.raises(carve.InvalidRequest) as caught:
        client.call(client.stub.Solve, service_pb2.SolveRequest())
    assert "book_empty" in {finding.code for finding in caught.value.findings}


def test_a_busy_server_is_asked_again_until_the_patience_ends(
    client: carve.Client, rows: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = [0.01, 0.01]
    real = client.stub.CreateRun

    class Full(grpc.RpcError):
        pass

    def full(message: Any, **more: Any) -> Any:
        if waits:
            raise Full
        return real(message, **more)

    monkeypatch.setattr(client.stub, "CreateRun", full)
    monkeypatch.setattr(_client, "retry_after", lambda error: waits.pop() if waits else None)
    assert client.solve(rows, seats=2, work_limit=LITTLE, progress=False).ok
    monkeypatch.setattr(_client, "retry_after", lambda error: 10.0)
    waits.append(0)
    with pytest.raises(carve.EngineError):
        client.solve(rows, seats=2, work_limit=LITTLE, progress=False, patience=5)


def test_a_token_goes_with_every_call(client: carve.Client) -> None:
    with carve.connect(client.address, token="secret") as other:
        assert other.metadata == (("authorization", "Bearer secret"),)
        assert other.call(other.stub.ListRuns, service_pb2.ListRunsRequest(page_size=1)) is not None


def _certificate(folder: Path, name: str, *more: str) -> tuple[Path, Path]:
    """A private key and a certificate for this name, which it signed itself where no more is said."""
    key, cert = folder / f"{name}.key.pem", folder / f"{name}.pem"
    made = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    named = ["-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}", "-keyout", str(key), "-out", str(cert)]
    subprocess.run(["openssl", *made, *named, *more], check=True, capture_output=True)
    return key, cert


@pytest.fixture
def secured(program: str, tmp_path: Path) -> Iterator[tuple[str, Path, str]]:
    """A server with TLS and tokens: its address, the certificate, a token."""
    tokens = tmp_path / "tokens"
    key, cert = _certificate(tmp_path, "localhost")
    done = run(program, "token", "new", "--tenant", "acme", "--file", str(tokens))
    assert done.returncode == 0, done.stderr
    token = done.stdout.strip().splitlines()[0]
    line = [program, "serve", "--addr", "127.0.0.1:0", "--tokens", str(tokens), "--tls-cert", str(cert), "--tls-key", str(key)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as server:
        assert server.stderr
        found = next(filter(None, (re.search(r"serves gRPC on \S+:(\d+)[ ;]", text) for text in server.stderr)))
        yield f"localhost:{found.group(1)}", cert, token
        server.kill()


def test_tls_and_a_token_let_a_client_in(secured: tuple[str, Path, str], rows: Any) -> None:
    address, cert, token = secured
    with carve.connect(address, token=token, tls=cert) as client:
        assert client.solve(rows, seats=2, work_limit=LITTLE, progress=False).ok
    with carve.connect(address, token="wrong", tls=cert) as stranger, pytest.raises(carve.EngineError, match="UNAUTHENTICATED"):
        stranger.solve(rows, seats=2, progress=False)
    with carve.connect(address, tls=cert) as nobody, pytest.raises(carve.EngineError, match="UNAUTHENTICATED"):
        nobody.solve(rows, seats=2, progress=False)
    with carve.connect(address, token=token) as plain, pytest.raises(carve.EngineError, match="UNAVAILABLE"):
        plain.call(plain.stub.ListRuns, service_pb2.ListRunsRequest(), timeout=20)


def test_nobody_at_the_address_is_told() -> None:
    with carve.connect("127.0.0.1:1") as nobody, pytest.raises(carve.EngineError, match="UNAVAILABLE"):
        nobody.call(nobody.stub.ListRuns, service_pb2.ListRunsRequest(), timeout=20)


REFUSED = "127.0.0.1:1"


def test_what_cannot_be_reached_is_told_at_once(rows: Any) -> None:
    before = time.monotonic()
    for address, told in ((REFUSED, REFUSED), ("unix:/no/such/socket", "unix:/no/such/socket")):
        with carve.connect(address) as nobody:
            asks = (lambda: nobody.solve(rows, seats=2, progress=False), lambda: nobody.upload(rows))
            for ask in asks:
                with pytest.raises(carve.EngineError, match=f"{told} cannot be reached \\(UNAVAILABLE\\): "):
                    ask()
    assert time.monotonic() - before < 8


def test_who_has_patience_waits_for_a_server(program: str, rows: Any, tmp_path: Path) -> None:
    path = tmp_path / "socket"
    path.parent.chmod(0o700)
    line = [program, "serve", "--addr", f"unix:{path}"]
    with carve.connect(f"unix:{path}") as client:
        servers: list[subprocess.Popen[bytes]] = []
        starts = lambda: servers.append(subprocess.Popen(line, stderr=subprocess.DEVNULL))  # noqa: E731
        timer = threading.Timer(1.0, starts)
        timer.start()
        try:
            assert client.solve(rows, seats=2, work_limit=1000, progress=False, patience=60).ok
        finally:
            timer.join()
            for server in servers:
                server.kill()
                server.wait()


def test_a_client_that_is_closed_says_so(client: carve.Client, rows: Any, plan: carve.Plan) -> None:
    other = carve.connect(client.address)
    other.close()
    asks = (
        lambda: other.solve(rows, seats=2, progress=False),
        lambda: other.upload(rows),
        lambda: other.evaluate(rows, seats=2),
        lambda: other.explain_account(plan, "A00"),
        lambda: other.plan("x", plan.request),
    )
    for ask in asks:
        with pytest.raises(carve.EngineError, match=f"this client of {client.address} is closed"):
            ask()


def test_files_of_tls_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(carve.EngineError, match="tls: /no/such.pem cannot be read: No such file"):
        carve.connect(REFUSED, tls="/no/such.pem")
    with pytest.raises(carve.EngineError, match="(key|cert): .* cannot be read: Is a directory"):
        carve.connect(REFUSED, cert=tmp_path, key=tmp_path)
    (tmp_path / "x").write_text("secret")
    with pytest.raises(carve.EngineError, match="tls: .*/x is no PEM"):
        carve.connect(REFUSED, tls=tmp_path / "x")
    with pytest.raises(ValueError, match="cert and key go together"):
        carve.connect(REFUSED, cert=tmp_path / "x")
    with pytest.raises(ValueError, match="cert and key want tls"):
        carve.connect(REFUSED, cert=tmp_path / "x", key=tmp_path / "x", tls=False)


def test_a_token_that_is_none_is_told(client: carve.Client) -> None:
    with carve.connect(client.address, token="secret\n") as other:
        assert other.metadata == (("authorization", "Bearer secret"),)
    with pytest.raises(ValueError, match="the token has characters that no token has"):
        carve.connect(client.address, token="two\nlines")


@pytest.mark.parametrize("labels", [{"a": 1}, {1: "a"}, {"a": None}, "night"])
def test_labels_that_are_no_texts_are_told(client: carve.Client, rows: Any, labels: Any) -> None:
    with pytest.raises(TypeError, match="labels are texts by texts[;,] "):
        client.solve(rows, seats=2, labels=labels, progress=False)


def test_a_client_shows_its_certificate(program: str, tmp_path: Path, rows: Any) -> None:
    key, cert = _certificate(tmp_path, "localhost")
    ca_key, ca = _certificate(tmp_path, "authority")
    ends = ["-addext", "basicConstraints=critical,CA:FALSE", "-addext", "extendedKeyUsage=clientAuth"]
    own_key, own_cert = _certificate(tmp_path, "client", "-CA", str(ca), "-CAkey", str(ca_key), *ends)
    tokens = tmp_path / "tokens"
    done = run(program, "token", "new", "--tenant", "acme", "--certificate", str(own_cert), "--file", str(tokens))
    assert done.returncode == 0, done.stderr
    line = [program, "serve", "--addr", "127.0.0.1:0", "--tokens", str(tokens), "--tls-cert", str(cert), "--tls-key", str(key)]
    with subprocess.Popen([*line, "--client-ca", str(ca)], stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr
            found = next(filter(None, (re.search(r"serves gRPC on \S+:(\d+)[ ;]", text) for text in server.stderr)))
            address = f"localhost:{found.group(1)}"
            with carve.connect(address, tls=cert, cert=own_cert, key=str(own_key)) as client:
                assert client.solve(rows, seats=2, work_limit=1000, progress=False).ok
            with carve.connect(address, tls=cert) as nobody, pytest.raises(carve.EngineError):
                nobody.solve(rows, seats=2, progress=False)
        finally:
            server.kill()


def test_calls_come_from_any_thread(client: carve.Client, rows: Any) -> None:
    found: list[bool] = []
    solve = lambda: found.append(client.solve(rows, seats=2, work_limit=1000, progress=False).ok)  # noqa: E731
    threads = [threading.Thread(target=solve) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [True] * 4
