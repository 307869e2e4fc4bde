//! Rules that cannot be met together, each trap of another kind: places too few, more asked for than there is, parity,
//! accounts that are kin and kept apart.

use super::{Draw, by_id};
use crate::oracle::reading::Reading;
use carve_solver::input::RuleKindInput;
use rand::RngExt;

impl Draw {
    /// Rules of one trap; by chance some plan may meet them all the same.
    pub fn trap(&mut self, reading: &Reading) -> Vec<RuleKindInput> {
        let (split, measure) = (&reading.split, self.measure(reading));
        let territories = split.balanced();
        let territory = |t: usize| split.nodes[territories[t % territories.len()]].id.clone();
        let amounts = reading.amounts(&measure);
        let total: i128 = amounts.iter().sum();
        let bounds = |node_ids: Vec<String>, min: Option<i128>, max: Option<i128>| {
            let whole = |limit: Option<i128>| limit.and_then(|limit| i64::try_from(limit.max(0)).ok());
            let (min, max) = (whole(min), whole(max));
            let min = if min.is_none() && max.is_none() { Some(i64::MAX) } else { min };
            RuleKindInput::Bounds { accounts: None, node_ids, measure: measure.clone(), min, max }
        };
        let drawn: Vec<usize> = (0..3).map(|_| self.rng.random_range(0..reading.accounts())).collect();
        match self.rng.random_range(0..9_u32) {
            // One unit of room too little in all.
            0 => {
                let many = territories.len() as i128;
                vec![bounds(Vec::new(), None, Some((total - 1).div_euclid(many)))]
            }
            // Two nodes ask for one more than there is.
            1 => {
                let half = total / 2;
                vec![
                    bounds(vec![territory(0)], Some(total - half), None),
                    bounds(vec![territory(1)], Some(half + 1), None),
                ]
            }
            // More pinned than fits.
            2 => {
                let held: i128 = unique(&drawn).iter().map(|&a| amounts[a]).sum();
                vec![
                    RuleKindInput::Pin { accounts: by_id(reading, &unique(&drawn)), node_id: territory(0) },
                    bounds(vec![territory(0)], None, Some(held - 1)),
                ]
            }
            // An amount that no sum of accounts has, if they are lumpy.
            3 => {
                let odd = total / 2 + i128::from(total % 4 == 0);
                vec![bounds(vec![territory(0)], Some(odd), Some(odd))]
            }
            4 => {
                let accounts = by_id(reading, &unique(&drawn));
                vec![RuleKindInput::KeepTogether { accounts: accounts.clone() }, RuleKindInput::KeepApart { accounts }]
            }
            // Kin kept apart, or pinned to two places.
            5 => match reading.families().first() {
                Some(family) => vec![RuleKindInput::KeepApart { accounts: by_id(reading, family) }],
                None => vec![bounds(vec![territory(0)], Some(total + 1), None)],
            },
            6 => {
                let pair = reading.families().first().map_or(vec![drawn[0]; 2], |family| family[..2].to_vec());
                let pin =
                    |a: usize, t: usize| RuleKindInput::Pin { accounts: by_id(reading, &[a]), node_id: territory(t) };
                vec![pin(pair[0], 0), pin(pair[1], 1)]
            }
            // Nobody moves, though kin have two owners, or a node must be empty.
            7 => {
                let none = RuleKindInput::MoveLimit {
                    accounts: None,
                    measure: String::new(),
                    max_amount: Some(0),
                    max_share: None,
                    per_owner: self.often(0.3),
                };
                vec![none, bounds(vec![territory(0)], None, Some(0))]
            }
            // One territory too few for accounts that are kept apart.
            _ => {
                let many = split.territories.len() + 1;
                let all: Vec<usize> = (0..reading.accounts().min(many)).collect();
                vec![RuleKindInput::KeepApart { accounts: by_id(reading, &all) }]
            }
        }
    }
}

fn unique(accounts: &[usize]) -> Vec<usize> {
    let set: std::collections::BTreeSet<usize> = accounts.iter().copied().collect();
    set.into_iter().collect()
}
