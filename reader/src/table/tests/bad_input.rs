//! Each bad file beside its twin, as near as can be, that is read.

use super::archive::{SheetXml, archive, book, rows_xml, workbook};
use super::*;

/// A file with an error, and one that is read without it.
struct Case {
    code: Code,
    rejected: Vec<u8>,
    accepted: Vec<u8>,
}

fn case(code: Code, rejected: impl AsRef<[u8]>, accepted: impl AsRef<[u8]>) -> Case {
    Case { code, rejected: rejected.as_ref().to_vec(), accepted: accepted.as_ref().to_vec() }
}

/// Codes of the errors.
fn errors(bytes: &[u8]) -> Vec<Code> {
    let found = match open_by(bytes, open::PART_BYTES, 2) {
        Ok(table) => table.findings().to_vec(),
        Err(faults) => faults.findings,
    };
    found.into_iter().map(|f| f.finding).filter(|f| f.severity == Severity::Error).map(|f| f.code).collect()
}

fn check(cases: Vec<Case>) {
    for Case { code, rejected, accepted } in cases {
        let excerpt = String::from_utf8_lossy(&rejected[..rejected.len().min(60)]).into_owned();
        assert_eq!(errors(&rejected), [code], "{excerpt}");
        assert_eq!(errors(&accepted), [], "{code}: {excerpt}");
    }
}

const GOOD: &str = "id,name\n1,A\n";

fn wide(columns: usize) -> String {
    let headings: Vec<String> = (1..=columns).map(|n| format!("c{n}")).collect();
    format!("{}\n{}\n", headings.join(","), vec!["1"; columns].join(","))
}

#[test]
fn files_that_are_no_tables_are_named() {
    let compound = |name: &str| {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        [b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), vec![0; 1_000], wide, vec![0; 100]].concat()
    };
    for (bytes, what) in [
        (b"%PDF-1.7 \x80".to_vec(), "a PDF; export"),
        (b"\x1F\x8B\x08\0\0".to_vec(), "gzip; unpack"),
        (compound("EncryptedPackage"), "protected by a password"),
        (compound("Workbook"), "(.xls)"),
        (compound("WordDocument"), "no workbook"),
        (b"  <HTML><table>".to_vec(), "HTML page"),
        (b"\xEF\xBB\xBF<table><tr>".to_vec(), "HTML table"),
        (b"<?xml version=\"1.0\"?><Workbook/>".to_vec(), "XML"),
        (b"[{\"id\": 1}]".to_vec(), "JSON"),
        (archive(&[("mimetype", "application/vnd.oasis.opendocument.spreadsheet")]), "(.ods)"),
        (archive(&[("[Content_Types].xml", ""), ("xl/workbook.bin", "")]), "(.xlsb)"),
        (archive(&[("[Content_Types].xml", ""), ("word/document.xml", "")]), "Word"),
        (archive(&[("accounts.csv", GOOD)]), "zip archive of 1 file (\"accounts.csv\")"),
    ] {
        let faults = open_by(&bytes, open::PART_BYTES, 1).expect_err(what);
        assert_eq!(codes(&faults.findings), [(Code::FileKind, 0)], "{what}");
        assert!(faults.to_string().contains(what), "{faults} has no {what}");
        check(vec![case(Code::FileKind, bytes, GOOD)]);
    }
}

