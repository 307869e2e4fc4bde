//! Bad input gets an answer, never a crash or a guess. Every finding code has a case that raises it and a twin,
//! as near as can be, that is accepted without it; limits are tried from both sides.

use carve_proto::v1 as proto;
use carve_proto::v1::carve_service_client::CarveServiceClient;
use carve_reader::read_accounts;
use carve_service::cli::{BookArgs, OptionArgs, ShapeArgs};
use carve_service::plan_file::PlanFile;
use carve_service::{decode, files};
use carve_solver::input::{
    BandInput, CriterionInput, Input, LevelInput, NodeInput, RawPlace, RuleInput, RuleKindInput, SeatInput, SplitInput,
};
use carve_solver::plan::Reason;
use carve_solver::{Code, Finding, Patience, Problem, Severity};
use carve_tests::{balance, book, exact, filter, flat, ids, leaf, node, rule, server, solve, tier};
use std::collections::BTreeSet;
use std::path::Path;
use tonic::transport::Channel;

mod cases;
mod flags;

mod odd_data;

use cases::*;
use flags::cases_of_flags;
use odd_data::cases_of_odd_data;

mod places;
use places::cases_of_places;

mod tables;
use tables::{cases_of_tables, read_table};

mod columns;
use columns::cases_of_columns;

mod measures;
use measures::cases_of_measures;

mod pools;
use pools::cases_of_pools;

mod costly;
use costly::cases_of_costly_requests;

