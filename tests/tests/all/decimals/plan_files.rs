//! Limits of plan files on measures with decimals.

use carve_proto::v1 as proto;
use carve_service::cli::{BookArgs, OptionArgs, ShapeArgs};
use carve_service::plan_file::{PlanFile, limits};
use carve_service::{decode, files};
use carve_solver::input::RuleKindInput;
use std::fs;

/// What a plan file's limit becomes with open_pipeline in `decimals`, or the finding with its place.
fn limit(written: &str, decimals: u8) -> Result<Option<i64>, String> {
    let text = format!("rules:\n  - rule_id: cap\n    bounds:\n      measure: open_pipeline\n      max: {written}\n");
    let located = |faults: Vec<carve_service::findings::Located>| {
        let one = &faults[0];
        format!("{} {}:{} {}", one.finding.code, one.line, one.column, one.finding.message)
    };
    let mut plan = PlanFile::read("plan.yaml", text.as_bytes()).map_err(located)?;
    let decimals_of = |measure: &str| (measure == "open_pipeline").then_some(decimals);
    let faults = plan.settle_limits(&decimals_of);
    if !faults.is_empty() {
        return Err(located(faults));
    }
    let Some(proto::rule::Kind::Bounds(bounds)) = &plan.request.rules[0].kind else { panic!("bounds") };
    // As it is written back, it is read as the same.
    let back = limits::as_written(&plan.request, &decimals_of);
    if let (Some(whole), Some(text)) = (bounds.max, back.get("rules[0].bounds.max")) {
        assert_eq!(carve_solver::Amount::read(text, decimals), Ok(whole), "{written}");
    }
    Ok(bounds.max)
}

#[test]
fn limits_of_plan_files_are_what_people_write() {
    for (written, decimals, expected) in [
        ("1250.50", 2, 125_050),
        ("1250.5", 2, 125_050),
        ("'1250.50'", 2, 125_050),
        ("1250", 2, 125_000),
        ("1250", 0, 1_250),
        ("1250.00", 0, 1_250),
        ("1.2e6", 2, 120_000_000),
        ("0.000001", 6, 1),
        ("9007199254740993", 0, 9_007_199_254_740_993),
        ("92233720368547758.07", 2, i64::MAX),
        ("0", 6, 0),
        ("-1", 2, -100),
    ] {
        assert_eq!(limit(written, decimals), Ok(Some(expected)), "{written} in {decimals} decimals");
    }
    assert_eq!(limit("~", 2), Ok(None));
    for (written, decimals, expected) in [
        (
            "1250.505",
            2,
            "rule_limit_invalid 5:12 max is 1250.505, with 3 decimals; open_pipeline has 2 decimals: write 1250.50 or 1250.51",
        ),
        (
            "2.5",
            0,
            "rule_limit_invalid 5:12 max is 2.5, with 1 decimal; open_pipeline is counted in whole numbers: write 2 or 3",
        ),
        (
            "92233720368547758.08",
            2,
            "rule_limit_invalid 5:12 max is 92233720368547758.08; amounts of open_pipeline are at most 92233720368547758.07: \
             leave the limit out or write less",
        ),
        (
            "1,250",
            2,
            "field_type 5:12 \"1,250\" does not fit; write a number such as 1250.50, without currency or thousands separators",
        ),
        ("many", 2, "field_type 5:12 \"many\" does not fit"),
        (".nan", 2, "field_type 5:12 \".nan\" does not fit"),
        ("[1]", 2, "field_type 5:12 here is a list"),
    ] {
        let found = limit(written, decimals).expect_err(written);
        assert!(found.starts_with(expected), "{written}: {found}");
    }
}

