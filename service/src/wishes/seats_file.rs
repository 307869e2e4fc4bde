//! `--seats-file`: the seats as a table, one a row.

use super::owners::{Meant, Owners, People, ambiguous, folded};
use super::{home, text};
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::Spot;
use carve_proto::v1 as proto;
use carve_reader::{LocatedFinding, Source, Table, TableOptions};
use carve_solver::counting::{is, many};
use carve_solver::limits::LEAVES_MAX;
use carve_solver::{Code, Severity};
use std::collections::HashMap;

/// What a column says of a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Field {
    Name,
    Email,
    UserId,
    TerritoryName,
    Home,
    Latitude,
    Longitude,
    Capacity,
    Ramp,
    StartDate,
    CoveringSeat,
    Status,
    Pool,
}

impl Field {
    /// In messages.
    fn called(self) -> &'static str {
        match self {
            Field::Name => "name",
            Field::Email => "email",
            Field::UserId => "user id",
            Field::TerritoryName => "territory api name",
            Field::Home => "home",
            Field::Latitude => "latitude",
            Field::Longitude => "longitude",
            Field::Capacity => "capacity",
            Field::Ramp => "ramp",
            Field::StartDate => "start date",
            Field::CoveringSeat => "covering seat",
            Field::Status => "status",
            Field::Pool => "pool",
        }
    }
}

/// What columns are called, in letters and digits alone.
const HEADINGS: &[(Field, &[&str])] = &[
    (
        Field::Name,
        &[
            "name",
            "seat",
            "seatid",
            "seatname",
            "seller",
            "sellername",
            "owner",
            "ownername",
            "accountowner",
            "rep",
            "repname",
            "salesrep",
            "salesperson",
            "fullname",
            "displayname",
            "user",
        ],
    ),
    (Field::Email, &["email", "emailaddress", "mail", "useremail", "owneremail", "workemail"]),
    (Field::UserId, &["userid", "crmuserid", "crmid", "ownerid", "salesforceid", "hubspotownerid", "id", "externalid"]),
    (Field::TerritoryName, &["territoryapiname", "developername", "territorydevelopername", "territory"]),
    (Field::Home, &["home", "homelatlon", "latlon", "homelocation", "location", "base"]),
    (Field::Latitude, &["latitude", "lat", "homelatitude", "homelat"]),
    (Field::Longitude, &["longitude", "lon", "lng", "long", "homelongitude", "homelon", "homelng"]),
    (Field::Capacity, &["capacity", "fte", "fullcapacity", "kapazität", "capacité", "capacidad", "capacidade"]),
    (Field::Ramp, &["ramp", "ramped", "ramppercent", "ramppct"]),
    (Field::StartDate, &["startdate", "start", "starts", "firstday", "hiredate"]),
    (Field::CoveringSeat, &["coveringseat", "coveringseatid", "coveredby", "covering", "cover", "coverseat", "backup"]),
    (Field::Status, &["status", "seatstatus", "seatstate", "filled", "hired"]),
    (Field::Pool, &["pool", "outsidebalance", "outsidethebalance", "house", "houseaccounts"]),
];

