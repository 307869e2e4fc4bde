//! Named limits of a file. docs/limits.md lists them; tests try each from both sides.

/// Bytes of a file, also where it comes through standard input. It is held in memory.
pub const FILE_BYTES_MAX: u64 = 4_294_967_296;
/// Bytes of a cell. Salesforce's longest text has 131,072 characters; a quote that is not closed within this many bytes
/// never is.
pub const CELL_BYTES_MAX: usize = 1_048_576;
/// Columns of a table.
pub const COLUMNS_MAX: usize = 4_096;
/// Bytes that a workbook unpacks to, and bytes of the cells of its sheet. A million rows of twenty columns have half of
/// it.
pub const UNPACKED_BYTES_MAX: u64 = 2_147_483_648;
/// Parts of a workbook: sheets, pictures, and what binds them together.
pub const PARTS_MAX: usize = 10_000;