#[test]
fn every_limit_with_an_amount_is_written_so() {
    let text = "rules:\n  - {rule_id: a, bounds: {measure: m, min: 0.5, max: 1.25}}\n  - {rule_id: b, move_limit: {measure: m, \
                max_amount: 2.5}}\n  - {rule_id: c, cover_limit: {measure: m, max: 3.75}}\n  - {rule_id: d, bounds: {max: 4}}\n";
    let mut plan = PlanFile::read("plan.yaml", text.as_bytes()).expect("well-formed");
    plan.write_limit("rules[3].bounds.max", "5");
    let decimals = |measure: &str| match measure {
        "m" => Some(2),
        "" => Some(0),
        _ => None,
    };
    assert!(plan.settle_limits(&decimals).is_empty());
    let written = limits::as_written(&plan.request, &decimals);
    let written: Vec<(&str, &str)> = written.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    assert_eq!(
        written,
        [
            ("rules[0].bounds.max", "1.25"),
            ("rules[0].bounds.min", "0.50"),
            ("rules[1].move_limit.max_amount", "2.50"),
            ("rules[2].cover_limit.max", "3.75"),
            ("rules[3].bounds.max", "5"),
        ]
    );
    let (input, _) = decode::input(plan.request);
    let RuleKindInput::CoverLimit { max, .. } = input.rules[2].kind.as_ref().expect("a kind") else { panic!("cover") };
    assert_eq!(*max, Some(375));
}

#[test]
fn a_plan_file_has_its_decimals_from_the_accounts_and_its_measures() {
    let dir = tempfile::tempdir().expect("a folder");
    let (accounts, plan) = (dir.path().join("accounts.csv"), dir.path().join("plan.yaml"));
    fs::write(&accounts, "account_id,open_pipeline\na,1250\nb,1251\nc,1249\n").expect("written");
    let load = |text: &str| {
        fs::write(&plan, text).expect("written");
        let shape = ShapeArgs { plan: Some(plan.clone()), ..ShapeArgs::default() };
        files::load(&BookArgs::of(&accounts), &shape, &OptionArgs::default())
    };
    let text = |measures: &str, limit: &str| {
        format!(
            "split: {{tree: {{node_id: root, children: [{{node_id: t0}}, {{node_id: t1}}]}}}}\nmeasures:\n  - {measures}\n\
             rules:\n  - {{rule_id: r, bounds: {{measure: it, max: {limit}}}}}\n"
        )
    };
    let third = "{measure: it, expression: open_pipeline / 3, decimals: 2}";
    let loaded = load(&text(third, "900.50")).unwrap_or_else(|faults| panic!("{faults:?}"));
    let Some(proto::rule::Kind::Bounds(bounds)) = &loaded.request.rules[0].kind else { panic!("bounds") };
    assert_eq!(bounds.max, Some(90_050));
    let faults = load(&text(third, "900.505")).err().expect("three decimals");
    let lines: Vec<String> =
        faults.kept.iter().map(|f| format!("{} {}:{}", f.finding.code, f.line, f.column)).collect();
    assert_eq!(lines, ["rule_limit_invalid 5:45"], "{faults:?}");
    // A measure that is not there is one finding, not two.
    let faults = load(&text("{measure: other, expression: '1'}", "900.505")).err().expect("no such measure");
    let codes: Vec<&str> = faults.kept.iter().map(|f| f.finding.code.as_str()).collect();
    assert_eq!(codes, ["measure_unknown"], "{faults:?}");
    // Whole amounts of a file kept in cents: what they are does not change.
    let kept = text("{measure: open_pipeline, decimals: 2, unit: USD}", "1250.50")
        .replace("measure: it", "measure: open_pipeline");
    let loaded = load(&kept).unwrap_or_else(|faults| panic!("{faults:?}"));
    assert_eq!(loaded.problem.decimals("open_pipeline"), Some(2));
    let Some(proto::rule::Kind::Bounds(bounds)) = &loaded.request.rules[0].kind else { panic!("bounds") };
    assert_eq!(bounds.max, Some(125_050));
    let (_, amounts) = loaded.problem.move_sizes();
    assert_eq!(amounts, [125_000, 125_100, 124_900]);
}
