//! Rules of every kind, mostly around one drawn plan, with limits at what it holds or one off.

use super::{Draw, by_id};
use crate::oracle::hard::Hard;
use crate::oracle::reading::Reading;
use carve_solver::input::{RuleInput, RuleKindInput, SelectorInput};
use rand::RngExt;

/// A plan that rules are drawn around: a leaf for each account.
type Plan = [usize];

/// Above this total a share's parts times the total would pass 2^63.
const KEEP_TOTAL_MAX: i128 = 1 << 48;

impl Draw {
    /// None to five rules; in some books a few of them can't be met together.
    pub fn rules(&mut self, reading: &Reading) -> Vec<RuleInput> {
        let mut plan = vec![0; reading.accounts()];
        for (account, leaf) in plan.iter_mut().enumerate() {
            *leaf = self.leaf_for(reading, account);
        }
        for family in reading.families() {
            family.iter().for_each(|&a| plan[a] = plan[family[0]]);
        }
        let count = self.pick(&[0, 1, 1, 2, 2, 3, 3, 4, 5]);
        let mut kinds: Vec<RuleKindInput> = (0..count).filter_map(|_| self.kind(reading, &plan)).collect();
        if self.often(0.22) {
            let trap = self.trap(reading);
            let at = self.rng.random_range(0..=kinds.len());
            kinds.splice(at..at, trap);
        }
        kinds.into_iter().enumerate().map(|(r, kind)| self.rule(kind, r)).collect()
    }

    /// A leaf for an account, mostly one that what stands outside the balance leaves it.
    fn leaf_for(&mut self, reading: &Reading, account: usize) -> usize {
        let keeps = |leaf: &usize| {
            reading.pools.kept.iter().all(|kept| match kept {
                Hard::Open(accounts, open) => open[*leaf] || !accounts.contains(&account),
                Hard::Together(_) | Hard::Limits(_) => true,
            })
        };
        let kept: Vec<usize> = (0..reading.split.leaves).filter(keeps).collect();
        let any: Vec<usize> = (0..reading.split.leaves).collect();
        if reading.pools.kept.is_empty() || self.often(0.2) { self.pick(&any) } else { self.pick(&kept) }
    }

    /// Any node below the root, by number.
    fn a_node(&mut self, reading: &Reading) -> usize {
        self.rng.random_range(1..reading.split.nodes.len())
    }

    fn kind(&mut self, reading: &Reading, plan: &Plan) -> Option<RuleKindInput> {
        let (split, careless) = (&reading.split, self.often(self.careless));
        let id = |node: usize| split.nodes[node].id.clone();
        let holds = |node: usize, a: usize| split.nodes[node].leaves.contains(&plan[a]);
        if !split.covers.is_empty() && self.often(0.3) {
            return self.cover_limit(reading, plan);
        }
        match self.rng.random_range(0..13_u32) {
            0 | 1 => {
                let (node, mut accounts) = (self.a_node(reading), self.some(reading));
                if !careless {
                    accounts = kept(reading, &accounts, |a| holds(node, a))?;
                }
                Some(RuleKindInput::Pin { accounts, node_id: id(node) })
            }
            2 => {
                let (node, mut accounts) = (self.a_node(reading), self.some(reading));
                if !careless {
                    accounts = kept(reading, &accounts, |a| !holds(node, a))?;
                }
                Some(RuleKindInput::Forbid { accounts, node_ids: vec![id(node)] })
            }
            3 => {
                let (one, other, mut accounts) = (self.a_node(reading), self.a_node(reading), self.some(reading));
                if !careless {
                    accounts = kept(reading, &accounts, |a| holds(one, a) || holds(other, a))?;
                }
                let mut node_ids = vec![id(one), id(other)];
                node_ids.dedup();
                Some(RuleKindInput::Restrict { accounts, node_ids })
            }
            4 => {
                let mut accounts = self.some(reading);
                if !careless {
                    let first = reading.picked(Some(&accounts))[0];
                    accounts = kept(reading, &accounts, |a| plan[a] == plan[first])?;
                }
                Some(RuleKindInput::KeepTogether { accounts })
            }
            5 => {
                let mut accounts = self.some(reading);
                if !careless {
                    let mut taken = Vec::new();
                    accounts = kept(reading, &accounts, |a| {
                        let territory = split.territories.iter().position(|&t| holds(t, a));
                        let free = !taken.contains(&territory);
                        taken.push(territory);
                        free
                    })?;
                }
                Some(RuleKindInput::KeepApart { accounts })
            }
            6..10 => Some(self.bounds(reading, plan, careless)),
            10 | 11 => Some(self.move_limit(reading, plan, careless)),
            _ => self.keep(reading),
        }
    }

    /// One off, at what is held, or with room.
    fn slack(&mut self, held: i128) -> i128 {
        match self.rng.random_range(0..4_u32) {
            0 => 0,
            1 => 1,
            2 => self.rng.random_range(0..=3),
            _ => held / 4,
        }
    }

