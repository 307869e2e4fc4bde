//! One pass over all units: what prices are worth at a temperature, and where they send the units.

use super::program::{Program, Sums};
use rayon::prelude::*;

/// Units in a block of a pass; fixed, so that sums do not depend on threads.
const BLOCK: usize = 2_048;
/// Leaves that cost more than the cheapest by this many temperatures have no part of a unit.
const FAR: f64 = 18.0;
/// Units are whole where all but this of them is at one leaf.
const WHOLE: f64 = 1e-5;

/// Units that are at several leaves, with their parts there.
#[derive(Debug, Default)]
pub(super) struct Split {
    pub units: Vec<u32>,
    /// First part of each, and the end.
    pub first: Vec<u32>,
    pub slot: Vec<u32>,
    pub part: Vec<f64>,
}

/// What a pass found.
pub(super) struct Seen {
    /// Sum of what units cost, as soft minima.
    pub value: f64,
    /// What each line adds up to.
    pub sums: Vec<f64>,
    pub split: Vec<Split>,
}

/// What one block of units came to.
struct Block {
    value: f64,
    /// Amounts at leaves, leaves × loads.
    at: Vec<f64>,
    slots: Vec<f64>,
    split: Split,
}

impl Program {
    /// What prices are worth of a unit's amounts at each leaf, leaves × loads.
    pub(super) fn by_leaf(&self, prices: &[f64]) -> Vec<f64> {
        let mut worth = vec![0.0; self.leaves * self.loads];
        for (line, &price) in self.lines.iter().zip(prices).filter(|(_, p)| **p != 0.0) {
            match &line.sums {
                Sums::Load { load, leaves } => {
                    leaves.clone().for_each(|leaf| worth[leaf * self.loads + load] += price);
                }
                Sums::Weighted { load, factors } => {
                    (factors.iter().enumerate()).for_each(|(leaf, f)| worth[leaf * self.loads + load] += price * f);
                }
                Sums::Slots(_) => {}
            }
        }
        worth
    }

