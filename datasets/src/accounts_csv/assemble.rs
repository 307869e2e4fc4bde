//! From columns to a book.

use super::column::{Cells, Column, Degree};
use super::guess::Settled;
use super::heading::Known;
use super::origin::{Log, Origin};
use super::text::excerpt;
use carve_solver::finding::{Code, Finding, Place};
use carve_solver::input::{AttributeColumn, Book, MeasureColumn, NearMeasure, RawPlace};

/// Turns columns into a book. Places need both of theirs, which no column alone can tell.
pub(super) fn assemble(columns: Vec<Column>, origin: &mut Origin, log: &mut Log) -> Book {
    let accounts = origin.account_count();
    let mut book = Book::default();
    let names_asked = !columns.iter().any(|c| c.known == Some(Known::Name) && matches!(c.cells, Cells::Unasked));
    let (mut latitudes, mut longitudes) = (None, None);
    for Column { name, known, cells } in columns {
        match (known, cells) {
            (Some(Known::AccountId), Cells::Text(values)) => book.account_ids = values,
            (Some(Known::Name), Cells::Text(values)) => book.names = values,
            (Some(Known::Parent), Cells::Text(values)) => book.parents = values,
            (Some(Known::CurrentOwner), Cells::Text(values)) => book.current_owners = values,
            (Some(Known::Latitude), Cells::Degrees(values)) => latitudes = Some(values),
            (Some(Known::Longitude), Cells::Degrees(values)) => longitudes = Some(values),
            (_, Cells::Text(values)) => book.attributes.push(AttributeColumn { name, values }),
            (_, Cells::Amounts(amounts)) => book.measures.push(MeasureColumn { name, amounts }),
            (_, Cells::Guess(guess)) => match guess.settle() {
                Settled::Measure(amounts) => book.measures.push(MeasureColumn { name, amounts }),
                Settled::Attribute(values, near) => {
                    if let Some((account, value)) = near {
                        let value = excerpt(value.as_bytes());
                        book.near_measures.push(NearMeasure { name: name.clone(), account, value });
                    }
                    book.attributes.push(AttributeColumn { name, values });
                }
                Settled::Nothing => {}
            },
            (Some(Known::Name), Cells::Unasked) | (_, Cells::Degrees(_) | Cells::Skipped) => {}
            (_, Cells::Unasked) => book.attributes.push(AttributeColumn { name, values: Vec::new() }),
        }
    }
    for texts in [&mut book.account_ids, &mut book.parents, &mut book.current_owners] {
        texts.resize(accounts, String::new());
    }
    if names_asked {
        book.names.resize(accounts, String::new());
    }
    book.places = places(latitudes, longitudes, origin, log);
    book
}

fn places(
    latitudes: Option<Vec<Degree>>,
    longitudes: Option<Vec<Degree>>,
    origin: &Origin,
    log: &mut Log,
) -> Vec<Option<RawPlace>> {
    let (Some(latitudes), Some(longitudes)) = (latitudes.as_ref(), longitudes.as_ref()) else {
        if latitudes.is_some() || longitudes.is_some() {
            let (has, lacks) = if latitudes.is_some() { ("latitude", "longitude") } else { ("longitude", "latitude") };
            let (line, column) = origin.locate_heading(&format!("place.{has}"));
            let message =
                format!("there is a {has} column and no {lacks} column; accounts have no place until both are there");
            log.add(Finding::new(Code::PlaceIncomplete, Place::Book, message), line, column);
        }
        return vec![None; origin.account_count()];
    };
    let pairs = latitudes.iter().zip(longitudes).enumerate();
    pairs
        .map(|(account, pair)| {
            let lacks = match pair {
                (Degree::Value(latitude), Degree::Value(longitude)) => {
                    return Some(RawPlace { latitude: *latitude, longitude: *longitude });
                }
                (Degree::Value(_), Degree::Missing) => "longitude",
                (Degree::Missing, Degree::Value(_)) => "latitude",
                _ => return None,
            };
            let place = Place::Account(account, format!("place.{lacks}"));
            let (line, column) = origin.locate(&place);
            let message = format!("the {lacks} is empty; the account has no place until both are given");
            log.add(Finding::new(Code::PlaceIncomplete, place, message), line, column);
            None
        })
        .collect()
}
