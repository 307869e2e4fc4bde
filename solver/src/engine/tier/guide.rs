//! Where an annealing starts, and the prices it goes by.

use super::settings::{OPEN_NODE_EVERY, OPEN_NODE_EVERY_LARGE, OPEN_NODES};
use crate::engine::branch::Branching;
use crate::engine::context::{Context, SEARCHED_UNITS_MAX, TierReached};
use crate::engine::search::anneal::Fees;
use crate::index::{LeafIndex, Number};
use crate::proof::pricer::Pricer;
use crate::score::State;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// A start with its prices.
pub(super) struct Guide {
    /// Price-corrected costs, units × leaves; infinite where a unit is not to go.
    pub reduced: Vec<f64>,
    /// Fees on what is beyond limits.
    pub fees: Fees,
    /// Where to start; `None`: from the best plan.
    pub start: Option<State>,
}

impl Guide {
    /// Every few rounds a promising open node of the search tree, else the node that holds the best plan.
    pub fn of(context: &Context, reached: &TierReached, branching: &Branching, round: u64) -> Guide {
        let (problem, tier) = (context.problem(), context.tier);
        let mut rng = ChaCha8Rng::seed_from_u64(context.seed(1 << 21 | round));
        let rank = (rng.random::<f64>().powi(3) * OPEN_NODES) as usize;
        let every = if context.model.units > SEARCHED_UNITS_MAX { OPEN_NODE_EVERY_LARGE } else { OPEN_NODE_EVERY };
        let open = if round % every == every - 1 { branching.open_node(problem, tier, rank) } else { None };
        let anew = open.is_some();
        let known = open.unwrap_or_else(|| branching.node_around(problem, tier, &reached.state.leaf_of));
        let mut reduced = Pricer::new(problem, context.model.costs, tier, &known.prices).matrix();
        for (unit, leaves) in known.restrictions.iter().filter(|_| anew) {
            let row = &mut reduced[unit.get() * context.model.leaves..][..context.model.leaves];
            row.iter_mut()
                .enumerate()
                .filter(|(l, _)| !leaves.contains(LeafIndex::new(*l)))
                .for_each(|(_, q)| *q = f64::INFINITY);
        }
        let complete = anew && known.rounded.len() == context.model.units;
        let start = complete.then(|| State::new(context.model, known.rounded.into()));
        Guide { reduced, fees: Fees::of(problem, &known.prices), start }
    }
}
