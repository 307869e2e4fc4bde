//! `--seats`, `--drop-owner`, `--add-seat`, `--pool`, and `--stages` in place of seats.

use super::owners::{Meant, Owners, People, ambiguous, folded};
use super::seats_file::{FieldSpots, SeatsFile};
use super::{Said, each, home, pools, said, text, tree};
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::{PlanFile, Spot};
use carve_proto::v1::{self as proto, split::Shape};
use carve_solver::Code;
use carve_solver::counting::{is, many};
use carve_solver::limits::LEAVES_MAX;
use std::collections::BTreeSet;

/// The list of seats in a plan.
const LIST: &str = "split.seats.seats";

/// What is asked of the seats.
pub struct Wish {
    count: Option<Said<usize>>,
    stages: Option<Said<proto::Stages>>,
    dropped: Vec<Said<String>>,
    added: Vec<Said<Added>>,
    pooled: Vec<Said<String>>,
    file: Option<SeatsFile>,
}

/// A seat that is added.
#[derive(Debug, Clone)]
struct Added {
    seat: proto::Seat,
    /// The place that its home was read as; empty: it is given as latitude and longitude, or not at all.
    home: String,
}

impl Wish {
    /// Reads the flags, and the file of seats.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Wish {
        let current = args.counts.current.unwrap_or_default();
        let counts: Vec<String> = args.counts.stages.iter().map(i32::to_string).collect();
        let stages = (!counts.is_empty()).then(|| Said {
            flag: format!("--stages {}", counts.join(",")),
            value: proto::Stages { counts: args.counts.stages.clone(), current },
        });
        let count = args.counts.seats.and_then(|count| {
            // One more than is allowed is enough for the solver to refuse it.
            let most = |_: &str| Ok(usize::try_from(count).unwrap_or(0).min(LEAVES_MAX + 1));
            said("--seats", &count.to_string(), most, faults)
        });
        Wish {
            count,
            stages,
            dropped: each("--drop-owner", &args.wishes.drop_owner, text::name, faults),
            added: each("--add-seat", &args.wishes.add_seat, seat, faults),
            pooled: each("--pool", &args.wishes.pool, text::name, faults),
            file: SeatsFile::read(args, faults),
        }
    }

    /// Names the seats in a request that is only to be looked at.
    pub fn preview(&self, request: &mut proto::SolveRequest) {
        let added = self.added.iter().map(|add| &add.value.seat);
        let seats: Vec<proto::Seat> = added.chain(self.file.iter().flat_map(SeatsFile::named)).cloned().collect();
        match request.split.as_mut().and_then(|split| split.shape.as_mut()) {
            Some(Shape::Seats(others)) => others.seats.extend(seats),
            None if !seats.is_empty() => {
                let seats = proto::Seats { max_children: 0, seats };
                request.split = Some(proto::Split { shape: Some(Shape::Seats(seats)) });
            }
            _ => {}
        }
    }

    /// Puts the shape that is asked for into the plan.
    pub fn apply(self, plan: &mut PlanFile, owners: &Owners, won: &mut Vec<String>) {
        if let Some(stages) = self.stages {
            let others = self.dropped.iter().chain(&self.pooled).map(|name| &name.flag);
            let others = others.chain(self.added.iter().map(|a| &a.flag));
            let other = others.chain(self.file.as_ref().map(|file| &file.flag)).next();
            if let Some(other) = other {
                let message = format!(
                    "territories of stages have no sellers' names; leave out {other}, or give --seats in place of --stages"
                );
                plan.take_in([stages.finding(Code::FlagInvalid, message)]);
            }
            gives_way(plan, &stages.flag, won);
            plan.said("split", &stages.spot());
            plan.request.split = Some(proto::Split { shape: Some(Shape::Stages(stages.value)) });
            return;
        }
        let names = self.dropped.iter().chain(&self.pooled);
        if self.count.is_none() && names.count() == 0 && self.added.is_empty() && self.file.is_none() {
            return;
        }
        match plan.request.split.as_ref().and_then(|split| split.shape.clone()) {
            Some(Shape::Tree(root)) if self.count.is_none() && self.file.is_none() => {
                self.change_tree(root, plan, owners, won);
            }
            Some(Shape::Stages(_)) if self.count.is_none() && self.file.is_none() => {
                let names = self.dropped.iter().chain(&self.pooled).map(|name| name.spot());
                let flags = names.chain(self.added.iter().map(|a| a.spot()));
                let message = "the plan file has stages, whose territories have no sellers' names; give --seats too";
                let found: Vec<Located> = flags.map(|spot| spot.finding(Code::FlagInvalid, message)).collect();
                plan.take_in(found);
            }
            shape => self.change_seats(shape, plan, owners, won),
        }
    }

    /// Says how homes were read that are no points.
    fn tell_homes(&self, plan: &mut PlanFile) {
        for add in self.added.iter().filter(|add| !add.value.home.is_empty()) {
            plan.take_in([add.finding(Code::HomeFromName, format!("the home is read as {}", add.value.home))]);
        }
    }

    fn change_tree(self, mut root: proto::Node, plan: &mut PlanFile, owners: &Owners, won: &mut Vec<String>) {
        let file = plan.name().to_owned();
        self.tell_homes(plan);
        let people = People::owners(owners).with(tree::leaves(&root).into_iter(), owners);
        for drop in &self.dropped {
            let Some(id) = whom(drop, &people, plan) else { continue };
            if tree::drop_leaf(&mut root, &id, plan) {
                won.push(format!("{}: the territory is taken out of the tree of {file}", drop.flag));
            }
        }
        for add in &self.added {
            let nodes = People::default().with(tree::ids(&root).into_iter(), owners);
            let seat = under_own_id(&add.value.seat, owners);
            if nodes.meant(&seat.seat_id) != Meant::Nobody {
                plan.take_in([taken(add, &seat, &nodes)]);
            } else if tree::add_leaf(&mut root, &seat, &add.spot(), plan) {
                won.push(format!("{}: one more territory than in the tree of {file}", add.flag));
            } else {
                let message = format!("the tree of {file} has levels; add a node to it there, or give --seats too");
                plan.take_in([add.finding(Code::FlagInvalid, message)]);
            }
        }
        pools::take_out_of_tree(&mut root, &self.pooled, owners, plan, won);
        plan.request.split = Some(proto::Split { shape: Some(Shape::Tree(root)) });
    }

    fn change_seats(self, shape: Option<Shape>, plan: &mut PlanFile, owners: &Owners, won: &mut Vec<String>) {
        self.tell_homes(plan);
        let Wish { count, dropped, added, pooled, file, .. } = self;
        let first = file.as_ref().map(|file| file.flag.clone()).or_else(|| count.as_ref().map(|c| c.flag.clone()));
        let first = first.or_else(|| dropped.iter().chain(&pooled).next().map(|name| name.flag.clone()));
        let first = first.unwrap_or_else(|| added[0].flag.clone());
        let from_plan = matches!(shape, Some(Shape::Seats(_))) && file.is_none();
        if shape.is_some() && !from_plan {
            gives_way(plan, &first, won);
        }
        let max_children = if let Some(Shape::Seats(seats)) = &shape { seats.max_children } else { 0 };
        let mut draft = Draft::of(shape, file, owners, plan, won);
        if !from_plan {
            plan.said("split", &Spot { source: first, ..Spot::default() });
        }
        let gone = draft.drop(&dropped, owners, plan);
        let new = draft.add(&added, owners, plan);
        if from_plan {
            let name = plan.name();
            won.extend(gone.iter().map(|flag| format!("{flag}: one seat less than {name} has")));
            won.extend(new.iter().map(|flag| format!("{flag}: one seat more than {name} has")));
        }
        let in_plan: Vec<bool> = draft.from.iter().map(Option::is_some).collect();
        let people = People::seats(&draft.seats, owners);
        pools::take_out(draft.seats.iter_mut().zip(in_plan), &pooled, &people, plan, won);
        if let Some(count) = &count {
            let named = draft.seats.len();
            draft.fill(count, owners, plan);
            if from_plan && draft.seats.len() > named {
                let more = draft.seats.len() - named;
                won.push(format!("{}: {} to be hired more than {} has", count.flag, many(more, "seat"), plan.name()));
            }
        }
        if let (true, Some(last), true) = (draft.seats.is_empty(), dropped.last(), !gone.is_empty()) {
            let message = format!(
                "{} left out and nobody is there to take the accounts; say how many seats there are with --seats N, or who is new \
                 with --add-seat NAME",
                if gone.len() == 1 {
                    "the one seller is".to_owned()
                } else {
                    format!("all {} sellers are", gone.len())
                }
            );
            plan.take_in([last.finding(Code::SplitEmpty, message)]);
            return;
        }
        let Draft { seats, from, spots } = draft;
        plan.rearranged(LIST, &from);
        for (at, (spot, cells)) in spots.iter().enumerate() {
            let path = format!("{LIST}[{at}]");
            spot.iter().for_each(|spot| plan.said(&path, spot));
            cells.iter().for_each(|(field, spot)| plan.said(&format!("{path}.{field}"), spot));
        }
        plan.request.split = Some(proto::Split { shape: Some(Shape::Seats(proto::Seats { max_children, seats })) });
    }
}

