"""The engine of this machine: `carve serve` on a free port, which ends with the Python that started it."""

from __future__ import annotations

import collections
import os
import re
import subprocess
import threading
import weakref
from typing import IO

from carve._errors import EngineError
from carve._program import not_started, program

# Longest solve that is taken; a longer time limit is shortened and the plan says so.
MAX_TIME_LIMIT = "24h"
# Most threads that a solve may ask for.
THREADS_MAX = 256
# Solve time, times threads, that runs which have not ended may ask for together: as long for each thread as servers have it.
QUEUE_H = 500
# Seconds that the engine has to end once it was told to.
END_WITHIN_S = 10.0
# Lines of what it says that are kept to tell of.
LINES_KEPT = 50


def cores() -> int:
    """The cores that this process may use, as many as a solve can have threads."""
    return min(len(os.sched_getaffinity(0)), THREADS_MAX)


class Engine:
    """A running `carve serve`. It watches its standard input, which closes however this process ends, so that it never stays
    behind; and it is in a session of its own, so that Ctrl-C in the terminal does not end it before the plan is kept."""

    def __init__(self, *, max_solves: int | None = None, threads_per_solve: int | None = None) -> None:
        threads = threads_per_solve or cores()
        line = [program(), "serve", "--addr", "127.0.0.1:0", "--until-stdin-closes", "--max-time-limit", MAX_TIME_LIMIT]
        line += ["--threads-per-solve", str(threads), "--max-queue", f"{QUEUE_H * threads}h"]
        line += ["--max-solves", str(max_solves)] if max_solves else []
        try:
            self._process = subprocess.Popen(
                line,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                start_new_session=True,
            )
        except OSError as error:
            raise not_started(line[0], error) from error
        assert self._process.stdin and self._process.stderr
        self._stdin: IO[str] = self._process.stdin
        # A process that is forked off would keep the engine alive.
        engine = weakref.ref(self)
        os.register_at_fork(after_in_child=lambda: _let_go(engine()))
        self._said: collections.deque[str] = collections.deque(maxlen=LINES_KEPT)
        self.address = self._read_address(self._process.stderr)
        threading.Thread(target=self._drain, args=(self._process.stderr,), daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process."""
        return self._process.pid

    def _read_address(self, stderr: IO[str]) -> str:
        for line in stderr:
            self._said.append(line)
            found = re.search(r"serves gRPC on (\S+);", line)
            if found:
                return found.group(1)
        self._process.wait()
        raise EngineError(f"carve serve did not start: {''.join(self._said).strip()}")

    def _drain(self, stderr: IO[str]) -> None:
        """Reads on, so that the engine never waits for a reader."""
        for line in stderr:
            self._said.append(line)

    def let_go(self) -> None:
        """Closes this process's end of its standard input."""
        self._stdin.close()

    def said(self) -> str:
        """The last that the engine said."""
        return "".join(self._said).strip()

    def is_running(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """Ends it."""
        try:
            self._stdin.close()
        except OSError:
            # It has ended by itself, and nobody reads.
            pass
        try:
            self._process.wait(END_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _let_go(engine: Engine | None) -> None:
    if engine:
        engine.let_go()
