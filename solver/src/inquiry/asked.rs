//! A plan that is asked about, read back: who has which account, and what its certificate proves.

use super::change::broken_rules;
use crate::explain::decided;
use crate::index::{AccountIndex, Keyed, LeafIndex, LeafSet, NodeIndex, Number, TierIndex, UnitIndex};
use crate::plan::{Plan, StepResult, TierResult};
use crate::problem::Problem;
use crate::problem::steps::Steps;
use crate::problem::tree::Anchors;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::proof::evidence::{Evidence, Reader};
use crate::proof::prices::Restriction;
use crate::score::{Model, State};

/// Outer nodes times places that are gone through: a second on a book of 2,000.
const OUTER_MAX: usize = 60_000;
/// Prices of a larger tree that are tried on the whole.
const SETS_MAX: usize = 8;

/// Part by which the value of a tier may differ from what the plan says: sums in another order.
const ALIKE: f64 = 1e-6;

/// Why a plan cannot be asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskedFault {
    /// It has no assignment of accounts.
    NoPlan,
    /// It is of other accounts, another tree or other tiers than the request: what differs.
    Differs(String),
    /// The rules of the request do not hold in it: their ids, and `families` where one is torn.
    Breaks(Vec<String>),
}

impl std::fmt::Display for AskedFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            AskedFault::NoPlan => write!(f, "the answer has no plan, so there is nothing to ask it"),
            AskedFault::Differs(what) => write!(f, "the answer is of another request: {what}"),
            AskedFault::Breaks(rules) => {
                write!(f, "the answer does not keep these rules of the request: {}", rules.join(", "))
            }
        }
    }
}

impl std::error::Error for AskedFault {}

/// A plan of a problem.
pub struct Asked<'a> {
    pub(super) problem: &'a Problem,
    pub(super) plan: &'a Plan,
    /// Leaf of each account, and of each unit.
    pub(super) account_leaf: Keyed<AccountIndex, LeafIndex>,
    pub(super) leaf_of: Keyed<UnitIndex, LeafIndex>,
    pub(super) anchors: Anchors,
    pub(super) costs: Costs,
    /// The steps that the plan says more of than the tier itself.
    pub(super) steps: Steps,
    /// The value of each tier.
    pub(super) values: Keyed<TierIndex, f64>,
    /// What each tier is held to for the sake of those after it: what the plan says, and no less than its value.
    pub(super) limits: Keyed<TierIndex, f64>,
    /// The same of the steps after each tier's first.
    step_limits: Keyed<TierIndex, Vec<f64>>,
    /// What each tier came to before later ones took what it gives back: no more than its value.
    pub(super) decided: Keyed<TierIndex, f64>,
}

impl<'a> Asked<'a> {
    /// Reads the plan back.
    ///
    /// # Errors
    /// Why it cannot be asked about.
    pub fn of(problem: &'a Problem, plan: &'a Plan) -> Result<Asked<'a>, AskedFault> {
        if !plan.has_assignments() {
            return Err(AskedFault::NoPlan);
        }
        let account_leaf = leaves(problem, plan)?;
        same_book(problem, plan, &account_leaf)?;
        let steps = steps(problem, plan)?;
        let torn = problem.units.all_members().any(|m| m.iter().any(|&a| account_leaf[a] != account_leaf[m[0]]));
        if torn {
            return Err(AskedFault::Breaks(vec!["families, or accounts that a rule keeps together".into()]));
        }
        let anchors: Anchors =
            problem.tree.nodes.iter().zip(&plan.nodes).map(|(node, said)| node.anchor.or(said.anchor)).collect();
        let costs = Costs::of(problem, &anchors);
        let leaf_of: Keyed<UnitIndex, LeafIndex> = problem.units.all_members().map(|m| account_leaf[m[0]]).collect();
        let shut = problem.units.all().iter().any(|unit| !problem.units.allows(unit, leaf_of[unit]));
        let (values, step_limits, broken) = {
            let model = Model::new(problem, &costs);
            let state = State::new(&model, leaf_of.clone());
            let values = problem.tiers.keys().iter().map(|t| state.value(&model, t));
            let step = |t, said: &StepResult| said.limit.max(state.step(problem, t, said.largest));
            let steps_of = |t: TierIndex| plan.tiers[t.get()].steps.iter().map(|said| step(t, said)).collect();
            let step_limits = problem.tiers.keys().iter().map(steps_of).collect::<Keyed<TierIndex, Vec<f64>>>();
            (values.collect::<Keyed<TierIndex, f64>>(), step_limits, broken_rules(&model, &state))
        };
        if shut || !broken.is_empty() {
            let places = shut.then(|| "one that says where accounts go".to_owned());
            return Err(AskedFault::Breaks(places.into_iter().chain(broken).collect()));
        }
        same_values(plan, &values)?;
        let both = || problem.tiers.iter().zip(&plan.tiers).zip(&values);
        let limits = both().map(|((_, said), value)| said.limit.max(*value)).collect();
        let decided = both().map(|((tier, said), value)| decided(tier, said).clamp(0.0, *value)).collect();
        Ok(Asked { problem, plan, account_leaf, leaf_of, anchors, costs, steps, values, limits, step_limits, decided })
    }

    /// What tiers and steps before a tier are held to, in the order they stand in.
    pub(super) fn held(&self, tier: TierIndex) -> Keyed<TierIndex, f64> {
        let before = self.steps.order().take_while(|&(t, _)| t < tier);
        let limit = |(t, step): (TierIndex, usize)| match step {
            0 => self.limits[t],
            _ => self.step_limits[t][step - 1],
        };
        before.map(limit).collect()
    }

    /// What the plan's certificate says of a tier, read for `problem` (with the plan's steps as tiers).
    pub(super) fn evidence(&self, stepped: &Problem, tier: TierIndex) -> Option<Evidence> {
        let said = self.plan.certificate.tiers.get(tier.get())?;
        Reader::new(stepped).read(self.steps.at(tier, 0), said).ok()
    }

    /// The same problem with the plan's steps as tiers, and its costs.
    pub(super) fn stepped(&self) -> (Problem, Costs) {
        (self.problem.with_steps(&self.steps), self.costs.with_steps(&self.steps))
    }
}

