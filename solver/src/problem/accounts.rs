//! Accounts: every fault of the book found at once, places and families read.

use super::by_id::ById;
use super::doubles;
use super::faulty::Gathered;
pub(crate) use super::faulty::shown;
use super::tree::Tree;
use crate::amount::grouped;
use crate::counting::{does, has, is, many, they};
use crate::finding::{Code, Finding, Place};
use crate::hash::QuickMap;
use crate::index::{AccountIndex, Keyed, NodeIndex, Number};
use crate::input::{Book, RawPlace};
use crate::limits::{ACCOUNTS_MAX, FIELD_BYTES_MAX, ID_BYTES_MAX, PLACE_ERROR_KM_MAX};
use crate::space::Point;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Accounts that a finding names before it only counts.
const NAMED_MAX: usize = 3;
/// Degrees north or south that there are.
const LATITUDE_MAX: f64 = 90.0;
/// Degrees east or west that there are.
const LONGITUDE_MAX: f64 = 180.0;

/// Accounts, by column.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub ids: Keyed<AccountIndex, String>,
    /// Accounts by id.
    pub by_id: Vec<AccountIndex>,
    pub places: Keyed<AccountIndex, Option<Point>>,
    /// What each account's place counts, above 0 to 1, see [`Point::weight`].
    pub weights: Keyed<AccountIndex, f64>,
    pub owner_ids: OwnerIds,
    /// The territory node that owns it; `None`: nobody in the plan.
    pub owners: Keyed<AccountIndex, Option<NodeIndex>>,
    /// Parent in the book; `None` for all when families are separate.
    pub parents: Keyed<AccountIndex, Option<AccountIndex>>,
}

impl Accounts {
    /// Where an account is, and what that counts.
    pub fn located(&self, account: AccountIndex) -> Option<(Point, f64)> {
        self.places[account].map(|place| (place, self.weights[account]))
    }

    /// The owner's id as given; empty: nobody.
    pub fn owner_id(&self, account: AccountIndex) -> &Arc<str> {
        self.owner_ids.of(account)
    }

    /// Whether there is an owner, in the plan or not.
    pub fn has_owner(&self, account: AccountIndex) -> bool {
        !self.owner_id(account).is_empty()
    }
}

fn fault(findings: &mut Vec<Finding>, code: Code, account: usize, field: &str, message: impl Into<String>) {
    findings.push(Finding::new(code, Place::Account(account, field.to_string()), message));
}

fn fault_of_book(findings: &mut Vec<Finding>, code: Code, message: impl Into<String>) {
    findings.push(Finding::new(code, Place::Book, message));
}

/// Accounts by id; doubled, missing and oversized ids are findings. On a double the first holds.
pub(crate) fn ids<'a>(book: &'a Book, findings: &mut Vec<Finding>) -> ById<'a> {
    if book.account_ids.is_empty() {
        fault_of_book(findings, Code::BookEmpty, "there are no accounts; give at least one");
    }
    if book.account_ids.len() > ACCOUNTS_MAX {
        fault_of_book(
            findings,
            Code::AccountsTooMany,
            format!("{} accounts; at most {ACCOUNTS_MAX}", book.account_ids.len()),
        );
    }
    let mut doubled: BTreeMap<AccountIndex, Vec<usize>> = BTreeMap::new();
    let missing: Vec<usize> =
        book.account_ids.iter().enumerate().filter(|(_, id)| id.is_empty()).map(|(account, _)| account).collect();
    let by_id = ById::new(&book.account_ids, |first, account| doubled.entry(first).or_default().push(account));
    missing_ids(book, &missing, findings);
    doubles::say(book, &doubled, findings);
    long_fields(book, findings);
    by_id
}

