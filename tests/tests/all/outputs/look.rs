//! `report.html` in a real browser: it asks for nothing, logs nothing, and slider, search, filters, sorting and print work;
//! and names that attack do nothing.

use super::{AMER, CARVE, Desk};
use carve_tests::browser::Browser;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// Inches of a sheet that stands upright; it is printed across.
const A4: (f64, f64) = (8.27, 11.69);
const LETTER: (f64, f64) = (8.5, 11.0);
/// What a picture of the map is compared by: how many of its points have each colour, on a grid.
pub(super) const SAMPLE: &str = "const c = document.querySelector('#mapbox canvas'), g = c.getContext('2d'), seen = {}; \
     for (let x = 3; x < c.width; x += 7) for (let y = 3; y < c.height; y += 7) { \
       const key = [...g.getImageData(x, y, 1, 1).data].join(); seen[key] = (seen[key] || 0) + 1; } return seen;";

pub(super) fn desk(book: &Path) -> Desk {
    let read = |name: &str| fs::read_to_string(book.join(name)).expect("the book is there");
    Desk::new(&read("accounts.csv"), &read("plan.yaml"))
}

/// Opens the report of a desk; nothing but the page itself is asked for.
pub(super) fn opened(browser: &Browser, desk: &Desk) {
    browser.open(&desk.path("out/report.html"));
    assert_eq!(browser.logged(), Vec::<String>::new());
    let requests = browser.requests();
    let elsewhere = |url: &&String| !url.starts_with("file:///") || !url.ends_with("/report.html");
    assert!(!requests.is_empty() && !requests.iter().any(|url| elsewhere(&url)), "{requests:?}");
}

/// Sets a control as a hand would.
pub(super) fn set(browser: &Browser, id: &str, value: &str, event: &str) {
    browser.run(&format!(
        "const e = document.getElementById('{id}'); e.value = '{value}'; e.dispatchEvent(new Event('{event}', {{bubbles: true}}));"
    ));
}

pub(super) fn number(browser: &Browser, expression: &str) -> u64 {
    let is = browser.run(&format!("return {expression};"));
    is.as_u64().unwrap_or_else(|| panic!("{expression} is {is}"))
}

#[test]
fn the_report_of_seats_is_looked_at_searched_filtered_sorted_and_printed() {
    let (browser, desk) = (Browser::start(), desk(Path::new(AMER)));
    desk.solve("html", &[]);
    opened(&browser, &desk);
    assert_eq!(number(&browser, "document.querySelectorAll('#legend tbody tr').length"), 17);
    let all = browser.run(SAMPLE);
    assert!(all.as_object().is_some_and(|seen| seen.len() > 20), "the map is bare: {all}");

    // Who moves, one territory, a measure by colour and by size: each is another picture.
    let mut pictures = vec![all.clone()];
    for (id, value) in [("only", "moved"), ("colour", "today"), ("colour", "m1"), ("size", "1")] {
        set(&browser, id, value, "change");
        pictures.push(browser.run(SAMPLE));
    }
    browser.run("document.getElementById('clear').click()");
    assert_eq!(browser.run(SAMPLE), all, "reset brings it back");
    browser.run("document.querySelector('#legend tbody button').click()");
    pictures.push(browser.run(SAMPLE));
    let drawn = "document.querySelector('#mapbox canvas').dataset.drawn";
    let zoom = format!(
        "document.getElementById('clear').click(); const n = {drawn}; document.getElementById('in').click(); return n;"
    );
    let before = browser.run(&zoom);
    browser.wait(&format!("Number({drawn}) > Number({before})"));
    pictures.push(browser.run(SAMPLE));
    for (index, picture) in pictures.iter().enumerate() {
        assert!(!pictures[..index].contains(picture), "picture {index} is one of those before");
    }

    // Search: by name, with the account's facts below the map.
    set(&browser, "search", "los angeles tech 0", "input");
    assert_eq!(browser.run("return document.querySelector('#found li bdi').textContent;"), "Los Angeles Tech 0");
    browser.run(
        "document.getElementById('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));",
    );
    let detail = browser.run("return document.getElementById('detail').innerText;").to_string();
    assert!(detail.contains("A0000000") && detail.contains("Owner today") && detail.contains("amer-01"), "{detail}");

    // The list of moves: every move, sorted by any column, filtered.
    let moves = desk.plan()["assignments"].as_array().expect("a list").iter().filter(|a| a["moved"] == true).count();
    let said = browser.run("return document.getElementById('move-count').textContent;").to_string();
    let digits: String = said.chars().take_while(|c| *c != 'm').filter(char::is_ascii_digit).collect();
    assert_eq!(digits, moves.to_string(), "{said}");
    let firsts = |browser: &Browser| -> Vec<String> {
        let cells =
            "[...document.querySelectorAll('#move-table tbody tr')].slice(0, 50).map(r => r.cells[0].innerText)";
        serde_json::from_value(browser.run(&format!("return {cells};"))).expect("texts")
    };
    browser.run("document.querySelector('#move-table [data-sort=id] button').click()");
    let rising = firsts(&browser);
    assert!(rising.is_sorted() && rising.len() == 50, "{rising:?}");
    browser.run("document.querySelector('#move-table [data-sort=id] button').click()");
    assert!(firsts(&browser).is_sorted_by(|a, b| a >= b));
    set(&browser, "move-search", &rising[3].to_lowercase(), "input");
    assert!(firsts(&browser).contains(&rising[3]));
    assert_eq!(browser.logged(), Vec::<String>::new());

    for (width, height) in [A4, LETTER] {
        let pages = browser.pages(width, height);
        assert!((4..40).contains(&pages), "{pages} pages");
    }
}

