//! Numbers and names as the page shows them.

use crate::answer::{Answer, display_name};
use askama::filters::{Escaper, Html};
use carve_solver::{Amount, grouped};
use std::collections::HashMap;

/// Digits of an amount.
const DIGITS: u8 = 3;

/// A number of things, with its digits in groups.
pub(super) fn count(number: usize) -> String {
    grouped(number)
}

/// `1 account`, `1,204 accounts`.
pub(super) fn many(number: usize, what: &str) -> String {
    let plural = match what.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{what}s"),
    };
    if number == 1 { format!("1 {what}") } else { format!("{} {plural}", count(number)) }
}

/// An amount in thousands from 1,000 on: `2.06M`.
pub(super) fn short(whole: i64, decimals: u8) -> String {
    Amount::new(whole, decimals).short(DIGITS, decimals).1
}

/// A computed amount, such as a target.
pub(super) fn short_of(whole: f64, decimals: u8) -> String {
    Amount::computed(whole, decimals).short(DIGITS, decimals.min(2)).1
}

/// A part of a whole: `35.3 %`.
pub(super) fn percent(part: f64) -> String {
    let percent = part * 100.0;
    match percent.abs() {
        0.0 => "0\u{a0}%".into(),
        size if size < 0.05 => format!("{percent:.3}\u{a0}%"),
        size if size < 1_000.0 => format!("{percent:.1}\u{a0}%"),
        _ => format!("{}\u{a0}%", grouped(percent.round() as i64).replace("-,", "-")),
    }
}

/// A deviation with its sign: `+4.8 %`.
pub(super) fn signed(part: f64) -> String {
    let text = percent(part.abs());
    if text == "0\u{a0}%" || text.starts_with("0.0\u{a0}") || text.starts_with("0.000\u{a0}") {
        return "0\u{a0}%".into();
    }
    format!("{}{text}", if part < 0.0 { '−' } else { '+' })
}

/// A distance: `445 km`.
pub(super) fn km(distance: f64) -> String {
    if distance < 10.0 {
        format!("{distance:.1}\u{a0}km")
    } else {
        format!("{}\u{a0}km", grouped(distance.round() as i64))
    }
}

/// A name of a column or a criterion as a sentence has it: `open_pipeline` as `open pipeline`.
pub(super) fn spoken(name: &str) -> String {
    name.replace('_', " ")
}

/// Who has what nobody owns.
pub(super) const NOBODY: &str = "nobody";

/// Letters of a name that a cell always has room for.
const ROOM: usize = 14;

/// A name in full as an attribute, where a cell may cut it.
pub(super) fn titled(name: impl AsRef<str>) -> String {
    let name = name.as_ref();
    if name.chars().count() <= ROOM {
        return String::new();
    }
    let mut out = String::from(" title=\"");
    // Writing to text does not fail.
    let _ = Html.write_escaped_str(&mut out, name);
    out + "\""
}

/// A sentence of the plan as people say it: names of measures without underscores, and km².
pub(super) fn said(text: &str, measures: impl Iterator<Item = impl AsRef<str>>) -> String {
    let mut out = word_replaced(text, "km2", "km²");
    for measure in measures {
        let measure = measure.as_ref();
        if measure.contains('_') {
            out = word_replaced(&out, measure, &spoken(measure));
        }
    }
    out
}

/// A text with a word replaced wherever it stands alone.
fn word_replaced(text: &str, word: &str, by: &str) -> String {
    let part = |letter: char| letter.is_alphanumeric() || "_-".contains(letter);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (at, _) in text.match_indices(word) {
        let (before, after) = (text[..at].chars().next_back(), text[at + word.len()..].chars().next());
        if !before.is_some_and(part) && !after.is_some_and(part) {
            out += &text[from..at];
            out += by;
            from = at + word.len();
        }
    }
    out + &text[from..]
}

/// What nodes and owners are called on the page.
#[derive(Debug)]
pub(super) struct Labels {
    /// By node.
    nodes: Vec<String>,
    /// By owner that is no territory.
    left: HashMap<String, String>,
    pub anonymous: bool,
}

impl Labels {
    /// Those of an answer. Without names territories are numbered in tree order, and so are those who own accounts and have
    /// no territory, as the book first names them.
    pub fn of(answer: &Answer<'_>, anonymous: bool) -> Labels {
        let mut left: HashMap<String, String> = HashMap::new();
        for assignment in &answer.plan.assignments {
            let owner = &*assignment.current_owner;
            if !owner.is_empty() && answer.owner(assignment).is_none() && !left.contains_key(owner) {
                let label = if anonymous { format!("former owner {}", left.len() + 1) } else { owner.to_owned() };
                left.insert(owner.to_owned(), label);
            }
        }
        let mut seen: HashMap<usize, usize> = HashMap::new();
        let mut territories = 0;
        let node = |(index, node): (usize, &carve_solver::plan::NodeResult)| match (anonymous, display_name(node)) {
            _ if node.territory && answer.territory(&node.node_id) != Some(index) => match node.node_id.as_str() {
                "" => NOBODY.to_owned(),
                owner => left.get(owner).cloned().unwrap_or_default(),
            },
            (false, "") => node.node_id.clone(),
            (false, name) => name.to_owned(),
            (true, _) if node.territory => {
                territories += 1;
                format!("T{territories}")
            }
            (true, _) => {
                let number = seen.entry(node.level).and_modify(|n| *n += 1).or_insert(1);
                format!("L{}-{number}", node.level)
            }
        };
        let nodes = answer.plan.nodes.iter().enumerate().map(node).collect();
        Labels { nodes, left, anonymous }
    }

    /// What a node is called.
    pub fn node(&self, node: usize) -> &str {
        self.nodes.get(node).map_or("", String::as_str)
    }

    /// What an owner without a territory is called.
    pub fn left(&self, owner: &str) -> &str {
        self.left.get(owner).map_or("", String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([1, 2].map(|n| many(n, "territory")), ["1 territory", "2 territories"]);
        assert_eq!(many(1_204, "account"), "1,204 accounts");
        let plain = |text: String| text.replace('\u{a0}', " ");
        assert_eq!(
            [0.0, 0.352_9, -0.000_01, 12.5].map(|part| plain(percent(part))),
            ["0 %", "35.3 %", "-0.001 %", "1,250 %"]
        );
        assert_eq!(
            [0.048, -0.048, 0.0, 0.000_000_1].map(|part| plain(signed(part))),
            ["+4.8 %", "−4.8 %", "0 %", "0 %"]
        );
        assert_eq!([445.1, 3.21, 12_000.0].map(|far| plain(km(far))), ["445 km", "3.2 km", "12,000 km"]);
        assert_eq!(short(2_064_000, 0), "2.06M");
    }

    #[test]
    fn sentences_of_the_plan_are_said_as_people_do_and_ids_in_them_stay() {
        let text = "staying costs open_pipeline 5 and 7 km2; rule keep_open_pipeline, open_pipeline-2";
        assert_eq!(
            said(text, ["account_count", "open_pipeline"].iter()),
            "staying costs open pipeline 5 and 7 km²; rule keep_open_pipeline, open_pipeline-2"
        );
    }

    #[test]
    fn a_name_that_may_be_cut_is_whole_in_its_title() {
        assert_eq!(titled("amer-01"), "");
        assert_eq!(titled("a \"long\" <name> of an owner"), " title=\"a &#34;long&#34; &#60;name&#62; of an owner\"");
    }
}
