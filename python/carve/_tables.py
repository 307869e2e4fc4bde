"""Tables for people: a data frame of pandas, else of polars, else rows as dicts, by what is installed."""

from __future__ import annotations

import importlib
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any


def table(columns: Mapping[str, list[Any]]) -> Any:
    """The columns as the best table there is."""
    for library in ("pandas", "polars"):
        try:
            module = importlib.import_module(library)
        except ImportError:
            continue
        return module.DataFrame(dict(columns))
    return rows(columns)


def rows(columns: Mapping[str, list[Any]]) -> list[dict[str, Any]]:
    """The columns as rows."""
    names = list(columns)
    return [dict(zip(names, values)) for values in zip(*columns.values())]


def as_text(columns: Mapping[str, Sequence[str]]) -> str:
    """The columns side by side, the first to the left and the others to the right."""
    widths = {name: max([len(name), *map(len, values)]) for name, values in columns.items()}

    def line(cells: Sequence[str]) -> str:
        pairs = zip(cells, widths.values())
        return "  ".join(c.ljust(w) if at == 0 else c.rjust(w) for at, (c, w) in enumerate(pairs)).rstrip()

    return "\n".join([line(list(columns)), *(line(cells) for cells in zip(*columns.values()))])


def as_html(columns: Mapping[str, Sequence[str]], caption: str) -> str:
    """The columns as a table of HTML."""
    head = "".join(f"<th scope='col'>{escape(name)}</th>" for name in columns)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in cells) + "</tr>" for cells in zip(*columns.values()))
    return f"<table><caption>{escape(caption)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def part(value: float) -> str:
    """A part in percent, with its sign."""
    return f"{value * 100:+.1f}%"
