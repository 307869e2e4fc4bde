//! How good the plan is: what each tier reached and what is proved of it, how the search went, and what cannot be helped.

use super::Shown;
use super::words::{many, percent, short, signed, spoken};
use carve_solver::plan::{Limit, Reason, TierResult, gap};

/// Whales that are listed.
const WHALES_MAX: usize = 20;
/// A value this near to its bound, as a part of it, is at it.
const ROUNDING: f64 = 1e-9;

/// One tier.
pub(super) struct Tier {
    pub number: usize,
    pub title: String,
    pub verdict: String,
    /// `best`, `near` or `open`.
    pub mark: &'static str,
    pub summary: String,
    pub reached: String,
    pub proved: String,
    /// What today's book has of it; empty: it is not told.
    pub today: String,
    pub gauge: String,
    /// What its value counts, in a sentence.
    pub counted: &'static str,
}

/// A unit too large for a fair share.
pub(super) struct WhaleRow {
    pub account: String,
    pub measure: String,
    pub amount: String,
    pub forced: String,
    pub level: usize,
}

/// What a tier's value is counted in.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Unit {
    /// A part of targets or of a whole.
    Part,
    /// Square kilometres.
    SquareKm,
    /// Kilometres.
    Km,
    /// Of several kinds together.
    Mixed,
}

pub(super) fn unit(tier: &TierResult) -> Unit {
    let is_part = |name: &str| ["balance", "mix", "continuity", "incumbent"].iter().any(|kind| name.starts_with(kind));
    let names = || tier.criteria.iter().map(|criterion| criterion.criterion.as_str());
    match tier.criteria.as_slice() {
        _ if names().all(is_part) => Unit::Part,
        [one] if one.criterion.contains("squared") => Unit::SquareKm,
        [one] if one.criterion.starts_with("compactness") => Unit::Km,
        _ => Unit::Mixed,
    }
}

pub(super) fn shown_in(unit: Unit, value: f64) -> String {
    match unit {
        Unit::Part => percent(value),
        // Without the sign of a zero.
        Unit::SquareKm => format!("{:.1} km", value.max(0.0).sqrt() + 0.0),
        Unit::Km => format!("{:.1} km", value + 0.0),
        Unit::Mixed => format!("{:.4}", value + 0.0),
    }
}

/// What a tier is about, as a seller would say it.
pub(super) fn title(tier: &TierResult) -> String {
    let names: Vec<String> = tier.criteria.iter().map(|criterion| spoken(&criterion.criterion)).collect();
    let of =
        |kind: &str| -> Vec<&str> { names.iter().filter_map(|name| name.strip_prefix(kind).map(str::trim)).collect() };
    let (balance, mix, kept) = (of("balance"), of("mix"), of("continuity"));
    let mut parts = Vec::new();
    if !balance.is_empty() {
        parts.push(format!("Fair shares of {}", listed(&balance)));
    }
    if !mix.is_empty() {
        parts.push(format!("a fair mix of {}", listed(&mix)));
    }
    if !kept.is_empty() {
        parts.push(format!("{} stays with its owner", listed(&kept)));
    }
    if names.iter().any(|name| name.starts_with("compactness")) {
        parts.push("short ways".into());
    }
    if names.iter().any(|name| name.starts_with("incumbent")) {
        parts.push("incumbents keep what they can on split days".into());
    }
    let mut text = parts.join("; ");
    if let Some(first) = text.get(..1).map(str::to_uppercase) {
        text.replace_range(..1, &first);
    }
    text
}

fn listed(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [rest @ .., last] => format!("{} and {last}", rest.join(", ")),
    }
}

/// Every tier.
pub(super) fn tiers(shown: &Shown<'_, '_>) -> Vec<Tier> {
    let tier = |(index, tier): (usize, &TierResult)| {
        let unit = unit(tier);
        let decided = decided(shown, index, tier);
        let (verdict, mark) = verdict(shown, (index, tier), decided, unit);
        Tier {
            number: index + 1,
            title: title(tier),
            verdict,
            mark,
            summary: if shown.labels.anonymous { String::new() } else { tier.summary.clone() },
            reached: shown_in(unit, tier.value),
            proved: shown_in(unit, tier.bound),
            today: today(shown, index).map_or_else(String::new, |value| shown_in(unit, value)),
            counted: counted(tier, unit),
            gauge: gauge(tier.bound, decided, tier.value),
        }
    };
    shown.answer.plan.tiers.iter().enumerate().map(tier).collect()
}

/// What a tier's value counts.
fn counted(tier: &TierResult, unit: Unit) -> &'static str {
    let all = |kinds: &[&str]| {
        tier.criteria.iter().all(|criterion| kinds.iter().any(|kind| criterion.criterion.starts_with(kind)))
    };
    match unit {
        Unit::Part if all(&["balance", "mix"]) => {
            "Counted is how far the worst territory of each measure is beyond its band, in parts of its target, added up."
        }
        Unit::Part if all(&["continuity"]) => "Counted is the part that changes owner.",
        Unit::Part | Unit::Mixed => "Counted is the weighted sum of its parts.",
        Unit::SquareKm => "Counted is the distance to the anchor, as a root mean square: long ways weigh more.",
        Unit::Km => "Counted is the mean distance to the anchor.",
    }
}

/// What today's book has of a tier.
fn today(shown: &Shown<'_, '_>, index: usize) -> Option<f64> {
    shown.standing.and_then(|standing| standing.tiers.get(index)).and_then(|tier| tier.value)
}

