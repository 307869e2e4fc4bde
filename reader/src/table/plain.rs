//! Rows without anything to be looked at twice, known without splitting them into cells. Most rows of a file are.

use super::heading::bare;
use super::judge::speaks_of_no_account;
use super::limits::CELL_BYTES_MAX;
use super::scan::Below;
use memchr::{memchr, memchr3};

/// Where a plain row that begins at `start` ends; `None`: it has to be split.
///
/// A plain row has no quotes, as many cells as there are headings, its first cell and a further one hold something, and it
/// speaks of an account.
pub(super) fn plain_end(below: Below<'_>, start: usize) -> Option<usize> {
    let row = &below.text.as_bytes()[start..];
    let [end, other_end] = below.syntax.ends;
    let length = memchr3(end, other_end, below.syntax.quote.unwrap_or(end), row)?;
    let row = &row[..length];
    let is_short = length <= CELL_BYTES_MAX && below.syntax.is_end(below.text.as_bytes()[start + length]);
    let delimiter = below.syntax.delimiter;
    if !is_short || count(delimiter, row) + 1 != below.named {
        return None;
    }
    let filled = |byte: u8| byte.is_ascii_graphic() && byte != delimiter;
    // What a byte order mark or `="` stands before is looked at as a whole.
    if !row.first().is_some_and(|first| filled(*first) && *first != b'=') {
        return None;
    }
    let first = memchr(delimiter, row).unwrap_or(length);
    let is_sparse = below.named > 1 && !row[first..].windows(2).any(|pair| pair[0] == delimiter && filled(pair[1]));
    let text = &below.text[start..start + first];
    let is_heading = || below.first.as_bytes().first() == row.first() && bare(text) == below.first;
    (!is_sparse && !speaks_of_no_account(text) && !is_heading()).then_some(start + length)
}

/// How often a byte stands in a row, which is short.
fn count(byte: u8, row: &[u8]) -> usize {
    let (chunks, rest) = row.as_chunks::<CHUNK>();
    let of = |some: &[u8]| some.iter().fold(0_u8, |count, other| count.wrapping_add(u8::from(*other == byte)));
    chunks.iter().map(|chunk| usize::from(of(chunk))).sum::<usize>() + usize::from(of(rest))
}

/// Bytes that are counted at once: few enough for a count in one byte.
const CHUNK: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::split::Syntax;

    #[test]
    fn rows_are_plain_where_nothing_has_to_be_looked_at() {
        let check = |text: &str, end: Option<usize>| {
            let below = Below {
                text,
                syntax: Syntax::text(b','),
                start: 0,
                line: 1,
                records: 1,
                named: 3,
                written: 3,
                first: "id",
            };
            assert_eq!(plain_end(below, 0), end, "{text:?}");
        };
        for (text, end) in [
            ("1,a,2\n3,b,4\n", 5),
            ("1,,2\r\n", 4),
            ("1,a,\r", 4),
            ("A,Total,2\n", 9),
            ("Totem,a,2\n", 9),
            ("identity,a,2\n", 12),
        ] {
            check(text, Some(end));
        }
        for text in [
            "",
            "\n",
            "1,a,2",
            "1,a\n",
            "1,a,2,3\n",
            "1,,\n",
            ",a,2\n",
            " ,a,2\n",
            "É,a,2\n",
            "\"1\",a,2\n",
            "1,a \"b\",2\n",
            "1,\"a\nb\",2\n",
            "id,name,x\n",
            "=\"id\",name,x\n",
            "Total,5,2\n",
            "Copyright (c) 2026,5,2\n",
        ] {
            check(text, None);
        }
        let long = "x".repeat(CELL_BYTES_MAX - 3);
        check(&format!("{long},a,\n"), Some(CELL_BYTES_MAX));
        check(&format!("{long}x,a,\n"), None);
    }
}
