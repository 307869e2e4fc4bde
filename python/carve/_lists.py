"""Lists of who is to have which account: a plan, a table, a file, or the folder of an answer."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from carve._book import BookLike, columns_of, csv_text, texts_of
from carve._errors import Finding, InvalidRequest
from carve._plan import Plan
from carve._program import Source
from carve.v1 import plan_pb2

# A plan, or a list that somebody made: a table, its file, or the folder that a plan was saved in.
Assignments = Union[Plan, BookLike]

# Headings of the accounts and of those who have them, in letters and digits alone; the first that is there is meant. A test holds
# HOLDERS to the list of the program.
ACCOUNTS = ("accountid", "id", "recordid", "accountid18", "companyid")
HOLDERS = (
    "nodeid",
    "territory",
    "territoryid",
    "territoryname",
    "newowner",
    "newownerid",
    "newterritory",
    "seat",
    "seatid",
    "seller",
    "rep",
    "ownerid",
    "owner",
    "accountowner",
    "ownername",
    "hubspotownerid",
    "currentowner",
)
# The list that a saved plan has.
OF_ANSWER = "assignments.csv"
# Accounts that are named of many.
SHOWN = 3


@dataclass(frozen=True)
class Listed:
    """A list as it was given: for each row the account, who has it (empty: nobody), and the leaf that planned stages name."""

    accounts: list[str]
    holders: list[str]
    leaves: list[str]

    @property
    def with_nobody(self) -> list[str]:
        """The accounts that nobody has."""
        return [account for account, holder in zip(self.accounts, self.holders) if not holder]

    def assignments(self) -> list[plan_pb2.Assignment]:
        lines = zip(self.accounts, self.holders, self.leaves)
        return [plan_pb2.Assignment(account_id=a, node_id=n, leaf_node_id=leaf) for a, n, leaf in lines]

    def refuse_nobody(self, where: str) -> None:
        """InvalidRequest where the list leaves accounts with nobody, and each is to be with somebody."""
        nobody = self.with_nobody
        if nobody:
            many = f"{len(nobody)} of {len(self.accounts)} accounts in the list ({_first(nobody)})"
            text = f"nobody has {many}; give each a territory"
            raise InvalidRequest([Finding("assignment_invalid", "error", where, text)])


def refuse_others(assignments: Iterable[plan_pb2.Assignment], book: Iterable[str], where: str) -> None:
    """InvalidRequest where a list is not of the accounts of a book: each is to be in it, and no other."""
    given = [assignment.account_id for assignment in assignments]
    known, expected = set(given), list(book)
    lacks = [account for account in expected if account not in known]
    strange = sorted(known.difference(expected))
    told = [f"{len(lacks)} of {len(expected)} accounts of the book are not in it ({_first(lacks)})"] if lacks else []
    told += [f"{len(strange)} of its {len(given)} accounts are not in the book ({_first(strange)})"] if strange else []
    if told:
        text = f"the list is of other accounts than the book: {', and '.join(told)}"
        raise InvalidRequest([Finding("assignment_invalid", "error", where, text)])


def _first(accounts: Sequence[str]) -> str:
    return ", ".join(repr(account) for account in accounts[:SHOWN]) + (", ..." if len(accounts) > SHOWN else "")


def is_list(columns: Any) -> bool:
    """Whether these headings are those of a list."""
    names = {_letters(name) for name in columns}
    return not names.isdisjoint(ACCOUNTS) and not names.isdisjoint(HOLDERS)


def file_of(given: Any) -> Path | None:
    """The file of a list that is given by its path, or by the folder of an answer; None: it is no path."""
    if not isinstance(given, (str, os.PathLike)):
        return None
    path = Path(given).expanduser()
    path = path / OF_ANSWER if path.is_dir() else path
    if not path.is_file():
        text = f"there is no file {str(path)!r} with a list of who is to have which account"
        raise InvalidRequest([Finding("file_unreadable", "error", "assignments", text)])
    return path


def listed(given: Any, where: str) -> Listed:
    """A list of assignments that is a table, or a file of CSV."""
    file = file_of(given)
    columns = _read(file, where) if file else columns_of(given)
    named: dict[str, str] = {}
    for name in columns:
        named.setdefault(_letters(name), name)
    account, holder = (next((named[one] for one in some if one in named), None) for some in (ACCOUNTS, HOLDERS))
    if account is None or holder is None:
        lacks = "account_id" if account is None else "node_id"
        text = f"the list has no column {lacks}, only {', '.join(columns)}; it wants account_id, and node_id (or owner)"
        raise InvalidRequest([Finding("column_missing", "error", where, text)])
    stages = [name for name in columns if name.startswith("stage_")]
    accounts, holders = texts_of(account, columns[account]), texts_of(holder, columns[holder])
    leaves = texts_of(stages[-1], columns[stages[-1]]) if stages else [""] * len(holders)
    kept = [at for at, name in enumerate(accounts) if name.strip()]
    return Listed(*([texts[at].strip() for at in kept] for texts in (accounts, holders, leaves)))


def source_of_list(given: Any) -> Source:
    """The list as the program reads it: a file, or the text of a table."""
    file = file_of(given)
    if file:
        return Source(path=str(file.absolute()))
    return Source(table=csv_text(columns_of(given))[0])


def _read(path: Path, where: str) -> dict[str, list[Any]]:
    """The columns of a file of CSV."""
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            first, *rows = list(csv.reader(file)) or [[]]
    except (UnicodeDecodeError, csv.Error) as error:
        text = f"{path} is no CSV in UTF-8 ({error}); give a table, or export it anew"
        raise InvalidRequest([Finding("file_syntax", "error", where, text)]) from error
    return {name: [row[at] if at < len(row) else "" for row in rows] for at, name in enumerate(first)}


def _letters(name: Any) -> str:
    return "".join(c for c in str(name).lower() if c.isalnum())
