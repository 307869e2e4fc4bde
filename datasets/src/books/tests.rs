//! The committed files are what is made here, and each book can be carved fairly.

use super::*;
use carve_reader::read_accounts;
use std::collections::{HashMap, HashSet};

fn folder(name: BookName) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("books").join(name.folder())
}

#[test]
fn committed_books_are_what_is_made() {
    for name in BookName::ALL {
        let made = tempfile::tempdir().expect("a temporary folder");
        write_book(name, made.path()).expect("the temporary folder takes files");
        for file in ["accounts.csv", "plan.yaml", "recarve.yaml"] {
            let read = |folder: &Path| std::fs::read(folder.join(file)).ok();
            assert!(read(made.path()).is_some() || file == "recarve.yaml", "{}/{file} is not made", name.folder());
            let same = read(made.path()) == read(&folder(name));
            assert!(same, "{}/{file} is out of date: run the example write_books", name.folder());
        }
    }
}

#[test]
fn every_book_has_its_story_and_command() {
    for name in BookName::ALL {
        let story = std::fs::read_to_string(folder(name).join("README.md")).expect("the story is there");
        let path = format!("datasets/books/{}", name.folder());
        let command = format!(
            "cargo run --release -- solve {path}/accounts.csv --plan {path}/plan.yaml --out out/{}",
            name.folder()
        );
        assert!(story.contains(&command), "{path}");
        let recarve =
            command.replace("plan.yaml", "recarve.yaml").replace(&format!("out/{}", name.folder()), "out/recarve");
        assert!(named_book(name).recarve_yaml.is_none() || story.contains(&recarve), "{path}");
    }
}

#[test]
fn books_are_read_back_without_findings() {
    for name in BookName::ALL {
        let bytes = std::fs::read(folder(name).join("accounts.csv")).expect("the file is there");
        let file = read_accounts(&bytes).expect("the book is sound");
        assert!(file.warnings.is_empty() && file.book.near_measures.is_empty(), "{:?}", file.warnings);
        let by_name = |mut book: Book| {
            book.columns.clear();
            book.measures.sort_by(|one, other| one.name.cmp(&other.name));
            book.attributes.sort_by(|one, other| one.name.cmp(&other.name));
            book
        };
        assert_eq!(by_name(file.book), by_name(named_book(name).book));
    }
}

/// The largest family's part of a fair share, over all measures but the score.
fn largest_unit(book: &Book, shares: f64) -> f64 {
    let heads =
        book.parents.iter().zip(&book.account_ids).map(|(parent, id)| if parent.is_empty() { id } else { parent });
    let heads: Vec<&String> = heads.collect();
    let mut largest: f64 = 0.0;
    for column in book.measures.iter().filter(|column| column.name != "score") {
        let mut held: HashMap<&str, i64> = HashMap::new();
        for (head, amount) in heads.iter().zip(&column.amounts) {
            *held.entry(head).or_default() += amount;
        }
        let fair = column.amounts.iter().sum::<i64>() as f64 / shares;
        largest = held.values().fold(largest, |l, amount| l.max(*amount as f64 / fair));
    }
    largest
}

#[test]
fn no_unit_is_too_large_for_a_fair_share() {
    let book = |name| named_book(name).book;
    assert!(largest_unit(&book(BookName::Smb500), 5.0) < 0.15);
    assert!((0.4..0.6).contains(&largest_unit(&book(BookName::Amer17), 16.0)));
    assert!(largest_unit(&book(BookName::Growth), 16.0) < 0.5);
}

#[test]
fn owners_are_those_of_the_story() {
    let owners = |name| -> HashSet<String> { named_book(name).book.current_owners.into_iter().collect() };
    assert_eq!(owners(BookName::Smb500), HashSet::from([String::new()]));
    assert_eq!(owners(BookName::Growth), HashSet::from(["s2-1".to_owned(), "s2-2".to_owned()]));
    assert_eq!(owners(BookName::Amer17), (1..=15).map(|seat| format!("amer-{seat:02}")).collect());
}
