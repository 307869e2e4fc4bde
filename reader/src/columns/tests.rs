//! Files in, books and findings out.

mod exports;

mod exports_abroad;

mod mutated;

mod odd_exports;

mod standing;

use super::*;
use carve_solver::finding::Place;
use carve_solver::input::RawPlace;

fn read(text: &str) -> AccountsFile {
    read_accounts(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

fn read_asked(text: &str, asked: &Asked) -> Result<AccountsFile, Faults> {
    super::read(Source::bytes("accounts.csv", text.as_bytes()), &TableOptions::default(), asked)
}

/// Codes with line and column, in order.
fn faults(bytes: &[u8]) -> Vec<(Code, u64, u64)> {
    let faults = read_accounts(bytes).expect_err("the file has faults");
    faults.findings.into_iter().map(|f| (f.finding.code, f.line, f.column)).collect()
}

/// Codes of what rides along, in order.
fn warnings(text: &str) -> Vec<Code> {
    read(text).warnings.into_iter().map(|f| f.finding.code).collect()
}

fn measure<'a>(book: &'a Book, name: &str) -> Option<&'a [i64]> {
    book.measures.iter().find(|column| column.name == name).map(|column| &column.amounts[..])
}

fn attribute<'a>(book: &'a Book, name: &str) -> Option<Vec<&'a str>> {
    let column = book.attributes.iter().find(|column| column.name == name)?;
    Some(column.values.iter().map(String::as_str).collect())
}

fn names<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    names.map(String::as_str).collect()
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
    assert!(file.warnings.is_empty() && book.near_measures.is_empty(), "{:?}", file.warnings);
    let by_name: Vec<bool> = book.measures.iter().map(|measure| measure.only_by_name).collect();
    assert_eq!(by_name, [true, false]);
}

#[test]
fn salesforce_headings_are_understood() {
    let text = "Account ID,Account Name,Parent Account ID,BillingLatitude,Billing Longitude,Billing State/Province,\
                Billing Zip/Postal Code,BILLING COUNTRY,OwnerId,Account Owner,Amount,Closed Won\n\
                001,Ann,,1,2,NY,00501,US,005,Eve,10,20\n";
    let file = read(text);
    let book = file.book;
    assert_eq!((&book.account_ids[0][..], &book.names[0][..], &book.current_owners[0][..]), ("001", "Ann", "005"));
    assert_eq!(book.places[0], Some(RawPlace { latitude: 1.0, longitude: 2.0 }));
    assert_eq!(attribute(&book, "state"), Some(vec!["NY"]));
    assert_eq!(attribute(&book, "postal_code"), Some(vec!["00501"]));
    assert_eq!(attribute(&book, "country"), Some(vec!["US"]));
    assert_eq!(attribute(&book, "Account Owner"), Some(vec!["Eve"]));
    assert_eq!(measure(&book, "amount"), Some(&[10][..]));
    assert_eq!(measure(&book, "closed_won"), Some(&[20][..]));
    assert_eq!(read("Id,Account Owner\na,Eve\n").book.current_owners, ["Eve"]);
    let label = OwnerLabel { owner: "005".into(), name: "Eve".into(), email: String::new() };
    assert_eq!(file.owner_labels, [label]);
    assert_eq!(file.address.postal_code.map(|zip| zip.get(0).to_owned()), Some("00501".into()));
}

#[test]
fn bom_crlf_blank_lines_and_quoted_breaks_do_not_move_lines() {
    let file = read("account_id,name,score\r\n\r\na,\"one\r\ntwo\",1\r\n\r\nb,x,2\r\n\r\n");
    assert_eq!(file.book.names, ["one\r\ntwo", "x"]);
    let at = |account, field: &str| file.origin.locate(&Place::Account(account, field.into()));
    assert_eq!(at(0, "account_id"), (3, 1));
    assert_eq!(at(1, "measures.score"), (6, 3));
    assert_eq!(at(1, ""), (6, 0));
    assert_eq!(at(9, "score"), (0, 3));
    assert_eq!(file.origin.locate(&Place::Book), (0, 0));
    assert_eq!(read("account_id\na\n\n\nb").book.account_ids, ["a", "b"]);
}

