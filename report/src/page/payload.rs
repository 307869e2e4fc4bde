//! What the script of the page draws and lists: one packed block of a JSON head and columns of numbers, account by account.

use super::today::{Owner, Today};
use super::views::Views;
use super::words::{Labels, spoken};
use super::{Shown, pack, simple};
use crate::answer::{Answer, waits};
use carve_solver::plan::NodeResult;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io;

/// Accounts whose ids and names are all in the page; of more only those that move.
const NAMED_MAX: usize = 20_000;
/// Accounts that move with their ids, names and reasons in the page, the largest first.
const MOVES_NAMED_MAX: usize = 40_000;
/// Steps of an account that one step of land and borders stands for, and one of borders that are seen on zoom alone.
const COARSE: [(&str, f64); 3] = [("land", 20.0), ("borders", 20.0), ("counties", 80.0)];
/// Where an account is that is on no map.
const NOWHERE: (u16, u16) = (u16::MAX, u16::MAX);
/// No owner, no node.
const NONE: u16 = u16::MAX;

/// The script and the block, packed.
pub(super) fn payload(shown: &Shown<'_, '_>, poles: &[BTreeMap<usize, [u32; 3]>], script: &str) -> io::Result<String> {
    let Shown { answer, frame, views, accounts, today, .. } = shown;
    let mut blob = Blob::default();
    let points: Vec<(u16, u16)> =
        accounts.iter().map(|&account| frame.and_then(|frame| frame.points[account]).unwrap_or(NOWHERE)).collect();
    blob.numbers("x", points.iter().map(|at| at.0));
    blob.numbers("y", points.iter().map(|at| at.1));
    blob.numbers("leaf", accounts.iter().map(|&account| u16::try_from(views.leaf[account]).unwrap_or(NONE)));
    let owners = Owners::of(today, views);
    blob.numbers("owner", accounts.iter().map(|&account| owners.number(today.of[account])));
    let reason = |account: usize| answer.plan.assignments[account].move_reason.as_ref();
    let is_moved = |account: usize| answer.plan.assignments[account].moved;
    let reasons = accounts.iter().map(|&account| match (reason(account), is_moved(account)) {
        (Some(reason), _) => super::moves::reason_number(reason) as u8,
        (None, moved) => {
            if moved {
                u8::MAX
            } else {
                0
            }
        }
    });
    blob.bytes("reason", reasons.collect());
    for (index, of) in answer.measures.iter().enumerate().skip(1) {
        blob.varints(&format!("m{index}"), accounts.iter().map(|&account| of.amounts[account]));
    }
    if accounts.len() < answer.plan.assignments.len() {
        let mut before = -1_i64;
        blob.varints(
            "row",
            accounts.iter().map(|&account| {
                let step = account as i64 - before;
                before = account as i64;
                step
            }),
        );
    }
    if let Some(frame) = frame {
        for ((name, coarse), lines) in COARSE.into_iter().zip([&frame.land, &frame.borders, &frame.counties]) {
            let closed = name == "land";
            blob.lines(name, &simple::simple(lines, coarse, closed));
        }
    }
    let head = head(shown, poles, &owners);
    let mut whole = Vec::new();
    let mut part = |text: &str| {
        whole.extend((text.len() as u32).to_le_bytes());
        whole.extend(text.as_bytes());
    };
    part(script);
    part(&super::clean(&json!({"head": head, "sections": blob.sections}).to_string()));
    whole.extend(blob.bytes);
    pack::packed(&whole)
}

