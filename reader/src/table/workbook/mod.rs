//! A workbook (.xlsx) as text with delimiters, so that its rows are read like those of any other file.

mod package;

mod sheet;

mod cell;

mod merged;

mod write;

use super::finding::{LocatedFinding, TableFaults, counted, excerpt};
use super::open::Text;
use super::split::Syntax;
use super::{Dialect, limits};
use carve_solver::finding::Code;
use package::Package;
use sheet::Sheet;

/// Writes a sheet of a workbook out as text: the one of this name, or the first that is shown and holds anything.
pub(super) fn text(bytes: &[u8], sheet: Option<&str>) -> Result<Text, TableFaults> {
    let package = Package::look_over(bytes, limits::UNPACKED_BYTES_MAX)?;
    let Sheet { name, index, others, written } = sheet::read(bytes, &package, sheet)?;
    let mut findings = Vec::new();
    if !others.is_empty() {
        let named: Vec<String> = others.iter().map(|other| format!("\"{}\"", excerpt(other))).collect();
        let message = format!(
            "read the sheet \"{}\" and none of the others that hold data: {}; name the one to read with --sheet",
            excerpt(&name),
            named.join(", ")
        );
        findings.push(LocatedFinding::new(Code::SheetsUnread, 0, 0, message));
    }
    let hidden = package.hidden_rows(index);
    if hidden > 0 {
        let message = format!("read {} that the sheet hides, as filters do, like the others", counted(hidden, "row"));
        findings.push(LocatedFinding::new(Code::RowsHidden, 0, 0, message));
    }
    findings.extend(written.findings());
    let dialect = Dialect { sheet: Some(name), ..Dialect::default() };
    Ok(Text { text: written.text, syntax: Syntax::WORKBOOK, start: 0, line: 1, dialect, findings })
}

/// The fault of a workbook that is more than is allowed.
fn too_large(what: &str) -> TableFaults {
    let message = format!(
        "the workbook {what} than the {} bytes that are allowed; export it as CSV, or with fewer columns",
        limits::UNPACKED_BYTES_MAX
    );
    TableFaults::one(Code::FileTooLarge, 0, message)
}

/// The fault of a workbook that is not as workbooks are.
fn broken(what: impl std::fmt::Display) -> TableFaults {
    let message = format!("the workbook cannot be read ({what}); open it and save it anew, or export it as CSV");
    TableFaults::one(Code::FileSyntax, 0, message)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::tests::archive::{archive, book};

    /// Codes of the faults of an archive that may unpack to so many bytes.
    fn faults(bytes: &[u8], bytes_max: u64) -> Vec<Code> {
        let faults = Package::look_over(bytes, bytes_max).err().map(|faults| faults.findings).unwrap_or_default();
        faults.into_iter().map(|found| found.finding.code).collect()
    }

    #[test]
    fn what_a_workbook_unpacks_to_is_limited_from_both_sides() {
        let bytes = book(&[&["id", "x"], &["1", &"x".repeat(200_000)]]);
        let (mut least, mut most) = (0, 10_000_000);
        while least + 1 < most {
            let middle = (least + most) / 2;
            if faults(&bytes, middle).is_empty() { most = middle } else { least = middle }
        }
        assert_eq!(faults(&bytes, least), [Code::FileTooLarge]);
        assert!((200_000..210_000).contains(&most), "{most}");
        assert!(bytes.len() < 10_000, "the archive itself is small");
    }

    #[test]
    fn parts_of_a_workbook_are_limited_from_both_sides() {
        let names: Vec<String> = (0..=limits::PARTS_MAX).map(|n| format!("part{n}")).collect();
        let parts: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        let with = |count: usize| [&[("[Content_Types].xml", "")], &parts[..count - 1]].concat();
        assert_eq!(faults(&archive(&with(limits::PARTS_MAX)), 1_000), []);
        assert_eq!(faults(&archive(&with(limits::PARTS_MAX + 1)), 1_000), [Code::FileSyntax]);
    }
}
