//! Text files of every make.

use super::*;

/// A file, its headings and rows joined by `|`, and its findings.
struct Case {
    what: &'static str,
    bytes: Vec<u8>,
    headings: &'static str,
    rows: &'static [&'static str],
    findings: &'static [(Code, u64)],
}

fn case(
    what: &'static str,
    bytes: impl AsRef<[u8]>,
    headings: &'static str,
    rows: &'static [&'static str],
    findings: &'static [(Code, u64)],
) -> Case {
    Case { what, bytes: bytes.as_ref().to_vec(), headings, rows, findings }
}

fn check(cases: Vec<Case>) {
    for Case { what, bytes, headings, rows: expected, findings } in cases {
        let table = open(&bytes);
        assert_eq!(table.headings().join("|"), headings, "{what}");
        let found: Vec<String> = rows(&table).into_iter().map(|(line, row)| format!("{line}: {row}")).collect();
        assert_eq!(found, expected, "{what}");
        assert_eq!(codes(table.findings()), findings, "{what}: {:?}", table.findings());
    }
}

fn utf_16(text: &str, to_bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(to_bytes).collect()
}

#[test]
fn delimiters_are_found_whatever_stands_in_the_cells() {
    let semicolon = &[(Code::DelimiterRead, 1)];
    check(vec![
        case("commas", "id,name\n1,A\n2,\"B, C\"\n", "id|name", &["2: 1|A", "3: 2|B, C"], &[]),
        case("semicolons", "id;name\n1;A\n2;B, C\n", "id|name", &["2: 1|A", "3: 2|B, C"], semicolon),
        case("tabs", "id\tname\n1\tA, B\n2\tC; D\n", "id|name", &["2: 1|A, B", "3: 2|C; D"], semicolon),
        case("bars", "id|name\n1|A, B\n2|C\n", "id|name", &["2: 1|A, B", "3: 2|C"], semicolon),
        case(
            "decimal commas",
            "id;x\na;1.234,56\nb;2,5\nc;3,25\n",
            "id|x",
            &["2: a|1.234,56", "3: b|2,5", "4: c|3,25"],
            semicolon,
        ),
        case("lists in cells", "id,kinds\n1,a;b;c\n2,a;b;c\n", "id|kinds", &["2: 1|a;b;c", "3: 2|a;b;c"], &[]),
        case("one column", "id\n1\n2\n", "id", &["2: 1", "3: 2"], &[]),
        case("sep", "sep=;\r\nid;x\r\n1;a,b\r\n", "id|x", &["3: 1|a,b"], &[(Code::DelimiterRead, 2)]),
        case("sep, quoted", "\"sep=,\"\nid,x\n1,a;b\n", "id|x", &["3: 1|a;b"], &[(Code::DelimiterRead, 2)]),
        case("sep, tab", "SEP=\t\nid\tx\n1\ta\n", "id|x", &["3: 1|a"], &[(Code::DelimiterRead, 2)]),
        case("sep that is a heading", "sep=ab,x\n1,a\n", "sep=ab|x", &["2: 1|a"], &[]),
    ]);
}

