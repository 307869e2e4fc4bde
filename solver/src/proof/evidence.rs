//! What proves a tier's bound: prices, and where they do not suffice a tree of branches with prices of their own.
//!
//! Shared by the engine, which writes it, and the checker, which reads it back and proves the bound anew.

use crate::index::{Keyed, LeafIndex, LeafSet, LineIndex, NodeIndex, Number, RuleIndex, Span, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::problem::origin::{Origin, Side};
use crate::problem::rows::RowOrBudget;
use crate::problem::steps::Steps;
use crate::proof::bound::Frame;
use crate::proof::certificate::{
    Branch, Cut as WrittenCut, Price, PriceSet, RowOf, RowReference, RuleSide, TierCertificate,
};
use crate::proof::costs::Costs;
use crate::proof::cuts::{Cut, Cuts, Limited};
use crate::proof::prices::{CutPrices, Prices, Restriction};
use rayon::prelude::*;
use std::collections::HashMap;
use std::sync::Arc;

/// A node of the tree, in preorder.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Fork {
    /// The unit goes to one of these leaves in the first child, to another in the second.
    Split { unit: UnitIndex, leaves: LeafSet },
    /// Proved by the prices with this index.
    Outer(usize),
}

/// Prices and the tree; without a tree the first prices hold for everything.
#[derive(Debug, Clone)]
pub(crate) struct Evidence {
    pub sets: Vec<Prices>,
    pub forks: Vec<Fork>,
}

impl Evidence {
    pub fn of(prices: Prices) -> Evidence {
        Evidence { sets: vec![prices], forks: Vec::new() }
    }

    /// Each unit alone.
    pub fn none(problem: &Problem, tier: TierIndex) -> Evidence {
        Evidence::of(Prices::none(problem, tier))
    }

    /// The bound it proves, at least the floor; 0 when the tree does not hold together.
    pub fn prove(&self, problem: &Problem, costs: &Costs, frame: &Frame) -> f64 {
        let floor = frame.floor(problem).max(0.0);
        let Some(outer) = self.outer() else { return floor };
        let mut of_set: Vec<Vec<&[Restriction]>> = vec![Vec::new(); self.sets.len()];
        for (set, restrictions) in &outer {
            match of_set.get_mut(*set) {
                Some(list) => list.push(restrictions),
                None => return floor,
            }
        }
        let least = (self.sets.par_iter().zip(&of_set).filter(|(_, list)| !list.is_empty()))
            .map(|(prices, list)| {
                let prices = prices.repaired(problem, frame.tier);
                frame.prove_all(problem, costs, &prices, list).into_iter().fold(f64::INFINITY, least)
            })
            .reduce(|| f64::INFINITY, least);
        if least.is_nan() { floor } else { frame.raised(problem, least).max(floor) }
    }

    /// The outer nodes with what holds there; `None` when the tree does not hold together.
    pub fn outer(&self) -> Option<Vec<(usize, Vec<Restriction>)>> {
        if self.forks.is_empty() {
            return Some(vec![(0, Vec::new())]);
        }
        let mut outer = Vec::new();
        // What holds at nodes still to come, the next one last.
        let mut open: Vec<Vec<Restriction>> = vec![Vec::new()];
        for fork in &self.forks {
            let at = open.pop()?;
            match fork {
                Fork::Outer(set) => outer.push((*set, at)),
                Fork::Split { unit, leaves } => {
                    open.push(narrowed(&at, (*unit, leaves.complement())));
                    open.push(narrowed(&at, (*unit, leaves.clone())));
                }
            }
        }
        open.is_empty().then_some(outer)
    }

