//! Bad input gets an answer, never a crash or a guess. Every finding code has a case that raises it and a twin,
//! as near as can be, that is accepted without it; limits are tried from both sides.

use carve_datasets::read_accounts;
use carve_proto::v1 as proto;
use carve_service::cli::{OptionArgs, ShapeArgs};
use carve_service::plan_file::PlanFile;
use carve_service::{decode, files};
use carve_solver::input::{
    BandInput, CriterionInput, Input, LevelInput, NodeInput, RawPlace, RuleInput, RuleKindInput, SeatInput, SplitInput,
};
use carve_solver::plan::Reason;
use carve_solver::{Code, Problem, Severity};
use carve_tests::{balance, book, exact, filter, flat, ids, leaf, node, rule, server, solve, tier};
use std::collections::BTreeSet;
use std::path::Path;

/// What is read, and by whom.
enum Given {
    /// By the solver.
    Input(Box<Input>),
    /// By the reader of accounts.csv, then by the solver with two seats.
    Csv(Vec<u8>),
    /// By the reader of plan files.
    Plan(Vec<u8>),
    /// The file of this name, in a folder that holds accounts.csv alone.
    Path(&'static str),
    /// By the decoder of requests.
    Wire(Box<proto::SolveRequest>),
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
        Given::Csv(bytes) => match read_accounts(bytes) {
            Err(faults) => (false, faults.findings.iter().map(|f| f.finding.code).collect()),
            Ok(file) => {
                let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
                let seats = SplitInput::Seats { max_children: 0, seats: vec![seat("s1"), seat("s2")] };
                let input = Input { book: file.book, split: Some(seats), ..Input::default() };
                judge(&input, file.warnings.iter().map(|f| f.finding.code).collect())
            }
        },
        Given::Plan(bytes) => match PlanFile::read("plan.yaml", bytes) {
            Ok(_) => (true, Vec::new()),
            Err(faults) => (false, faults.iter().map(|f| f.finding.code).collect()),
        },
        Given::Path(name) => load(name),
        Given::Wire(request) => match decode::problem((**request).clone()) {
            Ok(problem) => (true, problem.findings().iter().map(|f| f.code).collect()),
            Err(findings) => (false, findings.iter().map(|f| f.code).collect()),
        },
        Given::Evaluate(request) => evaluate((**request).clone()),
    }
}