#[test]
fn encodings_are_found_and_told() {
    let rows = &["2: 1|Müller", "3: 2|Île"];
    let text = "id,name\n1,Müller\n2,Île\n";
    let with_mark = format!("\u{FEFF}{text}");
    let windows: Vec<u8> = text.chars().map(|c| u8::try_from(c).expect("ISO-8859-1")).collect();
    let read = &[(Code::EncodingRead, 1)];
    check(vec![
        case("UTF-8", text, "id|name", rows, &[]),
        case("UTF-8 with a mark", &with_mark, "id|name", rows, &[]),
        case("UTF-16 LE with a mark", utf_16(&with_mark, u16::to_le_bytes), "id|name", rows, read),
        case("UTF-16 BE with a mark", utf_16(&with_mark, u16::to_be_bytes), "id|name", rows, read),
        case("UTF-16 LE", utf_16(text, u16::to_le_bytes), "id|name", rows, read),
        case("UTF-16 BE", utf_16(text, u16::to_be_bytes), "id|name", rows, read),
        case("Windows-1252", windows, "id|name", rows, &[(Code::EncodingRead, 2)]),
        case("Windows-1252 beyond ISO-8859-1", b"id,x\n1,\x80 5\n", "id|x", &["2: 1|€ 5"], &[(Code::EncodingRead, 2)]),
        case("UTF-8 read as Windows-1252", "id,x\n1,MÃ¼ller\n", "id|x", &["2: 1|MÃ¼ller"], &[(Code::TextGarbled, 2)]),
        case("capitals with tildes", "id,x\n1,SÃO JOÃO\n", "id|x", &["2: 1|SÃO JOÃO"], &[]),
    ]);
    let message = &open("id,x\n1,MÃ¼ller\n").findings()[0].finding.message.clone();
    assert!(message.contains("\"MÃ¼ller\" on line 2 (once \"Müller\"?)"), "{message}");
    let message = &open(b"id,x\n1,M\xFCller\n").findings()[0].finding.message.clone();
    assert!(message.contains("Windows-1252") && message.contains("\"Müller\""), "{message}");
}

#[test]
fn quotes_are_read_as_rfc_4180_has_them_and_beyond() {
    let misplaced = &[(Code::QuoteMisplaced, 2)];
    check(vec![
        case("doubled", "id,x\n1,\"say \"\"hi\"\"\"\n", "id|x", &["2: 1|say \"hi\""], &[]),
        case("inside", "id,x\n1,5\" pipe\n2,b\n", "id|x", &["2: 1|5\" pipe", "3: 2|b"], &[]),
        case("empty", "id,x\n1,\"\"\n\"\",b\n", "id|x", &["2: 1|", "3: |b"], &[]),
        case("breaks", "id,x\r\n1,\"a\r\nb\"\r\n2,c\r\n", "id|x", &["2: 1|a\r\nb", "4: 2|c"], &[]),
        case("text behind", "id,x\n1,\"a\" b\n", "id|x", &["2: 1|a b"], misplaced),
        case("blanks behind", "id,x\n1,\"a\"  \n", "id|x", &["2: 1|a"], &[]),
        case("at the end", "id,x\n1,\"a\"", "id|x", &["2: 1|a"], &[]),
        case("all", "\"id\",\"x\"\n\"1\",\"a\"\n", "id|x", &["2: 1|a"], &[]),
    ]);
}

#[test]
fn line_ends_and_blank_rows_of_all_kinds() {
    let blank = &[(Code::RowsBlank, 3)];
    check(vec![
        case("CR", "id,x\r1,a\r2,b", "id|x", &["2: 1|a", "3: 2|b"], &[]),
        case("CRLF", "id,x\r\n\r\n1,a\r\n\r\n2,b\r\n", "id|x", &["3: 1|a", "5: 2|b"], &[]),
        case("blank lines", "\n\nid,x\n\n1,a\n   \n", "id|x", &["5: 1|a"], &[(Code::RowsBlank, 6)]),
        case("delimiters alone", "id,x\n1,a\n,\n , \n\"\",\n2,b\n", "id|x", &["2: 1|a", "6: 2|b"], blank),
        case("trailing", "id,x,,\n1,a,,\n2,b,,\n,,,\n", "id|x", &["2: 1|a", "3: 2|b"], &[(Code::RowsBlank, 4)]),
        case("trailing, not everywhere", "id,x\n1,a,\n2,b,,\n", "id|x", &["2: 1|a", "3: 2|b"], &[]),
        case("no heading above", "id,,x,\n1,a,b,\n2,,,c\n", "id||x|", &["2: 1|a|b|", "3: 2|||c"], &[]),
        case("no heading, nothing there", "id,,x,\n1,,b,\n2,,b\n", "id||x", &["2: 1||b", "3: 2||b"], &[]),
        case("blanks kept", "id,x\n 1 , a\n", " id|x".trim(), &["2:  1 | a"], &[]),
    ]);
}

