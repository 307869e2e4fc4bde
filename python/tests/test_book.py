"""Books in every form are read alike, and exactly."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import carve
from carve._book import columns_of, csv_text, source_of
from conftest import AMER, table


def text(columns: dict[str, list[Any]]) -> str:
    return csv_text(columns)[0].decode()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, ""),
        (float("nan"), ""),
        (Decimal("NaN"), ""),
        (pd.NA, ""),
        (pd.NaT, ""),
        ("02139", "02139"),
        (True, "true"),
        (2**53 + 1, "9007199254740993"),
        (Decimal("9007199254740993.07"), "9007199254740993.07"),
        (1250.5, "1250.5"),
        (1e-7, "0.0000001"),
        (0.1, "0.1"),
        (float("inf"), "inf"),
        (datetime.date(2026, 1, 31), "2026-01-31"),
        (pd.Timestamp("2026-01-31"), "2026-01-31"),
        (datetime.datetime(2026, 1, 31, 9, 30), "2026-01-31 09:30:00"),
    ],
)
def test_a_value_is_written_in_full(value: Any, written: str) -> None:
    assert text({"x": ["first", value]}) == f"x\nfirst\n{written}\n".replace("\n\n", '\n""\n')


def test_numbers_that_gaps_made_floats_are_whole_again() -> None:
    frame = pd.DataFrame({"postal_code": [2139, None], "arr": [1.5, None], "open_pipeline": [1e15, 2.0]})
    assert text(columns_of(frame)) == "postal_code,arr,open_pipeline\n2139,1.5,1000000000000000\n,,2\n"


def test_what_is_no_value_is_refused_by_its_column() -> None:
    with pytest.raises(TypeError, match="column 'tags' of the book has a list"):
        csv_text({"tags": [["a"]]})


def test_columns_of_different_lengths_and_names_that_are_there_twice_are_refused() -> None:
    with pytest.raises(ValueError, match="not equally long"):
        columns_of({"account_id": ["a", "b"], "name": ["Ann"]})
    with pytest.raises(ValueError, match="two columns of one name: x"):
        columns_of(pd.DataFrame([[1, 2]], columns=["x", "x"]))


def test_every_form_of_a_book_is_the_same_book(client: carve.Client) -> None:
    path = AMER / "accounts.csv"
    frame = pd.read_csv(path)
    forms: list[Any] = [
        path,
        str(path),
        frame,
        frame.set_index("account_id"),
        frame.convert_dtypes(),
        pl.read_csv(path),
        pl.scan_csv(path),
        pl.read_csv(path).to_arrow() if _has_pyarrow() else frame,
        table(path),
        frame.to_dict("list"),
    ]
    digests = {client.read(form, plan=AMER / "plan.yaml").book_digest for form in forms}
    assert len(digests) == 1


def _has_pyarrow() -> bool:
    try:
        import pyarrow  # type: ignore[import-not-found,unused-ignore]  # noqa: F401
    except ImportError:
        return False
    return True


def test_decimals_reach_the_server_exactly(client: carve.Client) -> None:
    rows = [
        {"account_id": "a", "arr": Decimal("90071992547409.91")},
        {"account_id": "b", "arr": Decimal("0.07")},
    ]
    request = client.read(rows, seats=2, measures=["arr"])
    whole = request.whole
    assert [account.measures["arr"] for account in whole.accounts] == [9007199254740991, 7]
    assert [(m.measure, m.decimals) for m in whole.measures if m.measure == "arr"] == [("arr", 2)]


def test_a_fraction_of_three_places_is_no_thousand(client: carve.Client) -> None:
    request = client.read({"account_id": ["a", "b"], "arr": [1.234, 5.678]}, seats=2, measures=["arr"])
    assert [account.measures["arr"] for account in request.whole.accounts] == [1234, 5678]
    assert request.whole.measures[0].decimals == 3


def test_what_is_not_known_is_left_out(client: carve.Client) -> None:
    rows = [
        {"account_id": "a", "latitude": 1.5, "longitude": 2.5, "open_pipeline": 3, "current_owner": "x"},
        {"account_id": "b", "latitude": float("nan"), "longitude": None, "open_pipeline": None, "current_owner": None},
    ]
    first, second = client.read(rows, seats=2).whole.accounts
    assert (first.place.latitude, first.place.longitude, first.current_owner) == (1.5, 2.5, "x")
    assert not second.HasField("place") and not second.measures and not second.current_owner


def test_a_path_is_absolute_and_is_read_by_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "book.csv").write_text("Account ID;ARR\na;1.000,50\nb;2.000,25\n")
    monkeypatch.chdir(tmp_path)
    assert source_of("book.csv").path == str(tmp_path / "book.csv")
    told = carve.validate("book.csv", seats=2)
    assert [(c.heading, c.name, c.decimals) for c in told.columns] == [("Account ID", "account_id", 0), ("ARR", "arr", 2)]


def test_a_comma_is_the_mark_of_numbers_too(client: carve.Client) -> None:
    columns = {
        "account_id": ["a", "b"],
        "arr": [1250.5, 0.25],
        "acv": ["1.250,50", "2,00"],
        "mrr": [Decimal("1000.5"), 3],
        "latitude": [40.5, -1.25],
        "longitude": [-70.25, 2.5],
    }
    request = client.read(columns, seats=2, decimal_mark="comma", measures=["arr", "acv", "mrr"])
    first, second = request.whole.accounts
    assert (dict(first.measures), dict(second.measures)) == (
        {"arr": 125050, "acv": 125050, "mrr": 10005},
        {"arr": 25, "acv": 200, "mrr": 30},
    )
    assert (first.place.latitude, second.place.longitude) == (40.5, 2.5)
    numbers = {name: columns[name] for name in ("account_id", "arr", "latitude", "longitude")}
    digests = {client.read(numbers, seats=2, decimal_mark=mark).book_digest for mark in ("comma", "point")}
    assert digests == {client.read(numbers, seats=2).book_digest}


def test_the_mark_of_an_uploaded_book_is_that_of_its_plans(client: carve.Client) -> None:
    columns = {"account_id": ["a", "b"], "arr": [1250.5, 1250.25]}
    book = client.upload(columns, decimal_mark="comma")
    assert book.solve(seats=2, measures=["arr"], progress=False).ok
    assert book.solve(seats=2, decimal_mark="comma", measures=["arr"], progress=False).ok
    with pytest.raises(carve.InvalidRequest, match="were written for the mark comma: say point where it is uploaded"):
        book.solve(seats=2, decimal_mark="point", progress=False)


def test_moments_of_numpy_are_days() -> None:
    moments = [np.datetime64("2026-01-31T00:00:00.000000000"), np.datetime64("NaT"), np.datetime64("2026-02-01")]
    assert text({"x": ["a", *moments]}) == 'x\na\n2026-01-31\n""\n2026-02-01\n'


def test_faults_of_a_table_name_its_rows() -> None:
    rows = [
        {"account_id": "a", "name": "of two\nlines, line 2", "arr": "1.5"},
        {"account_id": "b", "name": None, "arr": "line 4"},
        {"account_id": "c", "name": None, "arr": "2.5"},
        {"account_id": "c", "name": None, "arr": "soon"},
    ]
    with pytest.raises(carve.InvalidRequest) as caught:
        carve.validate(rows, seats=2, measures=["arr"])
    told = {finding.code: finding.message for finding in caught.value.findings}
    assert 'row 1 "line 4"' in told["number_syntax"] and 'row 3 "soon"' in told["number_syntax"]
    assert not any(re.search(r'\blines? \d', message.replace('"line 4"', "")) for message in told.values())


def test_all_faults_of_a_table_come_at_once_and_say_where() -> None:
    rows = [{"account_id": "a", "latitude": 91, "longitude": 0}, {"account_id": "a", "latitude": 1, "longitude": 200}]
    with pytest.raises(carve.InvalidRequest) as caught:
        carve.validate(rows, seats=2)
    codes = {finding.code for finding in caught.value.findings if finding.severity == "error"}
    assert "account_id_duplicate" in codes and len(codes) >= 2
    assert all(not finding.file and not finding.line for finding in caught.value.findings)
    assert "accounts[1].account_id" in str(caught.value)
