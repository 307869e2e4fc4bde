//! Files for loaders, in parts that these take.

use crate::ReportError;
use crate::output::write_file;
use crate::staging::Staging;
use crate::table::Table;

/// A file for a loader.
pub(super) struct Load<'a> {
    /// Its folder in the folder for results.
    pub folder: &'a str,
    /// Its name without `.csv`; the second part and later ones have a number behind it.
    pub name: &'a str,
    pub headings: &'a [&'a str],
    /// The most rows of a part, its heading not counted.
    pub rows_max: usize,
}

/// The most bytes of a part: Salesforce's Bulk API takes 100 MB, and its pages do not say whether of 1,000 or 1,024.
pub(super) const BYTES_MAX: usize = 100_000_000;

impl Load<'_> {
    /// Writes the rows, in as many parts as it takes; without rows one with the heading alone. Gives how many rows
    /// there are.
    pub fn write<'r>(
        &self,
        staging: &Staging,
        rows: impl Iterator<Item = Vec<std::borrow::Cow<'r, str>>>,
    ) -> Result<usize, ReportError> {
        self.write_up_to(BYTES_MAX, staging, rows)
    }

    fn write_up_to<'r>(
        &self,
        bytes_max: usize,
        staging: &Staging,
        rows: impl Iterator<Item = Vec<std::borrow::Cow<'r, str>>>,
    ) -> Result<usize, ReportError> {
        let mut rows = rows.peekable();
        let heading: usize = self.headings.iter().map(|cell| size(cell)).sum();
        let (mut total, mut part) = (0, 0);
        while part == 0 || rows.peek().is_some() {
            part += 1;
            let number = if part == 1 { String::new() } else { format!("-{part}") };
            write_file(staging, &format!("{}/{}{number}.csv", self.folder, self.name), |out| {
                let mut table = Table::exact(out);
                table.row(self.headings)?;
                let (mut bytes, mut count) = (heading, 0);
                let fits = |row: &Vec<std::borrow::Cow<'r, str>>, bytes: usize, count: usize| {
                    // A row that is too large by itself has a part of its own.
                    count == 0
                        || (count < self.rows_max
                            && bytes + row.iter().map(|cell| size(cell)).sum::<usize>() <= bytes_max)
                };
                while let Some(row) = rows.next_if(|row| fits(row, bytes, count)) {
                    bytes += row.iter().map(|cell| size(cell)).sum::<usize>();
                    count += 1;
                    table.row(row)?;
                }
                total += count;
                table.end()
            })?;
        }
        Ok(total)
    }
}

/// The most bytes that a cell takes: with quotes around it, each of its own doubled, and what ends it.
fn size(cell: &str) -> usize {
    cell.len() + cell.matches('"').count() + 3
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::borrow::Cow;
    use std::fs;

    fn parts(rows_max: usize, bytes_max: usize, rows: usize) -> Vec<String> {
        let dir = tempfile::tempdir().expect("a folder");
        let staging = Staging::new(dir.path()).expect("usable");
        let load = Load { folder: "crm/now", name: "owners", headings: &["Id", "OwnerId"], rows_max };
        let row = |i: usize| vec![Cow::from(format!("{i}")), Cow::from("a\"b")];
        assert_eq!(load.write_up_to(bytes_max, &staging, (0..rows).map(row)).expect("written"), rows);
        staging.publish([]).expect("published");
        let mut files: Vec<_> = fs::read_dir(dir.path().join("crm/now"))
            .expect("there")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.sort_by_key(|path| (path.as_os_str().len(), path.clone()));
        files.iter().map(|path| fs::read_to_string(path).expect("UTF-8")).collect()
    }

    #[test]
    fn a_file_is_divided_where_a_loader_takes_no_more() {
        assert_eq!(parts(9, 1_000, 0), ["Id,OwnerId\n"]);
        assert_eq!(parts(9, 1_000, 2), ["Id,OwnerId\n0,\"a\"\"b\"\n1,\"a\"\"b\"\n"]);
        assert_eq!(parts(2, 1_000, 5).iter().map(|part| part.lines().count()).collect::<Vec<_>>(), [3, 3, 2]);
        assert_eq!(parts(2, 1_000, 4).len(), 2);
        let small = parts(9, 40, 5);
        assert!(
            small.len() > 1 && small.iter().all(|part| part.len() <= 40 && part.starts_with("Id,OwnerId\n")),
            "{small:?}"
        );
        assert_eq!(parts(9, 1, 3).len(), 3);
    }
}
