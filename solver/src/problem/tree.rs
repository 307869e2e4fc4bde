//! The split tree: nodes in tree order, leaves numbered from left to right, shares as whole numbers.

use super::grouping::Grouping;
use crate::finding::{Code, Finding, Place};
use crate::input::{Book, NodeInput, RawPlace, SeatInput, SplitInput};
use crate::limits::{CHILDREN_MAX, LEAVES_MAX, LEVELS_MAX};
use crate::plan::SeatResult;
use crate::space::Point;
use std::collections::HashMap;
use std::ops::Range;

/// Shares are held as whole numbers, so that targets are exact ratios: over the smallest denominator up to
/// `DENOMINATOR_MAX` that fits all leaves, else in billionths of the book.
const SHARE_UNITS: f64 = 1e9;
const DENOMINATOR_MAX: u32 = 100_000;

/// One node. The root is node 0; every node comes before its children.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub id: String,
    pub parent: Option<usize>,
    pub children: Vec<usize>,
    /// 0 for the root.
    pub level: usize,
    /// Its part of the book is `share / tree.nodes[0].share`.
    pub share: i64,
    pub anchor: Option<Point>,
    /// Its leaves, by leaf number.
    pub leaves: Range<usize>,
    pub seat: Option<SeatResult>,
}

/// The tree. A territory is a node in force today: a leaf, or with stages a node of the current stage.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    pub nodes: Vec<Node>,
    /// Node of each leaf.
    pub leaves: Vec<usize>,
    /// Territory node of each leaf.
    pub territory_of_leaf: Vec<usize>,
    /// Stage counts with their level, and the level in force; empty unless stages.
    pub stages: Vec<(usize, usize)>,
    pub current_level: Option<usize>,
}

impl Tree {
    /// Number of levels below the root.
    pub fn depth(&self) -> usize {
        self.nodes.iter().map(|n| n.level).max().unwrap_or(0)
    }

    /// Nodes of a level, in tree order.
    pub fn level(&self, level: usize) -> impl Iterator<Item = usize> + '_ {
        (0..self.nodes.len()).filter(move |&n| self.nodes[n].level == level)
    }

    /// Target of a node for a measure that totals `total`.
    pub fn target(&self, node: usize, total: i64) -> f64 {
        total as f64 * (self.nodes[node].share as f64 / self.nodes[0].share as f64)
    }

    /// Nodes from level 1 down to the leaf.
    pub fn path(&self, leaf: usize) -> Vec<usize> {
        let mut path = vec![self.leaves[leaf]];
        while let Some(parent) = self.nodes[path[path.len() - 1]].parent {
            path.push(parent);
        }
        path.pop();
        path.reverse();
        if path.is_empty() {
            path.push(self.leaves[leaf]);
        }
        path
    }

    /// Territories in tree order.
    pub fn territories(&self) -> Vec<usize> {
        let mut nodes = self.territory_of_leaf.clone();
        nodes.dedup();
        nodes
    }

    pub fn by_id(&self) -> HashMap<&str, usize> {
        self.nodes.iter().enumerate().map(|(i, n)| (n.id.as_str(), i)).collect()
    }
}

/// A node before the tree is numbered.
struct Draft {
    id: String,
    share: Option<f64>,
    anchor: Option<Point>,
    children: Vec<Draft>,
    seat: Option<SeatResult>,
}

/// Reads the split. A tree with faults is given too, so that what else is wrong can be named; `None` when there is
/// none to speak of.
pub(crate) fn read(split: Option<&SplitInput>, book: &Book, findings: &mut Vec<Finding>) -> Option<Tree> {
    let (draft, stages, current_level) = match split {
        Some(SplitInput::Tree(root)) => (from_node(root, "split.tree", 0, findings)?, Vec::new(), None),
        Some(SplitInput::Stages { counts, current }) => {
            let (draft, level) = from_stages(counts, *current, findings)?;
            let stages = counts.iter().enumerate().map(|(i, &c)| (c as usize, i + 1)).collect();
            (draft, stages, Some(level))
        }
        Some(SplitInput::Seats { max_children, seats }) => {
            (from_seats(*max_children, seats, book, findings)?, Vec::new(), None)
        }
        None => (from_owners(book, findings)?, Vec::new(), None),
    };
    let tree = number(draft, stages, current_level);
    check_shape(&tree, findings);
    Some(tree)
}