#[test]
fn columns_are_judged_by_all_their_values() {
    let text = "account_id,empty,odd,near,far,blank,score\n\
                a,,007,1,1,,\nb,,,2,x,,\nc,,+5,n.b.,y,,\nd,,-3,4,,,\ne,,1.0,,,,\n";
    let file = read(text);
    let book = &file.book;
    assert_eq!(attribute(book, "empty"), Some(vec![""; 5]));
    assert_eq!(measure(book, "odd"), Some(&[7, 0, 5, -3, 1][..]));
    assert_eq!(attribute(book, "near"), Some(vec!["1", "2", "n.b.", "4", ""]));
    assert_eq!(attribute(book, "far"), Some(vec!["1", "x", "y", "", ""]));
    assert_eq!(measure(book, "score"), Some(&[0; 5][..]));
    assert_eq!(names(book.near_measures.iter().map(|near| &near.name)), ["near"]);
    assert!(book.near_measures[0].reason.contains("line 4 \"n.b.\""), "{:?}", book.near_measures);
    assert_eq!(warnings(text), [Code::ColumnNearlyNumeric]);
    let late = read("account_id,x\na,\nb,007\nc, 8\nd,+9\ne,z\n").book;
    assert_eq!(attribute(&late, "x"), Some(vec!["", "007", " 8", "+9", "z"]));
    let unnamed = read("account_id,name,,\na,Ann,,5\n").book;
    assert_eq!(measure(&unnamed, "column_4"), Some(&[5][..]));
    assert!(unnamed.attributes.is_empty());
}

#[test]
fn one_fault_of_a_column_is_one_finding_and_all_are_found_at_once() {
    let text = "account_id,open_pipeline,latitude,longitude,score\n\
                a,12a,north,1,1\nb,0.5,1,1,NaN\nc,9223372036854775808,,1,1\nd,1,1,1,\ne,-5,NaN,1,1\nf,1,1,1,1\ng,1x,,,2\n";
    let expected = [
        (Code::NumberSyntax, 2, 2),
        (Code::NumberSyntax, 2, 3),
        (Code::NumberNotFinite, 3, 5),
        (Code::AmountTooLarge, 4, 2),
        (Code::PlaceIncomplete, 4, 3),
    ];
    assert_eq!(faults(text.as_bytes()), expected);
    let found = read_accounts(text.as_bytes()).expect_err("there are faults");
    let first = &found.findings[0].finding.message;
    assert!(first.starts_with("2 values of open_pipeline are no amount") && first.contains("line 8 \"1x\""), "{first}");
    assert_eq!(found.columns.len(), 5);
    let kept = read("account_id,open_pipeline,latitude,longitude\ne,-5,NaN,1e9\n").book;
    assert_eq!(measure(&kept, "open_pipeline"), Some(&[-5][..]));
    assert!(kept.places[0].expect("both are given").latitude.is_nan());
    let many = "account_id,score,latitude,longitude\n".to_owned() + &"a,1,1,\na,2,1,2\na,x,1,2\n".repeat(5_000);
    let many = read_accounts(many.as_bytes()).expect_err("a third of the scores is bad");
    assert_eq!(many.findings.len(), 2, "{:?}", many.findings);
    assert!(many.findings[0].finding.message.contains("5,000 values"), "{:?}", many.findings[0]);
}

#[test]
fn files_that_are_no_book_say_why() {
    assert_eq!(faults(b""), [(Code::BookEmpty, 1, 0)]);
    assert_eq!(faults(b"name\na\n"), [(Code::ColumnMissing, 1, 0)]);
    // Two columns for one meaning are no fault where one is surer; two of one heading are, unless they hold the same.
    assert_eq!(warnings("account_id,Id\na,b\n"), [Code::ColumnAmbiguous]);
    assert_eq!(read("Id,account_id\na,b\n").book.account_ids, ["b"]);
    assert_eq!(faults(b"account_id,x,x\na,1,2\n"), [(Code::ColumnDuplicate, 1, 3)]);
    assert_eq!(faults(b"account_id,account_id\na,b\n"), [(Code::ColumnDuplicate, 1, 2)]);
    assert_eq!(warnings("account_id,account_id,x,x\na,a,1,1\n"), []);
    assert_eq!(read("account_id,name\na,5\" pipe\nb,\"say \"\"hi\"\"\"").book.names, ["5\" pipe", "say \"hi\""]);
    let message = &read_accounts(b"name,state\na,b\n").expect_err("no id column").findings[0].finding.message;
    assert!(message.contains("\"name\", \"state\"") && message.contains("Record ID"), "{message}");
}

