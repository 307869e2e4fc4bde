//! Tiers: one to three, each of one to three criteria of any kind, with give-back.

use super::Draw;
use crate::oracle::reading::Reading;
use carve_solver::input::{BandInput, CriterionInput, LevelInput, TierInput};
use rand::RngExt;

impl Draw {
    /// Tiers in any order; none at all at times.
    pub fn tiers(&mut self, reading: &Reading) -> Vec<TierInput> {
        if self.often(0.04) {
            return Vec::new();
        }
        (0..self.rng.random_range(1..=3_usize)).map(|_| self.tier(reading)).collect()
    }

    fn tier(&mut self, reading: &Reading) -> TierInput {
        let count = self.pick(&[1, 1, 1, 2, 2, 3]);
        let criteria = (0..count).map(|_| Some(self.criterion(reading))).collect();
        let (give_back, give_back_absolute) = match self.often(0.6) {
            true => (0.0, 0.0),
            false => self.pick(&[(0.1, 0.0), (0.05, 0.02), (0.0, 0.3), (1.0, 0.0), (0.0, 500.0)]),
        };
        TierInput { criteria, give_back, give_back_absolute }
    }

    fn criterion(&mut self, reading: &Reading) -> CriterionInput {
        let weight = self.pick(&[None, None, None, Some(2.5), Some(0.4), Some(100.0)]);
        let stages = u32::from(reading.split.stages > 0);
        match self.rng.random_range(0..12 + 2 * stages) {
            0..6 => CriterionInput::Balance(self.band(reading, weight, true)),
            6..8 => CriterionInput::Mix(self.band(reading, weight, false)),
            8..10 => CriterionInput::Continuity { measure: self.measure(reading), weight },
            10..12 => {
                let depth = reading.split.depth();
                let mut level_weights: Vec<f64> = Vec::new();
                if self.often(0.4) {
                    level_weights = (0..depth).map(|_| self.pick(&[0.0, 0.5, 1.0, 3.0])).collect();
                    level_weights[0] += 1.0;
                }
                CriterionInput::Compactness { distance: self.often(0.5), weight, level_weights }
            }
            _ => CriterionInput::Incumbent { measure: self.measure(reading), weight },
        }
    }

    /// A measure of the book; empty text means a count.
    pub fn measure(&mut self, reading: &Reading) -> String {
        let mut names = vec![String::new(), "account_count".to_string()];
        names.extend(reading.input.measures.iter().map(|m| m.measure.clone()));
        for _ in 0..2 {
            names.extend(reading.input.book.measures.iter().map(|m| m.name.clone()));
        }
        self.pick(&names)
    }

    fn band(&mut self, reading: &Reading, weight: Option<f64>, balance: bool) -> BandInput {
        const TOLERANCES: [f64; 9] = [0.0, 0.0, 0.05, 0.1, 0.2, 0.5, 1.0, 1e-6, 0.333_333_333];
        let column = match balance {
            true => Some(self.measure(reading)).filter(|name| !name.is_empty()).unwrap_or("account_count".into()),
            false => {
                let names: Vec<String> = reading.input.book.attributes.iter().map(|a| a.name.clone()).collect();
                self.pick(&names)
            }
        };
        let mut levels = Vec::new();
        if self.often(0.3) {
            for _ in 0..self.rng.random_range(0..=reading.split.depth()) {
                let tolerance = self.often(0.7).then(|| self.pick(&TOLERANCES));
                let weight = self.often(0.5).then(|| self.pick(&[0.0, 0.5, 2.0]));
                levels.push(LevelInput { tolerance, weight });
            }
        }
        BandInput { column, tolerance: Some(self.pick(&TOLERANCES)), weight, levels }
    }
}
