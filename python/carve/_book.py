"""Books as people have them in Python: data frames, rows, columns, or a file.

A table becomes CSV text and is read by the program as a file is. Nothing is rounded on the way: whole numbers and decimals
are written in full, a float as the shortest text that means it, with the decimal mark that is said, else with a point.
"""

from __future__ import annotations

import csv
import datetime
import io
import math
import numbers
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any, Union

from carve._program import Source

# A data frame of pandas or polars, a table of pyarrow, rows as dicts, columns by name, or the path of a file.
BookLike = Union[str, "os.PathLike[str]", Sequence[Mapping[str, Any]], Mapping[str, Iterable[Any]], Any]

_ABSENT_TYPES = {"NAType", "NaTType"}
_COMMA = "comma"


def source_of(book: BookLike, decimal_mark: str | None = None) -> Source:
    """The book as the program reads it, where its texts have this decimal mark."""
    if isinstance(book, Source):
        return book
    if isinstance(book, (str, os.PathLike)):
        path = Path(book).expanduser()
        return Source(path=str(path.absolute()))
    mark = _COMMA if decimal_mark == _COMMA else "point"
    text, fractions = csv_text(columns_of(book), mark)
    return Source(table=text, decimal_mark=mark if fractions else None)


def columns_of(book: Any) -> dict[str, list[Any]]:
    """The table as columns by name."""
    module = type(book).__module__.partition(".")[0]
    if module == "pandas":
        if any(name is not None for name in book.index.names):
            book = book.reset_index()
        names = [str(name) for name in book.columns]
        return _named(names, [book.iloc[:, at].tolist() for at in range(len(names))])
    if module == "polars":
        if hasattr(book, "collect"):
            book = book.collect()
        return _named(list(book.columns), [book.to_series(at).to_list() for at in range(len(book.columns))])
    if hasattr(book, "to_pydict"):
        return _named([str(name) for name in book.column_names], [c.to_pylist() for c in book.columns])
    if isinstance(book, Mapping):
        return _named([str(name) for name in book], [list(values) for values in book.values()])
    if isinstance(book, Iterable):
        return _columns_of_rows(book)
    raise TypeError(f"a book is a data frame, rows, columns or a path, not {type(book).__name__}")


def _columns_of_rows(rows: Iterable[Any]) -> dict[str, list[Any]]:
    rows = list(rows)
    names: dict[str, None] = {}
    for number, row in enumerate(rows):
        if not isinstance(row, Mapping):
            raise TypeError(f"row {number} of the book is no dict but {type(row).__name__}")
        names.update(dict.fromkeys(row))
    return {str(name): [row.get(name) for row in rows] for name in names}


def _named(names: list[str], columns: list[list[Any]]) -> dict[str, list[Any]]:
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"the book has two columns of one name: {', '.join(twice)}")
    lengths = {name: len(column) for name, column in zip(names, columns)}
    if len(set(lengths.values())) > 1:
        raise ValueError(f"the columns of the book are not equally long: {lengths}")
    return dict(zip(names, columns))


def csv_text(columns: Mapping[str, list[Any]], decimal_mark: str = "point") -> tuple[bytes, bool]:
    """CSV in UTF-8, and whether any number in it has a fraction, which is written after this mark."""
    texts, fractions = [], False
    for name, values in columns.items():
        column, fraction = _texts(name, values, decimal_mark)
        texts.append(column)
        fractions |= fraction
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*texts))
    return out.getvalue().encode("utf-8", "surrogatepass"), fractions


def texts_of(name: str, values: list[Any]) -> list[str]:
    """A column as the text that a book has of it; empty where nothing is known."""
    return _texts(name, values, "point")[0]


def _texts(name: str, values: list[Any], decimal_mark: str) -> tuple[list[str], bool]:
    """A column as text, and whether it has numbers with a fraction. Floats that are all whole are written without: a column
    of ZIP codes or counts with gaps has become one of floats."""
    kinds = set(map(type, values))
    if kinds <= {int}:
        return list(map(str, values)), False
    if kinds <= {str}:
        return values, False
    values = [plain(value) for value in values]
    floats = [value for value in values if isinstance(value, float) and not math.isinf(value)]
    whole = bool(floats) and all(value.is_integer() for value in floats)
    written = [_text(name, value, whole) for value in values]
    if decimal_mark == _COMMA:
        number = [isinstance(value, (float, Decimal)) for value in values]
        written = [text.replace(".", ",") if is_number else text for text, is_number in zip(written, number)]
    decimals = any(isinstance(value, Decimal) and value != value.to_integral_value() for value in values)
    return written, bool(floats) and not whole or decimals


def plain(value: Any) -> Any:
    """The value as Python itself has it, and not numpy; None where it is not known."""
    value = bare(value)
    if isinstance(value, (float, Decimal)) and math.isnan(value):
        return None
    return value


def bare(value: Any) -> Any:
    """As `plain`, but what is not a number stays so: it is a fault where a wish has it."""
    if value is None or type(value).__name__ in _ABSENT_TYPES:
        return None
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        # Moments of numpy are numbers where they are finer than Python's.
        fine = getattr(getattr(value, "dtype", None), "kind", "") in "mM"
        value = (value.astype(f"{value.dtype.kind}8[us]") if fine else value).item()
    return value


def number_text(value: Any) -> str:
    """A number in plain notation, every digit of it: 1000000000 and not 1E+9. What is no number is its own text."""
    value = bare(value)
    if isinstance(value, bool) or not isinstance(value, (numbers.Number, Decimal)):
        return str(value)
    if isinstance(value, numbers.Rational):
        if value.denominator == 1:
            return str(int(value.numerator))
        value = Decimal(int(value.numerator)) / Decimal(int(value.denominator))
    if not isinstance(value, Decimal):
        if not isinstance(value, numbers.Real):
            return str(value)
        value = Decimal(repr(float(value)))
    if not value.is_finite():
        return str(value)
    whole = value == value.to_integral_value()
    return format(value.to_integral_value() if whole else value, "f")


def _text(name: str, value: Any, whole: bool) -> str:
    if value is None:
        return ""
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value, whole)
    raise TypeError(f"column {name!r} of the book has a {type(value).__name__}; give text, numbers or days")


def _float(value: float, whole: bool) -> str:
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    return str(int(value)) if whole else format(Decimal(repr(value)), "f")


def _moment(value: datetime.datetime, _whole: bool) -> str:
    midnight = value.time() == datetime.time()
    return value.date().isoformat() if midnight else value.isoformat(sep=" ")


_WRITERS: list[tuple[type, Callable[[Any, bool], str]]] = [
    (str, lambda value, _: value),
    (bool, lambda value, _: "true" if value else "false"),
    (int, lambda value, _: str(value)),
    (float, _float),
    (Decimal, lambda value, _: format(value, "f")),
    (datetime.datetime, _moment),
    (datetime.date, lambda value, _: value.isoformat()),
]