    fn bounds(&mut self, reading: &Reading, plan: &Plan, careless: bool) -> RuleKindInput {
        let (split, measure) = (&reading.split, self.measure(reading));
        let amounts = reading.amounts(&measure);
        let accounts = self.often(0.35).then(|| self.some(reading));
        let among = reading.picked(accounts.as_ref());
        let held = |node: usize| -> i128 {
            among.iter().filter(|&&a| split.nodes[node].leaves.contains(&plan[a])).map(|&a| amounts[a]).sum()
        };
        let named: Vec<usize> = match self.rng.random_range(0..3_u32) {
            0 => Vec::new(),
            1 => vec![self.a_node(reading)],
            _ => vec![self.a_node(reading), self.a_node(reading)],
        };
        let balanced = split.balanced();
        let nodes = if named.is_empty() { &balanced } else { &named };
        let (least, most) = nodes.iter().map(|&n| held(n)).fold((i128::MAX, 0), |(l, m), h| (l.min(h), m.max(h)));
        let off = if careless { 1 + self.slack(most) } else { 0 };
        let (mut min, mut max) = (least - self.slack(least) + off, most + self.slack(most) - off);
        match self.rng.random_range(0..3_u32) {
            0 => min = 0,
            1 => max = i128::from(i64::MAX),
            _ => {}
        }
        (min, max) = (min.max(0), max.max(0));
        let limit = |limit: i128| i64::try_from(limit).ok();
        let (min, max) = (limit(min.min(max)), Some(limit(max).unwrap_or(i64::MAX)));
        let node_ids = named.iter().map(|&n| split.nodes[n].id.clone()).collect();
        RuleKindInput::Bounds { accounts, node_ids, measure, min, max }
    }

    fn move_limit(&mut self, reading: &Reading, plan: &Plan, careless: bool) -> RuleKindInput {
        let (split, measure) = (&reading.split, self.measure(reading));
        let (accounts, per_owner) = (self.often(0.25).then(|| self.some(reading)), self.often(0.4));
        if self.often(0.4) {
            let max_share = Some(self.pick(&[0.0, 0.1, 0.25, 0.333, 0.5, 0.73, 0.9, 1.0]));
            return RuleKindInput::MoveLimit { accounts, measure, max_amount: None, max_share, per_owner };
        }
        let amounts = reading.amounts(&measure);
        let leaves = |a: &usize| reading.owners[*a].is_some_and(|owner| !split.nodes[owner].leaves.contains(&plan[*a]));
        let moved: i128 = reading.picked(accounts.as_ref()).iter().filter(|a| leaves(a)).map(|&a| amounts[a]).sum();
        let most = if careless { moved / 3 } else { moved + self.slack(moved) };
        RuleKindInput::MoveLimit {
            accounts,
            measure,
            max_amount: i64::try_from(most).ok().or(Some(i64::MAX)),
            max_share: None,
            per_owner,
        }
    }

    fn keep(&mut self, reading: &Reading) -> Option<RuleKindInput> {
        let (split, measure) = (&reading.split, self.measure(reading));
        if reading.amounts(&measure).iter().sum::<i128>() > KEEP_TOTAL_MAX {
            return None;
        }
        let parents: Vec<usize> = (0..split.nodes.len()).filter(|&n| split.nodes[n].children.len() > 1).collect();
        let planned = !split.planned().is_empty() && self.often(0.5);
        // Of seats the tree is not known before it is found.
        if !planned && matches!(reading.input.split, None | Some(carve_solver::input::SplitInput::Seats { .. })) {
            return None;
        }
        let node = self.pick(&parents);
        let named = |node: usize| {
            if node == 0 && split.nodes[0].id.is_empty() { None } else { Some(split.nodes[node].id.clone()) }
        };
        let node_ids = if planned { Vec::new() } else { vec![named(node)?] };
        let (min_share, max_share) = self.pick(&[
            (Some(0.5), None),
            (Some(0.3), None),
            (None, Some(0.4)),
            (Some(0.3), Some(0.7)),
            (Some(0.5), Some(0.5)),
        ]);
        Some(RuleKindInput::Keep { measure, min_share, max_share, node_ids })
    }

    fn cover_limit(&mut self, reading: &Reading, plan: &Plan) -> Option<RuleKindInput> {
        let (split, measure) = (&reading.split, self.measure(reading));
        let (seat, covered) = split.covers.first()?;
        let amounts = reading.amounts(&measure);
        let held = |node: usize, a: usize| split.nodes[node].leaves.contains(&plan[a]);
        let all = (0..plan.len()).filter(|&a| covered.iter().chain([seat]).any(|&node| held(node, a)));
        let all: i128 = all.map(|a| amounts[a]).sum();
        let seat_ids = if self.often(0.5) { vec![split.nodes[*seat].id.clone()] } else { Vec::new() };
        let (max, max_share_of_target) = match self.often(0.5) {
            true => (i64::try_from(all + self.slack(all)).ok(), None),
            false => (None, Some(self.pick(&[1.0, 1.5, 2.0, 2.25, 0.5]))),
        };
        let max = if max.is_none() && max_share_of_target.is_none() { Some(i64::MAX) } else { max };
        Some(RuleKindInput::CoverLimit { measure, max, max_share_of_target, seat_ids })
    }
}

/// Those of the picked accounts that hold; `None` when there are none.
fn kept(reading: &Reading, of: &SelectorInput, holds: impl FnMut(usize) -> bool) -> Option<SelectorInput> {
    let mut holds = holds;
    let picked: Vec<usize> = reading.picked(Some(of)).into_iter().filter(|&a| holds(a)).collect();
    (!picked.is_empty()).then(|| by_id(reading, &picked))
}