    /// The lines that have coefficients of their own, with their prices.
    pub(super) fn by_slots<'a>(&'a self, prices: &'a [f64]) -> Vec<(&'a [f64], f64)> {
        let own = |(line, &price): (&'a super::program::Line, &f64)| match &line.sums {
            Sums::Slots(coefficients) => Some((coefficients.as_slice(), price)),
            _ => None,
        };
        self.lines.iter().zip(prices).filter_map(own).collect()
    }

    /// Writes the unit's price-corrected costs at its slots.
    pub(super) fn reduced(&self, unit: usize, worth: &[f64], slots: &[(&[f64], f64)], out: &mut Vec<f64>) {
        let loads = self.loads;
        let amounts = &self.amounts[unit * loads..(unit + 1) * loads];
        out.clear();
        for s in self.offers.slots(unit) {
            let leaf = self.offers.leaf[s] as usize;
            let gives: f64 = amounts.iter().zip(&worth[leaf * loads..(leaf + 1) * loads]).map(|(a, w)| a * w).sum();
            out.push(self.cost[s] - gives);
        }
        for (coefficients, price) in slots.iter().filter(|(_, p)| *p != 0.0) {
            let own = &coefficients[self.offers.slots(unit)];
            out.iter_mut().zip(own).for_each(|(q, k)| *q -= price * k);
        }
    }

    /// What the lines add up to, of amounts at leaves and of what slots' coefficients add up to.
    pub(super) fn line_sums(&self, at: &[f64], slots: &[f64]) -> Vec<f64> {
        let loads = self.loads;
        // Up to each leaf, leaves + 1 × loads.
        let mut before = vec![0.0; (self.leaves + 1) * loads];
        for i in 0..self.leaves * loads {
            before[i + loads] = before[i] + at[i];
        }
        let mut slots = slots.iter();
        let sum = |line: &super::program::Line| match &line.sums {
            Sums::Load { load, leaves } if leaves.len() == 1 => at[leaves.start * loads + load],
            Sums::Load { load, leaves } => before[leaves.end * loads + load] - before[leaves.start * loads + load],
            Sums::Weighted { load, factors } => {
                factors.iter().enumerate().map(|(leaf, f)| f * at[leaf * loads + load]).sum()
            }
            Sums::Slots(_) => slots.next().copied().unwrap_or(0.0),
        };
        self.lines.iter().map(sum).collect()
    }

    pub(super) fn pass(&self, prices: &[f64], temperature: f64) -> Seen {
        let worth = self.by_leaf(prices);
        let slots = self.by_slots(prices);
        let blocks: Vec<Block> = (0..self.units.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| self.block(block * BLOCK..self.units.min((block + 1) * BLOCK), &worth, &slots, temperature))
            .collect();
        let (mut value, mut at, mut sums) = (0.0, vec![0.0; self.leaves * self.loads], vec![0.0; slots.len()]);
        for block in &blocks {
            value += block.value;
            at.iter_mut().zip(&block.at).for_each(|(all, own)| *all += own);
            sums.iter_mut().zip(&block.slots).for_each(|(all, own)| *all += own);
        }
        Seen { value, sums: self.line_sums(&at, &sums), split: blocks.into_iter().map(|b| b.split).collect() }
    }

    fn block(&self, units: std::ops::Range<usize>, worth: &[f64], slots: &[(&[f64], f64)], temperature: f64) -> Block {
        let loads = self.loads;
        let mut block = Block {
            value: 0.0,
            at: vec![0.0; self.leaves * loads],
            slots: vec![0.0; slots.len()],
            split: Split { first: vec![0], ..Split::default() },
        };
        let mut costs = Vec::new();
        for unit in units {
            self.reduced(unit, worth, slots, &mut costs);
            let least = costs.iter().copied().fold(f64::INFINITY, f64::min);
            let mut sum = 0.0;
            for q in &mut costs {
                let far = (*q - least) / temperature;
                *q = if far < FAR { (-far).exp() } else { 0.0 };
                sum += *q;
            }
            block.value += least - temperature * sum.ln();
            let first = self.offers.first[unit] as usize;
            let split = sum > 1.0 + WHOLE;
            let amounts = &self.amounts[unit * loads..(unit + 1) * loads];
            for (i, weight) in costs.iter().enumerate().filter(|(_, w)| **w > 0.0) {
                let (part, slot) = (weight / sum, first + i);
                let at = &mut block.at[self.offers.leaf[slot] as usize * loads..][..loads];
                at.iter_mut().zip(amounts).for_each(|(at, a)| *at += part * a);
                block.slots.iter_mut().zip(slots).for_each(|(sum, (k, _))| *sum += part * k[slot]);
                if split {
                    block.split.slot.push(slot as u32);
                    block.split.part.push(part);
                }
            }
            if split {
                block.split.units.push(unit as u32);
                block.split.first.push(block.split.slot.len() as u32);
            }
        }
        block
    }

    /// The cheapest slot of each unit.
    pub(super) fn cheapest(&self, prices: &[f64]) -> Vec<u32> {
        let worth = self.by_leaf(prices);
        let slots = self.by_slots(prices);
        let one = |costs: &mut Vec<f64>, unit: usize| {
            self.reduced(unit, &worth, &slots, costs);
            let best = (0..costs.len()).fold(0, |best, i| if costs[i] < costs[best] { i } else { best });
            self.offers.first[unit] + best as u32
        };
        (0..self.units).into_par_iter().with_min_len(BLOCK).map_init(Vec::new, one).collect()
    }

    /// What all units cost after prices, each at its cheapest slot.
    pub(super) fn least(&self, prices: &[f64]) -> f64 {
        let (worth, slots) = (self.by_leaf(prices), self.by_slots(prices));
        let one = |costs: &mut Vec<f64>, unit: usize| {
            self.reduced(unit, &worth, &slots, costs);
            costs.iter().copied().fold(f64::INFINITY, f64::min)
        };
        let all: Vec<f64> = (0..self.units).into_par_iter().with_min_len(BLOCK).map_init(Vec::new, one).collect();
        all.iter().sum()
    }

    /// Price-corrected costs by slot, in the tier's unit.
    pub(super) fn all_reduced(&self, prices: &[f64]) -> Vec<f64> {
        let worth = self.by_leaf(prices);
        let slots = self.by_slots(prices);
        let one = |block: usize| {
            let (mut costs, mut all) = (Vec::new(), Vec::new());
            for unit in block * BLOCK..self.units.min((block + 1) * BLOCK) {
                self.reduced(unit, &worth, &slots, &mut costs);
                all.extend(costs.iter().map(|q| q * self.usual));
            }
            all
        };
        (0..self.units.div_ceil(BLOCK)).into_par_iter().map(one).collect::<Vec<_>>().concat()
    }
}
