//! What is measured: a made book and the plan that the generator writes for it.

use carve_datasets::{GenerateOptions, Generated, Shape, generate};
use carve_solver::input::{BandInput, CriterionInput, Input, NodeInput, OptionsInput, SplitInput, TierInput};
use std::time::Duration;

/// One book and how long to work on it.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// The book.
    pub book: GenerateOptions,
    /// Wall-clock limit of the solve.
    pub time_limit: Duration,
    /// Work limit; 0: none. With one, the answer does not depend on the machine.
    pub work_limit: i64,
}

impl Case {
    /// Eight territories, two in a hundred either way: the books of the project's figures.
    pub fn new(accounts: usize, shape: Shape, seed: u64, time_limit: Duration) -> Case {
        let book = GenerateOptions { accounts, buckets: 8, seed, shape, tolerance: 0.02, extra_measures: 0 };
        Case { book, time_limit, work_limit: 0 }
    }

    /// The request: the same tiers as the generator's plan file.
    pub fn input(&self) -> Input {
        let Generated { book, anchors, .. } = generate(&self.book);
        let leaf = |(i, anchor)| NodeInput {
            node_id: format!("t{i}"),
            share: Some(1.0),
            anchor: Some(anchor),
            children: Vec::new(),
        };
        let children = anchors.into_iter().enumerate().map(leaf).collect();
        let band = |column: &str| {
            let tolerance = Some(self.book.tolerance);
            Some(CriterionInput::Balance(BandInput { column: column.into(), tolerance, ..BandInput::default() }))
        };
        // The plain shape leaves the score out, as a book that nobody scored.
        let names = book.measures.iter().map(|m| m.name.as_str());
        let names = names.filter(|name| self.book.shape != Shape::Plain || *name != "score");
        let bands = std::iter::once("account_count").chain(names).map(band).collect();
        let mut tiers = vec![TierInput { criteria: bands, ..TierInput::default() }];
        if self.book.shape == Shape::Owned {
            let stay = Some(CriterionInput::Continuity { measure: String::new(), weight: None });
            tiers.push(TierInput { criteria: vec![stay], give_back: 0.1, give_back_absolute: 0.0 });
        }
        let near = Some(CriterionInput::Compactness { distance: false, weight: None });
        tiers.push(TierInput { criteria: vec![near], ..TierInput::default() });
        Input {
            book,
            split: Some(SplitInput::Tree(NodeInput { node_id: "root".into(), children, ..NodeInput::default() })),
            tiers,
            options: OptionsInput {
                time_limit: Some(self.time_limit),
                work_limit: self.work_limit,
                ..OptionsInput::default()
            },
            ..Input::default()
        }
    }
}
