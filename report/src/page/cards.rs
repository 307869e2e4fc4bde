//! What is seen first: the title, a sentence, a few figures, and the territories by colour.

use super::Shown;
use super::balance;
use super::proof::{Unit, for_anchors, gap_of, gave_back, shown_in, unit};
use super::today::Owner;
use super::words::{count, km, many, percent, short, signed, spoken};
use carve_solver::plan::{MoveCode, Reason};

/// A figure.
pub(super) struct Card {
    pub title: &'static str,
    pub value: String,
    pub note: String,
    /// `good`, `fair` or empty.
    pub mark: &'static str,
}

/// A territory in the list beside the map.
pub(super) struct LegendRow {
    pub node: usize,
    pub label: String,
    pub colour: String,
    pub accounts: String,
    pub off: String,
    pub outside: bool,
    pub note: String,
}

pub(super) fn title(shown: &Shown<'_, '_>) -> String {
    let territories = shown.answer.nodes_in_force().filter(|(_, node)| !node.outside_balance).count();
    format!("{} for {}", many(territories, "territory"), many(shown.answer.plan.assignments.len(), "account"))
}

/// The plan's own sentence, or where names are left out one without them.
pub(super) fn headline(shown: &Shown<'_, '_>) -> String {
    match shown.labels.anonymous {
        false => shown.answer.plan.summary.clone(),
        true => "Names of accounts and sellers are left out of this page.".into(),
    }
}

/// The figures.
pub(super) fn cards(shown: &Shown<'_, '_>) -> Vec<Card> {
    let mut cards = vec![fairness(shown)];
    cards.extend(farthest(shown));
    if shown.today.is_owned() {
        cards.push(change(shown));
    }
    cards.extend(distance(shown));
    cards.push(proof(shown));
    cards
}

fn fairness(shown: &Shown<'_, '_>) -> Card {
    let met = balance::met(shown);
    let today = if shown.today.is_owned() {
        format!("Today: {} of {}.", count(met.before), count(met.of))
    } else {
        String::new()
    };
    match met.banded {
        true => Card {
            title: "Territories within every band",
            value: format!("{} of {}", count(met.after), count(met.of)),
            note: today,
            mark: if met.after == met.of { "good" } else { "fair" },
        },
        false => Card {
            title: "Territories",
            value: count(met.of),
            note: "Nothing is balanced in this plan.".into(),
            mark: "",
        },
    }
}

/// The measure whose worst territory is farthest off, before and after.
fn farthest(shown: &Shown<'_, '_>) -> Option<Card> {
    let measures = 0..shown.answer.measures.len();
    let worst = |measure: usize, before: bool| {
        let name = shown.answer.measures[measure].measure;
        shown
            .answer
            .nodes_in_force()
            .filter(|(_, node)| !node.outside_balance)
            .filter_map(|(index, node)| {
                let result = node.measures.get(measure).filter(|result| result.target > 0.0)?;
                shown.answer.tolerance(name, node.level)?;
                let had = shown.today.amount(Owner::Territory(index), measure) as f64;
                Some(if before { (had - result.target) / result.target } else { result.deviation })
            })
            .max_by(|a, b| a.abs().total_cmp(&b.abs()))
    };
    let after = measures.clone().filter_map(|measure| Some((measure, worst(measure, false)?)));
    let (measure, off) = after.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()))?;
    let before = if shown.today.is_owned() {
        let before = measures.filter_map(|measure| Some((measure, worst(measure, true)?)));
        before.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())).map_or_else(String::new, |(measure, off)| {
            format!("Today: {} in {}.", signed(off), spoken(shown.answer.measures[measure].measure))
        })
    } else {
        String::new()
    };
    Some(Card {
        title: "Amount farthest from a fair share",
        value: signed(off),
        note: format!("In {}. {before}", spoken(shown.answer.measures[measure].measure)),
        mark: "",
    })
}

fn change(shown: &Shown<'_, '_>) -> Card {
    let moved = || shown.answer.plan.assignments.iter().enumerate().filter(|(_, assignment)| assignment.moved);
    let accounts = moved().count();
    let all: i64 = shown.sizes.iter().fold(0, |sum, size| sum.saturating_add(*size));
    let amount: i64 =
        moved().fold(0, |sum, (account, _)| sum.saturating_add(shown.sizes.get(account).copied().unwrap_or(0)));
    let kept = shown
        .answer
        .plan
        .tiers
        .iter()
        .find(|tier| matches!(tier.criteria.as_slice(), [one] if one.criterion.starts_with("continuity")));
    let least =
        kept.filter(|tier| tier.bound > 1e-9 && tier.criteria[0].value > 0.0).map_or_else(String::new, |tier| {
            let bound = tier.bound * tier.criteria[0].value / tier.value.max(1e-12);
            // What is proved is of what the goal counts, which need not be what moves are counted in.
            let of = match tier.criteria[0].criterion.split_once(' ') {
                Some((_, "account_count")) => " of the accounts".to_owned(),
                Some((_, measure)) => format!(" of {}", spoken(measure)),
                None => String::new(),
            };
            format!(" At least {}{of} must, within the goals before it.", percent(bound))
        });
    let left = moved().filter(|(_, a)| a.move_reason.as_ref().is_some_and(|r| r.code == MoveCode::OwnerLeft)).count();
    let left = if left > 0 { format!(" ({} whose owner has no territory)", count(left)) } else { String::new() };
    match shown.sized > 0 && all > 0 {
        true => Card {
            title: "Changes owner",
            value: format!("{} of {}", percent(amount as f64 / all as f64), spoken(shown.size_name())),
            note: format!("{}{left}, {}.{least}", many(accounts, "account"), short(amount, shown.size_decimals())),
            mark: "",
        },
        false => {
            Card { title: "Changes owner", value: many(accounts, "account"), note: least.trim().to_owned(), mark: "" }
        }
    }
}

