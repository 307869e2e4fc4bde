//! `territories.geojson`: the territories of today on a map (RFC 7946).

use crate::outline::outline;
use crate::output::{Format, Output};
use carve_solver::Plan;
use carve_solver::plan::NodeResult;
use carve_solver::space::Point;
use serde_json::{Map, Value, json};
use std::io::{self, Write};

/// The territories of today on a map.
pub(crate) const OUTPUT: Output = Output::file("territories.geojson", Format::Geojson, |answer, out| {
    territories_geojson(answer.plan, &answer.places, out)
});

/// Writes a FeatureCollection with, for each territory of today, in the order of the plan's nodes:
///
/// - a feature of kind `territory`: the convex hull of its accounts that have a place (a line or a point when they do
///   not span an area, null when there are none), with `node_id`, `parent`, `share`, `mean_distance_km`, `moved_in`,
///   `moved_out`, and for each measure `NAME_amount`, `NAME_target` and `NAME_deviation`;
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
    let features = territories.flat_map(|(node, points)| [Some(territory(node, points)), anchor(node)]).flatten();
    // One feature a line, so that two plans can be compared by their lines.
    out.write_all(b"{\"type\":\"FeatureCollection\",\"features\":[")?;
    for (index, feature) in features.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut out, &feature)?;
    }
    out.write_all(b"\n]}\n")
}

fn territory(node: &NodeResult, points: &[Point]) -> Value {
    let mut properties = Map::new();
    let mut set = |name: String, value: Value| properties.insert(name, value);
    set("kind".into(), json!("territory"));
    set("node_id".into(), json!(node.node_id));
    set("parent".into(), json!(node.parent_node_id));
    set("share".into(), json!(node.share));
    set("mean_distance_km".into(), json!(node.mean_distance_km));
    set("moved_in".into(), json!(node.moved_in));
    set("moved_out".into(), json!(node.moved_out));
    for result in &node.measures {
        set(format!("{}_amount", result.measure), json!(result.amount));
        set(format!("{}_target", result.measure), json!(result.target));
        set(format!("{}_deviation", result.measure), json!(result.deviation));
    }
    json!({"type": "Feature", "geometry": outline(points), "properties": properties})
}

fn anchor(node: &NodeResult) -> Option<Value> {
    let properties = json!({"kind": "anchor", "node_id": node.node_id, "found": node.anchor_found});
    let geometry = outline(&[node.anchor?]);
    Some(json!({"type": "Feature", "geometry": geometry, "properties": properties}))
}
