//! Seats, over which a tree is found.

use super::draft::{Draft, Seat, error, point, pool_has_none, positive, stands_alone};
use crate::finding::{Code, Finding};
use crate::input::{Book, SeatInput};
use crate::limits::{CHILDREN_MAX, FIELD_BYTES_MAX, ID_BYTES_MAX, LEAVES_MAX, LEVELS_MAX};
use crate::problem::date::Date;
use crate::problem::grouping::{Grouping, SeatToGroup};
use std::collections::{HashMap, HashSet};

/// Where seats stand in the plan.
const PATH: &str = "split.seats";
/// What the whole book is called, unless a seat is.
const ROOT: &str = "root";

/// The tree that is found over these seats; `None` where they or the most children are faulty.
pub(in crate::problem) fn from_seats(
    max_children: i32,
    seats: &[SeatInput],
    book: &Book,
    findings: &mut Vec<Finding>,
) -> Option<Draft> {
    let before = findings.len();
    if seats.is_empty() {
        error(findings, Code::SplitEmpty, &format!("{PATH}.seats"), "there are no seats; give one for each territory");
    }
    if seats.len() > LEAVES_MAX {
        error(
            findings,
            Code::LeavesTooMany,
            &format!("{PATH}.seats"),
            format!("there are more than {LEAVES_MAX} seats; give {LEAVES_MAX} at most"),
        );
        return None;
    }
    check_children(max_children, findings);
    let known: Vec<&str> = seats.iter().map(|s| s.seat_id.as_str()).collect();
    let drafts: Vec<Draft> = (seats.iter().enumerate())
        .map(|(i, seat)| from_seat(seat, &format!("{PATH}.seats[{i}]"), &known, findings))
        .collect();
    stands_alone(&drafts, &format!("{PATH}.seats"), findings);
    if findings.len() > before {
        return None;
    }
    // The tree is found over the others; pools stand beside it, right below the root.
    let (pools, drafts): (Vec<Draft>, Vec<Draft>) = drafts.into_iter().partition(|draft| draft.is_pool);
    let seats: Vec<&SeatInput> = seats.iter().filter(|seat| !seat.outside_balance).collect();
    let most = if max_children == 0 { CHILDREN_MAX } else { max_children as usize };
    let levels = Grouping::levels(drafts.len(), most);
    if levels > LEVELS_MAX {
        error(
            findings,
            Code::LevelsTooMany,
            &format!("{PATH}.max_children"),
            format!(
                "{} seats with at most {most} children a split need {levels} levels; at most {LEVELS_MAX}: raise max_children",
                drafts.len()
            ),
        );
        return None;
    }
    let number: HashMap<&str, usize> = seats.iter().enumerate().map(|(s, seat)| (seat.seat_id.as_str(), s)).collect();
    let standing: Vec<SeatToGroup> = (drafts.iter().zip(&seats))
        .map(|(draft, seat)| SeatToGroup {
            id: &seat.seat_id,
            share: draft.share(),
            home: draft.anchor,
            covered_by: number.get(seat.covering_seat_id.as_str()).copied(),
        })
        .collect();
    let shape = Grouping::find(&standing, book, most);
    let known: HashSet<&str> = known.into_iter().collect();
    let root = group(shape, &mut drafts.into_iter().map(Some).collect::<Vec<_>>(), &known, "", ROOT);
    Some(if pools.is_empty() { root } else { beside(root, pools, &known) })
}

/// The tree with pools below its root; a single seat gets a root above it.
fn beside(root: Draft, pools: Vec<Draft>, known: &HashSet<&str>) -> Draft {
    let mut root = match root.seat.is_some() {
        true => Draft { children: vec![root], ..Draft::leaf(unlike(ROOT, "-book", known)) },
        false => root,
    };
    root.children.extend(pools);
    root
}

/// The id with as many endings as it takes to be no seat's.
fn unlike(id: &str, ending: &str, known: &HashSet<&str>) -> String {
    let mut id = id.to_string();
    while known.contains(id.as_str()) {
        id.push_str(ending);
    }
    id
}

fn check_children(max_children: i32, findings: &mut Vec<Finding>) {
    if max_children > CHILDREN_MAX as i32 {
        error(
            findings,
            Code::ChildrenTooMany,
            &format!("{PATH}.max_children"),
            format!("max_children is {max_children}; at most {CHILDREN_MAX}"),
        );
    } else if max_children != 0 && max_children < 2 {
        error(
            findings,
            Code::NumberOutOfRange,
            &format!("{PATH}.max_children"),
            format!("max_children is {max_children}; give 2 to {CHILDREN_MAX}, or leave it out"),
        );
    }
}

/// The default shape: a seat for each current owner, by id.
pub(in crate::problem) fn from_owners(book: &Book, findings: &mut Vec<Finding>) -> Option<Draft> {
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

/// The nodes of a found shape; no id is one of a seat.
fn group(shape: Grouping, seats: &mut [Option<Draft>], known: &HashSet<&str>, prefix: &str, id: &str) -> Draft {
    match shape {
        Grouping::Seat(index) => seats[index].take().expect("each seat is in one group"),
        Grouping::Split { names, parts } => {
            let children = (names.into_iter().zip(parts))
                .map(|(name, part)| {
                    let name = unlike(&format!("{prefix}{name}"), "-side", known);
                    group(part, seats, known, &format!("{name}-"), &name)
                })
                .collect();
            Draft { children, ..Draft::leaf(unlike(id, "-book", known)) }
        }
    }
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
    check_names(seat, path, findings);
    check_pool(seat, path, findings);
    if !seat.start_date.is_empty() && Date::iso(&seat.start_date).is_none() {
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
        seat: Some(Seat {
            to_be_hired: seat.to_be_hired,
            start_date: seat.start_date.clone(),
            covering_seat_id: seat.covering_seat_id.clone(),
            display_name: seat.display_name.clone(),
            external_ids: seat.external_ids.clone(),
        }),
        is_pool: seat.outside_balance,
    }
}

/// A seat outside the balance has nothing that shares are made of, and no home.
fn check_pool(seat: &SeatInput, path: &str, findings: &mut Vec<Finding>) {
    let given = [
        ("share", seat.share.is_some()),
        ("capacity", seat.capacity.is_some()),
        ("ramp", seat.ramp.is_some()),
        ("home", seat.home.is_some()),
    ];
    for (field, _) in given.into_iter().filter(|(_, given)| *given && seat.outside_balance) {
        error(findings, Code::PoolInvalid, &format!("{path}.{field}"), pool_has_none(&seat.seat_id, field));
    }
}

/// Names and ids that are too long are errors.
fn check_names(seat: &SeatInput, path: &str, findings: &mut Vec<Finding>) {
    let ids = &seat.external_ids;
    for (field, text, most) in [
        ("display_name", &seat.display_name, FIELD_BYTES_MAX),
        ("external_ids.user_id", &ids.user_id, ID_BYTES_MAX),
        ("external_ids.email", &ids.email, ID_BYTES_MAX),
        ("external_ids.territory_api_name", &ids.territory_api_name, ID_BYTES_MAX),
    ] {
        if text.len() > most {
            let message = format!("{field} has {} bytes; at most {most}", text.len());
            error(findings, Code::FieldTooLong, &format!("{path}.{field}"), message);
        }
    }
}
