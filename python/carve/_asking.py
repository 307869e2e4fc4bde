"""What can be asked of a book and of a plan: score, comparison, and why."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Any, Generic, TypeVar, Union

from google.protobuf import json_format

from carve._book import BookLike, texts_of
from carve._errors import Finding, InvalidRequest, needs_split
from carve._lists import Assignments, file_of, is_list, listed, refuse_others, source_of_list
from carve._plan import Plan
from carve._program import Request, evaluate_list
from carve._tables import as_html, as_text, table
from carve._wishes import TimeLimit, Wishes, refuse_unknown, refuse_without_plan, seconds
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
# Faults of a list that the server does not take, and the program may: it reads more headings, kinds of files and names.
_OF_LISTS = {"assignment_invalid", "column_missing", "file_syntax"}

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
    """A book as somebody divided it, in the words of a plan. `plan` is None of today's book, and of a list that is no plan:
    one that leaves accounts with nobody, say."""

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

    def _lines(self) -> list[str]:
        return [self.standing.summary, *(tier.summary for tier in self.standing.tiers), *self.standing.broken]

    def __str__(self) -> str:
        return "\n".join(self._lines())

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return "".join(f"<p>{escape(line)}</p>" for line in self._lines())


@dataclass(frozen=True)
class Comparison:
    """Books side by side, all scored by the same tiers. Less is better. Printed, all columns are there, and of a book
    without a plan why it has none."""

    message: comparison_pb2.Comparison

    @property
    def table(self) -> Any:
        """A row for each thing they are compared in, a column for each book; None where it has no value, as a book without a
        plan has: `why` tells."""
        return table(self._columns())

    @property
    def why(self) -> dict[str, str]:
        """Of each book without a plan how its solve ended, and why."""
        told = {}
        for book in self.message.books:
            if not book.HasField("standing"):
                ended = book.plan.termination
                reason = plan_pb2.Termination.Reason.Name(ended.reason).removeprefix("REASON_")
                told[book.name] = ": ".join(filter(None, (reason, ended.detail or book.plan.summary)))
        return {**told, **{book.name: " ".join(book.reasons) for book in self.message.refused}}

    def _columns(self) -> dict[str, list[Any]]:
        compared, aspect = self.message.compared, comparison_pb2.Compared.Aspect
        columns: dict[str, list[Any]] = {
            "aspect": [aspect.Name(c.aspect).removeprefix("ASPECT_").lower() for c in compared],
            "of": [self._of(c) for c in compared],
        }
        for at, book in enumerate(self.message.books):
            values = [c.values[at] if at < len(c.values) else comparison_pb2.ComparedValue() for c in compared]
            columns[book.name] = [v.value if v.HasField("value") else None for v in values]
        columns["best"] = [", ".join(self.message.books[b].name for b in c.best) for c in compared]
        return columns

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

    def _texts(self) -> dict[str, list[str]]:
        return {name: [_shown(value) for value in values] for name, values in self._columns().items()}

    def _why_lines(self) -> list[str]:
        return [f"{name} has no plan: {why}" for name, why in self.why.items()]

    def __repr__(self) -> str:
        return "\n".join([as_text(self._texts()), *self._why_lines()])

    def _repr_html_(self) -> str:
        why = "".join(f"<p>{escape(line)}</p>" for line in self._why_lines())
        return as_html(self._texts(), "Less is better") + why


class Asking:
    """The questions that a client asks."""

    @property
    def stub(self) -> CarveServiceStub:
        raise NotImplementedError

    read: Callable[..., Request]
    call: Callable[..., Any]

    def validate(self, book: BookLike, **wishes: Unpack[Wishes]) -> service_pb2.ValidateResponse:
        """How the book is read, with all findings; InvalidRequest where it has errors. Nothing is solved."""
        return self.read(book, **wishes).validation

    def evaluate(
        self, book: BookLike, assignments: Assignments | None = None, **wishes: Unpack[Wishes]
    ) -> Evaluation:
        """Scores who is to have which account; without assignments today's book. A list is a plan, a table, its file, or the
        folder of a saved plan. One that is no plan, as it leaves accounts with nobody or names others than there are, is
        read and scored by the program here, as `carve evaluate --assignments` does."""
        request = self.read(book, **wishes)
        if assignments is None:
            message = service_pb2.EvaluatePlanRequest(solve_request=_whole(request), todays_book=True)
            return Evaluation(self.call(self.stub.EvaluatePlan, message, BESIDE_S).standing, None)
        if isinstance(assignments, Plan):
            refuse_without_plan(assignments, "assignments")
            return self._evaluated(request, list(assignments.message.assignments), _anchors(assignments))
        try:
            given = listed(assignments, "assignments")
            if not given.with_nobody:
                return self._evaluated(request, given.assignments(), [])
        except InvalidRequest as error:
            if not {finding.code for finding in error.findings} <= _OF_LISTS:
                raise
        standing = evaluate_list(request, source_of_list(assignments))
        return Evaluation(json_format.Parse(standing, standing_pb2.Standing()), None)

    def _evaluated(
        self,
        request: Request,
        assignments: list[plan_pb2.Assignment],
        anchors: list[service_pb2.LeafAnchor],
    ) -> Evaluation:
        whole = _whole(request)
        refuse_others(assignments, (account.account_id for account in whole.accounts), "assignments")
        message = service_pb2.EvaluatePlanRequest(solve_request=whole, assignments=assignments, anchors=anchors)
        answer = self.call(self.stub.EvaluatePlan, message, BESIDE_S)
        return Evaluation(answer.standing, answer.plan)

    def compare(self, book: BookLike, cases: Mapping[str, Case], **wishes: Unpack[Wishes]) -> Comparison:
        """Holds 2 to 16 books of the same accounts side by side: "today", plans, lists (as for `evaluate`, but each account
        has somebody), and wishes that are solved now. The wishes beside them score all: their tiers, and for lists their
        seats and rules. Where these name no seats and nobody owns an account, those of the first case with wishes do."""
        if not isinstance(cases, Mapping):
            raise TypeError(f"cases are books by their names, such as {{'today': 'today'}}, not {type(cases).__name__}")
        solved = {name: case for name, case in cases.items() if _is_wishes(name, case)}
        request = self._scoring(book, wishes, solved)
        message = service_pb2.ComparePlansRequest(solve_request=_whole(request))
        longest = 0.0
        for name, case in cases.items():
            one = message.cases.add(name=name)
            if isinstance(case, str) and case == "today":
                one.todays_book.SetInParent()
            elif name in solved:
                own: dict[str, Any] = {**wishes, **solved[name]}
                read = self.read(book, **own)
                _same_book(name, read, request)
                one.solve_request.CopyFrom(read.without_accounts)
                longest = max(longest, read.asked.time_limit_s or 300.0)
            else:
                given = _assignments(name, case)
                refuse_others(given, (account.account_id for account in message.solve_request.accounts), _where(name))
                one.assignments.assignments.extend(given)
                if isinstance(case, Plan):
                    one.assignments.anchors.extend(_anchors(case))
        return Comparison(self.call(self.stub.ComparePlans, message, longest + BESIDE_S).comparison)

    def _scoring(self, book: BookLike, wishes: Wishes, solved: Mapping[str, Any]) -> Request:
        """The request that scores all cases."""
        try:
            return self.read(book, **wishes)
        except InvalidRequest as error:
            if not needs_split(error) or not solved:
                raise
        first: dict[str, Any] = {**wishes, **next(iter(solved.values()))}
        return self.read(book, **first)

    def explain_account(
        self, plan: Plan, account_id: str | int, *, to: str | Sequence[str] = (), time_limit: TimeLimit = None
    ) -> Explanation[explanation_pb2.AccountExplanation]:
        """Why an account is where it is, what it does elsewhere, and what else would have to move: to these territories, or
        to its owner's and those that look cheapest. Repairs are looked for as long as the time limit, 5 s."""
        limit = seconds(time_limit, REPAIR_S)
        message = service_pb2.ExplainAccountRequest(
            solve_request=_whole(plan.request),
            plan=plan.raise_for_plan().whole,
            account_id=texts_of("account_id", [account_id])[0],
            territory_ids=[to] if isinstance(to, str) else to,
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
        self, plan: Plan, rule_id: str = "", *, time_limit: TimeLimit = None
    ) -> Explanation[explanation_pb2.RulesExplanation]:
        """What the rules of a plan cost, in the unit of each tier: estimates by the prices of its certificate at once, and
        with a time limit what solving without the rule came to, as far as the time reached. Neither is exact: the cost is
        proved to be no less than its `least` and no more than its `most`."""
        message = service_pb2.ExplainRulesRequest(
            solve_request=_whole(plan.request), plan=plan.raise_for_plan().whole, rule_id=rule_id
        )
        limit = seconds(time_limit, 0.0)
        if time_limit is not None:
            message.time_limit.FromTimedelta(_delta(limit))
        found = self.call(self.stub.ExplainRules, message, limit + BESIDE_S).rules
        costs = [(rule, tier) for rule in found.rules for tier in rule.tiers]
        columns: dict[str, list[Any]] = {
            "rule_id": [rule.rule_id for rule, _ in costs],
            "tier": [tier.tier + 1 for _, tier in costs],
            "of": [tier.name for _, tier in costs],
            "value": [tier.value for _, tier in costs],
        }
        for name, field in (("cost_estimate", "estimate"), ("cost_solved", "exact")):
            for suffix, end in (("", "cost"), ("_least", "least"), ("_most", "most")):
                columns[name + suffix] = [
                    getattr(getattr(tier, field), end) if tier.HasField(field) else None for _, tier in costs
                ]
        return Explanation(found, tuple(f"{rule.rule_id}: {rule.summary}" for rule in found.rules), table(columns))

    def explain_infeasible(
        self, book: BookLike | Plan, *, time_limit: TimeLimit = None, **wishes: Any
    ) -> Explanation[explanation_pb2.InfeasibilityExplanation]:
        """Why a request has no plan, and every change that would make one, as far as the time limit reaches: 10 s."""
        limit = seconds(time_limit, CONFLICT_S)
        request = book.request if isinstance(book, Plan) else self.read(book, **wishes)
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


