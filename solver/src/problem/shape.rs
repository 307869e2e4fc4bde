//! The shapes a client may give (a tree, stages, seats, nothing), read into nodes that are not numbered yet.

use super::grouping::{Grouping, Seat};
use crate::finding::{Code, Finding, Place};
use crate::input::{Book, NodeInput, RawPlace, SeatInput};
use crate::limits::{CHILDREN_MAX, LEAVES_MAX, LEVELS_MAX};
use crate::plan::SeatResult;
use crate::space::Point;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A node before the tree is numbered.
pub(super) struct Draft {
    pub id: String,
    pub share: Option<f64>,
    pub anchor: Option<Point>,
    pub children: Vec<Draft>,
    pub seat: Option<SeatResult>,
}

pub(super) fn error(findings: &mut Vec<Finding>, code: Code, path: &str, message: impl Into<String>) {
    findings.push(Finding::new(code, Place::Plan(path.to_string()), message));
}

/// A positive finite number or a finding.
fn positive(value: Option<f64>, path: &str, findings: &mut Vec<Finding>) -> Option<f64> {
    let value = value?;
    if value.is_finite() && value > 0.0 {
        return Some(value);
    }
    error(findings, Code::ShareInvalid, path, format!("{path} is {value}; give a number above 0"));
    None
}

/// A point in range or a finding.
fn point(raw: Option<RawPlace>, path: &str, findings: &mut Vec<Finding>) -> Option<Point> {
    let raw = raw?;
    for (value, limit, code, name) in [
        (raw.latitude, 90.0, Code::LatitudeOutOfRange, "latitude"),
        (raw.longitude, 180.0, Code::LongitudeOutOfRange, "longitude"),
    ] {
        let path = format!("{path}.{name}");
        if !value.is_finite() {
            error(
                findings,
                Code::NumberNotFinite,
                &path,
                format!("{name} is {value}; give degrees or leave the place out"),
            );
        } else if value.abs() > limit {
            error(
                findings,
                code,
                &path,
                format!("{name} is {value}; it must lie between -{limit} and {limit} degrees"),
            );
        }
    }
    Point::new(raw.latitude, raw.longitude)
}

pub(super) fn from_node(input: &NodeInput, path: &str, level: usize, findings: &mut Vec<Finding>) -> Option<Draft> {
    if level > LEVELS_MAX {
        error(
            findings,
            Code::LevelsTooMany,
            path,
            format!("the tree goes deeper than {LEVELS_MAX} levels below its root; merge levels"),
        );
        return None;
    }
    if input.node_id.is_empty() && level > 0 {
        error(
            findings,
            Code::NodeIdMissing,
            &format!("{path}.node_id"),
            "the node has no node_id; give it a unique one",
        );
    }
    let share = positive(input.share, &format!("{path}.share"), findings);
    let anchor = point(input.anchor, &format!("{path}.anchor"), findings);
    too_many_children(input.children.len(), path, findings);
    let children: Vec<Draft> = (input.children.iter().enumerate())
        .filter_map(|(i, child)| from_node(child, &format!("{path}.children[{i}]"), level + 1, findings))
        .collect();
    if let (Some(own), false) = (input.share, input.children.is_empty()) {
        let sum: f64 = children.iter().map(Draft::share).sum();
        if level > 0 && (own - sum).abs() > 1e-9 * sum {
            error(
                findings,
                Code::ShareDisagrees,
                &format!("{path}.share"),
                format!(
                    "share of {:?} is {own}, its children's sum to {sum}; {own} holds towards its siblings",
                    input.node_id
                ),
            );
        }
    }
    let id = if input.node_id.is_empty() && level == 0 { free_id("root", &children) } else { input.node_id.clone() };
    Some(Draft { id, share, anchor, children, seat: None })
}

/// An id that no node has: `id`, else with a number after it.
fn free_id(id: &str, nodes: &[Draft]) -> String {
    let mut taken = HashSet::new();
    let mut open: Vec<&Draft> = nodes.iter().collect();
    while let Some(node) = open.pop() {
        taken.insert(node.id.as_str());
        open.extend(&node.children);
    }
    let numbered = (2..).map(|n| format!("{id}-{n}"));
    std::iter::once(id.to_string()).chain(numbered).find(|id| !taken.contains(id.as_str())).unwrap_or_default()
}

fn too_many_children(count: usize, path: &str, findings: &mut Vec<Finding>) {
    if count > CHILDREN_MAX {
        error(
            findings,
            Code::ChildrenTooMany,
            &format!("{path}.children"),
            format!(
                "the split has {count} children; at most {CHILDREN_MAX} buckets can be balanced at a time: add a level in between, or give seats and let the tree be found"
            ),
        );
    }
}