#[test]
fn fields_are_limited_from_both_sides() {
    let book = |id: usize, name: usize| format!("account_id,name\n{},{}\n", "i".repeat(id), "n".repeat(name));
    assert_eq!(read(&book(256, 4_096)).book.names[0].len(), 4_096);
    assert_eq!(faults(book(257, 4_097).as_bytes()), [(Code::FieldTooLong, 2, 1), (Code::FieldTooLong, 2, 2)]);
    let long = read_accounts(book(1, 1_000_000).as_bytes()).expect_err("too long");
    assert!(long.findings[0].finding.message.len() < 200);
    // What nobody asks for may be as long as it likes.
    let asked = Asked { default_measures: true, ..Asked::default() };
    let long = format!("account_id,remark\ni,{}\n", "n".repeat(100_000));
    assert!(read_asked(&long, &asked).is_ok());
}

#[test]
fn one_degree_alone_is_a_warning() {
    let file = read("account_id,latitude\na,1\nb,2\n");
    assert_eq!(file.warnings.len(), 1);
    assert_eq!((file.warnings[0].line, file.warnings[0].column), (1, 2));
    assert_eq!(file.book.places, [None, None]);
}

#[test]
fn text_that_nobody_asks_for_is_looked_at_and_not_kept() {
    let text = "account_id,name,state,segment,employees,mostly,empty,\n\
                a,Ann,NY,smb,7,1,,\n\
                b,Bob,CA,mid,,2,,\n\
                c,Cy,TX,ent,9,x,,\n";
    let asked = Asked { filters: vec!["segment == \"smb\"".into()], default_measures: true, ..Asked::default() };
    let book = read_asked(text, &asked).expect("nothing is wrong").book;
    assert_eq!(book.account_ids, ["a", "b", "c"]);
    // Names are shown beside ids.
    assert_eq!(book.names, ["Ann", "Bob", "Cy"]);
    assert_eq!(names(book.attributes.iter().map(|column| &column.name)), ["empty", "mostly", "segment", "state"]);
    let kept: Vec<usize> = book.attributes.iter().map(|column| column.values.len()).collect();
    assert_eq!(kept, [0, 0, 3, 0]);
    assert_eq!(measure(&book, "employees"), Some(&[][..]));
    let all = read(text).book;
    assert_eq!(book.near_measures, all.near_measures);
    assert_eq!(book.columns, all.columns);
    // Beside cities, states tell accounts of one name apart.
    let beside = read_asked(&text.replace("empty", "city"), &asked).expect("nothing is wrong").book;
    let kept: Vec<usize> = beside.attributes.iter().map(|column| column.values.len()).collect();
    assert_eq!(kept, [3, 0, 3, 3]);
    // A measure that the request names is kept, in whatever spelling; so is an attribute.
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    let asked = Asked { names: names(&["Employees", "SEGMENT"]), measures: names(&["Employees"]), ..Asked::default() };
    let book = read_asked(text, &asked).expect("nothing is wrong").book;
    assert_eq!(measure(&book, "Employees"), Some(&[7, 0, 9][..]));
    assert_eq!(attribute(&book, "SEGMENT"), Some(vec!["smb", "mid", "ent"]));
}

#[test]
fn faults_of_columns_that_are_not_used_are_no_obstacle() {
    let text = "account_id,score,headcount\na,1,5\nb,2,6\nc,x,y\n";
    let asked = Asked::default();
    let file = read_asked(text, &asked).expect("nothing of it is used");
    let codes: Vec<Code> = file.warnings.iter().map(|f| f.finding.code).collect();
    assert_eq!(codes, [Code::ColumnNearlyNumeric; 2]);
    let used =
        Asked { measures: ["employees".to_owned()].into(), names: ["employees".to_owned()].into(), ..Asked::default() };
    let faults = read_asked(text, &used).expect_err("employees is used");
    assert_eq!(faults.findings[0].finding.code, Code::NumberSyntax);
    assert!(faults.findings.len() == 2 && faults.columns.len() == 3, "{faults:?}");
}

