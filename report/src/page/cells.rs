//! The ground by territory: a grid of cells, each of the territory that most of the accounts in it or nearest to it are in.
//! The cells of a stage lie inside those of the stage before.

use super::frame::Frame;
use super::projection::Area;
use super::views::View;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Cells across the part that is shown first.
const ACROSS: usize = 200;
/// Ground farther than this from any account is nobody's: a part of the map's width.
const REACH: f64 = 0.14;
/// Times that a cell takes what most of its neighbours are.
const ROUNDS: usize = 2;
/// A cell of no territory.
pub(super) const NOBODY: u32 = u32::MAX;

/// A grid over the part of the map that is shown first.
#[derive(Debug)]
pub(super) struct Grid {
    pub across: usize,
    pub down: usize,
    /// Steps that a cell is wide and high.
    pub cell: f64,
    left: f64,
    top: f64,
}

impl Grid {
    fn over(view: &Area) -> Grid {
        let cell = view.width() / ACROSS as f64;
        let down = (view.height() / cell).ceil().max(1.0) as usize;
        Grid { across: ACROSS, down, cell, left: view.left, top: view.top }
    }

    fn count(&self) -> usize {
        self.across * self.down
    }

    /// The cell that a point lies in.
    fn holding(&self, (x, y): (f64, f64)) -> Option<usize> {
        let (column, row) = ((x - self.left) / self.cell, (y - self.top) / self.cell);
        let inside = column >= 0.0 && row >= 0.0 && column < self.across as f64 && row < self.down as f64;
        inside.then(|| row as usize * self.across + column as usize)
    }

    /// A corner of the grid, in steps.
    pub fn corner(&self, column: f64, row: f64) -> (f64, f64) {
        (self.left + column * self.cell, self.top + row * self.cell)
    }

    /// Whether the middle of each cell is inside the rings.
    fn inside(&self, rings: &[Vec<(f64, f64)>]) -> Vec<bool> {
        // Where rings cross the middle line of each row.
        let mut crossings: Vec<Vec<f64>> = vec![Vec::new(); self.down];
        for ring in rings {
            for (index, &(bx, by)) in ring.iter().enumerate() {
                let (ax, ay) = ring[(index + ring.len() - 1) % ring.len()];
                let row = |y: f64| ((y - self.top) / self.cell - 0.5).clamp(-1.0, self.down as f64);
                let (from, to) = (row(ay.min(by)).floor() as i64 + 1, row(ay.max(by)).floor() as i64);
                for at in from.max(0)..=to.min(self.down as i64 - 1) {
                    let y = self.top + (at as f64 + 0.5) * self.cell;
                    crossings[at as usize].push(ax + (y - ay) / (by - ay) * (bx - ax));
                }
            }
        }
        let mut inside = vec![false; self.count()];
        for (row, mut at) in crossings.into_iter().enumerate() {
            at.sort_by(f64::total_cmp);
            for pair in at.chunks_exact(2) {
                let column =
                    |x: f64| ((x - self.left) / self.cell - 0.5).ceil().clamp(0.0, self.across as f64) as usize;
                (column(pair[0])..column(pair[1])).for_each(|column| inside[row * self.across + column] = true);
            }
        }
        inside
    }

    fn middle(&self, cell: usize) -> (f64, f64) {
        self.corner((cell % self.across) as f64 + 0.5, (cell / self.across) as f64 + 0.5)
    }

    /// The cells around one, itself left out.
    fn around(&self, cell: usize) -> impl Iterator<Item = usize> + '_ {
        let (column, row) = (cell % self.across, cell / self.across);
        let rows = row.saturating_sub(1)..=(row + 1).min(self.down - 1);
        let columns = column.saturating_sub(1)..=(column + 1).min(self.across - 1);
        rows.flat_map(move |r| columns.clone().map(move |c| r * self.across + c)).filter(move |&other| other != cell)
    }
}

/// The grid, and for each view the node of every cell.
#[derive(Debug)]
pub(super) struct Cells {
    pub grid: Grid,
    pub by_view: Vec<Vec<u32>>,
    /// Whether the middle of each cell is on land.
    pub land: Vec<bool>,
}

