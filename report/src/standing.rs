//! A book as it stands as a table: a row for each node, holder and measure.

use crate::table::Table;
use carve_solver::Amount;
use carve_solver::standing::{NodeStanding, Standing};
use std::io::{self, Write};

/// What the columns are called.
const HEADINGS: [&str; 12] = [
    "holder",
    "kind",
    "parent",
    "measure",
    "amount",
    "target",
    "deviation",
    "least",
    "most",
    "mean_distance_km",
    "moved_in",
    "moved_out",
];

/// Writes a row for each node and measure, with target, deviation and band; then one for each holder who is no territory.
/// Amounts are written as people do; what is not there is empty.
///
/// # Errors
/// When `out` fails.
pub fn standing_csv(standing: &Standing, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::neutral(out);
    table.row(HEADINGS)?;
    for node in &standing.nodes {
        for row in rows(standing, node) {
            table.row(row)?;
        }
    }
    for other in &standing.others {
        let kind = if other.holder.is_empty() { "nobody" } else { "no territory" };
        for (measure, &amount) in standing.measures.iter().zip(&other.amounts) {
            let amount = Amount::new(amount, measure.decimals).to_string();
            let mut row = vec![other.holder.to_string(), kind.into(), String::new(), measure.measure.clone(), amount];
            row.resize(HEADINGS.len(), String::new());
            table.row(row)?;
        }
    }
    table.end()
}

fn rows<'a>(standing: &'a Standing, of: &'a NodeStanding) -> impl Iterator<Item = Vec<String>> + 'a {
    let node = &of.node;
    let kind = match (node.territory, node.outside_balance) {
        (_, true) => "outside the balance",
        (true, _) => "territory",
        (false, _) => "node",
    };
    node.measures.iter().zip(&of.bands).zip(&standing.measures).map(move |((held, band), described)| {
        let whole = |whole: i64| Amount::new(whole, described.decimals).to_string();
        let limit = |limit: Option<i64>| limit.filter(|limit| *limit < i64::MAX).map_or_else(String::new, whole);
        vec![
            node.node_id.clone(),
            kind.into(),
            node.parent_node_id.clone(),
            held.measure.clone(),
            whole(held.amount),
            Amount::computed(held.target, described.decimals).to_string(),
            held.deviation.to_string(),
            limit(band.map(|band| band.least)),
            limit(band.map(|band| band.most)),
            node.mean_distance_km.to_string(),
            node.moved_in.to_string(),
            node.moved_out.to_string(),
        ]
    })
}
