//! `--print-plan`: the plan file that the flags, and the owners of the book, stand for.

use super::owners::Owners;
use super::text;
use crate::cli::{PreviousAs, ShapeArgs};
use crate::exit::CommandError;
use crate::files::Loaded;
use crate::json::JsonError;
use crate::output;
use crate::plan_file::{self, Notes, PlanFile};
use carve_proto::v1::{self as proto, criterion::Kind, rule, split::Shape};
use carve_solver::counting::many;
use carve_solver::limits::TOLERANCE_DEFAULT;

/// Writes out the seats that stand for no shape. The tiers that stand for none are written out with the tiers.
pub fn make_whole(plan: &mut PlanFile, owners: &Owners) {
    if plan.request.split.is_none() && !owners.is_empty() {
        let seat = |id: &str| proto::Seat { seat_id: id.to_owned(), ..proto::Seat::default() };
        let seats = proto::Seats { max_children: 0, seats: owners.ids().map(seat).collect() };
        plan.request.split = Some(proto::Split { shape: Some(Shape::Seats(seats)) });
    }
}

/// Prints the plan file with notes.
///
/// # Errors
/// When it cannot be printed.
pub fn print(loaded: &Loaded, accounts: &str, args: &ShapeArgs) -> Result<(), CommandError> {
    let text = as_plan_file(loaded, accounts, args)?;
    output::print_text(&text)
}

/// What was asked for, in a plan file and by flags, as one plan file with notes.
///
/// # Errors
/// Only when descriptor and generated code disagree.
pub fn as_plan_file(loaded: &Loaded, accounts: &str, args: &ShapeArgs) -> Result<String, JsonError> {
    let mut request = loaded.request.clone();
    // Options that nobody named are not worth a line.
    request.options = request.options.filter(|options| *options != proto::Options::default());
    let notes = notes(&request, &loaded.granted.owners, accounts, args);
    plan_file::write(&request, &notes, &|measure| loaded.decimals(measure))
}

fn notes(request: &proto::SolveRequest, owners: &Owners, accounts: &str, args: &ShapeArgs) -> Notes {
    let mut notes = Notes::new();
    let accounts = text::for_a_shell(accounts);
    let previous = args.wishes.previous.as_ref();
    let used_as = if args.wishes.previous_as == Some(PreviousAs::Start) { " --previous-as start" } else { "" };
    let previous =
        previous.map(|dir| format!(" --previous {}{used_as}", text::for_a_shell(&dir.display().to_string())));
    let mut top = vec![
        "What carve was asked for on the command line, as a plan file. Keep it, change it, give it back:".into(),
        format!("  carve solve {accounts} --plan FILE{}", previous.unwrap_or_default()),
        "Every field with its unit, range and default: proto/carve/v1. Rules and measures pick accounts by filters."
            .into(),
    ];
    top.push(String::new());
    notes.insert(String::new(), top);
    if let Some(shape) = request.split.as_ref().and_then(|split| split.shape.as_ref()) {
        note_shape(shape, owners, &mut notes);
    }
    if !request.tiers.is_empty() {
        let tiers =
            "What the plan is good at, most important first. Each tier is done as well as it can be, then held.";
        notes.insert("tiers".into(), vec![tiers.into()]);
    }
    for (at, tier) in request.tiers.iter().enumerate() {
        notes.insert(format!("tiers[{at}]"), tier.criteria.iter().filter_map(|c| words(c.kind.as_ref()?)).collect());
    }
    if !request.rules.is_empty() {
        notes.insert("rules".into(), vec!["What must hold, whatever else is given up for it.".into()]);
    }
    for (at, rule) in request.rules.iter().enumerate() {
        notes.insert(
            format!("rules[{at}]"),
            rule.kind.as_ref().and_then(|kind| rule_words(kind, owners)).into_iter().collect(),
        );
    }
    notes.insert("options".into(), vec!["How long and how hard to work.".into()]);
    notes.retain(|_, lines| !lines.is_empty());
    notes
}

fn note_shape(shape: &Shape, owners: &Owners, notes: &mut Notes) {
    let words = match shape {
        Shape::Tree(_) => "The tree of territories.",
        Shape::Stages(_) => "Territories at each planned stage; every one lies inside one of the stage before.",
        Shape::Seats(_) => "The seats; a tree of splits is found over them.",
    };
    notes.insert("split".into(), vec![words.into()]);
    let Shape::Seats(seats) = shape else { return };
    for (at, seat) in seats.seats.iter().enumerate().filter(|_| !owners.is_empty()) {
        let line = match owners.accounts(&seat.seat_id) {
            0 if seat.state == proto::SeatState::ToBeHired as i32 => "to be hired".into(),
            0 => String::from("owns no account today"),
            accounts => format!("owns {} today", many(accounts, "account")),
        };
        let line = if seat.outside_balance { line + "; outside the balance" } else { line };
        notes.insert(format!("split.seats.seats[{at}]"), vec![line]);
    }
    let left: Vec<String> = (owners.ids().filter(|id| seats.seats.iter().all(|seat| seat.seat_id != *id)))
        .map(|id| format!("{:?} ({})", owners.called(id), many(owners.accounts(id), "account")))
        .collect();
    if !left.is_empty() {
        let line = format!("Owners without a seat, whose accounts are free to move: {}.", left.join(", "));
        notes.entry("split".into()).or_default().push(line);
    }
}

/// What a criterion asks for, in words.
fn words(kind: &Kind) -> Option<String> {
    let part = |tolerance: Option<f64>| (tolerance.unwrap_or(TOLERANCE_DEFAULT) * 1e8).round() / 1e6;
    Some(match kind {
        Kind::Balance(b) => format!("{} of every territory within {} % of its target", b.measure, part(b.tolerance)),
        Kind::Mix(mix) => {
            format!("accounts of each {} within {} % of their target", mix.attribute, part(mix.tolerance))
        }
        Kind::Continuity(c) if c.measure.is_empty() => "accounts stay with their owners".into(),
        Kind::Continuity(c) => format!("{} stays with its owners", c.measure),
        Kind::Compactness(_) => "accounts lie close to one another".into(),
        Kind::Incumbent(_) => return None,
    })
}

/// What a rule of a flag says, in words.
fn rule_words(kind: &rule::Kind, owners: &Owners) -> Option<String> {
    match kind {
        rule::Kind::MoveLimit(limit) if limit.max_amount == Some(0) => Some("these stay with their owners".into()),
        rule::Kind::Pin(pin) => Some(format!("these go to {}", owners.called(&pin.node_id))),
        rule::Kind::Bounds(bounds) if bounds.node_ids.is_empty() && bounds.accounts.is_none() => {
            Some("what any territory may hold".into())
        }
        _ => None,
    }
}
