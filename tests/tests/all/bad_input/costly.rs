//! Requests that are small to send and dear to read: each is refused or read within seconds, in a small part of a thread's
//! stack, and what is said of it is short.

use super::*;
use carve_solver::input::{MeasureInput, SelectorInput, TierInput};
use carve_solver::limits::{FINDING_BYTES_MAX, FORMULA_STEPS_MAX};
use std::time::{Duration, Instant};

/// Time that reading any of these may take, on a machine with several times its work: some seconds where it has no other.
/// Most of them took minutes, or for ever.
const READ_TIME_MAX: Duration = Duration::from_secs(45);
/// Stack of the thread that reads them; those of the server have twice as much, and the program's own eight times.
const STACK_BYTES: usize = 1 << 20;

fn criteria(count: usize) -> Given {
    input(|i| i.tiers = vec![tier(vec![balance("open_pipeline", 0.5); count])])
}

/// Bounds that name every leaf of a tree of 1,000.
fn wide_bounds(count: usize) -> Input {
    let mut given = base();
    let leaves = |side: usize| (0..10).map(|l| leaf(&format!("l{side}-{l}"), 1.0, None)).collect();
    let sides: Vec<NodeInput> = (0..100).map(|side| node(&format!("s{side}"), leaves(side))).collect();
    let tens = sides.chunks(10).enumerate().map(|(t, ten)| node(&format!("t{t}"), ten.to_vec())).collect();
    given.split = Some(SplitInput::Tree(node("root", tens)));
    let node_ids: Vec<String> = (0..1_000).map(|leaf| format!("l{}-{}", leaf / 10, leaf % 10)).collect();
    let kind = || RuleKindInput::Bounds {
        accounts: None,
        node_ids: node_ids.clone(),
        measure: String::new(),
        min: None,
        max: Some(1_000),
    };
    given.rules = (0..count).map(|r| rule(&format!("r{r}"), kind())).collect();
    given
}

/// A larger book, and rules that each pick accounts by the filter made for them.
fn filtered(accounts: usize, rules: usize, text: impl Fn(usize) -> String) -> Input {
    let mut given = base();
    let amounts: Vec<i64> = (0..accounts as i64).collect();
    let values: Vec<String> = (0..accounts).map(|a| format!("v{}", a % 7)).collect();
    let values: Vec<&str> = values.iter().map(String::as_str).collect();
    let book = carve_tests::with_measure(book(accounts), "open_pipeline", &amounts);
    given.book = carve_tests::with_attribute(book, "role", &values);
    let kind = |r: usize| RuleKindInput::Forbid { accounts: filter(&text(r)), node_ids: vec!["t0".into()] };
    given.rules = (0..rules).map(|r| rule(&format!("r{r}"), kind(r))).collect();
    given
}

pub(super) fn cases_of_costly_requests() -> Vec<Case> {
    let within =
        |steps: u64, waits: bool| Given::Within(Box::new(filtered(20, 1, |_| "size(role) > 9".into())), steps, waits);
    let chain = |terms: usize| picked(&format!("{} > 0", vec!["1"; terms].join("+")));
    let derived = |terms: usize| {
        let expression = vec!["open_pipeline"; terms].join(" + ");
        input(|i| i.measures = vec![MeasureInput { measure: "sum".into(), expression, ..MeasureInput::default() }])
    };
    let walk = |text: &str| picked(text);
    use Code::*;
    vec![
        case(FormulaTooLarge, chain(1_402), chain(90)),
        case(FormulaTooLarge, derived(200), derived(90)),
        case(FormulaTooLarge, walk("[1].all(a, [1].all(b, true))"), walk("[1].all(a, true) && [1].all(b, true)")),
        case(FormulaTooLarge, walk("[[1]].map(x, x + x).map(y, y + y) == []"), walk("[[1]].map(x, x + x) == []")),
        case(FormulasTooCostly, within(20_000, true), within(FORMULA_STEPS_MAX, true)),
        case(ReadingStopped, within(FORMULA_STEPS_MAX, false), within(FORMULA_STEPS_MAX, true)),
        case(CriteriaTooMany, criteria(65), criteria(64)),
        case(LimitsTooMany, Given::Input(Box::new(wide_bounds(501))), Given::Input(Box::new(wide_bounds(20)))),
        case(WeightInvalid, weighed(5e-324, &[]), weighed(1e-6, &[])),
        case(WeightInvalid, weighed(1e308, &[]), weighed(1e6, &[])),
        case(WeightInvalid, weighed(1.0, &[1e308]), weighed(1.0, &[1e6])),
        case(WeightInvalid, weighed(1.0, &[5e-324]), weighed(1.0, &[1e-6])),
    ]
}

