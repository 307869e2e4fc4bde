//! The nodes of an annealing: what they hold, and what is paid for what is beyond their limits.

use crate::engine::context::Context;
use crate::index::{Keyed, Number, RowIndex};
use crate::score::State;

/// Least of the fees, as part of where they start.
pub(super) const LEAST: f64 = 0.1;

/// A node's amounts of `W` loads, their limits and fees for what is beyond.
#[derive(Clone)]
pub(super) struct Node<const W: usize> {
    amount: [f64; W],
    lo: [f64; W],
    hi: [f64; W],
    /// Limits that fees are paid beyond: as far inside as the cooling keeps off.
    inner_lo: [f64; W],
    inner_hi: [f64; W],
    fee: [f64; W],
    least: [f64; W],
    /// What is paid now.
    pub paid: f64,
    /// How far amounts are beyond their limits; sums of whole numbers, so exact.
    pub beyond: f64,
}

impl<const W: usize> Node<W> {
    fn new() -> Node<W> {
        Node {
            amount: [0.0; W],
            lo: [f64::NEG_INFINITY; W],
            hi: [f64::INFINITY; W],
            inner_lo: [f64::NEG_INFINITY; W],
            inner_hi: [f64::INFINITY; W],
            fee: [0.0; W],
            least: [0.0; W],
            paid: 0.0,
            beyond: 0.0,
        }
    }

    /// What would be paid if `change` times `sign` came in.
    pub fn price(&self, change: &[f64; W], sign: f64) -> f64 {
        let mut sum = [0.0; 4];
        for k in 0..W {
            let amount = self.amount[k] + sign * change[k];
            sum[k % 4] += (amount - self.inner_hi[k]).max(self.inner_lo[k] - amount).max(0.0) * self.fee[k];
        }
        (sum[0] + sum[1]) + (sum[2] + sum[3])
    }

    pub fn take(&mut self, change: &[f64; W], sign: f64) {
        for (amount, change) in self.amount.iter_mut().zip(change) {
            *amount += sign * change;
        }
        self.settle();
    }

    pub fn settle(&mut self) {
        (self.paid, self.beyond) = (0.0, 0.0);
        for k in 0..W {
            let amount = self.amount[k];
            self.beyond += (amount - self.hi[k]).max(self.lo[k] - amount).max(0.0);
            self.paid += (amount - self.inner_hi[k]).max(self.inner_lo[k] - amount).max(0.0) * self.fee[k];
        }
    }

    /// Keeps off the limits by a part of the width between them.
    fn keep_off(&mut self, part: f64) {
        for k in 0..W {
            let width = self.hi[k] - self.lo[k].max(0.0);
            let off = if width.is_finite() { part * width } else { 0.0 };
            (self.inner_lo[k], self.inner_hi[k]) = (self.lo[k] + off, self.hi[k] - off);
        }
    }

    pub fn adjust(&mut self, rise: f64, sink: f64) {
        for k in 0..W {
            let broken = self.amount[k] > self.inner_hi[k] || self.amount[k] < self.inner_lo[k];
            self.fee[k] = if broken { self.fee[k] * rise } else { (self.fee[k] * sink).max(self.least[k]) };
        }
        self.settle();
    }
}

/// Nodes with their amounts in `start` and the limits around it.
pub(super) fn nodes<const W: usize>(
    context: &Context,
    start: &State,
    fees: &Keyed<RowIndex, f64>,
    (held, off): (&Keyed<RowIndex, f64>, f64),
) -> Vec<Node<W>> {
    let rows = &context.problem().rows;
    let mut nodes = vec![Node::<W>::new(); context.problem().tree.nodes.len()];
    for ((r, row), allowed) in rows.rows.pairs().zip(context.allowed(start)) {
        let limits = match allowed.aimed {
            false => allowed.limits(),
            true => row.limits.widened(row.target * held[r]),
        };
        let (node, k) = (&mut nodes[row.node.get()], row.load.get());
        node.amount[k] = start.rows[r] as f64;
        // What was never reached counts as no limit; casts round by far less than what amounts of that size can tell.
        node.lo[k] = node.lo[k].max(if limits.least == i64::MIN { f64::NEG_INFINITY } else { limits.least as f64 });
        node.hi[k] = node.hi[k].min(if limits.most == i64::MAX { f64::INFINITY } else { limits.most as f64 });
        node.fee[k] = node.fee[k].max(fees[r] / row.target);
        node.least[k] = node.fee[k] * LEAST;
    }
    nodes.iter_mut().for_each(|node| node.keep_off(off));
    nodes
}