/// The least that a tier can be where a unit keeps to each of some sets of leaves, by the evidence of the whole: the least over
/// its outer nodes, each with that restriction, too. Infinite where the unit cannot be there while earlier tiers keep their
/// limits.
pub(super) fn proved_under(
    problem: &Problem,
    costs: &Costs,
    frame: &Frame,
    evidence: &Evidence,
    unit: UnitIndex,
    places: &[LeafSet],
) -> Vec<f64> {
    let floor = frame.floor(problem).max(0.0);
    let tree = evidence.outer().filter(|outer| outer.iter().all(|(set, _)| *set < evidence.sets.len()));
    let Some(outer) = tree else { return vec![floor; places.len()] };
    let by_tree = outer.len() * places.len() <= OUTER_MAX;
    // A tree that is too large to go through for all places: each of its prices by itself proves something of all.
    let mut bounds = vec![if by_tree { f64::INFINITY } else { floor }; places.len()];
    let sets = if by_tree { evidence.sets.len() } else { evidence.sets.len().min(SETS_MAX) };
    for (set, prices) in evidence.sets.iter().enumerate().take(sets) {
        let at = outer.iter().filter(|(of, _)| by_tree && *of == set).map(|(_, at)| at.as_slice());
        let at: Vec<&[Restriction]> = if by_tree { at.collect() } else { vec![&[]] };
        let each = |leaves| at.iter().map(move |at| narrowed(at, unit, leaves));
        let under: Vec<Vec<Restriction>> = places.iter().flat_map(each).collect();
        if under.is_empty() {
            continue;
        }
        let under: Vec<&[Restriction]> = under.iter().map(Vec::as_slice).collect();
        let prices = prices.repaired(problem, frame.tier);
        let proved = frame.prove_all(problem, costs, &prices, &under);
        for (bound, proved) in bounds.iter_mut().zip(proved.chunks(at.len())) {
            let least = proved
                .iter()
                .copied()
                .fold(f64::INFINITY, |a, b| if b.is_nan() { f64::NEG_INFINITY } else { a.min(b) });
            *bound = if by_tree { bound.min(least) } else { bound.max(least) };
        }
    }
    let raised =
        |bound: f64| if bound.is_infinite() && bound > 0.0 { bound } else { frame.raised(problem, bound).max(floor) };
    bounds.into_iter().map(raised).collect()
}

fn narrowed(at: &[Restriction], unit: UnitIndex, leaves: &LeafSet) -> Vec<Restriction> {
    let mut all = at.to_vec();
    match all.iter_mut().find(|(known, _)| *known == unit) {
        Some((_, kept)) => kept.keep(leaves),
        None => all.push((unit, leaves.clone())),
    }
    all
}