#[test]
fn texts_that_are_broken_are_refused() {
    let long = |bytes: usize| format!("id,name\n1,{}\n", "x".repeat(bytes));
    check(vec![
        case(Code::BookEmpty, "", GOOD),
        case(Code::BookEmpty, "\u{FEFF}\n\n,\n", GOOD),
        case(Code::BookEmpty, "id,name\n,\n", GOOD),
        case(Code::FileSyntax, "id,name\n1,\"A\n2,B\n", "id,name\n1,\"A\"\n2,B\n"),
        case(Code::FileSyntax, "\"id,name\n1,A\n2,B\n", "\"id\",name\n1,A\n2,B\n"),
        case(Code::FileSyntax, "id,name\n1,\"A\n2,\"B\",\n3,C\n", "id,name\n1,\"A\n2\"\n3,C\n"),
        case(Code::NulBytes, "id,name\n1,A\0\n", GOOD),
        case(Code::NulBytes, format!("id,name\n1,A{}\n", "\0".repeat(5_000)), GOOD),
        case(Code::InvalidUtf8, b"id,name\n1,M\xC3\xBCller\n2,M\xFCller\n", "id,name\n1,Müller\n2,Müller\n"),
        case(Code::InvalidUtf8, b"id,name\n1,\x81\x8D\n", b"id,name\n1,\x80\x8C\n"),
        case(Code::InvalidUtf8, b"\xFF\xFEi\0d\0\n\x001\0\n\0\0\xD8a\0", b"\xFF\xFEi\0d\0\n\x001\0\n\x002\0a\0"),
        case(Code::ColumnsTooMany, wide(10_000), wide(limits::COLUMNS_MAX)),
        case(Code::ColumnsTooMany, wide(limits::COLUMNS_MAX + 1), wide(limits::COLUMNS_MAX) + &",".repeat(9_999)),
        case(Code::CellTooLong, long(limits::CELL_BYTES_MAX + 1), long(limits::CELL_BYTES_MAX)),
        case(Code::RowLength, "id,name\n1,A, Inc\n", "id,name\n1,\"A, Inc\"\n"),
        case(Code::RowLength, "id,name\n1\n", "id,name\n1,\n"),
    ]);
}

#[test]
fn workbooks_that_are_broken_are_refused() {
    let good = || book(&[&["id", "x"], &["1", "2"]]);
    let sheet = |data: &str| workbook(&[SheetXml("A", "visible", rows_xml(&[&["id", "x"], &["1", "2"]]) + data)], "");
    let strings = |count: &str| {
        let data = "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row><row r=\"2\"><c r=\"A2\"><v>0</v></c></row>";
        let strings = format!("<sst uniqueCount=\"{count}\"><si><t>id</t></si></sst>");
        workbook(&[SheetXml("A", "visible", data.to_owned())], &strings)
    };
    let long = |bytes: usize| format!("<row r=\"3\"><c r=\"A3\" t=\"str\"><v>{}</v></c></row>", "x".repeat(bytes));
    check(vec![
        case(Code::BookEmpty, workbook(&[SheetXml("A", "visible", String::new())], ""), good()),
        case(Code::BookEmpty, book(&[&["id", "x"]]), good()),
        case(Code::FileSyntax, &good()[..good().len() / 2], good()),
        case(
            Code::FileSyntax,
            sheet("<row r=\"2\"><c r=\"A2\"><v>5</v></c></row>"),
            sheet("<row r=\"3\"><c r=\"A3\"><v>5</v></c></row>"),
        ),
        case(Code::FileSyntax, sheet("<row r=\"3\"><c r=\"A99999999999\"><v>5</v></c></row>"), good()),
        case(
            Code::FileSyntax,
            sheet("<row r=\"3\"><c r=\"A3\" t=\"e\"><v>#SPILL!</v></c></row>"),
            sheet("<row r=\"3\"><c r=\"A3\" t=\"e\"><v>#REF!</v></c></row>"),
        ),
        case(Code::FileSyntax, strings("18446744073709551615"), strings("1")),
        case(Code::FileSyntax, strings("9000000000"), strings("1")),
        case(Code::CellTooLong, sheet(&long(2 * limits::CELL_BYTES_MAX)), sheet(&long(32_767))),
    ]);
}

#[test]
fn a_quote_that_is_never_closed_is_found_at_once() {
    let mut text = "id,name\n".to_owned();
    text.push_str("0,A\n1,\"open\n");
    while text.len() < 8_000_000 {
        text.push_str("2,a name of some length\n");
    }
    let table = open(text);
    assert_eq!(codes(table.findings()), [(Code::FileSyntax, 3)]);
    assert_eq!(rows(&table), [(2, "0|A".to_owned())]);
    let message = &table.findings()[0].finding.message;
    assert!(message.starts_with("a quote that opens a cell on line 3 is never closed"), "{message}");
}
