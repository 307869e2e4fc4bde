//! Files in, books and findings out.

use super::heading::is_known;
use super::*;
use carve_solver::input::{AttributeColumn, MeasureColumn, NearMeasure, RawPlace};
use proptest::prelude::*;

fn read(text: &str) -> AccountsFile {
    read_accounts(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// Codes with line and column, in order.
fn faults(bytes: &[u8]) -> Vec<(Code, u64, u64)> {
    let faults = read_accounts(bytes).expect_err("the file has faults");
    faults.findings.into_iter().map(|f| (f.finding.code, f.line, f.column)).collect()
}

fn measure<'a>(book: &'a Book, name: &str) -> Option<&'a [i64]> {
    book.measures.iter().find(|column| column.name == name).map(|column| &column.amounts[..])
}

fn attribute<'a>(book: &'a Book, name: &str) -> Option<Vec<&'a str>> {
    let column = book.attributes.iter().find(|column| column.name == name)?;
    Some(column.values.iter().map(String::as_str).collect())
}

#[test]
fn a_plain_file_is_a_book() {
    let text = "account_id,name,parent_account_id,latitude,longitude,state,open_pipeline,current_owner,employees,segment\n\
                a,Ann,,40.5,-73.25,NY,1200.00,s1,7,smb\n\
                b,\"Bob, Inc\",a,,,CA,,,8,\n";
    let file = read(text);
    let book = &file.book;
    assert_eq!(book.account_ids, ["a", "b"]);
    assert_eq!(book.names, ["Ann", "Bob, Inc"]);
    assert_eq!(book.parents, ["", "a"]);
    assert_eq!(book.places, [Some(RawPlace { latitude: 40.5, longitude: -73.25 }), None]);
    assert_eq!(book.current_owners, ["s1", ""]);
    assert_eq!(measure(book, "open_pipeline"), Some(&[1200, 0][..]));
    assert_eq!(measure(book, "employees"), Some(&[7, 8][..]));
    assert_eq!(attribute(book, "segment"), Some(vec!["smb", ""]));
    assert_eq!(attribute(book, "state"), Some(vec!["NY", "CA"]));
    assert!(file.warnings.is_empty() && book.near_measures.is_empty());
}

#[test]
fn salesforce_headings_are_understood() {
    let text = "Account ID,Account Name,Parent Account ID,BillingLatitude,Billing Longitude,Billing State/Province,\
                Billing Zip/Postal Code,BILLING COUNTRY,OwnerId,Account Owner,Amount,Closed Won\n\
                001,Ann,,1,2,NY,00501,US,005,Eve,10,20\n";
    let book = read(text).book;
    assert_eq!((&book.account_ids[0][..], &book.names[0][..], &book.current_owners[0][..]), ("001", "Ann", "005"));
    assert_eq!(book.places[0], Some(RawPlace { latitude: 1.0, longitude: 2.0 }));
    assert_eq!(attribute(&book, "state"), Some(vec!["NY"]));
    assert_eq!(attribute(&book, "postal_code"), Some(vec!["00501"]));
    assert_eq!(attribute(&book, "country"), Some(vec!["US"]));
    assert_eq!(attribute(&book, "Account Owner"), Some(vec!["Eve"]));
    assert_eq!(measure(&book, "Amount"), Some(&[10][..]));
    assert_eq!(measure(&book, "closed_won"), Some(&[20][..]));
    assert_eq!(read("Id,Account Owner\na,Eve\n").book.current_owners, ["Eve"]);
}

#[test]
fn bom_crlf_blank_lines_and_quoted_breaks_do_not_move_lines() {
    let file = read("\u{feff}account_id,name,score\r\n\r\na,\"one\r\ntwo\",1\r\n   \r\n\r\nb,x,2\r\n\r\n");
    assert_eq!(file.book.names, ["one\r\ntwo", "x"]);
    let at = |account, field: &str| file.origin.locate(&Place::Account(account, field.into()));
    assert_eq!(at(0, "account_id"), (3, 1));
    assert_eq!(at(1, "measures.score"), (7, 3));
    assert_eq!(at(1, ""), (7, 0));
    assert_eq!(at(9, "score"), (0, 3));
    assert_eq!(file.origin.locate(&Place::Book), (0, 0));
    assert_eq!(read("account_id\na\n\n\nb").book.account_ids, ["a", "b"]);
}

