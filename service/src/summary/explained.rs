//! What `carve explain` and `carve curve` print for people.

use super::section;
use crate::findings::printable;
use crate::progress::number;
use crate::terminal::Terminal;
use carve_solver::counting::many;
use carve_solver::inquiry::{AccountExplained, ConflictExplained, Curve, RulesExplained, TerritoryExplained};
use std::fmt::Write;

/// Moves of a repair that are listed one by one.
const MOVES_SHOWN: usize = 12;

/// An account. `called` is the name of an account by its id.
pub fn account(given: &AccountExplained, name: &str, called: &dyn Fn(&str) -> String, terminal: Terminal) -> String {
    let mut text = headline(
        terminal,
        &format!("{} is with {}. {}", named(&given.account_id, name), given.territory_id, given.why),
    );
    if !given.together_ids.is_empty() {
        text += &terminal.wrapped("", "  ", &printable(&format!("With it move: {}.", given.together_ids.join(", "))));
    }
    for one in &given.elsewhere {
        let _ = write!(
            text,
            "\n{}",
            terminal.wrapped("", "  ", &printable(&format!("{}: {}", one.territory_id, one.summary)))
        );
        let moves = one.repair.as_ref().map_or(&[][..], |repair| &repair.moves);
        for m in moves.iter().take(MOVES_SHOWN) {
            let line =
                format!("{}: {} to {}", named(&m.account_id, &called(&m.account_id)), m.from_node_id, m.to_node_id);
            text += &terminal.wrapped("  ", "    ", &printable(&line));
        }
        if moves.len() > MOVES_SHOWN {
            let _ = writeln!(text, "  and {} more", moves.len() - MOVES_SHOWN);
        }
    }
    text
}

fn named(id: &str, name: &str) -> String {
    if name.is_empty() { id.to_owned() } else { format!("{id} ({name})") }
}

fn headline(terminal: Terminal, line: &str) -> String {
    format!("{}\n", terminal.bold(terminal.wrapped("", "  ", &printable(line)).trim_end()))
}

/// A territory.
pub fn territory(given: &TerritoryExplained, terminal: Terminal) -> String {
    let fold = |line: &str| terminal.wrapped("  ", "    ", &printable(line));
    let mut text = headline(terminal, &format!("{}: {}", given.territory_id, given.summary));
    let holdings = given.holdings.iter().map(|one| {
        let off = match one.target > 0.0 {
            true => format!(", {:+.1} % off its target", one.deviation * 100.0),
            false => String::new(),
        };
        fold(&format!("{} {}{off}", one.amount, one.measure))
    });
    text += &format!("\n{}", section(terminal, "Holds", holdings.collect()));
    text += &section(terminal, "Bound by", given.binding.iter().map(|one| fold(&one.words)).collect());
    let moves = given.bring_in.as_ref().map_or(&[][..], |repair| &repair.moves);
    let shown = moves
        .iter()
        .take(MOVES_SHOWN)
        .map(|m| fold(&format!("{}: {} to {}", m.account_id, m.from_node_id, m.to_node_id)));
    text += &section(terminal, "To bring it in", shown.collect());
    let envies = given.envies.iter().map(|envy| {
        let mut parts = Vec::new();
        if let Some((own, other)) = envy.deviation {
            parts.push(format!("worst deviation {:.1} % instead of {:.1} %", other * 100.0, own * 100.0));
        }
        if let Some((own, other)) = envy.owned {
            parts.push(format!("{other} owned today instead of {own}"));
        }
        if let Some((own, other)) = envy.distance_km {
            parts.push(format!("{} km on average instead of {}", number(other), number(own)));
        }
        fold(&format!("{}: {}", envy.territory_id, parts.join(", ")))
    });
    text += &section(terminal, "Would rather have", envies.collect());
    text.trim_end().to_owned() + "\n"
}