    /// As it is written out, with what each earlier tier and step is held to, the floor, and the bound it proves.
    pub fn written(
        &self,
        problem: &Problem,
        limits: &Keyed<TierIndex, f64>,
        lumpiness_floor: f64,
        bound: f64,
    ) -> TierCertificate {
        let name = |at: LineIndex| reference(problem, problem.rows.key(at));
        let all =
            |prices: &Prices| -> Keyed<LineIndex, f64> { prices.rows.iter().chain(&prices.budgets).copied().collect() };
        let root = all(&self.sets[0]);
        let priced = |(at, price): (LineIndex, &f64)| Price { row: name(at), price: *price };
        let rest: Vec<Keyed<LineIndex, f64>> = self.sets[1..].iter().map(all).collect();
        let used: Vec<LineIndex> = root.keys().iter().filter(|&r| rest.iter().any(|set| set[r] != 0.0)).collect();
        let leaf_id = |leaf: LeafIndex| problem.tree.nodes[problem.tree.leaves[leaf]].id.clone();
        let fork = |fork: &Fork| match fork {
            Fork::Outer(set) => Branch { account_id: String::new(), node_ids: Vec::new(), price_set: *set },
            Fork::Split { unit, leaves } => Branch {
                account_id: problem.accounts.ids[problem.units.members(*unit)[0]].clone(),
                node_ids: problem.tree.leaves.keys().iter().filter(|l| leaves.contains(*l)).map(leaf_id).collect(),
                price_set: 0,
            },
        };
        let cuts = WrittenCuts::of(&self.sets);
        let (tier_prices, step_prices) = apart(problem, &self.sets[0].tiers);
        let (tier_limits, step_limits) = apart(problem, limits);
        let set = |(set, prices): (&Keyed<LineIndex, f64>, &Prices)| {
            let (tier_prices, step_prices) = apart(problem, &prices.tiers);
            let prices_of_rows = used.iter().map(|&r| set[r]).collect();
            PriceSet { prices: prices_of_rows, tier_prices, step_prices, cut_prices: cuts.prices(prices) }
        };
        TierCertificate {
            prices: root.pairs().filter(|(_, p)| **p != 0.0).map(priced).collect(),
            tier_prices,
            step_prices,
            bound,
            tier_limits,
            step_limits,
            lumpiness_floor,
            rows: used.iter().map(|&r| name(r)).collect(),
            price_sets: rest.iter().zip(&self.sets[1..]).map(set).collect(),
            branches: self.forks.iter().map(fork).collect(),
            cuts: cuts.of.iter().map(|(cuts, at)| written_cut(problem, &cuts.list[*at])).collect(),
            cut_prices: cuts.prices(&self.sets[0]),
        }
    }

    /// The same of the problem with the steps `to` where it is of that with the steps `from`, of the tier `tier` of the
    /// request after `step` steps. Steps that are added have no price.
    pub fn among(&self, from: &Steps, to: &Steps, (tier, step): (TierIndex, usize)) -> Evidence {
        if from == to {
            return self.clone();
        }
        let before = || to.order().take_while(|&at| at != (tier, step));
        let price = |prices: &Prices, (t, step): (TierIndex, usize)| match step <= from.count(t) {
            true => prices.tiers[from.at(t, step)],
            false => 0.0,
        };
        let spread = |set: &Prices| Prices { tiers: before().map(|at| price(set, at)).collect(), ..set.clone() };
        Evidence { sets: self.sets.iter().map(spread).collect(), forks: self.forks.clone() }
    }
}

/// The cuts that some prices are for, as they are written out.
struct WrittenCuts {
    /// The list that each is in, and its place there.
    of: Vec<(Arc<Cuts>, usize)>,
}

impl WrittenCuts {
    fn of(sets: &[Prices]) -> WrittenCuts {
        let mut of: Vec<(Arc<Cuts>, usize)> = Vec::new();
        let mut lists: Vec<(Arc<Cuts>, Vec<bool>)> = Vec::new();
        for prices in sets.iter().map(|set| &set.cuts) {
            let known = lists.iter().position(|(list, _)| Arc::ptr_eq(list, &prices.of));
            let at = known.unwrap_or(lists.len());
            if known.is_none() {
                lists.push((Arc::clone(&prices.of), vec![false; prices.of.list.len()]));
            }
            prices.priced().for_each(|(cut, _)| lists[at].1[cut] = true);
        }
        for (list, used) in &lists {
            of.extend(used.iter().enumerate().filter(|(_, used)| **used).map(|(at, _)| (Arc::clone(list), at)));
        }
        WrittenCuts { of }
    }

    /// A price for each.
    fn prices(&self, prices: &Prices) -> Vec<f64> {
        let price = |(list, at): &(Arc<Cuts>, usize)| match Arc::ptr_eq(list, &prices.cuts.of) {
            true => prices.cuts.prices.get(*at).copied().unwrap_or(0.0),
            false => 0.0,
        };
        self.of.iter().map(price).collect()
    }
}

fn written_cut(problem: &Problem, cut: &Cut) -> WrittenCut {
    let account = |unit: &UnitIndex| problem.accounts.ids[problem.units.members(*unit)[0]].clone();
    WrittenCut {
        row: reference(problem, (problem.rows.rows[cut.row].origin, Some(problem.rows.rows[cut.row].node))),
        lower: cut.limited == Limited::Least,
        limit: cut.limit,
        divisor: cut.divisor,
        with_excess: cut.soft,
        account_ids: cut.absent.iter().map(account).collect(),
    }
}

