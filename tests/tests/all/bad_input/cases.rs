//! The cases: for each code an input that has it and the nearest one that has not.

use super::*;
use carve_solver::input::MeasureInput;

pub(super) fn csv(text: impl Into<Vec<u8>>) -> Given {
    Given::Csv(text.into())
}

/// Two accounts, the first with this open pipeline.
pub(super) fn pipeline(amount: &str) -> Given {
    csv(format!("account_id,open_pipeline\na,{amount}\nb,1\n"))
}

/// Two accounts, the first at this latitude and longitude.
pub(super) fn place(place: &str) -> Given {
    csv(format!("account_id,latitude,longitude\na,{place}\nb,40,-75\n"))
}

pub(super) fn family(rows: &str) -> Given {
    csv(format!("account_id,parent_account_id\n{rows}"))
}

pub(super) fn cases_of_files() -> Vec<Case> {
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
        case(InvalidUtf8, Given::Plan(b"# \xFF\n".into()), Given::Plan("# ÿ\n".into())),
        case(BookEmpty, csv(""), csv("account_id\na\nb\n")),
        case(BookEmpty, csv("account_id,name\n"), csv("account_id,name\na,\n")),
        case(ColumnMissing, csv("name\na\n"), csv("Id\na\n")),
        case(ColumnDuplicate, csv("account_id,account_id\na,b\n"), csv("account_id,account_id\na,a\n")),
        case(ColumnDuplicate, csv("account_id,x,x\na,1,2\n"), csv("account_id,x,y\na,1,2\n")),
        case(RowLength, csv("account_id,name\na\n"), csv("account_id,name\na,\n")),
        case(FieldTooLong, named(1_000_000), named(4_096)),
        case(FieldTooLong, named(4_097), named(4_096)),
        case(FieldTooLong, with_id(257), with_id(256)),
        case(ColumnsTooMany, wide(4_097), wide(4_096)),
        case(NumberSyntax, pipeline("12a"), pipeline("12")),
        case(NumberNotFinite, pipeline("NaN"), pipeline("")),
        case(NumberNotFinite, pipeline("inf"), pipeline("0")),
        case(NumberNotFinite, place("NaN,1"), place("1,1")),
        case(NumberNotFinite, place("1,-inf"), place(",")),
        case(AmountNegative, pipeline("-5"), pipeline("-0")),
        case(AmountNegative, pipeline("-9223372036854775809"), pipeline("0")),
        case(AmountTooLarge, pipeline("9223372036854775808"), pipeline("9223372036854775806")),
        case(MeasureSumTooLarge, pipeline("9223372036854775807"), pipeline("9223372036854775806")),
        case(AccountIdMissing, csv("account_id,name\n,x\nb,\n"), csv("account_id,name\na,x\nb,\n")),
        case(AccountIdDuplicate, csv("account_id\na\na\n"), csv("account_id\na\nA\n")),
        case(LatitudeOutOfRange, place("91,0"), place("90,0")),
        case(LatitudeOutOfRange, place("-90.001,0"), place("-90,0")),
        case(LongitudeOutOfRange, place("0,180.5"), place("0,180")),
        case(PlaceIncomplete, place("40,"), place(",")),
        case(PlaceMissing, place(","), place("41,-75")),
        case(PlaceZero, place("0,0"), place("0,0.001")),
        case(PlacesAllEqual, place("40,-75"), place("40,-76")),
        case(ParentUnknown, family("a,z\nb,\n"), family("a,b\nb,\n")),
        case(ParentCycle, family("a,b\nb,a\n"), family("a,b\nb,\n")),
        case(OwnerUnknown, csv("account_id,current_owner\na,s9\nb,\n"), csv("account_id,current_owner\na,s1\nb,\n")),
    ]
}

/// Four accounts with open pipeline 10, 20, 30, 40 and a role, into t0 and t1, the pipeline within 50 %.
pub(super) fn base() -> Input {
    let book = carve_tests::with_measure(book(4), "open_pipeline", &[10, 20, 30, 40]);
    Input {
        book: carve_tests::with_attribute(book, "role", &["hunter", "farmer", "hunter", "farmer"]),
        split: Some(flat(&[1.0, 1.0])),
        tiers: vec![tier(vec![balance("open_pipeline", 0.5)])],
        options: exact(),
        ..Input::default()
    }
}

pub(super) fn input(change: impl FnOnce(&mut Input)) -> Given {
    let mut input = base();
    change(&mut input);
    Given::Input(Box::new(input))
}

