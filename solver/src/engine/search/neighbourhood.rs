//! The leaves that units may try in an annealing: plain numbers inside, units by their places in the neighbourhood.

use crate::engine::relax::ascent::offers::Offers;
use crate::index::{Number, UnitIndex};
use crate::score::{Model, State};

/// The leaves that units may try.
pub(crate) struct Neighbourhood {
    pub units: Vec<UnitIndex>,
    /// First slot of each unit, and the end.
    first: Vec<u32>,
    /// By slot.
    pub leaf: Vec<u32>,
}

impl Neighbourhood {
    /// Slots out of those that are offered, with price-corrected costs by slot: those within `most` of each unit's
    /// cheapest, and where `state` has it; only of units that are at leaves `inside`, and only such leaves.
    pub fn offered(
        offers: &Offers,
        reduced: &[f64],
        state: &State,
        most: f64,
        inside: impl Fn(usize) -> bool,
    ) -> Neighbourhood {
        let mut near = Neighbourhood::none();
        for (unit, stays) in state.leaf_of.pairs().map(|(unit, leaf)| (unit, leaf.get())) {
            let slots = offers.slots(unit.get());
            if !inside(stays) {
                continue;
            }
            let own = || offers.leaf[slots.clone()].iter().zip(&reduced[slots.clone()]);
            let least = own().filter(|(l, _)| inside(**l as usize)).map(|o| *o.1).fold(f64::INFINITY, f64::min);
            let before = near.leaf.len();
            let open = |(l, q): &(&u32, &f64)| **l as usize != stays && **q <= least + most && inside(**l as usize);
            near.leaf.extend(own().filter(open).map(|o| *o.0));
            if near.leaf.len() == before {
                continue;
            }
            near.leaf.push(stays as u32);
            near.add(unit);
        }
        near
    }

    /// Slots within `most` of each unit's cheapest price-corrected cost, and where `state` has it.
    pub fn of(model: &Model, reduced: &[f64], state: &State, most: f64) -> Neighbourhood {
        let mut near = Neighbourhood::none();
        for unit in model.all_units() {
            let row = &reduced[unit.get() * model.leaves..][..model.leaves];
            let least = row.iter().copied().fold(f64::INFINITY, f64::min);
            let stays = state.leaf_of[unit].get();
            let open = |l: &usize| *l == stays || (row[*l].is_finite() && row[*l] <= least + most);
            let before = near.leaf.len();
            near.leaf.extend((0..model.leaves).filter(open).map(|l| l as u32));
            if near.leaf.len() - before < 2 {
                near.leaf.truncate(before);
                continue;
            }
            near.add(unit);
        }
        near
    }

    fn none() -> Neighbourhood {
        Neighbourhood { units: Vec::new(), first: vec![0], leaf: Vec::new() }
    }

    /// Makes the slots from the end of the last unit's on those of `unit`.
    fn add(&mut self, unit: UnitIndex) {
        self.units.push(unit);
        self.first.push(self.leaf.len() as u32);
    }

    /// Units that may move.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// The unit's slots.
    pub fn slots(&self, i: usize) -> std::ops::Range<u32> {
        self.first[i]..self.first[i + 1]
    }

    /// Its slot at a leaf, if it has one there.
    pub fn slot(&self, i: usize, leaf: u32) -> Option<u32> {
        self.slots(i).find(|&s| self.leaf[s as usize] == leaf)
    }
}
