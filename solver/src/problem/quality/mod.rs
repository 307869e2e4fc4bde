//! What is odd in the data and no obstacle: to be looked at before anything is carved. One finding a kind, with how many
//! accounts it is about, and a row for each of them.

mod column;
pub use column::{is_city, looks_at};

mod seen;
pub(super) use seen::{Odd, Seen};

mod duplicates;

mod parents;

mod owners;

mod families;

mod stale;

/// Everything that is odd, a kind at a time.
pub(super) fn look(seen: &Seen<'_>) -> Vec<Odd> {
    let kinds = [duplicates::find, parents::find, owners::find, families::find, stale::find];
    kinds.into_iter().filter_map(|find| find(seen)).collect()
}

#[cfg(test)]
mod tests;
