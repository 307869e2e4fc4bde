//! Why accounts leave their owners: each unit that moved is put back to its owner's territory, alone, and what that
//! does to rules and tiers is the reason.
//!
//! In this order, the first that holds:
//!
//! 1. owner_left: the owner is no territory of the plan.
//! 2. rule: a rule keeps the unit from the owner's territory, or would be broken there.
//! 3. family: accounts that move with it stay with their own owner, or are others' and no pool's.
//! 4. The first tier that would be worse (where bands alone count also by the next worst excesses), unless one before it
//!    would be better and gives nothing back: balance for a measure past its band, compactness for distance, priority for
//!    any other criterion.
//! 5. unforced: no tier would be worse, or one before it better: the search ended before that was found.
//!
//! Rows touched by a unit are those of the nodes it leaves and enters, so a move costs time for them alone.

use crate::index::{AccountIndex, GroupIndex, Keyed, LeafIndex, NodeIndex, Number, RowIndex, TierIndex, UnitIndex};
use crate::limits::{MOVES_EXPLAINED_MAX, RETURNS_TRIED_MAX, STEPS_MAX};
use crate::plan::{MoveCode, MoveReason};
use crate::problem::rules::Rule;
use crate::score::{Model, State, excess, slack};
use rayon::prelude::*;
use std::collections::HashMap;

/// The worst rows of a group that are kept: a return changes at most two of its rows, so of what steps add up the others
/// stay.
const WORST_KEPT: usize = STEPS_MAX + 2;

/// The reason of each account that moves, by account. Details are written for the largest moves alone, see
/// [`MOVES_EXPLAINED_MAX`].
pub(crate) fn reasons(model: &Model, state: &State) -> Keyed<AccountIndex, Option<MoveReason>> {
    let problem = model.problem;
    let back = Back::new(model, state);
    let explained = explained(model, state);
    let moved = |account: AccountIndex| problem.is_moved(account, back.territory(account));
    let of_unit = |unit: UnitIndex| -> Vec<(AccountIndex, MoveReason)> {
        let members = problem.units.members(unit);
        let mut known: HashMap<Option<NodeIndex>, (MoveReason, bool)> = HashMap::new();
        let mut found = Vec::new();
        for &account in members.iter().filter(|&&account| moved(account)) {
            let owner = problem.accounts.owners[account];
            let detailed = explained.as_ref().is_none_or(|e| e[account]);
            // Owners that are no territory have names of their own.
            let same = owner.and_then(|_| known.get(&owner)).filter(|(_, written)| *written || !detailed);
            let mut reason = match same {
                Some((reason, _)) => reason.clone(),
                None => back.reason(account, detailed),
            };
            if !detailed {
                reason.detail.clear();
            }
            known.insert(owner, (reason.clone(), detailed));
            found.push((account, reason));
        }
        found
    };
    let units = problem.units.all().places().into_par_iter().map(UnitIndex::new);
    let found: Vec<(AccountIndex, MoveReason)> = units.flat_map_iter(of_unit).collect();
    let mut reasons = problem.accounts.ids.map(|_| None);
    found.into_iter().for_each(|(account, reason)| reasons[account] = Some(reason));
    reasons
}

/// Which accounts have a written reason; `None`: all.
fn explained(model: &Model, state: &State) -> Option<Keyed<AccountIndex, bool>> {
    let problem = model.problem;
    let territory = |account: AccountIndex| problem.tree.territory_of_leaf[state.leaf_of[problem.units.of[account]]];
    let accounts = problem.accounts.ids.keys().iter();
    let mut moved: Vec<AccountIndex> =
        accounts.filter(|&account| problem.is_moved(account, territory(account))).collect();
    if moved.len() <= MOVES_EXPLAINED_MAX {
        return None;
    }
    let amounts = &problem.moved_measure().amounts;
    let ids = &problem.accounts.ids;
    moved.select_nth_unstable_by(MOVES_EXPLAINED_MAX, |&a, &b| {
        amounts[b].cmp(&amounts[a]).then_with(|| ids[a].cmp(&ids[b]))
    });
    let mut explained = ids.map(|_| false);
    moved[..MOVES_EXPLAINED_MAX].iter().for_each(|&account| explained[account] = true);
    Some(explained)
}

/// What a unit's return would do.
struct Return {
    unit: UnitIndex,
    leaf: LeafIndex,
    /// The first rule it would break, with what it says there.
    broken: Option<String>,
    /// Rows that change, with what they would hold.
    rows: Vec<(RowIndex, i64)>,
    /// What each tier's value would rise by, for its bands and for the rest.
    rises: Keyed<TierIndex, (f64, f64)>,
}