/// The seats while they are changed. All three lists go together.
struct Draft {
    seats: Vec<proto::Seat>,
    /// Where each stood in the plan file.
    from: Vec<Option<usize>>,
    /// Where each is said, and its fields, if not in the plan file.
    spots: Vec<(Option<Spot>, FieldSpots)>,
}

impl Draft {
    /// The seats to begin with: those of the file, those of the plan, or today's owners.
    fn of(
        shape: Option<Shape>,
        file: Option<SeatsFile>,
        owners: &Owners,
        plan: &mut PlanFile,
        won: &mut Vec<String>,
    ) -> Draft {
        if let Some(file) = file {
            let mut found = Vec::new();
            won.push(file.told.clone());
            let read = file.seats(owners, &mut found);
            plan.take_in(found);
            let spots = read.spots.into_iter().map(|(spot, cells)| (Some(spot), cells)).collect();
            return Draft { from: vec![None; read.seats.len()], seats: read.seats, spots };
        }
        let (seats, in_plan) = match shape {
            Some(Shape::Seats(seats)) => (seats.seats, true),
            Some(Shape::Tree(root)) => (tree::seats(&root), false),
            Some(Shape::Stages(_)) | None => (owners.ids().map(named).collect(), false),
        };
        let from = (0..seats.len()).map(|at| in_plan.then_some(at)).collect();
        Draft { from, spots: vec![(None, Vec::new()); seats.len()], seats }
    }

