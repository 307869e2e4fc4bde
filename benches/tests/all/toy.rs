//! The benchmarks at toy size: they run, their plans pass the checker, and carve is no worse than any baseline.

use carve_benches::case::Case;
use carve_benches::score::Score;
use carve_benches::task::{Method, Outcome, Task, perform};
use carve_benches::{quality, strategies, timing};
use carve_datasets::Shape;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

fn program() -> &'static Path {
    Path::new(env!("CARGO_BIN_EXE_carve-benches"))
}

fn case(shape: Shape) -> Case {
    Case {
        buckets: 3,
        tolerance: 0.1,
        work_limit: 500_000,
        threads: 1,
        ..Case::new(50, shape, 1, Duration::from_secs(60))
    }
}

fn solve(method: Method, shape: Shape, excess_limit: f64) -> Outcome {
    let task = Task { method, case: case(shape), excess_limit };
    perform(&task, &|| {}).unwrap_or_else(|error| panic!("{} of {}: {error}", method.name(), shape.name()))
}

fn worth(outcome: &Outcome) -> Score {
    outcome.score.unwrap_or_else(|| panic!("no plan: {outcome:?}"))
}

/// The lines that a mode writes.
fn lines(mode: impl FnOnce(&(dyn Fn(&str) + Sync))) -> Vec<String> {
    let lines = Mutex::new(Vec::new());
    mode(&|text| lines.lock().expect("no line fails").extend(text.split('\n').map(str::to_owned)));
    lines.into_inner().expect("no line fails")
}

fn cells(line: &str) -> Vec<&str> {
    line.trim_matches('|').split('|').map(str::trim).collect()
}

#[test]
fn toy_books_of_every_shape_are_no_worse_than_the_baselines() {
    for shape in Shape::ALL {
        // `perform` holds the plan to the checker, and its values to those of book and assignment.
        let plan = solve(Method::Carve, shape, 0.0);
        let score = worth(&plan);
        assert_eq!(score.families_torn, 0, "{}", shape.name());
        assert!(plan.excess_bound.is_some_and(|bound| bound <= score.excess + 1e-9), "{plan:?}");
        assert!(plan.bound.is_some_and(|bound| bound <= score.compactness * (1.0 + 1e-9)), "{plan:?}");
        for method in [Method::Greedy, Method::Kmeans] {
            let baseline = worth(&solve(method, shape, 0.0));
            assert_eq!(baseline.families_torn, 0);
            assert!(score.is_no_worse_than(&baseline), "{} of {}", method.name(), shape.name());
        }
    }
}

#[test]
fn anchors_can_be_left_for_the_method_to_find() {
    for method in [Method::CarveFree, Method::KmeansFree] {
        let found = solve(method, Shape::Plain, 0.0);
        assert!(worth(&found).compactness > 0.0 && found.bound.is_none(), "{found:?}");
    }
}

#[test]
fn the_general_solver_agrees_with_the_bounds() {
    for shape in [Shape::Plain, Shape::Whales, Shape::Families] {
        let plan = solve(Method::Carve, shape, 0.0);
        let limit = plan.excess_limit.unwrap_or_default();
        let relaxed = solve(Method::HighsLp, shape, limit);
        assert!(relaxed.status == "Optimal" && relaxed.score.is_none(), "{relaxed:?}");
        // Under carve's own tier 1, so carve's plan is one that the relaxation allows.
        let value = worth(&plan).compactness;
        assert!(relaxed.bound.is_some_and(|bound| bound <= value * (1.0 + 1e-6)), "{relaxed:?} of {value}");
    }
}

#[test]
fn the_quality_mode_has_a_row_for_every_method() {
    let methods = vec![Method::HighsLp, Method::Carve, Method::Greedy, Method::Kmeans, Method::KmeansFree];
    let asked = quality::Asked {
        accounts: vec![40],
        shapes: vec![Shape::Plain, Shape::Owned],
        seeds: vec![1],
        methods: methods.clone(),
        like: case(Shape::Plain),
    };
    let lines = lines(|out| quality::run(program(), &asked, out).unwrap_or_else(|error| panic!("{error}")));
    // Two lines of heading; the general solver sits out where there are owners.
    assert_eq!(lines.len(), 2 + 2 * methods.len() - 1, "{lines:#?}");
    assert_eq!(cells(&lines[2])[..4], ["40", "plain", "1", "carve"]);
    let heading = cells(&lines[0]).len();
    assert!(lines.iter().all(|line| cells(line).len() == heading), "{lines:#?}");
}

#[test]
fn the_time_mode_tells_both_and_how_they_grow() {
    let asked = timing::Asked {
        accounts: vec![40, 80],
        buckets: vec![2],
        measures: vec![4, 5],
        runs: 2,
        lp_time_limit: Duration::from_secs(60),
        like: Case { gap_target: 1.0, ..case(Shape::Plain) },
    };
    let lines = lines(|out| timing::run(program(), &asked, out).unwrap_or_else(|error| panic!("{error}")));
    // A row for each size and number of measures; then, after an empty line, one for each step in size.
    assert_eq!(lines.len(), 2 + 4 + 1 + 2 + 2, "{lines:#?}");
    let row = cells(&lines[2]);
    assert_eq!(row.len(), cells(&lines[0]).len(), "{lines:#?}");
    // Any plan is within a gap of 1, so both have a time.
    assert!(row[5] != "-" && row[14] != "-", "{lines:#?}");
    assert_eq!(cells(&lines[9])[..4], ["80", "2", "4", "2.00"]);
}

#[test]
fn the_strategies_mode_has_a_row_for_each_with_medians() {
    let asked = strategies::Asked {
        accounts: vec![40],
        seeds: vec![1, 2],
        runs: 2,
        strategies: strategies::Strategy::ALL.to_vec(),
        like: Case { work_limit: 60_000, ..case(Shape::Owned) },
    };
    let told = || lines(|out| strategies::run(&asked, out).unwrap_or_else(|error| panic!("{error}")));
    let first = told();
    let rows: Vec<Vec<&str>> = first.iter().filter(|line| line.starts_with("| ")).map(|line| cells(line)).collect();
    assert_eq!(rows.len(), 1 + strategies::Strategy::ALL.len(), "{first:#?}");
    assert!(rows.iter().all(|row| row.len() == rows[0].len()), "{first:#?}");
    // Who puts owners first moves no more than who puts the balance first; who does that is no worse in its own tier.
    let part = |row: &[&str], column: usize| row[column].trim_end_matches(" %").parse::<f64>().expect("a number");
    assert!(part(&rows[2], 5) <= part(&rows[1], 5), "{first:#?}");
    assert!(rows[2..].iter().all(|row| part(&rows[1], 1) <= part(row, 1) + 1e-9), "{first:#?}");
    // By counted work all but the time is the same again.
    let untimed = |lines: Vec<String>| -> Vec<String> {
        lines
            .into_iter()
            .map(|line| line.trim_end_matches(" |").rsplit_once('|').map_or(line.clone(), |l| l.0.into()))
            .collect()
    };
    assert_eq!(untimed(told()), untimed(first));
}