fn distance(shown: &Shown<'_, '_>) -> Option<Card> {
    let nodes = || shown.answer.nodes_in_force().filter(|(_, node)| node.anchor.is_some());
    let accounts =
        |node: &carve_solver::plan::NodeResult| node.measures.first().map_or(0, |measure| measure.amount) as f64;
    let (sum, weight) = nodes().fold((0.0, 0.0), |(sum, weight), (_, node)| {
        (sum + node.mean_distance_km * accounts(node), weight + accounts(node))
    });
    if weight == 0.0 || sum == 0.0 {
        return None;
    }
    let homes = nodes().any(|(_, node)| !node.anchor_found);
    let before = shown
        .today
        .distance_km
        .map_or_else(String::new, |before| format!("Today, to the owner's home: {}. ", km(before)));
    let counts_squares = |tier: &&carve_solver::plan::TierResult| unit(tier) == Unit::SquareKm;
    let squares = shown.answer.plan.tiers.iter().find(counts_squares).map_or_else(String::new, |tier| {
        format!(
            "The mean of all ways. The goal counts their root mean square, {}, where long ways weigh more.",
            shown_in(Unit::SquareKm, tier.value)
        )
    });
    Some(Card {
        title: if homes {
            "From account to home or centre, on average"
        } else {
            "From account to the centre, on average"
        },
        value: km(sum / weight),
        note: before + &squares,
        mark: "",
    })
}

fn proof(shown: &Shown<'_, '_>) -> Card {
    let plan = shown.answer.plan;
    let gaps: Vec<f64> = plan.tiers.iter().enumerate().map(|(index, tier)| gap_of(shown, index, tier)).collect();
    let anchors = for_anchors(shown, plan.tiers.len());
    let proved = gaps.iter().filter(|gap| **gap <= 1e-9).count();
    let worst = gaps.iter().copied().fold(0.0, f64::max);
    let (value, mark) = match plan.termination.reason {
        Reason::Optimal => ("Best possible".to_owned(), "good"),
        Reason::WithinGap => (format!("Within {}", percent(plan.gap_target.max(1e-9))), "good"),
        _ if worst <= 1e-9 => ("Every goal at its bound".into(), "good"),
        _ => (format!("{proved} of {} goals proved best", plan.tiers.len()), "fair"),
    };
    let note = match worst > 1e-9 {
        true if worst > 0.9995 => "Of another nothing is proved yet: a longer search proves more.".into(),
        true => format!("Every other goal: at most {} better is possible{anchors}.", percent(worst)),
        false => format!("No plan under these rules does better{anchors}."),
    };
    let note = match plan.tiers.iter().enumerate().any(|(index, tier)| gave_back(shown, index, tier)) {
        true => format!("{note} That is before goals gave back a part, as they may, to those after them."),
        false => note,
    };
    Card { title: "Proved", value, note, mark }
}

/// The territories of today.
pub(super) fn legend(shown: &Shown<'_, '_>) -> Vec<LegendRow> {
    let row = |(index, node): (usize, &carve_solver::plan::NodeResult)| {
        let off = |(measure, of): (&carve_solver::plan::MeasureResult, &crate::answer::Amounts<'_>)| {
            let tolerance = shown.answer.tolerance(of.measure, node.level)?;
            Some((measure.deviation, measure.deviation.abs() > tolerance + 1e-9))
        };
        let worst = node
            .measures
            .iter()
            .zip(&shown.answer.measures)
            .filter_map(off)
            .max_by(|a, b| a.0.abs().total_cmp(&b.0.abs()));
        let seat = node.seat.as_ref().filter(|seat| seat.to_be_hired);
        LegendRow {
            node: index,
            label: shown.labels.node(index).to_owned(),
            colour: shown.colour_class(index),
            accounts: node.measures.first().map_or_else(String::new, |measure| short(measure.amount, 0)),
            off: worst.map_or_else(String::new, |(off, _)| signed(off)),
            outside: worst.is_some_and(|(_, outside)| outside),
            note: match (node.outside_balance, seat) {
                (true, _) => "outside the balance".into(),
                (false, Some(_)) => "to be hired".into(),
                _ => String::new(),
            },
        }
    };
    shown.answer.nodes_in_force().map(row).collect()
}
