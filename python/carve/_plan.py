"""The answer: who has which account, how good that is, and what was proved."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any, NamedTuple

from carve._errors import Finding, Infeasible, NoPlanFound, findings_of
from carve._program import Request, in_python, write_answer
from carve._tables import as_html, as_text, part, table
from carve.v1 import column_pb2, plan_pb2, run_pb2

# A report that is larger than this is not put into a notebook.
SHOWN_BYTES_MAX = 8 << 20
# Territories that a summary lists.
LISTED_MAX = 50


class Termination(NamedTuple):
    """How the work ended: OPTIMAL, WITHIN_GAP, FEASIBLE, INFEASIBLE or NO_PLAN_FOUND; which limit ended it, or none."""

    reason: str
    limit: str
    detail: str


@dataclass(frozen=True)
class Summary:
    """What a plan is, in a sentence and two tables."""

    sentence: str
    tiers: dict[str, list[str]]
    territories: dict[str, list[str]]
    omitted: int

    def __str__(self) -> str:
        more = [f"and {self.omitted} more"] if self.omitted else []
        tables = [as_text(t) for t in (self.tiers, self.territories) if any(t.values())]
        return "\n\n".join([self.sentence, *tables, *more])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        tables = [(self.tiers, "What was reached and proved"), (self.territories, "Territories")]
        html = "".join(as_html(t, caption) for t, caption in tables if any(t.values()))
        more = f"<p>and {self.omitted} more</p>" if self.omitted else ""
        return f"<p>{escape(self.sentence)}</p>{html}{more}"


class Plan:
    """A plan, or the answer that there is none: then `ok` is False, `termination` says why, and all tables are empty."""

    def __init__(
        self,
        message: plan_pb2.Plan,
        request: Request,
        run: run_pb2.Run | None = None,
        whole: Callable[[], plan_pb2.Plan] | None = None,
        steps: Sequence[run_pb2.RunProgress] = (),
    ) -> None:
        self._message = message
        self._whole = whole
        self.request = request
        self.run = run or run_pb2.Run()
        # How the search went, step by step, as far as it was told of: the report draws it.
        self.steps = list(steps)

    def __getstate__(self) -> dict[str, Any]:
        return {
            "message": self.whole.SerializeToString(),
            "request": self.request,
            "run": self.run.SerializeToString(),
            "steps": [step.SerializeToString() for step in self.steps],
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        message, run = plan_pb2.Plan.FromString(state["message"]), run_pb2.Run.FromString(state["run"])
        steps = [run_pb2.RunProgress.FromString(step) for step in state["steps"]]
        self.__init__(message, state["request"], run, None, steps)  # type: ignore[misc]

    @property
    def message(self) -> plan_pb2.Plan:
        """The message carve.v1.Plan; of a book above 50,000 accounts without its certificate, which `whole` has."""
        return self._message

    @property
    def whole(self) -> plan_pb2.Plan:
        """The message carve.v1.Plan with its certificate."""
        if self._whole:
            self._message, self._whole = self._whole(), None
        return self._message

    @property
    def ok(self) -> bool:
        """Whether there is a plan."""
        return self.termination.reason in ("OPTIMAL", "WITHIN_GAP", "FEASIBLE")

    @property
    def termination(self) -> Termination:
        """How the work ended."""
        t = self._message.termination
        reason = plan_pb2.Termination.Reason.Name(t.reason).removeprefix("REASON_")
        limit = plan_pb2.Termination.Limit.Name(t.limit).removeprefix("LIMIT_")
        return Termination(reason, "" if limit == "UNSPECIFIED" else limit, t.detail)

    def raise_for_plan(self) -> Plan:
        """The plan itself; Infeasible or NoPlanFound where there is none."""
        if not self.ok:
            kind = Infeasible if self.termination.reason == "INFEASIBLE" else NoPlanFound
            raise kind(self.termination.detail or self._message.summary, self)
        return self

    @property
    def findings(self) -> list[Finding]:
        """What rides along: about the book as it was read, then about the solve."""
        found = findings_of(self.request.validation.findings, in_python(self.request.source, self.request.asked))
        known = {finding.code for finding in found}
        return found + [f for f in findings_of(self._message.findings, {}) if f.code not in known]

    @property
    def columns(self) -> Any:
        """How every column of the book was read, as a table."""
        read, meaning = self.request.validation.columns, column_pb2.Column.Meaning
        return table(
            {
                "heading": [c.heading for c in read],
                "read_as": [meaning.Name(c.meaning).removeprefix("MEANING_").lower() for c in read],
                "name": [c.name for c in read],
                "unit": [c.unit for c in read],
                "values": [c.value_count for c in read],
                "empty": [c.empty_count for c in read],
                "unfit": [c.unfit_count for c in read],
                "balanced": [c.balanced_by_default for c in read],
                "detail": [c.detail for c in read],
            }
        )

    @property
    def summary(self) -> Summary:
        """Territories with their deviations, tiers with bound and gap: shown by print() and by notebooks."""
        tiers, territories = self._tiers(), [node for node in self._message.nodes if node.territory]
        said = {
            "tier": [str(tier) for tier in tiers["tier"]],
            "of": tiers["of"],
            "value": [f"{value:.6g}" for value in tiers["value"]],
            "bound": [f"{bound:.6g}" for bound in tiers["bound"]],
            "gap": [f"{gap * 100:.2f}%" for gap in tiers["gap"]],
        }
        shown = territories[:LISTED_MAX]
        listed = {"territory": [node.display_name or node.node_id for node in shown]}
        for at, measure in enumerate(self._message.measures):
            places = measure.decimals
            listed[measure.measure] = [f"{node.measures[at].amount / 10**places:,.{places}f}" for node in shown]
            if not measure.report_only:
                listed[f"{measure.measure} off"] = [part(node.measures[at].deviation) for node in shown]
        sentence = self._message.summary if self.ok else self.termination.detail or self._message.summary
        return Summary(sentence, said, listed, len(territories) - len(shown))

    @property
    def tiers(self) -> Any:
        """A row for each tier: value, bound, gap, limit, and the words for it."""
        return table(self._tiers())

    def _tiers(self) -> dict[str, list[Any]]:
        tiers = self._message.tiers
        return {
            "tier": list(range(1, len(tiers) + 1)),
            "of": [", ".join(c.criterion for c in tier.criteria) for tier in tiers],
            "value": [tier.value for tier in tiers],
            "bound": [tier.bound for tier in tiers],
            "gap": [tier.gap for tier in tiers],
            "limit": [tier.limit for tier in tiers],
            "summary": [tier.summary for tier in tiers],
        }

    @property
    def territories(self) -> Any:
        """A row for each territory: accounts that come and go, and for each measure amount, target and deviation. Amounts
        with decimals are floats here; `message` has them as whole numbers."""
        nodes = [node for node in self._message.nodes if node.territory]
        columns: dict[str, list[Any]] = {
            "node_id": [node.node_id for node in nodes],
            "name": [node.display_name or node.node_id for node in nodes],
            "parent_node_id": [node.parent_node_id for node in nodes],
            "share": [node.share for node in nodes],
            "moved_in": [node.moved_in for node in nodes],
            "moved_out": [node.moved_out for node in nodes],
            "mean_distance_km": [node.mean_distance_km for node in nodes],
        }
        for at, measure in enumerate(self._message.measures):
            unit = 10**measure.decimals
            amounts = [node.measures[at].amount for node in nodes]
            columns[measure.measure] = [a / unit for a in amounts] if measure.decimals else amounts
            columns[f"{measure.measure}_target"] = [node.measures[at].target / unit for node in nodes]
            columns[f"{measure.measure}_deviation"] = [node.measures[at].deviation for node in nodes]
        return table(columns)

    @property
    def assignments(self) -> Any:
        """A row for each account, in the order of the book: its territory, those above it, planned stages, owner, reason."""
        return table(self._assignments(self._message.assignments))

    @property
    def moves(self) -> Any:
        """The rows of `assignments` that leave their owner."""
        return table(self._assignments(a for a in self._message.assignments if a.moved))

    def _assignments(self, given: Iterable[plan_pb2.Assignment]) -> dict[str, list[Any]]:
        given = list(given)
        paths = self._paths()
        at = [paths.get(a.node_id, []) for a in given]
        leaves = [paths.get(a.leaf_node_id or a.node_id, []) for a in given]
        columns: dict[str, list[Any]] = {
            "account_id": [a.account_id for a in given],
            "node_id": [a.node_id for a in given],
        }
        for level in range(1, max((len(path) for path in at), default=1)):
            columns[f"level_{level}"] = [path[level - 1] if len(path) > level else "" for path in at]
        columns["current_owner"] = [a.current_owner for a in given]
        columns["moved"] = [a.moved for a in given]
        for stage in self._message.stages:
            last = [path[min(stage.level, len(path)) - 1] if path and stage.level else "" for path in leaves]
            columns[f"stage_{stage.count}"] = last
        code = plan_pb2.MoveReason.Code
        columns["reason"] = [
            code.Name(a.move_reason.code).removeprefix("CODE_").lower() if a.moved else "" for a in given
        ]
        columns["reason_detail"] = [a.move_reason.detail for a in given]
        return columns

    def _paths(self) -> dict[str, list[str]]:
        """The nodes from the first level down to each node, itself the last."""
        paths: dict[str, list[str]] = {}
        for node in self._message.nodes:
            above = paths.get(node.parent_node_id, [])
            paths[node.node_id] = [*above, node.node_id] if node.parent_node_id else []
        return paths

    def report(self, path: str | os.PathLike[str] = "report.html", *, anonymous: bool = False) -> Path:
        """Writes the report, one file that opens without a network, also where there is no plan; its path."""
        with tempfile.TemporaryDirectory(prefix="carve-") as folder:
            self.save(folder, "html", anonymous=anonymous)
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            shutil.move(str(Path(folder) / "report.html"), path)
        return Path(path)

    def save(
        self,
        folder: str | os.PathLike[str],
        formats: str | Iterable[str] = "csv,html,geojson",
        *,
        anonymous: bool = False,
    ) -> Path:
        """Writes the files that carve solve --out writes: plan.json, certificate.json, asked.yaml, and those of `formats`
        (csv, html, geojson, xlsx, salesforce, hubspot, or all; one text with commas, or a list)."""
        steps = [step.SerializeToString() for step in self.steps]
        named = formats if isinstance(formats, str) else ",".join(formats)
        write_answer(self.request, self.whole.SerializeToString(), steps, str(folder), named, anonymous)
        return Path(folder)

    def files(self, formats: str | Iterable[str]) -> dict[str, bytes]:
        """The files of save() with their content."""
        with tempfile.TemporaryDirectory(prefix="carve-") as folder:
            self.save(folder, formats)
            paths = [path for path in Path(folder).rglob("*") if path.is_file()]
            return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}

    def __repr__(self) -> str:
        return f"<carve.Plan {self.termination.reason}: {self.summary.sentence}>"

    def _repr_html_(self) -> str:
        html = self.summary._repr_html_()
        report = self.files("html")["report.html"].decode()
        if len(report) > SHOWN_BYTES_MAX:
            return f"{html}<p>The report has {len(report) >> 20} MiB: plan.report('report.html') writes it.</p>"
        style = "width:100%;height:720px;border:1px solid #888"
        return f'{html}<iframe title="Report" style="{style}" srcdoc="{escape(report)}"></iframe>'