fn head(shown: &Shown<'_, '_>, poles: &[BTreeMap<usize, [u32; 3]>], owners: &Owners) -> Value {
    let Shown { answer, frame, views, accounts, today, labels, colours, .. } = shown;
    let plan = answer.plan;
    let measures: Vec<Value> = answer
        .measures
        .iter()
        .enumerate()
        .map(|(index, of)| {
            let unit = plan.measures.get(index).map_or("", |described| described.unit.as_str());
            json!({"name": spoken(of.measure), "decimals": of.decimals, "unit": unit})
        })
        .collect();
    let nodes: Vec<Value> = plan.nodes.iter().enumerate().map(|(index, node)| of_node(shown, index, node)).collect();
    let of_view = |(index, view): (usize, &super::views::View<'_>)| {
        let of_leaf: Vec<i64> =
            view.of_leaf.iter().map(|&node| if node == usize::MAX { -1 } else { node as i64 }).collect();
        let poles: BTreeMap<String, &[u32; 3]> =
            poles[index].iter().map(|(node, pole)| (node.to_string(), pole)).collect();
        json!({
            "count": view.stage.map(|stage| stage.count), "current": view.current, "nodes": view.nodes,
            "ofLeaf": of_leaf, "poles": poles,
        })
    };
    let list: Vec<Value> = owners
        .list
        .iter()
        .map(|&owner| match owner {
            Owner::Territory(node) => json!({"label": labels.node(node), "node": node}),
            other => json!({"label": today.called(other, labels), "node": -1}),
        })
        .collect();
    let (width, height) = frame.map_or((0.0, 0.0), |frame| (super::frame::STEPS, frame.height));
    let view = frame.map(|frame| frame.view).map(|view| [view.left, view.top, view.right, view.bottom].map(f64::round));
    let insets: Vec<[f64; 4]> = frame.map_or(Vec::new(), |frame| {
        frame.insets.iter().map(|a| [a.left, a.top, a.right, a.bottom].map(f64::round)).collect()
    });
    let texts = Texts::of(answer, accounts, labels, shown.sizes);
    json!({
        "accounts": plan.assignments.len(), "anonymous": labels.anonymous, "width": width, "height": height,
        "view": view, "insets": insets, "measures": measures, "sized": shown.sized, "nodes": nodes,
        "views": views.views.iter().enumerate().map(of_view).collect::<Vec<_>>(),
        "current": views.current(), "owners": list, "colours": colours, "owned": shown.compares(), "ofToday": shown.of_today,
        "reasons": super::moves::all_reasons(), "coarse": BTreeMap::from(COARSE),
        "ids": texts.ids, "names": texts.names, "details": texts.details,
    })
}

fn of_node(shown: &Shown<'_, '_>, index: usize, node: &NodeResult) -> Value {
    let Shown { frame, labels, today, .. } = shown;
    let anchor = frame.and_then(|frame| node.anchor.and_then(|anchor| frame.at(anchor)));
    let seat = node.seat.as_ref().filter(|_| waits(node)).map(|seat| {
        let cover = shown.answer.territory(&seat.covering_seat_id).map_or("", |node| labels.node(node));
        json!({"hire": seat.to_be_hired, "start": seat.start_date, "cover": cover})
    });
    let before: Option<Vec<i64>> = (node.territory && shown.compares())
        .then(|| (0..shown.answer.measures.len()).map(|m| today.amount(Owner::Territory(index), m)).collect());
    json!({
        "label": labels.node(index), "id": if labels.anonymous { labels.node(index) } else { &node.node_id },
        "level": node.level, "territory": node.territory, "outside": node.outside_balance,
        "anchor": anchor, "found": node.anchor_found, "km": node.mean_distance_km,
        "in": node.moved_in, "out": node.moved_out, "seat": seat, "before": before,
        "amounts": node.measures.iter().map(|m| m.amount).collect::<Vec<_>>(),
        "targets": node.measures.iter().map(|m| m.target).collect::<Vec<_>>(),
        "deviations": node.measures.iter().map(|m| (m.deviation * 1e6).round() / 1e6).collect::<Vec<_>>(),
        "bands": node.measures.iter().map(|m| shown.answer.tolerance(&m.measure, node.level)).collect::<Vec<_>>(),
    })
}

/// Owners by number.
struct Owners {
    list: Vec<Owner>,
    number: std::collections::HashMap<Owner, u16>,
}

impl Owners {
    fn of(today: &Today, views: &Views<'_>) -> Owners {
        let current = &views.views[views.current()].nodes;
        let mut list: Vec<Owner> = current.iter().map(|&node| Owner::Territory(node)).collect();
        list.extend(today.others().filter(|owner| *owner != Owner::Nobody));
        list.truncate(usize::from(NONE));
        let number = list.iter().enumerate().map(|(number, &owner)| (owner, number as u16)).collect();
        Owners { list, number }
    }

