//! A loader of Salesforce's files that shares no code with the writer: it holds every file to what Salesforce's object
//! reference and the Bulk API ask of it, and counts what a person still has to fill in.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::path::Path;

/// Bytes of a file that the Bulk API takes.
const BYTES_MAX: usize = 100_000_000;
/// Characters of a query.
const QUERY_CHARS_MAX: usize = 100_000;

/// The files of a folder as a loader sees them.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    /// What Salesforce would refuse.
    pub faults: Vec<String>,
    /// Required columns with empty fields, by file.
    pub unfilled: BTreeSet<String>,
    /// Who owns which account after accounts_owner.csv.
    pub owners: BTreeMap<String, String>,
    /// The DeveloperNames that are created.
    pub territories: BTreeSet<String>,
    /// Territory2Id or DeveloperName of each account that comes into one.
    pub holdings: BTreeMap<String, String>,
    /// Rows of user_territory2.csv: the user, and the territory.
    pub users: Vec<(String, String)>,
}

/// A column: its API name, whether a row must have it, and what it takes.
type Rule = (&'static str, bool, fn(&str) -> bool);

/// A file: its name, its columns, those that stand for one which is still to be filled in, and those that no two rows
/// have alike.
type File = (&'static str, &'static [Rule], &'static [&'static str], &'static [usize]);

/// By file: the columns in order, those beside them that stand for one which is still to be filled in, and the columns
/// that no two rows have alike.
const FILES: [File; 4] = [
    ("accounts_owner", &[("Id", true, account), ("OwnerId", true, user)], &[], &[0]),
    (
        "territory2",
        &[
            ("Name", true, |text| (1..=80).contains(&text.chars().count())),
            ("DeveloperName", true, developer_name),
            ("Territory2ModelId", true, |text| id(text, "0MA")),
            ("Territory2TypeId", true, |text| id(text, "0M5")),
            ("ParentTerritory2Id", false, territory),
            ("Description", false, |text| text.chars().count() <= 1_000),
        ],
        &[],
        &[1],
    ),
    (
        "object_territory2_insert",
        &[
            ("ObjectId", true, account),
            ("Territory2Id", true, territory),
            ("AssociationCause", true, |text| text == "Territory2Manual"),
        ],
        &["Territory2DeveloperName"],
        &[0],
    ),
    (
        "user_territory2",
        &[
            ("UserId", true, user),
            ("Territory2Id", true, territory),
            ("RoleInTerritory2", false, |text| ["Owner", "Administrator", "Sales Rep"].contains(&text)),
        ],
        &["Territory2DeveloperName"],
        &[],
    ),
];

/// Loads a folder.
pub(super) fn load(folder: &Path) -> Loaded {
    let mut loaded = Loaded::default();
    let mut seen: HashSet<(String, String)> = HashSet::new();
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let bytes = fs::read(&path).expect("it is there");
        let Ok(text) = std::str::from_utf8(&bytes) else {
            loaded.faults.push(format!("{name}: not UTF-8"));
            continue;
        };
        if text.starts_with('\u{FEFF}') {
            loaded.faults.push(format!("{name}: a byte order mark"));
        }
        if bytes.len() > BYTES_MAX {
            loaded.faults.push(format!("{name}: {} bytes", bytes.len()));
        }
        match name.rsplit_once('.') {
            Some((stem, "csv")) => rows(stem, text, &mut loaded, &mut seen),
            Some((_, "soql")) => queries(&name, text, &mut loaded.faults),
            _ if name == "README.txt" => {
                if text.lines().filter(|line| !line.starts_with(' ')).count() != 3 {
                    loaded.faults.push("README.txt has not three paragraphs".into());
                }
            }
            _ => loaded.faults.push(format!("{name}: no file that a loader knows")),
        }
    }
    loaded
}

fn rows(stem: &str, text: &str, loaded: &mut Loaded, seen: &mut HashSet<(String, String)>) {
    // The second part of accounts_owner.csv is accounts_owner-2.csv.
    let kind = match stem.rsplit_once('-') {
        Some((kind, part)) if part.parse::<u32>().is_ok() => kind,
        _ => stem,
    };
    let Some((kind, rules, stand_ins, unique)) = FILES.iter().find(|(name, ..)| *name == kind) else {
        loaded.faults.push(format!("{stem}.csv: no object has this file"));
        return;
    };
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let mut records = reader.records().map(|record| record.expect("every row has as many fields as the first"));
    let headings: Vec<String> = records.next().expect("a heading").iter().map(String::from).collect();
    let known: Vec<&str> = rules.iter().map(|(name, ..)| *name).collect();
    let more = headings.get(known.len()..).unwrap_or_default();
    if headings.len() < known.len()
        || headings[..known.len()] != known
        || more.iter().any(|m| !stand_ins.contains(&m.as_str()))
    {
        loaded.faults.push(format!("{stem}.csv: headings {headings:?}"));
        return;
    }
    for (row, record) in records.enumerate() {
        for ((column, required, takes), field) in rules.iter().zip(&record) {
            let at = || format!("{stem}.csv row {row} {column} {field:?}");
            match field {
                "" if *required => {
                    loaded.unfilled.insert(format!("{kind}.{column}"));
                }
                "" => {}
                "#N/A" if *required => loaded.faults.push(format!("{}: null", at())),
                _ if field.trim() != field => loaded.faults.push(format!("{}: spaces around it", at())),
                _ if !takes(field) => loaded.faults.push(format!("{}: not taken", at())),
                _ => {}
            }
        }
        let key: String = unique.iter().map(|&column| record[column].to_lowercase() + "\0").collect();
        if !unique.is_empty() && !seen.insert((kind.to_string(), key)) {
            loaded.faults.push(format!("{stem}.csv row {row}: a second one for {:?}", &record[unique[0]]));
        }
        let last = || if record[1].is_empty() { record[record.len() - 1].to_owned() } else { record[1].to_owned() };
        match *kind {
            "accounts_owner" => drop(loaded.owners.insert(record[0].into(), record[1].into())),
            "territory2" => {
                loaded.territories.insert(record[1].into());
            }
            "object_territory2_insert" => drop(loaded.holdings.insert(record[0].into(), last())),
            _ => loaded.users.push((record[0].into(), last())),
        }
    }
}

