//! The files of an answer beside plan.json, certificate.json, assignments.csv and the map: each is written anew from the plan
//! and compared.

use super::read_table;
use crate::exit::CommandError;
use crate::files::Loaded;
use crate::{finding_rows, output, run_told};
use carve_reader::{Source, Table, TableOptions};
use carve_report::{Answer, Format, ReportError, Run, Staging};
use carve_solver::Plan;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The folder for a CRM's files, and the CRMs by their folders in it.
const CRM: &str = "crm";
/// The sheets of the workbook.
const SHEETS: [&str; 6] = ["Summary", "Territories", "Moves", "Accounts", "Stages", FINDINGS];
/// Files with findings in the words of the file of accounts, whose lines they name.
const WITH_LINES: [&str; 2] = ["findings.csv", output::REPORT];
/// The sheet with these findings.
const FINDINGS: &str = "Findings";
/// The page to look at, and what of it no plan says again.
const PAGE: &str = output::REPORT;
const TOLD: &str = "what it tells of the run: how the search went, its options, the name and digest of the accounts, and a curve of moves";
/// Why a curve is not compared.
const SOLVES: &str = "each of its points is a search of its own";
/// Why findings are not compared then.
const OTHER_ORDER: &str = "the accounts stand in another order than when it was written, and it names their lines";
/// Files that are compared elsewhere.
const ELSEWHERE: [&str; 4] = ["plan.json", "certificate.json", "assignments.csv", "territories.geojson"];

/// What became of the files.
#[derive(Debug, Default)]
pub(super) struct Others {
    /// Those that are what the plan says.
    pub checked: Vec<String>,
    /// Those that are there and nobody compares, with why.
    pub told: Vec<String>,
    pub faults: Vec<String>,
}

/// Compares all of them in an answer's folder.
///
/// # Errors
/// When the files to compare with cannot be written.
pub(super) fn compare(loaded: &Loaded, plan: &Plan, dir: &Path) -> Result<Others, CommandError> {
    let mut others = Others::default();
    let formats: Vec<Format> = Format::ALL
        .into_iter()
        .filter(|&format| {
            carve_report::names_of(format).any(|name| !ELSEWHERE.contains(&name) && dir.join(name).exists())
        })
        .collect();
    if formats.is_empty() {
        others.tell_the_rest(dir, &BTreeSet::new());
        return Ok(others);
    }
    let temporary = |source| ReportError { path: std::env::temp_dir(), source };
    let again = tempfile::tempdir().map_err(temporary)?;
    let findings = loaded.locate(&plan.findings);
    let rows = || finding_rows::of(loaded, &findings);
    let anonymous = fs::read_to_string(dir.join(PAGE)).is_ok_and(|page| carve_report::is_anonymous(&page));
    let run = Run { anonymous, ..run_told::of(loaded, plan)? };
    let answer =
        Answer::of(&loaded.problem, plan, &loaded.names, &rows).with_owners(&loaded.granted.in_book).with_run(&run);
    let staging = Staging::new(again.path()).map_err(CommandError::OutUnusable)?;
    carve_report::write_outputs(&answer, &formats, &staging)?;
    staging.publish(output::names(&[]))?;
    let written = below(again.path(), again.path());
    // Of a CRM that nobody asked for nothing is there.
    let asked = |file: &Path| match file.components().nth(2) {
        Some(crm) if file.starts_with(CRM) => {
            fs::read_dir(dir.join(CRM)).is_ok_and(|days| days.flatten().any(|day| day.path().join(crm).is_dir()))
        }
        _ => file.starts_with(CRM) || dir.join(file).exists(),
    };
    for file in written.iter().filter(|file| !is_elsewhere(file) && asked(file)) {
        others.one(loaded, dir, again.path(), file);
    }
    others.tell_the_rest(dir, &written);
    Ok(others)
}

impl Others {
    fn one(&mut self, loaded: &Loaded, dir: &Path, again: &Path, file: &Path) {
        let name = file.display().to_string();
        let (here, there) = (fs::read(dir.join(file)), fs::read(again.join(file)));
        let differs = match (here, there) {
            (Err(_), _) => Some("it is missing".to_owned()),
            (Ok(here), Ok(there)) if here == there => None,
            _ if loaded.is_rearranged() && WITH_LINES.contains(&name.as_str()) => {
                self.told.push(format!("{name}: {OTHER_ORDER}"));
                return;
            }
            (Ok(here), Ok(there)) => match file.extension().and_then(|kind| kind.to_str()) {
                Some("csv") => rows_differ(&here, &there),
                Some("html") => {
                    self.told.push(format!("{name}: {TOLD}"));
                    pages_differ(&here, &there)
                }
                Some("xlsx") => {
                    if loaded.is_rearranged() {
                        self.told.push(format!("{name}, sheet {FINDINGS}: {OTHER_ORDER}"));
                    }
                    let sheets = SHEETS.into_iter().filter(|&sheet| !loaded.is_rearranged() || sheet != FINDINGS);
                    sheets_differ(&dir.join(file), &again.join(file), sheets)
                }
                _ => Some("it is not what carve writes of this plan".into()),
            },
            (Ok(_), Err(error)) => Some(format!("it cannot be compared: {error}")),
        };
        match differs {
            None => self.checked.push(name),
            Some(what) => self.faults.push(format!("{name}: {what}")),
        }
    }