/// Where fields of a seat are said, by their names in the plan.
pub type FieldSpots = Vec<(&'static str, Spot)>;

/// Seats of a file.
pub struct SeatsFile {
    /// The flag as it was typed.
    pub flag: String,
    /// How its columns were read, in a line.
    pub told: String,
    rows: Vec<Row>,
    remarks: Vec<Located>,
}

/// A seat, and where each of its fields is said.
struct Row {
    seat: proto::Seat,
    /// By what the accounts may know the seller, the surest first.
    known_by: Vec<String>,
    /// The place that the home was read as; empty: it is a point, or there is none.
    home: String,
    spot: Spot,
    cells: FieldSpots,
}

/// The seats of a file, as they stand in the plan.
pub struct Seats {
    /// In the order of the file.
    pub seats: Vec<proto::Seat>,
    /// Where each is said, and each of its fields by its name in the plan.
    pub spots: Vec<(Spot, FieldSpots)>,
}

impl SeatsFile {
    /// Reads the file; all its faults are named at once.
    pub fn read(args: &ShapeArgs, faults: &mut Vec<Located>) -> Option<SeatsFile> {
        let path = args.wishes.seats_file.as_ref()?;
        let before = faults.len();
        let mut remarks = Vec::new();
        let name = path.display().to_string();
        let table = match Table::open(Source::path(path), &TableOptions::default()) {
            Ok(table) => table,
            Err(refused) => {
                refused.findings.iter().for_each(|found| take_in(&name, found, faults, &mut remarks));
                return None;
            }
        };
        table.findings().iter().for_each(|found| take_in(&name, found, faults, &mut remarks));
        let (columns, columns_told) = columns(&table, faults, &mut remarks)?;
        let mut rows = Vec::new();
        table.for_each_row(|row| {
            // One seat more than there may be is enough for the solver to refuse them.
            if rows.len() <= LEAVES_MAX && row.cells.iter().any(|cell| !cell.trim().is_empty()) {
                let cell = |at: usize| row.cells.get(at).trim();
                rows.extend(Cells { table: &table, line: row.line, columns: &columns, cell: &cell }.row(faults));
            }
        });
        doubled(&rows, faults);
        if rows.is_empty() && faults.len() == before {
            faults.push(no_seat(&spot(&table, 1, 0)));
        }
        let homes: Vec<String> = (rows.iter().filter(|row| !row.home.is_empty()))
            .map(|row| format!("{:?} in {}", row.seat.seat_id, row.home))
            .collect();
        if let [first, rest @ ..] = homes.as_slice() {
            let more = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            let message = format!("{} {} told by a name: {first}{more}", many(homes.len(), "home"), is(homes.len()));
            remarks.push(spot(&table, 0, 0).finding(Code::HomeFromName, message));
        }
        let flag = format!("--seats-file {}", text::for_a_shell(&name));
        let told = format!("{flag}: {}, {columns_told}", many(rows.len(), "seat"));
        (faults.len() == before).then_some(SeatsFile { flag, told, rows, remarks })
    }

    /// The seats as the file names them.
    pub fn named(&self) -> impl Iterator<Item = &proto::Seat> {
        self.rows.iter().map(|row| &row.seat)
    }

    /// The seats as the book knows them: each is the owner that its user id, its name or its e-mail address is meant for.
    /// Those that own nothing are found.
    pub fn seats(self, owners: &Owners, found: &mut Vec<Located>) -> Seats {
        found.extend(self.remarks);
        let mut seats = Seats { seats: Vec::new(), spots: Vec::new() };
        let people = People::owners(owners);
        let all: Vec<Vec<Meant>> =
            self.rows.iter().map(|row| row.known_by.iter().map(|name| people.meant(name)).collect()).collect();
        let one = |meant: &Vec<Meant>| {
            meant.iter().find_map(|meant| if let Meant::One(id) = meant { Some(id.clone()) } else { None })
        };
        let taken: Vec<String> = all.iter().filter_map(one).collect();
        let left = People::default().with(owners.ids().filter(|id| !taken.iter().any(|taken| taken == id)), owners);
        for (mut row, meant) in self.rows.into_iter().zip(&all) {
            let name = std::mem::take(&mut row.seat.seat_id);
            let owner = one(meant);
            let several = meant.iter().find_map(|meant| if let Meant::Several(all) = meant { Some(all) } else { None });
            match (&owner, several) {
                (None, Some(several)) => {
                    let message = format!("{} in a column User ID", ambiguous(&name, several));
                    found.push(row.spot.finding(Code::OwnerAmbiguous, message));
                }
                (None, None) if row.seat.state != proto::SeatState::ToBeHired as i32 && !owners.is_empty() => {
                    let near = left.advice(&name);
                    let near = if near.starts_with("did") { format!("; {near}") } else { String::new() };
                    let message = format!("no account is owned by {name:?} today{near}");
                    found.push(row.spot.finding(Code::SeatWithoutAccounts, message));
                }
                _ => {}
            }
            row.seat.seat_id = owner.unwrap_or_else(|| name.clone());
            if row.seat.seat_id != name {
                row.seat.display_name = name;
            }
            seats.seats.push(row.seat);
            seats.spots.push((row.spot, row.cells));
        }
        covering(&mut seats, owners, found);
        seats
    }
}

/// Names the seats that cover others by their ids.
fn covering(seats: &mut Seats, owners: &Owners, found: &mut Vec<Located>) {
    let people = People::seats(&seats.seats, owners);
    let all = seats.seats.iter_mut().zip(&seats.spots);
    for (seat, (spot, cells)) in all.filter(|(seat, _)| !seat.covering_seat_id.is_empty()) {
        let named = &seat.covering_seat_id;
        let (code, message) = match people.meant(named) {
            Meant::One(id) => {
                seat.covering_seat_id = id;
                continue;
            }
            Meant::Several(several) => (Code::OwnerAmbiguous, ambiguous(named, &several)),
            Meant::Nobody => {
                (Code::SeatUnknown, format!("covering seat {named:?} is none of the seats; {}", people.advice(named)))
            }
        };
        let spot = cells.iter().find(|(field, _)| *field == "covering_seat_id").map_or(spot, |(_, spot)| spot);
        found.push(spot.finding(code, message));
        seat.covering_seat_id.clear();
    }
}

/// A finding of the reader of tables, in the words of seats.
fn take_in(name: &str, found: &LocatedFinding, faults: &mut Vec<Located>, remarks: &mut Vec<Located>) {
    let spot = Spot { source: name.to_owned(), line: found.line, column: found.column };
    let located = if found.finding.code == Code::BookEmpty {
        no_seat(&spot)
    } else {
        spot.finding(found.finding.code, found.finding.message.clone())
    };
    if located.finding.severity == Severity::Error { faults.push(located) } else { remarks.push(located) }
}

fn no_seat(spot: &Spot) -> Located {
    spot.finding(Code::SplitEmpty, "there is no seat in the file; give a row for each")
}

/// A place in the file.
fn spot(table: &Table, line: u64, column: usize) -> Spot {
    Spot { source: table.name().to_owned(), line, column: if line == 0 { 0 } else { column as u64 + 1 } }
}

/// What each column says, and that in words; faults are doubled meanings and a missing name, a remark the columns that are
/// not used.
fn columns(
    table: &Table,
    faults: &mut Vec<Located>,
    remarks: &mut Vec<Located>,
) -> Option<(Vec<(usize, Field)>, String)> {
    let top = table.heading_line();
    let mut told = Vec::new();
    let mut columns: Vec<(usize, Field)> = Vec::new();
    let mut unused = Vec::new();
    for (at, heading) in table.headings().iter().enumerate() {
        let plain: String = heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match HEADINGS.iter().find(|(_, names)| names.contains(&plain.as_str())) {
            Some((field, _)) => match columns.iter().find(|(_, other)| other == field) {
                Some((first, _)) => {
                    let message =
                        format!("columns {:?} and {heading:?} say the same; keep one", table.headings()[*first]);
                    faults.push(spot(table, top, at).finding(Code::ColumnDuplicate, message));
                }
                None => {
                    columns.push((at, *field));
                    told.push(format!("{} <- {heading}", field.called()));
                }
            },
            None if heading.is_empty() => {}
            None => unused.push((at, heading.as_str())),
        }
    }
    if let Some((at, _)) = unused.first() {
        let names: Vec<String> = unused.iter().map(|(_, heading)| format!("{heading:?}")).collect();
        let known: Vec<&str> = HEADINGS.iter().map(|(field, _)| field.called()).collect();
        let message = format!("not used: {}; columns are {}", names.join(", "), known.join(", "));
        remarks.push(spot(table, top, *at).finding(Code::SeatColumnUnused, message));
    }
    if !columns.iter().any(|(_, field)| *field == Field::Name) {
        let message = "there is no column name; give one with the sellers' names as the accounts have them";
        faults.push(spot(table, top, 0).finding(Code::ColumnMissing, message));
        return None;
    }
    Some((columns, told.join(", ")))
}

/// Names that stand twice.
fn doubled(rows: &[Row], faults: &mut Vec<Located>) {
    let mut first: HashMap<String, u64> = HashMap::new();
    for row in rows {
        let line = *first.entry(folded(&row.seat.seat_id)).or_insert(row.spot.line);
        if line != row.spot.line {
            let message =
                format!("{:?} is also on line {line}; each seat has one row and a name of its own", row.seat.seat_id);
            faults.push(row.spot.finding(Code::NodeIdDuplicate, message));
        }
    }
}

/// The cells of a row.
struct Cells<'a> {
    table: &'a Table,
    line: u64,
    columns: &'a [(usize, Field)],
    cell: &'a dyn Fn(usize) -> &'a str,
}