#[test]
fn titles_above_and_footers_below_are_passed_over() {
    let report = "\"Account ID\",\"Account Name\",\"Owner\"\n\"1\",\"A\",\"x\"\n\"2\",\"B\",\"y\"\n";
    let footer = "\n\n\n\"Accounts by owner\"\n\"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved.\"\n\
                  \"Confidential Information - Do Not Distribute\"\n\"Generated By:  Ana Diaz  11/26/2026 7:20 AM\"\n\"Example Co\"\n";
    let headings = "Account ID|Account Name|Owner";
    let rows = &["2: 1|A|x", "3: 2|B|y"];
    let padded = report.to_owned() + ",,\nAccounts by owner,,\n\"Copyright (c) 2026 Example CRM.\",,\nExample Co,,\n";
    let titles = "Accounts by owner\nFiltered By,\nShow: All accounts\n\n".to_owned() + report;
    let grand = report.to_owned() + "Grand Totals (2 records),,\n" + footer;
    check(vec![
        case("footer", report.to_owned() + footer, headings, rows, &[(Code::RowsFooter, 7)]),
        case("footer of a table saved anew", padded, headings, rows, &[(Code::RowsFooter, 5), (Code::RowsBlank, 4)]),
        case("grand total", grand, headings, rows, &[(Code::RowsFooter, 8), (Code::RowsTotal, 4)]),
        case(
            "two files in one",
            format!("{report}\u{FEFF}{report}"),
            headings,
            &["2: 1|A|x", "3: 2|B|y", "5: 1|A|x", "6: 2|B|y"],
            &[(Code::RowsHeading, 4)],
        ),
        case("titles", titles, headings, &["6: 1|A|x", "7: 2|B|y"], &[(Code::RowsTitle, 1)]),
    ]);
    let table = open(report.to_owned() + footer);
    let expected = Passed { count: 5, first_lines: vec![7, 8, 9, 10, 11] };
    assert_eq!(table.dialect().footers, expected);
    assert_eq!(table.dialect().to_string(), "commas, UTF-8, 5 footer rows");
    assert!(table.findings()[0].finding.message.contains("\"Accounts by owner\""), "{:?}", table.findings());
}

