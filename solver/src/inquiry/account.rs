//! An account: where it is and why, what it does elsewhere, and what else would have to move.

use super::asked::{Asked, proved_under};
use super::change::{self, Broken, TierChange};
use super::place::{at_best_leaf, set, territories};
use super::repair::{Repair, Repairer};
use super::words::{listed, much_of};
use crate::engine::Control;
use crate::engine::clock::Clock;
use crate::index::{AccountIndex, Keyed, LeafIndex, NodeIndex, Number, TierIndex, UnitIndex};
use crate::plan::NOTHING;
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use crate::score::{Model, State};

/// Repairs of an account that nobody asked for one by one, at most.
const REPAIRS_MAX: usize = 3;

/// What there is to say of an account.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountExplained {
    /// The account.
    pub account_id: String,
    /// The accounts that move with it.
    pub together_ids: Vec<String>,
    /// The territory it is at.
    pub territory_id: String,
    /// Who owns it today; empty: nobody.
    pub owner_id: String,
    /// Whether it leaves its owner.
    pub is_moved: bool,
    /// Why it is there, a sentence.
    pub why: String,
    /// Every other territory, in tree order.
    pub elsewhere: Vec<Elsewhere>,
}

/// What putting the account elsewhere does.
#[derive(Debug, Clone, PartialEq)]
pub struct Elsewhere {
    /// The territory.
    pub territory_id: String,
    /// The rules that keep it from there, by id; empty: it may go there.
    pub shut_by: Vec<String>,
    /// What it does to each tier, nothing else changed.
    pub tiers: Vec<TierChange>,
    /// Bands and limits that it would be outside of.
    pub broken: Vec<Broken>,
    /// What it costs each tier at least, whatever else moves, as long as the tiers before stay within their limits: proved
    /// by the plan's certificate. Infinite: the tiers before cannot stay within them. Empty where it may not go there.
    pub at_least: Vec<f64>,
    /// The cheapest repair; `None`: none was looked for, or none was found.
    pub repair: Option<Repair>,
    /// Whether a repair was looked for.
    pub is_repair_tried: bool,
    /// All of it in a sentence or two.
    pub summary: String,
}

/// Explains an account. `to` names the territories whose cheapest repair is looked for; empty: the owner's, and those that look
/// cheapest.
///
/// # Panics
/// When there is no such account.
pub fn explain_account(asked: &Asked, account: usize, to: &[usize], control: &Control) -> AccountExplained {
    let clock = Clock::new(control.deadline, control.stop, None, 0);
    let (problem, account) = (asked.problem, AccountIndex::new(account));
    let unit = problem.units.of[account];
    let model = Model::new(problem, &asked.costs);
    let pairs = model.pairs();
    let plan = State::new(&model, asked.leaf_of.clone());
    let here = problem.tree.territory_of_leaf[asked.leaf_of[unit]];
    let others: Vec<(NodeIndex, Vec<LeafIndex>)> =
        territories(problem).into_iter().filter(|(node, _)| *node != here).collect();
    let open = |leaves: &[LeafIndex]| -> Vec<LeafIndex> {
        leaves.iter().copied().filter(|&leaf| problem.units.allows(unit, leaf)).collect()
    };
    let proved = Proofs::of(asked, unit, &others);
    let mut elsewhere = Vec::new();
    let mut starts: Vec<State> = Vec::new();
    for (number, (node, leaves)) in others.iter().enumerate() {
        let open = open(leaves);
        let shut = open.is_empty();
        let start = at_best_leaf(&model, &pairs, &plan, unit, if shut { leaves } else { &open });
        elsewhere.push(Elsewhere {
            territory_id: problem.tree.nodes[*node].id.clone(),
            shut_by: if shut { shut_by(problem, unit, leaves) } else { Vec::new() },
            tiers: change::tiers(problem, &asked.values, &model, &start),
            broken: change::broken(&model, &plan, &start),
            at_least: if shut { Vec::new() } else { proved.at_least(asked, number) },
            repair: None,
            is_repair_tried: false,
            summary: String::new(),
        });
        starts.push(start);
    }
    let reduced = proved.reduced(asked);
    let repairer = Repairer { model: &model, plan: &plan, values: &asked.values, reduced: &reduced, clock: &clock };
    for number in wanted(asked, account, &others, &elsewhere, to) {
        let shifted = starts[number].leaf_of[unit];
        let fixed = problem.units.all().iter().filter(|&other| other == unit).collect::<Vec<_>>();
        let slice = clock.slice(1.0);
        let found =
            Repairer { clock: &slice, ..repairer }.repair(&starts[number], &fixed, &[plan.leaf_of[unit], shifted]);
        clock.absorb(&slice);
        elsewhere[number].is_repair_tried = true;
        elsewhere[number].repair = found.map(|(_, mut repair)| {
            let own = |id: &String| problem.units.members(unit).iter().any(|&a| problem.accounts.ids[a] == *id);
            repair.moves.retain(|one| !own(&one.account_id));
            repair
        });
    }
    for one in &mut elsewhere {
        one.summary = summary(problem, one);
    }
    let id = |a: &AccountIndex| problem.accounts.ids[*a].clone();
    AccountExplained {
        account_id: problem.accounts.ids[account].clone(),
        together_ids: problem.units.members(unit).iter().filter(|&&a| a != account).map(id).collect(),
        territory_id: problem.tree.nodes[here].id.clone(),
        owner_id: problem.accounts.owner_id(account).to_string(),
        is_moved: problem.is_moved(account, here),
        why: why(asked, account, here, &elsewhere),
        elsewhere,
    }
}