#[test]
fn columns_are_guessed_by_all_their_values() {
    let text = "account_id,empty,odd,near,far,blank,score\n\
                a,,007,1,1,,\nb,,,2,x,,\nc,,+5,n/a,y,,\nd,,-3,4,,,\ne,,1.0,,,,\n";
    let book = read(text).book;
    assert_eq!(attribute(&book, "empty"), Some(vec![""; 5]));
    assert_eq!(measure(&book, "odd"), Some(&[7, 0, 5, -3, 1][..]));
    assert_eq!(attribute(&book, "near"), Some(vec!["1", "2", "n/a", "4", ""]));
    assert_eq!(attribute(&book, "far"), Some(vec!["1", "x", "y", "", ""]));
    assert_eq!(measure(&book, "score"), Some(&[0; 5][..]));
    let near = NearMeasure { name: "near".into(), account: 2, value: "n/a".into() };
    assert_eq!(book.near_measures, [near]);
    let late = read("account_id,x\na,\nb,007\nc, 8\nd,+9\ne,z\n").book;
    assert_eq!(attribute(&late, "x"), Some(vec!["", "007", " 8", "+9", "z"]));
    let unnamed = read("account_id,,\na,,5\n").book;
    assert_eq!(measure(&unnamed, "column_3"), Some(&[5][..]));
    assert!(unnamed.attributes.is_empty());
}

#[test]
fn every_fault_is_found_at_once() {
    let text = "account_id,open_pipeline,latitude,longitude,score\n\
                a,12a,north,1,1\nb,0.5,1,1,NaN\nc,9223372036854775808,,1,1\nd,1,1,1\ne,-5,NaN,1,1\n";
    let found = faults(text.as_bytes());
    let expected = [
        (Code::NumberSyntax, 2, 2),
        (Code::NumberSyntax, 2, 3),
        (Code::AmountFractional, 3, 2),
        (Code::NumberNotFinite, 3, 5),
        (Code::AmountTooLarge, 4, 2),
        (Code::RowLength, 5, 0),
        (Code::PlaceIncomplete, 4, 3),
    ];
    assert_eq!(found, expected);
    let kept = read("account_id,open_pipeline,latitude,longitude\ne,-5,NaN,1e9\n").book;
    assert_eq!(measure(&kept, "open_pipeline"), Some(&[-5][..]));
    assert!(kept.places[0].expect("both are given").latitude.is_nan());
}

#[test]
fn files_that_are_no_book_say_why() {
    assert_eq!(faults(b""), [(Code::BookEmpty, 1, 0)]);
    assert_eq!(faults(b"\xEF\xBB\xBF\n\n"), [(Code::BookEmpty, 1, 0)]);
    assert_eq!(faults(b"account_id,name\n"), [(Code::BookEmpty, 1, 0)]);
    assert_eq!(faults(b"name;state\na;b\n"), [(Code::ColumnMissing, 1, 0)]);
    assert_eq!(faults(b"account_id,Id,x,x\na,b,1,2\n"), [(Code::ColumnDuplicate, 1, 2), (Code::ColumnDuplicate, 1, 4)]);
    assert_eq!(faults(b"\xFF\xFEa\0"), [(Code::InvalidUtf8, 1, 1)]);
    assert_eq!(
        faults(b"account_id,name\na,\xFF\nb,\xC3\xA9\nc,\xE9\n"),
        [(Code::InvalidUtf8, 2, 2), (Code::InvalidUtf8, 4, 2)]
    );
    assert_eq!(faults(b"account_id,name\na,x\nb,\"open\nc,y\n"), [(Code::FileSyntax, 3, 0)]);
    assert_eq!(read("account_id,name\na,5\" pipe\nb,\"say \"\"hi\"\"\"").book.names, ["5\" pipe", "say \"hi\""]);
    let message = &read_accounts(b"name;state\na;b\n").expect_err("no id column").findings[0].finding.message;
    assert!(message.contains("\"name;state\"") && message.contains("commas"), "{message}");
}

#[test]
fn fields_are_limited_from_both_sides() {
    let book = |id: usize, name: usize| format!("account_id,name\n{},{}\n", "i".repeat(id), "n".repeat(name));
    assert_eq!(read(&book(256, 4_096)).book.names[0].len(), 4_096);
    assert_eq!(faults(book(257, 4_097).as_bytes()), [(Code::FieldTooLong, 2, 1), (Code::FieldTooLong, 2, 2)]);
    let long = read_accounts(book(1, 1_000_000).as_bytes()).expect_err("too long");
    assert!(long.findings[0].finding.message.len() < 200);
    let wide = |columns: usize| {
        let headings: Vec<String> = (1..columns).map(|i| format!("c{i}")).collect();
        format!("account_id,{}\na,{}\n", headings.join(","), vec!["1"; columns - 1].join(","))
    };
    assert_eq!(read(&wide(4_096)).book.measures.len(), 4_095);
    assert_eq!(faults(wide(4_097).as_bytes()), [(Code::ColumnsTooMany, 1, 0)]);
}