impl Draft {
    pub fn share(&self) -> f64 {
        match (self.share, self.children.is_empty()) {
            (Some(share), _) => share,
            (None, true) => 1.0,
            (None, false) => self.children.iter().map(Draft::share).sum(),
        }
    }

    fn leaf(id: String) -> Draft {
        Draft { id, share: None, anchor: None, children: Vec::new(), seat: None }
    }
}

pub(super) fn from_stages(counts: &[i32], current: i32, findings: &mut Vec<Finding>) -> Option<(Draft, usize)> {
    let path = "split.stages.counts";
    let mut ok = true;
    let mut fault = |code, message: String| {
        error(findings, code, path, message);
        ok = false;
    };
    if counts.is_empty() {
        fault(
            Code::SplitEmpty,
            "counts is empty; give the number of territories at each stage, such as [2, 4, 8, 16]".into(),
        );
    }
    if counts.len() > LEVELS_MAX {
        fault(Code::LevelsTooMany, format!("{} stages; at most {LEVELS_MAX}", counts.len()));
    }
    let mut before = 1;
    for (i, &count) in counts.iter().enumerate() {
        if count < 1 || (i > 0 && count <= before) {
            fault(
                Code::StagesInvalid,
                format!("counts[{i}] is {count}; counts start at 1 or more and each is larger than the one before"),
            );
        } else if count as usize > LEAVES_MAX {
            fault(Code::LeavesTooMany, format!("counts[{i}] is {count}; at most {LEAVES_MAX} territories"));
        } else if (count + before - 1) / before > CHILDREN_MAX as i32 {
            fault(
                Code::ChildrenTooMany,
                format!(
                    "counts[{i}] is {count} after {before}: a node would have more than {CHILDREN_MAX} children; put a stage in between"
                ),
            );
        }
        before = count.max(1);
    }
    let level = match counts.iter().position(|&c| c == current) {
        Some(i) => i + 1,
        None if current == 0 => 1,
        None => {
            error(
                findings,
                Code::StagesInvalid,
                "split.stages.current",
                format!("current is {current}, which is not one of counts {counts:?}"),
            );
            return None;
        }
    };
    if !ok {
        return None;
    }
    // From the last stage up: node i of p owns the next ones from i*c/p to (i+1)*c/p.
    let name = |count: i32| (1..=count).map(move |i| Draft::leaf(format!("s{count}-{i}")));
    let mut below: Vec<Draft> = name(*counts.last()?).collect();
    for &count in counts.iter().rev().skip(1).chain([&1]) {
        let total = below.len();
        let mut rest = below.into_iter();
        let parents = if count == 1 && total == counts[0] as usize {
            vec![Draft::leaf("root".into())]
        } else {
            name(count).collect()
        };
        let many = parents.len();
        below = (parents.into_iter().enumerate())
            .map(|(i, mut parent)| {
                parent.children = rest.by_ref().take((i + 1) * total / many - i * total / many).collect();
                parent
            })
            .collect();
    }
    below.pop().map(|root| (root, level))
}

pub(super) fn from_seats(
    max_children: i32,
    seats: &[SeatInput],
    book: &Book,
    findings: &mut Vec<Finding>,
) -> Option<Draft> {
    let before = findings.len();
    let path = "split.seats";
    if seats.is_empty() {
        error(findings, Code::SplitEmpty, &format!("{path}.seats"), "there are no seats; give one for each territory");
    }
    if seats.len() > LEAVES_MAX {
        error(
            findings,
            Code::LeavesTooMany,
            &format!("{path}.seats"),
            format!("{} seats; at most {LEAVES_MAX}", seats.len()),
        );
        return None;
    }
    if max_children > CHILDREN_MAX as i32 {
        error(
            findings,
            Code::ChildrenTooMany,
            &format!("{path}.max_children"),
            format!("max_children is {max_children}; at most {CHILDREN_MAX}"),
        );
    } else if max_children != 0 && max_children < 2 {
        error(
            findings,
            Code::NumberOutOfRange,
            &format!("{path}.max_children"),
            format!("max_children is {max_children}; give 2 to {CHILDREN_MAX}, or leave it out"),
        );
    }
    let known: Vec<&str> = seats.iter().map(|s| s.seat_id.as_str()).collect();
    let drafts: Vec<Draft> = (seats.iter().enumerate())
        .map(|(i, seat)| from_seat(seat, &format!("{path}.seats[{i}]"), &known, findings))
        .collect();
    if findings.len() > before {
        return None;
    }
    let most = if max_children == 0 { CHILDREN_MAX } else { max_children as usize };
    let levels = Grouping::levels(drafts.len(), most);
    if levels > LEVELS_MAX {
        error(
            findings,
            Code::LevelsTooMany,
            &format!("{path}.max_children"),
            format!(
                "{} seats with at most {most} children a split need {levels} levels; at most {LEVELS_MAX}: raise max_children",
                drafts.len()
            ),
        );
        return None;
    }
    let number: HashMap<&str, usize> = known.iter().enumerate().map(|(s, &id)| (id, s)).collect();
    let standing: Vec<Seat> = (drafts.iter().zip(seats))
        .map(|(draft, seat)| Seat {
            id: &seat.seat_id,
            share: draft.share(),
            home: draft.anchor,
            covered_by: number.get(seat.covering_seat_id.as_str()).copied(),
        })
        .collect();
    let shape = Grouping::find(&standing, book, most);
    let known: HashSet<&str> = known.into_iter().collect();
    Some(group(shape, &mut drafts.into_iter().map(Some).collect::<Vec<_>>(), &known, "", "root"))
}