fn queries(name: &str, text: &str, faults: &mut Vec<String>) {
    for query in text.lines() {
        // What stands in quotes, with \' inside it, is a value; the rest has no quotes left.
        let mut inside = false;
        let mut before = ' ';
        for c in query.chars() {
            inside ^= c == '\'' && !(inside && before == '\\');
            before = if before == '\\' && c == '\\' { ' ' } else { c };
        }
        if !query.starts_with("SELECT Id, ")
            || !query.ends_with(')')
            || inside
            || query.chars().count() > QUERY_CHARS_MAX
        {
            faults.push(format!("{name}: {}", query.chars().take(200).collect::<String>()));
        }
    }
}

fn account(text: &str) -> bool {
    id(text, "001")
}

fn user(text: &str) -> bool {
    id(text, "005")
}

fn territory(text: &str) -> bool {
    id(text, "0MI")
}

/// An id of 18 characters of this kind, whose last three say which of the first fifteen are upper case.
fn id(text: &str, kind: &str) -> bool {
    let plain = text.len() == 18 && text.starts_with(kind) && text.chars().all(|c| c.is_ascii_alphanumeric());
    plain
        && (0..3).all(|third| {
            let five: Vec<char> = text.chars().skip(third * 5).take(5).collect();
            let number =
                (0..5).map(|bit| if five[bit].is_ascii_uppercase() { 2_u8.pow(bit as u32) } else { 0 }).sum::<u8>();
            let expected = if number < 26 { b'A' + number } else { b'0' + number - 26 };
            text.as_bytes()[15 + third] == expected
        })
}

fn developer_name(text: &str) -> bool {
    let mut characters = text.chars();
    let first = characters.next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = characters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    first && plain && !text.contains("__") && !text.ends_with('_') && text.len() <= 80
}

/// The loader refuses what it should: a file of each fault.
#[test]
fn the_loader_takes_nothing_that_salesforce_refuses() {
    let owners = |row: &str| ("accounts_owner.csv", format!("Id,OwnerId\n{row}\n"));
    let territory = |row: &str| {
        let headings = "Name,DeveloperName,Territory2ModelId,Territory2TypeId,ParentTerritory2Id,Description";
        ("territory2.csv", format!("{headings}\n{row}\n"))
    };
    let good = "001000000000001AAA,005000000000001AAA";
    for ((name, text), taken) in [
        (owners(good), true),
        (owners("001000000000001,005000000000001AAA"), false),
        (owners("001000000000001AAB,005000000000001AAA"), false),
        (owners("A0000001,005000000000001AAA"), false),
        (owners("001000000000001AAA,Ann"), false),
        (owners("001000000000001AAA, 005000000000001AAA"), false),
        (owners("001000000000001AAA,#N/A"), false),
        (owners(&format!("{good}\n{good}")), false),
        (("accounts_owner.csv", format!("\u{FEFF}Id,OwnerId\n{good}\n")), false),
        (("accounts_owner.csv", format!("AccountId,OwnerId\n{good}\n")), false),
        (("owners.csv", "Id\n".into()), false),
        (territory("East,East,,,,"), true),
        (territory("East,1East,,,,"), false),
        (territory("East,East__2,,,,"), false),
        (territory("East,East,,,,\nEast,EAST,,,,"), false),
        (territory(&format!("{},East,,,,", "n".repeat(81))), false),
        (
            (
                "object_territory2_insert.csv",
                "ObjectId,Territory2Id,AssociationCause\n001000000000001AAA,,Manual\n".into(),
            ),
            false,
        ),
        (("object_territory2_insert.csv", "AccountId,Territory2Id,AccountCause\n".into()), false),
        (("object_territory2_delete.soql", "SELECT Id, ObjectId FROM X WHERE A IN ('O\\'N')\n".into()), true),
        (("object_territory2_delete.soql", "SELECT Id, ObjectId FROM X WHERE A IN ('O'N')\n".into()), false),
    ] {
        let dir = tempfile::tempdir().expect("a folder");
        fs::write(dir.path().join(name), &text).expect("written");
        assert_eq!(load(dir.path()).faults.is_empty(), taken, "{name}: {text}");
    }
}