#[test]
fn findings_are_held_up_to_a_limit_and_counted() {
    let text = "account_id,score,latitude,longitude\n".to_owned() + &"a,x,1,\n".repeat(10_001);
    let faults = read_accounts(text.as_bytes()).expect_err("every score is bad");
    assert_eq!((faults.findings.len(), faults.omitted), (20_000, 2));
    assert_eq!(faults.findings[0].finding.severity, carve_solver::Severity::Error);
}

#[test]
fn one_degree_alone_is_a_warning() {
    let file = read("account_id,latitude\na,1\nb,2\n");
    assert_eq!(file.warnings.len(), 1);
    assert_eq!((file.warnings[0].line, file.warnings[0].column), (1, 2));
    assert_eq!(file.book.places, [None, None]);
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof!["[a-z]{0,4}", "[=+@'＝\\-\t\r\n\0\",;é 0-9]{0,5}", Just("'=1".to_owned()),]
}

fn expressible_book() -> impl Strategy<Value = Book> {
    (1_usize..6).prop_flat_map(|n| {
        let texts = || prop::collection::vec(text(), n);
        let degree = || any::<f64>().prop_filter("NaN equals nothing", |d| !d.is_nan());
        let place =
            prop::option::of((degree(), degree()).prop_map(|(latitude, longitude)| RawPlace { latitude, longitude }));
        let attributes = prop::collection::btree_map("[=a-z]{1,6}", texts(), 0..4);
        let measures = prop::collection::btree_map("[A-Z]{1,6}", prop::collection::vec(any::<i64>(), n), 0..4);
        (texts(), texts(), texts(), texts(), prop::collection::vec(place, n), attributes, measures).prop_map(
            |(account_ids, names, parents, current_owners, places, attributes, measures)| {
                let heading = |name: &String| !is_known(name);
                let not_numbers = |values: &Vec<String>| {
                    let other = |v: &String| !v.is_empty() && !v.bytes().any(|b| b.is_ascii_digit());
                    values.iter().filter(|v| other(v)).count() > values.len() / 2
                };
                let attributes = attributes.into_iter().filter(|(name, values)| heading(name) && not_numbers(values));
                let measures = measures.into_iter().filter(|(name, _)| heading(name));
                Book {
                    account_ids,
                    names,
                    parents,
                    places,
                    current_owners,
                    measures: measures.map(|(name, amounts)| MeasureColumn { name, amounts }).collect(),
                    attributes: attributes.map(|(name, values)| AttributeColumn { name, values }).collect(),
                    near_measures: Vec::new(),
                }
            },
        )
    })
}

#[test]
fn text_that_nobody_asks_for_is_checked_and_not_kept() {
    let text = "account_id,name,state,segment,employees,mostly,empty,\n\
                a,Ann,NY,smb,7,1,,\n\
                b,Bob,CA,mid,,2,,\n\
                c,Cy,TX,ent,9,x,,\n";
    let asked = |column: &str| column == "segment";
    let book = read_asked(text.as_bytes(), &asked).expect("nothing is wrong").book;
    assert_eq!(book.account_ids, ["a", "b", "c"]);
    assert!(book.names.is_empty());
    let names: Vec<&str> = book.attributes.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["state", "segment", "mostly", "empty"]);
    let kept: Vec<usize> = book.attributes.iter().map(|column| column.values.len()).collect();
    assert_eq!(kept, [0, 3, 0, 0]);
    assert_eq!(measure(&book, "employees"), Some(&[7, 0, 9][..]));
    assert_eq!(book.near_measures, read(text).book.near_measures);
    assert_eq!(book.near_measures[0].value, "x");

    let bad = b"account_id,name,state,segment\na,\xFF,NY,smb\nb,Bob,CA,\xFE\n";
    let found = |asked| read_asked(bad, asked).map_err(|faults| faults.findings);
    assert_eq!(found(&|_| false).expect_err("no UTF-8"), found(&|_| true).expect_err("no UTF-8"));
}

proptest! {
    #[test]
    fn a_written_book_is_read_back(book in expressible_book()) {
        let mut bytes = Vec::new();
        write_accounts(&book, &mut bytes).expect("memory takes every byte");
        let read = read_accounts(&bytes);
        prop_assert_eq!(read.map(|file| file.book), Ok(book));
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(b'"')], 0..200)) {
        let _ = read_accounts(&bytes);
        let _ = read_accounts(&[&b"account_id,latitude,longitude,score,x\n"[..], &bytes].concat());
    }
}