#[test]
fn amounts_keep_their_decimals_and_units() {
    let of = |text: &str| {
        let book = read(text).book;
        let measure = book.measures.into_iter().next().expect("one measure");
        (measure.amounts, measure.decimals, measure.unit)
    };
    let amounts = |cells: &[&str]| {
        of(&format!("account_id,open_pipeline\n{}", cells.iter().map(|c| format!("a,\"{c}\"\n")).collect::<String>()))
    };
    assert_eq!(amounts(&["$1,100.04 ", "$251.41 ", "$0.00"]), (vec![110_004, 25_141, 0], 2, "$".into()));
    assert_eq!(amounts(&["1.234,56 €", "1.000,00 €"]), (vec![123_456, 100_000], 2, "EUR".into()));
    assert_eq!(amounts(&["USD 10,000.00", "USD 5.00"]), (vec![10_000, 5], 0, "USD".into()));
    assert_eq!(amounts(&["1'100", "251"]), (vec![1_100, 251], 0, String::new()));
    assert_eq!(amounts(&["(250)", "1"]), (vec![-250, 1], 0, String::new()));
    assert_eq!(of("account_id,Open Pipeline (CHF)\na,1.5\n"), (vec![15], 1, "CHF".into()));
    assert_eq!(of("account_id,ARR,Currency\na,1.50,EUR\nb,2,EUR\n"), (vec![150, 200], 2, "EUR".into()));
    assert_eq!(faults("account_id,score\na,1000000000000000000\nb,0.25\n".as_bytes()), [(Code::AmountTooLarge, 2, 2)]);
    assert_eq!(faults("account_id,score\na,ZZZ 5\nb,1\nc,2\n".as_bytes()), [(Code::CurrencyUnknown, 2, 2)]);
    assert_eq!(faults("account_id,score\na,\"1,5\"\nb,1.25\nc,2.5\n".as_bytes()), [(Code::AmountLocaleMixed, 2, 2)]);
    assert_eq!(warnings("account_id,score\na,USD 5\nb,EUR 6\n"), [Code::CurrencyMixed]);
    assert_eq!(warnings("account_id,arr,CurrencyIsoCode\na,5,USD\nb,6,EUR\n"), [Code::CurrencyMixed]);
    assert_eq!(warnings("account_id,Employees,Leads,CurrencyIsoCode\na,5,1,USD\nb,6,2,EUR\n"), []);
    assert_eq!(warnings("account_id,score\na,0.12345678\n"), [Code::AmountInexact]);
    assert_eq!(warnings("account_id,score\na,\"1,234\"\n"), [Code::AmountAmbiguous]);
    assert_eq!(warnings("account_id,score\na,A\nb,B\n"), [Code::ColumnNotAmount]);
    let asked = Asked { decimal_mark: Some(DecimalMark::Comma), ..Asked::everything() };
    let file = read_asked("account_id,score\na,\"1,234\"\n", &asked).expect("sound");
    assert_eq!((file.book.measures[0].decimals, file.warnings.len()), (3, 0));
}

#[test]
fn converted_amounts_come_before_those_of_many_currencies() {
    let text = "account_id,Amount Currency,Amount,Amount (converted) Currency,Amount (converted)\n\
                a,EUR,100.00,USD,110.50\nb,GBP,100.00,USD,125.00\n";
    let file = read(text);
    assert_eq!(measure(&file.book, "amount"), Some(&[11_050, 12_500][..]));
    let measure = file.book.measures.iter().find(|measure| measure.name == "amount").expect("it is there");
    assert_eq!((measure.unit.as_str(), measure.only_by_name), ("USD", false));
    let codes: Vec<Code> = file.warnings.iter().map(|f| f.finding.code).collect();
    assert_eq!(codes, [Code::ColumnAmbiguous], "{:?}", file.warnings);
}