pub(super) fn split(split: SplitInput) -> Given {
    input(|i| i.split = Some(split))
}

pub(super) fn tree(children: Vec<NodeInput>) -> Given {
    split(SplitInput::Tree(node("root", children)))
}

pub(super) fn share(share: f64) -> Given {
    tree(vec![leaf("t0", share, None), leaf("t1", 1.0, None)])
}

pub(super) fn seat(change: impl FnOnce(&mut SeatInput)) -> Given {
    let mut first = SeatInput { seat_id: "s1".into(), ..SeatInput::default() };
    change(&mut first);
    let second = SeatInput { seat_id: "s2".into(), ..SeatInput::default() };
    split(SplitInput::Seats { max_children: 0, seats: vec![first, second] })
}

pub(super) fn stages(counts: &[i32], current: i32) -> Given {
    split(SplitInput::Stages { counts: counts.to_vec(), current })
}

pub(super) fn criterion(criterion: Option<CriterionInput>) -> Given {
    input(|i| i.tiers = vec![tier(vec![criterion])])
}

/// Balance of the account count, set as `change` does.
pub(super) fn band(change: impl FnOnce(&mut BandInput)) -> Given {
    let mut band = BandInput { column: "account_count".into(), ..BandInput::default() };
    change(&mut band);
    criterion(Some(CriterionInput::Balance(band)))
}

pub(super) fn mix(attribute: &str) -> Given {
    criterion(Some(CriterionInput::Mix(BandInput { column: attribute.into(), ..BandInput::default() })))
}

pub(super) fn continuity(owner: &str) -> Given {
    input(|i| {
        i.book.current_owners[0] = owner.into();
        i.tiers = vec![tier(vec![Some(CriterionInput::Continuity { measure: String::new(), weight: None })])];
    })
}

pub(super) fn incumbent(counts: &[i32], current: i32) -> Given {
    input(|i| {
        i.split = Some(SplitInput::Stages { counts: counts.to_vec(), current });
        i.tiers = vec![tier(vec![Some(CriterionInput::Incumbent { measure: String::new(), weight: None })])];
    })
}

pub(super) fn compactness(place: Option<RawPlace>) -> Given {
    input(|i| {
        i.book.places[0] = place;
        i.tiers = vec![tier(vec![Some(CriterionInput::Compactness {
            distance: false,
            weight: None,
            level_weights: Vec::new(),
        })])];
    })
}

pub(super) fn counted(name: &str, filter: &str) -> Given {
    input(|i| {
        i.measures =
            vec![MeasureInput { measure: name.into(), count_filter: filter.into(), ..MeasureInput::default() }];
    })
}

pub(super) fn give_back(relative: f64, absolute: f64) -> Given {
    input(|i| (i.tiers[0].give_back, i.tiers[0].give_back_absolute) = (relative, absolute))
}

pub(super) fn option(change: impl FnOnce(&mut carve_solver::input::OptionsInput)) -> Given {
    input(|i| change(&mut i.options))
}