/// What there is of each earlier tier and step, in the order they stand in: that of the tiers, and that of the steps.
fn apart(problem: &Problem, of: &Keyed<TierIndex, f64>) -> (Vec<f64>, Vec<f64>) {
    let only = |steps: bool| of.pairs().filter(move |(s, _)| problem.is_step(*s) == steps).map(|(_, x)| *x).collect();
    (only(false), only(true))
}

/// The same put together again for everything before `tier`; `None` where there is too much or too little.
pub(crate) fn together(
    problem: &Problem,
    tier: TierIndex,
    tiers: &[f64],
    steps: &[f64],
) -> Option<Keyed<TierIndex, f64>> {
    let (mut tiers, mut steps) = (tiers.iter(), steps.iter());
    let before = Span { start: TierIndex::FIRST, end: tier };
    let next = |s| if problem.is_step(s) { steps.next() } else { tiers.next() };
    let all = before.iter().map(next).map(|x| x.copied()).collect::<Option<Keyed<TierIndex, f64>>>()?;
    (tiers.next().is_none() && steps.next().is_none()).then_some(all)
}

fn cut_prices(cuts: &Arc<Cuts>, prices: &[f64]) -> Result<CutPrices, String> {
    match prices.len() == cuts.list.len() {
        true => Ok(CutPrices { of: Arc::clone(cuts), prices: prices.to_vec() }),
        false => Err(format!("{} prices for {} cuts", prices.len(), cuts.list.len())),
    }
}

/// The lesser, and not a number as soon as one is none.
fn least(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

fn narrowed(at: &[Restriction], to: Restriction) -> Vec<Restriction> {
    let mut all = at.to_vec();
    match all.iter_mut().find(|(unit, _)| *unit == to.0) {
        Some((_, leaves)) => leaves.keep(&to.1),
        None => all.push(to),
    }
    all
}

/// How a certificate refers to a row or budget.
fn reference(problem: &Problem, (origin, node): (Origin, Option<NodeIndex>)) -> RowReference {
    let row = match origin {
        Origin::Band { tier, criterion, part } => RowOf::Band { tier: tier.get(), criterion, part },
        Origin::Rule(_, side) => {
            RowOf::Rule { rule_id: problem.rule_id(origin).unwrap_or_default().to_owned(), side: written_side(side) }
        }
    };
    RowReference { row, node_id: node.map_or(String::new(), |n| problem.tree.nodes[n].id.clone()) }
}

fn written_side(side: Side) -> RuleSide {
    match side {
        Side::Only => RuleSide::Only,
        Side::Min => RuleSide::Min,
        Side::Max => RuleSide::Max,
    }
}

fn read_side(side: RuleSide) -> Side {
    match side {
        RuleSide::Only => Side::Only,
        RuleSide::Min => Side::Min,
        RuleSide::Max => Side::Max,
    }
}

/// Reads certificates of one problem.
pub(crate) struct Reader<'a> {
    problem: &'a Problem,
    row_at: HashMap<(Origin, Option<NodeIndex>), LineIndex>,
    rule_at: HashMap<&'a str, RuleIndex>,
    node_at: HashMap<&'a str, NodeIndex>,
    leaf_at: HashMap<&'a str, LeafIndex>,
}

