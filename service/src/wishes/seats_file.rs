//! `--seats-file`: the seats as a table, one a row.

use super::owners::{Owners, advice, folded, meant};
use super::table::Table;
use super::{home, text};
use crate::cli::ShapeArgs;
use crate::findings::Located;
use crate::plan_file::Spot;
use carve_proto::v1 as proto;
use carve_solver::limits::LEAVES_MAX;
use carve_solver::{Code, nearest};
use std::collections::{BTreeSet, HashMap};

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

/// What columns are called, in letters and digits alone. The first of each is what messages call it.
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
    (Field::Capacity, &["capacity", "fte", "fullcapacity"]),
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
    rows: Vec<Row>,
    remarks: Vec<Located>,
}

/// A seat, and where each of its fields is said.
struct Row {
    seat: proto::Seat,
    user_id: String,
    email: String,
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
        let table = Table::open(path).map_err(|fault| faults.push(fault)).ok()?;
        let before = faults.len();
        let mut remarks = Vec::new();
        let columns = columns(&table, faults, &mut remarks)?;
        let mut rows = Vec::new();
        let walked = table.for_each_row(|line, cells| {
            // One seat more than there may be is enough for the solver to refuse them.
            if rows.len() <= LEAVES_MAX {
                let cell = |at: usize| cells.get(at).unwrap_or_default().trim();
                rows.extend(Cells { table: &table, line, columns: &columns, cell: &cell }.row(faults));
            }
        });
        faults.extend(walked.err());
        doubled(&rows, faults);
        if rows.is_empty() && faults.len() == before {
            faults
                .push(table.spot(1, 0).finding(Code::SplitEmpty, "there is no seat in the file; give a row for each"));
        }
        let flag = format!("--seats-file {}", text::for_a_shell(&path.display().to_string()));
        (faults.len() == before).then_some(SeatsFile { flag, rows, remarks })
    }

    /// The seats as the file names them.
    pub fn named(&self) -> impl Iterator<Item = &proto::Seat> {
        self.rows.iter().map(|row| &row.seat)
    }

    /// The seats as the book knows them: one whose name owns no account is the owner that has its user id or e-mail
    /// address as its name. Those that own nothing are found.
    pub fn seats(self, owners: &Owners, found: &mut Vec<Located>) -> Seats {
        found.extend(self.remarks);
        let mut known: HashMap<String, String> = HashMap::new();
        let mut seats = Seats { seats: Vec::new(), spots: Vec::new() };
        let taken: BTreeSet<String> = self.rows.iter().map(|row| folded(&row.seat.seat_id)).collect();
        for mut row in self.rows {
            let name = std::mem::take(&mut row.seat.seat_id);
            let names = [&name, &row.user_id, &row.email];
            let owner = names.into_iter().filter(|n| !n.is_empty()).find_map(|name| meant(name, owners.names()));
            row.seat.seat_id = owner.map_or_else(|| name.clone(), String::from);
            if row.seat.seat_id != name {
                known.insert(folded(&name), row.seat.seat_id.clone());
                row.seat.display_name = name.clone();
            }
            let is_filled = row.seat.state != proto::SeatState::ToBeHired as i32;
            if owner.is_none() && is_filled && !owners.is_empty() {
                let others = owners.names().filter(|owner| !taken.contains(&folded(owner)));
                let near = nearest(&name, others).map(|near| format!("; did you mean {near:?}?"));
                let message = format!("no account is owned by {name:?} today{}", near.unwrap_or_default());
                found.push(row.spot.finding(Code::SeatWithoutAccounts, message));
            }
            seats.seats.push(row.seat);
            seats.spots.push((row.spot, row.cells));
        }
        let ids: Vec<String> = seats.seats.iter().map(|seat| seat.seat_id.clone()).collect();
        for (seat, (spot, cells)) in
            seats.seats.iter_mut().zip(&seats.spots).filter(|(s, _)| !s.covering_seat_id.is_empty())
        {
            let named = &seat.covering_seat_id;
            match known.get(&folded(named)).map(String::as_str).or_else(|| meant(named, ids.iter().map(String::as_str)))
            {
                Some(id) => seat.covering_seat_id = id.to_owned(),
                None => {
                    let spot =
                        cells.iter().find(|(field, _)| *field == "covering_seat_id").map_or(spot, |(_, spot)| spot);
                    let message = format!(
                        "covering seat {named:?} is none of the seats; {}",
                        advice(named, ids.iter().map(String::as_str))
                    );
                    found.push(spot.finding(Code::SeatUnknown, message));
                    seat.covering_seat_id.clear();
                }
            }
        }
        seats
    }
}