/// What a tier was decided at, before later ones took what it gives back.
pub(super) fn decided(shown: &Shown<'_, '_>, index: usize, tier: &TierResult) -> f64 {
    shown.answer.decided.get(index).copied().unwrap_or(tier.value)
}

/// Whether a tier gave back a part of what it was decided at: later goals are worth that.
pub(super) fn gave_back(shown: &Shown<'_, '_>, index: usize, tier: &TierResult) -> bool {
    tier.value > decided(shown, index, tier) * (1.0 + ROUNDING) + 1e-12
}

/// How far a tier's value as it was decided is above its bound, as a part of it, in what the page shows: of square kilometres
/// their root.
pub(super) fn gap_of(shown: &Shown<'_, '_>, index: usize, tier: &TierResult) -> f64 {
    let gap = gap(decided(shown, index, tier), tier.bound);
    match unit(tier) {
        Unit::SquareKm => 1.0 - (1.0 - gap).max(0.0).sqrt(),
        Unit::Part | Unit::Km | Unit::Mixed => gap,
    }
}

/// Whether distances to anchors count in a tier.
pub(super) fn counts_distances(tier: &TierResult) -> bool {
    tier.criteria.iter().any(|one| one.criterion.starts_with("compactness"))
}

/// What proofs of the first `tiers` tiers hold for, where one of them counts distances to anchors that were found.
pub(super) fn for_anchors(shown: &Shown<'_, '_>, tiers: usize) -> &'static str {
    let plan = shown.answer.plan;
    let found = plan.nodes.iter().any(|node| node.anchor_found) && plan.tiers.iter().take(tiers).any(counts_distances);
    if found { " for the anchors found" } else { "" }
}

fn verdict(
    shown: &Shown<'_, '_>,
    (index, tier): (usize, &TierResult),
    decided: f64,
    unit: Unit,
) -> (String, &'static str) {
    if tier.value <= 1e-12 {
        return ("Met in full: nothing can be better.".into(), "best");
    }
    let anchors = for_anchors(shown, index + 1);
    let (text, mark) = match gap_of(shown, index, tier) {
        gap if gap <= ROUNDING => (format!("No plan under these rules is better{anchors}: proved"), "best"),
        _ if tier.bound <= 0.0 => ("Nothing is proved of it yet; a longer search proves more".to_owned(), "open"),
        gap => {
            let near = if gap <= 0.05 { "near" } else { "open" };
            (format!("At most {} better is possible{anchors}: proved", percent(gap)), near)
        }
    };
    match gave_back(shown, index, tier) {
        true => {
            (format!("{text}, at {}. Some of it was given back for the goals below.", shown_in(unit, decided)), mark)
        }
        false => (text + ".", mark),
    }
}

/// From nothing to what was reached: what is proved to be needed, what the search leaves open, what was given back.
fn gauge(bound: f64, decided: f64, value: f64) -> String {
    let part = |of: f64| if value > 0.0 { (of / value).clamp(0.0, 1.0) * 196.0 } else { 196.0 };
    let (bound, decided) = (part(bound), part(decided));
    format!(
        "<svg class=\"gauge\" viewBox=\"0 0 200 14\" preserveAspectRatio=\"xMinYMid\" aria-hidden=\"true\"><rect class=\"given\" \
         x=\"2\" y=\"3\" width=\"196\" height=\"8\" rx=\"4\"/><rect class=\"open\" x=\"2\" y=\"3\" width=\"{decided:.1}\" \
         height=\"8\" rx=\"4\"/><rect class=\"proved\" x=\"2\" y=\"3\" width=\"{bound:.1}\" height=\"8\" rx=\"4\"/><path \
         class=\"mark\" d=\"M{:.1} 0v14\"/></svg>",
        2.0 + bound
    )
}

/// Units too large for a fair share, and what they force.
pub(super) fn whales(shown: &Shown<'_, '_>) -> (Vec<WhaleRow>, String) {
    let whales = &shown.answer.plan.whales;
    let row = |whale: &carve_solver::plan::Whale| {
        let place = |id: &String| shown.place_of(id);
        let name = |id: &String| match (shown.labels.anonymous, place(id)) {
            (true, place) => place.map_or_else(|| "an account".into(), |place| format!("account {}", place + 1)),
            (false, Some(place)) if !shown.answer.name(place).is_empty() => {
                format!("{} ({id})", shown.answer.name(place))
            }
            (false, _) => id.clone(),
        };
        let decimals = shown.answer.plan.decimals(&whale.measure);
        WhaleRow {
            account: match whale.account_ids.as_slice() {
                [] => String::new(),
                [one] => name(one),
                [first, rest @ ..] => format!("{} and {}", name(first), many(rest.len(), "more account")),
            },
            measure: spoken(&whale.measure),
            amount: short(whale.amount, decimals),
            forced: signed(whale.forced_deviation),
            level: whale.level,
        }
    };
    let more = whales.len().saturating_sub(WHALES_MAX);
    let more = if more > 0 { format!("{} in plan.json.", many(more, "more")) } else { String::new() };
    (whales.iter().take(WHALES_MAX).map(row).collect(), more)
}

/// Why the search ended, in a sentence.
pub(super) fn ending(shown: &Shown<'_, '_>) -> String {
    let plan = shown.answer.plan;
    match (plan.termination.reason, plan.termination.limit) {
        (Reason::Feasible, Some(Limit::Time)) => "The time limit ended the search.".into(),
        (Reason::Feasible, Some(Limit::Work)) => "The work limit ended the search.".into(),
        _ => plan.termination.detail.clone(),
    }
}
