//! What became of each column, for those who want to know.

use super::amounts::Measured;
use super::assemble::Parts;
use super::cell::currency;
use super::fill::Fill;
use super::heading::Known;
use super::judge::{Kind, Verdict};
use super::roles::Role;
use super::survey::{PLACES_NAMED_MAX, Survey};
use carve_solver::column::{Column, Meaning};
use carve_solver::input::Book;

/// One for each column of the file.
pub(crate) fn columns(parts: &Parts, fills: &[Fill], measured: &[Option<Measured>], book: &Book) -> Vec<Column> {
    (0..fills.len()).map(|at| column(at, parts, &fills[at], measured[at].as_ref(), book)).collect()
}

fn column(at: usize, parts: &Parts, fill: &Fill, measured: Option<&Measured>, book: &Book) -> Column {
    let (target, role) = (&parts.targets[at], &parts.roles[at]);
    let is_measure = measured.is_some_and(|measured| measured.amounts.is_some());
    let verdict = parts.verdicts[at].as_ref();
    let meaning = meaning(role, target.said.known, verdict, is_measure);
    let name = match role {
        Role::Unused(_) => "",
        _ => parts.name(at),
    };
    let by_default = is_measure && book.measures.iter().any(|measure| measure.name == name && !measure.only_by_name);
    let survey = verdict.map(|_| &fill.survey);
    let accounts = parts.accounts as u64;
    let (value_count, empty_count, unfit_count, unfit_examples) = match (survey, is_measure) {
        (Some(survey), true) => {
            (survey.numbers, survey.empty + survey.nothing_count(), survey.unfit_count(), examples(survey))
        }
        // As text every value fits; what kept it from being numbers is worth showing where most are.
        (Some(survey), false) if matches!(verdict, Some(Verdict::Nearly(_))) => {
            (survey.numbers, survey.empty + survey.nothing_count(), survey.unfit_count(), examples(survey))
        }
        _ => {
            let bad = fill.bad_degrees.count + fill.too_long.count;
            let tally = if fill.bad_degrees.count > 0 { &fill.bad_degrees } else { &fill.too_long };
            let filled = fill.filled.saturating_sub(fill.bad_degrees.count);
            (filled, accounts - filled.min(accounts) - bad.min(accounts - filled.min(accounts)), bad, texts(tally))
        }
    };
    Column {
        heading: target.heading.clone(),
        number: at as u32 + 1,
        meaning,
        name: name.to_owned(),
        unit: measured.filter(|_| is_measure).map(|measured| measured.unit.clone()).unwrap_or_default(),
        decimals: measured.filter(|_| is_measure).map_or(0, |measured| measured.decimals),
        value_count,
        empty_count,
        unfit_count,
        unfit_examples,
        balanced_by_default: by_default,
        detail: detail(role, measured, fill, accounts),
        used_for: Vec::new(),
    }
}

fn meaning(role: &Role, known: Option<Known>, verdict: Option<&Verdict>, is_measure: bool) -> Meaning {
    if let Role::Taken(known) = role {
        return match known {
            Known::AccountId => Meaning::AccountId,
            Known::Name => Meaning::Name,
            Known::Parent => Meaning::Parent,
            Known::Owner(_) => Meaning::CurrentOwner,
            Known::Latitude => Meaning::Latitude,
            Known::Longitude => Meaning::Longitude,
            Known::Street => Meaning::Street,
            Known::City => Meaning::City,
            Known::State => Meaning::State,
            Known::Country => Meaning::Country,
            Known::PostalCode => Meaning::PostalCode,
            _ if is_measure => Meaning::Measure,
            _ => Meaning::Attribute,
        };
    }
    match (role, known) {
        (Role::Unused(_), _) => return Meaning::Unused,
        (Role::Label(_), _) => return Meaning::OwnerLabel,
        (Role::Currency, _) => return Meaning::Currency,
        (_, Some(Known::Website | Known::Email | Known::Phone)) => return Meaning::Contact,
        (_, Some(Known::Code | Known::AccountNumber)) => return Meaning::Code,
        _ => {}
    }
    match verdict {
        Some(Verdict::Other(Kind::Empty)) => Meaning::Unused,
        Some(Verdict::Other(Kind::Flags)) => Meaning::Flag,
        Some(Verdict::Other(Kind::Dates)) => Meaning::Date,
        Some(Verdict::Other(Kind::Percentages)) => Meaning::Percentage,
        _ if is_measure => Meaning::Measure,
        _ => Meaning::Attribute,
    }
}

fn examples(survey: &Survey) -> Vec<String> {
    let mut all: Vec<_> = survey.unfit.iter().flat_map(|(_, tally)| &tally.first).collect();
    all.sort_by_key(|example| example.row);
    all.into_iter().take(PLACES_NAMED_MAX).map(|example| example.text.clone()).collect()
}

fn texts(tally: &super::survey::Tally) -> Vec<String> {
    tally.first.iter().map(|example| example.text.clone()).collect()
}

fn detail(role: &Role, measured: Option<&Measured>, fill: &Fill, accounts: u64) -> String {
    if let Role::Unused(reason) = role {
        return reason.clone();
    }
    let mut said = Vec::new();
    if let Some(measured) = measured {
        if measured.amounts.is_some()
            && let Some(scale) = scale(measured)
        {
            said.push(scale);
        }
        if !measured.detail.is_empty() {
            said.push(measured.detail.clone());
        }
    }
    if fill.filled == 0 && accounts > 0 && said.is_empty() {
        said.push("empty".to_owned());
    }
    said.join(", ")
}

/// `cents`, or how many decimals are kept.
fn scale(measured: &Measured) -> Option<String> {
    match (measured.decimals, currency::hundredths(&measured.unit)) {
        (0, _) => None,
        (2, Some(name)) => Some(name.to_owned()),
        (1, _) => Some("1 decimal".to_owned()),
        (decimals, _) => Some(format!("{decimals} decimals")),
    }
}
