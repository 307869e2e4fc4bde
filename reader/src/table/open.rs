//! The one look over the whole file.

use super::block::Block;
use super::limits::FILE_BYTES_MAX;
use super::split::{Splitter, Syntax};
use super::{Dialect, Source, Table, TableFaults, TableOptions};
use carve_solver::finding::Code;

/// As [`Table::open`].
pub(super) fn open(source: Source, options: &TableOptions) -> Result<Table, TableFaults> {
    let name = source.name().to_owned();
    let unreadable = |error| TableFaults::one(Code::FileUnreadable, 0, format!("{name} cannot be read: {error}"));
    let bytes = source.read(FILE_BYTES_MAX).map_err(unreadable)?;
    let text = String::from_utf8(bytes).map_err(|_| TableFaults::one(Code::InvalidUtf8, 0, "the file is not UTF-8"))?;
    let syntax = Syntax::text(b',');
    let mut splitter = Splitter::new(syntax, super::limits::COLUMNS_MAX);
    let (mut at, mut line) = (0, 1);
    let mut headings: Option<(Vec<String>, u64)> = None;
    let mut block = Block::default();
    while at < text.len() {
        let record = splitter.split(&text, at);
        if record.end > at {
            match headings {
                Some(_) => block.rows.push([at as u32, line as u32]),
                None => headings = Some((splitter.cells(&text).iter().map(|cell| cell.trim().to_owned()).collect(), line)),
            }
        }
        line += record.breaks + 1;
        at = record.end + if text[record.end..].starts_with("\r\n") { 2 } else { 1 };
    }
    let Some((headings, heading_line)) = headings else {
        let message = "the file is empty; give a heading and a row for each account";
        return Err(TableFaults::one(Code::BookEmpty, 1, message));
    };
    let row_count = block.row_count();
    let dialect = Dialect { delimiter: Some(','), ..Dialect::default() };
    let threads = options.threads.max(1);
    let blocks = vec![block];
    Ok(Table { name, headings, heading_line, dialect, findings: Vec::new(), text, syntax, blocks, row_count, threads })
}
