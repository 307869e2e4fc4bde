//! Workbooks.

use super::archive::{BEHIND, SheetXml, book, rows_xml, workbook};
use super::*;

#[test]
fn cells_are_read_as_a_person_sees_them() {
    let bytes = book(&[
        &["Id", "Name", "Since", "Seen", "Share", "Pipeline", "Active", "Score", "Note"],
        &[
            "1",
            "Müller & Söhne",
            "<c r=\"@\" s=\"1\"><v>46352</v></c>",
            "<c r=\"@\" s=\"2\"><v>46352.3055555556</v></c>",
            "<c r=\"@\" s=\"3\"><v>0.25</v></c>",
            "<c r=\"@\" s=\"4\"><v>1250.5</v></c>",
            "<c r=\"@\" t=\"b\"><v>1</v></c>",
            "<c r=\"@\"><f>SUM(A1:A2)</f><v>1E16</v></c>",
            "two\nlines",
        ],
        &[
            "2",
            " kept ",
            "",
            "",
            "",
            "<c r=\"@\" t=\"e\"><v>#N/A</v></c>",
            "",
            "<c r=\"@\" t=\"str\"><f>X</f><v>text</v></c>",
        ],
    ]);
    let table = open(bytes);
    assert_eq!(table.headings().join("|"), "Id|Name|Since|Seen|Share|Pipeline|Active|Score|Note");
    let expected = [
        (2, "1|Müller & Söhne|2026-11-26|2026-11-26T07:20:00|0.25|1250.5|TRUE|10000000000000000|two\nlines".to_owned()),
        (3, "2| kept |||||#N/A||text|".replace("|||||#N/A||", "||||#N/A||")),
    ];
    assert_eq!(rows(&table), expected);
    assert_eq!(codes(table.findings()), []);
    assert_eq!(table.dialect().to_string(), "workbook, sheet \"Sheet1\"");
}

#[test]
fn shared_strings_and_rows_that_are_not_there() {
    let cell = |place: &str, n: usize| format!("<c r=\"{place}\" t=\"s\"><v>{n}</v></c>");
    let data = format!(
        "<row r=\"3\">{}{}</row><row r=\"4\" hidden=\"1\">{}</row><row r=\"900\">{}<c r=\"B900\" s=\"1\"/></row>",
        cell("A3", 0),
        cell("B3", 1),
        cell("A4", 2),
        cell("A900", 2)
    );
    let strings =
        "<sst uniqueCount=\"3\"><si><t>id</t></si><si><r><t>na</t></r><r><t>me</t></r></si><si><t>x</t></si></sst>";
    let table = open(workbook(&[SheetXml("A", "visible", data)], strings));
    assert_eq!(table.headings(), ["id", "name"]);
    assert_eq!((table.heading_line(), rows(&table)), (3, vec![(4, "x|".to_owned()), (900, "x|".to_owned())]));
    assert_eq!(codes(table.findings()), [(Code::RowsHidden, 0)]);
    assert!(table.findings()[0].finding.message.starts_with("read 1 row that the sheet hides"));
}

#[test]
fn titles_and_footers_of_formatted_reports_are_passed_over() {
    let table = open(book(&[
        &["Accounts by owner"],
        &["As of 2026-11-26 07:20:00 Pacific Standard Time"],
        &[],
        &["", "Filtered By"],
        &["", "Show: All accounts"],
        &[],
        &["Account ID", "Account Name", "Open Pipeline"],
        &["1", "A", "5"],
        &["2", "B", "6"],
        &["Subtotal", "Sum", "11"],
        &["3", "Total", "7"],
        &["Total", "", "18"],
        &[],
        &["Copyright © 2000-2026 salesforce.com, inc. All rights reserved."],
        &["Confidential Information - Do Not Distribute"],
    ]));
    let expected = [(8, "1|A|5"), (9, "2|B|6"), (11, "3|Total|7")].map(|(line, row)| (line, row.to_owned()));
    assert_eq!(rows(&table), expected);
    assert_eq!(codes(table.findings()), [(Code::RowsTitle, 1), (Code::RowsFooter, 14), (Code::RowsTotal, 10)]);
    assert_eq!(table.dialect().totals.first_lines, [10, 12]);
}

