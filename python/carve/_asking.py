"""What can be asked of a book and of a plan: score, comparison, and why."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from carve._book import BookLike, columns_of
from carve._errors import InvalidRequest, Finding
from carve._plan import Plan
from carve._program import Request
from carve._tables import table
from carve._wishes import Wishes, seconds
from carve.v1 import comparison_pb2, explanation_pb2, plan_pb2, service_pb2, standing_pb2

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from carve.v1.service_pb2_grpc import CarveServiceStub

M = TypeVar("M")

# Bytes of a message that a server takes; of a larger book only the command line can be asked.
MESSAGE_BYTES_MAX = 64 << 20
# Seconds that an answer may take beside the time that was given for the work.
BESIDE_S = 60.0
# Seconds that repairs, and conflicts, are looked for where nothing is said.
REPAIR_S = 5.0
CONFLICT_S = 10.0

# A list of who is to have which account: a plan, or a table with account_id and node_id.
Assignments = Union[Plan, BookLike]
# One of the books to compare: "today", a plan or another list, or the wishes of a plan that is solved now.
Case = Union[str, Plan, Wishes, BookLike]


@dataclass(frozen=True)
class Explanation(Generic[M]):
    """Why, in words (print it), as a table, and as the message that the server answered with."""

    message: M
    lines: tuple[str, ...]
    table: Any

    def __str__(self) -> str:
        return "\n".join(self.lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self.lines)


@dataclass(frozen=True)
class Evaluation:
    """A book as somebody divided it, in the words of a plan. `plan` is None of today's book."""

    standing: standing_pb2.Standing
    plan: plan_pb2.Plan | None

    @property
    def tiers(self) -> Any:
        """A row for each tier; a value that is not defined is None."""
        tiers = self.standing.tiers
        return table(
            {
                "tier": list(range(1, len(tiers) + 1)),
                "of": [", ".join(c.criterion for c in tier.criteria) for tier in tiers],
                "value": [tier.value if tier.HasField("value") else None for tier in tiers],
                "summary": [tier.summary for tier in tiers],
            }
        )

    def __str__(self) -> str:
        return "\n".join([self.standing.summary, *(tier.summary for tier in self.standing.tiers), *self.standing.broken])

    __repr__ = __str__


@dataclass(frozen=True)
class Comparison:
    """Books side by side, all scored by the same tiers. Less is better."""

    message: comparison_pb2.Comparison

    @property
    def table(self) -> Any:
        """A row for each thing they are compared in, a column for each book."""
        compared, aspect = self.message.compared, comparison_pb2.Compared.Aspect
        columns: dict[str, list[Any]] = {
            "aspect": [aspect.Name(c.aspect).removeprefix("ASPECT_").lower() for c in compared],
            "of": [self._of(c) for c in compared],
        }
        for at, book in enumerate(self.message.books):
            values = [c.values[at] if at < len(c.values) else comparison_pb2.ComparedValue() for c in compared]
            columns[book.name] = [v.value if v.HasField("value") else None for v in values]
        columns["best"] = [", ".join(self.message.books[b].name for b in c.best) for c in compared]
        return table(columns)

    def _of(self, compared: comparison_pb2.Compared) -> str:
        aspect = comparison_pb2.Compared
        if compared.aspect not in (aspect.ASPECT_TIER, aspect.ASPECT_CRITERION):
            return ""
        standing = next((b.standing for b in self.message.books if b.HasField("standing")), None)
        if standing is None or compared.tier >= len(standing.tiers):
            return f"tier {compared.tier + 1}"
        criteria = standing.tiers[compared.tier].criteria
        one = compared.aspect == aspect.ASPECT_CRITERION
        names = [criteria[compared.criterion].criterion] if one else [c.criterion for c in criteria]
        return f"tier {compared.tier + 1}: {', '.join(names)}"

    def __repr__(self) -> str:
        return str(self.table)

    def _repr_html_(self) -> str:
        shown = self.table
        html = getattr(shown, "_repr_html_", None)
        return str(html()) if html else f"<pre>{escape(str(shown))}</pre>"


