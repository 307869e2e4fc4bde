"""What people wish for, as the command line and the plan file have it."""

from __future__ import annotations

import datetime
import json
import numbers
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict, Union

from carve._book import BookLike, bare, columns_of, csv_text, number_text, plain
from carve._errors import Finding, InvalidRequest
from carve._program import Asked

if TYPE_CHECKING:
    from carve._plan import Plan

# A time limit: "30s", seconds, or a timedelta; None: as long as the work has without one.
TimeLimit = Union[str, float, "Decimal", datetime.timedelta, None]

PLAN_FILE = "plan.json"
SEATS_FILE = "seats.csv"
PREVIOUS = "previous"


class Wishes(TypedDict, total=False):
    """Every wish, by the name that the command line has for it. None said: one seat for each current owner. How a run is
    called, shown and queued (progress, request_id, labels, batch, patience) are no wishes but keywords of `solve`.

    Numbers may be those of numpy, Decimal or Fraction; days may be moments, whose time of day does not count."""

    # So many seats, or each seat as a dict (seat_id, home, capacity, ...), or a table of them: a data frame or a file.
    seats: int | Sequence[Mapping[str, Any]] | BookLike
    # Nested stages such as [2, 4, 8, 16], and the one in force today (the first).
    stages: Sequence[int]
    current: int
    # The tree of territories, node by node.
    tree: Mapping[str, Any]
    # A plan file: its path, its YAML text, or what stands in it as a dict. A text that is the name of a file is a path.
    plan: str | os.PathLike[str] | Mapping[str, Any]
    # As in a plan file.
    tiers: Sequence[Mapping[str, Any]]
    rules: Sequence[Mapping[str, Any]]
    families: str
    # What to balance: names, names with tolerances, or as in a plan file where measures are counted or derived.
    measures: str | Sequence[str | Mapping[str, Any]] | Mapping[str, float | None]
    # How far a territory may be off its target: 0.05 is 5 %.
    tolerance: float | str
    # Owners who have left, more seats, seats outside the balance.
    drop_owner: str | Sequence[str]
    add_seat: str | Sequence[str]
    pool: str | Sequence[str]
    # Filters of accounts that stay with their owners; filters with the seat that their accounts go to.
    protect: str | Sequence[str]
    pin: Mapping[str, str] | str | Sequence[str]
    # The most that any territory may hold, by measure.
    max: Mapping[str, float | Decimal | int] | str | Sequence[str]
    # An earlier answer: a plan, or the folder that one was saved in; its territories are today's owners, or the start.
    previous: Plan | str | os.PathLike[str]
    previous_as: str
    # Moves of the earlier answer that stand, and that do not: rows of its moves, or a file of them.
    accept: BookLike
    reject: BookLike
    # Accounts without activity since this day are a finding.
    stale: str | datetime.date
    # How a file is read: the sheet of a workbook, and point or comma.
    sheet: str
    decimal_mark: str
    # How long and how hard to work: "30s", seconds or a timedelta; the rest as Options in carve.v1.
    time_limit: str | float | datetime.timedelta
    gap: float
    seed: int
    threads: int
    work_limit: int
    thorough: bool
    price_of_nesting: bool


