//! Seats outside the balance as the oracle reads them: who keeps to them, who keeps out, and what the others share.

use super::hard::Hard;
use super::model::joined;
use super::reading::Reading;
use carve_solver::input::{RuleInput, RuleKindInput};

/// What follows from seats outside the balance.
#[derive(Debug, Clone, Default)]
pub struct Pools {
    /// What holds of accounts because no rule says otherwise.
    pub kept: Vec<Hard>,
    /// The leaves outside the balance that each account may go to, if it may go nowhere else.
    pub only: Vec<Option<Vec<usize>>>,
}

impl Pools {
    /// Of a reading, whose own are not looked at.
    pub fn of(reading: &Reading) -> Pools {
        let split = &reading.split;
        let pools: Vec<usize> = split.nodes.iter().filter(|n| n.pool).map(|n| n.leaves.start).collect();
        if pools.is_empty() {
            return Pools { kept: Vec::new(), only: vec![None; reading.accounts()] };
        }
        let of_places = |rule: &&RuleInput| {
            matches!(
                rule.kind,
                Some(
                    RuleKindInput::Pin { .. }
                        | RuleKindInput::Forbid { .. }
                        | RuleKindInput::Restrict { .. }
                        | RuleKindInput::KeepTogether { .. }
                )
            )
        };
        let rules = reading.input.rules.iter().filter(of_places);
        let hard: Vec<Hard> = rules.map(|rule| Hard::of(reading, rule)).collect();
        let together =
            hard.iter().filter_map(|rule| if let Hard::Together(accounts) = rule { Some(accounts) } else { None });
        let families = reading.families();
        let mut found = Pools { kept: Vec::new(), only: vec![None; reading.accounts()] };
        for unit in joined(reading.accounts(), families.iter().chain(together)) {
            let allows = |leaf: usize| {
                hard.iter().all(|rule| match rule {
                    Hard::Open(accounts, open) => open[leaf] || !accounts.iter().any(|a| unit.contains(a)),
                    Hard::Together(_) | Hard::Limits(_) => true,
                })
            };
            let ruled: Vec<usize> = (0..split.leaves).filter(|&leaf| allows(leaf)).collect();
            let mut left = ruled.clone();
            if ruled.iter().any(|leaf| !pools.contains(leaf)) {
                let named = |leaf: usize| unit.iter().any(|&account| names(reading, account, leaf));
                let mut owners: Vec<usize> = unit.iter().filter_map(|&a| reading.owners[a]).collect();
                owners.dedup();
                let home = match owners[..] {
                    [one] if split.nodes[one].pool => Some(split.nodes[one].leaves.start),
                    _ => None,
                };
                let open: Vec<bool> = match home.filter(|home| ruled.contains(home) && !named(*home)) {
                    Some(home) => (0..split.leaves).map(|leaf| leaf == home).collect(),
                    None => (0..split.leaves).map(|leaf| !pools.contains(&leaf) || named(leaf)).collect(),
                };
                left.retain(|leaf| open[*leaf]);
                found.kept.push(Hard::Open(unit.clone(), open));
            }
            if !left.is_empty() && left.iter().all(|leaf| pools.contains(leaf)) {
                unit.iter().for_each(|&account| found.only[account] = Some(left.clone()));
            }
        }
        found
    }

    /// What the nodes of the balance share of amounts by account, which are those of `measure` where rules can name it.
    pub fn shared(&self, reading: &Reading, measure: Option<&str>, amounts: &[i128]) -> i128 {
        let split = &reading.split;
        let held = |leaf: usize| -> i128 {
            let alone = |account: &usize| self.only[*account].as_deref() == Some(&[leaf]);
            (0..amounts.len()).filter(alone).map(|a| amounts[a]).sum()
        };
        let asked = |node: usize| {
            let plain = |name: &str| if name.is_empty() { "account_count".to_string() } else { name.to_string() };
            let asks = reading.input.rules.iter().filter_map(|rule| match rule.kind.as_ref()? {
                RuleKindInput::Bounds { accounts: None, node_ids, measure: of, min: Some(min), .. } => {
                    let same = measure.is_some_and(|measure| plain(measure) == plain(of));
                    (same && node_ids.contains(&split.nodes[node].id)).then_some(i128::from(*min))
                }
                _ => None,
            });
            asks.max().unwrap_or(0)
        };
        let pools = (0..split.nodes.len()).filter(|&n| split.nodes[n].pool);
        let least: i128 = pools.map(|n| held(split.nodes[n].leaves.start).max(asked(n))).sum();
        let certain: i128 = (0..amounts.len()).filter(|&a| self.only[a].is_some()).map(|a| amounts[a]).sum();
        let total: i128 = amounts.iter().sum();
        total - least.max(certain).min(total)
    }
}

/// Whether a rule names a pool, by its leaf, for an account.
fn names(reading: &Reading, account: usize, leaf: usize) -> bool {
    let id = &reading.split.nodes.iter().find(|n| n.pool && n.leaves.start == leaf).expect("a pool").id;
    reading.input.rules.iter().any(|rule| match rule.kind.as_ref().expect("rules have kinds") {
        RuleKindInput::Pin { accounts, node_id } => node_id == id && reading.picked(Some(accounts)).contains(&account),
        RuleKindInput::Restrict { accounts, node_ids } => {
            node_ids.contains(id) && reading.picked(Some(accounts)).contains(&account)
        }
        RuleKindInput::Bounds { accounts, node_ids, min: Some(1..), max: Some(_), .. } => {
            node_ids.contains(id) && reading.picked(accounts.as_ref()).contains(&account)
        }
        _ => false,
    })
}