/// Accounts without an id are one finding.
fn missing_ids(book: &Book, missing: &[usize], findings: &mut Vec<Finding>) {
    let [first, also @ ..] = missing else { return };
    let named: Vec<String> = missing.iter().take(NAMED_MAX).map(|at| format!("accounts[{at}]")).collect();
    let message = format!(
        "{} of {} accounts have no account_id (first: {}); give each a unique one, or take out rows that are no accounts",
        grouped(missing.len() as u64),
        grouped(book.account_ids.len() as u64),
        named.join(", ")
    );
    let also = &also[..also.len().min(NAMED_MAX - 1)];
    let place = Place::Account(*first, "account_id".to_owned());
    findings.push(Finding::new(Code::AccountIdMissing, place, message).with_also(also));
}

/// Texts that are longer than they may be: one finding for each column.
fn long_fields(book: &Book, findings: &mut Vec<Finding>) {
    let fixed = [
        ("account_id", &book.account_ids, ID_BYTES_MAX),
        ("name", &book.names, FIELD_BYTES_MAX),
        ("parent_account_id", &book.parents, FIELD_BYTES_MAX),
        ("current_owner", &book.current_owners, FIELD_BYTES_MAX),
    ];
    let attributes = book.attributes.iter().map(|a| (a.name.as_str(), &a.values, FIELD_BYTES_MAX));
    for (field, values, most) in fixed.into_iter().chain(attributes) {
        let mut long = values.iter().enumerate().filter(|(_, value)| value.len() > most);
        let Some((first, value)) = long.next() else { continue };
        let also: Vec<usize> = long.map(|(account, _)| account).collect();
        let message = format!(
            "{field} of {} of {} accounts has more than {most} bytes (first: {}); shorten it",
            grouped(1 + also.len() as u64),
            grouped(book.account_ids.len() as u64),
            shown(value)
        );
        let place = Place::Account(first, field.to_owned());
        let also = &also[..also.len().min(NAMED_MAX - 1)];
        findings.push(Finding::new(Code::FieldTooLong, place, message).with_also(also));
    }
}

/// Places that are on Earth; others are findings.
pub(crate) fn places(book: &Book, wanted: bool, findings: &mut Vec<Finding>) -> Keyed<AccountIndex, Option<Point>> {
    let mut places = Vec::with_capacity(book.places.len());
    let mut faults = Gathered::default();
    for (account, raw) in book.places.iter().enumerate() {
        places.push(raw.and_then(|raw| {
            place_faults(book, account, raw, &mut faults);
            Point::new(raw.latitude, raw.longitude)
        }));
    }
    findings.extend(faults.findings(book, |code, field, words| {
        let name = field.rsplit('.').next().unwrap_or(field);
        match code {
            Code::NumberNotFinite => {
                format!("{name} is no finite number at {words}; give degrees, or leave the place out")
            }
            _ => {
                let limit = if code == Code::LatitudeOutOfRange { LATITUDE_MAX } else { LONGITUDE_MAX };
                format!(
                    "{name} must lie between -{limit} and {limit} degrees, and does not at {words}; are latitude and longitude swapped?"
                )
            }
        }
    }));
    let missing = || (0..places.len()).filter(|&a| book.places[a].is_none());
    let missing_count = missing().count();
    if let Some(first_missing) = missing().next().filter(|_| wanted && missing_count < places.len()) {
        let first: Vec<String> = missing().take(3).map(|a| shown(&book.account_ids[a])).collect();
        fault(
            findings,
            Code::PlaceMissing,
            first_missing,
            "place",
            format!(
                "{} of {} {} no place (first: {}); {} {} assigned by the other criteria alone",
                missing_count,
                many(places.len(), "account"),
                has(missing_count),
                first.join(", "),
                they(missing_count),
                is(missing_count)
            ),
        );
    }
    at_zero(book, wanted, findings);
    let mut located = places.iter().flatten();
    if let Some(first) = located.next().filter(|_| wanted)
        && located.clone().next().is_some()
        && located.clone().all(|p| p == first)
    {
        fault_of_book(
            findings,
            Code::PlacesAllEqual,
            format!(
                "all {} with a place are at latitude {}, longitude {}; compactness cannot tell territories apart",
                many(1 + located.count(), "account"),
                first.latitude(),
                first.longitude()
            ),
        );
    }
    places.into()
}

