//! What is added to the program's costs while it is solved.

/// Price-corrected costs below 0 by up to this part of a usual cost are 0.
pub(super) const FITS: f64 = 1e-10;

/// What is added to the program's costs.
#[derive(Debug, Clone, Default)]
pub(super) struct Shifts {
    /// Largest perturbation of a unit's leaf.
    pub perturbed: f64,
    /// Of units' leaves.
    pub leaves: Vec<(u32, u32, f64)>,
    /// Of lines: what being at a limit costs.
    pub lines: Vec<f64>,
    pub columns: Vec<f64>,
    /// Whether anything was shifted.
    pub any: bool,
}

impl Shifts {
    pub fn clear(&mut self) {
        self.perturbed = 0.0;
        self.leaves.clear();
        self.lines.fill(0.0);
        self.columns.fill(0.0);
        self.any = false;
    }

    pub fn is_none(&self) -> bool {
        self.perturbed == 0.0 && !self.any
    }
}
