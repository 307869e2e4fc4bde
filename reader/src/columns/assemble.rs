//! From columns to a book.

use super::amounts::{Measured, Reader, take};
use super::asked::Asked;
use super::degrees::places;
use super::fill::{Fill, Held};
use super::heading::{Known, OwnerForm};
use super::ids;
use super::intern::TextColumn;
use super::judge::{Customs, Verdict};
use super::log::Log;
use super::owners::{OwnerLabel, labels, owners};
use super::parents::parents;
use super::roles::Role;
use super::target::{Target, is_by_id};
use super::units::Units;
use carve_solver::input::{AttributeColumn, Book, MeasureColumn, NearMeasure};
use carve_solver::limits::MEASURES_MAX;

/// Where accounts are, as text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Address {
    /// ZIP or postal codes.
    pub postal_code: Option<TextColumn>,
    /// Cities.
    pub city: Option<TextColumn>,
    /// States, provinces or regions.
    pub state: Option<TextColumn>,
    /// Countries.
    pub country: Option<TextColumn>,
}

/// What is put together.
pub(crate) struct Assembled {
    pub book: Book,
    pub address: Address,
    pub owner_labels: Vec<OwnerLabel>,
    /// Of the columns of numbers, what they gave.
    pub measured: Vec<Option<Measured>>,
}

/// All that is known of the columns.
pub(crate) struct Parts<'a> {
    pub targets: &'a [Target],
    pub roles: &'a [Role],
    pub verdicts: &'a [Option<Verdict>],
    pub asked: &'a Asked,
    pub customs: &'a Customs,
    pub units: &'a Units,
    pub accounts: usize,
}

impl Parts<'_> {
    /// The column that is taken for something.
    fn taken(&self, is: impl Fn(Known) -> bool) -> Option<usize> {
        self.roles.iter().position(|role| matches!(role, Role::Taken(known) if is(*known)))
    }

    /// What plan files call a column.
    pub(crate) fn name(&self, column: usize) -> &str {
        match self.roles[column] {
            Role::Taken(_) => &self.targets[column].name,
            _ => &self.targets[column].plain,
        }
    }
}

/// Turns columns into a book.
pub(crate) fn assemble(parts: &Parts, fills: &mut [Fill], log: &mut Log) -> Assembled {
    let mut book = Book::default();
    let latitude = parts.taken(|known| known == Known::Latitude);
    let longitude = parts.taken(|known| known == Known::Longitude);
    book.places = places(latitude, longitude, parts.accounts, parts.targets, fills, log);
    let owner_labels = people(parts, fills, &mut book, log);
    let address = address(parts, fills);
    let measured = columns(parts, fills, &mut book, log);
    // The order of columns changes nothing: measures and attributes stand by name.
    book.measures.sort_by(|one, other| one.name.cmp(&other.name));
    book.attributes.sort_by(|one, other| one.name.cmp(&other.name));
    book.near_measures.sort_by(|one, other| one.name.cmp(&other.name));
    limit_defaults(&mut book);
    Assembled { book, address, owner_labels, measured }
}

/// Who the accounts are, whose they are, and who owns them.
fn people(parts: &Parts, fills: &mut [Fill], book: &mut Book, log: &mut Log) -> Vec<OwnerLabel> {
    if let Some(column) = parts.taken(|known| known == Known::AccountId) {
        book.account_ids = texts(&mut fills[column]);
        ids::look_over(&book.account_ids, column, log);
    }
    book.account_ids.resize(parts.accounts, String::new());
    let name_column = parts.taken(|known| known == Known::Name);
    let names = name_column.map(|column| texts(&mut fills[column])).filter(|names| names.len() == parts.accounts);
    if let Some(column) = parts.taken(|known| known == Known::Parent) {
        let given = texts(&mut fills[column]);
        let by_name = names.as_deref().filter(|_| !is_by_id(&parts.targets[column].said));
        book.parents = parents(column, given, &book.account_ids, by_name, log);
    }
    let names_are_asked = name_column.is_none_or(|column| parts.asked.keeps(&parts.targets[column].name));
    if names_are_asked {
        book.names = names.unwrap_or_default();
        book.names.resize(parts.accounts, String::new());
    }
    let mut owner_labels = Vec::new();
    if let Some(column) = parts.taken(|known| matches!(known, Known::Owner(_)))
        && let Some(given) = interned(&fills[column])
    {
        let owners = owners(column, given, parts.asked, log);
        let label = |form: OwnerForm| {
            let column = parts.roles.iter().position(|role| *role == Role::Label(form));
            column.and_then(|column| interned(&fills[column]))
        };
        owner_labels = labels(given, &owners, label(OwnerForm::Name), label(OwnerForm::Email));
        book.current_owners = given.spread(|code| owners.by_code[code].clone());
    }
    for texts in [&mut book.parents, &mut book.current_owners] {
        texts.resize(parts.accounts, String::new());
    }
    owner_labels
}

