//! The cases of files as tables, before anything is known of their columns. The workbooks were written by openpyxl.

use super::*;
use carve_reader::{Source, Table, TableOptions};

/// Whether a file is a table without errors, and the codes of all findings; of the sheet of this name, if there is one.
pub(super) fn read_table(bytes: &[u8], sheet: Option<&str>) -> (bool, Vec<Code>) {
    let options = TableOptions { sheet: sheet.map(String::from), ..TableOptions::default() };
    let findings = match Table::open(Source::bytes("accounts", bytes), &options) {
        Ok(table) => table.findings().to_vec(),
        Err(faults) => faults.findings,
    };
    let accepted = findings.iter().all(|f| f.finding.severity != Severity::Error);
    (accepted, findings.iter().map(|f| f.finding.code).collect())
}

fn table(bytes: impl AsRef<[u8]>) -> Given {
    Given::Table(bytes.as_ref().to_vec(), None)
}

fn workbook(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/workbooks").join(name);
    std::fs::read(path).expect("the workbook is there")
}

/// A workbook whose archive states that its first part unpacks to 4 GiB.
fn swollen(workbook: &[u8]) -> Vec<u8> {
    let mut bytes = workbook.to_vec();
    let entry = bytes.windows(4).position(|four| four == b"PK\x01\x02").expect("it lists its parts");
    bytes[entry + 24..entry + 28].copy_from_slice(&0xFFFF_FFF0_u32.to_le_bytes());
    bytes
}

/// Two accounts, and below them these lines.
fn above(lines: &str) -> Given {
    table(format!("account_id,name,open_pipeline\na,A,5\nb,B,6\n{lines}"))
}

pub(super) fn cases_of_tables() -> Vec<Case> {
    let plain = || table(workbook("plain.xlsx"));
    let sheet = |name: &str| Given::Table(workbook("two_sheets.xlsx"), Some(name.to_owned()));
    // Whole blocks of sixteen rows, but for the one that the heading begins.
    let rows = |short: usize| {
        let row = |n| if n < short { format!("a{n},A,5\n") } else { format!("a{n},A\n") };
        table("account_id,name,open_pipeline\n".to_owned() + &(1..32).map(row).collect::<String>())
    };
    let cell = |bytes: usize| table(format!("account_id,note\na,{}\n", "x".repeat(bytes)));
    let whole = workbook("plain.xlsx");
    use Code::*;
    vec![
        case(FileKind, table(b"%PDF-1.7\n"), table("PDF,x\na,b\n")),
        case(FileKind, table(b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), plain()),
        case(FileTooLarge, table(swollen(&whole)), plain()),
        case(FileSyntax, table(&whole[..whole.len() - 30]), table(&whole)),
        case(FileSyntax, table("id,x\na,\"open\nb,c\n"), table("id,x\na,\"closed\"\nb,c\n")),
        case(BookEmpty, table(workbook("empty.xlsx")), plain()),
        case(SheetUnknown, sheet("New"), sheet("Old")),
        case(SheetsUnread, table(workbook("two_sheets.xlsx")), plain()),
        case(EncodingRead, table(b"id,name\na,M\xFCller\n"), table("id,name\na,Müller\n")),
        case(
            InvalidUtf8,
            table(b"id,name\na,M\xC3\xBCller\nb,M\xFCller\n"),
            table(b"id,name\na,M\xFCller\nb,M\xFCller\n"),
        ),
        case(TextGarbled, table("id,name\na,MÃ¼ller\n"), table("id,name\na,SÃO JOÃO\n")),
        case(NulBytes, table("id,name\na,A\0\n"), table("id,name\na,A \n")),
        case(DelimiterRead, table("id;name\na;A, Inc\n"), table("id,name\na,A; B\n")),
        case(QuoteMisplaced, table("id,name\na,\"A\" Inc\n"), table("id,name\na,\"\"\"A\"\" Inc\"\n")),
        case(RowsTitle, table("Accounts\n\nid,name,x\na,A,1\n"), table("\nid,name,x\na,A,1\n")),
        case(RowsBlank, above(",,\n"), above("\n\n")),
        case(RowsHeading, above("account_id,name,open_pipeline\n"), above("account_id,name,7\n")),
        case(RowsFooter, above("\nCopyright (c) 2026\n"), above("c,Copyright (c) 2026,7\n")),
        case(RowsTotal, above("Total,,11\n"), above("c,Total,7\n")),
        case(RowsDoubtful, table("name,x,y\nA,1,2\nTotal,3,4\n"), table("name,id,y\nA,1,2\nTotal,3,4\n")),
        case(RowsShortened, rows(16), rows(32)),
        case(RowLength, rows(15), rows(32)),
        case(RowLength, rows(17), rows(16)),
        case(RowsHidden, table(workbook("hidden_row.xlsx")), plain()),
        case(CellTooLong, cell(1_048_577), cell(1_048_576)),
        case(CellOutside, table(workbook("far_cell.xlsx")), plain()),
        case(CellsMerged, table(workbook("merged.xlsx")), plain()),
        case(FormulaEmpty, table(workbook("formula.xlsx")), plain()),
    ]
}