fn judge(input: &Input, mut codes: Vec<Code>) -> (bool, Vec<Code>) {
    match Problem::new(input) {
        Ok(problem) => {
            codes.extend(problem.findings().iter().map(|f| f.code));
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
    match files::load(&dir.path().join(name), &ShapeArgs::default(), &OptionArgs::default()) {
        Ok(_) => (true, Vec::new()),
        Err(findings) => (false, findings.kept.iter().map(|f| f.finding.code).collect()),
    }
}

/// The codes that a server's violations start with.
fn evaluate(request: proto::EvaluatePlanRequest) -> (bool, Vec<Code>) {
    let answer = tokio::runtime::Runtime::new().expect("threads").block_on(async {
        let server = server::start(Path::new("no worker is needed"), |_| {}).await;
        let answer = server.client().await.evaluate_plan(request).await;
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

#[test]
fn every_code_is_raised_by_its_case_and_not_by_its_twin() {
    for case in cases_of_files().iter().chain(&cases_of_plans()).chain(&cases_of_rules()).chain(&cases_of_limits()) {
        check(case);
    }
}

#[test]
fn the_cases_cover_every_code() {
    let all = [cases_of_files(), cases_of_plans(), cases_of_rules(), cases_of_limits()];
    let covered: BTreeSet<Code> = all.iter().flatten().map(|c| c.code).collect();
    let missing: Vec<&Code> = Code::ALL.iter().filter(|code| !covered.contains(code)).collect();
    assert!(missing.is_empty(), "codes without a case: {missing:?}");
}

fn csv(text: impl Into<Vec<u8>>) -> Given {
    Given::Csv(text.into())
}

/// Two accounts, the first with this open pipeline.
fn pipeline(amount: &str) -> Given {
    csv(format!("account_id,open_pipeline\na,{amount}\nb,1\n"))
}

/// Two accounts, the first at this latitude and longitude.
fn place(place: &str) -> Given {
    csv(format!("account_id,latitude,longitude\na,{place}\nb,40,-75\n"))
}

fn family(rows: &str) -> Given {
    csv(format!("account_id,parent_account_id\n{rows}"))
}

fn cases_of_files() -> Vec<Case> {
    let named = |bytes: usize| csv(format!("account_id,name\na,{}\nb,b\n", "n".repeat(bytes)));
    let with_id = |bytes: usize| csv(format!("account_id\n{}\nb\n", "é".repeat(bytes / 2) + &"i".repeat(bytes % 2)));
    let wide = |columns: usize| {
        let headings: String = (1..columns).map(|i| format!(",c{i}")).collect();
        // Without values the columns are text, and no measures.
        csv(format!("account_id{headings}\na{}\n", ",".repeat(columns - 1)))
    };
    use Code::*;
    vec![
        case(FileUnreadable, Given::Path("no.csv"), Given::Path("accounts.csv")),
        case(FileSyntax, csv("account_id,name\na,\"open\nb,x\n"), csv("account_id,name\na,\"closed\"\nb,x\n")),
        case(FileSyntax, Given::Plan(b"split: {".into()), Given::Plan(b"split: {}".into())),
        case(InvalidUtf8, csv(&b"account_id,name\na,\xFF\nb,x\n"[..]), csv("account_id,name\na,ÿ\nb,x\n")),
        case(InvalidUtf8, Given::Plan(b"# \xFF\n".into()), Given::Plan("# ÿ\n".into())),
        case(BookEmpty, csv(""), csv("account_id\na\nb\n")),
        case(BookEmpty, csv("account_id,name\n"), csv("account_id,name\na,\n")),
        case(ColumnMissing, csv("name\na\n"), csv("Id\na\n")),
        case(ColumnDuplicate, csv("account_id,Id\na,a\n"), csv("account_id,Id2\na,a\n")),
        case(RowLength, csv("account_id,name\na\n"), csv("account_id,name\na,\n")),
        case(FieldTooLong, named(1_000_000), named(4_096)),
        case(FieldTooLong, named(4_097), named(4_096)),
        case(FieldTooLong, with_id(257), with_id(256)),
        case(ColumnsTooMany, wide(4_097), wide(4_096)),
        case(NumberSyntax, pipeline("12a"), pipeline("12")),
        case(NumberSyntax, pipeline("1e3"), pipeline("1000")),
        case(NumberNotFinite, pipeline("NaN"), pipeline("")),
        case(NumberNotFinite, pipeline("inf"), pipeline("0")),
        case(NumberNotFinite, place("NaN,1"), place("1,1")),
        case(NumberNotFinite, place("1,-inf"), place(",")),
        case(AmountNegative, pipeline("-5"), pipeline("-0")),
        case(AmountNegative, pipeline("-9223372036854775809"), pipeline("0")),
        case(AmountFractional, pipeline("0.5"), pipeline("1.0")),
        case(AmountTooLarge, pipeline("9223372036854775808"), pipeline("9223372036854775806")),
        case(MeasureSumTooLarge, pipeline("9223372036854775807"), pipeline("9223372036854775806")),
        case(AccountIdMissing, csv("account_id,name\n,x\nb,\n"), csv("account_id,name\na,x\nb,\n")),
        case(AccountIdDuplicate, csv("account_id\na\na\n"), csv("account_id\na\nA\n")),
        case(LatitudeOutOfRange, place("91,0"), place("90,0")),
        case(LatitudeOutOfRange, place("-90.001,0"), place("-90,0")),
        case(LongitudeOutOfRange, place("0,180.5"), place("0,180")),
        case(PlaceIncomplete, place("40,"), place(",")),
        case(PlaceMissing, place(","), place("41,-75")),
        case(PlacesAllEqual, place("40,-75"), place("40,-76")),
        case(ParentUnknown, family("a,z\nb,\n"), family("a,b\nb,\n")),
        case(ParentCycle, family("a,b\nb,a\n"), family("a,b\nb,\n")),
        case(ParentCycle, family("a,a\nb,\n"), family("a,\nb,\n")),
        case(OwnerUnknown, csv("account_id,current_owner\na,s9\nb,\n"), csv("account_id,current_owner\na,s1\nb,\n")),
    ]
}

/// Four accounts with open pipeline 10, 20, 30, 40 and a role, into t0 and t1, the pipeline within 50 %.
fn base() -> Input {
    let book = carve_tests::with_measure(book(4), "open_pipeline", &[10, 20, 30, 40]);
    Input {
        book: carve_tests::with_attribute(book, "role", &["hunter", "farmer", "hunter", "farmer"]),
        split: Some(flat(&[1.0, 1.0])),
        tiers: vec![tier(vec![balance("open_pipeline", 0.5)])],
        options: exact(),
        ..Input::default()
    }
}

fn input(change: impl FnOnce(&mut Input)) -> Given {
    let mut input = base();
    change(&mut input);
    Given::Input(Box::new(input))
}

fn split(split: SplitInput) -> Given {
    input(|i| i.split = Some(split))
}

fn tree(children: Vec<NodeInput>) -> Given {
    split(SplitInput::Tree(node("root", children)))
}

fn share(share: f64) -> Given {
    tree(vec![leaf("t0", share, None), leaf("t1", 1.0, None)])
}

fn seat(change: impl FnOnce(&mut SeatInput)) -> Given {
    let mut first = SeatInput { seat_id: "s1".into(), ..SeatInput::default() };
    change(&mut first);
    let second = SeatInput { seat_id: "s2".into(), ..SeatInput::default() };
    split(SplitInput::Seats { max_children: 0, seats: vec![first, second] })
}

fn stages(counts: &[i32], current: i32) -> Given {
    split(SplitInput::Stages { counts: counts.to_vec(), current })
}

fn criterion(criterion: Option<CriterionInput>) -> Given {
    input(|i| i.tiers = vec![tier(vec![criterion])])
}

/// Balance of the account count, set as `change` does.
fn band(change: impl FnOnce(&mut BandInput)) -> Given {
    let mut band = BandInput { column: "account_count".into(), ..BandInput::default() };
    change(&mut band);
    criterion(Some(CriterionInput::Balance(band)))
}

fn mix(attribute: &str) -> Given {
    criterion(Some(CriterionInput::Mix(BandInput { column: attribute.into(), ..BandInput::default() })))
}

fn continuity(owner: &str) -> Given {
    input(|i| {
        i.book.current_owners[0] = owner.into();
        i.tiers = vec![tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })])];
    })
}

fn compactness(place: Option<RawPlace>) -> Given {
    input(|i| {
        i.book.places[0] = place;
        i.tiers = vec![tier(vec![Some(CriterionInput::Compactness { distance: false, weight: None })])];
    })
}

fn counted(name: &str, filter: &str) -> Given {
    input(|i| {
        i.measures = vec![carve_solver::input::CountMeasureInput { measure: name.into(), count_filter: filter.into() }];
    })
}

fn give_back(relative: f64, absolute: f64) -> Given {
    input(|i| (i.tiers[0].give_back, i.tiers[0].give_back_absolute) = (relative, absolute))
}

fn option(change: impl FnOnce(&mut carve_solver::input::OptionsInput)) -> Given {
    input(|i| change(&mut i.options))
}

fn wire(change: impl FnOnce(&mut proto::SolveRequest)) -> Given {
    let account = |id: &str| proto::Account { account_id: id.into(), ..Default::default() };
    let node = |id: &str| proto::Node { node_id: id.into(), ..Default::default() };
    let root = proto::Node { children: vec![node("t0"), node("t1")], ..node("root") };
    let mut request = proto::SolveRequest {
        accounts: vec![account("a"), account("b")],
        split: Some(proto::Split { shape: Some(proto::split::Shape::Tree(root)) }),
        ..Default::default()
    };
    change(&mut request);
    Given::Wire(Box::new(request))
}

fn evaluated(assignments: &[(&str, &str)], anchor: &str) -> Given {
    let Given::Wire(request) = wire(|_| {}) else { unreachable!("wire gives Wire") };
    let assignment = |(account, node): &(&str, &str)| proto::Assignment {
        account_id: (*account).into(),
        node_id: (*node).into(),
        ..Default::default()
    };
    let place = Some(proto::Place { latitude: 40.0, longitude: -75.0 });
    Given::Evaluate(Box::new(proto::EvaluatePlanRequest {
        solve_request: Some(*request),
        assignments: assignments.iter().map(assignment).collect(),
        anchors: vec![proto::LeafAnchor { node_id: anchor.into(), anchor: place }],
    }))
}

fn cases_of_plans() -> Vec<Case> {
    let plan = |text: &str| Given::Plan(text.into());
    let whole = [("a", "t0"), ("b", "t1")];
    let whale = |amount: i64| input(|i| i.book.measures[0].amounts[3] = amount);
    let families = |families: i32| wire(|r| r.families = families);
    let metric = |metric: i32| {
        wire(|r| {
            let compactness = proto::Compactness { metric, ..Default::default() };
            let kind = Some(proto::criterion::Kind::Compactness(compactness));
            r.tiers = vec![proto::Tier { criteria: vec![proto::Criterion { kind }], ..Default::default() }];
        })
    };
    let state = |state: i32| {
        wire(|r| {
            let seats = vec![proto::Seat { seat_id: "s1".into(), state, ..Default::default() }];
            let shape = proto::split::Shape::Seats(proto::Seats { seats, ..Default::default() });
            r.split = Some(proto::Split { shape: Some(shape) });
        })
    };
    let max_children = |max_children: i32| {
        let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
        split(SplitInput::Seats { max_children, seats: vec![seat("s1"), seat("s2")] })
    };
    let side = |own: f64| {
        let mut east = node("east", vec![leaf("t0", 1.0, None), leaf("t1", 1.0, None)]);
        east.share = Some(own);
        tree(vec![east, leaf("west", 1.0, None)])
    };
    let level_weight = |weight: f64| band(|b| b.levels = vec![LevelInput { tolerance: None, weight: Some(weight) }]);
    let somewhere = Some(RawPlace { latitude: 40.0, longitude: -75.0 });
    let anchor = |latitude: f64| tree(vec![leaf("t0", 1.0, Some((latitude, 0.0))), leaf("t1", 1.0, None)]);
    use Code::*;
    vec![
        case(FieldUnknown, plan("options: {sede: 1}"), plan("options: {seed: 1}")),
        case(FieldUnknown, plan("accounts: []"), plan("rules: []")),
        case(FieldType, plan("options: {seed: -1}"), plan("options: {seed: 0}")),
        case(BookEmpty, input(|i| i.book = book(0)), input(|_| {})),
        case(BookEmpty, Given::Wire(Box::default()), wire(|_| {})),
        case(SplitMissing, input(|i| i.split = None), input(|i| (i.split, i.book.current_owners) = (None, owned()))),
        case(SplitEmpty, tree(Vec::new()), tree(vec![leaf("t0", 1.0, None)])),
        case(SplitEmpty, stages(&[], 0), stages(&[1], 0)),
        case(SplitEmpty, split(SplitInput::Seats { max_children: 0, seats: Vec::new() }), seat(|_| {})),
        case(NodeIdMissing, tree(vec![leaf("", 1.0, None)]), tree(vec![leaf("t", 1.0, None)])),
        case(NodeIdMissing, seat(|s| s.seat_id.clear()), seat(|_| {})),
        case(NodeIdDuplicate, tree(vec![leaf("t", 1.0, None), leaf("t", 1.0, None)]), share(1.0)),
        case(NodeIdDuplicate, seat(|s| s.seat_id = "s2".into()), seat(|s| s.seat_id = "s3".into())),
        case(ShareInvalid, share(0.0), share(1.0)),
        case(ShareInvalid, share(-1.0), share(f64::MIN_POSITIVE)),
        case(ShareInvalid, share(f64::NAN), share(1e9)),
        case(ShareInvalid, share(f64::INFINITY), share(1e300)),
        case(ShareInvalid, seat(|s| s.ramp = Some(1.5)), seat(|s| s.ramp = Some(1.0))),
        case(ShareInvalid, seat(|s| s.capacity = Some(0.0)), seat(|s| s.capacity = Some(0.5))),
        case(ShareDisagrees, side(5.0), side(2.0)),
        case(StagesInvalid, stages(&[2, 2], 0), stages(&[2, 4], 0)),
        case(StagesInvalid, stages(&[0], 0), stages(&[1], 0)),
        case(StagesInvalid, stages(&[2, 4], 3), stages(&[2, 4], 4)),
        case(SeatUnknown, seat(|s| s.covering_seat_id = "s9".into()), seat(|s| s.covering_seat_id = "s2".into())),
        case(SeatUnknown, seat(|s| s.covering_seat_id = "s1".into()), seat(|s| s.covering_seat_id = "s2".into())),
        case(DateInvalid, seat(|s| s.start_date = "2027-02-29".into()), seat(|s| s.start_date = "2028-02-29".into())),
        case(DateInvalid, seat(|s| s.start_date = "31.1.2027".into()), seat(|s| s.start_date = "2027-01-31".into())),
        case(NumberOutOfRange, max_children(1), max_children(2)),
        case(NumberOutOfRange, max_children(-1), max_children(0)),
        case(LatitudeOutOfRange, anchor(91.0), anchor(90.0)),
        case(NumberNotFinite, anchor(f64::NAN), anchor(-90.0)),
        case(TierEmpty, input(|i| i.tiers = vec![tier(Vec::new())]), input(|_| {})),
        case(CriterionEmpty, criterion(None), criterion(balance("account_count", 0.5))),
        case(MeasureUnknown, criterion(balance("pipeline", 0.1)), criterion(balance("open_pipeline", 0.1))),
        case(MeasureUnknown, criterion(balance("role", 0.1)), mix("role")),
        case(MeasureUnknown, counted("", "true"), counted("all", "true")),
        case(MeasureDuplicate, counted("open_pipeline", "true"), counted("open", "true")),
        case(MeasureDuplicate, counted("account_count", "true"), counted("accounts", "true")),
        case(MeasureAllZero, input(|i| i.book.measures[0].amounts = vec![0; 4]), input(|_| {})),
        case(AttributeUnknown, mix("rolle"), mix("role")),
        case(ToleranceInvalid, band(|b| b.tolerance = Some(-0.1)), band(|b| b.tolerance = Some(0.0))),
        case(ToleranceInvalid, band(|b| b.tolerance = Some(f64::NAN)), band(|b| b.tolerance = None)),
        case(WeightInvalid, band(|b| b.weight = Some(0.0)), band(|b| b.weight = Some(0.1))),
        case(WeightInvalid, band(|b| b.weight = Some(f64::INFINITY)), band(|b| b.weight = Some(1e6))),
        case(WeightInvalid, level_weight(-1.0), level_weight(0.0)),
        case(GiveBackInvalid, give_back(-0.1, 0.0), give_back(0.0, 0.0)),
        case(GiveBackInvalid, give_back(0.0, f64::NAN), give_back(0.1, 0.1)),
        case(ContinuityWithoutOwners, continuity("t9"), continuity("t1")),
        case(CompactnessWithoutPlaces, compactness(None), compactness(somewhere)),
        case(OptionInvalid, option(|o| o.work_limit = -1), option(|o| o.work_limit = 0)),
        case(OptionInvalid, option(|o| o.gap_target = Some(f64::NAN)), option(|o| o.gap_target = Some(0.0))),
        case(OptionInvalid, families(7), families(2)),
        case(OptionInvalid, metric(7), metric(2)),
        case(OptionInvalid, state(7), state(2)),
        case(AssignmentInvalid, evaluated(&whole[..1], "t0"), evaluated(&whole, "t0")),
        case(AssignmentInvalid, evaluated(&[("a", "t0"), ("b", "root")], "t0"), evaluated(&whole, "t0")),
        case(AssignmentInvalid, evaluated(&[whole[0], whole[0], whole[1]], "t0"), evaluated(&whole, "t0")),
        case(AnchorUnknown, evaluated(&whole, "root"), evaluated(&whole, "t1")),
        case(WhaleFound, whale(1_000), whale(40)),
        case(FewerAccountsThanTerritories, input(|i| i.split = Some(flat(&[1.0; 5]))), input(|_| {})),
    ]
}

fn owned() -> Vec<String> {
    ["t0", "t1", "t0", "t1"].map(String::from).to_vec()
}

fn rules(rules: Vec<RuleInput>) -> Given {
    input(|i| i.rules = rules)
}

fn pin(account: &str, node: &str) -> RuleKindInput {
    RuleKindInput::Pin { accounts: ids(&[account]), node_id: node.into() }
}

fn forbid(account: &str, node: &str) -> RuleKindInput {
    RuleKindInput::Forbid { accounts: ids(&[account]), node_ids: vec![node.into()] }
}

fn bounds(measure: &str, min: Option<i64>, max: Option<i64>) -> RuleKindInput {
    RuleKindInput::Bounds { accounts: None, node_ids: vec!["t0".into()], measure: measure.into(), min, max }
}

fn move_limit(max_amount: Option<i64>, max_share: Option<f64>) -> RuleKindInput {
    RuleKindInput::MoveLimit { accounts: None, measure: String::new(), max_amount, max_share, per_owner: false }
}

fn picked(text: &str) -> Given {
    one(RuleKindInput::Pin { accounts: filter(text), node_id: "t0".into() })
}

fn one(kind: RuleKindInput) -> Given {
    rules(vec![rule("r", kind)])
}

fn cases_of_rules() -> Vec<Case> {
    let twice = |second: &str| rules(vec![rule("r", pin("a0", "t0")), rule(second, pin("a1", "t0"))]);
    let nowhere = RuleKindInput::Forbid { accounts: ids(&["a0"]), node_ids: Vec::new() };
    let nobody = RuleKindInput::KeepApart { accounts: ids(&[]) };
    use Code::*;
    vec![
        case(RuleIdMissing, rules(vec![rule("", pin("a0", "t0"))]), one(pin("a0", "t0"))),
        case(RuleIdDuplicate, twice("r"), twice("s")),
        case(RuleEmpty, rules(vec![RuleInput { rule_id: "r".into(), kind: None }]), one(pin("a0", "t0"))),
        case(RuleEmpty, one(nowhere), one(forbid("a0", "t0"))),
        case(RuleEmpty, one(nobody), one(RuleKindInput::KeepApart { accounts: ids(&["a0", "a1"]) })),
        case(RuleEmpty, one(bounds("", None, None)), one(bounds("", Some(0), None))),
        case(RuleAccountUnknown, one(pin("a9", "t0")), one(pin("a0", "t0"))),
        case(RuleMatchesNothing, picked("open_pipeline > 40"), picked("open_pipeline >= 40")),
        case(NodeUnknown, one(pin("a0", "t9")), one(pin("a0", "t1"))),
        case(MeasureUnknown, one(bounds("closed_won", Some(0), None)), one(bounds("open_pipeline", Some(0), None))),
        case(RuleLimitInvalid, one(bounds("", Some(2), Some(1))), one(bounds("", Some(2), Some(2)))),
        case(RuleLimitInvalid, one(bounds("", None, Some(-1))), one(bounds("", None, Some(0)))),
        case(RuleLimitInvalid, one(move_limit(Some(-1), None)), one(move_limit(Some(0), None))),
        case(RuleLimitInvalid, one(move_limit(None, Some(1.1))), one(move_limit(None, Some(1.0)))),
        case(RuleLimitInvalid, one(move_limit(None, Some(f64::NAN))), one(move_limit(None, Some(0.0)))),
        case(RuleLimitInvalid, one(move_limit(Some(1), Some(0.5))), one(move_limit(Some(1), None))),
        case(RuleLimitInvalid, one(move_limit(None, None)), one(move_limit(None, Some(0.5)))),
        case(FilterSyntax, picked("open_pipeline >"), picked("open_pipeline > 1")),
        case(FilterSyntax, counted("some", "role =="), counted("some", "role == 'hunter'")),
        case(FilterType, picked("pipeline > 1"), picked("open_pipeline > 1")),
        case(FilterType, picked("open_pipeline"), picked("open_pipeline == 10")),
        case(FilterType, picked("role > 1"), picked("role > 'a'")),
    ]
}

fn cases_of_limits() -> Vec<Case> {
    let chain = |levels: usize| {
        let mut below = leaf("l0", 1.0, None);
        for level in 1..levels {
            below = node(&format!("l{level}"), vec![below]);
        }
        tree(vec![below])
    };
    let seats = |count: usize| {
        let seat = |i| SeatInput { seat_id: format!("s{i}"), ..SeatInput::default() };
        split(SplitInput::Seats { max_children: 0, seats: (0..count).map(seat).collect() })
    };
    let tiers = |count: usize| input(|i| i.tiers = vec![tier(vec![balance("account_count", 0.5)]); count]);
    let measures = |columns: usize| {
        input(|i| {
            let mut names = Vec::new();
            for c in 0..columns {
                i.book.measures.push(carve_solver::input::MeasureColumn { name: format!("m{c}"), amounts: vec![1; 4] });
                names.push(balance(&format!("m{c}"), 0.5));
            }
            i.tiers = vec![tier(names)];
        })
    };
    let values = |count: usize| {
        let values: Vec<String> = (0..count).map(|v| format!("v{v}")).collect();
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let book = carve_tests::with_attribute(book(count), "role", &values);
        input(|i| {
            i.book = book;
            let mix = CriterionInput::Mix(BandInput { column: "role".into(), ..BandInput::default() });
            i.tiers = vec![tier(vec![Some(mix)])];
        })
    };
    let ruled = |count: usize| rules((0..count).map(|r| rule(&format!("r{r}"), pin("a0", "t0"))).collect());
    let levels = |count: usize| band(|b| b.levels = vec![LevelInput::default(); count]);
    let long = |bytes: usize| picked(&format!("{:bytes$}", "open_pipeline > 1"));
    let time = |ms: u64| option(|o| o.time_limit = Some(std::time::Duration::from_millis(ms)));
    let accounts = |count: usize| {
        let mut text = String::from("account_id\n");
        (0..count).for_each(|i| text += &format!("{i}\n"));
        csv(text)
    };
    let columns =
        |count: usize| wire(|r| r.accounts[0].attributes = (0..count).map(|c| (format!("c{c}"), "x".into())).collect());
    use Code::*;
    vec![
        case(ChildrenTooMany, split(flat(&[1.0; 11])), split(flat(&[1.0; 10]))),
        case(ChildrenTooMany, stages(&[11], 0), stages(&[10], 0)),
        case(ChildrenTooMany, stages(&[2, 21], 0), stages(&[2, 20], 0)),
        case(LevelsTooMany, chain(7), chain(6)),
        case(LevelsTooMany, stages(&[1, 2, 3, 4, 5, 6, 7], 0), stages(&[1, 2, 3, 4, 5, 6], 0)),
        case(LevelsTooMany, levels(2), levels(1)),
        case(LeavesTooMany, seats(1_025), seats(1_024)),
        case(LeavesTooMany, stages(&[8, 64, 512, 1_025], 0), stages(&[8, 64, 512, 1_024], 0)),
        case(TiersTooMany, tiers(17), tiers(16)),
        // account_count is one of them.
        case(MeasuresTooMany, measures(16), measures(15)),
        case(AttributeValuesTooMany, values(33), values(32)),
        case(RulesTooMany, ruled(10_001), ruled(10_000)),
        case(FilterSyntax, long(4_097), long(4_096)),
        case(OptionInvalid, time(99), time(100)),
        case(OptionInvalid, time(86_400_001), time(86_400_000)),
        case(OptionInvalid, option(|o| o.threads = 257), option(|o| o.threads = 256)),
        case(OptionInvalid, option(|o| o.threads = -1), option(|o| o.threads = 0)),
        case(ColumnsTooMany, columns(4_097), columns(4_096)),
        case(AccountsTooMany, accounts(2_000_001), accounts(2_000_000)),
    ]
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
        &["none"],
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
        problem.findings().iter().filter(|f| f.severity == Severity::Warning).map(|f| f.code).collect();
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
    check_answer(|i| i.split = Some(flat(&[1e-300, 1.0])), &[]);
    check_answer(|i| i.split = Some(flat(&[1e300, 1e-300])), &[]);
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
        let allowed = [Code::FilterSyntax, Code::FilterType, Code::RuleMatchesNothing];
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