fn from_seat(seat: &SeatInput, path: &str, known: &[&str], findings: &mut Vec<Finding>) -> Draft {
    if seat.seat_id.is_empty() {
        error(
            findings,
            Code::NodeIdMissing,
            &format!("{path}.seat_id"),
            "the seat has no seat_id; give it a unique one",
        );
    }
    let share = positive(seat.share, &format!("{path}.share"), findings);
    let capacity = positive(seat.capacity, &format!("{path}.capacity"), findings).unwrap_or(1.0);
    let ramp = positive(seat.ramp, &format!("{path}.ramp"), findings).unwrap_or(1.0);
    if ramp > 1.0 {
        error(
            findings,
            Code::ShareInvalid,
            &format!("{path}.ramp"),
            format!("ramp is {ramp}; it is a part of full capacity, at most 1"),
        );
    }
    if !seat.covering_seat_id.is_empty()
        && (seat.covering_seat_id == seat.seat_id || !known.contains(&seat.covering_seat_id.as_str()))
    {
        error(
            findings,
            Code::SeatUnknown,
            &format!("{path}.covering_seat_id"),
            format!("covering_seat_id {:?} is not the id of another seat", seat.covering_seat_id),
        );
    }
    if !seat.start_date.is_empty() && !is_date(&seat.start_date) {
        error(
            findings,
            Code::DateInvalid,
            &format!("{path}.start_date"),
            format!("start_date {:?} is no date; write it as 2027-01-31", seat.start_date),
        );
    }
    Draft {
        id: seat.seat_id.clone(),
        share: share.or(Some(capacity * ramp)),
        anchor: point(seat.home, &format!("{path}.home"), findings),
        children: Vec::new(),
        seat: Some(SeatResult {
            to_be_hired: seat.to_be_hired,
            start_date: seat.start_date.clone(),
            covering_seat_id: seat.covering_seat_id.clone(),
        }),
    }
}

/// ISO 8601 calendar date, YYYY-MM-DD, that exists.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return false;
    }
    let part = |range: Range<usize>| {
        let digits = &bytes[range];
        digits.iter().all(u8::is_ascii_digit).then(|| digits.iter().fold(0, |n, d| n * 10 + u32::from(d - b'0')))
    };
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(5..7), part(8..10)) else {
        return false;
    };
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// The default shape: a seat for each current owner, by id.
pub(super) fn from_owners(book: &Book, findings: &mut Vec<Finding>) -> Option<Draft> {
    let mut owners: Vec<&str> = book.current_owners.iter().map(String::as_str).filter(|o| !o.is_empty()).collect();
    owners.sort_unstable();
    owners.dedup();
    if owners.is_empty() {
        error(
            findings,
            Code::SplitMissing,
            "split",
            "there is no shape to carve into, and no account has a current_owner to take seats from: give split (a tree, stages or seats), or --seats N or --stages 2,4,8 on the command line",
        );
        return None;
    }
    let seats: Vec<SeatInput> =
        owners.iter().map(|&id| SeatInput { seat_id: id.to_string(), ..SeatInput::default() }).collect();
    from_seats(0, &seats, book, findings)
}

fn group(shape: Grouping, seats: &mut [Option<Draft>], known: &HashSet<&str>, prefix: &str, id: &str) -> Draft {
    match shape {
        Grouping::Seat(index) => seats[index].take().expect("each seat is in one group"),
        Grouping::Split { names, parts } => {
            let children = (names.into_iter().zip(parts))
                .map(|(name, part)| {
                    let mut name = format!("{prefix}{name}");
                    while known.contains(name.as_str()) {
                        name.push_str("-side");
                    }
                    group(part, seats, known, &format!("{name}-"), &name)
                })
                .collect();
            let mut id = id.to_string();
            while known.contains(id.as_str()) {
                id.push_str("-book");
            }
            Draft { children, ..Draft::leaf(id) }
        }
    }
}