impl Cells {
    /// Of the accounts on the map, each in a leaf; `usize::MAX`: it has no ground.
    pub fn of(frame: &Frame, leaves: &[usize], views: &[View<'_>]) -> Cells {
        let grid = Grid::over(&frame.view);
        let zones: Vec<usize> = (0..grid.count())
            .map(|cell| {
                frame.insets.iter().position(|inset| inset.holds(grid.middle(cell))).map_or(0, |inset| inset + 1)
            })
            .collect();
        // Leaves of the accounts in each cell.
        let mut inside: Vec<(usize, usize)> = Vec::with_capacity(frame.points.len());
        for (point, &leaf) in frame.points.iter().zip(leaves) {
            let cell = point.and_then(|(x, y)| grid.holding((f64::from(x), f64::from(y))));
            inside.extend(cell.filter(|_| leaf != usize::MAX).map(|cell| (cell, leaf)));
        }
        inside.sort_unstable();
        let mut by_view: Vec<Vec<u32>> = Vec::with_capacity(views.len());
        for view in views {
            let before = by_view.last().map(Vec::as_slice);
            let coarser = by_view.len().checked_sub(1).map(|index| &views[index]);
            let ground = Ground { grid: &grid, zones: &zones, view, coarser, before };
            by_view.push(ground.smooth(ground.flood(ground.seeds(&inside))));
        }
        let land = grid.inside(&frame.land);
        Cells { grid, by_view, land }
    }
}

/// What the cells of one view are made of.
struct Ground<'a> {
    grid: &'a Grid,
    /// Parts of the map that have nothing to do with one another.
    zones: &'a [usize],
    view: &'a View<'a>,
    /// The view before, and its cells.
    coarser: Option<&'a View<'a>>,
    before: Option<&'a [u32]>,
}

impl Ground<'_> {
    /// Whether two cells may be of one territory.
    fn joined(&self, a: usize, b: usize) -> bool {
        self.zones[a] == self.zones[b] && self.before.is_none_or(|before| before[a] == before[b])
    }

    /// The node that most of the accounts in each cell are in, of those inside the cell's node of the view before.
    fn seeds(&self, inside: &[(usize, usize)]) -> Vec<u32> {
        let mut cells = vec![NOBODY; self.grid.count()];
        for of_cell in inside.chunk_by(|a, b| a.0 == b.0) {
            let cell = of_cell[0].0;
            let mut nodes: Vec<usize> = of_cell
                .iter()
                .map(|&(_, leaf)| leaf)
                .filter(|&leaf| match (self.coarser, self.before) {
                    (Some(coarser), Some(before)) => coarser.of_leaf[leaf] as u32 == before[cell],
                    _ => true,
                })
                .map(|leaf| self.view.of_leaf[leaf])
                .filter(|&node| node != usize::MAX)
                .collect();
            nodes.sort_unstable();
            cells[cell] = most(&nodes).map_or(NOBODY, |node| node as u32);
        }
        cells
    }

    /// Every cell in reach becomes what the nearest seed is.
    fn flood(&self, mut cells: Vec<u32>) -> Vec<u32> {
        let reach = (REACH * self.grid.across as f64).powi(2) as usize;
        let mut queue: BinaryHeap<Reverse<(usize, usize, usize)>> =
            (0..cells.len()).filter(|&cell| cells[cell] != NOBODY).map(|cell| Reverse((0, cell, cell))).collect();
        let mut nearest: Vec<usize> = cells.iter().map(|&node| if node == NOBODY { usize::MAX } else { 0 }).collect();
        while let Some(Reverse((away, cell, seed))) = queue.pop() {
            if away > nearest[cell] {
                continue;
            }
            for other in self.grid.around(cell).filter(|&other| self.joined(cell, other)) {
                let apart = |a: usize, b: usize| a.abs_diff(b).pow(2);
                let away = apart(other % self.grid.across, seed % self.grid.across)
                    + apart(other / self.grid.across, seed / self.grid.across);
                if away < nearest[other] && away <= reach {
                    nearest[other] = away;
                    cells[other] = cells[seed];
                    queue.push(Reverse((away, other, seed)));
                }
            }
        }
        cells
    }

    /// A cell takes what most of its neighbours are, where these are more than those that are as it is.
    fn smooth(&self, mut cells: Vec<u32>) -> Vec<u32> {
        for _ in 0..ROUNDS {
            let before = cells.clone();
            for cell in (0..cells.len()).filter(|&cell| before[cell] != NOBODY) {
                let own = before[cell];
                if self.grid.around(cell).all(|other| before[other] == own) {
                    continue;
                }
                let around = self.grid.around(cell).filter(|&other| self.joined(cell, other));
                let mut nodes: Vec<usize> = around
                    .map(|other| before[other])
                    .filter(|&node| node != NOBODY)
                    .map(|node| node as usize)
                    .collect();
                nodes.sort_unstable();
                let count = |node: u32| nodes.iter().filter(|&&other| other as u32 == node).count();
                if let Some(other) = most(&nodes).map(|node| node as u32).filter(|&other| count(other) > count(own) + 1)
                {
                    cells[cell] = other;
                }
            }
        }
        cells
    }
}

/// What is there most often in a sorted list; of equals the first.
fn most(sorted: &[usize]) -> Option<usize> {
    let runs = sorted.chunk_by(|a, b| a == b);
    runs.map(|run| (run.len(), Reverse(run[0]))).max().map(|(_, Reverse(node))| node)
}
