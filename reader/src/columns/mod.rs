//! What the columns of a table mean, and the book that they make.
//!
//! Headings are known by the spellings of Salesforce, HubSpot, Dynamics and Excel (`heading`). Every cell is looked at
//! once (`cell`, `fill`), and what a column of numbers is gets decided over all of its cells (`survey`, `judge`). Of
//! several columns for one meaning the best is taken, whatever their order (`roles`). What became of every column is part
//! of the book ([`carve_solver::column::Column`]), and a fault that a column has is one finding.

mod excerpt;

mod cell;

mod heading;

mod asked;
pub use asked::{Asked, DecimalMark};

mod intern;
pub use intern::TextColumn;

mod survey;

mod judge;

mod part;

mod fill;

mod target;

mod pass;

mod log;

mod roles;

mod ids;
pub use ids::same_id;

mod parents;

mod owners;
pub use owners::{OwnerLabel, is_nobody};

mod degrees;

mod units;

mod amounts;

mod address;
pub use address::Address;

mod deleted;

mod leave_out;

mod assemble;

mod report;

mod origin;
pub use origin::Origin;

use crate::table::{LocatedFinding, Source, Table, TableFaults, TableOptions};
use assemble::{Parts, assemble};
use carve_solver::column::Column;
use carve_solver::finding::{Code, Severity};
use carve_solver::input::Book;
use carve_solver::limits::ACCOUNTS_MAX;
use excerpt::listed;
use fill::{Fill, Held, Keep};
use heading::Known;
use judge::{Customs, Verdict, judge, usual};
use log::Log;
use roles::{Columns, Role, roles};
use std::collections::HashMap;
use target::{Target, targets};
use units::Units;

/// Headings that a finding names.
const HEADINGS_NAMED_MAX: usize = 10;

/// A book as a file holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct AccountsFile {
    /// The accounts, in the order of the rows, and how their columns were read.
    pub book: Book,
    /// Where in the file each of them stands.
    pub origin: Origin,
    /// Where they are, as text; what nobody asks for is left out.
    pub address: Address,
    /// What owners are called beside their ids.
    pub owner_labels: Vec<OwnerLabel>,
    /// What is odd but no obstacle, warnings first.
    pub warnings: Vec<LocatedFinding>,
}

/// Why a file is no book.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{} finding(s), first: {}", .findings.len(), .findings.first().map_or("none", |f| &f.finding.message))]
pub struct Faults {
    /// At least one error, errors first.
    pub findings: Vec<LocatedFinding>,
    /// How the columns were read, as far as there are any.
    pub columns: Vec<Column>,
    /// What could be read all the same, bad values as 0 or absent, so that the rest of its faults can be named too; `None`
    /// when there are no rows to speak of.
    pub rest: Option<Box<(Book, Origin)>>,
}

impl From<TableFaults> for Faults {
    fn from(faults: TableFaults) -> Faults {
        Faults { findings: faults.findings, columns: Vec::new(), rest: None }
    }
}

/// Reads all of the accounts in `bytes`.
///
/// # Errors
/// As [`read`].
pub fn read_accounts(bytes: &[u8]) -> Result<AccountsFile, Faults> {
    read(Source::bytes("accounts.csv", bytes), &TableOptions::default(), &Asked::everything())
}

/// Reads a file of accounts, and keeps of it what the rest of the request asks for.
///
/// Says only what the file alone can tell: that ids are unique, parents exist and amounts are in range is for
/// [`carve_solver::Problem`] to judge, and [`Origin::locate`] then tells where in the file.
///
/// # Errors
/// Every fault at once, when at least one finding is an error.
pub fn read(source: Source, options: &TableOptions, asked: &Asked) -> Result<AccountsFile, Faults> {
    let table = Table::open(source, options)?;
    let targets = targets(table.headings(), asked);
    let pass::Pass { mut fills, lines } = pass::pass(&table, &targets);
    let row_count = table.row_count();
    let heading_line = table.heading_line();
    let of_file = table.findings().to_vec();
    let semicolons = table.dialect().delimiter == Some(';');
    let mut log = Log::new(heading_line, &lines);
    survey_texts(&targets, &mut fills);
    let customs = customs(&targets, &fills, asked, semicolons);
    let verdicts: Vec<Option<Verdict>> =
        targets.iter().zip(&fills).map(|(target, fill)| verdict(target, fill, &customs)).collect();
    let units = Units::new(&targets, &fills);
    let again = text_after_all(&targets, &fills, &verdicts, &units, asked);
    for (&column, text) in again.iter().zip(pass::texts(&table, &again)) {
        fills[column].held = text;
    }
    // The text of the file is needed no more, and room may be.
    drop(table);
    let columns = Columns { targets: &targets, fills: &fills, verdicts: &verdicts };
    let roles = roles(&columns, asked, &mut log);
    say_file(&targets, &roles, row_count, &mut log);
    say_too_long(&targets, &roles, &fills, &mut log);
    let parts = Parts {
        targets: &targets,
        roles: &roles,
        verdicts: &verdicts,
        asked,
        customs: &customs,
        units: &units,
        accounts: lines.len(),
    };
    let assembled = assemble(&parts, &mut fills, &mut log);
    let mut book = assembled.book;
    book.columns = report::columns(&parts, &fills, &assembled.measured, &book);
    tell_uses(&parts, assembled.deleted.as_ref().map(|(at, _)| *at), &assembled.lent, &mut book);
    let fields = fields(&parts);
    let broken = log.has_errors() || of_file.iter().any(|found| found.finding.severity == Severity::Error);
    let mut findings = of_file;
    findings.extend(log.finish());
    findings.sort_by_key(|found| found.finding.severity);
    let origin = Origin::new(heading_line, lines, fields);
    if broken {
        let columns = book.columns.clone();
        // Without ids there are no accounts to find further faults of.
        let rest = roles.contains(&Role::Taken(Known::AccountId)).then(|| Box::new((book, origin)));
        return Err(Faults { findings, columns, rest });
    }
    let mut file = AccountsFile {
        book,
        origin,
        address: assembled.address,
        owner_labels: assembled.owner_labels,
        warnings: findings,
    };
    if let Some((_, gone)) = assembled.deleted {
        leave_out::leave_out(&mut file, &gone);
    }
    Ok(file)
}