/// What rules cost.
pub fn rules(given: &RulesExplained, terminal: Terminal) -> String {
    let count = given.costs.len();
    let solved = match given.solved {
        0 => {
            "Estimates by the certificate's prices, which may be far off; --time-limit solves without each.".to_owned()
        }
        solved => format!("{solved} of {count} solved without."),
    };
    let mut text = headline(terminal, &format!("What rules cost, dearest first. {solved}"));
    for cost in &given.costs {
        let kind = if cost.is_default { "" } else { "rule " };
        text += &terminal.wrapped("  ", "    ", &printable(&format!("{kind}{}: {}", cost.rule_id, cost.summary)));
    }
    text
}

/// Why there is no plan.
pub fn conflict(given: &ConflictExplained, terminal: Terminal) -> String {
    let fold = |line: &str| terminal.wrapped("  ", "    ", &printable(line));
    let Some(conflict) = &given.conflict else {
        return headline(
            terminal,
            match given.is_infeasible {
                Some(_) => "There is a plan: the rules do not conflict.",
                None => "Neither a plan nor a proof that there is none was found in time; give more with --time-limit.",
            },
        );
    };
    let mut text = headline(terminal, &format!("There is no plan. {}", conflict.detail));
    let mut names: Vec<String> = conflict.conflicting_rule_ids.iter().map(|id| fold(&format!("rule {id}"))).collect();
    names.extend(conflict.conflicting_defaults.iter().map(|default| {
        let ids = default.account_ids.iter().take(MOVES_SHOWN).cloned().collect::<Vec<_>>().join(", ");
        fold(&format!("by default, {}: {ids}", format!("{:?}", default.kind).to_lowercase()))
    }));
    let extent = if conflict.conflict_irreducible {
        "Conflict; without any one of these there is a plan for the others"
    } else {
        "Conflict"
    };
    text += &format!("\n{}", section(terminal, extent, names.concat()));
    let repairs: String = given.repairs.iter().map(|repair| fold(&repair.words)).collect();
    text += &section(terminal, "Any one of these makes a plan, cheapest first", repairs);
    if !given.is_complete {
        text += &fold("Time did not suffice to try all changes; give more with --time-limit.");
    }
    text.trim_end().to_owned() + "\n"
}

/// A curve.
pub fn curve(given: &Curve, terminal: Terminal) -> String {
    let shown = given.tiers.get(given.shown).map_or("", String::as_str);
    let knee = given.knee.and_then(|knee| given.points.get(knee));
    let told = knee.map_or_else(
        || "Moving gains nothing, or too few points say where it stops to pay.".to_owned(),
        |point| format!("Most is gained by {}.", many(usize::try_from(point.moved).unwrap_or(0), "move")),
    );
    let mut text = headline(terminal, &format!("{shown} against moves, {} accounts owned. {told}", given.owned));
    let _ = writeln!(text, "\n  {:>10} {:>10}{}", "at most", "moved", headings(given));
    for (at, point) in given.points.iter().enumerate() {
        let mark = if given.knee == Some(at) { "  <- knee" } else { "" };
        let cells = match point.tiers.is_empty() {
            true => format!("  {}", if point.is_infeasible { "no plan moves so few (proved)" } else { "none found" }),
            false => point.tiers.iter().fold(String::new(), |mut cells, tier| {
                let _ = write!(cells, " {:>14} {:>14}", number(tier.value), number(tier.bound));
                cells
            }),
        };
        let _ = writeln!(text, "  {:>10} {:>10}{cells}{mark}", point.most_moved, point.moved);
    }
    for (at, tier) in given.tiers.iter().enumerate() {
        text += &terminal.wrapped("  ", "    ", &printable(&format!("{}: {tier}", at + 1)));
    }
    text
}

fn headings(given: &Curve) -> String {
    (1..=given.tiers.len()).fold(String::new(), |mut text, tier| {
        let _ = write!(text, " {:>14} {:>14}", format!("tier {tier}"), "bound");
        text
    })
}
