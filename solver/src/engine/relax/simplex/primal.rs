//! Steps of the primal simplex, for what is left to do once true costs are back: the basis is feasible, and a few of
//! what is not basic would lower its cost.

use super::{At, Basic, FEASIBLE, Simplex};

/// Coefficients below this are rounding, and block nothing.
const NOTHING: f64 = 1e-9;

/// What would lower the cost.
struct Gain {
    by: f64,
    basic: Basic,
    /// +1: when it rises; −1: when it falls.
    sign: f64,
}

/// What stops it: a basic variable, or the key of a unit.
#[derive(Debug, Clone, Copy)]
enum Stop {
    At(usize),
    Key(u32),
}

impl Simplex<'_> {
    /// Brings what costs were shifted for most into the basis, at its true cost; `false` where nothing makes room.
    pub(super) fn lower(&mut self) -> bool {
        let Some(gain) = self.gain() else { return false };
        let size = self.lp.lines.len();
        let column = self.column(gain.basic);
        let share: Vec<f64> = (self.inverse.chunks_exact(size))
            .map(|row| gain.sign * row.iter().zip(&column).map(|(k, c)| k * c).sum::<f64>())
            .collect();
        let at = match self.stop(&gain, &share) {
            Some(Stop::At(at)) => at,
            Some(Stop::Key(unit)) => {
                let own = |i: &usize| matches!(self.basic[*i], Basic::Part(u, _) if u == unit);
                let most = (0..size).filter(own).reduce(|a, b| if self.value[b] > self.value[a] { b } else { a });
                let Some(at) = most else { return false };
                self.exchange_key(at);
                at
            }
            None => return false,
        };
        if let Basic::Part(u, _) = self.basic[at] {
            self.parts[u as usize] -= 1;
        }
        if let Basic::Part(u, _) = gain.basic {
            self.parts[u as usize] += 1;
        }
        self.basic[at] = gain.basic;
        self.shifts.clear();
        self.factor();
        true
    }

    /// The largest shift.
    fn gain(&self) -> Option<Gain> {
        let leaf = |&(u, l, by): &(u32, u32, f64)| Gain { by, basic: Basic::Part(u, l), sign: 1.0 };
        let sign = |at: At| if at == At::Hi { -1.0 } else { 1.0 };
        let lines = self.shifts.lines.iter().enumerate();
        let line =
            |(r, by): (usize, &f64)| Gain { by: by.abs(), basic: Basic::Line(r as u32), sign: sign(self.line_at[r]) };
        let columns = self.shifts.columns.iter().enumerate();
        let column = |(j, by): (usize, &f64)| Gain {
            by: by.abs(),
            basic: Basic::Excess(j as u32),
            sign: sign(self.excess_at[j]),
        };
        let all = self.shifts.leaves.iter().map(leaf).chain(lines.map(line)).chain(columns.map(column));
        all.filter(|g| g.by > 0.0 && !self.basic.contains(&g.basic)).reduce(|a, b| if b.by > a.by { b } else { a })
    }

    /// What stops first when basic variables fall by `share`; of those that stop about then, the one with the largest
    /// coefficient.
    fn stop(&self, gain: &Gain, share: &[f64]) -> Option<Stop> {
        let mut stops: Vec<(f64, f64, Stop)> = Vec::new();
        let mut keys: Vec<(u32, f64, f64)> = Vec::new();
        for (i, (&value, &falls)) in self.value.iter().zip(share).enumerate() {
            let (lo, hi) = match self.basic[i] {
                Basic::Line(r) => (self.lp.lines[r as usize].lo, self.lp.lines[r as usize].hi),
                Basic::Excess(j) => (self.lp.columns[j as usize].lo, self.lp.columns[j as usize].hi),
                Basic::Part(unit, _) => {
                    match keys.iter_mut().find(|k| k.0 == unit) {
                        Some(key) => {
                            key.1 -= value;
                            key.2 -= falls;
                        }
                        None => keys.push((unit, 1.0 - value, -falls)),
                    }
                    (0.0, f64::INFINITY)
                }
            };
            let room = if falls > 0.0 { value - lo } else { hi - value };
            stops.push((room, falls.abs(), Stop::At(i)));
        }
        for (unit, value, falls) in keys {
            let own = matches!(gain.basic, Basic::Part(u, _) if u == unit);
            let falls = if own { falls + 1.0 } else { falls };
            stops.push((value, falls, Stop::Key(unit)));
        }
        stops.retain(|(room, falls, _)| *falls > NOTHING && room.is_finite());
        let most =
            stops.iter().map(|(room, falls, _)| (room.max(0.0) + FEASIBLE) / falls).fold(f64::INFINITY, f64::min);
        let near = stops.into_iter().filter(|(room, falls, _)| room.max(0.0) / falls <= most);
        near.reduce(|a, b| if b.1 > a.1 { b } else { a }).map(|(.., stop)| stop)
    }
}
