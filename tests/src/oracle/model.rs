//! A request as sums over units, and the walk through every way to give each unit a leaf.

use super::criterion::Sums;
use super::hard::Hard;
use super::reading::Reading;
use std::collections::HashSet;

/// A whole sum: what each unit adds at each leaf, and what it must lie between.
struct Whole {
    /// Units × leaves.
    adds: Vec<i128>,
    min: Option<i128>,
    max: Option<i128>,
    /// The least and the most that units from this one on still add.
    rest: Vec<(i128, i128)>,
}

/// Units, where each may go, and sums.
pub struct Model {
    /// Accounts that move as one.
    pub units: Vec<Vec<usize>>,
    /// Leaves that are open to each unit.
    open: Vec<Vec<usize>>,
    leaves: usize,
    /// Sums with limits, then those of criteria.
    whole: Vec<Whole>,
    limits: usize,
    /// Units × leaves, each.
    real: Vec<Vec<f64>>,
}

impl Model {
    /// Of rules and of accounts that are kin: sums in `sums` come after those with limits.
    pub fn of(reading: &Reading, rules: &[&Hard], families: &[Vec<usize>], sums: &Sums) -> Model {
        let together = rules.iter().filter_map(|rule| match rule {
            Hard::Together(accounts) => Some(accounts),
            _ => None,
        });
        let units = joined(reading.accounts(), families.iter().chain(together));
        let leaves = reading.split.leaves;
        let mut open = vec![vec![true; leaves]; reading.accounts()];
        let mut whole = Vec::new();
        for rule in rules {
            match rule {
                Hard::Open(accounts, to) => {
                    accounts.iter().for_each(|&a| (0..leaves).for_each(|leaf| open[a][leaf] &= to[leaf]));
                }
                Hard::Together(_) => {}
                Hard::Limits(limits) => {
                    whole.extend(limits.iter().map(|limit| (&limit.adds, limit.min, limit.max)));
                }
            }
        }
        let limits = whole.len();
        whole.extend(sums.whole.iter().map(|adds| (adds, None, None)));
        let is_open = |unit: &Vec<usize>, leaf: &usize| unit.iter().all(|&a| open[a][*leaf]);
        let open: Vec<Vec<usize>> =
            units.iter().map(|unit| (0..leaves).filter(|leaf| is_open(unit, leaf)).collect()).collect();
        let whole = whole.into_iter().map(|(adds, min, max)| {
            let adds = by_unit(&units, leaves, adds, 0_i128);
            let rest = rest(&adds, &open, leaves);
            Whole { adds, min, max, rest }
        });
        let whole = whole.collect();
        let real = sums.real.iter().map(|adds| by_unit(&units, leaves, adds, 0.0)).collect();
        Model { open, leaves, whole, limits, real, units }
    }

    /// Sums of criteria for these leaves, one for each account.
    pub fn sums(&self, leaf_of: &[usize]) -> (Vec<i128>, Vec<f64>) {
        let cells: Vec<usize> =
            self.units.iter().enumerate().map(|(u, unit)| u * self.leaves + leaf_of[unit[0]]).collect();
        let whole = self.whole[self.limits..].iter().map(|sum| cells.iter().map(|&cell| sum.adds[cell]).sum());
        let real = self.real.iter().map(|sum| cells.iter().map(|&cell| sum[cell]).sum());
        (whole.collect(), real.collect())
    }

    /// Calls `each` with the sums of criteria of every assignment that keeps the rules.
    pub fn every(&self, each: &mut dyn FnMut(&[i128], &[f64])) {
        let mut whole = vec![vec![0; self.whole.len()]; self.units.len() + 1];
        let mut real = vec![vec![0.0; self.real.len()]; self.units.len() + 1];
        if self.may_hold(0, &whole[0]) {
            self.from(0, &mut whole, &mut real, each);
        }
    }

