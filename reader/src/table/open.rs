//! The one look over the whole file.

use super::delimiter::{delimited, delimiter_name};
use super::encoding::{Decoded, decode};
use super::finding::excerpt;
use super::heading::{SAMPLE_ROWS, Shape, bare, heading, is_blank};
use super::judge::{Rows, leave_out};
use super::kind::{Kind, kind};
use super::limits::{COLUMNS_MAX, FILE_BYTES_MAX};
use super::scan::{Below, Scanned, scan};
use super::split::{Flaw, Splitter, Syntax, line_ends};
use super::width::widths;
use super::workbook;
use super::{Dialect, LocatedFinding, Passed, Source, Table, TableFaults, TableOptions};
use carve_solver::finding::Code;
use std::thread::available_parallelism;

/// Bytes of text that one thread scans at a time: many times what a cache holds, and still many parts of a large file.
pub(super) const PART_BYTES: usize = 4_194_304;

/// As [`Table::open`], by parts of about `part_bytes`.
pub(super) fn open(source: Source, options: &TableOptions, part_bytes: usize) -> Result<Table, TableFaults> {
    let name = source.name().to_owned();
    let threads = match options.threads {
        0 => available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let unreadable = |error| TableFaults::one(Code::FileUnreadable, 0, format!("{name} cannot be read: {error}"));
    let bytes = source.read(FILE_BYTES_MAX, threads).map_err(unreadable)?;
    let size = bytes.len();
    let text = match kind(&bytes).map_err(|message| TableFaults::one(Code::FileKind, 0, message))? {
        _ if size as u64 > FILE_BYTES_MAX => return Err(too_large()),
        Kind::Text => Text::of(bytes, threads),
        Kind::Archive => workbook::text(&bytes, options.sheet.as_deref())?,
    };
    if text.text.len() as u64 > FILE_BYTES_MAX {
        return Err(too_large());
    }
    text.table(name, part_bytes, threads)
}

fn too_large() -> TableFaults {
    let message = format!("the file has more than {FILE_BYTES_MAX} bytes; divide it, or export fewer columns");
    TableFaults::one(Code::FileTooLarge, 0, message)
}

/// A file as text, before anything is known of its rows.
pub(super) struct Text {
    pub(super) text: String,
    pub(super) syntax: Syntax,
    /// Where its first record begins, and on which line.
    pub(super) start: usize,
    pub(super) line: u64,
    pub(super) dialect: Dialect,
    pub(super) findings: Vec<LocatedFinding>,
}

/// The heading as it was found.
struct Heading {
    headings: Vec<String>,
    /// Cells of its row, with those at its end that have no name.
    written: usize,
    line: u64,
    /// Where the record behind it begins, on which line, and how many there are before it.
    next: usize,
    next_line: u64,
    records: u64,
    titles: Passed,
    first_title: String,
}

impl Text {
    /// A file with delimiters.
    fn of(bytes: Vec<u8>, threads: usize) -> Text {
        let Decoded { text, encoding, byte_order_mark, mut findings } = decode(bytes, threads);
        let start = if text.starts_with('\u{FEFF}') { 3 } else { 0 };
        let found = delimited(&text, start);
        if found.delimiter != b',' || found.separator_line {
            let by = if found.separator_line { ", as its first line says" } else { "" };
            let message = format!("cells are separated by {}{by}", delimiter_name(found.delimiter));
            findings.push(LocatedFinding::new(Code::DelimiterRead, found.line, 0, message));
        }
        let dialect = Dialect {
            delimiter: Some(char::from(found.delimiter)),
            encoding,
            byte_order_mark,
            separator_line: found.separator_line,
            ..Dialect::default()
        };
        let syntax = Syntax::text(found.delimiter);
        Text { text, syntax, start: found.start, line: found.line, dialect, findings }
    }

    /// The table in it.
    pub(super) fn table(mut self, name: String, part_bytes: usize, threads: usize) -> Result<Table, TableFaults> {
        let heading = match self.heading() {
            Ok(heading) => heading,
            Err(fault) => {
                self.findings.insert(0, fault);
                return Err(TableFaults { findings: self.findings });
            }
        };
        let Heading { mut headings, written, line, next, next_line, records, .. } = heading;
        let (text, syntax) = (self.text.as_str(), self.syntax);
        let named = headings.len();
        let first = headings.iter().find(|heading| !heading.is_empty()).cloned().unwrap_or_default();
        let below = Below { text, syntax, start: next, line: next_line, records, named, written, first: &first };
        let mut scanned = scan(below, part_bytes, threads);
        headings.resize(named.max(scanned.extent), String::new());
        let rows = Rows { text, syntax, headings: &headings };
        self.dialect.titles = heading.titles;
        self.dialect.blanks = std::mem::take(&mut scanned.blanks);
        let left_out = leave_out(rows, &mut scanned, &mut self.dialect);
        self.findings.extend(titles(&self.dialect.titles, &heading.first_title, line));
        self.findings.extend(left_out);
        self.findings.extend(faults(&scanned, &self.dialect));
        self.findings.extend(widths(&scanned, headings.len()));
        let row_count = scanned.blocks.iter().map(super::Block::row_count).sum();
        if row_count == 0 {
            if scanned.unclosed.is_none() {
                let message = "there is a heading and no account; give a row for each";
                self.findings.insert(0, LocatedFinding::new(Code::BookEmpty, line, 0, message));
            }
            return Err(TableFaults { findings: self.findings });
        }
        self.findings.sort_by_key(|found| found.finding.severity);
        let Text { text, syntax, dialect, findings, .. } = self;
        let blocks = scanned.blocks;
        Ok(Table { name, headings, heading_line: line, dialect, findings, text, syntax, blocks, row_count, threads })
    }

    /// Finds the heading among the first rows.
    fn heading(&self) -> Result<Heading, LocatedFinding> {
        let bytes = self.text.as_bytes();
        let mut splitter = Splitter::new(self.syntax, COLUMNS_MAX + 1);
        let (mut at, mut line, mut records) = (self.start, self.line, 0);
        let (mut shapes, mut places) = (Vec::new(), Vec::new());
        while at < bytes.len() && shapes.len() < SAMPLE_ROWS {
            let record = splitter.split(&self.text, at);
            if let Some(Flaw::Unclosed(open)) = record.flaw {
                if shapes.is_empty() {
                    return Err(unclosed(line + line_ends(&bytes[at..open])));
                }
                break;
            }
            let shape = Shape::of(splitter.cells(&self.text).iter());
            if shape.filled > 0 {
                shapes.push(shape);
                places.push((at, line, records));
            }
            (line, records) = (line + record.breaks + 1, records + 1);
            at = self.syntax.after(bytes, record.end);
        }
        let Some(index) = heading(&shapes) else {
            let message = "the file is empty; give a heading and a row for each account";
            return Err(LocatedFinding::new(Code::BookEmpty, self.line, 0, message));
        };
        let mut titles = Passed::default();
        places[..index].iter().for_each(|(_, line, _)| titles.add(*line));
        let mut first_title = String::new();
        if index > 0 {
            splitter.split(&self.text, places[0].0);
            let mut filled = splitter.cells(&self.text).iter().filter(|cell| !is_blank(cell));
            first_title = filled.next().map(excerpt).unwrap_or_default();
        }
        let (at, line, records) = places[index];
        let record = splitter.split(&self.text, at);
        let named = shapes[index].extent;
        if named > COLUMNS_MAX {
            let message = format!(
                "the file has {} columns and the most is {COLUMNS_MAX}; export those that matter",
                record.width
            );
            return Err(LocatedFinding::new(Code::ColumnsTooMany, line, 0, message));
        }
        let headings = splitter.cells(&self.text).iter().take(named).map(|cell| bare(cell).to_owned()).collect();
        let (written, next) = (record.width, self.syntax.after(bytes, record.end));
        let next_line = line + record.breaks + 1;
        Ok(Heading { headings, written, line, next, next_line, records: records + 1, titles, first_title })
    }
}

fn unclosed(line: u64) -> LocatedFinding {
    let message =
        format!("a quote that opens a cell on line {line} is never closed; close it, or double it if it is text");
    LocatedFinding::new(Code::FileSyntax, line, 0, message)
}

fn titles(titles: &Passed, first: &str, heading_line: u64) -> Option<LocatedFinding> {
    (titles.count > 0).then(|| {
        let rows = titles.rows(&format!(" above the headings of line {heading_line}"));
        let message = format!("passed over {rows}, such as \"{first}\"");
        LocatedFinding::new(Code::RowsTitle, titles.first_line(), 0, message)
    })
}

/// What the scan found, but for rows of another width.
fn faults(scanned: &Scanned, dialect: &Dialect) -> Vec<LocatedFinding> {
    let mut findings: Vec<LocatedFinding> = scanned.unclosed.map(unclosed).into_iter().collect();
    let mut tell = |code, passed: &Passed, before: &str, after: &str| {
        if passed.count > 0 {
            let message = format!("{before} {}{after}", passed.rows(""));
            findings.push(LocatedFinding::new(code, passed.first_line(), 0, message));
        }
    };
    let swallowed = "a quoted cell of several lines has text behind its closing quote in";
    tell(Code::FileSyntax, &scanned.swallowed, swallowed, "; a quote may be missing there");
    let long = "a cell has more than 1,048,576 bytes in";
    tell(Code::CellTooLong, &scanned.long_cells, long, "; shorten it, or look for a quote that is not closed");
    let misplaced = "a quote inside a quoted cell was read as text in";
    tell(Code::QuoteMisplaced, &scanned.misplaced, misplaced, "; double it in the file");
    tell(Code::RowsBlank, &dialect.blanks, "left out", " of delimiters alone");
    findings
}
