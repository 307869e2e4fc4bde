//! What `carve solve` prints for people: how each territory fares, what was proved, what to look at.

mod moves;

mod standing;

mod caution;

pub mod explained;

mod table;

use crate::findings::{Findings, folded, printable};
use crate::progress::number;
use crate::terminal::Terminal;
use carve_solver::counting::many;
use carve_solver::plan::{
    Limit, MeasureDescription, MeasureDeviation, NodeResult, Reason, StageResult, StartMethod, TierResult,
};
use carve_solver::{Code, Plan};
use std::collections::HashMap;
use std::fmt::Write;

pub use caution::{caution, cautioned};
pub use moves::moves;
pub use standing::standing;
pub use table::grid;

/// Findings shown; the rest is counted.
const FINDINGS_SHOWN_MAX: usize = 10;
const WHALES_SHOWN_MAX: usize = 10;

/// The tolerance of each measure that has a band, level by level, so that what lies outside can be marked.
#[derive(Debug, Clone, Default)]
pub struct Bands(HashMap<String, Vec<f64>>);

impl Bands {
    /// Of measures with the tolerances of levels 1, 2, …, such as [`carve_solver::Problem::bands`]. Of two for one measure
    /// the narrower at each level.
    pub fn of<'a>(bands: impl Iterator<Item = (&'a str, Vec<f64>)>) -> Bands {
        let mut by_measure: HashMap<String, Vec<f64>> = HashMap::new();
        for (measure, levels) in bands {
            match by_measure.get_mut(measure) {
                Some(others) => others.iter_mut().zip(levels).for_each(|(other, own)| *other = other.min(own)),
                None => _ = by_measure.insert(measure.to_owned(), levels),
            }
        }
        Bands(by_measure)
    }

    /// Whether a deviation at this level lies outside its band; a measure without a band has no outside.
    pub fn outside(&self, measure: &str, level: usize, deviation: f64) -> bool {
        let levels = self.0.get(measure).map_or(&[][..], Vec::as_slice);
        levels.get(level.wrapping_sub(1)).is_some_and(|tolerance| deviation.abs() > tolerance + 1e-9)
    }
}

/// How the summary is shown.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// What it is shown on.
    pub terminal: Terminal,
    /// With the figures of the proof.
    pub proof: bool,
}

/// The whole summary, which opens with the plan's one sentence and ends with what was proved. `moves` is what
/// [`moves()`] says, `files` what there is to know of the files written.
pub fn summary(plan: &Plan, bands: &Bands, moves: &str, findings: &Findings, files: &[String], style: Style) -> String {
    let terminal = style.terminal;
    let mut text = headline(plan, terminal);
    let section = |heading: &str, text: String| section(terminal, heading, text);
    if plan.has_assignments() {
        let territories: Vec<&NodeResult> = plan.nodes.iter().filter(|n| n.territory).collect();
        let (pools, balanced): (Vec<&NodeResult>, Vec<&NodeResult>) =
            territories.iter().partition(|node| node.outside_balance);
        text += &table::table(&balanced, &plan.measures, bands, terminal);
        text += &table::pools(&pools, &plan.measures, terminal);
        text += &found_tree(&plan.nodes);
        text += &section("Open seats", open_seats(&territories, terminal));
        text += &section("While it covers, a seat holds", table::covers(plan, terminal));
        text += &section("Depth", depth(plan, &territories, terminal));
        text += &section("Stages", stages(&plan.stages, &plan.measures, terminal));
        if let Some((heading, days)) = split_days(&plan.stages, &plan.measures, terminal) {
            text += &section(&heading, days);
        }
        text += &section("Moves", moves.to_owned());
        text += &section("Too large for a fair share", whales(plan));
    }
    text += &section("Findings", notes(findings, plan.has_assignments(), terminal));
    text += &section("Files", files.iter().map(|note| terminal.wrapped("  ", "    ", &printable(note))).collect());
    if plan.has_assignments() {
        text += &section("The plan to start from", given_start(plan, terminal));
        text += &section("What was proved", tiers(&plan.tiers, style));
    }
    text += &ending(plan, terminal);
    text
}