    /// Files that are none of carve's, or that this plan has no content for.
    fn tell_the_rest(&mut self, dir: &Path, written: &BTreeSet<PathBuf>) {
        let is_ours = |name: &str| output::names(&[]).any(|ours| ours == name);
        let mut names: Vec<String> = (fs::read_dir(dir).into_iter().flatten().flatten())
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| !is_ours(name) && !name.starts_with('.'))
            .collect();
        let crm = below(&dir.join(CRM), dir);
        let listed = |file: &&PathBuf| !written.contains(*file) && !file.ends_with(".carve-files");
        names.extend(crm.iter().filter(listed).map(|file| file.display().to_string()));
        names.sort();
        let curve = output::CURVE.iter().filter(|name| dir.join(name).exists());
        self.told.extend(curve.map(|name| format!("{name}: {SOLVES}")));
        self.told.extend(names.into_iter().map(|name| format!("{name}: no file of this answer")));
    }
}

fn is_elsewhere(file: &Path) -> bool {
    ELSEWHERE.iter().any(|name| file == Path::new(name)) || file.ends_with(".carve-files")
}

/// Every file below a folder, from `root` on.
fn below(folder: &Path, root: &Path) -> BTreeSet<PathBuf> {
    let (mut files, mut folders) = (BTreeSet::new(), vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => files.extend(path.strip_prefix(root).map(Path::to_owned)),
            }
        }
    }
    files
}

/// The first row that is not the plan's; how cells are quoted, and how lines end, is no difference.
fn rows_differ(here: &[u8], there: &[u8]) -> Option<String> {
    let read =
        |bytes: &[u8]| read_table(&String::from_utf8_lossy(bytes)).map_err(|_| "it is no table any more".to_owned());
    match (read(here), read(there)) {
        (Ok(here), Ok(there)) if here.headings != there.headings => {
            Some(format!("its columns are {}; those of the plan {}", here.headings.join(","), there.headings.join(",")))
        }
        (Ok(here), Ok(there)) => {
            let pairs = here.rows.iter().zip(&there.rows);
            let first = pairs.enumerate().find(|(_, (here, there))| here != there);
            match first {
                Some((row, (here, there))) => {
                    let (row, here, there) = (row + 2, here.join(","), there.join(","));
                    Some(format!("row {row} is {here:?}; the plan has {there:?}"))
                }
                None if here.rows.len() != there.rows.len() => {
                    Some(format!("it has {} rows; the plan has {}", here.rows.len(), there.rows.len()))
                }
                None => None,
            }
        }
        (Err(what), _) | (_, Err(what)) => Some(what),
    }
}

/// Whether a page says anything of the plan that is not so.
fn pages_differ(here: &[u8], there: &[u8]) -> Option<String> {
    let said = |page: &[u8]| carve_report::without_told(&String::from_utf8_lossy(page));
    (said(here) != said(there)).then(|| "it is not what carve shows of this plan".into())
}

/// The first sheet whose cells are not the plan's.
fn sheets_differ(here: &Path, there: &Path, mut sheets: impl Iterator<Item = &'static str>) -> Option<String> {
    sheets.find_map(|sheet| match (cells(here, sheet), cells(there, sheet)) {
        (Err(what), Ok(_)) => Some(format!("its sheet {sheet} cannot be read: {what}")),
        (here, there) if here != there => Some(format!("its sheet {sheet} is not what the plan says")),
        _ => None,
    })
}

/// Headings and rows of a sheet.
fn cells(path: &Path, sheet: &str) -> Result<Vec<Vec<String>>, String> {
    let options = TableOptions { sheet: Some(sheet.to_owned()), ..TableOptions::default() };
    let table = Table::open(Source::path(path), &options).map_err(|faults| faults.to_string())?;
    let mut rows = vec![table.headings().to_vec()];
    table.for_each_row(|row| rows.push(row.cells.iter().map(String::from).collect()));
    Ok(rows)
}