/// What each place counts by its typical error; errors that are none are findings.
pub(crate) fn weights(book: &Book, findings: &mut Vec<Finding>) -> Keyed<AccountIndex, f64> {
    let exact = Point::weight(0.0);
    if book.place_errors_km.is_empty() {
        return vec![exact; book.account_ids.len()].into();
    }
    let mut faults = Gathered::default();
    let weight = |(account, &error): (usize, &f64)| {
        if (0.0..=PLACE_ERROR_KM_MAX).contains(&error) {
            return Point::weight(error);
        }
        faults.push(book, Code::PlaceErrorInvalid, account, "place.typical_error_km", || error.to_string());
        exact
    };
    let weights = book.place_errors_km.iter().enumerate().map(weight).collect();
    findings.extend(faults.findings(book, |_, _, words| {
        format!(
            "typical_error_km must be 0 (the place is exact) to {PLACE_ERROR_KM_MAX} km, and is not at {words}; mend it, or leave the place out"
        )
    }));
    weights
}

/// Accounts at latitude 0, longitude 0 are one finding: nobody sells in the sea off Ghana.
fn at_zero(book: &Book, wanted: bool, findings: &mut Vec<Finding>) {
    let zero = RawPlace { latitude: 0.0, longitude: 0.0 };
    let there: Vec<usize> = (0..book.places.len()).filter(|&a| wanted && book.places[a] == Some(zero)).collect();
    let Some(&first) = there.first() else { return };
    let named: Vec<String> = there.iter().take(3).map(|&a| shown(&book.account_ids[a])).collect();
    fault(
        findings,
        Code::PlaceZero,
        first,
        "place",
        format!(
            "{} of {} {} at latitude 0, longitude 0, in the sea off Ghana (first: {}), and {} as being there; give the places, or leave both empty",
            there.len(),
            many(book.places.len(), "account"),
            is(there.len()),
            named.join(", "),
            does(there.len(), "count")
        ),
    );
}

fn place_faults(book: &Book, account: usize, raw: RawPlace, faults: &mut Gathered) {
    for (value, limit, code, field) in [
        (raw.latitude, LATITUDE_MAX, Code::LatitudeOutOfRange, "place.latitude"),
        (raw.longitude, LONGITUDE_MAX, Code::LongitudeOutOfRange, "place.longitude"),
    ] {
        if !value.is_finite() {
            faults.push(book, Code::NumberNotFinite, account, field, || value.to_string());
        } else if value.abs() > limit {
            faults.push(book, code, account, field, || value.to_string());
        }
    }
}

/// Parent of each account, if it is in the book; circles are errors.
pub(crate) fn parents(
    book: &Book,
    by_id: &ById,
    findings: &mut Vec<Finding>,
) -> Keyed<AccountIndex, Option<AccountIndex>> {
    let mut parents = book.parents.iter().map(|parent| by_id.get(parent)).collect();
    circles(book, &mut parents, findings);
    parents
}

fn circles(book: &Book, parents: &mut Keyed<AccountIndex, Option<AccountIndex>>, findings: &mut Vec<Finding>) {
    // 0 not seen, else the number of the walk that saw it first.
    let mut seen = parents.map(|_| 0_usize);
    let id = |account: AccountIndex| shown(&book.account_ids[account.get()]);
    let mut found: Vec<(usize, String)> = Vec::new();
    for start in parents.keys() {
        let mut at = start;
        let walk = start.get() + 1;
        while seen[at] == 0 {
            seen[at] = walk;
            match parents[at] {
                Some(parent) => at = parent,
                None => break,
            }
        }
        if seen[at] == walk && parents[at].is_some() {
            let mut circle = vec![id(at)];
            let mut next = parents[at];
            while let Some(account) = next.filter(|&a| a != at) {
                circle.push(id(account));
                next = parents[account];
            }
            circle.push(circle[0].clone());
            let more = circle.len().saturating_sub(6);
            circle.truncate(6);
            let more = if more > 0 { format!(" … ({more} more)") } else { String::new() };
            found.push((at.get(), format!("{}{more}", circle.join(" -> "))));
            parents[at] = None;
        }
    }
    let Some((first, _)) = found.first() else { return };
    let named: Vec<&str> = found.iter().take(NAMED_MAX).map(|(_, circle)| circle.as_str()).collect();
    let message = match found.len() {
        1 => format!("parents form a circle: {}; remove one of the links", named[0]),
        count => format!("parents form {count} circles (first: {}); remove one link of each", named.join("; ")),
    };
    fault(findings, Code::ParentCycle, *first, "parent_account_id", message);
}