    fn from(&self, unit: usize, whole: &mut [Vec<i128>], real: &mut [Vec<f64>], each: &mut dyn FnMut(&[i128], &[f64])) {
        if unit == self.units.len() {
            return each(&whole[unit][self.limits..], &real[unit]);
        }
        for &leaf in &self.open[unit] {
            let cell = unit * self.leaves + leaf;
            let (before, after) = whole.split_at_mut(unit + 1);
            for ((next, now), sum) in after[0].iter_mut().zip(&before[unit]).zip(&self.whole) {
                *next = now + sum.adds[cell];
            }
            if !self.may_hold(unit + 1, &whole[unit + 1]) {
                continue;
            }
            let (before, after) = real.split_at_mut(unit + 1);
            for ((next, now), sum) in after[0].iter_mut().zip(&before[unit]).zip(&self.real) {
                *next = now + sum[cell];
            }
            self.from(unit + 1, whole, real, each);
        }
    }

    /// Whether some assignment keeps the rules; `None` when `steps` were not enough to tell.
    pub fn allows(&self, steps: u64) -> Option<bool> {
        let start = vec![0; self.limits];
        let (mut left, mut seen) = (steps, HashSet::new());
        if !self.may_hold(0, &start) {
            return Some(false);
        }
        self.reaches(0, &start, &mut seen, &mut left)
    }

    /// Whether units from `unit` on can keep the limits; places seen before lead nowhere.
    fn reaches(
        &self,
        unit: usize,
        sums: &[i128],
        seen: &mut HashSet<(usize, Vec<i128>)>,
        left: &mut u64,
    ) -> Option<bool> {
        if unit == self.units.len() {
            return Some(true);
        }
        for &leaf in &self.open[unit] {
            *left = left.checked_sub(1)?;
            let cell = unit * self.leaves + leaf;
            let next: Vec<i128> = sums.iter().zip(&self.whole).map(|(now, sum)| now + sum.adds[cell]).collect();
            if !self.may_hold(unit + 1, &next) || !seen.insert((unit + 1, next.clone())) {
                continue;
            }
            if self.reaches(unit + 1, &next, seen, left)? {
                return Some(true);
            }
        }
        Some(false)
    }

    /// Whether what units before this one add leaves every limit within reach.
    fn may_hold(&self, unit: usize, sums: &[i128]) -> bool {
        self.whole[..self.limits].iter().zip(sums).all(|(sum, now)| {
            let (least, most) = sum.rest[unit];
            sum.min.is_none_or(|min| now + most >= min) && sum.max.is_none_or(|max| now + least <= max)
        })
    }
}

/// The accounts in sets: those of a group, and of groups that share one, in one.
pub(super) fn joined<'a>(accounts: usize, groups: impl Iterator<Item = &'a Vec<usize>>) -> Vec<Vec<usize>> {
    let mut of: Vec<usize> = (0..accounts).collect();
    for group in groups {
        let Some(first) = group.iter().map(|&a| of[a]).min() else { continue };
        let all: HashSet<usize> = group.iter().map(|&a| of[a]).collect();
        of.iter_mut().filter(|set| all.contains(set)).for_each(|set| *set = first);
    }
    let unit = |first: usize| (0..accounts).filter(|&a| of[a] == first).collect::<Vec<usize>>();
    (0..accounts).map(unit).filter(|unit| !unit.is_empty()).collect()
}

fn by_unit<T: Copy + std::ops::Add<Output = T>>(
    units: &[Vec<usize>],
    leaves: usize,
    adds: &[Vec<T>],
    zero: T,
) -> Vec<T> {
    let cell = |unit: &Vec<usize>, leaf: usize| unit.iter().fold(zero, |sum, &a| sum + adds[a][leaf]);
    units.iter().flat_map(|unit| (0..leaves).map(move |leaf| cell(unit, leaf))).collect()
}

/// For each unit and for the end, what the units from there on add at the least and at the most.
fn rest(adds: &[i128], open: &[Vec<usize>], leaves: usize) -> Vec<(i128, i128)> {
    let mut rest = vec![(0, 0); open.len() + 1];
    for unit in (0..open.len()).rev() {
        let cells = || open[unit].iter().map(|leaf| adds[unit * leaves + leaf]);
        let (least, most) = (cells().min().unwrap_or(0), cells().max().unwrap_or(0));
        rest[unit] = (rest[unit + 1].0 + least, rest[unit + 1].1 + most);
    }
    rest
}
