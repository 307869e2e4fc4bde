//! What an answer is written to: each output with its name, and which formats ask for it.

use crate::ReportError;
use crate::answer::Answer;
use crate::staging::Staging;
use std::fs::File;
use std::io::{self, BufWriter};

/// A file, or a folder of files, that an answer is written to.
pub(crate) struct Output {
    /// Its name in the folder for results.
    pub name: &'static str,
    /// Who asks for this format gets it.
    pub format: Format,
    /// Whether it is written of an answer without a plan, too.
    pub planless: bool,
    fill: Fill,
}

#[derive(Clone, Copy)]
enum Fill {
    File(fn(&Answer<'_>, &mut BufWriter<File>) -> io::Result<()>),
    Staged(fn(&Answer<'_>, &Staging) -> Result<(), ReportError>),
}

impl Output {
    /// One file.
    pub const fn file(
        name: &'static str,
        format: Format,
        fill: fn(&Answer<'_>, &mut BufWriter<File>) -> io::Result<()>,
    ) -> Output {
        Output { name, format, planless: false, fill: Fill::File(fill) }
    }

    /// A folder of files, or a file that needs room on the disk: the writer of files is handed over.
    pub const fn staged(
        name: &'static str,
        format: Format,
        fill: fn(&Answer<'_>, &Staging) -> Result<(), ReportError>,
    ) -> Output {
        Output { name, format, planless: false, fill: Fill::Staged(fill) }
    }

    /// The same, written of an answer without a plan, too.
    pub const fn planless(self) -> Output {
        Output { planless: true, ..self }
    }

    /// Writes it; nothing is in its place before `staging` is published.
    pub fn write(&self, answer: &Answer<'_>, staging: &Staging) -> Result<(), ReportError> {
        match self.fill {
            Fill::File(fill) => write_file(staging, self.name, |out| fill(answer, out)),
            Fill::Staged(fill) => fill(answer, staging),
        }
    }
}

/// Writes one file; what goes wrong is told with its name.
pub(crate) fn write_file(
    staging: &Staging,
    name: &str,
    fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<(), ReportError> {
    staging.write(name, |out| fill(out).map_err(|source| ReportError { path: name.into(), source }))
}

/// What outputs can be asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// assignments.csv, moves.csv and findings.csv.
    Csv,
    /// report.html.
    Html,
    /// territories.geojson.
    Geojson,
    /// accounts.xlsx.
    Xlsx,
    /// Salesforce's files in crm/.
    Salesforce,
    /// HubSpot's files in crm/.
    Hubspot,
}

impl Format {
    /// Every format, in order.
    pub const ALL: [Format; 6] =
        [Format::Csv, Format::Html, Format::Geojson, Format::Xlsx, Format::Salesforce, Format::Hubspot];
    /// What is written when nothing is said.
    pub const DEFAULT: [Format; 3] = [Format::Csv, Format::Html, Format::Geojson];

    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            Format::Csv => "csv",
            Format::Html => "html",
            Format::Geojson => "geojson",
            Format::Xlsx => "xlsx",
            Format::Salesforce => "salesforce",
            Format::Hubspot => "hubspot",
        }
    }
}