#[test]
fn the_report_of_stages_shows_each_by_the_slider_and_all_on_paper() {
    let (browser, desk) = (Browser::start(), desk(&Path::new(AMER).with_file_name("growth")));
    desk.solve("html", &[]);
    opened(&browser, &desk);
    let mut pictures: Vec<Value> = Vec::new();
    for (view, count) in [(0, 2), (1, 4), (2, 8), (3, 16)] {
        set(&browser, "stage", &view.to_string(), "input");
        assert_eq!(number(&browser, "document.querySelectorAll('#legend tbody tr').length"), count);
        let name = browser.run("return document.getElementById('stage-name').textContent;").to_string();
        assert!(name.contains(&format!("{count} territories")), "{name}");
        let picture = browser.run(SAMPLE);
        assert!(!pictures.contains(&picture), "stage {count} looks like one before");
        pictures.push(picture);
    }
    browser.tools("Emulation.setEmulatedMedia", &serde_json::json!({"media": "print"}));
    let shown = "[...document.querySelectorAll('.stage svg.map')].filter(map => map.getBoundingClientRect().height > 100).length";
    assert_eq!(number(&browser, shown), 4);
    assert_eq!(number(&browser, "document.querySelector('.tools').getBoundingClientRect().height"), 0);
    browser.tools("Emulation.setEmulatedMedia", &serde_json::json!({"media": ""}));
    assert!([A4, LETTER].iter().all(|&(width, height)| browser.pages(width, height) >= 6));
    // On a phone nothing is wider than the screen.
    let phone = serde_json::json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
    browser.tools("Emulation.setDeviceMetricsOverride", &phone);
    opened(&browser, &desk);
    assert_eq!(number(&browser, "document.documentElement.scrollWidth"), 390);
}

#[test]
fn a_book_without_owners_has_a_report_too_and_it_reads_without_its_script() {
    let (browser, desk) = (Browser::start(), desk(&Path::new(AMER).with_file_name("smb-500")));
    desk.solve("html", &[]);
    opened(&browser, &desk);
    assert!(browser.run("return document.querySelector('#moves').innerText;").to_string().contains("No account"));
    browser.tools("Emulation.setScriptExecutionDisabled", &serde_json::json!({"value": true}));
    browser.load(&desk.path("out/report.html"));
    browser.tools("Emulation.setScriptExecutionDisabled", &serde_json::json!({"value": false}));
    assert_eq!(browser.run("return document.documentElement.dataset.ready || 'not run';"), "not run");
    let seen = "document.querySelector('#mapbox svg.map').getBoundingClientRect().height";
    assert!(number(&browser, &format!("Math.round({seen})")) > 200);
    assert_eq!(number(&browser, "document.querySelectorAll('#legend tbody tr').length"), 5);
    // Controls that would do nothing are not there.
    assert_eq!(number(&browser, "document.querySelector('.tools').getBoundingClientRect().height"), 0);
}

/// Names, ids, owners, headings, attributes and rules that would run, turn or break a page.
const ATTACKS: [&str; 8] = [
    "</script><img src=x onerror=\"window.owned=1\">",
    "\"><svg onload=window.owned=1>",
    "'-window.owned=1-'",
    "<style>*{display:none}</style>",
    "\u{202E}gnp.exe\u{2066}",
    "a\u{2028}window.owned=1//\u{2029}b",
    "{{7*7}}${window.owned=1}`",
    "<a href=javascript:window.owned=1>x</a><!--told-->",
];