    /// Takes seats out; the flags that did.
    fn drop(&mut self, dropped: &[Said<String>], owners: &Owners, plan: &mut PlanFile) -> Vec<String> {
        let people = People::seats(&self.seats, owners).with(owners.ids(), owners);
        let mut gone = Vec::new();
        for drop in dropped {
            // One who is dropped twice, or owns accounts without a seat, is gone already.
            let at = whom(drop, &people, plan).and_then(|id| self.ids().position(|other| other == id));
            if let Some(at) = at {
                self.seats.remove(at);
                self.from.remove(at);
                self.spots.remove(at);
                gone.push(drop.flag.clone());
            }
        }
        gone
    }

    /// Puts seats in; the flags that did.
    fn add(&mut self, added: &[Said<Added>], owners: &Owners, plan: &mut PlanFile) -> Vec<String> {
        let mut new = Vec::new();
        for add in added {
            let people = People::seats(&self.seats, owners);
            let seat = under_own_id(&add.value.seat, owners);
            if people.meant(&add.value.seat.seat_id) != Meant::Nobody || people.meant(&seat.seat_id) != Meant::Nobody {
                plan.take_in([taken(add, &seat, &people)]);
            } else {
                self.push(seat, Some(add.spot()));
                new.push(add.flag.clone());
            }
        }
        new
    }

    /// Seats to be hired until there are as many in the balance as asked for; a fault where there are more.
    fn fill(&mut self, count: &Said<usize>, owners: &Owners, plan: &mut PlanFile) {
        let named = self.balanced().count();
        if count.value < named {
            plan.take_in([self.too_few(count, owners)]);
            return;
        }
        // Where nobody is named and nobody owns anything, seats are as good as filled.
        let nameless = owners.is_empty() && self.from.iter().all(Option::is_none) && named == 0;
        let prefix = if nameless { "seat" } else { "tbh" };
        let taken: BTreeSet<String> = self.ids().map(folded).collect();
        let free = (1..).map(|n: usize| format!("{prefix}-{n}")).filter(|id| !taken.contains(id));
        for seat_id in free.take(count.value - named) {
            let state = if nameless { proto::SeatState::Unspecified } else { proto::SeatState::ToBeHired };
            self.push(proto::Seat { seat_id, state: state.into(), ..proto::Seat::default() }, Some(count.spot()));
        }
    }

    fn too_few(&self, count: &Said<usize>, owners: &Owners) -> Located {
        let (named, asked) = (self.balanced().count(), count.value);
        let people = People::seats(&self.seats, owners);
        let mut listed: Vec<(usize, &str)> = self.balanced().map(|id| (owners.accounts(id), id)).collect();
        listed.sort_unstable();
        let line = |(accounts, id): &(usize, &str)| {
            let name = text::for_a_shell(&people.name_for(id));
            let called = people.called(id);
            [name, many(*accounts, "account"), if called == *id { String::new() } else { called }]
        };
        let lines: Vec<[String; 3]> = listed.iter().map(line).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let (first, second) = (width(0), width(1));
        let below = lines.iter().map(|[name, accounts, called]| {
            format!("--drop-owner {name:first$}  {accounts:second$}  {called}").trim_end().to_owned()
        });
        let below = below.collect();
        let message = format!(
            "{} {} fewer than the {named} there are; say who has left with --drop-owner, {} of these, or ask for \
             --seats {named}",
            many(asked, "seat"),
            is(asked),
            named - asked
        );
        let mut located = count.finding(Code::SeatsTooFew, message);
        located.finding = located.finding.with_below(below);
        located
    }