impl<'a> Reader<'a> {
    pub fn new(problem: &'a Problem) -> Reader<'a> {
        let row_at = problem.rows.keys().pairs().map(|(at, key)| (*key, at)).collect();
        let rule_at = problem.rules.pairs().map(|(r, rule)| (rule.id.as_str(), r)).collect();
        let leaf_at = problem.tree.leaves.pairs().map(|(l, &n)| (problem.tree.nodes[n].id.as_str(), l));
        Reader { problem, row_at, rule_at, node_at: problem.tree.by_id(), leaf_at: leaf_at.collect() }
    }

    /// The evidence of tier `tier`.
    ///
    /// # Errors
    /// What it names that is not there, as one sentence.
    pub fn read(&self, tier: TierIndex, said: &TierCertificate) -> Result<Evidence, String> {
        let mut root = Prices::none(self.problem, tier);
        for price in &said.prices {
            self.set(&mut root, self.row(&price.row)?, price.price);
        }
        self.set_tiers(&mut root, tier, &said.tier_prices, &said.step_prices)?;
        let cuts = said.cuts.iter().map(|cut| self.cut(cut)).collect::<Result<Vec<Cut>, String>>()?;
        let cuts = Arc::new(Cuts::of(self.problem, cuts));
        root.cuts = cut_prices(&cuts, &said.cut_prices)?;
        let rows: Vec<LineIndex> = said.rows.iter().map(|row| self.row(row)).collect::<Result<_, _>>()?;
        let mut sets = vec![root];
        for priced in &said.price_sets {
            let mut prices = Prices::none(self.problem, tier);
            if priced.prices.len() != rows.len() {
                return Err(format!("{} prices for {} rows", priced.prices.len(), rows.len()));
            }
            rows.iter().zip(&priced.prices).for_each(|(&row, &price)| self.set(&mut prices, row, price));
            self.set_tiers(&mut prices, tier, &priced.tier_prices, &priced.step_prices)?;
            prices.cuts = cut_prices(&cuts, &priced.cut_prices)?;
            sets.push(prices);
        }
        let forks = said.branches.iter().map(|branch| self.fork(branch)).collect::<Result<_, _>>()?;
        Ok(Evidence { sets, forks })
    }

    fn cut(&self, said: &WrittenCut) -> Result<Cut, String> {
        let RowOrBudget::Row(row) = self.problem.rows.row_or_budget(self.row(&said.row)?) else {
            return Err(format!("a cut of a limit over all nodes, {}", said.row));
        };
        if said.divisor < 1 {
            return Err(format!("a cut {} by the divisor {}", said.row, said.divisor));
        }
        let unit = |id: &String| {
            let account = self.problem.account_of(id).ok_or_else(|| format!("there is no account {id:?}"))?;
            Ok(self.problem.units.of[account])
        };
        Ok(Cut {
            row,
            limited: if said.lower { Limited::Least } else { Limited::Most },
            limit: said.limit,
            divisor: said.divisor,
            soft: said.with_excess,
            absent: said.account_ids.iter().map(unit).collect::<Result<_, String>>()?,
        })
    }

    fn row(&self, said: &RowReference) -> Result<LineIndex, String> {
        let unknown = || format!("there is no row {said}");
        let origin = match &said.row {
            &RowOf::Band { tier, criterion, part } if tier < self.problem.tiers.len() => {
                Origin::Band { tier: TierIndex::new(tier), criterion, part }
            }
            RowOf::Band { .. } => return Err(unknown()),
            RowOf::Rule { rule_id, side } => {
                Origin::Rule(*self.rule_at.get(rule_id.as_str()).ok_or_else(unknown)?, read_side(*side))
            }
        };
        let node = match said.node_id.as_str() {
            "" => None,
            id => Some(*self.node_at.get(id).ok_or_else(unknown)?),
        };
        self.row_at.get(&(origin, node)).copied().ok_or_else(unknown)
    }

    fn set(&self, prices: &mut Prices, at: LineIndex, price: f64) {
        match self.problem.rows.row_or_budget(at) {
            RowOrBudget::Row(row) => prices.rows[row] = price,
            RowOrBudget::Budget(budget) => prices.budgets[budget] = price,
        }
    }

    fn set_tiers(&self, prices: &mut Prices, tier: TierIndex, tiers: &[f64], steps: &[f64]) -> Result<(), String> {
        let fault =
            || format!("{} prices of earlier tiers and steps for {}", tiers.len() + steps.len(), prices.tiers.len());
        prices.tiers = together(self.problem, tier, tiers, steps).ok_or_else(fault)?;
        Ok(())
    }

    fn fork(&self, branch: &Branch) -> Result<Fork, String> {
        match (branch.account_id.is_empty(), branch.node_ids.is_empty(), branch.price_set) {
            (true, true, set) => return Ok(Fork::Outer(set)),
            (true, false, _) => return Err("an outer node of the tree splits nothing, and has leaves".into()),
            (false, _, 0) => {}
            (false, ..) => return Err("a split has prices of its own".into()),
        }
        let account = self.problem.account_of(&branch.account_id);
        let account = account.ok_or_else(|| format!("there is no account {:?}", branch.account_id))?;
        let leaf = |id: &String| self.leaf_at.get(id.as_str()).copied().ok_or_else(|| format!("{id:?} is no leaf"));
        let leaves = branch.node_ids.iter().map(leaf).collect::<Result<LeafSet, String>>()?;
        Ok(Fork::Split { unit: self.problem.units.of[account], leaves })
    }
}
