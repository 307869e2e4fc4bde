//! Latitudes and longitudes, which make a place only together.

use super::cell::degree::Degree;
use super::excerpt::{has, is, many};
use super::fill::{Degrees, Fill, Held};
use super::log::Log;
use super::target::Target;
use carve_solver::finding::Code;
use carve_solver::input::RawPlace;

/// Rows that a finding names.
const ROWS_NAMED_MAX: usize = 3;

/// The place of each account, of the columns that hold its degrees.
pub(crate) fn places(
    latitude: Option<usize>,
    longitude: Option<usize>,
    accounts: usize,
    targets: &[Target],
    fills: &[Fill],
    log: &mut Log,
) -> Vec<Option<RawPlace>> {
    tell_bad([latitude, longitude].into_iter().flatten(), targets, fills, log);
    let (Some(latitude), Some(longitude)) = (latitude, longitude) else {
        if let Some(column) = latitude.or(longitude) {
            let (has, lacks) = if latitude.is_some() { ("latitude", "longitude") } else { ("longitude", "latitude") };
            let message = format!(
                "there is a {has} column and no {lacks} column; accounts have no place by it until both are there"
            );
            log.of_column(Code::PlaceIncomplete, column, message);
        }
        return vec![None; accounts];
    };
    let mut incomplete = Vec::new();
    let mut incomplete_count = 0;
    let (north, east) = (degrees(&fills[latitude]), degrees(&fills[longitude]));
    let places = (0..accounts)
        .map(|row| match (north.get(row), east.get(row)) {
            (Degree::Value(latitude), Degree::Value(longitude)) => Some(RawPlace { latitude, longitude }),
            (Degree::Missing, Degree::Missing) => None,
            (_, second) => {
                let is_bad = [latitude, longitude]
                    .iter()
                    .any(|&at| fills[at].bad_degrees.first.iter().any(|bad| bad.row == row));
                if !is_bad {
                    incomplete_count += 1;
                    if incomplete.len() < ROWS_NAMED_MAX {
                        incomplete.push((row, second == Degree::Missing));
                    }
                }
                None
            }
        })
        .collect();
    if let Some(&(first, lacks_longitude)) = incomplete.first() {
        let column = if lacks_longitude { longitude } else { latitude };
        let rows: Vec<usize> = incomplete.iter().map(|(row, _)| *row).collect();
        let message = format!(
            "{} {} a latitude or a longitude and not both ({}), and no place by it until both are given",
            many(incomplete_count, "account"),
            has(incomplete_count),
            log.lines(&rows, incomplete_count)
        );
        log.of_cells(Code::PlaceIncomplete, column, &targets[column].field(), first, message);
    }
    places
}

/// The degrees that a column holds.
pub(crate) fn degrees(fill: &Fill) -> &Degrees {
    /// Those of a column that holds something else.
    static NONE: Degrees = Degrees::NONE;
    match &fill.held {
        Held::Degrees(degrees) => degrees,
        _ => &NONE,
    }
}

/// Tells of values that are no degrees.
fn tell_bad(columns: impl Iterator<Item = usize>, targets: &[Target], fills: &[Fill], log: &mut Log) {
    for column in columns {
        let (target, bad) = (&targets[column], &fills[column].bad_degrees);
        if let Some(first) = bad.first.first() {
            let message = format!(
                "{} of {} {} no number ({}); give decimal degrees such as 40.71, or leave it empty",
                many(bad.count, "value"),
                target.heading,
                is(bad.count),
                log.places(bad)
            );
            log.of_cells(Code::NumberSyntax, column, &target.field(), first.row, message);
        }
    }
}