/// What a seller reads first.
fn headline(plan: &Plan, terminal: Terminal) -> String {
    if plan.summary.is_empty() {
        return String::new();
    }
    let folded = terminal.wrapped("", "  ", &printable(&plan.summary));
    format!("{}\n\n", terminal.bold(folded.trim_end()))
}

/// The first split of a tree that was found over seats, in one line; empty for other trees and where seats are all
/// there is below the root.
fn found_tree(nodes: &[NodeResult]) -> String {
    let seats = || nodes.iter().filter(|n| n.seat.is_some() && !n.outside_balance);
    if seats().all(|n| n.level < 2) {
        return String::new();
    }
    // Tree order: what follows a side up to the next one on its level lies below it.
    let starts: Vec<usize> = (0..nodes.len()).filter(|&n| nodes[n].level == 1 && !nodes[n].outside_balance).collect();
    let ends = starts.iter().skip(1).copied().chain([nodes.len()]);
    let side = |(start, end): (&usize, usize)| {
        let inside: Vec<&NodeResult> =
            nodes[*start..end].iter().filter(|n| n.seat.is_some() && !n.outside_balance).collect();
        let first = inside.first().map_or(String::new(), |n| called(n));
        match inside.len() {
            1 => first,
            count => format!("{} ({count}: {first} …)", printable(&nodes[*start].node_id)),
        }
    };
    let sides: Vec<String> = starts.iter().zip(ends).map(side).collect();
    format!("{}: {}\n\n", many(seats().count(), "seat"), sides.join(" + "))
}

/// The name that people know a node's seat by, with its id; the id alone where it has none.
fn called(node: &NodeResult) -> String {
    let id = printable(&node.node_id);
    match display_name(node) {
        "" => id,
        name if name == node.node_id => id,
        name => format!("{} ({id})", printable(name)),
    }
}

/// The name that people know a node's seat by; empty where it has none.
fn display_name(node: &NodeResult) -> &str {
    node.seat.as_ref().map_or("", |seat| &seat.display_name)
}

fn open_seats(territories: &[&NodeResult], terminal: Terminal) -> String {
    let mut text = String::new();
    for node in territories {
        let Some(seat) = node.seat.as_ref().filter(|seat| seat.to_be_hired) else {
            continue;
        };
        let starts =
            if seat.start_date.is_empty() { "start not known".into() } else { format!("starts {}", seat.start_date) };
        let covers = match seat.covering_seat_id.as_str() {
            "" => "nobody covers".to_owned(),
            id => {
                let by = territories.iter().find(|node| node.node_id == id);
                format!("{} covers until then", by.map_or_else(|| printable(id), |node| called(node)))
            }
        };
        text += &terminal.wrapped("  ", "    ", &format!("{}: to be hired, {starts}, {covers}", called(node)));
    }
    text
}

/// What is only told, of territories and of those of each stage to come.
fn depth(plan: &Plan, territories: &[&NodeResult], terminal: Terminal) -> String {
    let mut text = table::depth(territories.iter().copied(), &plan.measures, "  ", terminal);
    if text.is_empty() {
        return text;
    }
    let today = plan.stages.iter().find(|stage| stage.current).map_or(0, |stage| stage.level);
    for stage in plan.stages.iter().filter(|stage| stage.level > today) {
        let nodes = plan.nodes.iter().filter(|node| node.level == stage.level);
        text +=
            &format!("  {}\n{}", many(stage.count, "territory"), table::depth(nodes, &plan.measures, "    ", terminal));
    }
    text
}