#[test]
fn names_that_attack_do_nothing() {
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut accounts = format!("account_id,name,latitude,longitude,current_owner,{}\n", quoted("open_pipeline"));
    for row in 0..120 {
        let attack = ATTACKS[row % ATTACKS.len()];
        let (latitude, longitude) = (32.0 + (row % 11) as f64, -118.0 + (row % 37) as f64);
        let (id, name, owner) = (format!("{attack} {row}"), format!("{row} {attack}"), ATTACKS[row % 3]);
        accounts +=
            &format!("{},{},{latitude},{longitude},{},{}\n", quoted(&id), quoted(&name), quoted(owner), 100 + row * 7);
    }
    let seat = |id: &str| format!("      - {{seat_id: {}, display_name: {}}}\n", Value::from(id), Value::from(id));
    let seats: String = [ATTACKS[0], ATTACKS[1], ATTACKS[4]].map(seat).concat();
    let rule =
        format!("rules: [{{rule_id: {}, bounds: {{measure: account_count, max: 80}}}}]\n", Value::from(ATTACKS[0]));
    let desk = Desk::new(&accounts, &format!("split:\n  seats:\n    seats:\n{seats}{rule}"));
    // The name of the file is one more.
    let file = "<img src=x onerror=window.owned=1>#?.csv";
    fs::rename(desk.path("accounts.csv"), desk.path(file)).expect("renamed");
    desk.run(&["solve", file, "--plan", "plan.yaml", "--out", "out", "--work-limit", "200000", "--format", "html"]);
    let browser = Browser::start();
    opened(&browser, &desk);
    browser.run("document.querySelector('#legend tbody button').click(); document.getElementById('clear').click();");
    set(&browser, "search", "0", "input");
    browser.run(
        "document.getElementById('search').dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));",
    );
    set(&browser, "move-search", "onerror", "input");
    assert_eq!(browser.run("return window.owned || 0;"), 0);
    for tag in ["img", "a[href^=javascript]", "svg[onload]", "[onerror]", "style + style", "iframe", "object", "link"] {
        assert_eq!(number(&browser, &format!("document.querySelectorAll('{tag}').length")), 0, "{tag}");
    }
    assert_eq!(browser.logged(), Vec::<String>::new());
    assert!(browser.requests().is_empty());
    // They are there as what they are: text, without letters that turn it.
    let detail = browser.run("return document.getElementById('detail').innerText;").to_string();
    assert!(detail.contains("onerror") || detail.contains("owned"), "{detail}");
    let page = desk.read("out/report.html");
    assert!(!page.contains(['\u{202E}', '\u{2066}', '\u{2028}', '\u{2029}']));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("<!--told-->").count(), page.matches("<!--/told-->").count());
    desk.run(&["check", file, "--plan", "plan.yaml", "--answer", "out"]);
}

#[test]
fn an_anonymous_report_names_nobody_and_is_checked_as_one() {
    let desk = desk(Path::new(AMER));
    desk.solve("html", &["--anonymous"]);
    let page = desk.read("out/report.html");
    for name in ["amer-0", "A0000", "Los Angeles", "accounts.csv", "seat_id"] {
        assert!(!page.contains(name), "{name}");
    }
    let browser = Browser::start();
    opened(&browser, &desk);
    let text = browser.run("return document.body.innerText;").to_string();
    assert!(text.contains("T17") && text.contains("account 1,") && !text.contains("amer-"), "{text}");
    let checked = desk.run(&["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"]);
    assert!(checked.contains("report.html"), "{checked}");
}

#[test]
fn a_report_that_was_altered_is_a_fault_and_what_it_tells_of_its_run_is_none() {
    let desk = desk(&Path::new(AMER).with_file_name("smb-500"));
    desk.solve("html", &[]);
    let check = ["check", "accounts.csv", "--plan", "plan.yaml", "--answer", "out"];
    let checked = super::one_line(&desk.run(&check));
    assert!(checked.contains("file not compared: report.html: what it tells of the run"), "{checked}");
    let page = desk.read("out/report.html");
    let alter = |from: &str, to: &str| {
        assert!(page.contains(from), "{from}");
        fs::write(desk.path("out/report.html"), page.replacen(from, to, 1)).expect("written");
    };
    alter("<dt>Seed</dt><dd><bdi>0<", "<dt>Seed</dt><dd><bdi>7<");
    desk.run(&check);
    for (from, to) in
        [("5 territories for 500", "5 territories for 501"), ("script-src 'sha256", "script-src 'none' 'sha256")]
    {
        alter(from, to);
        let ran = Command::new(CARVE).args(check).current_dir(desk.dir.path()).output().expect("it starts");
        assert_eq!(ran.status.code(), Some(5));
        let printed = super::one_line(&String::from_utf8_lossy(&ran.stdout));
        assert!(printed.contains("fault: report.html: it is not what carve shows of this plan"), "{printed}");
    }
}

#[test]
fn reports_of_large_books_stay_small() {
    for (accounts, most) in [(2_000, 225_000), (20_000, 1_000_000)] {
        let desk = Desk::new("", "");
        let count = accounts.to_string();
        desk.run(&["generate", "--accounts", &count, "--shape", "owned", "--out", "."]);
        desk.run(&[
            "solve",
            "accounts.csv",
            "--plan",
            "plan.yaml",
            "--out",
            "out",
            "--work-limit",
            "100000",
            "--time-limit",
            "24h",
            "--format",
            "html",
        ]);
        let size = fs::metadata(desk.path("out/report.html")).expect("written").len();
        assert!(size <= most, "{size} bytes for {accounts} accounts");
    }
}