fn error(findings: &mut Vec<Finding>, code: Code, path: &str, message: impl Into<String>) {
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
pub(crate) fn point(raw: Option<RawPlace>, path: &str, findings: &mut Vec<Finding>) -> Option<Point> {
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

fn from_node(input: &NodeInput, path: &str, level: usize, findings: &mut Vec<Finding>) -> Option<Draft> {
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
    let id = if input.node_id.is_empty() { "root".into() } else { input.node_id.clone() };
    Some(Draft { id, share, anchor, children, seat: None })
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
    fn share(&self) -> f64 {
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

fn from_stages(counts: &[i32], current: i32, findings: &mut Vec<Finding>) -> Option<(Draft, usize)> {
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

fn from_seats(max_children: i32, seats: &[SeatInput], book: &Book, findings: &mut Vec<Finding>) -> Option<Draft> {
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
    let places: Vec<Option<Point>> = drafts.iter().map(|d| d.anchor).collect();
    let shape = Grouping::find(&known, &places, book, most);
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
fn from_owners(book: &Book, findings: &mut Vec<Finding>) -> Option<Draft> {
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

fn group(shape: Grouping, seats: &mut [Option<Draft>], known: &[&str], prefix: &str, id: &str) -> Draft {
    match shape {
        Grouping::Seat(index) => seats[index].take().expect("each seat is in one group"),
        Grouping::Split { names, parts } => {
            let children = (names.into_iter().zip(parts))
                .map(|(name, part)| {
                    let mut name = format!("{prefix}{name}");
                    while known.contains(&name.as_str()) {
                        name.push_str("-side");
                    }
                    group(part, seats, known, &format!("{name}-"), &name)
                })
                .collect();
            let mut id = id.to_string();
            while known.contains(&id.as_str()) {
                id.push_str("-book");
            }
            Draft { children, ..Draft::leaf(id) }
        }
    }
}

fn number(root: Draft, stages: Vec<(usize, usize)>, current_level: Option<usize>) -> Tree {
    let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new(), territory_of_leaf: Vec::new(), stages, current_level };
    // Parts of the book from the top down: a node's part is its parent's times its share among its siblings.
    let mut parts = Vec::new();
    push(&mut tree, root, None, 0, 1.0, &mut parts);
    let units = denominator(&parts);
    for (&leaf, part) in tree.leaves.iter().zip(&parts) {
        tree.nodes[leaf].share = ((part * units).round() as i64).max(1);
    }
    for n in (0..tree.nodes.len()).rev() {
        if !tree.nodes[n].children.is_empty() {
            tree.nodes[n].share = tree.nodes[n].children.iter().map(|&c| tree.nodes[c].share).sum();
        }
    }
    let territory = |leaf: usize| {
        let mut node = tree.leaves[leaf];
        while let (Some(level), Some(parent)) = (current_level, tree.nodes[node].parent) {
            if tree.nodes[node].level <= level {
                break;
            }
            node = parent;
        }
        node
    };
    tree.territory_of_leaf = (0..tree.leaves.len()).map(territory).collect();
    tree
}

/// The smallest whole number that makes every part whole, or billionths.
fn denominator(parts: &[f64]) -> f64 {
    let whole =
        |units: f64| parts.iter().all(|p| (p * units - (p * units).round()).abs() < 1e-13 * units && p * units > 0.5);
    (1..=DENOMINATOR_MAX).map(f64::from).find(|&units| whole(units)).unwrap_or(SHARE_UNITS)
}

fn push(tree: &mut Tree, draft: Draft, parent: Option<usize>, level: usize, part: f64, parts: &mut Vec<f64>) -> usize {
    let node = tree.nodes.len();
    let first = tree.leaves.len();
    tree.nodes.push(Node {
        id: draft.id,
        parent,
        children: Vec::new(),
        level,
        share: 0,
        anchor: draft.anchor,
        leaves: first..first + 1,
        seat: draft.seat,
    });
    if draft.children.is_empty() {
        tree.leaves.push(node);
        parts.push(part);
        return node;
    }
    let sum: f64 = draft.children.iter().map(Draft::share).sum();
    let children = draft.children.into_iter().map(|child| {
        let share = child.share();
        push(tree, child, Some(node), level + 1, part * (share / sum), parts)
    });
    let children: Vec<usize> = children.collect();
    tree.nodes[node].children = children;
    tree.nodes[node].leaves = first..tree.leaves.len();
    node
}

fn check_shape(tree: &Tree, findings: &mut Vec<Finding>) {
    if tree.leaves.len() > LEAVES_MAX {
        error(
            findings,
            Code::LeavesTooMany,
            "split",
            format!("the tree has {} leaves; at most {LEAVES_MAX}", tree.leaves.len()),
        );
    }
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for node in &tree.nodes {
        *seen.entry(node.id.as_str()).or_default() += 1;
    }
    let mut doubled: Vec<_> = seen.into_iter().filter(|(id, n)| *n > 1 && !id.is_empty()).collect();
    doubled.sort_unstable();
    for (id, times) in doubled {
        error(
            findings,
            Code::NodeIdDuplicate,
            "split",
            format!("{times} nodes or seats have the id {id:?}; ids must differ"),
        );
    }
    if tree.nodes.len() == 1 && tree.nodes[0].seat.is_none() {
        error(
            findings,
            Code::SplitEmpty,
            "split.tree.children",
            "the tree has no children; give at least one territory",
        );
    }
}
