//! Files that were once read as something else than what they say, each with what a person reads in it. The files are in
//! `tests/cases/any-export/`.

use crate::cli::unfolded;
use carve_reader::{AccountsFile, Asked, Source, TableOptions};
use carve_solver::Code;
use carve_solver::column::{Column, Meaning};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const CARVE: &str = env!("CARGO_BIN_EXE_carve-under-test");

fn path(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases/any-export").join(file)
}

fn read(file: &str) -> AccountsFile {
    let read = carve_reader::read(Source::path(&path(file)), &TableOptions::default(), &Asked::everything());
    read.unwrap_or_else(|faults| panic!("{file}: {faults:#?}"))
}

/// How the column of a heading was read.
fn column<'a>(file: &'a AccountsFile, heading: &str) -> &'a Column {
    file.book.columns.iter().find(|column| column.heading == heading).unwrap_or_else(|| panic!("no column {heading}"))
}

fn codes(file: &AccountsFile) -> Vec<Code> {
    file.warnings.iter().map(|found| found.finding.code).collect()
}

/// The answer of `carve solve --json`.
fn solve(arguments: &[&str]) -> Value {
    let out = tempfile::tempdir().expect("a folder");
    let folder = out.path().to_str().expect("UTF-8").to_owned();
    let limits = ["--work-limit", "300000", "--time-limit", "24h", "--json", "--out", &folder];
    let mut command = Command::new(CARVE);
    let ran = command.arg("solve").args(arguments).args(limits).stdin(Stdio::null()).output().expect("it starts");
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    serde_json::from_slice(&ran.stdout).expect("JSON")
}