fn stages(stages: &[StageResult], measures: &[MeasureDescription], terminal: Terminal) -> String {
    let mut text = String::new();
    for stage in stages {
        let deviation = |d: &MeasureDeviation| {
            let forced = match d.worst_deviation_bound {
                // Nothing that would be shown.
                bound if bound < 0.0005 => String::new(),
                bound => format!(" (no plan below {:.1} %)", bound * 100.0),
            };
            format!("{} {:.1} %{forced}", printable(&d.measure), d.worst_deviation * 100.0)
        };
        let today = if stage.current { " (today)" } else { "" };
        let mut parts = vec![format!("{:>5}{today}: worst", many(stage.count, "territory"))];
        let told = |measure: &str| measures.iter().any(|m| m.report_only && m.measure == measure);
        let balanced = stage.deviations.iter().filter(|d| !told(&d.measure));
        let deviations: Vec<String> = balanced.map(deviation).collect();
        parts.extend(listed(&deviations, ";"));
        let (mean, root) = (number(stage.mean_distance_km), number(stage.mean_squared_distance_km2.sqrt()));
        // A book without places has no distances.
        if stage.mean_squared_distance_km2 > 0.0 {
            parts.push(format!("{mean} km to the centre on average"));
            parts.push(format!("(root mean square {root} km)"));
        }
        if let Some(nesting) = &stage.nesting {
            let bound = match nesting.price_against_bound {
                0.0 => String::new(),
                price => format!(", {price:.3} times what is proved for it"),
            };
            parts.push(format!("{:.3} times the best found for this stage alone{bound}", nesting.price));
        }
        text += &terminal.wrapped("  ", "       ", &parts.join(" "));
    }
    text
}

/// What incumbents keep of the first split to come, each by itself, and the least of what they keep of later ones.
/// With the heading; `None` where nothing is split.
fn split_days(stages: &[StageResult], measures: &[MeasureDescription], terminal: Terminal) -> Option<(String, String)> {
    let mut to_come = stages.iter().filter(|stage| !stage.split_days.is_empty());
    let first = to_come.next()?;
    let mut text = table::kept(&first.split_days, measures, terminal);
    for stage in to_come {
        let splits = stage.split_days.len();
        let least = |(index, deviation): (usize, &MeasureDeviation)| {
            let shares = stage.split_days.iter().filter_map(|day| day.measures.get(index)).map(|m| m.share);
            let least = shares.fold(f64::INFINITY, f64::min);
            least.is_finite().then(|| format!("{:.1} % of {}", least * 100.0, printable(&deviation.measure)))
        };
        let least: Vec<String> = stage.deviations.iter().enumerate().filter_map(least).collect();
        let mut parts = vec![format!("{:>4} territories: {splits} splits, and incumbents keep at least", stage.count)];
        parts.extend(listed(&least, ""));
        text += &terminal.wrapped("  ", "       ", &parts.join(" "));
    }
    Some((format!("On the split to {} territories the incumbent keeps", first.count), text))
}

/// The items with commas between them and `end` after the last.
fn listed<'a>(items: &'a [String], end: &'a str) -> impl Iterator<Item = String> + 'a {
    let last = items.len().saturating_sub(1);
    items.iter().enumerate().map(move |(i, item)| format!("{item}{}", if i == last { end } else { "," }))
}

/// How a plan that was handed in does in each tier beside this one; empty where none was.
fn given_start(plan: &Plan, terminal: Terminal) -> String {
    let Some(given) = plan.starts.iter().find(|start| start.method == StartMethod::Given) else {
        return String::new();
    };
    let beside = |(index, (tier, was)): (usize, (&TierResult, &f64))| {
        let (was, is) = (number(*was), number(tier.value));
        let same = if was == is { "as here".to_owned() } else { format!("{is} here") };
        format!("tier {}: {was}, {same}", index + 1)
    };
    let tiers: Vec<String> = plan.tiers.iter().zip(&given.values).enumerate().map(beside).collect();
    terminal.wrapped(
        "  ",
        "    ",
        &format!("was handed in, and has these values (less is better): {}", tiers.join("; ")),
    )
}