/// What is read, and by whom.
enum Given {
    /// By the solver.
    Input(Box<Input>),
    /// By the solver, with so many steps for filters, while somebody waits or not.
    Within(Box<Input>, u64, bool),
    /// By the reader of accounts.csv, then by the solver with two seats.
    Csv(Vec<u8>),
    /// By the reader of tables alone, of the sheet of this name.
    Table(Vec<u8>, Option<String>),
    /// By the reader of plan files.
    Plan(Vec<u8>),
    /// The file of this name, in a folder that holds accounts.csv alone.
    Path(&'static str),
    /// By the command line: flags made in a folder, beside accounts.csv.
    Flags(Box<dyn Fn(&Path) -> ShapeArgs>),
    /// By the reader of lists of assignments: rows of account and territory.
    List(&'static str),
    /// By the decoder of requests.
    Wire(Box<proto::SolveRequest>),
    /// By a server.
    Compare(Box<proto::ComparePlansRequest>),
    /// By a server.
    Evaluate(Box<proto::EvaluatePlanRequest>),
}

/// One code: what raises it, and what is accepted without it.
struct Case {
    code: Code,
    rejected: Given,
    accepted: Given,
}

fn case(code: Code, rejected: Given, accepted: Given) -> Case {
    Case { code, rejected, accepted }
}

/// Whether it was accepted, and the codes of all findings.
fn read(given: &Given) -> (bool, Vec<Code>) {
    match given {
        Given::Input(input) => judge(input, Vec::new()),
        Given::Within(input, formula_steps, waits) => {
            let patience = Patience { goes_on: &|| *waits, formula_steps: *formula_steps };
            judged(Problem::within((**input).clone(), patience), Vec::new())
        }
        Given::Csv(bytes) => match read_accounts(bytes) {
            Err(faults) => (false, faults.findings.iter().map(|f| f.finding.code).collect()),
            Ok(file) => {
                let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
                let seats = SplitInput::Seats { max_children: 0, seats: vec![seat("s1"), seat("s2")] };
                let input = Input { book: file.book, split: Some(seats), ..Input::default() };
                judge(&input, file.warnings.iter().map(|f| f.finding.code).collect())
            }
        },
        Given::Table(bytes, sheet) => read_table(bytes, sheet.as_deref()),
        Given::Plan(bytes) => match PlanFile::read("plan.yaml", bytes) {
            Ok(_) => (true, Vec::new()),
            Err(faults) => (false, faults.iter().map(|f| f.finding.code).collect()),
        },
        Given::Path(name) => load(name),
        Given::Flags(make) => flags::load(make),
        Given::List(rows) => flags::load_list(rows),
        Given::Wire(request) => match decode::problem((**request).clone()) {
            Ok(problem) => (true, carve_solver::findings(&problem).iter().map(|f| f.code).collect()),
            Err(findings) => (false, findings.iter().map(|f| f.code).collect()),
        },
        Given::Compare(request) => compare((**request).clone()),
        Given::Evaluate(request) => evaluate((**request).clone()),
    }
}

fn judge(input: &Input, codes: Vec<Code>) -> (bool, Vec<Code>) {
    judged(Problem::new(input), codes)
}

fn judged(read: Result<Problem, Vec<Finding>>, mut codes: Vec<Code>) -> (bool, Vec<Code>) {
    match read {
        Ok(problem) => {
            codes.extend(carve_solver::findings(&problem).iter().map(|f| f.code));
            (true, codes)
        }
        Err(findings) => {
            codes.extend(findings.iter().map(|f| f.code));
            (false, codes)
        }
    }
}

fn load(name: &str) -> (bool, Vec<Code>) {
    let dir = tempfile::tempdir().expect("a folder");
    std::fs::write(dir.path().join("accounts.csv"), "account_id,current_owner\na,t0\n").expect("written");
    match files::load(&BookArgs::of(&dir.path().join(name)), &ShapeArgs::default(), &OptionArgs::default()) {
        Ok(_) => (true, Vec::new()),
        Err(findings) => (false, findings.kept.iter().map(|f| f.finding.code).collect()),
    }
}

/// The codes that a server's violations of a comparison start with.
fn compare(request: proto::ComparePlansRequest) -> (bool, Vec<Code>) {
    asked(|mut client| async move { client.compare_plans(request).await.map(drop) })
}

/// The same of an evaluation.
fn evaluate(request: proto::EvaluatePlanRequest) -> (bool, Vec<Code>) {
    asked(|mut client| async move { client.evaluate_plan(request).await.map(drop) })
}

fn asked<F: Future<Output = Result<(), tonic::Status>>>(
    ask: impl FnOnce(CarveServiceClient<Channel>) -> F,
) -> (bool, Vec<Code>) {
    let answer = tokio::runtime::Runtime::new().expect("threads").block_on(async {
        let server = server::start(Path::new("no worker is needed"), |_| {}).await;
        let answer = ask(server.client().await).await;
        server.shut_down().await;
        answer
    });
    let Err(status) = answer else {
        return (true, Vec::new());
    };
    let details = tonic_types::StatusExt::get_error_details(&status);
    let violations = &details.bad_request().expect("violations").field_violations;
    let code = |text: &str| Code::ALL.iter().copied().find(|c| text.starts_with(&format!("{c}:"))).expect("a code");
    (false, violations.iter().map(|v| code(&v.description)).collect())
}

/// Raises the code; accepted exactly when the code is no error. The twin is accepted without it.
fn check(case: &Case) {
    let (accepted, codes) = read(&case.rejected);
    assert!(codes.contains(&case.code), "{} is not raised; found {codes:?}", case.code);
    assert_eq!(accepted, case.code.severity() != Severity::Error, "{}: {codes:?}", case.code);
    let (accepted, codes) = read(&case.accepted);
    assert!(accepted && !codes.contains(&case.code), "the twin of {} is not accepted; found {codes:?}", case.code);
}

fn all_cases() -> impl Iterator<Item = Case> {
    let files = cases_of_files().into_iter().chain(cases_of_tables()).chain(cases_of_columns());
    let files = files.chain(cases_of_places()).chain(cases_of_pools());
    let plans = cases_of_plans().into_iter().chain(cases_of_rules()).chain(cases_of_limits());
    cases_of_measures()
        .into_iter()
        .chain(files)
        .chain(plans)
        .chain(cases_of_odd_data())
        .chain(cases_of_flags())
        .chain(cases_of_costly_requests())
}

#[test]
fn every_code_is_raised_by_its_case_and_not_by_its_twin() {
    all_cases().for_each(|case| check(&case));
}

#[test]
fn the_cases_cover_every_code() {
    let covered: BTreeSet<Code> = all_cases().map(|c| c.code).collect();
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "codes without a case: {missing:?}");
}

/// What nothing can satisfy is answered as infeasible and names the rules; the twin is carved.
#[track_caller]
fn check_infeasible(change: impl FnOnce(&mut Input), rule_ids: &[&str], twin: impl FnOnce(&mut Input)) {
    let mut given = base();
    change(&mut given);
    let (_, plan) = solve(&given);
    assert_eq!(plan.termination.reason, Reason::Infeasible, "{}", plan.termination.detail);
    assert_eq!(plan.termination.conflicting_rule_ids, rule_ids);
    for id in rule_ids {
        assert!(plan.termination.detail.contains(id), "{id}: {:?}", plan.termination);
    }
    assert!(plan.assignments.is_empty());
    twin(&mut given);
    let (_, plan) = solve(&given);
    assert_eq!(plan.termination.reason, Reason::Optimal, "{}", plan.termination.detail);
}

#[test]
fn a_pin_against_a_forbid_names_both() {
    check_infeasible(
        |i| i.rules = vec![rule("stay", pin("a0", "t0")), rule("leave", forbid("a0", "t0"))],
        &["leave", "stay"],
        |i| i.rules[1] = rule("leave", forbid("a0", "t1")),
    );
}

#[test]
fn a_family_pinned_to_two_leaves_names_both() {
    check_infeasible(
        |i| {
            i.book.parents[1] = "a0".into();
            i.rules = vec![rule("one", pin("a0", "t0")), rule("two", pin("a1", "t1"))];
        },
        &["one", "two"],
        |i| i.families_separate = true,
    );
}

#[test]
fn bounds_that_no_assignment_can_meet_are_named() {
    let least = |min| RuleKindInput::Bounds {
        accounts: None,
        node_ids: Vec::new(),
        measure: String::new(),
        min: Some(min),
        max: None,
    };
    check_infeasible(
        |i| i.rules = vec![rule("three-each", least(3))],
        &["three-each"],
        |i| {
            i.rules = vec![rule("two-each", least(2))];
        },
    );
    check_infeasible(
        |i| i.rules = vec![rule("fifteen", bounds("open_pipeline", Some(15), Some(15)))],
        &["fifteen"],
        |i| i.rules = vec![rule("fifty", bounds("open_pipeline", Some(50), Some(50)))],
    );
}

#[test]
fn three_apart_in_two_territories_are_named() {
    let apart = |accounts: &[&str]| vec![rule("apart", RuleKindInput::KeepApart { accounts: ids(accounts) })];
    check_infeasible(|i| i.rules = apart(&["a0", "a1", "a2"]), &["apart"], |i| i.rules = apart(&["a0", "a1"]));
}

#[test]
fn together_and_apart_names_both() {
    let together = |accounts: &[&str]| rule("together", RuleKindInput::KeepTogether { accounts: ids(accounts) });
    let apart = rule("apart", RuleKindInput::KeepApart { accounts: ids(&["a0", "a1"]) });
    check_infeasible(
        |i| i.rules = vec![apart, together(&["a0", "a1"])],
        &["apart", "together"],
        |i| {
            i.rules[1] = together(&["a0", "a2"]);
        },
    );
}

#[test]
fn a_move_that_must_and_may_not_be_is_named() {
    check_infeasible(
        |i| {
            i.book.current_owners = owned();
            i.rules = vec![rule("go", pin("a0", "t1")), rule("none", move_limit(Some(0), None))];
        },
        &["go", "none"],
        |i| i.rules[1] = rule("some", move_limit(Some(4), None)),
    );
}

/// Odd input that has an answer gets one, with these warnings.
#[track_caller]
fn check_answer(change: impl FnOnce(&mut Input), warnings: &[Code]) {
    let mut given = base();
    change(&mut given);
    let (problem, plan) = solve(&given);
    assert!(plan.has_assignments(), "{:?}", plan.termination);
    let found: Vec<Code> =
        carve_solver::findings(&problem).iter().filter(|f| f.severity == Severity::Warning).map(|f| f.code).collect();
    assert_eq!(found, warnings);
}

#[test]
fn odd_books_are_carved() {
    let at = |latitude, longitude| Some(RawPlace { latitude, longitude });
    check_answer(|i| i.tiers = vec![tier(vec![balance("open_pipeline", 0.0)])], &[]);
    check_answer(
        |i| (i.book, i.tiers, i.split) = (book(1), Vec::new(), Some(flat(&[1.0; 10]))),
        &[Code::FewerAccountsThanTerritories],
    );
    check_answer(|i| i.book.measures[0].amounts = vec![0; 4], &[Code::MeasureAllZero]);
    check_answer(|i| i.book.measures[0].amounts = vec![i64::MAX - 6, 1, 2, 3], &[]);
    check_answer(|i| i.book.measures[0].amounts = vec![i64::MAX / 4; 4], &[]);
    check_answer(|i| (i.book.places, i.tiers) = (vec![at(40.0, -75.0); 4], Vec::new()), &[Code::PlacesAllEqual]);
    check_answer(
        |i| (i.book.places, i.tiers) = (vec![at(40.0, -75.0), None, at(41.0, -75.0), None], Vec::new()),
        &[Code::PlaceMissing],
    );
    let edges = vec![at(90.0, 180.0), at(-90.0, -180.0), at(0.0, 180.0), at(0.0, -180.0)];
    check_answer(|i| (i.book.places, i.tiers) = (edges, Vec::new()), &[]);
    check_answer(|i| i.split = Some(flat(&[1e-12, 1.0])), &[]);
    check_answer(|i| i.split = Some(flat(&[1e300, 1e290])), &[]);
    check_answer(|i| i.split = Some(flat(&[f64::MAX, f64::MAX])), &[]);
    check_answer(|i| i.tiers[0].give_back = 1e300, &[]);
    check_answer(|i| i.tiers = vec![tier(vec![balance("open_pipeline", 1e300)])], &[]);
    check_answer(|i| i.rules = vec![rule("big", bounds("open_pipeline", Some(0), Some(i64::MAX)))], &[]);
}

#[test]
fn a_filter_of_any_shape_is_read_or_refused() {
    let nested = |open: &str, inner: &str, close: &str| {
        let times = (4_096 - inner.len()) / (open.len() + close.len());
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    for text in [
        nested("(", "true", ")"),
        nested("!", "true", ""),
        nested("-", "1", ""),
        nested("[", "", "]"),
        nested("{1:", "1", "}"),
        nested("true?", "true", ":true"),
        nested("true && ", "true", ""),
        nested("true || (", "true", ")"),
        nested("1 + ", "1", ""),
        nested("name", "", ".size()"),
        nested("size(", "name", ")"),
        "\0".into(),
        "'".into(),
        "role.matches('(a+)+$')".into(),
        "1 / 0 == 1".into(),
        "9223372036854775807 + open_pipeline > 0".into(),
        "-9223372036854775808 - open_pipeline > 0".into(),
        "[1, 2][open_pipeline] == 1".into(),
        "[0,1,2,3].all(x, x < open_pipeline)".into(),
    ] {
        let (_, codes) = read(&picked(&text));
        let allowed = [Code::FilterSyntax, Code::FilterType, Code::FormulaTooLarge, Code::RuleMatchesNothing];
        assert!(codes.iter().all(|c| allowed.contains(c)), "{text}: {codes:?}");
    }
}

#[test]
fn all_faults_of_all_parts_are_found_at_once() {
    let mut given = base();
    given.book.account_ids[1] = "a0".into();
    given.book.places[2] = Some(RawPlace { latitude: 91.0, longitude: f64::NAN });
    given.tiers = vec![tier(vec![None, balance("nothing", -1.0)])];
    given.rules = vec![rule("", pin("a9", "t9"))];
    given.options.threads = -1;
    let (accepted, codes) = judge(&given, Vec::new());
    assert!(!accepted);
    use Code::*;
    for code in [
        AccountIdDuplicate,
        LatitudeOutOfRange,
        NumberNotFinite,
        CriterionEmpty,
        MeasureUnknown,
        ToleranceInvalid,
        RuleIdMissing,
        RuleAccountUnknown,
        NodeUnknown,
        OptionInvalid,
    ] {
        assert!(codes.contains(&code), "{code} is not among {codes:?}");
    }
}
