"""What people wish for, as the command line and the plan file have it."""

from __future__ import annotations

import datetime
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from carve._book import BookLike, columns_of, csv_text
from carve._program import Asked

if TYPE_CHECKING:
    from carve._plan import Plan

PLAN_FILE = "plan.json"
SEATS_FILE = "seats.csv"
PREVIOUS = "previous"


class Wishes(TypedDict, total=False):
    """Every wish, by the name that the command line has for it. None said: one seat for each current owner."""

    # So many seats, or each seat as a dict (seat_id, home, capacity, ...), or a table of them: a data frame or a file.
    seats: int | Sequence[Mapping[str, Any]] | BookLike
    # Nested stages such as [2, 4, 8, 16], and the one in force today (the first).
    stages: Sequence[int]
    current: int
    # The tree of territories, node by node.
    tree: Mapping[str, Any]
    # A plan file: its path, its YAML text, or what stands in it as a dict.
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
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


def asked_of(wishes: Wishes) -> Asked:
    """The wishes as flags and files."""
    given: dict[str, Any] = {name: value for name, value in wishes.items() if value is not None}
    unknown = sorted(given.keys() - Wishes.__annotations__.keys())
    if unknown:
        raise TypeError(f"there is no wish {', '.join(unknown)}; there are {', '.join(Wishes.__annotations__)}")
    flags: list[str] = []
    files: list[tuple[str, bytes]] = []
    _plan(given, flags, files)
    if "seats" in given:
        _seats(given["seats"], flags, files)
    if "stages" in given:
        flags += ["--stages", ",".join(str(count) for count in given["stages"])]
    if "time_limit" in given:
        flags += ["--time-limit", _time(given["time_limit"])]
    for name in _TEXTS:
        if name in given:
            flags += [f"--{name.replace('_', '-')}={given[name]}"]
    for name in _SWITCHES:
        if given.get(name):
            flags.append(f"--{name.replace('_', '-')}")
    for name in _MANY:
        flags += [f"--{name.replace('_', '-')}={value}" for value in _list(given.get(name, ()))]
    for name in ("pin", "max"):
        flags += [f"--{name}={value}" for value in _pairs(given.get(name, ()))]
    _earlier(given, flags, files)
    return Asked(tuple(flags), tuple(files), seconds(given.get("time_limit")))


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
    if isinstance(plan, str) and ("\n" in plan or ": " in plan or plan.lstrip().startswith("{")):
        files.append(("plan.yaml", plan.encode()))
        flags += ["--plan", "plan.yaml"]
        return
    flags += ["--plan", str(Path(plan).expanduser().absolute())]


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
        return [name if part is None else f"{name}={part}" for name, part in given.items()], []
    names = [one for one in given if isinstance(one, str)]
    return names, [one for one in given if not isinstance(one, str)]


def _seats(seats: Any, flags: list[str], files: list[tuple[str, bytes]]) -> None:
    if isinstance(seats, int):
        flags += ["--seats", str(seats)]
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
        return [f"{name}={_number(what)}" for name, what in value.items()]
    return _list(value)


def _number(value: Any) -> str:
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)


def _time(limit: Any) -> str:
    if isinstance(limit, datetime.timedelta):
        return f"{format(Decimal(repr(limit.total_seconds())), 'f')}s"
    return _number(limit)


def seconds(limit: Any) -> float | None:
    """A time limit in seconds, to draw a bar by; None: there is none, or the program is to say what is wrong with it."""
    if limit is None:
        return None
    text = _time(limit).strip()
    digits = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    try:
        return float(digits) * _UNITS[text[len(digits) :] or "s"]
    except (KeyError, ValueError):
        return None


def as_json(value: Any) -> str:
    """JSON in which decimals are written in full."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(k))}: {as_json(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (datetime.date, datetime.timedelta)):
        return json.dumps(_time(value) if isinstance(value, datetime.timedelta) else value.isoformat())
    if type(value).__module__ == "numpy" and hasattr(value, "tolist"):
        return as_json(value.tolist())
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(as_json(one) for one in value) + "]"
    return json.dumps(value)