class Asking:
    """The questions that a client asks."""

    stub: CarveServiceStub
    read: Callable[..., Request]
    call: Callable[..., Any]

    def validate(self, book: BookLike, **wishes: Unpack[Wishes]) -> service_pb2.ValidateResponse:
        """How the book is read, with all findings; InvalidRequest where it has errors. Nothing is solved."""
        return self.read(book, **wishes).validation

    def evaluate(
        self, book: BookLike, assignments: Assignments | None = None, **wishes: Unpack[Wishes]
    ) -> Evaluation:
        """Scores who is to have which account; without assignments today's book."""
        message = service_pb2.EvaluatePlanRequest(solve_request=_whole(self.read(book, **wishes)))
        message.todays_book = assignments is None
        message.assignments.extend(_assignments(assignments))
        if isinstance(assignments, Plan):
            message.anchors.extend(_anchors(assignments))
        answer = self.call(self.stub.EvaluatePlan, message, BESIDE_S)
        return Evaluation(answer.standing, answer.plan if answer.HasField("plan") else None)

    def compare(self, book: BookLike, cases: Mapping[str, Case], **wishes: Unpack[Wishes]) -> Comparison:
        """Holds 2 to 16 books of the same accounts side by side: "today", plans, lists, and wishes that are solved now. The
        wishes beside them score all: their tiers, and for lists their seats and rules."""
        request = self.read(book, **wishes)
        message = service_pb2.ComparePlansRequest(solve_request=_whole(request))
        longest = 0.0
        for name, case in cases.items():
            one = message.cases.add(name=name)
            if isinstance(case, str) and case == "today":
                one.todays_book.SetInParent()
            elif isinstance(case, Mapping) and case.keys() <= Wishes.__annotations__.keys():
                own: dict[str, Any] = {**wishes, **case}
                read = self.read(book, **own)
                _same_book(name, read, request)
                one.solve_request.CopyFrom(read.without_accounts)
                longest = max(longest, read.asked.time_limit_s or 300.0)
            else:
                one.assignments.assignments.extend(_assignments(case))
                if isinstance(case, Plan):
                    one.assignments.anchors.extend(_anchors(case))
        return Comparison(self.call(self.stub.ComparePlans, message, longest + BESIDE_S).comparison)

    def explain_account(
        self, plan: Plan, account_id: str, *, to: Sequence[str] = (), time_limit: float | str = REPAIR_S
    ) -> Explanation[explanation_pb2.AccountExplanation]:
        """Why an account is where it is, what it does elsewhere, and what else would have to move."""
        limit = seconds(time_limit) or REPAIR_S
        message = service_pb2.ExplainAccountRequest(
            solve_request=_whole(plan.request), plan=plan.raise_for_plan().whole, account_id=account_id, territory_ids=to
        )
        message.time_limit.FromTimedelta(_delta(limit))
        found = self.call(self.stub.ExplainAccount, message, limit + BESIDE_S).account
        there = [f"{e.territory_id}: {e.summary}" for e in found.elsewhere]
        elsewhere = {
            "territory_id": [e.territory_id for e in found.elsewhere],
            "shut_by": [", ".join(e.shut_by_rule_ids) for e in found.elsewhere],
            "also_move": [len(e.repair.moves) if e.HasField("repair") else None for e in found.elsewhere],
            "summary": [e.summary for e in found.elsewhere],
        }
        return Explanation(found, (f"{found.account_id} is with {found.territory_id}. {found.why}", *there), table(elsewhere))

    def explain_rules(
        self, plan: Plan, rule_id: str = "", *, time_limit: float | str | None = None
    ) -> Explanation[explanation_pb2.RulesExplanation]:
        """What the rules of a plan cost: estimates at once, exact with a time limit."""
        message = service_pb2.ExplainRulesRequest(
            solve_request=_whole(plan.request), plan=plan.raise_for_plan().whole, rule_id=rule_id
        )
        limit = seconds(time_limit)
        if limit is not None:
            message.time_limit.FromTimedelta(_delta(limit))
        found = self.call(self.stub.ExplainRules, message, (limit or 0.0) + BESIDE_S).rules
        costs = [(rule, tier) for rule in found.rules for tier in rule.tiers]
        columns = {
            "rule_id": [rule.rule_id for rule, _ in costs],
            "tier": [tier.tier + 1 for _, tier in costs],
            "of": [tier.name for _, tier in costs],
            "value": [tier.value for _, tier in costs],
            "cost_estimate": [tier.estimate.cost for _, tier in costs],
            "cost_exact": [tier.exact.cost if tier.HasField("exact") else None for _, tier in costs],
        }
        return Explanation(found, tuple(f"{rule.rule_id}: {rule.summary}" for rule in found.rules), table(columns))

    def explain_infeasible(
        self, book: BookLike | Plan, *, time_limit: float | str = CONFLICT_S, **wishes: Any
    ) -> Explanation[explanation_pb2.InfeasibilityExplanation]:
        """Why a request has no plan, and every change that would make one."""
        request = book.request if isinstance(book, Plan) else self.read(book, **wishes)
        limit = seconds(time_limit) or CONFLICT_S
        message = service_pb2.ExplainInfeasibleRequest(solve_request=_whole(request))
        message.time_limit.FromTimedelta(_delta(limit))
        found = self.call(self.stub.ExplainInfeasible, message, limit + BESIDE_S).infeasibility
        verdicts = {
            explanation_pb2.InfeasibilityExplanation.VERDICT_FEASIBLE: "there is a plan",
            explanation_pb2.InfeasibilityExplanation.VERDICT_UNDECIDED: "neither a plan nor a proof was found in time",
        }
        said = found.conflict.detail or verdicts.get(found.verdict, "")
        repairs = {
            "change": [r.words for r in found.repairs],
            "rule_ids": [", ".join(r.rule_ids) for r in found.repairs],
            "from": [getattr(r, "from") for r in found.repairs],
            "to": [r.to for r in found.repairs],
            "least": [r.least for r in found.repairs],
        }
        return Explanation(found, (said, *(r.words for r in found.repairs)), table(repairs))


