//! Evidence from the wire: certificates, and the defaults that a conflict names.

use super::PlanFault;
use carve_proto::v1 as proto;
use carve_solver::certificate::{
    Branch, Certificate, InfeasibilityCertificate, Price, PriceSet, PricedRow, TierCertificate,
};
use carve_solver::plan::{ConflictingDefault, DefaultKind};

pub(super) fn certificate(given: proto::Certificate) -> Certificate {
    let price = |p: proto::Price| Price { row: p.row, node_id: p.node_id, price: p.price };
    let row = |r: proto::PricedRow| PricedRow { row: r.row, node_id: r.node_id };
    let set = |s: proto::PriceSet| PriceSet { prices: s.prices, tier_prices: s.tier_prices };
    let branch = |b: proto::Branch| Branch {
        account_id: b.account_id,
        node_ids: b.node_ids,
        price_set: usize::try_from(b.price_set).unwrap_or(usize::MAX),
    };
    let tier = |t: proto::TierCertificate| TierCertificate {
        prices: t.prices.into_iter().map(price).collect(),
        tier_prices: t.tier_prices,
        bound: t.bound,
        tier_limits: t.tier_limits,
        lumpiness_floor: t.lumpiness_floor,
        rows: t.rows.into_iter().map(row).collect(),
        price_sets: t.price_sets.into_iter().map(set).collect(),
        branches: t.branches.into_iter().map(branch).collect(),
    };
    let infeasibility = |i: proto::InfeasibilityCertificate| InfeasibilityCertificate {
        prices: i.prices.into_iter().map(price).collect(),
        rows: i.rows.into_iter().map(row).collect(),
        price_sets: i.price_sets.into_iter().map(set).collect(),
        branches: i.branches.into_iter().map(branch).collect(),
    };
    Certificate {
        tiers: given.tiers.into_iter().map(tier).collect(),
        infeasibility: given.infeasibility.map(infeasibility),
    }
}

pub(super) fn conflicting_default(given: proto::ConflictingDefault) -> Result<ConflictingDefault, PlanFault> {
    use proto::conflicting_default::Kind;
    let kind = match given.kind() {
        Kind::Families => DefaultKind::Families,
        Kind::Owners => DefaultKind::Owners,
        Kind::Unspecified => return Err(PlanFault::Default),
    };
    Ok(ConflictingDefault { kind, account_ids: given.account_ids })
}