def _is_wishes(name: str, case: Any) -> bool:
    """Whether a case is the wishes of a plan to be solved; TypeError where it is a dict of neither wishes nor a list."""
    if not isinstance(case, Mapping) or is_list(case):
        return False
    refuse_unknown(case, f"case {name!r}: ")
    return True


def _assignments(name: str, case: Any) -> list[plan_pb2.Assignment]:
    where = _where(name)
    if isinstance(case, Plan):
        refuse_without_plan(case, where)
        return list(case.message.assignments)
    try:
        file_of(case)
    except InvalidRequest as error:
        text = f'{case!r} is neither "today" nor a file with a list'
        raise InvalidRequest([Finding("comparison_invalid", "error", where, text)]) from error
    given = listed(case, where)
    given.refuse_nobody(where)
    return given.assignments()


def _where(name: str) -> str:
    return f"cases[{name!r}]"


def _shown(value: Any) -> str:
    """A cell of a comparison: a whole number in full, another to six digits, - where there is none."""
    if value is None:
        return "-"
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _anchors(plan: Plan) -> list[service_pb2.LeafAnchor]:
    """The anchors of its leaves; others only count where a level has a weight, and are then its nodes' centres."""
    above = {node.parent_node_id for node in plan.message.nodes}
    nodes = (node for node in plan.message.nodes if node.HasField("anchor") and node.node_id not in above)
    return [service_pb2.LeafAnchor(node_id=node.node_id, anchor=node.anchor) for node in nodes]


def _delta(limit_s: float) -> datetime.timedelta:
    return datetime.timedelta(seconds=limit_s)