    fn ids(&self) -> impl Iterator<Item = &str> + Clone {
        self.seats.iter().map(|seat| seat.seat_id.as_str())
    }

    /// Those that are not outside the balance.
    fn balanced(&self) -> impl Iterator<Item = &str> + Clone {
        self.seats.iter().filter(|seat| !seat.outside_balance).map(|seat| seat.seat_id.as_str())
    }

    fn push(&mut self, seat: proto::Seat, spot: Option<Spot>) {
        self.seats.push(seat);
        self.from.push(None);
        self.spots.push((spot, Vec::new()));
    }
}

/// `NAME[@HOME][:CAPACITY]`.
fn seat(given: &str) -> Result<Added, String> {
    const ADVICE: &str = "if the sign belongs to the name, write the name in double quotes";
    let (name, rest) = match text::named(given)? {
        text::Named { name, rest: text::Rest::Known(rest) } => (name, rest.to_owned()),
        text::Named { rest: text::Rest::Open(given), .. } => {
            let at = given.rfind('@').or_else(|| given.rfind(':')).unwrap_or(given.len());
            (text::name(&given[..at])?, given[at..].to_owned())
        }
    };
    let (place, capacity) = match (rest.strip_prefix('@'), rest.strip_prefix(':')) {
        (Some(rest), _) => match rest.rsplit_once(':') {
            Some((place, capacity)) => (Some(place), Some(capacity)),
            None => (Some(rest), None),
        },
        (_, Some(capacity)) => (None, Some(capacity)),
        _ if rest.is_empty() => (None, None),
        _ => return Err(format!("{rest:?} stands behind the name in quotes, where @ or : is expected")),
    };
    let advised = |message: String| format!("{message}; {ADVICE}");
    let home = place.map(|place| home::home(place.trim())).transpose().map_err(advised)?;
    let seat = proto::Seat {
        seat_id: name,
        home: home.as_ref().map(|home| home.place),
        capacity: capacity.map(text::positive).transpose().map_err(advised)?,
        ..proto::Seat::default()
    };
    Ok(Added { seat, home: home.map(|home| home.named).unwrap_or_default() })
}

fn named(id: &str) -> proto::Seat {
    proto::Seat { seat_id: id.to_owned(), ..proto::Seat::default() }
}

/// The seat under the id that the accounts know its seller by, if they know one of that name.
fn under_own_id(seat: &proto::Seat, owners: &Owners) -> proto::Seat {
    match People::owners(owners).meant(&seat.seat_id) {
        Meant::One(id) if id != seat.seat_id => {
            proto::Seat { display_name: seat.seat_id.clone(), seat_id: id, ..seat.clone() }
        }
        _ => seat.clone(),
    }
}

fn taken(add: &Said<Added>, seat: &proto::Seat, people: &People) -> Located {
    let called = match people.meant(&seat.seat_id) {
        Meant::One(id) => people.called(&id),
        Meant::Several(_) | Meant::Nobody => add.value.seat.seat_id.clone(),
    };
    let message = format!("there is a seat {called:?} already; give a seller of the same name another one");
    add.finding(Code::NodeIdDuplicate, message)
}

/// The id of the one who is to be dropped; a fault where that is nobody, or may be several.
fn whom(drop: &Said<String>, people: &People, plan: &mut PlanFile) -> Option<String> {
    let found = match people.meant(&drop.value) {
        Meant::One(id) => return Some(id),
        Meant::Several(several) => drop.finding(Code::OwnerAmbiguous, ambiguous(&drop.value, &several)),
        Meant::Nobody => {
            let advice = people.advice(&drop.value);
            let message = format!("nobody called {:?} owns an account or has a seat; {advice}", drop.value);
            drop.finding(Code::OwnerNotFound, message)
        }
    };
    plan.take_in([found]);
    None
}

/// Says that the plan file's shape gives way, if it has one.
fn gives_way(plan: &PlanFile, flag: &str, won: &mut Vec<String>) {
    let shape = plan.request.split.as_ref().and_then(|split| split.shape.as_ref());
    let words = match shape {
        None => return,
        Some(Shape::Tree(root)) => format!("the tree of {}", many(tree::leaves(root).len(), "territory")),
        Some(Shape::Stages(stages)) => format!("the stages {:?}", stages.counts),
        Some(Shape::Seats(seats)) => format!("the list of {}", many(seats.seats.len(), "seat")),
    };
    won.push(format!("{flag}: {words} in {} gives way", plan.name()));
}

#[cfg(test)]
mod tests;