pub(super) fn wire(change: impl FnOnce(&mut proto::SolveRequest)) -> Given {
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

pub(super) fn evaluated(assignments: &[(&str, &str)], anchor: &str) -> Given {
    let Given::Wire(request) = wire(|_| {}) else { unreachable!("wire gives Wire") };
    let assignment = |(account, node): &(&str, &str)| proto::Assignment {
        account_id: (*account).into(),
        node_id: (*node).into(),
        ..Default::default()
    };
    let place = Some(proto::Place { latitude: 40.0, longitude: -75.0, typical_error_km: None });
    Given::Evaluate(Box::new(proto::EvaluatePlanRequest {
        solve_request: Some(*request),
        assignments: assignments.iter().map(assignment).collect(),
        anchors: vec![proto::LeafAnchor { node_id: anchor.into(), anchor: place }],
        todays_book: false,
    }))
}

/// A plan at hand that has the first account at a node.
pub(super) fn started(node: &str) -> Given {
    input(|i| i.book.starts = [node, "", "", ""].map(String::from).to_vec())
}

pub(super) fn cases_of_plans() -> Vec<Case> {
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
        case(StartUnknown, started("t7"), started("t1")),
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
        case(ShareInvalid, share(-1.0), share(1e-12)),
        case(ShareInvalid, share(f64::NAN), share(1e9)),
        case(ShareInvalid, share(f64::INFINITY), share(1e12)),
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
        case(IncumbentWithoutSplits, incumbent(&[2], 0), incumbent(&[2, 4], 0)),
        case(IncumbentWithoutSplits, incumbent(&[2, 4], 4), incumbent(&[2, 4], 2)),
        case(CompactnessWithoutPlaces, compactness(None), compactness(somewhere)),
        case(OptionInvalid, option(|o| o.work_limit = -1), option(|o| o.work_limit = 0)),
        case(OptionInvalid, option(|o| o.gap_target = Some(f64::NAN)), option(|o| o.gap_target = Some(0.0))),
        case(OptionUnused, option(|o| o.price_of_nesting = true), option(|o| o.price_of_nesting = false)),
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

pub(super) fn owned() -> Vec<String> {
    ["t0", "t1", "t0", "t1"].map(String::from).to_vec()
}

pub(super) fn rules(rules: Vec<RuleInput>) -> Given {
    input(|i| i.rules = rules)
}

pub(super) fn pin(account: &str, node: &str) -> RuleKindInput {
    RuleKindInput::Pin { accounts: ids(&[account]), node_id: node.into() }
}

pub(super) fn forbid(account: &str, node: &str) -> RuleKindInput {
    RuleKindInput::Forbid { accounts: ids(&[account]), node_ids: vec![node.into()] }
}

pub(super) fn bounds(measure: &str, min: Option<i64>, max: Option<i64>) -> RuleKindInput {
    RuleKindInput::Bounds { accounts: None, node_ids: vec!["t0".into()], measure: measure.into(), min, max }
}

pub(super) fn move_limit(max_amount: Option<i64>, max_share: Option<f64>) -> RuleKindInput {
    RuleKindInput::MoveLimit { accounts: None, measure: String::new(), max_amount, max_share, per_owner: false }
}

pub(super) fn keep(measure: &str, min_share: Option<f64>, max_share: Option<f64>, node: &str) -> RuleKindInput {
    let node_ids = if node.is_empty() { Vec::new() } else { vec![node.into()] };
    RuleKindInput::Keep { measure: measure.into(), min_share, max_share, node_ids }
}

/// The rule in a book whose pipelines sum to this, in stages of one and two territories.
pub(super) fn staged(kind: RuleKindInput, counts: &[i32], total: i64) -> Given {
    input(|i| {
        i.book.measures[0].amounts = vec![total, 0, 0, 0];
        i.split = Some(SplitInput::Stages { counts: counts.to_vec(), current: 0 });
        i.rules = vec![rule("r", kind)];
    })
}

/// A limit on what s1 holds while it covers s2, or would if s2 were to be hired.
pub(super) fn cover_limit(max: Option<i64>, share: Option<f64>, seat_id: &str, to_be_hired: bool) -> Given {
    input(|i| {
        let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
        let hire = SeatInput { to_be_hired, covering_seat_id: "s1".into(), ..seat("s2") };
        i.split = Some(SplitInput::Seats { max_children: 0, seats: vec![seat("s1"), hire] });
        let seat_ids = if seat_id.is_empty() { Vec::new() } else { vec![seat_id.into()] };
        let measure = String::new();
        i.rules = vec![rule("r", RuleKindInput::CoverLimit { measure, max, max_share_of_target: share, seat_ids })];
    })
}

pub(super) fn picked(text: &str) -> Given {
    one(RuleKindInput::Pin { accounts: filter(text), node_id: "t0".into() })
}

pub(super) fn one(kind: RuleKindInput) -> Given {
    rules(vec![rule("r", kind)])
}

pub(super) fn cases_of_rules() -> Vec<Case> {
    let twice = |second: &str| rules(vec![rule("r", pin("a0", "t0")), rule(second, pin("a1", "t0"))]);
    let nowhere = RuleKindInput::Forbid { accounts: ids(&["a0"]), node_ids: Vec::new() };
    let half = || keep("open_pipeline", Some(0.5), None, "");
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
        case(RuleEmpty, one(keep("", None, None, "root")), one(keep("", Some(0.0), None, "root"))),
        case(RuleEmpty, one(keep("", Some(0.5), None, "")), one(keep("", Some(0.5), None, "root"))),
        case(RuleEmpty, staged(half(), &[1], 9), staged(half(), &[1, 2], 9)),
        case(NodeUnknown, one(keep("", Some(0.5), None, "t9")), one(keep("", Some(0.5), None, "root"))),
        case(NodeNotSplit, one(keep("", Some(0.5), None, "t0")), one(keep("", Some(0.5), None, "root"))),
        case(MeasureUnknown, one(keep("won", Some(0.5), None, "root")), one(keep("", Some(0.5), None, "root"))),
        case(RuleLimitInvalid, one(keep("", Some(-0.1), None, "root")), one(keep("", Some(0.0), None, "root"))),
        case(RuleLimitInvalid, one(keep("", None, Some(1.1), "root")), one(keep("", None, Some(1.0), "root"))),
        case(RuleLimitInvalid, one(keep("", Some(f64::NAN), None, "root")), one(keep("", Some(1.0), None, "root"))),
        case(RuleLimitInvalid, one(keep("", Some(0.12345), None, "root")), one(keep("", Some(0.1234), None, "root"))),
        case(
            RuleLimitInvalid,
            one(keep("", Some(0.6), Some(0.5), "root")),
            one(keep("", Some(0.5), Some(0.5), "root")),
        ),
        case(RuleEmpty, cover_limit(None, None, "", true), cover_limit(Some(4), None, "", true)),
        case(RuleEmpty, cover_limit(Some(4), None, "", false), cover_limit(Some(4), None, "", true)),
        case(RuleLimitInvalid, cover_limit(Some(-1), None, "", true), cover_limit(Some(0), None, "", true)),
        case(RuleLimitInvalid, cover_limit(None, Some(-1.5), "", true), cover_limit(None, Some(1.5), "", true)),
        case(RuleLimitInvalid, cover_limit(None, Some(f64::NAN), "", true), cover_limit(None, Some(0.0), "", true)),
        case(RuleLimitInvalid, cover_limit(Some(4), Some(2.0), "", true), cover_limit(None, Some(2.0), "", true)),
        case(SeatUnknown, cover_limit(Some(4), None, "s9", true), cover_limit(Some(4), None, "s1", true)),
        case(SeatUnknown, cover_limit(Some(4), None, "s2", true), cover_limit(Some(4), None, "s1", true)),
        // Twice 2^62 is 2^63.
        case(RuleSumTooLarge, staged(half(), &[1, 2], 1 << 62), staged(half(), &[1, 2], (1 << 62) - 1)),
        case(FilterSyntax, picked("open_pipeline >"), picked("open_pipeline > 1")),
        case(FilterSyntax, counted("some", "role =="), counted("some", "role == 'hunter'")),
        case(FilterType, picked("pipeline > 1"), picked("open_pipeline > 1")),
        case(FilterType, picked("open_pipeline"), picked("open_pipeline == 10")),
        case(FilterType, picked("role > 1"), picked("role > 'a'")),
    ]
}

pub(super) fn cases_of_limits() -> Vec<Case> {
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
    let halves = |count: usize| {
        let seat = |i| SeatInput { seat_id: format!("s{i}"), ..SeatInput::default() };
        split(SplitInput::Seats { max_children: 2, seats: (0..count).map(seat).collect() })
    };
    let tiers = |count: usize| input(|i| i.tiers = vec![tier(vec![balance("account_count", 0.5)]); count]);
    let measures = |columns: usize| {
        input(|i| {
            let mut names = Vec::new();
            for c in 0..columns {
                i.book.measures.push(carve_solver::input::MeasureColumn {
                    name: format!("m{c}"),
                    amounts: vec![1; 4],
                    ..Default::default()
                });
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
        case(LevelsTooMany, halves(65), halves(64)),
        case(LeavesTooMany, seats(1_025), seats(1_024)),
        case(LeavesTooMany, stages(&[8, 64, 512, 1_025], 0), stages(&[8, 64, 512, 1_024], 0)),
        case(TiersTooMany, tiers(17), tiers(16)),
        // account_count is one of them.
        case(MeasuresTooMany, measures(16), measures(15)),
        case(AttributeValuesTooMany, values(33), values(32)),
        case(RulesTooMany, ruled(10_001), ruled(10_000)),
        case(FormulaTooLarge, long(4_097), long(4_096)),
        case(OptionInvalid, time(99), time(100)),
        case(OptionInvalid, time(86_400_001), time(86_400_000)),
        case(OptionInvalid, option(|o| o.threads = 257), option(|o| o.threads = 256)),
        case(OptionInvalid, option(|o| o.threads = -1), option(|o| o.threads = 0)),
        case(ColumnsTooMany, columns(4_097), columns(4_096)),
        case(AccountsTooMany, accounts(2_000_001), accounts(2_000_000)),
    ]
}