#[test]
fn the_first_sheet_that_is_shown_and_holds_anything_is_read() {
    let data = |id: &str| rows_xml(&[&["id", "x"], &[id, "1"]]);
    let sheets = || {
        [
            SheetXml("Empty", "visible", String::new()),
            SheetXml("Hidden", "hidden", data("h")),
            SheetXml("First", "visible", data("a")),
            SheetXml("Second &amp; last", "visible", data("b")),
        ]
    };
    let open_sheet = |bytes: Vec<u8>, sheet: Option<&str>| {
        let options = TableOptions { sheet: sheet.map(String::from), threads: 1 };
        Table::open(Source::bytes("file", bytes), &options)
    };
    let table = open(workbook(&sheets(), ""));
    assert_eq!((rows(&table), table.dialect().sheet.as_deref()), (vec![(2, "a|1".to_owned())], Some("First")));
    assert_eq!(codes(table.findings()), [(Code::SheetsUnread, 0)]);
    assert!(table.findings()[0].finding.message.contains("\"Second & last\""), "{:?}", table.findings());
    for (name, id) in [("Second & last", "b|1"), (" second & LAST", "b|1"), ("Hidden", "h|1")] {
        let table = open_sheet(workbook(&sheets(), ""), Some(name)).expect("the sheet is there");
        assert_eq!(rows(&table)[0].1, id);
    }
    let faults = open_sheet(workbook(&sheets(), ""), Some("Third")).expect_err("there is none");
    assert_eq!(codes(&faults.findings), [(Code::SheetUnknown, 0)]);
    assert!(faults.to_string().contains("\"Empty\", \"Hidden\", \"First\""), "{faults}");
    let hidden = workbook(&[SheetXml("Hidden", "veryHidden", data("h"))], "");
    assert_eq!(rows(&open(hidden))[0].1, "h|1");
}

#[test]
fn a_cell_far_outside_is_told_and_costs_nothing() {
    let heading = rows_xml(&[&["id", "x"]]);
    let row = |n: usize| format!("<row r=\"{n}\"><c r=\"A{n}\"><v>{n}</v></c><c r=\"XFD{n}\"><v>9</v></c></row>");
    let data: String = (2..2_000).map(row).collect();
    let table = open(workbook(&[SheetXml("A", "visible", heading + &data)], ""));
    assert_eq!(table.row_count(), 1_998);
    assert!(table.text.len() < 20_000, "{} bytes", table.text.len());
    assert_eq!(codes(table.findings()), [(Code::CellOutside, 2)]);
    let message = &table.findings()[0].finding.message;
    assert!(
        message.starts_with("1998 cells not read, outside the table's 2 columns") && message.contains("XFD2"),
        "{message}"
    );
    let far = "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>id</v></c><c r=\"XFD1\"><v>9</v></c></row><row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c></row>";
    let table = open(workbook(&[SheetXml("A", "visible", far.to_owned())], ""));
    assert_eq!((table.headings().len(), rows(&table)), (1, vec![(1_048_576, "1".to_owned())]));
}

#[test]
fn formulas_without_a_stored_value_are_told() {
    let table =
        open(book(&[&["id", "x"], &["1", "<c r=\"@\"><f>A1*2</f></c>"], &["2", "<c r=\"@\"><f>A1*2</f><v>4</v></c>"]]));
    assert_eq!(rows(&table), [(2, "1|".to_owned()), (3, "2|4".to_owned())]);
    assert_eq!(codes(table.findings()), [(Code::FormulaEmpty, 2)]);
}

#[test]
fn merged_cells_are_read_into_each_of_their_rows() {
    let rows_of = |owners: [&str; 4]| {
        let [a, b, c, d] = owners;
        rows_xml(&[
            &["Owner", "Id", "x"],
            &[a, "1", "5"],
            &[b, "2", "6"],
            &[c, "3", "7"],
            &["", "", ""],
            &[d, "4", "8"],
        ])
    };
    let areas = "<mergeCells count=\"2\"><mergeCell ref=\"A2:A5\"/><mergeCell ref=\"B6:C6\"/></mergeCells>";
    let data = rows_of(["Ana", "", "<c r=\"@\" s=\"1\"/>", ""]) + BEHIND + areas;
    let table = open(workbook(&[SheetXml("A", "visible", data)], ""));
    let expected =
        [(2, "Ana|1|5"), (3, "Ana|2|6"), (4, "Ana|3|7"), (6, "|4|8")].map(|(line, row)| (line, row.to_owned()));
    assert_eq!(rows(&table), expected);
    assert_eq!(codes(table.findings()), [(Code::CellsMerged, 3)]);
    let table = open(workbook(&[SheetXml("A", "visible", rows_of(["Ana", "", "", ""]))], ""));
    assert_eq!((rows(&table)[1].1.as_str(), codes(table.findings())), ("|2|6", vec![]));
}