/// What the certificate proves of every other territory, tier by tier.
struct Proofs {
    /// By tier, by territory.
    bounds: Vec<Vec<f64>>,
}

impl Proofs {
    fn of(asked: &Asked, unit: UnitIndex, others: &[(NodeIndex, Vec<LeafIndex>)]) -> Proofs {
        let (problem, costs) = asked.stepped();
        let sets: Vec<_> = others.iter().map(|(_, leaves)| set(leaves)).collect();
        let of = |t: TierIndex| {
            let limits = asked.held(t);
            let frame = Frame::of(&problem, &costs, asked.steps.at(t, 0), &limits);
            match asked.evidence(&problem, t) {
                Some(evidence) => proved_under(&problem, &costs, &frame, &evidence, unit, &sets),
                None => vec![0.0; sets.len()],
            }
        };
        Proofs { bounds: asked.problem.tiers.keys().iter().map(of).collect() }
    }

    /// What a territory costs each tier at least.
    fn at_least(&self, asked: &Asked, number: usize) -> Vec<f64> {
        let one = |(bounds, value): (&Vec<f64>, &f64)| {
            let rise = bounds[number] - value;
            if rise > NOTHING.max(value.abs() * 1e-9) { rise } else { 0.0 }
        };
        self.bounds.iter().zip(&asked.values).map(one).collect()
    }

    /// Price-corrected costs of the first tier that has costs of its own; empty where none has.
    fn reduced(&self, asked: &Asked) -> Vec<f64> {
        let Some(t) = asked.problem.tiers.keys().iter().find(|&t| asked.costs.has(t)) else { return Vec::new() };
        reduced(asked, t)
    }
}

/// Price-corrected costs of a tier by the first prices of its certificate, units × leaves.
pub(super) fn reduced(asked: &Asked, t: TierIndex) -> Vec<f64> {
    let (problem, costs): (Problem, Costs) = asked.stepped();
    let Some(evidence) = asked.evidence(&problem, t) else { return Vec::new() };
    let frame = Frame::of(&problem, &costs, asked.steps.at(t, 0), &asked.held(t));
    let prices = evidence.sets[0].repaired(&problem, frame.tier);
    frame.pricer(&problem, &costs, &prices).matrix()
}

/// The rules that leave a unit none of some leaves, by id.
fn shut_by(problem: &Problem, unit: UnitIndex, leaves: &[LeafIndex]) -> Vec<String> {
    let inside = |accounts: &[AccountIndex]| accounts.iter().any(|a| problem.units.of[*a] == unit);
    let shuts = |rule: &&crate::problem::rules::Rule| {
        let allowed = rule.kind.allowed();
        allowed.is_some_and(|(accounts, open)| inside(accounts) && leaves.iter().any(|&leaf| !open[leaf]))
    };
    let ids: Vec<String> = problem.rules.iter().filter(shuts).map(|rule| rule.id.clone()).collect();
    if ids.is_empty() { vec!["(it stands outside the balance)".into()] } else { ids }
}

/// The territories whose repair is looked for, by their places.
fn wanted(
    asked: &Asked,
    account: AccountIndex,
    others: &[(NodeIndex, Vec<LeafIndex>)],
    elsewhere: &[Elsewhere],
    to: &[usize],
) -> Vec<usize> {
    let open = |number: &usize| elsewhere[*number].shut_by.is_empty();
    let all = || (0..others.len()).filter(open);
    if !to.is_empty() {
        return all().filter(|&number| to.contains(&others[number].0.get())).collect();
    }
    let owner = asked.problem.accounts.owners[account];
    let rise = |number: &usize| -> Vec<f64> {
        let one = &elsewhere[*number];
        one.at_least.iter().zip(&one.tiers).flat_map(|(least, tier)| [*least, tier.rise().max(0.0)]).collect()
    };
    let mut cheapest: Vec<(bool, Vec<f64>, usize)> =
        all().map(|number| (Some(others[number].0) != owner, rise(&number), number)).collect();
    cheapest.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| by_value(&a.1, &b.1)).then(a.2.cmp(&b.2)));
    cheapest.into_iter().take(REPAIRS_MAX).map(|(_, _, number)| number).collect()
}