_IN_PLAN = ("tree", "tiers", "rules", "families")
_SWITCHES = ("thorough", "price_of_nesting")
_TEXTS = ("current", "tolerance", "previous_as", "sheet", "decimal_mark", "gap", "seed", "threads", "work_limit", "stale")
_MANY = ("drop_owner", "add_seat", "pool", "protect")
# Keywords of solve that are no wishes.
_OF_SOLVE = ("progress", "request_id", "labels", "batch", "patience")
_UNITS = {"": 1.0, "ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
# Longest time that a message can tell of: 10,000 years.
_SECONDS_MAX = 315_576_000_000.0


def asked_of(wishes: Wishes) -> Asked:
    """The wishes as flags and files."""
    refuse_unknown(wishes)
    given: dict[str, Any] = {name: bare(value) for name, value in wishes.items() if value is not None}
    given = {name: value for name, value in given.items() if value is not None}
    flags: list[str] = []
    files: list[tuple[str, bytes]] = []
    _plan(given, flags, files)
    if "seats" in given:
        _seats(given["seats"], flags, files)
    if "stages" in given:
        stages = given["stages"]
        counts = [stages] if isinstance(stages, (str, numbers.Number)) else stages
        flags.append(f"--stages={','.join(number_text(count) for count in counts)}")
    if "time_limit" in given:
        flags.append(f"--time-limit={_time(given['time_limit'])}")
    for name in _TEXTS:
        if name in given:
            flags += [f"--{name.replace('_', '-')}={_said(given[name])}"]
    for name in _SWITCHES:
        if not isinstance(given.get(name, False), bool):
            raise TypeError(f"{name} is True or False, not {given[name]!r}")
        if given.get(name):
            flags.append(f"--{name.replace('_', '-')}")
    for name in _MANY:
        flags += [f"--{name.replace('_', '-')}={value}" for value in _list(given.get(name, ()))]
    for name in ("pin", "max"):
        flags += [f"--{name}={value}" for value in _pairs(given.get(name, ()))]
    _earlier(given, flags, files)
    limit = _seconds(given["time_limit"]) if "time_limit" in given else None
    return Asked(tuple(flags), tuple(files), limit)


def refuse_unknown(names: Iterable[str], where: str = "") -> None:
    """TypeError that names those that are no wishes, and what there is."""
    unknown = [str(name) for name in names if name not in Wishes.__annotations__]
    if not unknown:
        return
    of_solve = [name for name in unknown if name in _OF_SOLVE]
    what = ", ".join(unknown)
    because = f" ({', '.join(of_solve)}: a keyword of solve alone)" if of_solve else ""
    raise TypeError(f"{where}there is no wish {what}{because}; there are {', '.join(Wishes.__annotations__)}")


def _plan(given: dict[str, Any], flags: list[str], files: list[tuple[str, bytes]]) -> None:
    """The plan file, with what was given beside it."""
    balanced, defined = _measures(given.get("measures", ()))
    flags += [f"--measure={name}" for name in balanced]
    beside = {name: given[name] for name in _IN_PLAN if name in given}
    if defined:
        beside["measures"] = defined
    if isinstance(given.get("seats"), Sequence) and not isinstance(given["seats"], str):
        beside["seats"] = given.pop("seats")
    plan = given.get("plan")
    if plan is None and not beside:
        return
    if isinstance(plan, Mapping) or plan is None:
        files.append((PLAN_FILE, as_json(_merged(plan or {}, beside)).encode()))
        flags += ["--plan", PLAN_FILE]
        return
    if beside:
        raise TypeError(f"{', '.join(beside)} beside a plan file: say so in the file, or give the plan as a dict")
    if isinstance(plan, str) and ("\n" in plan or ": " in plan or plan.lstrip().startswith("{")) and not _is_file(plan):
        files.append(("plan.yaml", plan.encode()))
        flags += ["--plan", "plan.yaml"]
        return
    flags += ["--plan", str(Path(plan).expanduser().absolute())]


def _is_file(text: str) -> bool:
    try:
        return Path(text).expanduser().is_file()
    except (OSError, ValueError, RuntimeError):
        # Too long for a name, or with characters that no name has.
        return False


def _merged(plan: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, Any]:
    """The plan with what was given beside it: lists are added to, the rest is put in its place."""
    merged = dict(plan)
    for name in ("rules", "measures"):
        if name in beside:
            merged[name] = [*merged.get(name, ()), *beside[name]]
    for name in ("tiers", "families"):
        if name in beside:
            merged[name] = beside[name]
    if isinstance(merged.get("families"), str):
        merged["families"] = merged["families"].upper()
    if "tree" in beside:
        merged["split"] = {"tree": beside["tree"]}
    if "seats" in beside:
        merged["split"] = {"seats": {"seats": list(beside["seats"])}}
    if "rules" in merged:
        merged["rules"] = [{"rule_id": f"rule-{at + 1}", **rule} for at, rule in enumerate(merged["rules"])]
    return merged


def _measures(given: Any) -> tuple[list[str], list[Mapping[str, Any]]]:
    """Names to balance, with their tolerances; and measures to define."""
    if isinstance(given, str):
        return [given], []
    if isinstance(given, Mapping):
        return [name if part is None else f"{name}={number_text(part)}" for name, part in given.items()], []
    names = [one for one in given if isinstance(one, str)]
    return names, [one for one in given if not isinstance(one, str)]


def _seats(seats: Any, flags: list[str], files: list[tuple[str, bytes]]) -> None:
    if isinstance(seats, (numbers.Number, Decimal)):
        flags.append(f"--seats={number_text(seats)}")
    elif isinstance(seats, (str, os.PathLike)):
        flags += ["--seats-file", str(Path(seats).expanduser().absolute())]
    else:
        files.append((SEATS_FILE, csv_text(columns_of(seats))[0]))
        flags += ["--seats-file", SEATS_FILE]


def _earlier(given: dict[str, Any], flags: list[str], files: list[tuple[str, bytes]]) -> None:
    previous = given.get("previous")
    if isinstance(previous, (str, os.PathLike)):
        flags += ["--previous", str(Path(previous).expanduser().absolute())]
    elif previous is not None:
        refuse_without_plan(previous, "previous")
        files += [(f"{PREVIOUS}/{name}", content) for name, content in previous.files("csv").items()]
        flags += ["--previous", PREVIOUS]
    for name in ("accept", "reject"):
        moves = given.get(name)
        if isinstance(moves, (str, os.PathLike)):
            flags += [f"--{name}", str(Path(moves).expanduser().absolute())]
        elif moves is not None:
            files.append((f"{name}.csv", csv_text(columns_of(moves))[0]))
            flags += [f"--{name}", f"{name}.csv"]


def _list(value: Any) -> Iterable[Any]:
    return [value] if isinstance(value, str) else value


def _pairs(value: Any) -> Iterable[str]:
    if isinstance(value, Mapping):
        return [f"{name}={number_text(what)}" for name, what in value.items()]
    return _list(value)


def refuse_without_plan(plan: Plan, where: str) -> None:
    """InvalidRequest where this answer is that there is no plan; TypeError where it is no answer."""
    if not hasattr(plan, "termination"):
        raise TypeError(f"{where} is a plan, or the folder that one was saved in, not {type(plan).__name__}")
    if not plan.ok:
        ended = plan.termination
        because = f"{ended.reason}: {ended.detail}" if ended.detail else ended.reason
        text = f"this plan has no assignments, because there is none ({because}); plan.ok tells before"
        raise InvalidRequest([Finding("assignment_invalid", "error", where, text)])


def _said(value: Any) -> str:
    """A value as the command line takes it: a number in full, a moment as its day."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat()
    return number_text(value)


def _time(limit: Any) -> str:
    if isinstance(limit, datetime.timedelta):
        return f"{number_text(limit.total_seconds())}s"
    return number_text(limit)


def _seconds(limit: Any) -> float | None:
    """A time limit in seconds, to draw a bar by; None: the program is to say what is wrong with it."""
    found = re.fullmatch(r"([0-9.]+)(|ms|s|m|min|h)", _time(limit))
    try:
        length = float(found.group(1)) * _UNITS[found.group(2)] if found else _SECONDS_MAX
    except ValueError:
        return None
    return length if length < _SECONDS_MAX else None


def seconds(limit: Any, default: float) -> float:
    """A time limit in seconds, as the program reads it; InvalidRequest where it is none."""
    limit = bare(limit)
    if limit is None:
        return default
    length = _seconds(limit)
    if length is None:
        text = f'"{_time(limit)}" is no time; write 30s, 500ms, 2m, or seconds'
        raise InvalidRequest([Finding("flag_invalid", "error", "time_limit", text)])
    return length


def as_json(value: Any) -> str:
    """JSON in which decimals are written in full, and what is not known is null."""
    value = plain(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {as_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (numbers.Rational, Decimal)) and not isinstance(value, bool):
        return number_text(value)
    if isinstance(value, (datetime.date, datetime.timedelta)):
        return json.dumps(_time(value) if isinstance(value, datetime.timedelta) else value.isoformat())
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return as_json(value.tolist())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(as_json(one) for one in value) + "]"
    return json.dumps(value)
