//! The workbook as LibreOffice reads it.

use super::{Desk, HOSTILE, amer_of_salesforce, hostile};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use tempfile::TempDir;

/// What makes one file of values a sheet, as LibreOffice numbers the settings of its CSV filter: comma, quote, UTF-8,
/// from the first line, values rather than what is shown, no formulas, every sheet.
const EVERY_SHEET: &str = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1";

/// One LibreOffice runs at a time.
static OFFICE: Mutex<()> = Mutex::new(());
/// Starts of LibreOffice: on a busy machine one sometimes ends before it has read anything, and says nothing.
const STARTS_MAX: usize = 3;

/// Every sheet as a file of values, in a folder.
fn converted(folder: &Path) -> TempDir {
    let _alone = OFFICE.lock().unwrap_or_else(PoisonError::into_inner);
    let mut said = String::new();
    for _ in 0..STARTS_MAX {
        let profile = tempfile::tempdir().expect("a folder");
        let out = tempfile::tempdir().expect("a folder");
        let run = Command::new("soffice")
            .arg(format!("-env:UserInstallation=file://{}", profile.path().display()))
            .args(["--headless", "--norestore", "--convert-to", EVERY_SHEET, "--outdir"])
            .arg(out.path())
            .arg(folder.join("accounts.xlsx"))
            .output()
            .expect("soffice starts; ./setup --tests installs it");
        if run.status.success() && fs::read_dir(out.path()).expect("a folder").next().is_some() {
            return out;
        }
        said += &format!("{}: {}\n", run.status, String::from_utf8_lossy(&run.stderr));
    }
    panic!("LibreOffice reads no workbook: {said}");
}

/// Every sheet, by its name, as rows of cells.
fn sheets(folder: &Path) -> BTreeMap<String, Vec<Vec<String>>> {
    let out = converted(folder);
    let mut sheets = BTreeMap::new();
    for entry in fs::read_dir(out.path()).expect("a folder") {
        let path = entry.expect("an entry").path();
        let stem = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path).expect("there");
        let row =
            |record: Result<csv::StringRecord, csv::Error>| record.expect("a row").iter().map(String::from).collect();
        sheets.insert(stem.trim_start_matches("accounts-").to_owned(), reader.records().map(row).collect());
    }
    assert_eq!(
        sheets.keys().collect::<Vec<_>>(),
        ["Accounts", "Findings", "Moves", "Stages", "Summary", "Territories"]
    );
    sheets
}

/// The sum of a column over the rows whose cell under `by` is `is`.
fn sum(sheet: &[Vec<String>], column: &str, by: &str, is: &str) -> i64 {
    let at = |name: &str| {
        sheet[0].iter().position(|heading| heading == name).unwrap_or_else(|| panic!("no {name} in {:?}", sheet[0]))
    };
    let (column, by) = (at(column), at(by));
    sheet[1..].iter().filter(|row| row[by] == is).map(|row| row[column].parse::<i64>().expect("a whole number")).sum()
}

#[test]
fn its_sums_are_those_of_the_plan() {
    let desk = amer_of_salesforce();
    desk.solve("xlsx", &[]);
    let sheets = sheets(&desk.path("out"));
    let plan = desk.plan();
    let (accounts, territories) = (&sheets["Accounts"], &sheets["Territories"]);
    assert_eq!((accounts.len(), territories.len()), (2_001, 18));
    let mut compared = 0;
    for node in plan["nodes"].as_array().expect("nodes").iter().filter(|node| node["territory"] == true) {
        let id = node["node_id"].as_str().expect("an id");
        for measure in node["measures"].as_array().expect("measures").iter().skip(1) {
            let name = measure["measure"].as_str().expect("a name");
            let amount: i64 = measure["amount"].as_str().expect("64 bits are text").parse().expect("a number");
            assert_eq!(sum(accounts, name, "node_id", id), amount, "{name} of {id} over accounts");
            assert_eq!(sum(territories, name, "node_id", id), amount, "{name} of {id}");
            compared += 1;
        }
    }
    assert_eq!(compared, 17 * 3);
    let moved = plan["assignments"].as_array().expect("assignments").iter().filter(|a| a["moved"] == true).count();
    assert_eq!(sheets["Moves"].len(), moved + 1);
    let summary: BTreeMap<&str, &str> =
        sheets["Summary"].iter().map(|row| (row[0].as_str(), row[1].as_str())).collect();
    assert_eq!(summary["Plan"], plan["summary"].as_str().expect("text"));
    assert_eq!(summary["Accounts that change owner"], moved.to_string());
    let total = sheets["Accounts"][1..].iter();
    let at = accounts[0].iter().position(|heading| heading == "open_pipeline").expect("a column");
    assert_eq!(
        summary["open_pipeline"],
        total.map(|row| row[at].parse::<i64>().expect("whole")).sum::<i64>().to_string()
    );
    // The same plan is the same file.
    let before = fs::read(desk.path("out/accounts.xlsx")).expect("there");
    desk.solve("xlsx", &[]);
    assert!(fs::read(desk.path("out/accounts.xlsx")).expect("there") == before, "another file for the same plan");
}

#[test]
fn hostile_names_are_text() {
    let desk = hostile();
    desk.solve("xlsx", &[]);
    let sheets = sheets(&desk.path("out"));
    let names: Vec<&str> = sheets["Accounts"][1..].iter().map(|row| row[1].as_str()).collect();
    let expected: Vec<String> = HOSTILE.iter().chain(&HOSTILE).map(|name| name.replace("\r\n", "\n")).collect();
    let names: Vec<String> = names.iter().map(|name| name.replace("\r\n", "\n")).collect();
    assert_eq!(names, expected);
}

#[test]
fn stages_have_a_row_for_each_node() {
    let accounts: String = (0..40).map(|i| format!("a{i},{}\n", 100 + i * 7 % 90)).collect();
    let desk =
        Desk::new(&format!("account_id,open_pipeline\n{accounts}"), "split: {stages: {counts: [2, 4], current: 2}}\n");
    desk.solve("xlsx", &[]);
    let stages = &sheets(&desk.path("out"))["Stages"];
    assert_eq!(stages.len(), 1 + 2 + 4);
    let plan = desk.plan();
    for node in plan["nodes"].as_array().expect("nodes").iter().filter(|node| node["level"] != 0) {
        let amount = |measure: &Value| measure["amount"].as_str().expect("text").parse::<i64>().expect("a number");
        let id = node["node_id"].as_str().expect("an id");
        assert_eq!(sum(stages, "open_pipeline", "node_id", id), amount(&node["measures"][1]), "{id}");
    }
}