def _whole(request: Request) -> service_pb2.SolveRequest:
    if request.byte_count > MESSAGE_BYTES_MAX:
        text = (
            f"the book has {request.byte_count >> 20} MiB and a call takes {MESSAGE_BYTES_MAX >> 20}: ask the command line, "
            "carve evaluate, compare or explain"
        )
        raise InvalidRequest([Finding("accounts_too_many", "error", "accounts", text)])
    return request.whole


def _same_book(name: str, read: Request, request: Request) -> None:
    """Cases are of the accounts that stand beside them. What a case reads of them more could not be sent."""
    if read.book_digest != request.book_digest:
        text = (
            f"case {name!r} reads the book in another way than the others, by its measures: name all measures "
            "in the wishes beside the cases too"
        )
        raise InvalidRequest([Finding("comparison_invalid", "error", "cases", text)])


def _assignments(given: Any) -> list[plan_pb2.Assignment]:
    if given is None:
        return []
    if isinstance(given, Plan):
        return list(given.message.assignments)
    columns = columns_of(given)
    missing = {"account_id", "node_id"} - columns.keys()
    if missing:
        raise ValueError(f"assignments want account_id and node_id; there is no {', '.join(sorted(missing))}")
    stages = [name for name in columns if name.startswith("stage_")]
    leaves = columns[stages[-1]] if stages else [""] * len(columns["node_id"])
    lines = zip(columns["account_id"], columns["node_id"], leaves)
    return [plan_pb2.Assignment(account_id=str(a), node_id=str(n), leaf_node_id=str(leaf)) for a, n, leaf in lines]


def _anchors(plan: Plan) -> list[service_pb2.LeafAnchor]:
    """The anchors of its leaves; others only count where a level has a weight, and are then its nodes' centres."""
    above = {node.parent_node_id for node in plan.message.nodes}
    nodes = (node for node in plan.message.nodes if node.HasField("anchor") and node.node_id not in above)
    return [service_pb2.LeafAnchor(node_id=node.node_id, anchor=node.anchor) for node in nodes]


def _delta(limit_s: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=limit_s)
