"""Cost tiers by carve and by general solvers (HiGHS, CP-SAT, SCIP), on the same book under the same earlier limits.

    python3 benches/peers.py --carve target/release/carve --shapes owned,plain --sizes 1000 --seeds 1,2 --seconds 60

carve solves a generated book (or one's own: --book DIR with accounts.csv and plan.yaml of one level) within --carve-seconds.
Then, for each tier of costs, every solver gets the whole model in one piece: units whole, the bands with one excess a
measure, and the limits that carve's earlier tiers were held to, steps of balance included (`plan.json`). The solvers come
from PyPI (highspy, ortools, pyscipopt); one that is not there is left out. Told are values and bounds; the product needs none
of this.
"""

import argparse
import csv
import json
import math
import os
import subprocess
import tempfile
import time

import numpy as np
import yaml
from scipy.sparse import coo_matrix

EARTH_KM = 6371.0088


class Book:
    """A book of one level, read from its files."""

    def __init__(self, accounts, plan):
        self.rows = list(csv.DictReader(open(accounts, newline="")))
        self.plan = yaml.safe_load(open(plan))
        split = self.plan["split"]
        nodes = split["tree"]["children"] if "tree" in split else split["seats"]["seats"]
        self.ids = [node.get("node_id", node.get("seat_id")) for node in nodes]
        shares = np.array([float(node.get("share", node.get("capacity", 1) * node.get("ramp", 1))) for node in nodes])
        self.shares = shares / shares.sum()
        self.anchors = [node.get("anchor", node.get("home")) for node in nodes]

    def amounts(self, measure):
        if measure == "account_count":
            return np.ones(len(self.rows))
        return np.array([float(row[measure] or 0) for row in self.rows])

    def costs(self, criterion, anchors):
        """Accounts by buckets."""
        if "continuity" in criterion:
            amounts = self.amounts((criterion["continuity"] or {}).get("measure") or "account_count")
            own = np.array([self.ids.index(r["current_owner"]) if r.get("current_owner") in self.ids else -1 for r in self.rows])
            total = amounts[own >= 0].sum()
            costs = np.where(own[:, None] >= 0, amounts[:, None] / total, 0.0) * np.ones(len(self.ids))
            costs[own >= 0, own[own >= 0]] = 0.0
            return costs
        if "compactness" in criterion:
            squared = (criterion["compactness"] or {}).get("metric", "SQUARED_DISTANCE") != "DISTANCE"
            at = lambda rows: np.radians(np.array([[float(r["latitude"]), float(r["longitude"])] for r in rows]))
            a, b = at(self.rows), at(anchors)
            h = np.sin((a[:, None, 0] - b[None, :, 0]) / 2) ** 2 + np.cos(a[:, None, 0]) * np.cos(b[None, :, 0]) * np.sin(
                (a[:, None, 1] - b[None, :, 1]) / 2
            ) ** 2
            km = 2 * EARTH_KM * np.arcsin(np.sqrt(np.clip(h, 0, 1)))
            return (km**2 if squared else km) / len(self.rows)
        return None


class Model:
    """min cost, rows between limits; the first columns are whole."""

    def __init__(self):
        self.cost, self.lower, self.upper, self.whole = [], [], [], []
        self.entries, self.lo, self.hi = ([], [], []), [], []

    def column(self, cost, upper, whole):
        self.cost.append(cost), self.lower.append(0.0), self.upper.append(upper), self.whole.append(whole)
        return len(self.cost) - 1

    def row(self, columns, values, lo, hi):
        at = len(self.lo)
        for column, value in zip(columns, values):
            if value != 0:
                self.entries[0].append(at), self.entries[1].append(column), self.entries[2].append(value)
        self.lo.append(lo), self.hi.append(hi)


