//! Workbooks for tests, part by part.

use std::io::{Cursor, Write};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A sheet: its name, its state, and what stands in its `sheetData`.
pub(in crate::table) struct SheetXml<'a>(
    pub(in crate::table) &'a str,
    pub(in crate::table) &'a str,
    pub(in crate::table) String,
);

/// Number formats by the style's number: 0 none, 1 a date, 2 date and time, 3 percent, 4 dollars.
const STYLES: &str = "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
    <numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"&quot;$&quot;#,##0.00\"/></numFmts>\
    <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"22\"/><xf numFmtId=\"10\"/><xf numFmtId=\"164\"/></cellXfs></styleSheet>";

/// What parts the rows of a sheet from what stands behind them.
pub(in crate::table) const BEHIND: &str = "<!-- behind -->";

/// An archive with these parts.
pub(in crate::table) fn archive(parts: &[(&str, &str)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("memory takes every part");
        writer.write_all(text.as_bytes()).expect("memory takes every byte");
    }
    writer.finish().expect("memory takes every byte").into_inner()
}

/// A workbook of these sheets and shared strings.
pub(in crate::table) fn workbook(sheets: &[SheetXml<'_>], strings: &str) -> Vec<u8> {
    let main = "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"";
    let package = "http://schemas.openxmlformats.org/package/2006/relationships";
    let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    let (mut list, mut links) = (String::new(), String::new());
    let mut parts: Vec<(String, String)> = Vec::new();
    for (SheetXml(name, state, data), n) in sheets.iter().zip(1..) {
        list.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{n}\" state=\"{state}\" r:id=\"rId{n}\"/>"));
        links.push_str(&format!(
            "<Relationship Id=\"rId{n}\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet{n}.xml\"/>"
        ));
        let (data, behind) = data.split_once(BEHIND).unwrap_or((data, ""));
        let sheet = format!("<worksheet {main}><sheetData>{data}</sheetData>{behind}</worksheet>");
        parts.push((format!("xl/worksheets/sheet{n}.xml"), sheet));
    }
    let root = format!(
        "<Relationships xmlns=\"{package}\"><Relationship Id=\"rId1\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
    );
    let book = format!("<workbook {main} xmlns:r=\"{office}\"><sheets>{list}</sheets></workbook>");
    let links = format!("<Relationships xmlns=\"{package}\">{links}</Relationships>");
    let mut all = vec![
        ("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"/>"),
        ("_rels/.rels", &root),
        ("xl/workbook.xml", &book),
        ("xl/_rels/workbook.xml.rels", &links),
        ("xl/styles.xml", STYLES),
    ];
    if !strings.is_empty() {
        all.push(("xl/sharedStrings.xml", strings));
    }
    all.extend(parts.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    archive(&all)
}

/// Rows of a sheet from rows of text: what is a number is a number, what begins with `<` is a cell's own XML (`@` stands
/// for its place), the rest is text.
pub(in crate::table) fn rows_xml(rows: &[&[&str]]) -> String {
    let mut xml = String::new();
    for (row, number) in rows.iter().zip(1..) {
        xml.push_str(&format!("<row r=\"{number}\">"));
        for (column, cell) in row.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
            let place = format!("{}{number}", char::from(b'A' + column as u8));
            let escaped = cell.replace('&', "&amp;").replace('<', "&lt;");
            xml.push_str(&match cell {
                own if own.starts_with('<') => own.replace('@', &place),
                cell if cell.parse::<f64>().is_ok() => format!("<c r=\"{place}\"><v>{cell}</v></c>"),
                _ => format!("<c r=\"{place}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{escaped}</t></is></c>"),
            });
        }
        xml.push_str("</row>");
    }
    xml
}

/// A workbook of one sheet with these rows.
pub(in crate::table) fn book(rows: &[&[&str]]) -> Vec<u8> {
    workbook(&[SheetXml("Sheet1", "visible", rows_xml(rows))], "")
}