/// What each column says; faults are doubled meanings and a missing name, a remark the columns that are not used.
fn columns(table: &Table, faults: &mut Vec<Located>, remarks: &mut Vec<Located>) -> Option<Vec<(usize, Field)>> {
    let mut columns: Vec<(usize, Field)> = Vec::new();
    let mut unused = Vec::new();
    for (at, heading) in table.headings().iter().enumerate() {
        let plain: String = heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        match HEADINGS.iter().find(|(_, names)| names.contains(&plain.as_str())) {
            Some((field, _)) => match columns.iter().find(|(_, other)| other == field) {
                Some((first, _)) => {
                    let message =
                        format!("columns {:?} and {heading:?} say the same; keep one", table.headings()[*first]);
                    faults.push(table.spot(1, at).finding(Code::ColumnDuplicate, message));
                }
                None => columns.push((at, *field)),
            },
            None if heading.is_empty() => {}
            None => unused.push((at, heading.as_str())),
        }
    }
    if let Some((at, _)) = unused.first() {
        let names: Vec<String> = unused.iter().map(|(_, heading)| format!("{heading:?}")).collect();
        let known: Vec<&str> = HEADINGS.iter().map(|(_, names)| names[0]).collect();
        let message = format!("not used: {}; columns are {}", names.join(", "), known.join(", "));
        remarks.push(table.spot(1, *at).finding(Code::SeatColumnUnused, message));
    }
    if !columns.iter().any(|(_, field)| *field == Field::Name) {
        let message = "there is no column name; give one with the sellers' names as the accounts have them";
        faults.push(table.spot(1, 0).finding(Code::ColumnMissing, message));
        return None;
    }
    Some(columns)
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
            .filter_map(|(field, name)| Some((*name, self.table.spot(self.line, self.of(*field)?.0))))
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
        read(text).map_err(|message| faults.push(self.table.spot(self.line, at).finding(Code::FieldType, message))).ok()
    }

    /// The home: in one column, or as latitude and longitude.
    fn home(&self, faults: &mut Vec<Located>) -> Option<proto::Place> {
        if self.of(Field::Home).is_some() {
            return self.read(Field::Home, home::home, faults);
        }
        let (latitude, longitude) = (self.text(Field::Latitude), self.text(Field::Longitude));
        let field = if latitude.is_empty() { Field::Longitude } else { Field::Latitude };
        self.read(field, |_| home::home(&format!("{latitude},{longitude}")), faults)
    }

    /// The seat of the row; `None` after a fault.
    fn row(&self, faults: &mut Vec<Located>) -> Option<Row> {
        let before = faults.len();
        let spot = self.table.spot(self.line, 0);
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
        let seat = proto::Seat {
            seat_id: self.text(Field::Name).to_owned(),
            state,
            capacity: self.read(Field::Capacity, text::positive, faults),
            ramp: self.read(Field::Ramp, ramp, faults),
            home: self.home(faults),
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
        (faults.len() == before).then(|| Row { seat, user_id, email, spot, cells: self.said() })
    }
}

/// A ramp: `0.5`, `50%`, or all of it as `1` or `100%`.
fn ramp(given: &str) -> Result<f64, String> {
    if given == "1" { Ok(1.0) } else { text::part(given) }
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
