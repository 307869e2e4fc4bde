//! What a request speaks of, so that the reader of accounts keeps nothing else.

use crate::cli::ReadArgs;
use crate::decode;
use carve_proto::v1 as proto;
use carve_reader::Asked;
use carve_solver::input::{CriterionInput, Input, NodeInput, RuleKindInput, SplitInput};

/// What a request speaks of; `None`: it could not be read.
pub fn asked(request: Option<&proto::SolveRequest>, reading: &ReadArgs) -> Asked {
    let (input, _) = request.map(|request| decode::input(request.clone())).unwrap_or_default();
    let criteria = || input.tiers.iter().flat_map(|tier| tier.criteria.iter().flatten());
    let kinds = || input.rules.iter().filter_map(|rule| rule.kind.as_ref());
    let kept = input.measures.iter().filter(|m| m.count_filter.is_empty() && m.expression.is_empty());
    let measures = criteria().filter_map(CriterionInput::measure).chain(kinds().filter_map(RuleKindInput::measure));
    let measures = measures.chain(kept.map(|m| m.measure.as_str()));
    let measures =
        measures.filter(|name| !name.is_empty()).map(String::from).collect::<std::collections::BTreeSet<_>>();
    let attributes = criteria().filter_map(CriterionInput::attribute).map(String::from);
    let filters = kinds().filter_map(RuleKindInput::accounts).map(|selector| selector.filter.clone());
    let defined = input.measures.iter().flat_map(|m| [m.count_filter.clone(), m.expression.clone()]);
    let distances = criteria().any(|criterion| matches!(criterion, CriterionInput::Compactness { .. }));
    Asked {
        everything: false,
        default_measures: input.tiers.is_empty(),
        names: measures.iter().cloned().chain(attributes).collect(),
        measures,
        filters: filters.chain(defined).filter(|filter| !filter.is_empty()).collect(),
        places: input.tiers.is_empty() || distances,
        seat_ids: seat_ids(&input).into_iter().collect(),
        decimal_mark: reading.decimal_mark.map(Into::into),
    }
}

/// What territories are called, as far as the request says it.
fn seat_ids(input: &Input) -> Vec<String> {
    fn of_node(node: &NodeInput, ids: &mut Vec<String>) {
        ids.push(node.node_id.clone());
        node.children.iter().for_each(|child| of_node(child, ids));
    }
    let mut ids = Vec::new();
    match &input.split {
        Some(SplitInput::Tree(root)) => of_node(root, &mut ids),
        Some(SplitInput::Seats { seats, .. }) => ids.extend(seats.iter().map(|seat| seat.seat_id.clone())),
        Some(SplitInput::Stages { .. }) | None => {}
    }
    ids.retain(|id| !id.is_empty());
    ids
}
