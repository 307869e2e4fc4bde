//! What `carve evaluate` prints for people: how each territory stands, who else has accounts, what each tier comes to.

use super::{Bands, Style, notes, section, table};
use crate::findings::{Findings, printable};
use crate::progress::number;
use crate::wishes::Owners;
use carve_solver::Amount;
use carve_solver::counting::many;
use carve_solver::plan::NodeResult;
use carve_solver::standing::{Moved, Standing};

/// The whole text, which opens with who has the accounts. `what` says whose book it is; `owners` know what those are called
/// who are no territory.
pub fn standing(
    what: &str,
    standing: &Standing,
    bands: &Bands,
    owners: &Owners,
    findings: &Findings,
    style: Style,
) -> String {
    let terminal = style.terminal;
    let section = |heading: &str, text: String| section(terminal, heading, text);
    let headline = terminal.wrapped("", "  ", &printable(&format!("{what}: {}", standing.summary)));
    let mut text = format!("{}\n\n", terminal.bold(headline.trim_end()));
    let territories: Vec<&NodeResult> = standing.nodes.iter().map(|n| &n.node).filter(|n| n.territory).collect();
    let (pools, balanced): (Vec<&NodeResult>, Vec<&NodeResult>) = territories.iter().partition(|n| n.outside_balance);
    text += &table::table(&balanced, &standing.measures, bands, terminal);
    text += &table::pools(&pools, &standing.measures, terminal);
    text += &section("Depth", table::depth(territories.iter().copied(), &standing.measures, "  ", terminal));
    let called = |id: &str| if id.is_empty() { "nobody".to_owned() } else { owners.called(id) };
    let totals = standing.nodes.first().map_or(&[][..], |root| &root.node.measures);
    text += &section("No territory of the plan", table::others(&standing.others, totals, standing, &called, terminal));
    text += &section("Moves", moved(&standing.moved, standing, style));
    text += &section("Distances", distances(standing, style));
    let broken = standing.broken.iter().map(|what| terminal.wrapped("  ", "    ", &printable(what)));
    text += &section("Rules that do not hold", broken.collect());
    text += &section("Findings", notes(findings, false, terminal));
    text += &section("What each tier comes to", tiers(standing, style));
    text.trim_end().to_owned() + "\n"
}

/// How many accounts are not with their owner; empty where none is.
fn moved(moved: &Moved, standing: &Standing, style: Style) -> String {
    if moved.accounts == 0 {
        return String::new();
    }
    let decimals = standing.measures.iter().find(|m| m.measure == moved.measure).map_or(0, |m| m.decimals);
    let amount = |whole: i64| table::short(Amount::new(whole, decimals), decimals);
    let mut line = format!("{} of {} with an owner", moved.accounts, many(count(moved.owned_accounts), "account"));
    if moved.measure != "account_count" {
        line += &format!(", {} of {} {}", amount(moved.amount), amount(moved.owned_amount), moved.measure);
    }
    style.terminal.wrapped("  ", "    ", &printable(&format!("{line} are not with it")))
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

/// How far accounts are from the anchors of their territories; empty in a book without places.
fn distances(standing: &Standing, style: Style) -> String {
    if standing.root_mean_square_km <= 0.0 {
        return String::new();
    }
    let (mean, root) = (number(standing.mean_distance_km), number(standing.root_mean_square_km));
    let line = format!("{mean} km to the territory's anchor on average (root mean square {root} km)");
    style.terminal.wrapped("  ", "    ", &line)
}

fn tiers(standing: &Standing, style: Style) -> String {
    let tier = |(at, tier): (usize, &carve_solver::standing::TierStanding)| {
        style.terminal.wrapped(&format!("  {}. ", at + 1), "     ", &printable(&tier.summary))
    };
    standing.tiers.iter().enumerate().map(tier).collect()
}
