//! Answers to questions about a plan as they cross the wire, and as `--json` prints them.

use crate::encode::{termination, whole};
use carve_proto::v1 as proto;
use carve_solver::Amount;
use carve_solver::inquiry::{
    AccountExplained, AtEdge, Broken, ConflictExplained, ConflictRepair, Cost, Curve, CurvePoint, Elsewhere, Envy,
    Holding, Repair, RepairKind, RuleCost, RulesExplained, TerritoryExplained, TierChange, TierCost,
};
use proto::infeasibility_explanation::Verdict;

/// An account.
pub fn account(given: &AccountExplained) -> proto::AccountExplanation {
    proto::AccountExplanation {
        account_id: given.account_id.clone(),
        together_account_ids: given.together_ids.clone(),
        territory_id: given.territory_id.clone(),
        current_owner: given.owner_id.clone(),
        moved: given.is_moved,
        why: given.why.clone(),
        elsewhere: given.elsewhere.iter().map(elsewhere).collect(),
    }
}

fn elsewhere(given: &Elsewhere) -> proto::Elsewhere {
    let certified = |(tier, rise): (usize, &f64)| proto::CertifiedRise {
        tier: number(tier),
        rise: if rise.is_finite() { *rise } else { 0.0 },
        impossible: rise.is_infinite(),
    };
    proto::Elsewhere {
        territory_id: given.territory_id.clone(),
        shut_by_rule_ids: given.shut_by.clone(),
        tiers: given.tiers.iter().map(change).collect(),
        broken: given.broken.iter().map(broken).collect(),
        at_least: given.at_least.iter().enumerate().map(certified).collect(),
        repair: given.repair.as_ref().map(repair),
        repair_tried: given.is_repair_tried,
        summary: given.summary.clone(),
    }
}

fn change(given: &TierChange) -> proto::TierChange {
    proto::TierChange {
        tier: number(given.tier),
        name: given.name.clone(),
        before: given.before,
        after: given.after,
        words: given.words.clone(),
    }
}

fn broken(given: &Broken) -> proto::BrokenLimit {
    proto::BrokenLimit {
        rule_id: given.rule_id.clone(),
        what: given.what.clone(),
        node_id: given.node_id.clone(),
        amount: written(given.amount),
        least: written(given.least),
        most: written(given.most),
    }
}

fn repair(given: &Repair) -> proto::Repair {
    let moves = given.moves.iter().map(|one| proto::RepairMove {
        account_id: one.account_id.clone(),
        from_node_id: one.from_node_id.clone(),
        to_node_id: one.to_node_id.clone(),
    });
    proto::Repair {
        moves: moves.collect(),
        tiers: given.tiers.iter().map(change).collect(),
        free_accounts: whole(given.free_accounts as u64),
        least: given.is_least,
    }
}

/// A territory.
pub fn territory(given: &TerritoryExplained) -> proto::TerritoryExplanation {
    proto::TerritoryExplanation {
        territory_id: given.territory_id.clone(),
        holdings: given.holdings.iter().map(holding).collect(),
        binding: given.binding.iter().map(binding).collect(),
        worst: given.worst.clone(),
        bring_in: given.bring_in.as_ref().map(repair),
        too_large_account_id: given.too_large_id.clone(),
        envies: given.envies.iter().map(envy).collect(),
        summary: given.summary.clone(),
    }
}

fn holding(given: &Holding) -> proto::TerritoryHolding {
    proto::TerritoryHolding {
        measure: given.measure.clone(),
        amount: given.amount.to_string(),
        target: given.target,
        deviation: given.deviation,
    }
}

fn binding(given: &AtEdge) -> proto::BindingLimit {
    proto::BindingLimit {
        rule_id: given.rule_id.clone(),
        what: given.what.clone(),
        node_id: given.node_id.clone(),
        amount: given.amount.to_string(),
        limit: given.limit.to_string(),
        is_most: given.is_most,
        saves_tier: given.saves.map(|(tier, _)| number(tier)),
        saves_estimate: given.saves.map_or(0.0, |(_, much)| much),
        words: given.words.clone(),
    }
}