fn tiers(tiers: &[TierResult], style: Style) -> String {
    let mut text = String::new();
    for (index, tier) in tiers.iter().enumerate() {
        text += &style.terminal.wrapped(&format!("  {}. ", index + 1), "     ", &printable(&tier.summary));
        if style.proof {
            let (value, bound, limit) = (number(tier.value), number(tier.bound), number(tier.limit));
            let facts = format!("value {value}, bound {bound}, gap {:.2} %", tier.gap * 100.0);
            let _ = writeln!(text, "     {facts}; later tiers were held to {limit}");
            for step in &tier.steps {
                let (value, bound, limit) = (number(step.value), number(step.bound), number(step.limit));
                let open = if step.finished { "" } else { ", not proved to the gap target" };
                let facts = format!("the {} worst: value {value}, bound {bound}{open}", step.largest);
                let _ = writeln!(text, "     {facts}; later tiers were held to {limit}");
            }
        }
    }
    text
}

fn whales(plan: &Plan) -> String {
    let whales = &plan.whales;
    let mut text = String::new();
    for whale in whales.iter().take(WHALES_SHOWN_MAX) {
        let accounts = match whale.account_ids.as_slice() {
            [one] => printable(one),
            [first, rest @ ..] => format!("{} and {} more", printable(first), rest.len()),
            [] => "a unit".to_owned(),
        };
        let amount = table::short(plan.amount(&whale.measure, whale.amount), plan.decimals(&whale.measure));
        let measure = printable(&whale.measure);
        let (level, forced) = (whale.level, whale.forced_deviation * 100.0);
        let _ = writeln!(text, "  {accounts}: {measure} {amount} forces {forced:+.1} % on its bucket at level {level}");
    }
    if whales.len() > WHALES_SHOWN_MAX {
        let _ = writeln!(text, "  and {} more", whales.len() - WHALES_SHOWN_MAX);
    }
    text
}

/// The findings; whales only when they have no section of their own.
fn notes(findings: &Findings, whales_are_shown: bool, terminal: Terminal) -> String {
    let mut text = String::new();
    let kept = || findings.kept.iter().filter(|f| !(whales_are_shown && f.finding.code == Code::WhaleFound));
    for located in kept().take(FINDINGS_SHOWN_MAX) {
        text += &folded(located, terminal, "  ");
    }
    let more = kept().count().saturating_sub(FINDINGS_SHOWN_MAX) as u64 + findings.omitted;
    if more > 0 {
        let _ = writeln!(text, "  and {more} more");
    }
    text
}

fn ending(plan: &Plan, terminal: Terminal) -> String {
    let ended = &plan.termination;
    let reason = match (ended.reason, ended.limit) {
        (Reason::Optimal, _) => "Optimal",
        (Reason::WithinGap, _) => "Every tier is within the gap target",
        (Reason::Feasible, Some(Limit::Time)) => "Ended by the time limit",
        (Reason::Feasible, Some(Limit::Work)) => "Ended by its work limit (--work-limit or --time-limit gives more)",
        (Reason::Feasible, Some(Limit::Stopped)) => "Stopped; the best plan is kept",
        (Reason::Feasible, Some(Limit::WorkerLost)) => "The process that searched was lost; its best plan is kept",
        (Reason::Feasible, Some(Limit::Stalled)) => "Ended without further improvement",
        (Reason::Feasible, Some(Limit::DiminishingReturns)) => {
            "Ended as more work gained little (--thorough or --time-limit goes on)"
        }
        (Reason::Feasible, None) => "Given and only valued",
        (Reason::Infeasible, _) => "Infeasible: proved that no plan meets the rules",
        (Reason::NoPlanFound, _) => "No plan found, and none proved not to exist",
    };
    let mut text = format!("{reason}, after {:.1} s.", plan.solve_time.as_secs_f64());
    if !ended.conflicting_rule_ids.is_empty() {
        let ids: Vec<String> = ended.conflicting_rule_ids.iter().map(|id| printable(id)).collect();
        let _ = write!(text, "\nRules that conflict: {}", ids.join(", "));
    }
    if !plan.check.ok() {
        let failed = format!("THE CHECK FAILED: {}", printable(&plan.check.faults.join("; ")));
        let _ = write!(text, "\n{}", terminal.warning(&failed));
    }
    text + "\n"
}

fn section(terminal: Terminal, heading: &str, text: String) -> String {
    if text.is_empty() { text } else { format!("{}\n{text}\n", terminal.bold(heading)) }
}

#[cfg(test)]
mod tests;