def model(book, tier, answer):
    """The tier's model under what the answer's earlier tiers were held to."""
    anchors = [next(n["anchor"] for n in answer["nodes"] if n["node_id"] == i) if any(
        "anchor" in n and n["node_id"] == i for n in answer["nodes"]) else book.anchors[k] for k, i in enumerate(book.ids)]
    n, k = len(book.rows), len(book.ids)
    tiers = book.plan["tiers"]
    costs = sum(float(c.get("weight", 1)) * book.costs(c, anchors) for c in tiers[tier]["criteria"])
    out = Model()
    for a in range(n):
        for b in range(k):
            out.column(costs[a, b], 1.0, True)
    for a in range(n):
        out.row(range(a * k, a * k + k), [1.0] * k, 1.0, 1.0)
    for t in range(tier):
        result = answer["tiers"][t]
        if "balance" not in tiers[t]["criteria"][0]:
            earlier = sum(float(c.get("weight", 1)) * book.costs(c, anchors) for c in tiers[t]["criteria"])
            out.row(range(n * k), earlier.ravel(), -math.inf, result["limit"] * (1 + 1e-12))
            continue
        excesses, weights = [], []
        for c in tiers[t]["criteria"]:
            amounts = book.amounts(c["balance"]["measure"])
            targets = amounts.sum() * book.shares
            tolerance = c["balance"].get("tolerance", 0.05)
            group = [out.column(0.0, math.inf if result["limit"] > 0 else 0.0, False) for _ in range(k)]
            for b in range(k):
                columns, scaled = list(range(b, n * k, k)), list(amounts / targets[b])
                out.row(columns + [group[b]], scaled + [-1.0], -math.inf, 1 + tolerance + 1e-12)
                out.row(columns + [group[b]], scaled + [1.0], 1 - tolerance - 1e-12, math.inf)
            excesses.append(group), weights.append(float(c["balance"].get("weight", 1)))
        if result["limit"] > 0:
            limits = [result["limit"]] + [step["limit"] for step in result.get("steps", [])]
            for j, limit in enumerate(limits, start=1):
                columns, values = [], []
                for group, weight in zip(excesses, weights):
                    level = out.column(0.0, math.inf, False)
                    columns.append(level), values.append(j * weight)
                    for excess in group:
                        above = out.column(0.0, math.inf, False)
                        out.row([excess, level, above], [1.0, -1.0, -1.0], -math.inf, 0.0)
                        columns.append(above), values.append(weight)
                out.row(columns, values, -math.inf, limit * (1 + 1e-12) + 1e-12)
    return out


def highs(model, seconds, threads):
    import highspy

    lp, columns, rows = highspy.HighsLp(), len(model.cost), len(model.lo)
    at = coo_matrix((model.entries[2], (model.entries[0], model.entries[1])), shape=(rows, columns)).tocsc()
    lp.num_col_, lp.num_row_ = columns, rows
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = np.array(model.cost), np.array(model.lower), np.array(model.upper)
    lp.row_lower_, lp.row_upper_ = np.array(model.lo), np.array(model.hi)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_, lp.a_matrix_.value_ = at.indptr, at.indices, at.data
    lp.integrality_ = [highspy.HighsVarType.kInteger if w else highspy.HighsVarType.kContinuous for w in model.whole]
    solver = highspy.Highs()
    for name, value in [("output_flag", False), ("time_limit", seconds), ("threads", threads), ("mip_rel_gap", 1e-5)]:
        solver.setOptionValue(name, value)
    solver.passModel(lp)
    solver.run()
    info = solver.getInfo()
    value = info.objective_function_value
    return value if math.isfinite(value) and info.primal_solution_status == 2 else None, info.mip_dual_bound


def cpsat(model, seconds, threads):
    """In whole numbers: what rounding loses is given to the rows, so its plans may break limits by some 1e-6 of a target."""
    from ortools.sat.python import cp_model

    unit = [1.0 if w else 2.0**-20 for w in model.whole]
    top = [1 if w else int((u if math.isfinite(u) else 100.0) * 2**20) for w, u in zip(model.whole, model.upper)]
    solver, stated = cp_model.CpSolver(), cp_model.CpModel()
    xs = [stated.new_int_var(0, t, "") for t in top]
    rows = [[] for _ in model.lo]
    for r, c, v in zip(*model.entries):
        rows[r].append((c, v * unit[c]))
    for entries, lo, hi in zip(rows, model.lo, model.hi):
        scale = 2.0 ** (31 - math.ceil(math.log2(max(abs(v / unit[c]) for c, v in entries))))
        whole = [round(v * scale) for _, v in entries]
        spare = sum(abs(v * scale - w) * top[c] + (0 if model.whole[c] else abs(w)) for (c, v), w in zip(entries, whole))
        exact = all(v == 1.0 for _, v in entries) and lo == hi
        reach = sum(abs(w) * top[c] for (c, _), w in zip(entries, whole))
        least = -reach if math.isinf(lo) else math.floor(lo * scale - spare)
        most = reach if math.isinf(hi) else math.ceil(hi * scale + spare)
        terms = cp_model.LinearExpr.weighted_sum([xs[c] for c, _ in entries], whole)
        stated.add_exactly_one([xs[c] for c, _ in entries]) if exact else stated.add_linear_constraint(terms, least, most)
    largest = max(model.cost) or 1.0
    whole = [round(c / largest * 1e9) for c in model.cost]
    stated.minimize(cp_model.LinearExpr.weighted_sum(xs, whole))
    solver.parameters.max_time_in_seconds, solver.parameters.num_workers = seconds, threads
    status = solver.solve(stated)
    if status == cp_model.MODEL_INVALID:
        raise ValueError(stated.validate())
    found = status in (cp_model.OPTIMAL, cp_model.FEASIBLE)
    value = sum(c * solver.value(x) for c, x in zip(model.cost, xs) if c) if found else None
    return value, solver.best_objective_bound * largest / 1e9