fn envy(given: &Envy) -> proto::Envy {
    proto::Envy {
        territory_id: given.territory_id.clone(),
        deviation: given.deviation.map(|(own, _)| own),
        other_deviation: given.deviation.map(|(_, other)| other),
        owned: written(given.owned.map(|(own, _)| own)),
        other_owned: written(given.owned.map(|(_, other)| other)),
        distance_km: given.distance_km.map(|(own, _)| own),
        other_distance_km: given.distance_km.map(|(_, other)| other),
    }
}

/// What rules cost.
pub fn rules(given: &RulesExplained) -> proto::RulesExplanation {
    proto::RulesExplanation { rules: given.costs.iter().map(rule).collect(), solved_rules: number(given.solved) }
}

fn rule(given: &RuleCost) -> proto::RuleCost {
    proto::RuleCost {
        rule_id: given.rule_id.clone(),
        is_default: given.is_default,
        tiers: given.tiers.iter().map(tier_cost).collect(),
        summary: given.summary.clone(),
    }
}

fn tier_cost(given: &TierCost) -> proto::TierCost {
    proto::TierCost {
        tier: number(given.tier),
        name: given.name.clone(),
        value: given.value,
        estimate: Some(interval(given.estimate)),
        exact: given.exact.map(interval),
    }
}

fn interval(given: Cost) -> proto::CostInterval {
    proto::CostInterval { cost: given.cost, least: given.least, most: given.most }
}

/// Why there is no plan.
pub fn infeasibility(given: &ConflictExplained) -> proto::InfeasibilityExplanation {
    let verdict = match given.is_infeasible {
        Some(true) => Verdict::Infeasible,
        Some(false) => Verdict::Feasible,
        None => Verdict::Undecided,
    };
    proto::InfeasibilityExplanation {
        verdict: verdict.into(),
        conflict: given.conflict.as_ref().map(termination),
        repairs: given.repairs.iter().map(conflict_repair).collect(),
        complete: given.is_complete,
    }
}

fn conflict_repair(given: &ConflictRepair) -> proto::ConflictRepair {
    use proto::conflict_repair::Kind;
    let kind = match given.kind {
        RepairKind::Raise => Kind::Raise,
        RepairKind::Lower => Kind::Lower,
        RepairKind::Separate => Kind::Separate,
        RepairKind::Drop => Kind::Drop,
        RepairKind::DropTogether => Kind::DropTogether,
    };
    proto::ConflictRepair {
        kind: kind.into(),
        rule_ids: given.rule_ids.clone(),
        account_ids: given.account_ids.clone(),
        from: written(given.from),
        to: written(given.to),
        least: given.is_least,
        words: given.words.clone(),
    }
}

/// A curve.
pub fn curve(given: &Curve) -> proto::MovesCurve {
    proto::MovesCurve {
        tiers: given.tiers.clone(),
        shown_tier: number(given.shown),
        points: given.points.iter().map(point).collect(),
        knee: given.knee.map(number),
        owned_accounts: given.owned,
    }
}

fn point(given: &CurvePoint) -> proto::MovesPoint {
    let tiers = given.tiers.iter().map(|tier| proto::MovesTier { value: tier.value, bound: tier.bound });
    proto::MovesPoint {
        most_moved: given.most_moved,
        moved: given.moved,
        tiers: tiers.collect(),
        detail: given.detail.clone(),
        infeasible: given.is_infeasible,
    }
}

fn written(amount: Option<Amount>) -> String {
    amount.map_or_else(String::new, |amount| amount.to_string())
}

/// Numbers of tiers, rules and points stay far below this by the solver's limits.
fn number(place: usize) -> i32 {
    i32::try_from(place).unwrap_or(i32::MAX)
}