impl<'a> Cells<'a> {
    /// The cell that says a field, with its column, if it is not empty.
    fn of(&self, field: Field) -> Option<(usize, &'a str)> {
        let at = self.columns.iter().find(|(_, f)| *f == field).map(|(at, _)| *at);
        at.map(|at| (at, (self.cell)(at))).filter(|(_, text)| !text.is_empty())
    }

    fn text(&self, field: Field) -> &'a str {
        self.of(field).map_or("", |(_, text)| text)
    }

    /// Where fields of the plan are said that the solver may find fault with.
    fn said(&self) -> FieldSpots {
        let fields = [
            (Field::Name, "seat_id"),
            (Field::Home, "home"),
            (Field::Latitude, "home"),
            (Field::Capacity, "capacity"),
            (Field::Ramp, "ramp"),
            (Field::StartDate, "start_date"),
            (Field::CoveringSeat, "covering_seat_id"),
            (Field::Pool, "outside_balance"),
        ];
        fields
            .iter()
            .filter_map(|(field, name)| Some((*name, spot(self.table, self.line, self.of(*field)?.0))))
            .collect()
    }

    /// What `read` makes of a field; a fault where it cannot.
    fn read<T>(
        &self,
        field: Field,
        read: impl FnOnce(&str) -> Result<T, String>,
        faults: &mut Vec<Located>,
    ) -> Option<T> {
        let (at, text) = self.of(field)?;
        read(text)
            .map_err(|message| faults.push(spot(self.table, self.line, at).finding(Code::FieldType, message)))
            .ok()
    }

    /// The home: in one column, or as latitude and longitude.
    fn home(&self, faults: &mut Vec<Located>) -> Option<home::Home> {
        if self.of(Field::Home).is_some() {
            return self.read(Field::Home, home::home, faults);
        }
        let (latitude, longitude) = (self.text(Field::Latitude), self.text(Field::Longitude));
        let field = if latitude.is_empty() { Field::Longitude } else { Field::Latitude };
        self.read(field, |_| home::home(&format!("{latitude};{longitude}")), faults)
    }

    /// The seat of the row; `None` after a fault.
    fn row(&self, faults: &mut Vec<Located>) -> Option<Row> {
        let before = faults.len();
        let spot = spot(self.table, self.line, 0);
        let covering_seat_id = self.text(Field::CoveringSeat).to_owned();
        let external = proto::ExternalIds {
            user_id: self.text(Field::UserId).to_owned(),
            email: self.text(Field::Email).to_owned(),
            territory_api_name: self.text(Field::TerritoryName).to_owned(),
        };
        let state = match self.of(Field::Status) {
            Some(_) => self.read(Field::Status, state, faults).unwrap_or_default(),
            // A seat is covered until it is filled.
            None if !covering_seat_id.is_empty() => proto::SeatState::ToBeHired as i32,
            None => proto::SeatState::Unspecified as i32,
        };
        let home = self.home(faults);
        let seat = proto::Seat {
            seat_id: self.text(Field::Name).to_owned(),
            state,
            capacity: self.read(Field::Capacity, text::positive, faults),
            ramp: self.read(Field::Ramp, ramp, faults),
            home: home.as_ref().map(|home| home.place),
            start_date: self.text(Field::StartDate).to_owned(),
            covering_seat_id,
            external_ids: (external != proto::ExternalIds::default()).then(|| external.clone()),
            outside_balance: self.read(Field::Pool, pool, faults).unwrap_or_default(),
            ..proto::Seat::default()
        };
        if seat.seat_id.is_empty() {
            let message = "the seat has no name; one to be hired needs one too, such as TBH Boston";
            faults.push(spot.finding(Code::NodeIdMissing, message));
        }
        let proto::ExternalIds { user_id, email, .. } = external;
        let known_by = [user_id, seat.seat_id.clone(), email].into_iter().filter(|name| !name.is_empty()).collect();
        let home = home.map(|home| home.named).unwrap_or_default();
        (faults.len() == before).then(|| Row { seat, known_by, home, spot, cells: self.said() })
    }
}

/// A ramp: `0.5`, `50%`, or all of it as `1` or `100%`.
fn ramp(given: &str) -> Result<f64, String> {
    if given == "1" { Ok(1.0) } else { text::part(&text::pointed(given)) }
}

/// Whether it stands outside the balance, in the words people use.
fn pool(given: &str) -> Result<bool, String> {
    match folded(given).as_str() {
        "yes" | "y" | "true" | "x" | "1" => Ok(true),
        "no" | "n" | "false" | "0" => Ok(false),
        _ => Err(format!("pool {given:?} is not known; write yes or no")),
    }
}

/// Whether somebody sits there, in the words people use.
fn state(given: &str) -> Result<i32, String> {
    match folded(given).as_str() {
        "filled" | "active" | "hired" | "yes" | "true" => Ok(proto::SeatState::Filled as i32),
        "to be hired" | "to_be_hired" | "tbh" | "open" | "vacant" | "hiring" | "no" | "false" => {
            Ok(proto::SeatState::ToBeHired as i32)
        }
        _ => Err(format!("status {given:?} is not known; write filled or TBH")),
    }
}
