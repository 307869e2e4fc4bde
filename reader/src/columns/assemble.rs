//! From columns to a book.

use super::address::{Address, Whereabouts, whereabouts};
use super::amounts::{Measured, Reader, take};
use super::asked::Asked;
use super::deleted;
use super::fill::{Fill, Held};
use super::heading::{Known, OwnerForm};
use super::ids;
use super::intern::TextColumn;
use super::judge::{Customs, Verdict};
use super::log::Log;
use super::owners::{OwnerLabel, inactive, labels, owners};
use super::parents::parents;
use super::roles::Role;
use super::target::{Target, has_city, is_by_id};
use super::units::Units;
use carve_solver::input::{AttributeColumn, Book, MeasureColumn, NearMeasure};
use carve_solver::limits::MEASURES_MAX;

/// What is put together.
pub(crate) struct Assembled {
    pub book: Book,
    pub address: Address,
    pub owner_labels: Vec<OwnerLabel>,
    /// Of the columns of numbers, what they gave.
    pub measured: Vec<Option<Measured>>,
    /// Which accounts are deleted, and by which column.
    pub deleted: Option<(usize, Vec<bool>)>,
    /// Columns of the other address that are read for some accounts.
    pub lent: Vec<usize>,
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
    pub(crate) fn taken(&self, is: impl Fn(Known) -> bool) -> Option<usize> {
        self.roles.iter().position(|role| matches!(role, Role::Taken(known) if is(*known)))
    }

    /// The first column whose heading says something, and what.
    pub(crate) fn known(&self, is: impl Fn(Known) -> bool) -> Option<(usize, Known)> {
        let knowns = self.targets.iter().map(|target| target.said.known).enumerate();
        knowns.filter_map(|(at, known)| Some((at, known?))).find(|(_, known)| is(*known))
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
    let Whereabouts { places, address, lent } = whereabouts(parts, fills, log);
    book.places = places;
    let owner_labels = people(parts, fills, &mut book, log);
    deleted::say_inactive(parts, fills, log);
    let deleted = deleted::deleted(parts, fills, log);
    let measured = columns(parts, fills, &mut book, log);
    // The order of columns changes nothing: measures and attributes stand by name.
    book.measures.sort_by(|one, other| one.name.cmp(&other.name));
    book.attributes.sort_by(|one, other| one.name.cmp(&other.name));
    book.near_measures.sort_by(|one, other| one.name.cmp(&other.name));
    limit_defaults(&mut book);
    Assembled { book, address, owner_labels, measured, deleted, lent }
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
        let each = given.iter().enumerate().map(|(row, id)| (row, id.as_str(), 1));
        ids::say_mangled(each, column, "parent_account_id", log);
        let by_name = names.as_deref().filter(|_| !is_by_id(&parts.targets[column].said));
        book.parents = parents(column, given, &book.account_ids, by_name, log);
    }
    let names_are_asked =
        name_column.is_none_or(|column| parts.asked.keeps(&parts.targets[column].name, has_city(parts.targets)));
    if names_are_asked {
        book.names = names.unwrap_or_default();
        book.names.resize(parts.accounts, String::new());
    }
    let mut owner_labels = Vec::new();
    if let Some(column) = parts.taken(|known| matches!(known, Known::Owner(_)))
        && let Some(given) = interned(&fills[column])
    {
        let active = parts.known(|known| matches!(known, Known::OwnerActive(_)));
        let inactive = active.and_then(|(at, known)| {
            let flags = interned(&fills[at])?;
            Some((parts.targets[at].heading.as_str(), inactive(given, flags, known == Known::OwnerActive(true))))
        });
        let owners = owners(column, given, inactive, parts.asked, log);
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

pub(super) fn interned(fill: &Fill) -> Option<&TextColumn> {
    match &fill.held {
        Held::Interned(interner) => Some(interner.column()),
        _ => None,
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
        let mut measured = parts.verdicts[column].as_ref().filter(|_| *role != Role::Currency).map(|verdict| {
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
            let held = if kept { take(fill) } else { None };
            reader.measure(verdict, fill, held, log)
        });
        match &mut measured {
            Some(Measured { amounts: Some(amounts), decimals, unit, .. }) => book.measures.push(MeasureColumn {
                name: name.clone(),
                amounts: std::mem::take(amounts),
                decimals: *decimals,
                unit: unit.clone(),
                only_by_name: !matches!(role, Role::Taken(Known::Amount(_))),
            }),
            other => {
                if let Some(reason) = other.as_ref().and_then(|measured| measured.reason.clone()) {
                    book.near_measures.push(NearMeasure { name: name.clone(), reason });
                }
                let values = if parts.asked.keeps(&name, has_city(parts.targets)) { text(fill) } else { Vec::new() };
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