/// What the reader itself uses columns for that it takes for nothing else.
fn tell_uses(parts: &Parts, deleted: Option<usize>, lent: &[usize], book: &mut Book) {
    let mut tell = |at: usize, what: &str| book.columns[at].used_for.push(what.to_owned());
    deleted.into_iter().for_each(|at| tell(at, "what is deleted"));
    lent.iter().for_each(|&at| tell(at, "accounts without another address"));
    let owners = parts.taken(|known| matches!(known, Known::Owner(_)));
    if let Some((at, _)) = parts.known(|known| matches!(known, Known::OwnerActive(_))).filter(|_| owners.is_some()) {
        tell(at, "who is active");
    }
}

/// Columns that are held as text and may be numbers are seen from their different texts.
fn survey_texts(targets: &[Target], fills: &mut [Fill]) {
    for (target, fill) in targets.iter().zip(fills) {
        if target.keep == Keep::Interned
            && is_surveyed(target)
            && let Held::Interned(interner) = &fill.held
        {
            fill.survey = pass::survey_of(interner.column());
        }
    }
}

/// Columns that were read as amounts, are none, and whose text the request speaks of.
fn text_after_all(
    targets: &[Target],
    fills: &[Fill],
    verdicts: &[Option<Verdict>],
    units: &Units,
    asked: &Asked,
) -> Vec<usize> {
    let is_text = |column: usize| match &verdicts[column] {
        Some(Verdict::Amounts(scale)) => units.of(column, &scale.currencies).is_err(),
        Some(Verdict::Nearly(_) | Verdict::Other(_)) => true,
        None => false,
    };
    let speaks = |target: &Target| asked.speaks_of(&target.name) || asked.speaks_of(&target.plain);
    (0..targets.len())
        .filter(|&column| matches!(fills[column].held, Held::Amounts(_)) && speaks(&targets[column]) && is_text(column))
        .collect()
}

fn is_surveyed(target: &Target) -> bool {
    match target.keep {
        Keep::Amounts | Keep::Survey => true,
        Keep::Interned => match target.said.known {
            None => target.said.currency_of.is_none(),
            Some(known) => known.is_number() || !known.is_single() && known != Known::Currency,
        },
        Keep::Texts | Keep::Degrees | Keep::Count => false,
    }
}

fn customs(targets: &[Target], fills: &[Fill], asked: &Asked, semicolons: bool) -> Customs {
    let surveys = targets.iter().zip(fills).filter(|(target, _)| is_surveyed(target)).map(|(_, fill)| &fill.survey);
    Customs { asked: asked.decimal_mark.map(Into::into), usual: usual(surveys), semicolons }
}

fn verdict(target: &Target, fill: &Fill, customs: &Customs) -> Option<Verdict> {
    is_surveyed(target).then(|| judge(&fill.survey, target.expected, customs))
}

/// That ids are missing altogether, or accounts too many.
fn say_file(targets: &[Target], roles: &[Role], row_count: usize, log: &mut Log) {
    if !roles.contains(&Role::Taken(Known::AccountId)) {
        let headings = listed(targets.iter().map(|target| target.heading.as_str()), HEADINGS_NAMED_MAX);
        let hint = match targets {
            [one] if one.heading.contains([';', '\t', '|', ',']) => "; separate cells by commas, semicolons or tabs",
            _ => "",
        };
        log.of_heading(
            Code::ColumnMissing,
            format!(
                "there is no column with the accounts' ids, such as account_id, Id or Record ID, among {headings}{hint}; name the column that holds them account_id, or export it, too (Account ID in Salesforce, Record ID in HubSpot)"
            ),
        );
    }
    if row_count == 0 {
        log.of_file(Code::BookEmpty, "there is a heading and no account; give a row for each");
    }
    if row_count > ACCOUNTS_MAX {
        let message = format!("the file has {row_count} accounts and the most is {ACCOUNTS_MAX}; divide the book");
        log.of_file(Code::AccountsTooMany, message);
    }
}

/// Texts that are kept and too long to be.
fn say_too_long(targets: &[Target], roles: &[Role], fills: &[Fill], log: &mut Log) {
    for (column, (target, fill)) in targets.iter().zip(fills).enumerate() {
        let Some(first) = fill.too_long.first.first().filter(|_| !matches!(roles[column], Role::Unused(_))) else {
            continue;
        };
        let message = format!(
            "{} of {} {} longer than {} bytes (first: line {}); shorten it, or look for a quote that is not closed",
            excerpt::many(fill.too_long.count, "value"),
            target.heading,
            excerpt::is(fill.too_long.count),
            target.bytes_max(),
            log.line(first.row)
        );
        log.of_cells(Code::FieldTooLong, column, &target.field(), first.row, message);
    }
}

/// The number of the column for each field that findings may name.
fn fields(parts: &Parts) -> HashMap<String, u64> {
    let mut fields = HashMap::new();
    for (column, role) in parts.roles.iter().enumerate() {
        let field = match role {
            Role::Taken(_) => parts.targets[column].field(),
            Role::Unused(_) => continue,
            _ => parts.name(column).to_owned(),
        };
        fields.insert(field, column as u64 + 1);
    }
    fields
}

#[cfg(test)]
mod tests;