/// Everything that returns are measured against.
struct Back<'a> {
    model: &'a Model<'a>,
    state: &'a State,
    values: Keyed<TierIndex, f64>,
    /// The worst rows of each group with their excess, the worst first.
    worst: Keyed<GroupIndex, Vec<(RowIndex, f64)>>,
}

impl<'a> Back<'a> {
    fn new(model: &'a Model, state: &'a State) -> Back<'a> {
        let problem = model.problem;
        let values = problem.tiers.keys().iter().map(|t| state.value(model, t)).collect();
        let worst = problem.rows.groups.iter().map(|group| {
            let mut rows: Vec<(RowIndex, f64)> =
                group.rows.iter().map(|r| (r, excess(problem, r, state.rows[r]))).collect();
            rows.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            rows.truncate(WORST_KEPT);
            rows
        });
        let worst = worst.collect();
        Back { model, state, values, worst }
    }

    fn territory(&self, account: AccountIndex) -> NodeIndex {
        let problem = self.model.problem;
        problem.tree.territory_of_leaf[self.state.leaf_of[problem.units.of[account]]]
    }

    /// Why an account that moves does; with words only if `detailed`.
    fn reason(&self, account: AccountIndex, detailed: bool) -> MoveReason {
        let problem = self.model.problem;
        let say = |code: MoveCode, detail: &dyn Fn() -> String| MoveReason {
            code,
            detail: if detailed { detail() } else { String::new() },
        };
        let Some(owner) = problem.accounts.owners[account] else {
            let by = problem.accounts.owner_id(account);
            return say(MoveCode::OwnerLeft, &|| format!("its owner {by} is no territory of this plan"));
        };
        let unit = problem.units.of[account];
        let leaves = self.leaves(unit, owner);
        if leaves.is_empty() && !self.is_shut_by_default(unit, owner) {
            return say(MoveCode::Rule, &|| self.forbidding(unit, owner));
        }
        if let Some(detail) = self.family(account) {
            return say(MoveCode::Family, &|| detail.clone());
        }
        if leaves.is_empty() {
            let pool = &problem.tree.nodes[owner].id;
            return say(MoveCode::Family, &|| format!("accounts that move with it are owned by others than {pool}"));
        }
        let back = self.best(unit, &leaves);
        if let Some(broken) = &back.broken {
            return say(MoveCode::Rule, &|| broken.clone());
        }
        let rise = |t: TierIndex| back.rises[t].0 + back.rises[t].1;
        let tiers = || back.rises.keys().iter();
        let worse = tiers().find(|&t| rise(t) > slack(self.values[t]));
        let better = tiers().find(|&t| rise(t) < -slack(self.values[t]));
        // Staying would be better in a tier before, unless the plan gave that back for a later one.
        let gives = |t: TierIndex| problem.tiers[t].give_back > 0.0 || problem.tiers[t].give_back_absolute > 0.0;
        match (worse, better) {
            (Some(tier), None) => self.of_tier(&back, tier, &say),
            (Some(tier), Some(before)) if tier < before || gives(before) => self.of_tier(&back, tier, &say),
            (_, Some(_)) => say(MoveCode::Unforced, &|| {
                "staying alone would be better; the search ended before it was found".into()
            }),
            (None, None) => say(MoveCode::Unforced, &|| {
                "staying alone would cost nothing; no priority of the plan asks for it".into()
            }),
        }
    }

    /// The reason that a tier would be worse is.
    fn of_tier(
        &self,
        back: &Return,
        tier: TierIndex,
        say: &dyn Fn(MoveCode, &dyn Fn() -> String) -> MoveReason,
    ) -> MoveReason {
        let problem = self.model.problem;
        let (bands, rest) = back.rises[tier];
        if let Some((row, amount)) = self.farthest(back, tier).filter(|_| bands > 0.0 && bands >= rest) {
            let group = &problem.rows.groups[problem.rows.rows[row].group.expect("only soft rows are farthest")];
            let band = || self.band(row, amount, group.tolerance);
            let criterion = &problem.tiers[tier].criteria[group.criterion].name;
            return match problem.is_reported(group.measure) {
                true => say(MoveCode::Balance, &|| format!("staying would put {}", band())),
                false => say(MoveCode::Priority, &|| format!("staying would worsen {criterion}: {}", band())),
            };
        }
        let mut criteria = problem.tiers[tier].criteria.iter();
        let compactness = criteria.find_map(|c| c.kind.compactness().map(|(distance, _)| distance));
        let cost = compactness.map_or(0.0, |distance| self.farther(back, distance));
        match compactness.filter(|_| cost > 0.0) {
            Some(distance) => say(MoveCode::Compactness, &|| {
                let owner = problem.tree.nodes[problem.tree.leaves[back.leaf]].called();
                let what = match distance {
                    true => format!("{} km more to its anchor", rounded(cost)),
                    false => format!("{} km2 more, in squared distance to its anchor", rounded(cost)),
                };
                format!("staying with {owner} would be {what}; {}", self.continuity(tier))
            }),
            None => say(MoveCode::Priority, &|| {
                let names: Vec<&str> = problem.tiers[tier].criteria.iter().map(|c| c.name.as_str()).collect();
                format!("staying would worsen {} by {}", names.join(" + "), percent(rest))
            }),
        }
    }

    /// Where continuity stands against what tier `tier` asks for.
    fn continuity(&self, tier: TierIndex) -> &'static str {
        let mut tiers = self.model.problem.tiers.pairs();
        let continuity = tiers.find(|(_, t)| {
            let mut criteria = t.criteria.iter();
            criteria.any(|c| c.kind.continuity().is_some())
        });
        match continuity.map(|(at, _)| at) {
            None => "nothing asks for continuity",
            Some(at) if at > tier => "continuity is lower priority",
            Some(at) if at == tier => "continuity in the same tier weighs less",
            Some(_) => "what continuity gives back pays for it",
        }
    }

    /// How much farther the unit would be from its anchor, over its accounts; km, or their squares. Among them each
    /// counts as its place does.
    fn farther(&self, back: &Return, distance: bool) -> f64 {
        let problem = self.model.problem;
        let members = problem.units.members(back.unit).iter();
        let located = || members.clone().filter_map(|&a| problem.accounts.located(a));
        let to = |leaf: LeafIndex| -> f64 {
            // Nobody is near to, or far from, a pool.
            let node = problem.tree.leaves[leaf];
            let anchor = self.model.costs.anchors[node].filter(|_| !problem.tree.nodes[node].is_pool);
            let km = located().map(|(place, counts)| (counts, anchor.map_or(0.0, |anchor| place.distance_km(anchor))));
            km.map(|(counts, km)| counts * if distance { km } else { km * km }).sum()
        };
        let (number, counts) = located().fold((0.0, 0.0), |sum, (_, counts)| (sum.0 + 1.0, sum.1 + counts));
        let farther = to(back.leaf) - to(self.state.leaf_of[back.unit]);
        if number > 0.0 { farther / (counts / number) } else { farther }
    }

    /// The row of a tier that a return takes farthest out of its band, with what it would hold; of two the owner's.
    fn farthest(&self, back: &Return, tier: TierIndex) -> Option<(RowIndex, i64)> {
        let problem = self.model.problem;
        let rows = back.rows.iter().filter_map(|&(r, amount)| {
            let group = problem.rows.rows[r].group.filter(|&g| problem.rows.groups[g].tier == tier)?;
            let rise = excess(problem, r, amount) - self.worst[group].first().map_or(0.0, |w| w.1);
            Some((problem.rows.groups[group].weight * rise, r, amount))
        });
        let farthest = rows.reduce(|a, b| if b.0 >= a.0 - 1e-12 { b } else { a });
        farthest.map(|(_, r, amount)| (r, amount))
    }

    fn band(&self, r: RowIndex, amount: i64, tolerance: f64) -> String {
        let row = &self.model.problem.rows.rows[r];
        let measure = self.model.problem.label(row);
        let node = self.model.problem.tree.nodes[row.node].called();
        let deviation = (amount as f64 - row.target) / row.target;
        format!("{node}'s {measure} at {} (band {})", signed(deviation), percent(tolerance))
    }

    /// Leaves below the owner that the unit may go to; of many, those that cost least.
    fn leaves(&self, unit: UnitIndex, owner: NodeIndex) -> Vec<LeafIndex> {
        let problem = self.model.problem;
        let below = problem.tree.nodes[owner].leaves.iter();
        let mut leaves: Vec<LeafIndex> = below.filter(|&leaf| problem.units.allows(unit, leaf)).collect();
        if leaves.len() > RETURNS_TRIED_MAX {
            let costs = self.model.costs;
            // Of two leaves of one territory only distances differ.
            let cost = |leaf: LeafIndex| problem.tiers.keys().iter().map(|t| costs.at(t, unit, leaf)).sum::<f64>();
            leaves.sort_by(|&a, &b| cost(a).total_cmp(&cost(b)).then(a.cmp(&b)));
            leaves.truncate(RETURNS_TRIED_MAX);
        }
        leaves
    }

    /// The return that breaks no rule and worsens the tiers least, in their order; of equals the one that leaves its
    /// rows least out of their bands.
    fn best(&self, unit: UnitIndex, leaves: &[LeafIndex]) -> Return {
        let problem = self.model.problem;
        let beyond = |back: &Return| -> Vec<f64> {
            let rises = back.rises.zip(&self.values).map(|(rise, &value)| (rise.0 + rise.1, slack(value)));
            let over = rises.map(|(rise, slack)| if rise > slack { rise } else { 0.0 });
            let soft = back.rows.iter().filter(|(r, _)| problem.rows.rows[*r].group.is_some());
            let outside: f64 = soft.map(|&(r, amount)| excess(problem, r, amount)).sum();
            [f64::from(u8::from(back.broken.is_some()))].into_iter().chain(over).chain([outside]).collect()
        };
        let returns = leaves.iter().map(|&leaf| self.back(unit, leaf)).map(|back| (beyond(&back), back));
        let least = returns.reduce(|a, b| if b.0.partial_cmp(&a.0).is_some_and(|o| o.is_lt()) { b } else { a });
        least.expect("the owner has a leaf for the unit").1
    }

    fn back(&self, unit: UnitIndex, leaf: LeafIndex) -> Return {
        let (problem, from) = (self.model.problem, self.state.leaf_of[unit]);
        let all = &problem.rows;
        let rows: Vec<(RowIndex, i64)> = (self.model.rows_between(from, leaf))
            .map(|(r, enters)| {
                let amount = self.model.amount(unit, all.rows[r].load);
                (r, self.state.rows[r] + if enters { amount } else { -amount })
            })
            .collect();
        let out = |r: RowIndex, amount: i64| !all.rows[r].limits.hold(amount);
        let hard = rows.iter().find(|&&(r, amount)| all.rows[r].group.is_none() && out(r, amount));
        let broken = hard.map(|&(r, amount)| self.beyond(r, amount)).or_else(|| {
            let used = all.budgets.iter().zip(&self.state.budgets).find(|(budget, used)| {
                // Amounts near 2^63 leave no room for a sum before the difference.
                let [used, enters, leaves, most] =
                    [**used, budget.amount(unit, leaf), budget.amount(unit, from), budget.most].map(i128::from);
                used + enters - leaves > most
            });
            used.map(|(budget, _)| {
                format!("staying would pass the limit of rule {}", problem.rule_id(budget.origin).unwrap_or_default())
            })
        });
        let costs = self.model.costs;
        let rise = |t| (0.0, costs.at(t, unit, leaf) - costs.at(t, unit, from));
        let mut rises: Keyed<TierIndex, (f64, f64)> = problem.tiers.keys().iter().map(rise).collect();
        let mut touched: Vec<GroupIndex> = rows.iter().filter_map(|&(r, _)| all.rows[r].group).collect();
        touched.sort_unstable();
        touched.dedup();
        for g in touched {
            let group = &all.groups[g];
            let changed = rows.iter().filter(|(r, _)| group.rows.contains(*r));
            let new = changed.clone().map(|&(r, amount)| excess(problem, r, amount)).fold(0.0, f64::max);
            let kept = self.worst[g].iter().find(|(r, _)| changed.clone().all(|(c, _)| c != r)).map_or(0.0, |w| w.1);
            let now = self.worst[g].first().map_or(0.0, |w| w.1);
            rises[group.tier].0 += group.weight * (new.max(kept) - now);
        }
        // Where the worst stay as bad as they are, the next decide.
        for (t, rise) in problem.tiers.keys().iter().zip(&mut rises) {
            if self.values[t] > 0.0 && rise.0.abs() <= slack(self.values[t]) && problem.steps_max(t) > 0 {
                rise.0 = self.step_rise(t, &rows);
            }
        }
        Return { unit, leaf, broken, rows, rises }
    }

    /// What the first step of a tier that changes rises by when rows hold these amounts; 0 where none does.
    fn step_rise(&self, tier: TierIndex, changed: &[(RowIndex, i64)]) -> f64 {
        let problem = self.model.problem;
        let mut rises = [0.0; STEPS_MAX];
        for (group, worst) in problem.rows.groups.zip(&self.worst).filter(|(g, _)| g.tier == tier) {
            let own = || changed.iter().filter(|(r, _)| group.rows.contains(*r));
            if own().next().is_none() {
                continue;
            }
            let kept = worst.iter().filter(|(r, _)| own().all(|(c, _)| c != r)).map(|w| w.1);
            let mut after: Vec<f64> = kept.chain(own().map(|&(r, amount)| excess(problem, r, amount))).collect();
            after.sort_by(|a, b| b.total_cmp(a));
            let mut sum = 0.0;
            for (count, rise) in rises.iter_mut().enumerate() {
                sum += after.get(count).copied().unwrap_or(0.0) - worst.get(count).map_or(0.0, |w| w.1);
                *rise += group.weight * sum;
            }
        }
        let counts = 1 + problem.steps_max(tier);
        rises[..counts]
            .iter()
            .copied()
            .find(|rise| rise.abs() > STEPS_MAX as f64 * slack(self.values[tier]))
            .unwrap_or(0.0)
    }

    /// What a hard row says of an amount outside it.
    fn beyond(&self, r: RowIndex, amount: i64) -> String {
        let row = &self.model.problem.rows.rows[r];
        let node = self.model.problem.tree.nodes[row.node].called();
        let limits = row.limits;
        let above = amount > limits.most;
        let (word, limit) = if above { ("at most", limits.most) } else { ("at least", limits.least) };
        let label = self.model.problem.label(row);
        let (limit, amount) = (self.model.problem.amount(row, limit), self.model.problem.amount(row, amount));
        format!("{label} allows {node} {word} {limit}, staying would make it {amount}")
    }

    /// Whether the owner is a pool that the unit keeps out of, and no rule says so.
    fn is_shut_by_default(&self, unit: UnitIndex, owner: NodeIndex) -> bool {
        let problem = self.model.problem;
        let (member, pool) = (problem.units.members(unit)[0], problem.tree.nodes[owner].leaves.start);
        let mut defaults = problem.pools.defaults.iter();
        let members = problem.units.members(unit);
        let by_rule = |rule: &Rule| {
            let shuts = rule.kind.allowed().filter(|(_, leaves)| !leaves[pool]);
            shuts.is_some_and(|(accounts, _)| members.iter().any(|a| accounts.binary_search(a).is_ok()))
        };
        problem.tree.nodes[owner].is_pool
            && !problem.rules.iter().any(by_rule)
            && defaults.any(|default| !default.leaves[pool] && default.accounts.binary_search(&member).is_ok())
    }

    /// The rules that leave the unit no leaf below its owner.
    fn forbidding(&self, unit: UnitIndex, owner: NodeIndex) -> String {
        let problem = self.model.problem;
        let below = problem.tree.nodes[owner].leaves;
        let touches = |accounts: &[AccountIndex]| {
            problem.units.members(unit).iter().any(|account| accounts.binary_search(account).is_ok())
        };
        let rules = problem.rules.iter().filter_map(|rule| {
            let (_, leaves) = rule.kind.allowed().filter(|(accounts, _)| touches(accounts))?;
            Some((rule.id.as_str(), leaves[below].iter().filter(|open| !**open).count()))
        });
        let mut rules: Vec<(&str, usize)> = rules.filter(|(_, shut)| *shut > 0).collect();
        if let Some(alone) = rules.iter().find(|(_, shut)| *shut == below.len()) {
            rules = vec![*alone];
        }
        let names: Vec<&str> = rules.into_iter().map(|(id, _)| id).collect();
        let (word, verb) = if names.len() == 1 { ("rule", "does") } else { ("rules", "do") };
        format!("{word} {} {verb} not allow {}", names.join(", "), problem.tree.nodes[owner].called())
    }

    /// Who of the accounts that move with it stays with their owner; `None`: nobody.
    fn family(&self, account: AccountIndex) -> Option<String> {
        let problem = self.model.problem;
        let territory = self.territory(account);
        let members = problem.units.members(problem.units.of[account]);
        let mut stay = members.iter().filter(|&&a| problem.accounts.owners[a] == Some(territory));
        let first = &problem.accounts.ids[*stay.next()?];
        let more = match stay.count() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(format!("moves with {first}{more}, of {}", problem.tree.nodes[territory].called()))
    }
}

fn percent(part: f64) -> String {
    let text = format!("{:.2}", part * 100.0);
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

fn signed(part: f64) -> String {
    format!("{:+.1} %", part * 100.0)
}

/// A whole number from 10 on, else two digits that count.
fn rounded(value: f64) -> String {
    if value >= 10.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
