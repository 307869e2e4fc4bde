//! Outlines of territories: the convex hull of their accounts, as GeoJSON geometry (RFC 7946). The one door to `geo`
//! here.
//!
//! Hulls are drawn in degrees. One that crosses the antimeridian is cut there into two parts, as the RFC asks.

use carve_solver::space::Point;
use geo::{ConvexHull, Coord, MultiPoint};
use serde_json::{Value, json};

const HALF_TURN: f64 = 180.0;
const TURN: f64 = 360.0;

/// The geometry around the points: polygons with counter-clockwise rings; a line for two points or several in a row,
/// a point for one, null for none.
pub(crate) fn outline(points: &[Point]) -> Value {
    let mut coords: Vec<Coord> = points.iter().map(|p| Coord { x: p.longitude(), y: p.latitude() }).collect();
    coords.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    coords.dedup();
    if crosses_antimeridian(&coords) {
        let west_end = coords.partition_point(|coord| coord.x < 0.0);
        coords[..west_end].iter_mut().for_each(|coord| coord.x += TURN);
        coords.rotate_left(west_end);
    }
    match coords[..] {
        [] => return Value::Null,
        [one] => return json!({"type": "Point", "coordinates": position(one)}),
        [first, last] => return line(first, last),
        _ => {}
    }
    let (first, last) = (coords[0], coords[coords.len() - 1]);
    let hull = MultiPoint::from(coords).convex_hull();
    let mut ring = hull.into_inner().0.0;
    ring.pop(); // the first point again
    match ring.len() {
        0..3 => line(first, last),
        _ => polygon(&ring),
    }
}

/// A GeoJSON position: longitude before latitude.
fn position(coord: Coord) -> Value {
    json!([coord.x, coord.y])
}

/// Whether the points lie closer together across the antimeridian. They are in order of longitude.
fn crosses_antimeridian(coords: &[Coord]) -> bool {
    let (Some(first), Some(last)) = (coords.first(), coords.last()) else {
        return false;
    };
    let gaps = coords.windows(2).map(|pair| (pair[1].x - pair[0].x, pair[0].x < 0.0 && pair[1].x >= 0.0));
    // Only a gap around longitude 0 leaves the west and the east side whole.
    let widest = gaps.filter(|(_, around_zero)| *around_zero).map(|(gap, _)| gap).fold(0.0, f64::max);
    widest > TURN - (last.x - first.x)
}

fn line(from: Coord, to: Coord) -> Value {
    if to.x <= HALF_TURN {
        return json!({"type": "LineString", "coordinates": [position(from), position(to)]});
    }
    let cut = cut(from, to);
    let west = [position(from), position(cut)];
    let east = [position(turned(cut)), position(turned(to))];
    json!({"type": "MultiLineString", "coordinates": [west, east]})
}

fn polygon(ring: &[Coord]) -> Value {
    if ring.iter().all(|coord| coord.x <= HALF_TURN) {
        return json!({"type": "Polygon", "coordinates": [closed(ring)]});
    }
    let west = clip(ring, |coord| coord.x <= HALF_TURN);
    let east: Vec<Coord> = clip(ring, |coord| coord.x >= HALF_TURN).into_iter().map(turned).collect();
    let parts = [west, east].into_iter().filter(|part| part.len() >= 3);
    let parts: Vec<Value> = parts.map(|part| json!([closed(&part)])).collect();
    json!({"type": "MultiPolygon", "coordinates": parts})
}

/// The part of a convex ring on one side of the antimeridian (Sutherland and Hodgman 1974).
fn clip(ring: &[Coord], inside: impl Fn(&Coord) -> bool) -> Vec<Coord> {
    let mut part = Vec::new();
    for (index, to) in ring.iter().enumerate() {
        let from = ring[(index + ring.len() - 1) % ring.len()];
        if inside(&from) != inside(to) {
            part.push(cut(from, *to));
        }
        if inside(to) {
            part.push(*to);
        }
    }
    part.dedup();
    part
}

/// Where a line meets the antimeridian.
fn cut(from: Coord, to: Coord) -> Coord {
    let along = (HALF_TURN - from.x) / (to.x - from.x);
    Coord { x: HALF_TURN, y: from.y + along * (to.y - from.y) }
}

fn turned(coord: Coord) -> Coord {
    Coord { x: coord.x - TURN, y: coord.y }
}

fn closed(ring: &[Coord]) -> Vec<Value> {
    ring.iter().chain(ring.first()).map(|coord| position(*coord)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(points: &[(f64, f64)], expected: Value) {
        let point = |(longitude, latitude): &(f64, f64)| Point::new(*latitude, *longitude).expect("on Earth");
        let points: Vec<Point> = points.iter().map(point).collect();
        assert_eq!(outline(&points), expected);
    }

    #[test]
    fn few_points_are_a_point_or_a_line() {
        check(&[], Value::Null);
        check(&[(-74.0, 40.0), (-74.0, 40.0)], json!({"type": "Point", "coordinates": [-74.0, 40.0]}));
        let line = json!({"type": "LineString", "coordinates": [[-74.0, 40.0], [-70.0, 44.0]]});
        check(&[(-70.0, 44.0), (-74.0, 40.0), (-70.0, 44.0)], line.clone());
        check(&[(-73.0, 41.0), (-70.0, 44.0), (-74.0, 40.0), (-72.0, 42.0)], line);
    }

    #[test]
    fn more_are_a_counter_clockwise_hull() {
        let points = [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0), (1.0, 1.0), (0.0, 1.0)];
        let point = |(longitude, latitude): &(f64, f64)| Point::new(*latitude, *longitude).expect("on Earth");
        let geometry = outline(&points.iter().map(point).collect::<Vec<_>>());
        let ring = geometry["coordinates"][0].as_array().expect("a ring");
        assert_eq!(ring.len(), 5);
        assert_eq!(ring.first(), ring.last());
        let number = |value: &Value| value.as_f64().expect("a number");
        let cross =
            |pair: &[Value]| number(&pair[0][0]) * number(&pair[1][1]) - number(&pair[1][0]) * number(&pair[0][1]);
        assert_eq!(ring.windows(2).map(cross).sum::<f64>() / 2.0, 4.0);
    }

    #[test]
    fn the_antimeridian_cuts() {
        let west = json!([[170.0, 0.0], [180.0, 5.0]]);
        let east = json!([[-180.0, 5.0], [-170.0, 10.0]]);
        check(&[(170.0, 0.0), (-170.0, 10.0)], json!({"type": "MultiLineString", "coordinates": [west, east]}));
        let point = |(longitude, latitude)| Point::new(latitude, longitude).expect("on Earth");
        let box_of_four = [(170.0, 0.0), (170.0, 10.0), (-170.0, 0.0), (-170.0, 10.0)].map(point);
        let parts = outline(&box_of_four);
        assert_eq!(parts["type"], "MultiPolygon");
        assert_eq!(parts["coordinates"].as_array().map(Vec::len), Some(2));
        let wide = [(-120.0, 40.0), (100.0, 40.0), (0.0, 50.0)].map(point);
        assert_eq!(outline(&wide)["type"], "Polygon");
    }
}
