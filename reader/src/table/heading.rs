//! Which row holds the headings.

/// Rows of the beginning of a table among which the headings are looked for.
pub(super) const SAMPLE_ROWS: usize = 100;

/// What a row of the beginning of a table is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// Cells that hold anything.
    pub(super) filled: usize,
    /// Cells up to the last that holds anything.
    pub(super) extent: usize,
}

impl Shape {
    /// Of a row with these cells.
    pub(super) fn of<'a>(cells: impl Iterator<Item = &'a str>) -> Shape {
        let mut shape = Shape { filled: 0, extent: 0 };
        for (column, cell) in cells.enumerate() {
            if !is_blank(cell) {
                shape.filled += 1;
                shape.extent = column + 1;
            }
        }
        shape
    }
}

/// Whether a cell holds nothing but white space.
pub(super) fn is_blank(cell: &str) -> bool {
    match cell.as_bytes().first() {
        None => true,
        Some(first) if first.is_ascii_graphic() => false,
        Some(_) => cell.trim().is_empty(),
    }
}

/// A heading without white space around it. Where files were put together, a byte order mark may stand before it, and its
/// quotes with it.
pub(super) fn bare(heading: &str) -> &str {
    let heading = heading.trim();
    // A program may write every cell so, that spreadsheets keep it as text.
    let heading = heading.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"')).unwrap_or(heading).trim();
    heading.strip_prefix('\u{FEFF}').map_or(heading, |rest| rest.trim().trim_matches('"'))
}

/// Which of the first rows holds the headings: the first that fills more than half of what is the usual width. Titles
/// and filters of a report have a cell or two; a wider row is never passed over, since it could be an account.
pub(super) fn heading(shapes: &[Shape]) -> Option<usize> {
    let usual = usual_fill(shapes);
    let first_wide = shapes.iter().position(|shape| shape.filled > 0 && shape.filled * 2 > usual);
    first_wide.or_else(|| shapes.iter().position(|shape| shape.filled > 0))
}

/// The number of filled cells whose rows hold most cells together: that of the accounts, even of a few below many
/// filters of one cell.
fn usual_fill(shapes: &[Shape]) -> usize {
    let cells = |filled: usize| shapes.iter().filter(|shape| shape.filled == filled).count() * filled;
    shapes.iter().map(|shape| shape.filled).max_by_key(|filled| (cells(*filled), *filled)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_passed_over_and_wide_rows_never() {
        let check = |rows: &[&str], expected| {
            let shapes: Vec<Shape> = rows.iter().map(|row| Shape::of(row.split(','))).collect();
            assert_eq!(heading(&shapes), expected, "{rows:?}");
        };
        check(&["a,b,c", "1,2,3"], Some(0));
        check(&["Accounts", "", "a,b,c", "1,2,3", "4,,"], Some(2));
        check(&["Filter,x", "Filter,y", "Filter,z", "a,b,c,d,e", "1,2,3,4,5", "1,2,3,4,5"], Some(3));
        check(&["a,b,c", "1,,", "2,,", "3,,"], Some(0));
        check(&["", ",,", "a"], Some(2));
        check(&["a", "1"], Some(0));
        check(&["", ",,"], None);
        check(&[], None);
        // An account that lacks most of its cells is no title: the wide row above it is.
        check(&["a,b,c,d", "1,,,", "1,2,3,4"], Some(0));
    }
}
