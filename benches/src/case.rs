//! What is measured: a made book with the plan that the generator writes for it, and how long to work on it.

use carve_datasets::{GenerateOptions, Generated, Shape, generate};
use carve_solver::input::{BandInput, CriterionInput, Input, NodeInput, OptionsInput, SplitInput, TierInput};
use serde_derive::{Deserialize, Serialize};
use std::time::Duration;

/// One book and how to work on it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Accounts, 1 or more.
    pub accounts: usize,
    /// How amounts, families and owners look.
    #[serde(with = "shape_by_name")]
    pub shape: Shape,
    /// The same case with the same seed is the same book.
    pub seed: u64,
    /// Territories, 1 to 10.
    pub buckets: usize,
    /// Measures to balance; fewer than the shape's own (plain 4, others 5) means those.
    pub measures: usize,
    /// Half-width of every band.
    pub tolerance: f64,
    /// Wall-clock limit of a solve.
    pub time_limit: Duration,
    /// Relative gap at which a tier is good enough.
    pub gap_target: f64,
    /// Work limit of carve; 0: none. With one, its answer does not depend on the machine.
    pub work_limit: i64,
    /// Threads; 0: one a core.
    pub threads: i32,
}

impl Case {
    /// Eight territories, two in a hundred either way: the books of the project's figures.
    pub fn new(accounts: usize, shape: Shape, seed: u64, time_limit: Duration) -> Case {
        Case {
            accounts,
            shape,
            seed,
            buckets: 8,
            measures: 0,
            tolerance: 0.02,
            time_limit,
            gap_target: 0.0001,
            work_limit: 0,
            threads: 0,
        }
    }

    /// How many measures are balanced.
    pub fn balanced(&self) -> usize {
        self.measures.max(self.own_measures())
    }

    /// The plain shape leaves the score out, as a book that nobody scored.
    fn own_measures(&self) -> usize {
        if self.shape == Shape::Plain { 4 } else { 5 }
    }

    /// The request: the same tiers as the generator's plan file. Without `anchors` they are for the method to find.
    pub fn input(&self, anchors: bool) -> Input {
        let Generated { book, anchors: points, .. } = generate(&GenerateOptions {
            accounts: self.accounts,
            buckets: self.buckets,
            seed: self.seed,
            shape: self.shape,
            tolerance: self.tolerance,
            extra_measures: self.balanced() - self.own_measures(),
        });
        let leaf = |(i, anchor)| NodeInput {
            node_id: format!("t{i}"),
            share: Some(1.0),
            anchor: Some(anchor).filter(|_| anchors),
            ..NodeInput::default()
        };
        let children = points.into_iter().enumerate().map(leaf).collect();
        let band = |column: &str| {
            let tolerance = Some(self.tolerance);
            Some(CriterionInput::Balance(BandInput { column: column.into(), tolerance, ..BandInput::default() }))
        };
        let names = book.measures.iter().map(|m| m.name.as_str());
        let names = names.filter(|name| self.shape != Shape::Plain || *name != "score");
        let bands = std::iter::once("account_count").chain(names).map(band).collect();
        let mut tiers = vec![TierInput { criteria: bands, ..TierInput::default() }];
        if self.shape == Shape::Owned {
            let stay = Some(CriterionInput::Continuity { measure: String::new(), weight: None });
            tiers.push(TierInput { criteria: vec![stay], give_back: 0.1, give_back_absolute: 0.0 });
        }
        let near = Some(CriterionInput::Compactness { distance: false, weight: None, level_weights: Vec::new() });
        tiers.push(TierInput { criteria: vec![near], ..TierInput::default() });
        Input {
            book,
            split: Some(SplitInput::Tree(NodeInput { node_id: "root".into(), children, ..NodeInput::default() })),
            tiers,
            options: OptionsInput {
                time_limit: Some(self.time_limit),
                gap_target: Some(self.gap_target),
                work_limit: self.work_limit,
                threads: self.threads,
                ..OptionsInput::default()
            },
            ..Input::default()
        }
    }
}

mod shape_by_name {
    use carve_datasets::Shape;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(shape: &Shape, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(shape.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Shape, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
