"""carve divides a book of sales accounts among sellers and proves how good the plan is.

    import carve
    plan = carve.solve("accounts.csv", seats=17, time_limit="30s")
    print(plan.summary)
    plan.report("report.html")

The program is in this package. `solve` and the other functions start it once for this process, on a free port of this
machine; `connect` speaks to a server, and has the same methods.
"""

from __future__ import annotations

from carve._asking import Comparison, Evaluation, Explanation
from carve._client import Book, Client
from carve._default import compare, connect, evaluate, explain, local, solve, upload, validate
from carve._errors import (
    Busy,
    CarveError,
    EngineError,
    Finding,
    Infeasible,
    InvalidRequest,
    NoPlan,
    NoPlanFound,
    NotFound,
)
from carve._map import Interrupted, Job, map
from carve._plan import Plan, Summary, Termination
from carve._program import program
from carve._wishes import Wishes

__all__ = [
    "Book",
    "Busy",
    "CarveError",
    "Client",
    "Comparison",
    "EngineError",
    "Evaluation",
    "Explanation",
    "Finding",
    "Infeasible",
    "Interrupted",
    "InvalidRequest",
    "Job",
    "NoPlan",
    "NoPlanFound",
    "NotFound",
    "Plan",
    "Summary",
    "Termination",
    "Wishes",
    "compare",
    "connect",
    "evaluate",
    "explain",
    "local",
    "map",
    "program",
    "solve",
    "upload",
    "validate",
]
