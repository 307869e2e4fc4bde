//! Steps of Newton's method up the smoothed dual, each solved for by conjugate gradients.
//!
//! At a temperature T the least over a unit's leaves becomes a soft minimum, and what a line's limits add,
//! mid y - half |y|, a curve that is round at 0. Both are concave and lose no more than in proportion to T, so that prices
//! that are best at a low temperature are nearly best (semi-discrete transport with several amounts; damped Newton as in
//! Kitagawa, Mérigot & Thibert 2019). The matrix of a step is never written out: it only counts units that are split.

use super::pass::{Seen, Split};
use super::program::{Program, Sums};
use rayon::prelude::*;

/// Width of the round at a price of 0, in temperatures.
const ROUND: f64 = 0.3;
/// Steps of the conjugate gradients, at most.
const GRADIENTS: usize = 40;
/// Part of the gradient that they may leave.
const LEFT: f64 = 0.1;
/// What is added to a block's diagonal, as part of it.
const RIDGE: f64 = 1e-6;

/// The lines of one leaf with their block of the matrix.
struct Block {
    lines: Vec<usize>,
    matrix: Vec<f64>,
}

/// What steps from one place are solved with.
pub(super) struct Steps<'a> {
    program: &'a Program,
    seen: &'a Seen,
    temperature: f64,
    /// What the lines' limits add to the diagonal.
    limits: Vec<f64>,
    /// What a line bends by at most, about: what holds a step back counts in parts of it.
    most: Vec<f64>,
    blocks: Vec<Block>,
    /// The diagonal, for lines in no block.
    diagonal: Vec<f64>,
}

/// What a step is held back by, and with what it is solved.
struct Held {
    by: Vec<f64>,
    /// Cholesky factors of the blocks.
    factors: Vec<Vec<f64>>,
}

/// What the limits of all lines add to the value of prices.
pub(super) fn limits_value(program: &Program, prices: &[f64], temperature: f64) -> f64 {
    let round = ROUND * temperature;
    let one = |(line, y): (&super::program::Line, &f64)| {
        let (mid, half) = ((line.lo + line.hi) / 2.0, (line.hi - line.lo) / 2.0);
        mid * y - half * ((y * y + round * round).sqrt() - round)
    };
    program.lines.iter().zip(prices).map(one).sum()
}

/// The gradient of the smoothed dual.
pub(super) fn gradient(program: &Program, seen: &Seen, prices: &[f64], temperature: f64) -> Vec<f64> {
    let round = ROUND * temperature;
    let one = |((line, y), sum): ((&super::program::Line, &f64), &f64)| {
        let (mid, half) = ((line.lo + line.hi) / 2.0, (line.hi - line.lo) / 2.0);
        mid - half * y / (y * y + round * round).sqrt() - sum
    };
    program.lines.iter().zip(prices).zip(&seen.sums).map(one).collect()
}