/// Compactness of this weight and these weights of levels.
fn weighed(weight: f64, level_weights: &[f64]) -> Given {
    let compactness =
        CriterionInput::Compactness { distance: false, weight: Some(weight), level_weights: level_weights.to_vec() };
    input(|i| {
        i.book.places = vec![Some(RawPlace { latitude: 40.0, longitude: -75.0 }); 4];
        i.tiers = vec![tier(vec![Some(compactness)])];
    })
}

/// Reads it in a small stack; tells how long that took, and holds what was found to its length.
#[track_caller]
fn read_quickly(name: &str, given: Input) -> Vec<Code> {
    let started = Instant::now();
    let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn(move || Problem::of(given).map(drop));
    let found = thread.expect("a thread").join().expect("no panic").err().unwrap_or_default();
    let took = started.elapsed();
    println!("{name}: {took:?}, {} findings", found.len());
    assert!(took < READ_TIME_MAX, "{name} took {took:?}");
    let longest = found.iter().map(|finding| finding.message.len()).max().unwrap_or(0);
    assert!(longest <= FINDING_BYTES_MAX + '…'.len_utf8(), "{name}: a message of {longest} bytes");
    found.into_iter().map(|finding| finding.code).collect()
}

/// As many as fit into a filter of 4,096 bytes.
fn full(before: &str, middle: &str, after: &str, end: &str) -> String {
    let times = (4_096 - middle.len() - end.len()) / (before.len() + after.len());
    format!("{}{middle}{}{end}", before.repeat(times), after.repeat(times))
}

#[test]
fn formulas_of_every_shape_are_read_in_little_time_and_stack() {
    let doubled = format!("[[1]]{} == []", ".map(name, name + name)".repeat(24));
    let nested = |depth: usize| {
        let opened: String = (0..depth).map(|d| format!("[1,2,3,4,5,6,7,8,9].all(x{d}, ")).collect();
        format!("{opened}true{}", ")".repeat(depth))
    };
    let long_list = vec!["'a'"; 1_000].join(",");
    let shapes = [
        format!("{} > 0", vec!["1"; 1_402].join("+")),
        doubled,
        nested(12),
        nested(2),
        format!("[{long_list}]"),
        format!("[{long_list}].exists(x, x == role)"),
        format!("role in [{long_list}]"),
        full("(", "true", ")", ""),
        full("[", "", "]", ""),
        full("{1:", "1", "}", ""),
        full("!", "true", "", ""),
        full("-", "1", "", " > 0"),
        full("- ", "1", "", " > 0"),
        full("true?true:", "true", "", ""),
        full("true&&", "true", "", ""),
        full("true||", "true", "", ""),
        full("true||true&&", "true", "", ""),
        full("size(", "name", ")", " > 0"),
        full("a.", "a", "", " == 1"),
        full("a", "", "(", ""),
        full("", "role", ".size()", " > 0"),
        full("", "[1]", "[0]", " == 1"),
        full("role+", "role", "", " == role"),
        full("role==", "role", "", ""),
        full("1<", "1", "", ""),
        full("(1<", "1", ")", ""),
        full("a?", "a", ":a", ""),
        full("é ", "1", "", " > 0"),
        full("`é`+", "1", "", " > 0"),
        full("x{a:", "1", "}", ""),
        full("(((((((((((((((((((((((((((((1))))))))))))))))))))))))))))) + ", "1", "", " > 0"),
        full("[1].all(x,", "true", ")", ""),
        full("[1].all(x,true)&&", "true", "", ""),
    ];
    for (number, text) in shapes.iter().enumerate() {
        let shown: String = text.chars().take(40).collect();
        read_quickly(&format!("shape {number}, {shown}"), filtered(10, 1, |_| text.clone()));
        let mut given = base();
        given.measures =
            vec![MeasureInput { measure: "m".into(), expression: text.clone(), ..MeasureInput::default() }];
        read_quickly(&format!("expression {number}"), given);
    }
}

