//! `territories.geojson`: the territories of today on a map (RFC 7946).

use crate::outline::outline;
use crate::output::{Format, Output};
use carve_solver::plan::NodeResult;
use carve_solver::space::Point;
use carve_solver::{Amount, Plan};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The territories of today on a map.
pub(crate) const OUTPUT: Output = Output::file("territories.geojson", Format::Geojson, |answer, out| {
    territories_geojson(answer.plan, &answer.places, out)
});

/// Writes a FeatureCollection with, for each territory of today, in the order of the plan's nodes:
///
/// - a feature of kind `territory`: the convex hull of its accounts that have a place (a line or a point when they do
///   not span an area, null when there are none), with `node_id`, `parent`, whether it is `outside_balance`, `share`,
///   `mean_distance_km`, `moved_in`, `moved_out`, and for each measure `NAME_amount`, `NAME_target` and `NAME_deviation`.
///   Amounts have the decimals of their measure, to the last digit;
/// - a feature of kind `anchor`: its anchor, if it has one, with `node_id` and whether it was `found`.
///
/// `places` has one entry for each of the plan's assignments. Numbers that are not finite are written as null.
///
/// # Errors
/// When `out` fails.
pub fn territories_geojson(plan: &Plan, places: &[Option<Point>], mut out: impl Write) -> io::Result<()> {
    let mut points: Vec<Vec<Point>> = vec![Vec::new(); plan.nodes.len()];
    for (assignment, place) in plan.assignments.iter().zip(places) {
        points[assignment.territory].extend(place);
    }
    let territories = plan.nodes.iter().zip(&points).filter(|(node, _)| node.territory);
    let features = territories.flat_map(|(node, points)| [Some(territory(plan, node, points)), anchor(node)]).flatten();
    // One feature a line, so that two plans can be compared by their lines.
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
    for (index, feature) in features.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        out.write_all(feature.as_bytes())?;
    }
    out.write_all(b"\n]}\n")
}

fn territory(plan: &Plan, node: &NodeResult, points: &[Point]) -> String {
    let mut properties = BTreeMap::new();
    let mut write = |name: String, text: String| properties.insert(name, text);
    for (index, result) in node.measures.iter().enumerate() {
        let decimals = plan.measures.get(index).map_or(0, |described| described.decimals);
        // A JSON number is text of its own here: read as a float it would lose digits.
        write(format!("{}_amount", result.measure), Amount::new(result.amount, decimals).to_string());
    }
    let mut set = |name: String, value: Value| write(name, value.to_string());
    set("kind".into(), json!("territory"));
    set("node_id".into(), json!(node.node_id));
    set("parent".into(), json!(node.parent_node_id));
    set("outside_balance".into(), json!(node.outside_balance));
    set("share".into(), json!(node.share));
    set("mean_distance_km".into(), json!(node.mean_distance_km));
    set("moved_in".into(), json!(node.moved_in));
    set("moved_out".into(), json!(node.moved_out));
    for (index, result) in node.measures.iter().enumerate() {
        let decimals = plan.measures.get(index).map_or(0, |described| described.decimals);
        let target = result.target / 10.0_f64.powi(i32::from(decimals));
        set(format!("{}_target", result.measure), json!(target));
        set(format!("{}_deviation", result.measure), json!(result.deviation));
    }
    feature(&outline(points), properties)
}

fn anchor(node: &NodeResult) -> Option<String> {
    let properties = [("kind", json!("anchor")), ("node_id", json!(node.node_id)), ("found", json!(node.anchor_found))];
    let properties = properties.into_iter().map(|(name, value)| (name.to_string(), value.to_string()));
    Some(feature(&outline(&[node.anchor?]), properties.collect()))
}

/// A feature whose properties are JSON already.
fn feature(geometry: &Value, properties: BTreeMap<String, String>) -> String {
    let properties: Vec<String> = properties.iter().map(|(name, text)| format!("{}:{text}", json!(name))).collect();
    format!(r#"{{"geometry":{geometry},"properties":{{{}}},"type":"Feature"}}"#, properties.join(","))
}
