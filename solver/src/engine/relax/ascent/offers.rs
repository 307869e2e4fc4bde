//! The leaves that an ascent looks at for each unit: all of them in a small book, the nearest in a large one.

use crate::index::{AccountIndex, Keyed, LeafIndex, Number, TierIndex, UnitIndex};
use crate::problem::Problem;
use crate::proof::bound::Frame;
use crate::proof::costs::Costs;
use rayon::prelude::*;

/// Units times leaves of books whose units are offered every leaf.
const FULL_CELLS: usize = 6_000_000;
/// Leaves that a unit is offered in larger books.
const NEAREST: usize = 24;
/// Units that a thread handles at once; fixed, so that threads do not change what comes of it.
const CHUNK: usize = 1_024;

/// Leaves by unit. A slot is a unit's place at one of its leaves.
#[derive(Debug, Clone)]
pub(crate) struct Offers {
    /// First slot of each unit, and the end.
    pub first: Vec<u32>,
    pub leaf: Vec<u32>,
    /// Whether every leaf is there that a unit may go to.
    pub all: bool,
}

impl Offers {
    /// Of the frame's tier. Where not all leaves are offered, those are that are nearest, and where the unit's owner is.
    pub fn of(problem: &Problem, costs: &Costs, frame: &Frame) -> Offers {
        let (units, leaves) = (problem.units.count(), problem.tree.leaves.len());
        let nearest_first = match costs.has(frame.tier) {
            true => counts_distances(problem, frame.tier),
            false => problem.tiers.keys().iter().any(|tier| counts_distances(problem, tier)),
        };
        let near = units * leaves > FULL_CELLS && nearest_first && leaves > NEAREST;
        let allowed = |unit: UnitIndex| {
            problem.tree.leaves.keys().iter().filter(move |&leaf| frame.allows(problem, unit, leaf)).map(place)
        };
        if !near {
            let all = units_of(problem).into_par_iter().with_min_len(CHUNK);
            return Offers::joined(all.map(|unit| allowed(unit).collect()).collect(), true);
        }
        let anchors: Vec<[f32; 3]> = problem.tree.leaves.iter().map(|&node| vector(costs.anchors[node])).collect();
        let nearest = |(keys, order): &mut (Vec<f32>, Vec<u32>), unit: UnitIndex| {
            let own = problem.units.members(unit);
            let home = own.iter().find_map(|&account| home_of(problem, account));
            let mut found: Vec<u32> = match own.iter().find_map(|&account| problem.accounts.located(account)) {
                // What has no place is the same everywhere.
                None => (0..NEAREST).map(|i| ((i * leaves / NEAREST + unit.get()) % leaves) as u32).collect(),
                Some((place, _)) => {
                    let at = place.unit_vector().map(|x| x as f32);
                    keys.clear();
                    keys.extend(anchors.iter().map(|anchor| apart(at, *anchor)));
                    order.clear();
                    order.extend(0..leaves as u32);
                    let by = |a: &u32, b: &u32| keys[*a as usize].total_cmp(&keys[*b as usize]).then(a.cmp(b));
                    order.select_nth_unstable_by(NEAREST - 1, by);
                    order[..NEAREST].to_vec()
                }
            };
            found.extend(home);
            found.retain(|&leaf| frame.allows(problem, unit, LeafIndex::new(leaf as usize)));
            found.sort_unstable();
            found.dedup();
            if found.is_empty() { allowed(unit).collect() } else { found }
        };
        let all = units_of(problem).into_par_iter().with_min_len(CHUNK);
        Offers::joined(all.map_init(|| (Vec::new(), Vec::new()), nearest).collect(), false)
    }

    fn joined(lists: Vec<Vec<u32>>, all: bool) -> Offers {
        let mut offers = Offers { first: vec![0], leaf: Vec::new(), all };
        for list in lists {
            offers.leaf.extend(list);
            offers.first.push(offers.leaf.len() as u32);
        }
        offers
    }

    pub fn slots(&self, unit: usize) -> std::ops::Range<usize> {
        self.first[unit] as usize..self.first[unit + 1] as usize
    }

    /// With one leaf more for some units; `None` where all of them were there.
    pub fn with(&self, more: &Keyed<UnitIndex, LeafIndex>) -> Option<Offers> {
        let mut offers = Offers { first: vec![0], leaf: Vec::new(), all: self.all };
        for (unit, leaf) in more.pairs() {
            let (own, leaf) = (&self.leaf[self.slots(unit.get())], place(*leaf));
            let at = own.partition_point(|&other| other < leaf);
            offers.leaf.extend(&own[..at]);
            if own.get(at) != Some(&leaf) {
                offers.leaf.push(leaf);
            }
            offers.leaf.extend(&own[at..]);
            offers.first.push(offers.leaf.len() as u32);
        }
        (offers.leaf.len() > self.leaf.len()).then_some(offers)
    }
}

fn units_of(problem: &Problem) -> Vec<UnitIndex> {
    problem.units.all().iter().collect()
}

fn place(leaf: LeafIndex) -> u32 {
    leaf.get() as u32
}

fn counts_distances(problem: &Problem, tier: TierIndex) -> bool {
    problem.tiers[tier].criteria.iter().any(|c| c.kind.compactness().is_some())
}

/// The leaf that an account's owner has, where that is one leaf.
fn home_of(problem: &Problem, account: AccountIndex) -> Option<u32> {
    let leaves = problem.tree.nodes[problem.accounts.owners[account]?].leaves;
    (leaves.len() == 1).then_some(leaves.start.get() as u32)
}

fn vector(point: Option<crate::space::Point>) -> [f32; 3] {
    point.map_or([f32::INFINITY; 3], |point| point.unit_vector().map(|x| x as f32))
}

fn apart(a: [f32; 3], b: [f32; 3]) -> f32 {
    let by = |i: usize| (a[i] - b[i]) * (a[i] - b[i]);
    by(0) + by(1) + by(2)
}