#[test]
fn many_filters_are_read_in_little_time() {
    let found = read_quickly(
        "2,000 filters of 2,000 accounts",
        filtered(2_000, 2_000, |r| format!("role == 'v{}' && open_pipeline > {r}", r % 7)),
    );
    assert!(found.is_empty(), "{found:?}");
    read_quickly("2,000 filters for CEL", filtered(2_000, 2_000, |r| format!("size(role) + {r} > 2")));
    read_quickly("10,000 filters that match nothing", filtered(2_000, 10_000, |r| format!("role == 'x{r}'")));
    read_quickly("10,000 filters of 4 KB", filtered(10, 10_000, |_| full("role=='x'||", "true", "", "")));
    read_quickly("10,000 filters that name what is not there", filtered(10, 10_000, |r| format!("rolle{r} == 'x'")));
}

#[test]
fn what_a_value_is_worth_is_told_in_short() {
    let found =
        read_quickly("a list for a condition", filtered(10, 1, |_| format!("[{}]", vec!["'a'"; 1_000].join(","))));
    assert_eq!(found, [Code::FilterType]);
    let mut given = base();
    given.book.names[0] = "n".repeat(4_096);
    given.rules = vec![rule("r", pin("a0", "t0"))];
    if let Some(RuleKindInput::Pin { accounts, .. }) = &mut given.rules[0].kind {
        *accounts = filter("name + name + name + name");
    }
    assert_eq!(read_quickly("a long text for a condition", given), [Code::FilterType]);
}

#[test]
fn long_lists_of_everything_are_read_in_little_time() {
    let many = |change: &dyn Fn(&mut Input)| {
        let mut given = filtered(2_000, 0, |_| String::new());
        change(&mut given);
        given
    };
    let mix = |column: &str| Some(CriterionInput::Mix(BandInput { column: column.into(), ..BandInput::default() }));
    let counting = |m: usize| MeasureInput {
        measure: format!("m{m}"),
        count_filter: "open_pipeline > 5".into(),
        ..MeasureInput::default()
    };
    let unknown = |r: usize| RuleKindInput::Forbid {
        accounts: ids(&["a0"]),
        node_ids: (0..50).map(|n| format!("nowhere-{r}-{n}")).collect(),
    };
    let requests: Vec<(&str, Input)> = vec![
        ("30,000 mix criteria", many(&|i| i.tiers = vec![tier(vec![mix("role"); 30_000])])),
        ("1,024 mix criteria of one tier each", many(&|i| i.tiers = vec![tier(vec![mix("role"); 64]); 16])),
        ("30,000 tiers", many(&|i| i.tiers = vec![tier(vec![mix("role")]); 30_000])),
        ("30,000 balances of nothing", many(&|i| i.tiers = vec![tier(vec![balance("none", 0.1); 30_000])])),
        ("30,000 empty tiers", many(&|i| i.tiers = vec![TierInput::default(); 30_000])),
        ("10,000 bounds of 1,000 nodes", wide_bounds(10_000)),
        ("30,000 counted measures", many(&|i| i.measures = (0..30_000).map(counting).collect())),
        (
            "30,000 columns kept",
            many(&|i| {
                i.measures = vec![MeasureInput { measure: "open_pipeline".into(), ..MeasureInput::default() }; 30_000]
            }),
        ),
        (
            "10,000 rules of 50 unknown nodes",
            many(&|i| i.rules = (0..10_000).map(|r| rule(&format!("r{r}"), unknown(r))).collect()),
        ),
        (
            "100,000 seats",
            many(&|i| {
                let seats =
                    (0..100_000).map(|s| SeatInput { seat_id: format!("s{s}"), ..SeatInput::default() }).collect();
                i.split = Some(SplitInput::Seats { max_children: 0, seats });
            }),
        ),
        (
            "100,000 stages",
            many(&|i| i.split = Some(SplitInput::Stages { counts: (1..100_000).collect(), current: 0 })),
        ),
        ("100,000 children", many(&|i| i.split = Some(flat(&vec![1.0; 100_000])))),
        (
            "100,000 levels of a band",
            many(&|i| {
                let levels = vec![LevelInput { weight: Some(-1.0), ..LevelInput::default() }; 100_000];
                let band = BandInput { column: "open_pipeline".into(), levels, ..BandInput::default() };
                i.tiers = vec![tier(vec![Some(CriterionInput::Balance(band))])];
            }),
        ),
        (
            "a rule of 1,000,000 unknown accounts",
            many(&|i| {
                let accounts = SelectorInput {
                    account_ids: (0..1_000_000).map(|a| format!("x{a}")).collect(),
                    ..SelectorInput::default()
                };
                i.rules = vec![rule("r", RuleKindInput::KeepTogether { accounts })];
            }),
        ),
    ];
    for (name, given) in requests {
        read_quickly(name, given);
    }
}