fn shown(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

/// What the root of an answer holds of a measure.
fn total(answer: &Value, measure: &str) -> i64 {
    let measures = answer["nodes"][0]["measures"].as_array().expect("measures");
    let found = measures.iter().find(|held| held["measure"] == measure);
    let amount = found.and_then(|held| held["amount"].as_str()).unwrap_or_else(|| panic!("no {measure}"));
    amount.parse().expect("a number")
}

fn territories(answer: &Value) -> Vec<&str> {
    let nodes = answer["nodes"].as_array().expect("nodes");
    let mut ids: Vec<&str> =
        nodes.iter().filter(|node| node["territory"] == true).filter_map(|node| node["node_id"].as_str()).collect();
    ids.sort_unstable();
    ids
}

#[test]
fn an_amount_with_one_value_missing_or_with_cents_is_balanced() {
    let plan = path("silent-measure/plan.yaml");
    let plan = shown(&plan);
    for (file, amount, decimals) in [("a.csv", A_TOTAL, 0), ("cents.csv", CENTS_TOTAL, 2)] {
        let accounts = path(&format!("silent-measure/{file}"));
        let answer = solve(&[shown(&accounts), "--plan", plan]);
        assert_eq!(total(&answer, "annual_revenue"), amount, "{file}");
        let columns = answer["columns"].as_array().expect("columns");
        let revenue = columns.iter().find(|column| column["name"] == "annual_revenue").expect("it is said");
        assert_eq!((&revenue["meaning"], &revenue["decimals"]), (&"MEANING_MEASURE".into(), &decimals.into()));
    }
    assert_eq!(codes(&read("silent-measure/a.csv")), [Code::AmountPlaceholder]);
}

/// Sums of `annual_revenue` in the two files, the second in cents.
const A_TOTAL: i64 = 8_149_882;
const CENTS_TOTAL: i64 = 816_188_250;

#[test]
fn headings_of_all_systems_are_read_as_what_they_are() {
    for (file, owner, parent, latitude, revenue) in [
        ("dynamics.csv", "Owner", "Parent Account", "Address 1: Latitude", "Annual Revenue"),
        ("hubspot.csv", "Company owner", "Parent Company", "Latitude", "Annual Revenue"),
        ("owner-full.csv", "Owner Full Name", "Parent Account ID", "Billing Latitude", "Annual Revenue"),
        ("sf-report.csv", "Account Owner", "Parent Account", "Billing Latitude", "Annual Revenue"),
        ("soql.csv", "Owner.Name", "Parent.Id", "BillingLatitude", "AnnualRevenue"),
    ] {
        let accounts = path(&format!("headings/{file}"));
        let read = read(&format!("headings/{file}"));
        for (heading, meaning) in [
            ("Id", Meaning::AccountId),
            (owner, Meaning::CurrentOwner),
            (parent, Meaning::Parent),
            (latitude, Meaning::Latitude),
            (revenue, Meaning::Measure),
        ] {
            assert_eq!(column(&read, heading).meaning, meaning, "{file}: {heading}");
        }
        assert_eq!(read.book.parents.iter().filter(|parent| !parent.is_empty()).count(), 5, "{file}");
        assert!(read.book.places.iter().all(Option::is_some), "{file}");
        assert_eq!(codes(&read), [], "{file}");
        assert_eq!(territories(&solve(&[shown(&accounts)])), ["ana", "ben", "cy"], "{file}");
    }
}

#[test]
fn owners_that_are_nobody_get_no_territory() {
    let file = read("owner-na/a.csv");
    assert_eq!(codes(&file), [Code::OwnerNoSeller, Code::OwnerNobody, Code::OwnerSpellings]);
    let owned = |owner: &str| file.book.current_owners.iter().filter(|other| *other == owner).count();
    assert_eq!([owned("Ana Diaz"), owned("Bo Chen"), owned("Integration User"), owned("")], OWNED);
    let accounts = path("owner-na/a.csv");
    assert_eq!(territories(&solve(&[shown(&accounts)])), ["Ana Diaz", "Bo Chen", "Integration User"]);
}

/// Accounts of Ana Diaz, Bo Chen, Integration User and nobody.
const OWNED: [usize; 4] = [30, 20, 5, 15];

#[test]
fn every_encoding_of_a_book_is_the_same_book() {
    let plain = read("encodings/utf8bom.csv").book;
    assert_eq!((plain.account_ids.len(), plain.names[0].as_str()), (20, "Müller & Söhne 0"));
    for file in ["cp1252", "cr", "semicolon", "sep", "sep-semi", "tab", "trailing-commas", "utf16"] {
        let read = read(&format!("encodings/{file}.csv"));
        assert_eq!((&read.book.account_ids, &read.book.names), (&plain.account_ids, &plain.names), "{file}");
        assert_eq!((&read.book.measures, &read.book.attributes), (&plain.measures, &plain.attributes), "{file}");
        assert!(read.warnings.len() <= 2, "{file}: {:?}", read.warnings);
    }
    let comma = read("encodings/numcomma.csv");
    assert_eq!((comma.book.measures[0].amounts.as_slice(), comma.book.measures[0].decimals), (&[123_456; 4][..], 2));
}

#[test]
fn a_report_is_read_without_its_footer() {
    let file = read("sf-report-footer/report.csv");
    assert_eq!(file.book.account_ids.len(), 40);
    for (heading, meaning) in [
        ("Account Owner", Meaning::CurrentOwner),
        ("Billing Zip/Postal Code", Meaning::PostalCode),
        ("Open Pipeline", Meaning::Measure),
    ] {
        assert_eq!((column(&file, heading).meaning, column(&file, heading).value_count), (meaning, 40), "{heading}");
    }
    assert!(codes(&file).contains(&Code::RowsFooter), "{:?}", file.warnings);
}

#[test]
fn ways_to_write_a_number_are_amounts_and_others_are_not() {
    for (file, amounts, decimals, unit) in [
        ("apos", [1_100, 251, 647, 0], 0, ""),
        ("currency", [110_004, 25_141, 64_718, 0], 2, "$"),
        ("currency-whole", [1_100, 251, 647, 0], 0, "$"),
        ("dash", [1_100, 0, 647, 0], 0, ""),
        ("decimals", [110_004, 25_141, 64_718, 0], 2, ""),
        ("decimals-other", [110_004, 25_141, 64_718, 0], 2, ""),
        ("na", [1_100, 0, 647, 0], 0, ""),
        ("nbsp", [1_100, 251, 647, 0], 0, ""),
        ("negative", [1_100, -250, 647, 0], 0, ""),
        ("null", [1_100, 0, 647, 0], 0, ""),
        ("paren", [1_100, -250, 647, 0], 0, ""),
        ("sci", [1_100_000, 250_000, 647_000, 0], 0, ""),
        ("sci-other", [1_100_000, 250_000, 647_000, 0], 0, ""),
        ("suffix", [1_054, 4_514, 50, 588], 0, "$"),
    ] {
        let read = read(&format!("numbers/{file}.csv"));
        let measure = &read.book.measures[0];
        assert_eq!(
            (measure.amounts.as_slice(), measure.decimals, measure.unit.as_str()),
            (&amounts[..], decimals, unit),
            "{file}"
        );
        assert!(!measure.only_by_name && read.warnings.len() <= 1, "{file}: {:?}", read.warnings);
    }
    let mostly = read("numbers/mostly-whole.csv").book.measures.remove(0);
    assert_eq!((mostly.amounts[..4].to_vec(), mostly.decimals), (vec![11_000, 2_510, 6_470, 5], 1));
    for (file, meaning) in [
        ("bool", Meaning::Flag),
        ("dates", Meaning::Date),
        ("percent", Meaning::Percentage),
        ("yyyymmdd", Meaning::Date),
    ] {
        let read = read(&format!("numbers/{file}.csv"));
        assert_eq!((read.book.columns[2].meaning, read.book.measures.len()), (meaning, 0), "{file}");
    }
    for file in ["id19", "negative-other"] {
        let read = read(&format!("numbers/{file}.csv"));
        assert!(read.book.measures[0].only_by_name && read.warnings.is_empty(), "{file}");
    }
}

#[test]
fn an_account_that_names_itself_has_no_parent() {
    let file = read("self-parent/a.csv");
    assert_eq!(file.book.parents, ["", "A", "", ""]);
    assert_eq!(codes(&file), [Code::ParentSelf]);
    assert!(file.warnings[0].finding.message.starts_with("2 accounts"), "{:?}", file.warnings);
    let accounts = path("self-parent/a.csv");
    assert_eq!(territories(&solve(&[shown(&accounts)])), ["s1", "s2"]);
}

#[test]
fn columns_that_nobody_asks_for_are_no_obstacle() {
    let (accounts, plan) = (path("unused-columns/a.csv"), path("unused-columns/plan.yaml"));
    for arguments in [&[shown(&accounts)][..], &[shown(&accounts), "--plan", shown(&plan)]] {
        let answer = solve(arguments);
        assert_eq!(total(&answer, "open_pipeline"), 100);
        let columns = answer["columns"].as_array().expect("columns");
        let balanced: Vec<&str> = (columns.iter().filter(|column| column["balanced_by_default"] == true))
            .filter_map(|column| column["name"].as_str())
            .collect();
        assert_eq!((columns.len(), balanced), (5, vec!["open_pipeline"]));
    }
}

/// Runs carve; gives whether it succeeded, and what it printed.
fn run(arguments: &[&str]) -> (bool, String) {
    let ran = Command::new(CARVE).args(arguments).stdin(Stdio::null()).output().expect("it starts");
    (ran.status.success(), String::from_utf8_lossy(&ran.stdout).into_owned())
}

/// Codes, paths and messages of the findings in an answer or a report of `validate --json`.
fn found(answer: &Value) -> Vec<[String; 3]> {
    let findings = answer["findings"].as_array().expect("findings");
    let text = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    findings.iter().map(|finding| ["code", "path", "message"].map(|field| text(finding, field))).collect()
}

#[test]
fn what_the_reader_finds_stands_in_the_answer_and_holds_in_any_order_of_rows() {
    let dir = tempfile::tempdir().expect("a folder");
    let at = |name: &str| dir.path().join(name).to_str().expect("UTF-8").to_owned();
    let heading = "Id,Account Owner,ARR,IsDeleted,Strategic\n";
    let rows = [
        "001A0000006Vm9uIAC,Eve,#N/A,false,yes\n",
        "001A0000006Vm9vIAC,Unassigned,20,false,no\n",
        "001A0000006Vm9wIAC,Bo,30,true,no\n",
        "001A0000006Vm9xIAC,Bo,40,false,yes\n",
    ];
    let (accounts, plan, out) = (at("accounts.csv"), at("plan.yaml"), at("out"));
    std::fs::write(&accounts, heading.to_owned() + &rows.concat()).expect("written");
    // Ids of 15 characters mean those of 18.
    let text = "tiers: [{criteria: [{balance: {measure: arr}}, {mix: {attribute: Strategic}}]}]\n\
                rules:\n\
                - {rule_id: by-id, pin: {accounts: {account_ids: [001A0000006Vm9x]}, node_id: Bo}}\n\
                - {rule_id: by-filter, pin: {accounts: {filter: 'account_id == \"001A0000006Vm9u\"'}, node_id: Eve}}\n";
    std::fs::write(&plan, text).expect("written");
    let (solved, _) = run(&["solve", &accounts, "--plan", &plan, "--out", &out]);
    assert!(solved);
    let answer = std::fs::read_to_string(dir.path().join("out/plan.json")).expect("there");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    let (_, said) = run(&["validate", &accounts, "--plan", &plan, "--json"]);
    let said: Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(found(&answer), found(&said));
    let codes: Vec<String> = found(&answer).into_iter().map(|[code, ..]| code).collect();
    for code in ["amount_placeholder", "accounts_deleted", "owner_nobody"] {
        assert_eq!(codes.iter().filter(|known| *known == code).count(), 1, "{code}: {codes:?}");
    }
    let (_, text) = run(&["validate", &accounts, "--plan", &plan]);
    assert!(
        text.contains("used: IsDeleted (what is deleted), Strategic (mix)") && !text.contains("not used"),
        "{text}"
    );
    let check = |accounts: &str| run(&["check", accounts, "--plan", &plan, "--answer", &out]);
    assert!(check(&accounts).0, "{}", check(&accounts).1);
    let sorted = at("sorted.csv");
    let backwards: String = rows.iter().rev().copied().collect();
    std::fs::write(&sorted, heading.to_owned() + &backwards).expect("written");
    let (holds, text) = check(&sorted);
    // Lines are folded to the width of a terminal.
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(holds && one_line.contains("stand in another order now"), "{text}");
    // What the reader found is believed no more than all else.
    let forged = std::fs::read_to_string(dir.path().join("out/plan.json")).expect("there");
    std::fs::write(dir.path().join("out/plan.json"), forged.replace("is left out", "is carved")).expect("written");
    assert!(!check(&accounts).0);
}

#[test]
fn many_rows_with_one_fault_are_one_finding_with_their_lines() {
    let dir = tempfile::tempdir().expect("a folder");
    let accounts = dir.path().join("report.csv");
    let rows: String = (0..300).map(|row| format!("{},Ana,{},Deal {row},5\n", row / 3, row / 3)).collect();
    let text = format!("Account ID,Account Owner,Account Name,Opportunity Name,Amount\n{rows},Ana,x,y,1\n,Ana,x,y,1\n");
    std::fs::write(&accounts, text).expect("written");
    let (valid, text) = run(&["validate", accounts.to_str().expect("UTF-8")]);
    let text = unfolded(&text);
    let errors: Vec<&str> = text.lines().filter(|line| line.starts_with("error[")).collect();
    assert!(!valid && errors.len() == 2, "{text}");
    assert!(
        errors[0].contains("2 of 302 accounts have no account_id") && errors[0].ends_with("(first: lines 302, 303)")
    );
    let list = "200 of 302 accounts have the account_id of one before them: \"0\" 3 times, \"1\" 3 times, \"2\" 3 times and 97 more ids";
    assert!(errors[1].contains(list) && errors[1].contains("list of opportunities"), "{text}");
    assert!(errors[1].ends_with("(first: lines 3, 4, 6)"), "{text}");
}