fn by_value(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let orders = a.iter().zip(b).map(|(a, b)| a.total_cmp(b));
    orders.into_iter().find(|order| order.is_ne()).unwrap_or(std::cmp::Ordering::Equal)
}

/// Why the account is where it is.
fn why(asked: &Asked, account: AccountIndex, here: NodeIndex, elsewhere: &[Elsewhere]) -> String {
    let problem = asked.problem;
    let owner = problem.accounts.owner_id(account);
    let said = asked.plan.assignments.iter().find(|a| a.account_id == problem.accounts.ids[account]);
    let reason =
        said.and_then(|a| a.move_reason.as_ref()).map(|reason| reason.detail.clone()).filter(|d| !d.is_empty());
    let next = elsewhere.iter().find(|one| one.territory_id == **owner);
    match (owner.is_empty(), problem.is_moved(account, here), reason) {
        (true, ..) => match elsewhere.iter().all(|one| !one.shut_by.is_empty()) {
            true => "Nobody owns it, and the rules leave it no other territory.".into(),
            false => "Nobody owns it, so it is where the tiers and the rules have room for it.".into(),
        },
        (false, false, _) => "It stays with its owner.".into(),
        (false, true, Some(reason)) => format!("It leaves its owner {owner}: {}.", reason.trim_end_matches('.')),
        (false, true, None) => match next {
            Some(next) if !next.summary.is_empty() => format!("It leaves its owner {owner}. There: {}", next.summary),
            _ => format!("It leaves its owner {owner}, who is no territory of the plan."),
        },
    }
}

/// What one territory comes to, in words.
fn summary(problem: &Problem, one: &Elsewhere) -> String {
    if !one.shut_by.is_empty() {
        return format!("It may not go there: {}.", listed(one.shut_by.iter().cloned()));
    }
    let mut parts: Vec<String> = Vec::new();
    let worse: Vec<String> =
        one.tiers.iter().map(|tier| tier.words.clone()).filter(|words| !words.is_empty()).collect();
    parts.push(if worse.is_empty() { "no tier changes".into() } else { listed(worse.into_iter()) });
    if !one.broken.is_empty() {
        parts.push(listed(one.broken.iter().map(ToString::to_string)));
    }
    let mut text = format!("Alone: {}.", parts.join("; "));
    if let Some(proof) = proof(problem, one) {
        text += &format!(" Whatever else moves, {proof}.");
    }
    match (&one.repair, one.is_repair_tried) {
        (Some(repair), _) => text += &format!(" {}", repair_words(repair)),
        (None, true) => text += " No way was found to meet the rules with it there.",
        (None, false) => text += " What else would have to move was not looked for.",
    }
    text
}

/// What is proved, as a clause.
fn proof(problem: &Problem, one: &Elsewhere) -> Option<String> {
    let tiers = Keyed::<TierIndex, f64>::from(one.at_least.clone());
    let first = tiers.pairs().find(|(_, least)| **least > 0.0)?;
    Some(match first.1.is_finite() {
        true => format!("it costs at least {} (proved)", much_of(problem, first.0, *first.1)),
        false if first.0 == TierIndex::FIRST => "the rules cannot hold with it there (proved)".into(),
        false => "earlier tiers cannot stay within their limits with it there (proved)".into(),
    })
}

fn repair_words(repair: &Repair) -> String {
    let how = match repair.moves.as_slice() {
        [] => "Nothing else has to move".to_owned(),
        moves => {
            let one = |m: &super::repair::RepairMove| format!("{} to {}", m.account_id, m.to_node_id);
            format!("Cheapest with it there: {}", listed(moves.iter().map(one)))
        }
    };
    let worse: Vec<String> =
        repair.tiers.iter().map(|tier| tier.words.clone()).filter(|words| !words.is_empty()).collect();
    let cost = if worse.is_empty() { "no tier changes".to_owned() } else { listed(worse.into_iter()) };
    let extent = match repair.is_least {
        true => "; nothing cheaper exists".to_owned(),
        false => format!("; looked at among {} accounts", repair.free_accounts),
    };
    format!("{how}; {cost}{extent}.")
}
