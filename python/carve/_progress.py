"""How far a solve is, for people: a bar of tqdm where that is installed, else lines of text."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from typing import Any, TextIO, Union

from carve.v1 import run_pb2

# True: a bar; False: nothing; a function: it is called with every step.
Progress = Union[bool, Callable[[run_pb2.RunProgress], object]]

# Seconds between lines where lines are no bar.
LINE_EVERY_S = 5.0


class Shown:
    """What is shown of a solve; every step goes to `step`."""

    def __init__(self, progress: Progress, time_limit_s: float | None) -> None:
        self._call = progress if callable(progress) else None
        self._bar: Any = None
        self._lines: _Lines | None = None
        # All steps of the attempt that is under way, for the report.
        self.steps: list[run_pb2.RunProgress] = []
        if progress is True:
            try:
                tqdm = importlib.import_module("tqdm.auto").tqdm
            except ImportError:
                self._lines = _Lines(sys.stderr, time_limit_s)
            else:
                form = "{desc}: {n:.0f}s" + ("/{total:.0f}s |{bar}|" if time_limit_s else "") + "{postfix}"
                self._bar = tqdm(total=time_limit_s, desc="carve", bar_format=form, file=sys.stderr)

    def step(self, progress: run_pb2.RunProgress) -> None:
        if self.steps and progress.elapsed_ms < self.steps[-1].elapsed_ms:
            # A process was lost, and another attempt began.
            self.steps.clear()
        self.steps.append(progress)
        if self._call:
            self._call(progress)
        seconds = progress.elapsed_ms / 1000
        if self._bar is not None:
            self._bar.n = min(seconds, self._bar.total) if self._bar.total else seconds
            self._bar.set_description_str(f"carve: {phase(progress)}", refresh=False)
            self._bar.set_postfix_str(state(progress), refresh=True)
        if self._lines:
            self._lines.show(seconds, f"{phase(progress)}, {state(progress)}")

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
        if self._lines:
            self._lines.close()


class _Lines:
    """Without tqdm: one line that is written over on a terminal, else a line now and then."""

    def __init__(self, out: TextIO, time_limit_s: float | None) -> None:
        self._out, self._of = out, f"/{time_limit_s:.0f}" if time_limit_s else ""
        self._over = out.isatty()
        self._next = 0.0
        self._width = 0

    def show(self, seconds: float, text: str) -> None:
        line = f"carve: {seconds:.0f}{self._of} s, {text}"
        if self._over:
            self._out.write("\r" + line.ljust(self._width))
            self._width = len(line)
        elif time.monotonic() >= self._next:
            self._next = time.monotonic() + LINE_EVERY_S
            self._out.write(line + "\n")
        self._out.flush()

    def close(self) -> None:
        if self._over and self._width:
            self._out.write("\n")
            self._out.flush()


def phase(progress: run_pb2.RunProgress) -> str:
    """What the worker does, in a word."""
    return run_pb2.RunProgress.Phase.Name(progress.phase).removeprefix("PHASE_").lower().replace("unspecified", "queued")


def state(progress: run_pb2.RunProgress) -> str:
    """Best, bound and gap of the tier that is worked on."""
    if not progress.tiers:
        return "no plan yet"
    tier = progress.tiers[min(progress.tier, len(progress.tiers) - 1)]
    best = f"best {tier.value:.4g}" if tier.HasField("value") else "no plan yet"
    bound = f", bound {tier.bound:.4g}" if tier.HasField("bound") else ""
    gap = f", gap {tier.gap * 100:.2f}%" if tier.HasField("gap") else ""
    return f"tier {progress.tier + 1}: {best}{bound}{gap}"
