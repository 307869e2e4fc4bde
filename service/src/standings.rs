//! A book as it stands, as it crosses the wire.

use crate::encode::{described, node, whole};
use carve_proto::v1 as proto;
use carve_solver::standing::{BandLimits, CriterionStanding, Moved, NodeStanding, OtherHolder, Standing, TierStanding};

/// All of it.
pub fn encode(given: &Standing) -> proto::Standing {
    proto::Standing {
        tiers: given.tiers.iter().map(tier).collect(),
        nodes: given.nodes.iter().map(node_standing).collect(),
        others: given.others.iter().map(other).collect(),
        measures: given.measures.iter().map(described).collect(),
        moved: Some(moved(&given.moved)),
        mean_distance_km: given.mean_distance_km,
        root_mean_square_km: given.root_mean_square_km,
        placed_accounts: whole(given.placed as u64),
        broken: given.broken.clone(),
        summary: given.summary.clone(),
    }
}

fn tier(given: &TierStanding) -> proto::TierStanding {
    proto::TierStanding {
        value: given.value,
        sums: given.sums.clone(),
        criteria: given.criteria.iter().map(criterion).collect(),
        summary: given.summary.clone(),
    }
}

fn criterion(given: &CriterionStanding) -> proto::CriterionStanding {
    proto::CriterionStanding {
        criterion: given.criterion.clone(),
        value: given.value,
        worst_deviation: given.worst_deviation,
        worst_node_id: given.worst_node_id.clone(),
        lacks: given.lacks.clone(),
    }
}

fn node_standing(given: &NodeStanding) -> proto::NodeStanding {
    let limits = |band: &Option<BandLimits>| proto::BandLimits {
        least: band.map(|band| band.least),
        most: band.map(|band| band.most),
    };
    proto::NodeStanding { node: Some(node(&given.node)), bands: given.bands.iter().map(limits).collect() }
}

fn other(given: &OtherHolder) -> proto::OtherHolder {
    proto::OtherHolder {
        holder: given.holder.to_string(),
        amounts: given.amounts.clone(),
        accounts: whole(given.accounts as u64),
    }
}

fn moved(given: &Moved) -> proto::Moved {
    proto::Moved {
        accounts: given.accounts,
        owned_accounts: given.owned_accounts,
        measure: given.measure.clone(),
        amount: given.amount,
        owned_amount: given.owned_amount,
    }
}
