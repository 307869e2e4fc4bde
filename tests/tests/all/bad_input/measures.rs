//! Cases of measures: decimals, negatives, expressions, and limits with decimals.

use super::*;
use carve_solver::input::{MeasureInput, Negatives};

fn entry(measure: &str) -> MeasureInput {
    MeasureInput { measure: measure.into(), ..MeasureInput::default() }
}

fn entries(entries: Vec<MeasureInput>) -> Given {
    input(|i| i.measures = entries)
}

fn derived(expression: &str) -> Given {
    entries(vec![MeasureInput { expression: expression.into(), ..entry("derived") }])
}

/// A rule that picks accounts by a filter.
fn filtered(text: &str) -> Given {
    input(|i| i.rules = vec![rule("r", RuleKindInput::KeepTogether { accounts: filter(text) })])
}

/// The base with this amount first, kept as the entry says.
fn kept(amount: i64, entry: MeasureInput) -> Given {
    input(|i| {
        i.book.measures[0].amounts[0] = amount;
        i.measures = vec![entry];
    })
}

/// The base in cents, with these decimals asked for.
fn cents(amount: i64, decimals: i32) -> Given {
    input(|i| {
        i.book.measures[0].decimals = 2;
        i.book.measures[0].amounts = vec![amount, 2_000, 3_000, 4_000];
        i.measures = vec![MeasureInput { decimals: Some(decimals), ..entry("open_pipeline") }];
    })
}

pub(super) fn cases_of_measures() -> Vec<Case> {
    let decimals = |decimals| entries(vec![MeasureInput { decimals: Some(decimals), ..entry("open_pipeline") }]);
    let unit = |unit: &str| entries(vec![MeasureInput { unit: unit.into(), ..entry("open_pipeline") }]);
    let zeroed = || MeasureInput { negatives: Negatives::Zero, ..entry("open_pipeline") };
    let both = |expression: &str| {
        entries(vec![MeasureInput { count_filter: "true".into(), expression: expression.into(), ..entry("both") }])
    };
    let counted = |decimals| {
        entries(vec![MeasureInput { count_filter: "true".into(), decimals: Some(decimals), ..entry("counted") }])
    };
    let negatives = |given| wire(|r| r.measures = vec![proto::Measure { negatives: given, ..counting() }]);
    use Code::*;
    vec![
        case(MeasureInvalid, decimals(7), decimals(6)),
        case(MeasureInvalid, decimals(-1), decimals(0)),
        case(MeasureInvalid, input(|i| i.book.measures[0].decimals = 7), input(|i| i.book.measures[0].decimals = 6)),
        case(MeasureInvalid, unit(&"u".repeat(33)), unit(&"u".repeat(32))),
        case(MeasureInvalid, unit("US\nD"), unit("USD")),
        case(MeasureInvalid, both("1"), both("")),
        case(MeasureInvalid, counted(2), counted(0)),
        case(MeasureUnknown, entries(vec![entry("pipeline")]), entries(vec![entry("open_pipeline")])),
        case(MeasureDuplicate, entries(vec![entry("open_pipeline"); 2]), entries(vec![entry("open_pipeline")])),
        case(MeasureDuplicate, entries(vec![entry("account_count")]), entries(Vec::new())),
        case(OptionInvalid, negatives(9), negatives(2)),
        case(AmountNegative, kept(-5, entry("open_pipeline")), kept(-5, zeroed())),
        case(AmountNegative, derived("open_pipeline - 10.5"), derived("open_pipeline - 10")),
        case(NegativesZeroed, kept(-5, zeroed()), kept(0, zeroed())),
        case(AmountFractional, cents(1_001, 1), cents(1_010, 1)),
        case(AmountFractional, cents(1_010, 0), cents(1_000, 0)),
        case(AmountTooLarge, cents(i64::MAX / 10 + 1, 3), cents(i64::MAX / 100, 3)),
        case(ExpressionSyntax, derived("open_pipeline *"), derived("open_pipeline * 2")),
        case(FormulaTooLarge, derived(&format!("1{}", " ".repeat(4_096))), derived(&format!("1{}", " ".repeat(4_095)))),
        case(ExpressionType, derived("pipeline * 2"), derived("open_pipeline * 2")),
        case(ExpressionType, derived("role"), derived("role == \"hunter\" ? 1 : 0")),
        case(ExpressionType, derived("open_pipeline > 1"), derived("open_pipeline > 1 ? 1 : 0")),
        case(ExpressionType, derived("later + 1"), derived("account_count + 1")),
        case(ExpressionType, derived("size(role) + 1"), derived("size(role) > 3 ? 1 : 0")),
        case(ExpressionType, derived("role ? 1 : 0"), derived("has_place ? 0 : 1")),
        case(NumberNotFinite, derived("1 / (open_pipeline - 10)"), derived("1 / open_pipeline")),
        case(
            AmountTooLarge,
            derived("open_pipeline * 9223372036854775807"),
            derived("open_pipeline * 92233720368547758"),
        ),
        case(
            MeasureSumTooLarge,
            derived("open_pipeline * 200000000000000000"),
            derived("open_pipeline * 20000000000000000"),
        ),
        case(FilterType, filtered("open_pipeline / 0 == 1 && open_pipeline > 0.5"), filtered("open_pipeline > 0.5")),
    ]
}

fn counting() -> proto::Measure {
    proto::Measure { measure: "all".into(), expression: "1".into(), ..Default::default() }
}