impl<'a> Steps<'a> {
    pub fn new(program: &'a Program, seen: &'a Seen, prices: &[f64], temperature: f64) -> Steps<'a> {
        let round = ROUND * temperature;
        let bend = |(line, y): (&super::program::Line, &f64)| {
            let square = y * y + round * round;
            (line.hi - line.lo) / 2.0 * round * round / (square * square.sqrt())
        };
        let limits: Vec<f64> = program.lines.iter().zip(prices).map(bend).collect();
        let most = program.lines.iter().map(|line| (line.lo + line.hi).abs().max(1.0) / 2.0 / temperature).collect();
        let mut steps = Steps { program, seen, temperature, limits, most, blocks: Vec::new(), diagonal: Vec::new() };
        steps.precondition();
        steps
    }

    /// Blocks of the lines at each leaf; the others by their diagonal.
    fn precondition(&mut self) {
        let (program, loads) = (self.program, self.program.loads);
        let own: Vec<Vec<f64>> = self.seen.split.par_iter().map(|split| self.squares(split)).collect();
        let mut squares = vec![0.0; program.leaves * loads * loads];
        own.iter().for_each(|own| squares.iter_mut().zip(own).for_each(|(all, own)| *all += own));
        let mut at_leaf: Vec<Vec<Option<usize>>> = vec![vec![None; loads]; program.leaves];
        self.diagonal = self.limits.clone();
        for (r, line) in program.lines.iter().enumerate() {
            let square = |leaf: usize, load: usize| squares[(leaf * loads + load) * loads + load];
            self.diagonal[r] += match &line.sums {
                Sums::Load { load, leaves } => leaves.clone().map(|leaf| square(leaf, *load)).sum::<f64>(),
                Sums::Weighted { load, factors } => {
                    factors.iter().enumerate().map(|(leaf, f)| f * f * square(leaf, *load)).sum()
                }
                Sums::Slots(coefficients) => self.spread(coefficients),
            };
            if let Sums::Load { load, leaves } = &line.sums
                && leaves.len() == 1
            {
                at_leaf[leaves.start][*load].get_or_insert(r);
            }
        }
        for (leaf, own) in at_leaf.iter().enumerate() {
            let lines: Vec<(usize, usize)> =
                own.iter().enumerate().filter_map(|(load, line)| line.map(|line| (load, line))).collect();
            let size = lines.len();
            let mut matrix = vec![0.0; size * size];
            for (i, &(a, line)) in lines.iter().enumerate() {
                for (j, &(b, _)) in lines.iter().enumerate() {
                    matrix[i * size + j] = squares[(leaf * loads + a) * loads + b];
                }
                matrix[i * size + i] += self.limits[line];
            }
            if size > 0 {
                self.blocks.push(Block { lines: lines.iter().map(|l| l.1).collect(), matrix });
            }
        }
    }

    /// What split units bend lines by at each leaf, loads × loads.
    fn squares(&self, split: &Split) -> Vec<f64> {
        let (program, loads) = (self.program, self.program.loads);
        let mut squares = vec![0.0; program.leaves * loads * loads];
        if loads == 0 {
            return squares;
        }
        for (i, &unit) in split.units.iter().enumerate() {
            let amounts = &program.amounts[unit as usize * loads..][..loads];
            for at in split.first[i] as usize..split.first[i + 1] as usize {
                let part = split.part[at];
                let bend = part * (1.0 - part) / self.temperature;
                let leaf = program.offers.leaf[split.slot[at] as usize] as usize;
                for (a, row) in amounts.iter().zip(squares[leaf * loads * loads..].chunks_exact_mut(loads)) {
                    row.iter_mut().zip(amounts).for_each(|(x, b)| *x += bend * a * b);
                }
            }
        }
        squares
    }

    /// What split units bend a line of coefficients of its own by.
    fn spread(&self, coefficients: &[f64]) -> f64 {
        let mut sum = 0.0;
        for split in &self.seen.split {
            for i in 0..split.units.len() {
                let parts = split.first[i] as usize..split.first[i + 1] as usize;
                let (mut mean, mut square) = (0.0, 0.0);
                for at in parts {
                    let k = coefficients[split.slot[at] as usize];
                    mean += split.part[at] * k;
                    square += split.part[at] * k * k;
                }
                sum += (square - mean * mean).max(0.0) / self.temperature;
            }
        }
        sum
    }

    /// The step that the gradient asks for, held back by that part of what lines bend by at most: where a leaf has lost
    /// all its units nothing else holds a price (Levenberg 1944).
    pub fn solve(&self, gradient: &[f64], back: f64) -> Vec<f64> {
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let held = self.held(back);
        let mut step = vec![0.0; gradient.len()];
        let mut left = gradient.to_vec();
        let mut scaled = self.scaled(&left, &held);
        let mut way = scaled.clone();
        let mut size = dot(&left, &scaled);
        let enough = LEFT * LEFT * size;
        for _ in 0..GRADIENTS {
            if size <= enough || size <= 0.0 {
                break;
            }
            let mut bent = self.bent(&way);
            bent.iter_mut().zip(&held.by).zip(&way).for_each(|((b, by), w)| *b += by * w);
            let bend = dot(&way, &bent);
            if bend <= 0.0 {
                break;
            }
            let by = size / bend;
            step.iter_mut().zip(&way).for_each(|(s, w)| *s += by * w);
            left.iter_mut().zip(&bent).for_each(|(l, b)| *l -= by * b);
            scaled = self.scaled(&left, &held);
            let next = dot(&left, &scaled);
            way.iter_mut().zip(&scaled).for_each(|(w, s)| *w = s + next / size * *w);
            size = next;
        }
        step
    }

    fn held(&self, back: f64) -> Held {
        let by: Vec<f64> = self.most.iter().map(|most| back * most).collect();
        let factor = |block: &Block| {
            let size = block.lines.len();
            let mut matrix = block.matrix.clone();
            block.lines.iter().enumerate().for_each(|(i, &r)| matrix[i * size + i] += by[r]);
            factored(matrix, size)
        };
        let factors = self.blocks.iter().map(factor).collect();
        Held { by, factors }
    }

    /// What the blocks make of a gradient.
    fn scaled(&self, of: &[f64], held: &Held) -> Vec<f64> {
        let diagonal = self.diagonal.iter().zip(&held.by).map(|(d, by)| d + by);
        let mut out: Vec<f64> = of.iter().zip(diagonal).map(|(x, d)| if d > 0.0 { x / d } else { *x }).collect();
        for (block, factor) in self.blocks.iter().zip(&held.factors) {
            let mut own: Vec<f64> = block.lines.iter().map(|&r| of[r]).collect();
            substitute(factor, &mut own);
            block.lines.iter().zip(own).for_each(|(&r, x)| out[r] = x);
        }
        out
    }

    /// The matrix, less its sign, times prices.
    fn bent(&self, way: &[f64]) -> Vec<f64> {
        let (program, loads) = (self.program, self.program.loads);
        let worth = program.by_leaf(way);
        let slots = program.by_slots(way);
        let blocks: Vec<(Vec<f64>, Vec<f64>)> = (self.seen.split.par_iter())
            .map(|split| {
                let (mut at, mut sums) = (vec![0.0; program.leaves * loads], vec![0.0; slots.len()]);
                let mut gives = Vec::new();
                for (i, &unit) in split.units.iter().enumerate() {
                    let amounts = &program.amounts[unit as usize * loads..][..loads];
                    let parts = split.first[i] as usize..split.first[i + 1] as usize;
                    gives.clear();
                    let mut mean = 0.0;
                    for at in parts.clone() {
                        let slot = split.slot[at] as usize;
                        let leaf = program.offers.leaf[slot] as usize;
                        let mut give: f64 = amounts.iter().zip(&worth[leaf * loads..]).map(|(a, w)| a * w).sum();
                        give += slots.iter().map(|(k, price)| price * k[slot]).sum::<f64>();
                        mean += split.part[at] * give;
                        gives.push(give);
                    }
                    for (place, give) in parts.zip(&gives) {
                        let slot = split.slot[place] as usize;
                        let moved = split.part[place] * (give - mean) / self.temperature;
                        let at = &mut at[program.offers.leaf[slot] as usize * loads..][..loads];
                        at.iter_mut().zip(amounts).for_each(|(at, a)| *at += moved * a);
                        sums.iter_mut().zip(&slots).for_each(|(sum, (k, _))| *sum += moved * k[slot]);
                    }
                }
                (at, sums)
            })
            .collect();
        let (mut at, mut sums) = (vec![0.0; program.leaves * loads], vec![0.0; slots.len()]);
        for (own, own_sums) in &blocks {
            at.iter_mut().zip(own).for_each(|(all, own)| *all += own);
            sums.iter_mut().zip(own_sums).for_each(|(all, own)| *all += own);
        }
        let bent = program.line_sums(&at, &sums);
        bent.iter().zip(&self.limits).zip(way).map(|((b, limit), w)| b + limit * w).collect()
    }
}

/// The Cholesky factor of a matrix of `size` rows, with a little more on its diagonal.
fn factored(mut matrix: Vec<f64>, size: usize) -> Vec<f64> {
    let most = (0..size).map(|i| matrix[i * size + i]).fold(0.0, f64::max);
    for i in 0..size {
        matrix[i * size + i] += RIDGE * most + f64::MIN_POSITIVE.sqrt();
    }
    for i in 0..size {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let left = matrix[i * size + j] - sum;
            matrix[i * size + j] =
                if i == j { left.max(f64::MIN_POSITIVE.sqrt()).sqrt() } else { left / matrix[j * size + j] };
        }
    }
    matrix
}

/// Solves with a Cholesky factor, in place.
fn substitute(factor: &[f64], x: &mut [f64]) {
    let size = x.len();
    for i in 0..size {
        let sum: f64 = (0..i).map(|k| factor[i * size + k] * x[k]).sum();
        x[i] = (x[i] - sum) / factor[i * size + i];
    }
    for i in (0..size).rev() {
        let sum: f64 = (i + 1..size).map(|k| factor[k * size + i] * x[k]).sum();
        x[i] = (x[i] - sum) / factor[i * size + i];
    }
}