/// The leaf of each account.
fn leaves(problem: &Problem, plan: &Plan) -> Result<Keyed<AccountIndex, LeafIndex>, AskedFault> {
    let differs = |what: String| Err(AskedFault::Differs(what));
    let tree = &problem.tree;
    let nodes =
        plan.nodes.len() == tree.nodes.len() && plan.nodes.iter().zip(&tree.nodes).all(|(a, b)| a.node_id == b.id);
    if !nodes {
        return differs("its territories are others".into());
    }
    if plan.tiers.len() != problem.tiers.len() {
        return differs(format!("it has {} tiers, the request {}", plan.tiers.len(), problem.tiers.len()));
    }
    if plan.assignments.len() != problem.account_count() {
        return differs(format!("it has {} accounts, the book {}", plan.assignments.len(), problem.account_count()));
    }
    let mut leaves: Keyed<AccountIndex, Option<LeafIndex>> = problem.accounts.ids.map(|_| None);
    for assignment in &plan.assignments {
        let leaf = assignment.path.last().copied().filter(|&node| node < tree.nodes.len()).map(NodeIndex::new);
        let leaf = leaf.filter(|&node| tree.nodes[node].children.is_empty()).map(|node| tree.nodes[node].leaves.start);
        let Some(account) = problem.account_of(&assignment.account_id) else {
            return differs(format!("account {:?} is not in the book", assignment.account_id));
        };
        let Some(leaf) = leaf.or((tree.nodes.len() == 1).then(|| LeafIndex::new(0))) else {
            return differs(format!("account {:?} is on no path that ends in a leaf", assignment.account_id));
        };
        leaves[account] = Some(leaf);
    }
    let all: Option<Keyed<AccountIndex, LeafIndex>> = leaves.iter().copied().collect();
    all.map_or_else(|| differs("an account of the book has no territory in it".into()), Ok)
}

/// Whether the accounts have the owners and the amounts that they had when the plan was made.
fn same_book(problem: &Problem, plan: &Plan, account_leaf: &Keyed<AccountIndex, LeafIndex>) -> Result<(), AskedFault> {
    let other = |what: String| Err(AskedFault::Differs(format!("it was made of other accounts: {what}")));
    for said in &plan.assignments {
        let owner = problem.account_of(&said.account_id).map(|account| problem.accounts.owner_id(account));
        if owner.is_some_and(|owner| *owner != said.current_owner) {
            let shown = |owner: &str| if owner.is_empty() { "nobody".to_owned() } else { format!("{owner:?}") };
            let (then, now) = (shown(&said.current_owner), shown(owner.map_or("", |owner| owner)));
            return other(format!("account {:?} was with {then}, and is with {now} here", said.account_id));
        }
    }
    for (m, measure) in problem.reported_measures() {
        let mut held = problem.tree.leaves.map(|_| 0_i128);
        for (&leaf, &amount) in account_leaf.zip(&problem.measures[m].amounts) {
            held[leaf] += i128::from(amount);
        }
        for (node, said) in problem.tree.nodes.iter().zip(&plan.nodes) {
            let Some(said) = said.measures.iter().find(|said| said.measure == measure.name) else { continue };
            let here: i128 = node.leaves.iter().map(|leaf| held[leaf]).sum();
            if here != i128::from(said.amount) {
                let (then, now) = (measure.amount(said.amount), measure.amount(here));
                return other(format!("{} of {} was {then}, and is {now} here", measure.name, node.id));
            }
        }
    }
    Ok(())
}

/// Whether the tiers are worth what the plan says.
fn same_values(plan: &Plan, values: &Keyed<TierIndex, f64>) -> Result<(), AskedFault> {
    let differs = |(said, value): (&TierResult, &f64)| (said.value - value).abs() > ALIKE * value.abs().max(1.0);
    match plan.tiers.iter().zip(values).position(differs) {
        None => Ok(()),
        Some(tier) => Err(AskedFault::Differs(format!("its tier {} is worth something else here", tier + 1))),
    }
}

/// The steps that the plan has, where there can be so many.
fn steps(problem: &Problem, plan: &Plan) -> Result<Steps, AskedFault> {
    let fits = |(t, said): (TierIndex, &TierResult)| {
        said.steps.len() <= problem.steps_max(t)
            && said.steps.iter().zip(2..).all(|(step, largest)| step.limit.is_finite() && step.largest == largest)
            && said.limit.is_finite()
    };
    match problem.tiers.keys().iter().zip(&plan.tiers).all(fits) {
        true => Ok(Steps::of(plan.tiers.iter().map(|tier| tier.steps.len()))),
        false => Err(AskedFault::Differs("it has more steps than its tiers can have".into())),
    }
}