/// The text of a column that is held cell by cell.
fn texts(fill: &mut Fill) -> Vec<String> {
    match &mut fill.held {
        Held::Texts(texts) => std::mem::take(texts),
        _ => Vec::new(),
    }
}

fn interned(fill: &Fill) -> Option<&TextColumn> {
    match &fill.held {
        Held::Interned(interner) => Some(interner.column()),
        _ => None,
    }
}

fn address(parts: &Parts, fills: &[Fill]) -> Address {
    let column = |known: Known| {
        let column = parts.taken(|taken| taken == known).filter(|_| parts.asked.places);
        column.and_then(|column| interned(&fills[column])).cloned()
    };
    Address {
        postal_code: column(Known::PostalCode),
        city: column(Known::City),
        state: column(Known::State),
        country: column(Known::Country),
    }
}

/// Measures and attributes; gives what the columns of numbers are.
fn columns(parts: &Parts, fills: &mut [Fill], book: &mut Book, log: &mut Log) -> Vec<Option<Measured>> {
    let mut all = Vec::with_capacity(fills.len());
    for (column, fill) in fills.iter_mut().enumerate() {
        let role = &parts.roles[column];
        let is_column = match role {
            Role::Taken(known) => known.is_number() || is_text(*known),
            Role::Ordinary | Role::Currency | Role::Label(_) => true,
            Role::Unused(_) => false,
        };
        if !is_column {
            all.push(None);
            continue;
        }
        let name = parts.name(column).to_owned();
        let asked = parts.asked.speaks_of(&name);
        let measured = parts.verdicts[column].as_ref().filter(|_| *role != Role::Currency).map(|verdict| {
            let known = parts.targets[column].said.known;
            let reader = Reader {
                column,
                heading: &parts.targets[column].heading,
                name: &name,
                // Of two columns for one amount the other has its own name, and is balanced only by that.
                by_default: matches!(known, Some(Known::Amount(_))) && *role != Role::Ordinary
                    || unreadable(parts, column),
                beside: known.is_some_and(|known| !known.is_number()),
                asked: parts.asked,
                customs: parts.customs,
                units: parts.units,
            };
            let kept = asked || matches!(role, Role::Taken(_)) || parts.asked.measures.contains(&name);
            let held = take(fill).filter(|_| kept);
            reader.measure(verdict, fill, held, log)
        });
        match &measured {
            Some(Measured { amounts: Some(amounts), decimals, unit, .. }) => book.measures.push(MeasureColumn {
                name: name.clone(),
                amounts: amounts.clone(),
                decimals: *decimals,
                unit: unit.clone(),
                only_by_name: !matches!(role, Role::Taken(Known::Amount(_))),
            }),
            other => {
                if let Some(reason) = other.as_ref().and_then(|measured| measured.reason.clone()) {
                    book.near_measures.push(NearMeasure { name: name.clone(), reason });
                }
                let values = if parts.asked.keeps(&name) { text(fill) } else { Vec::new() };
                book.attributes.push(AttributeColumn { name, values });
            }
        }
        all.push(measured);
    }
    all
}

/// Whether the heading names an amount that the values are not.
fn unreadable(parts: &Parts, column: usize) -> bool {
    matches!(parts.targets[column].said.known, Some(Known::Amount(_)))
        && matches!(parts.verdicts[column], Some(Verdict::Other(_)))
}

/// Whether text by this meaning is an attribute.
fn is_text(known: Known) -> bool {
    matches!(known, Known::Street | Known::City | Known::State | Known::Country | Known::PostalCode)
}

/// The text of every row.
fn text(fill: &Fill) -> Vec<String> {
    match &fill.held {
        Held::Interned(interner) => interner.column().spread(|code| interner.column().texts()[code].clone()),
        Held::Texts(texts) => texts.clone(),
        Held::Amounts(_) | Held::Degrees(_) | Held::Nothing => Vec::new(),
    }
}

/// No more measures by default than a request may have: the first by name.
fn limit_defaults(book: &mut Book) {
    let defaults = book.measures.iter_mut().filter(|measure| !measure.only_by_name);
    defaults.skip(MEASURES_MAX - 1).for_each(|measure| measure.only_by_name = true);
}
