//! Accounts of the map that are chosen by the value of a measure, as people write amounts, together with the other filters.

use super::look::{SAMPLE, number, opened, set};
use super::{AMER, Desk};
use carve_tests::browser::Browser;
use serde_json::json;
use std::fs;
use std::path::Path;

/// `1,204 of 2,000 accounts` as numbers; nothing where nothing is said.
fn matched(browser: &Browser) -> Vec<u64> {
    let said = browser.run("return document.getElementById('matched').textContent;");
    let digits: String = said.as_str().expect("text").chars().filter(|c| *c != ',').collect();
    digits.split_whitespace().filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn accounts_are_chosen_by_a_measure_in_the_units_of_the_file() {
    let read = |name: &str| fs::read_to_string(Path::new(AMER).join(name)).expect("the book is there");
    // Amounts in cents: 100.05 is what the file has and what is typed.
    let accounts = read("accounts.csv");
    let heading = accounts.lines().next().expect("a heading");
    let place = heading.split(',').position(|column| column == "open_pipeline").expect("it is there");
    let mut amounts: Vec<i64> = Vec::new();
    let row = |(number, line): (usize, &str)| {
        let mut cells: Vec<String> = line.split(',').map(String::from).collect();
        if number > 0 {
            let whole: i64 = cells[place].parse().expect("a number");
            amounts.push(whole * 100 + 5);
            cells[place] = format!("{whole}.05");
        }
        cells.join(",") + "\n"
    };
    let accounts: String = accounts.lines().enumerate().map(row).collect();
    let (browser, desk) = (Browser::start(), Desk::new(&accounts, &read("plan.yaml")));
    desk.solve("html", &[]);
    opened(&browser, &desk);
    let all = browser.run(SAMPLE);
    assert!(matched(&browser).is_empty());
    assert_eq!(browser.run("return document.getElementById('least').disabled;"), true);
    let count = |least: i64, most: i64| amounts.iter().filter(|a| (least..=most).contains(*a)).count() as u64;
    let all_of = amounts.len() as u64;
    let whole = amounts[amounts.len() / 2];
    let exact = format!("{}.05", whole / 100);
    set(&browser, "by", "1", "change");
    assert_eq!(browser.run("return document.getElementById('least').disabled;"), false);
    // To the last cent, on both sides.
    set(&browser, "least", &exact, "input");
    assert_eq!(matched(&browser), [count(whole, i64::MAX), all_of]);
    set(&browser, "most", &exact, "input");
    assert_eq!(matched(&browser), [count(whole, whole), all_of]);
    set(&browser, "least", "12.5k", "input");
    set(&browser, "most", "1,000,000", "input");
    assert_eq!(matched(&browser), [count(1_250_000, 100_000_000), all_of]);
    let chosen = browser.run(SAMPLE);
    assert_ne!(chosen, all);
    // With the others: no more than each alone.
    set(&browser, "only", "moved", "change");
    let both = matched(&browser)[0];
    assert!(both > 0 && both < count(1_250_000, 100_000_000), "{both}");
    // What is no number is framed and chooses nothing.
    set(&browser, "only", "all", "change");
    set(&browser, "most", "many", "input");
    assert_eq!(browser.run("return document.getElementById('most').getAttribute('aria-invalid');"), "true");
    assert_eq!(matched(&browser), [count(1_250_000, i64::MAX), all_of]);
    // By keys alone: from the choice of the measure to its least.
    browser.run("document.getElementById('clear').click(); document.getElementById('by').focus();");
    assert_eq!(browser.run(SAMPLE), all);
    for key in ["ArrowDown", "Tab", "9", "9"] {
        press(&browser, key);
    }
    assert_eq!(browser.run("return document.activeElement.id;"), "least");
    assert_eq!(matched(&browser), [count(9_900, i64::MAX), all_of]);
    assert_eq!(number(&browser, "document.querySelectorAll('[aria-invalid=true]').length"), 0);
    assert_eq!(browser.logged(), Vec::<String>::new());
}

/// Presses a key as a keyboard does.
fn press(browser: &Browser, key: &str) {
    let (code, text) = match key {
        "Tab" => (9, ""),
        "ArrowDown" => (40, ""),
        digit => (i32::from(digit.as_bytes()[0]), digit),
    };
    let down = if text.is_empty() { "rawKeyDown" } else { "keyDown" };
    for kind in [down, "keyUp"] {
        let text = if kind == "keyUp" { "" } else { text };
        let event = json!({"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code, "text": text});
        browser.tools("Input.dispatchKeyEvent", &event);
    }
}
