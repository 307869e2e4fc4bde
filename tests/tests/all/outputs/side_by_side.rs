//! `compare.html` in a real browser: it asks for nothing, logs nothing, reads by keys alone, in the dark and on a phone, and
//! names that attack do nothing.

use super::look::number;
use super::{Desk, one_line};
use carve_tests::browser::Browser;
use serde_json::json;
use std::fmt::Write;

/// Two hundred accounts over the states, of four owners with names that attack; and a list in which others have them.
fn compared() -> Desk {
    let owners = ["<img src=x onerror=\"window.owned=1\">", "</style><script>window.owned=1</script>", "plain", "Zoë"];
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let (mut accounts, mut list) =
        (String::from("account_id,name,latitude,longitude,current_owner,open_pipeline\n"), String::from("id,who\n"));
    for i in 0..200_usize {
        let (latitude, longitude) = (32.0 + (i % 11) as f64, -118.0 + (i % 37) as f64);
        let owner = quoted(owners[i % 4]);
        let _ = writeln!(accounts, "A{i},Name {i},{latitude},{longitude},{owner},{}", 100 + i * 7 % 90);
        let _ = writeln!(list, "A{i},{}", quoted(owners[i / 50]));
    }
    let seats: Vec<String> = owners.iter().map(|id| format!("{{seat_id: {}}}", serde_json::Value::from(*id))).collect();
    let desk = Desk::new(&accounts, &format!("split: {{seats: {{seats: [{}]}}}}\n", seats.join(", ")));
    std::fs::write(desk.path("theirs.csv"), list).expect("written");
    let compare = ["compare", "accounts.csv", "--plan", "plan.yaml", "--today", "--assignments", "theirs.csv"];
    desk.run(&[&compare[..], &["--out", "out", "--time-limit", "2s"]].concat());
    desk
}

#[test]
fn plans_side_by_side_are_looked_at_in_every_light_and_width() {
    let (browser, desk) = (Browser::start(), compared());
    browser.load(&desk.path("out/compare.html"));
    assert_eq!(browser.logged(), Vec::<String>::new());
    let requests = browser.requests();
    assert!(!requests.is_empty() && requests.iter().all(|url| url.ends_with("/compare.html")), "{requests:?}");
    assert_eq!(browser.run("return window.owned || 0;"), 0);
    assert_eq!(number(&browser, "document.querySelectorAll('script, img, [onerror], style + style').length"), 0);
    // Three maps, each with the outlines and the accounts of four holders.
    assert_eq!(number(&browser, "document.querySelectorAll('.maps figure').length"), 3);
    for kind in ["ground", "pts"] {
        let all = format!("document.querySelectorAll('.maps svg .{kind}').length");
        assert_eq!(number(&browser, &all), 12, "{kind}");
    }
    let text = one_line(browser.run("return document.body.innerText;").as_str().expect("text"));
    assert!(text.contains("onerror") && text.contains("Zoë") && text.contains("worst-off territory"), "{text}");
    // Who is focused in the legend stands out on every map; a map that is picked grows. Both by keys.
    let faint = "[...document.querySelectorAll('.maps .pts')].filter(p => getComputedStyle(p).opacity < 0.5).length";
    assert_eq!(number(&browser, faint), 0);
    browser.run("document.querySelector('.legend a').focus();");
    assert_eq!(number(&browser, faint), 9);
    let width = "Math.round(document.querySelector('.maps figure').getBoundingClientRect().width)";
    let before = number(&browser, width);
    browser.run("document.querySelector('.maps figcaption a').click();");
    assert!(number(&browser, width) > before);
    let reached = "[...document.querySelectorAll('a, [tabindex]')].every(e => e.tabIndex >= 0)";
    assert_eq!(browser.run(&format!("return {reached};")), true);
    // Text is read in both lights: 4.5 to 1 at least.
    for scheme in ["light", "dark"] {
        let media = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}]});
        browser.tools("Emulation.setEmulatedMedia", &media);
        let least = browser.run(CONTRAST).as_f64().expect("a number");
        assert!(least >= 4.5, "{scheme}: {least}");
    }
    // On a phone nothing is wider than the screen.
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 2, "mobile": true});
    browser.tools("Emulation.setDeviceMetricsOverride", &phone);
    browser.load(&desk.path("out/compare.html"));
    assert_eq!(number(&browser, "document.documentElement.scrollWidth"), 390);
    assert_eq!(browser.logged(), Vec::<String>::new());
}

/// The least contrast of text on what is behind it, as WCAG 2 counts it.
const CONTRAST: &str = "const part = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; }; \
    const light = text => { const [r, g, b] = text.match(/[\\d.]+/g).map(Number); \
      return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b); }; \
    const behind = e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; \
      if (!/, 0\\)$|transparent/.test(c)) return c; } return 'rgb(255, 255, 255)'; }; \
    const all = [...document.querySelectorAll('h1,h2,p,li,td,th,caption,figcaption bdi,a')].filter(e => e.innerText.trim()); \
    return Math.min(...all.map(e => { const a = light(getComputedStyle(e).color), b = light(behind(e)); \
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }));";