/// Owner of each account as a territory, if it is one.
pub(crate) fn owners(book: &Book, tree: &Tree) -> Keyed<AccountIndex, Option<NodeIndex>> {
    let territories: QuickMap<&str, NodeIndex> =
        tree.territories().into_iter().map(|n| (tree.nodes[n].id.as_str(), n)).collect();
    // Nobody is no territory, and often is the owner of all.
    let of = |owner: &String| if owner.is_empty() { None } else { territories.get(owner.as_str()).copied() };
    book.current_owners.iter().map(of).collect()
}

/// Node at which each account is to start; empty where no account is.
pub(crate) fn starts(book: &Book, tree: &Tree, findings: &mut Vec<Finding>) -> Keyed<AccountIndex, Option<NodeIndex>> {
    if book.starts.iter().all(String::is_empty) {
        return Keyed::new();
    }
    let nodes: QuickMap<&str, NodeIndex> = tree.nodes.pairs().map(|(n, node)| (node.id.as_str(), n)).collect();
    let at = |id: &String| nodes.get(id.as_str()).copied();
    let mut unknown = book.starts.iter().enumerate().filter(|(_, id)| !id.is_empty() && at(id).is_none());
    if let Some((first, id)) = unknown.next() {
        let count = 1 + unknown.count();
        let who = if count == 1 { "its owner is" } else { "their owners are" };
        let message = format!(
            "{} {} to start at no node of the plan (first: {}), and {} where {who}",
            many(count, "account"),
            is(count),
            shown(id),
            does(count, "start")
        );
        findings.push(Finding::new(Code::StartUnknown, Place::Account(first, "start_node_id".into()), message));
    }
    book.starts.iter().map(at).collect()
}

/// Owners' ids as given, each held once.
#[derive(Debug, Clone)]
pub(crate) struct OwnerIds {
    ids: Vec<Arc<str>>,
    /// Place in `ids` of each account's.
    of: Keyed<AccountIndex, u32>,
}

impl OwnerIds {
    pub fn new(owners: &[String]) -> OwnerIds {
        let mut ids: Vec<Arc<str>> = Vec::new();
        let mut number: QuickMap<&str, u32> = QuickMap::default();
        let mut nobody = None;
        let of = owners.iter().map(|owner| {
            // Many accounts have no owner, and empty texts are slow to compare.
            if let Some(nobody) = nobody.filter(|_| owner.is_empty()) {
                return nobody;
            }
            let of = *number.entry(owner).or_insert_with(|| {
                ids.push(owner.as_str().into());
                ids.len() as u32 - 1
            });
            if owner.is_empty() {
                nobody = Some(of);
            }
            of
        });
        let of = of.collect();
        OwnerIds { ids, of }
    }

    /// Those of `accounts`, in their order.
    pub fn part(&self, accounts: &[AccountIndex]) -> OwnerIds {
        OwnerIds { ids: self.ids.clone(), of: accounts.iter().map(|&a| self.of[a]).collect() }
    }

    /// The id of an account's owner; empty: nobody.
    pub fn of(&self, account: AccountIndex) -> &Arc<str> {
        &self.ids[self.of[account] as usize]
    }
}