    fn number(&self, owner: Owner) -> u16 {
        self.number.get(&owner).copied().unwrap_or(NONE)
    }
}

/// What is said of accounts in words, empty for those that have no room.
struct Texts<'a> {
    ids: Vec<&'a str>,
    names: Vec<&'a str>,
    details: Vec<String>,
}

impl<'a> Texts<'a> {
    fn of(answer: &Answer<'a>, accounts: &[usize], labels: &Labels, sizes: &[i64]) -> Texts<'a> {
        if labels.anonymous {
            return Texts { ids: Vec::new(), names: Vec::new(), details: Vec::new() };
        }
        let mut named = vec![answer.plan.assignments.len() <= NAMED_MAX; answer.plan.assignments.len()];
        let mut moving: Vec<usize> =
            accounts.iter().copied().filter(|&account| answer.plan.assignments[account].moved).collect();
        moving.sort_by_key(|&account| (std::cmp::Reverse(sizes.get(account).copied().unwrap_or(0)), account));
        moving.iter().take(MOVES_NAMED_MAX).for_each(|&account| named[account] = true);
        let text = |of: &dyn Fn(usize) -> &'a str| -> Vec<&'a str> {
            let texts: Vec<&str> =
                accounts.iter().map(|&account| if named[account] { of(account) } else { "" }).collect();
            if texts.iter().all(|text| text.is_empty()) { Vec::new() } else { texts }
        };
        let detail = |account: usize| match &answer.plan.assignments[account].move_reason {
            Some(reason) if named[account] => super::moves::detail(answer, reason),
            _ => String::new(),
        };
        Texts {
            ids: text(&|account| &answer.plan.assignments[account].account_id),
            names: text(&|account| answer.name(account)),
            details: if accounts.iter().any(|&account| !detail(account).is_empty()) {
                accounts.iter().map(|&account| detail(account)).collect()
            } else {
                Vec::new()
            },
        }
    }
}

/// Columns of numbers, one after the other, each with where it begins and how long it is.
#[derive(Default)]
struct Blob {
    bytes: Vec<u8>,
    sections: BTreeMap<String, [usize; 2]>,
}

impl Blob {
    fn bytes(&mut self, name: &str, bytes: Vec<u8>) {
        self.sections.insert(name.to_owned(), [self.bytes.len(), bytes.len()]);
        self.bytes.extend(bytes);
    }

    /// All low bytes, then all high ones: each alike, they pack better.
    fn numbers(&mut self, name: &str, numbers: impl Iterator<Item = u16> + Clone) {
        let low = numbers.clone().map(|number| number.to_le_bytes()[0]);
        self.bytes(name, low.chain(numbers.map(|number| number.to_le_bytes()[1])).collect());
    }

    /// Zigzag and LEB128.
    fn varints(&mut self, name: &str, numbers: impl Iterator<Item = i64>) {
        let mut bytes = Vec::new();
        numbers.for_each(|number| varint(&mut bytes, number));
        self.bytes(name, bytes);
    }

    /// Lines in coarse steps: for each how many points, then the steps from the point before, be it of another line; all
    /// counts, then all steps across, then all down: each alike, they pack better.
    fn lines(&mut self, name: &str, lines: &[Vec<(i64, i64)>]) {
        let (mut counts, mut across, mut down, mut before) = (Vec::new(), Vec::new(), Vec::new(), (0, 0));
        for line in lines {
            varint(&mut counts, line.len() as i64);
            for &at in line {
                varint(&mut across, at.0 - before.0);
                varint(&mut down, at.1 - before.1);
                before = at;
            }
        }
        self.bytes(name, counts);
        self.bytes(&format!("{name}X"), across);
        self.bytes(&format!("{name}Y"), down);
    }
}

fn varint(out: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)) as u64;
    while rest > 0x7F {
        out.push(rest as u8 & 0x7F | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