#[test]
fn sums_are_left_out_and_accounts_never() {
    let total = &[(Code::RowsTotal, 4)];
    let doubtful = &[(Code::RowsDoubtful, 4)];
    let rows = &["2: 1|A|5", "3: 2|B|6"];
    let with = |last: &str| format!("id,name,pipeline\n1,A,5\n2,B,6\n{last}\n");
    check(vec![
        case("a total beside subtotals", with("Subtotal,,11\nTotal,,11"), "id|name|pipeline", rows, total),
        case(
            "counts of a grouped report",
            with("Subtotal,Sum,11\n,Count,2\nTotal,Sum,11\n,Count,2"),
            "id|name|pipeline",
            rows,
            total,
        ),
        case("a count alone", with("Count,,2"), "id|name|pipeline", rows, total),
        case("sums in another language", with("Gesamtsumme,,11"), "id|name|pipeline", rows, total),
        case(
            "a company called Count",
            with("3,Count,7"),
            "id|name|pipeline",
            &["2: 1|A|5", "3: 2|B|6", "4: 3|Count|7"],
            &[],
        ),
        case("total in the first column", with("Total,,11"), "id|name|pipeline", rows, total),
        case("total by the name", with(",Total,\"$ 11.00\""), "id|name|pipeline", rows, total),
        case("subtotal", with("Subtotal,Count,2"), "id|name|pipeline", rows, total),
        case("grand total", with("Grand Total:,,USD 11"), "id|name|pipeline", rows, total),
        case("a company", with("3,Total,7"), "id|name|pipeline", &["2: 1|A|5", "3: 2|B|6", "4: 3|Total|7"], &[]),
        case(
            "a longer name",
            with("3,Total Wine,7"),
            "id|name|pipeline",
            &["2: 1|A|5", "3: 2|B|6", "4: 3|Total Wine|7"],
            &[],
        ),
        case(
            "a company above its id",
            "name,id,pipeline\nA,1,5\nB,2,6\nTotal,3,7\n",
            "name|id|pipeline",
            &["2: A|1|5", "3: B|2|6", "4: Total|3|7"],
            &[],
        ),
        case(
            "in doubt",
            "name,score,pipeline\nA,1,5\nB,2,6\nTotal,3,7\n",
            "name|score|pipeline",
            &["2: A|1|5", "3: B|2|6", "4: Total|3|7"],
            doubtful,
        ),
        case(
            "a total among accounts",
            "id,name,x\n1,A,5\nTotal,,5\n2,B,6\n",
            "id|name|x",
            &["2: 1|A|5", "3: Total||5", "4: 2|B|6"],
            &[(Code::RowsDoubtful, 3)],
        ),
        case(
            "an account that is called like a heading",
            "name,id\nA,1\nname,2\n",
            "name|id",
            &["2: A|1", "3: name|2"],
            &[],
        ),
        case("an account with its id alone", "id,name,x\n1,A,5\n2,,\n", "id|name|x", &["2: 1|A|5", "3: 2||"], &[]),
    ]);
}

#[test]
fn rows_that_excel_shortened_are_read_and_others_refused() {
    let heading = "id,a,b\n";
    let row = |n: usize, end: &str| format!("{n},x{end}\n");
    let full: String = (1..16).map(|n| row(n, ",y")).collect();
    let short: String = (16..40).map(|n| row(n, "")).collect();
    let table = open(format!("{heading}{full}{short}"));
    assert_eq!(table.row_count(), 39);
    assert_eq!(rows(&table)[38], (40, "39|x|".to_owned()));
    assert_eq!(codes(table.findings()), [(Code::RowsShortened, 17)]);
    let table = open(format!("{heading}{}{short}", &full[..full.len() - 7]));
    assert_eq!(codes(table.findings())[0], (Code::RowLength, 16));
    assert_eq!(codes(table.findings()).len(), 2, "{:?}", table.findings());
    let table = open("id,a\n1,x,y\n2\n3,z\n4,x,y\n");
    assert_eq!(codes(table.findings()), [(Code::RowLength, 2)]);
    let message = &table.findings()[0].finding.message;
    assert!(
        message.starts_with("3 rows without the heading's 2 cells: line 2 has 3, line 3 has 1, line 5 has 3;"),
        "{message}"
    );
}

#[test]
fn parts_and_threads_see_the_same_rows() {
    let mut text = "id,name,note\n".to_owned();
    for n in 0..300 {
        let note = match n % 7 {
            0 => "\"one\ntwo, \"\"three\"\"\n\nfour\"".to_owned(),
            1 => "5\" pipe".to_owned(),
            2 => "\"\"".to_owned(),
            3 => "\"a,b\"\r".to_owned(),
            4 => String::new(),
            5 => "x\n\n,,".to_owned(),
            _ => "plain".to_owned(),
        };
        text.push_str(&format!("{n},n{n},{note}\n"));
    }
    text.push_str("Total,,5\n\n\nReport\nCopyright (c) 2026\n");
    let expected = seen(&open_by(text.as_bytes(), usize::MAX, 1));
    assert_eq!(expected.1.len(), 300);
    for part_bytes in [1, 2, 3, 7, 16, 64, 256, 1_000, 5_000] {
        for threads in [1, 2, 5] {
            assert_eq!(seen(&open_by(text.as_bytes(), part_bytes, threads)), expected, "{part_bytes} {threads}");
        }
    }
}