def scip(model, seconds, threads):
    from pyscipopt import Model as Scip, quicksum

    solver = Scip()
    solver.hideOutput()
    solver.setParam("limits/time", seconds)
    xs = [solver.addVar(vtype="B" if w else "C", lb=0, ub=None if math.isinf(u) else u, obj=c)
          for w, u, c in zip(model.whole, model.upper, model.cost)]
    rows = [[] for _ in model.lo]
    for r, c, v in zip(*model.entries):
        rows[r].append(v * xs[c])
    for entries, lo, hi in zip(rows, model.lo, model.hi):
        total = quicksum(entries)
        if math.isfinite(hi):
            solver.addCons(total <= hi)
        if math.isfinite(lo):
            solver.addCons(total >= lo)
    solver.optimize()
    return (solver.getObjVal() if solver.getNSols() else None), solver.getDualbound()


PEERS = {"highs": highs, "cpsat": cpsat, "scip": scip}


def carve(asked, accounts, plan, seconds, seed):
    with tempfile.TemporaryDirectory() as out:
        command = [asked.carve, "solve", accounts, "--plan", plan, "--out", f"{out}/answer", "--time-limit", f"{seconds}s"]
        started = time.time()
        subprocess.run(command + ["--work-limit", "0", "--seed", str(seed)], check=True, capture_output=True)
        return json.load(open(f"{out}/answer/plan.json")), time.time() - started


def shown(number):
    return "-" if number is None or not math.isfinite(number) else f"{number:.6g}" if number < 1000 else f"{number:.1f}"


def compare(asked, name, accounts, plan):
    answer, took = carve(asked, accounts, plan, asked.carve_seconds, 0)
    book = Book(accounts, plan)
    # Models of earlier tiers with their own limits; a tier's own value is what it was decided at.
    for t, tier in enumerate(book.plan["tiers"]):
        result = answer["tiers"][t]
        if "balance" in tier["criteria"][0]:
            print(f"| {name} | {t + 1} | carve | {took:.1f} | {shown(result['value'])} | {shown(result['bound'])} |", flush=True)
            continue
        decided = result["limit"] if t + 1 < len(book.plan["tiers"]) else result["value"]
        decided = (decided - tier.get("give_back_absolute", 0)) / (1 + tier.get("give_back", 0)) if t + 1 < len(book.plan["tiers"]) else decided
        print(f"| {name} | {t + 1} | carve | {took:.1f} | {shown(decided)} | {shown(result['bound'])} |", flush=True)
        stated = model(book, t, answer)
        for peer in asked.peers:
            started = time.time()
            try:
                value, bound = PEERS[peer](stated, asked.seconds, asked.threads)
            except ImportError:
                continue
            print(f"| {name} | {t + 1} | {peer} | {time.time() - started:.1f} | {shown(value)} | {shown(bound)} |", flush=True)


def main():
    of = lambda kind: lambda text: [kind(part) for part in text.split(",") if part]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--carve", default="target/release/carve", help="the program")
    parser.add_argument("--book", action="append", default=[], help="a folder with accounts.csv and plan.yaml, instead of generated books")
    parser.add_argument("--shapes", type=of(str), default=["plain", "crm", "whales", "owned"])
    parser.add_argument("--sizes", type=of(int), default=[1000])
    parser.add_argument("--seeds", type=of(int), default=[1])
    parser.add_argument("--peers", type=of(str), default=list(PEERS))
    parser.add_argument("--seconds", type=float, default=60, help="of each peer for each tier")
    parser.add_argument("--carve-seconds", type=float, default=30, help="of carve for all tiers")
    parser.add_argument("--threads", type=int, default=2)
    asked = parser.parse_args()
    print("| book | tier | solver | s | value | bound |\n|---|---|---|---|---|---|", flush=True)
    for folder in asked.book:
        compare(asked, os.path.basename(os.path.normpath(folder)), f"{folder}/accounts.csv", f"{folder}/plan.yaml")
    if asked.book:
        return
    for shape in asked.shapes:
        for size in asked.sizes:
            for seed in asked.seeds:
                with tempfile.TemporaryDirectory() as folder:
                    made = ["generate", "--accounts", str(size), "--seed", str(seed), "--shape", shape, "--out", f"{folder}/book"]
                    subprocess.run([asked.carve] + made, check=True, capture_output=True)
                    compare(asked, f"{shape} {size:,} seed {seed}", f"{folder}/book/accounts.csv", f"{folder}/book/plan.yaml")


if __name__ == "__main__":
    main()
