//! Certificates between the solver and the wire, both ways.

use carve_proto::v1 as proto;
use carve_solver::certificate::{
    Branch, Certificate, Cut, InfeasibilityCertificate, Price, PriceSet, RowOf, RowReference, RuleSide, TierCertificate,
};

/// A certificate refers to a row without saying what it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the certificate prices a row without saying which")]
pub struct RowFault;

/// The certificate as it crosses the wire.
pub fn encode(given: &Certificate) -> proto::Certificate {
    let infeasibility = |i: &InfeasibilityCertificate| proto::InfeasibilityCertificate {
        prices: i.prices.iter().map(encode_price).collect(),
        priced_rows: i.rows.iter().map(encode_row).collect(),
        price_sets: i.price_sets.iter().map(encode_set).collect(),
        branches: i.branches.iter().map(encode_branch).collect(),
    };
    proto::Certificate {
        tiers: given.tiers.iter().map(encode_tier).collect(),
        infeasibility: given.infeasibility.as_ref().map(infeasibility),
        steps: given.steps.iter().map(encode_tier).collect(),
    }
}

fn encode_tier(given: &TierCertificate) -> proto::TierCertificate {
    proto::TierCertificate {
        prices: given.prices.iter().map(encode_price).collect(),
        tier_prices: given.tier_prices.clone(),
        step_prices: given.step_prices.clone(),
        bound: given.bound,
        tier_limits: given.tier_limits.clone(),
        step_limits: given.step_limits.clone(),
        lumpiness_floor: given.lumpiness_floor,
        priced_rows: given.rows.iter().map(encode_row).collect(),
        price_sets: given.price_sets.iter().map(encode_set).collect(),
        branches: given.branches.iter().map(encode_branch).collect(),
        cuts: given.cuts.iter().map(encode_cut).collect(),
        cut_prices: given.cut_prices.clone(),
    }
}

fn encode_cut(given: &Cut) -> proto::Cut {
    let Cut { row, lower, limit, divisor, with_excess, account_ids } = given.clone();
    proto::Cut { reference: Some(encode_row(&row)), lower, limit, divisor, with_excess, account_ids }
}

fn encode_price(given: &Price) -> proto::Price {
    proto::Price { reference: Some(encode_row(&given.row)), price: given.price }
}

fn encode_set(given: &PriceSet) -> proto::PriceSet {
    let PriceSet { prices, tier_prices, step_prices, cut_prices } = given.clone();
    proto::PriceSet { prices, tier_prices, step_prices, cut_prices }
}

fn encode_branch(given: &Branch) -> proto::Branch {
    let Branch { account_id, node_ids, price_set } = given.clone();
    proto::Branch { account_id, node_ids, price_set: number(price_set) }
}

fn encode_row(given: &RowReference) -> proto::RowReference {
    use proto::row_reference::Row;
    let row = match &given.row {
        &RowOf::Band { tier, criterion, part } => {
            Row::Band(proto::BandRow { tier: number(tier), criterion: number(criterion), part: number(part) })
        }
        RowOf::Rule { rule_id, side } => {
            let side = match side {
                RuleSide::Only => proto::rule_row::Side::Unspecified,
                RuleSide::Min => proto::rule_row::Side::Min,
                RuleSide::Max => proto::rule_row::Side::Max,
            };
            Row::Rule(proto::RuleRow { rule_id: rule_id.clone(), side: side.into() })
        }
    };
    proto::RowReference { row: Some(row), node_id: given.node_id.clone() }
}

/// The certificate that came over the wire; what it proves is for the checker to find out.
///
/// # Errors
/// When a price does not say which row it is of.
pub fn decode(given: proto::Certificate) -> Result<Certificate, RowFault> {
    let infeasibility = |i: proto::InfeasibilityCertificate| {
        Ok(InfeasibilityCertificate {
            prices: i.prices.into_iter().map(decode_price).collect::<Result<_, _>>()?,
            rows: i.priced_rows.into_iter().map(decode_row).collect::<Result<_, _>>()?,
            price_sets: i.price_sets.into_iter().map(decode_set).collect(),
            branches: i.branches.into_iter().map(decode_branch).collect(),
        })
    };
    Ok(Certificate {
        tiers: given.tiers.into_iter().map(decode_tier).collect::<Result<_, _>>()?,
        infeasibility: given.infeasibility.map(infeasibility).transpose()?,
        steps: given.steps.into_iter().map(decode_tier).collect::<Result<_, _>>()?,
    })
}

