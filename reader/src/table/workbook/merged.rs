//! Cells that a sheet merges over several rows, as reports merge the name of a group beside its accounts: each of the rows
//! has the value that stands in the first.

use calamine::Dimensions;
use std::collections::{BTreeMap, HashMap};

/// The merged cells of a sheet, as its rows are gone over from the top.
#[derive(Debug, Default)]
pub(super) struct Merged {
    /// The last row of each area of several rows, by the row and column of its first cell.
    areas: HashMap<(u32, u32), u32>,
    /// The last row and the value of the areas begun, by their columns.
    begun: BTreeMap<u32, (u32, String)>,
}

impl Merged {
    /// Of these areas.
    pub(super) fn new(areas: Vec<Dimensions>) -> Merged {
        let areas = areas.into_iter().filter(|area| area.end.0 > area.start.0);
        Merged { areas: areas.map(|area| (area.start, area.end.0)).collect(), begun: BTreeMap::new() }
    }

    /// Adds to the cells of a row, in the order of columns, those that it shares with a row above; gives their columns.
    pub(super) fn fill(&mut self, row: u32, cells: &mut Vec<(u32, String)>) -> Vec<u32> {
        if self.areas.is_empty() || cells.is_empty() {
            return Vec::new();
        }
        self.begun.retain(|_, (last, _)| *last >= row);
        let own = |column: &u32| cells.binary_search_by_key(column, |(c, _)| *c).is_ok();
        let shared = self.begun.iter().filter(|(column, _)| !own(column));
        let shared: Vec<(u32, String)> = shared.map(|(column, (_, text))| (*column, text.clone())).collect();
        for (column, text) in cells.iter() {
            if let Some(last) = self.areas.get(&(row, *column)) {
                self.begun.insert(*column, (*last, text.clone()));
            }
        }
        let columns = shared.iter().map(|(column, _)| *column).collect();
        cells.extend(shared);
        cells.sort_unstable_by_key(|(column, _)| *column);
        columns
    }
}