#[test]
fn owners_that_are_nobody_or_the_same_are_told() {
    let text = "account_id,Account Owner\na,Ana Diaz\nb,#N/A\nc,Ana Diaz \nd,ana  diaz\ne,Unassigned\nf,EMEA Queue\ng,\nh,Ana Diaz\n";
    let file = read(text);
    let ana = "Ana Diaz";
    assert_eq!(file.book.current_owners, [ana, "", ana, ana, "", "", "", ana]);
    let told: Vec<(Code, u64)> = file.warnings.iter().map(|f| (f.finding.code, f.line)).collect();
    assert_eq!(told, [(Code::OwnerNobody, 3), (Code::OwnerSpellings, 4)]);
    // The case of Salesforce ids counts; two forms of one are one, and the seat's spelling holds.
    let text = "account_id,OwnerId\na,005A0000006Vm9u\nb,005A0000006Vm9uIAC\nc,005A0000006vm9u\n";
    let owners = read(text).book.current_owners;
    assert_eq!(owners, ["005A0000006Vm9uIAC", "005A0000006Vm9uIAC", "005A0000006vm9u"]);
    let asked = Asked { seat_ids: ["005A0000006Vm9u".to_owned()].into(), ..Asked::everything() };
    assert_eq!(read_asked(text, &asked).expect("sound").book.current_owners[1], "005A0000006Vm9u");
}

#[test]
fn parents_are_told_by_id_or_by_name() {
    let text = "Account ID,Account Name,Parent Account\n1,Ann,\n2,Bob,Ann\n3,Cy,3\n4,Dee,Twin\n5,Twin,\n6,Twin,Gone\n";
    let file = read(text);
    assert_eq!(file.book.parents, ["", "1", "", "", "", "Gone"]);
    let told: Vec<(Code, u64)> = file.warnings.iter().map(|f| (f.finding.code, f.line)).collect();
    assert_eq!(told, [(Code::ParentAmbiguous, 5), (Code::ParentByName, 1), (Code::ParentSelf, 4)]);
    let text = "Id,ParentId\n001A0000006Vm9uIAC,\n001A0000006Vm9v,001A0000006Vm9u\n001A0000006vm9u,001A0000006vm9u\n";
    let file = read(text);
    assert_eq!(file.book.parents, ["", "001A0000006Vm9uIAC", ""]);
    let codes: Vec<Code> = file.warnings.iter().map(|f| f.finding.code).collect();
    assert_eq!(codes, [Code::IdsOfTwoForms, Code::ParentSelf]);
    assert_eq!(warnings("Id\n001A0000006Vm9u\n001A0000006vm9u\n"), [Code::IdsDifferInCase]);
    assert_eq!(faults(b"Id\n001A0000006Vm9u\n001A0000006Vm9uIAC\n")[0], (Code::AccountIdDuplicate, 3, 1));
}

#[test]
fn the_order_of_columns_changes_nothing_but_where_they_are() {
    let columns: [&[&str]; 12] = [
        &["Account ID", "1", "2", "3", "4"],
        &["Id", "a", "b", "c", "d"],
        &["Account Name", "Ann", "Bob", "Cy", "Dee"],
        &["Parent Account", "", "Ann", "1", "4"],
        &["Account Owner", "Eve", "eve ", "#N/A", "Fay"],
        &["Owner Email", "e@x.com", "e@x.com", "", "f@x.com"],
        &["FY24 Closed Won", "1.50", "2", "3", "4"],
        &["FY25 Closed Won", "5", "6.25", "7", "8"],
        &["Employees", "10", "20", "n/a", "40"],
        &["Billing City", "Rome", "Rome", "", "Oslo"],
        &["Shipping City", "Rome", "", "", ""],
        &["Industry", "Tech", "Retail", "Tech", ""],
    ];
    let file = |order: &[usize]| {
        let rows: Vec<String> =
            (0..5).map(|row| order.iter().map(|&at| columns[at][row]).collect::<Vec<&str>>().join(",")).collect();
        let mut file = read(&(rows.join("\n") + "\n"));
        file.book.columns.iter_mut().for_each(|column| column.number = 0);
        file.book.columns.sort_by(|one, other| one.heading.cmp(&other.heading));
        let mut told: Vec<String> = file.warnings.iter().map(|f| f.finding.message.clone()).collect();
        told.sort();
        (file.book, file.owner_labels, told)
    };
    let mut order: Vec<usize> = (0..columns.len()).collect();
    let first = file(&order);
    assert_eq!(measure(&first.0, "closed_won"), Some(&[500, 625, 700, 800][..]));
    let mut seed = 1_u64;
    for _ in 0..200 {
        for at in (1..order.len()).rev() {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (seed >> 33) as usize % (at + 1));
        }
        assert_eq!(file(&order), first, "{order:?}");
    }
}