fn decode_tier(given: proto::TierCertificate) -> Result<TierCertificate, RowFault> {
    Ok(TierCertificate {
        prices: given.prices.into_iter().map(decode_price).collect::<Result<_, _>>()?,
        tier_prices: given.tier_prices,
        step_prices: given.step_prices,
        bound: given.bound,
        tier_limits: given.tier_limits,
        step_limits: given.step_limits,
        lumpiness_floor: given.lumpiness_floor,
        rows: given.priced_rows.into_iter().map(decode_row).collect::<Result<_, _>>()?,
        price_sets: given.price_sets.into_iter().map(decode_set).collect(),
        branches: given.branches.into_iter().map(decode_branch).collect(),
        cuts: given.cuts.into_iter().map(decode_cut).collect::<Result<_, _>>()?,
        cut_prices: given.cut_prices,
    })
}

fn decode_cut(given: proto::Cut) -> Result<Cut, RowFault> {
    let proto::Cut { reference, lower, limit, divisor, with_excess, account_ids } = given;
    Ok(Cut { row: decode_row(reference.ok_or(RowFault)?)?, lower, limit, divisor, with_excess, account_ids })
}

fn decode_price(given: proto::Price) -> Result<Price, RowFault> {
    Ok(Price { row: decode_row(given.reference.ok_or(RowFault)?)?, price: given.price })
}

fn decode_set(given: proto::PriceSet) -> PriceSet {
    let proto::PriceSet { prices, tier_prices, step_prices, cut_prices } = given;
    PriceSet { prices, tier_prices, step_prices, cut_prices }
}

fn decode_branch(given: proto::Branch) -> Branch {
    Branch { account_id: given.account_id, node_ids: given.node_ids, price_set: place(given.price_set) }
}

fn decode_row(given: proto::RowReference) -> Result<RowReference, RowFault> {
    use proto::row_reference::Row;
    let row = match given.row.ok_or(RowFault)? {
        Row::Band(band) => {
            RowOf::Band { tier: place(band.tier), criterion: place(band.criterion), part: place(band.part) }
        }
        Row::Rule(rule) => {
            let side = match rule.side() {
                proto::rule_row::Side::Unspecified => RuleSide::Only,
                proto::rule_row::Side::Min => RuleSide::Min,
                proto::rule_row::Side::Max => RuleSide::Max,
            };
            RowOf::Rule { rule_id: rule.rule_id, side }
        }
    };
    Ok(RowReference { row, node_id: given.node_id })
}

/// Numbers of tiers, criteria, values and price sets stay far below this by the solver's limits.
fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

fn place(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// One of each kind of row and branch.
    pub(crate) fn sample() -> Certificate {
        let band =
            |node: &str| RowReference { row: RowOf::Band { tier: 0, criterion: 1, part: 2 }, node_id: node.into() };
        let rule = |side| RowReference { row: RowOf::Rule { rule_id: "r1".into(), side }, node_id: String::new() };
        let infeasibility = InfeasibilityCertificate {
            prices: vec![Price { row: rule(RuleSide::Only), price: -1.0 }],
            rows: vec![rule(RuleSide::Max)],
            price_sets: vec![PriceSet { prices: vec![3.0], ..PriceSet::default() }],
            branches: vec![Branch { account_id: String::new(), node_ids: vec![], price_set: 1 }],
        };
        Certificate {
            infeasibility: Some(infeasibility),
            steps: vec![TierCertificate { bound: 0.25, ..TierCertificate::default() }],
            tiers: vec![TierCertificate {
                prices: vec![
                    Price { row: band("east"), price: -0.5 },
                    Price { row: rule(RuleSide::Min), price: 0.125 },
                ],
                tier_prices: vec![],
                bound: 0.018,
                tier_limits: vec![],
                step_prices: vec![0.75],
                step_limits: vec![0.125],
                lumpiness_floor: 0.01,
                rows: vec![band("west"), rule(RuleSide::Max), rule(RuleSide::Only)],
                price_sets: vec![PriceSet {
                    prices: vec![0.25, 0.0, 1.0],
                    tier_prices: vec![],
                    step_prices: vec![0.5],
                    cut_prices: vec![-0.25],
                }],
                cuts: vec![Cut {
                    row: band("west"),
                    lower: true,
                    limit: 12,
                    divisor: 5,
                    with_excess: true,
                    account_ids: vec!["a".into()],
                }],
                cut_prices: vec![-0.5],
                branches: vec![
                    Branch { account_id: "a".into(), node_ids: vec!["e1".into()], price_set: 0 },
                    Branch { account_id: String::new(), node_ids: vec![], price_set: 1 },
                    Branch::default(),
                ],
            }],
        }
    }

    #[test]
    fn what_is_written_is_read_back() {
        assert_eq!(decode(encode(&sample())), Ok(sample()));
    }

    #[test]
    fn a_price_of_no_row_is_refused() {
        let mut wire = encode(&sample());
        wire.tiers[0].prices[0].reference = None;
        assert_eq!(decode(wire), Err(RowFault));
        let mut wire = encode(&sample());
        wire.tiers[0].priced_rows[1].row = None;
        assert_eq!(decode(wire), Err(RowFault));
    }
}
