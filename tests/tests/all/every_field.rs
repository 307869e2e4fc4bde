//! No field of an answer can be forgotten by the checker: the descriptor of `carve.v1.Plan` is walked, and each field of
//! real answers is altered in every way that its kind allows. The check refuses all of them, but for what it says itself
//! that it is told, and for evidence, where another price or branch may prove as much.

use carve_proto::v1 as proto;
use carve_service::{decode_plan, encode, json};
use carve_solver::column::{Column, Meaning};
use carve_solver::input::{
    BandInput, CriterionInput, ExternalIds, Input, OptionsInput, RawPlace, RuleKindInput, SeatInput, SplitInput,
};
use carve_solver::plan::{Limit, Reason};
use carve_solver::{Code, Plan, Problem, check_answer};
use carve_tests::{balance, book, compactness, flat, ids, leaf, node, rule, solve, tier, with_attribute, with_measure};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, ReflectMessage, Value};
use std::collections::{BTreeMap, BTreeSet};

/// Elements of each list that are altered one by one.
const ELEMENTS: usize = 3;
/// Any prices and any tree prove some bound; of these an alteration is refused where less is proved than is claimed.
const EVIDENCE: [&str; 15] = [
    "certificate.tiers.prices",
    "certificate.tiers.tier_prices",
    "certificate.tiers.step_prices",
    "certificate.tiers.priced_rows",
    "certificate.tiers.price_sets",
    "certificate.tiers.branches",
    "certificate.tiers.cuts",
    "certificate.tiers.cut_prices",
    "certificate.steps.prices",
    "certificate.steps.tier_prices",
    "certificate.steps.step_prices",
    "certificate.steps.priced_rows",
    "certificate.steps.price_sets",
    "certificate.steps.branches",
    "certificate.infeasibility",
];

/// An answer, and the request it is to.
struct Answer {
    problem: Problem,
    plan: Plan,
}

impl Answer {
    fn to(input: &Input) -> Answer {
        let (problem, plan) = solve(input);
        Answer { problem, plan }
    }

    /// Whether the check refuses what was made of the answer.
    fn refuses(&self, altered: &DynamicMessage) -> bool {
        let wire: proto::Plan = altered.transcode_to().expect("it has the fields of a plan");
        decode_plan::plan(wire).map_or(true, |plan| !check_answer(&self.problem, &plan).ok())
    }

    /// Whether the answer says that a field is told.
    fn tells(&self, field: &str) -> bool {
        self.plan.check.told.iter().any(|told| within(field, told))
    }
}

fn within(field: &str, prefix: &str) -> bool {
    field.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

fn places(count: u32) -> Vec<Option<RawPlace>> {
    let place = |i| RawPlace { latitude: 30.0 + f64::from(i * 7 % 15), longitude: -120.0 + f64::from(i * 11 % 50) };
    (0..count).map(|i| Some(place(i))).collect()
}

fn options(work_limit: i64, gap_target: f64) -> OptionsInput {
    OptionsInput { work_limit, gap_target: Some(gap_target), threads: 2, ..OptionsInput::default() }
}

/// Two sides with two leaves each around given anchors: owners, one of them gone, a place missing, a family, a whale.
fn tree() -> Input {
    let mut book = with_measure(book(10), "open_pipeline", &[131, 12, 47, 5, 22, 18, 9, 40, 27, 14]);
    (book.measures[0].decimals, book.measures[0].unit) = (2, "USD".into());
    book.places = places(10);
    book.places[9] = None;
    book.current_owners = (0..10).map(|i| format!("{}{}", ["e", "w"][i / 5], 1 + i % 2)).collect();
    book.current_owners[8] = "gone".into();
    book.parents[4] = "a3".into();
    let side = |id: &str, a: (&str, f64, f64), b: (&str, f64, f64)| {
        node(id, vec![leaf(a.0, 1.0, Some((a.1, a.2))), leaf(b.0, 1.0, Some((b.1, b.2)))])
    };
    let east = side("east", ("e1", 40.7, -74.0), ("e2", 33.7, -84.4));
    let west = side("west", ("w1", 34.1, -118.2), ("w2", 47.6, -122.3));
    let few = RuleKindInput::Bounds {
        accounts: None,
        node_ids: Vec::new(),
        measure: String::new(),
        min: Some(1),
        max: Some(4),
    };
    let continuity = Some(CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None });
    book.columns = vec![Column {
        heading: "Open Pipeline".into(),
        number: 2,
        meaning: Meaning::Measure,
        name: "open_pipeline".into(),
        unit: "USD".into(),
        decimals: 2,
        value_count: 9,
        empty_count: 1,
        unfit_count: 0,
        unfit_examples: vec!["12a".into(), "x".into()],
        balanced_by_default: true,
        detail: "cents".into(),
        used_for: Vec::new(),
    }];
    Input {
        book,
        split: Some(SplitInput::Tree(node("root", vec![east, west]))),
        tiers: vec![
            carve_solver::input::TierInput { give_back: 0.1, ..tier(vec![balance("open_pipeline", 0.05)]) },
            tier(vec![continuity]),
            tier(vec![compactness(true)]),
        ],
        rules: vec![rule("few", few)],
        options: options(2_000_000, 0.0),
        ..Input::default()
    }
}

/// Two territories that become four, with what incumbents keep and what nesting costs.
fn stages() -> Input {
    let mut book = with_measure(book(12), "open_pipeline", &[31, 12, 47, 5, 22, 18, 9, 40, 27, 14, 33, 21]);
    book.places = places(12);
    let few = RuleKindInput::Bounds {
        accounts: None,
        node_ids: vec!["s2-1".into()],
        measure: String::new(),
        min: None,
        max: Some(5),
    };
    Input {
        book,
        split: Some(SplitInput::Stages { counts: vec![2, 4], current: 2 }),
        tiers: vec![
            tier(vec![balance("open_pipeline", 0.3)]),
            tier(vec![Some(CriterionInput::Incumbent { measure: "open_pipeline".into(), weight: None })]),
            tier(vec![compactness(false)]),
        ],
        rules: vec![rule("few", few)],
        options: OptionsInput { price_of_nesting: true, ..options(500_000, 0.0) },
        ..Input::default()
    }
}

/// Three seats, one of them to be hired, with a mix; ended by its work before anything is proved to the end.
fn seats() -> Input {
    let count = 60;
    let amounts: Vec<i64> = (0..count).map(|i| 1_000 + i * i * 7_919 % 1_999).collect();
    let roles: Vec<&str> = (0..count).map(|i| ["hunter", "farmer", ""][(i * i % 7 % 3) as usize]).collect();
    let book = with_attribute(with_measure(book(count as usize), "open_pipeline", &amounts), "role", &roles);
    let seat = |id: &str| SeatInput { seat_id: id.into(), ..SeatInput::default() };
    let hire = SeatInput {
        to_be_hired: true,
        ramp: Some(0.5),
        start_date: "2027-01-31".into(),
        covering_seat_id: "s1".into(),
        ..seat("s3")
    };
    let named = SeatInput {
        display_name: "North-west".into(),
        external_ids: ExternalIds {
            user_id: "005000000000001AAA".into(),
            email: "nw@example.com".into(),
            territory_api_name: "North_West".into(),
        },
        ..seat("s1")
    };
    let mix = BandInput { column: "role".into(), tolerance: Some(0.0), ..BandInput::default() };
    Input {
        book,
        split: Some(SplitInput::Seats { max_children: 0, seats: vec![named, seat("s2"), hire] }),
        tiers: vec![tier(vec![balance("open_pipeline", 0.0), Some(CriterionInput::Mix(mix))])],
        rules: vec![rule("here", RuleKindInput::Pin { accounts: ids(&["a7"]), node_id: "s1".into() })],
        options: options(3_000, 0.0),
        ..Input::default()
    }
}

/// Two territories for a family of 6 and 10 and accounts of 15, 14 and 20.
fn none(bounds: &[(&str, Option<i64>, Option<i64>)]) -> Input {
    let mut book = with_measure(book(5), "open_pipeline", &[6, 10, 15, 14, 20]);
    book.parents[1] = "a0".into();
    let bound = |&(node_id, min, max): &(&str, Option<i64>, Option<i64>)| {
        let bounds = RuleKindInput::Bounds {
            accounts: None,
            node_ids: vec![node_id.into()],
            measure: "open_pipeline".into(),
            min,
            max,
        };
        rule(&format!("of {node_id}"), bounds)
    };
    Input {
        book,
        split: Some(flat(&[1.0, 1.0])),
        rules: bounds.iter().map(bound).collect(),
        options: options(2_000_000, 0.0),
        ..Input::default()
    }
}

/// Eight accounts of which some would have to hold half of one measure and half of another to the unit: none do, and
/// prices have to say so where branches end.
fn no_halves() -> Input {
    let mut input = none(&[]);
    let book = with_measure(book(8), "open_pipeline", &[49, 53, 33, 62, 38, 45, 27, 17]);
    input.book = with_measure(book, "closed_won", &[97, 5, 65, 51, 61, 74, 64, 36]);
    let half = |(measure, half): (&str, i64)| RuleKindInput::Bounds {
        accounts: None,
        node_ids: vec!["t0".into()],
        measure: measure.into(),
        min: Some(half),
        max: Some(half),
    };
    input.rules = [("open_pipeline", 162), ("closed_won", 226)].map(|of| rule(of.0, half(of))).to_vec();
    input
}

/// Accounts that are all with one owner, of whom a rule takes most away: its row has a price.
fn ruled() -> Input {
    let mut input = none(&[("t0", None, Some(31))]);
    input.book.current_owners.fill("t0".into());
    let continuity = CriterionInput::Continuity { measure: "open_pipeline".into(), weight: None };
    input.tiers = vec![tier(vec![Some(continuity)])];
    input
}

/// Two accounts too large for a fair share among twelve: prices and branches say what the next worst are.
fn stepped() -> Input {
    let mut input = none(&[]);
    input.book = with_measure(book(12), "open_pipeline", &[41, 37, 7, 6, 5, 4, 3, 3, 2, 2, 1, 1]);
    input.split = Some(flat(&[1.0; 4]));
    input.tiers = vec![tier(vec![balance("open_pipeline", 0.05), balance("account_count", 0.1)])];
    input
}

/// Accounts of two territories whose owners have uneven books: what has to move is proved by cuts and branches.
fn cut() -> Input {
    let amounts: Vec<i64> = (0..24).map(|i| 11 + i * i * 7_919 % 97).collect();
    let mut input = none(&[]);
    input.book = with_measure(book(24), "open_pipeline", &amounts);
    input.book.current_owners = (0..24).map(|i| ["t0", "t0", "t1"][i % 3].into()).collect();
    input.split = Some(flat(&[1.0; 3]));
    let continuity = CriterionInput::Continuity { measure: String::new(), weight: None };
    input.tiers =
        vec![tier(vec![balance("open_pipeline", 0.02), balance("account_count", 0.1)]), tier(vec![Some(continuity)])];
    input
}

/// What happened to the alterations of one field.
#[derive(Default)]
struct Tally {
    refused: usize,
    /// What was taken, as it was altered.
    taken: Vec<String>,
    told: bool,
}

/// Calls `with` for every alteration of a message, as a field's path and the message.
fn alter(message: &DynamicMessage, at: &str, with: &mut dyn FnMut(&str, DynamicMessage, String)) {
    for field in message.descriptor().fields() {
        let path = if at.is_empty() { field.name().to_owned() } else { format!("{at}.{}", field.name()) };
        let set = |value: Option<Value>| {
            let mut altered = message.clone();
            match value {
                Some(value) => altered.set_field(&field, value),
                None => altered.clear_field(&field),
            }
            altered
        };
        let value = message.get_field(&field).into_owned();
        for other in others(&field, message.has_field(&field), &value) {
            let what = format!("{path}: {value:?} became {other:?}");
            with(&path, set(other), what.chars().take(300).collect());
        }
        match &value {
            Value::Message(inner) if message.has_field(&field) => {
                alter(inner, &path, &mut |path, inner, what| with(path, set(Some(Value::Message(inner))), what));
            }
            Value::List(list) => {
                let first = list.iter().enumerate().take(ELEMENTS);
                for (index, element) in first {
                    let put = |element: Value| {
                        let mut list = list.clone();
                        list[index] = element;
                        set(Some(Value::List(list)))
                    };
                    match element {
                        Value::Message(inner) => {
                            alter(inner, &path, &mut |path, inner, what| with(path, put(Value::Message(inner)), what))
                        }
                        scalar => other_scalars(scalar).into_iter().for_each(|other| {
                            with(&path, put(other.clone()), format!("{path}[{index}] became {other:?}"))
                        }),
                    }
                }
            }
            _ => {}
        }
    }
}

/// Other values of a field; `None`: it is cleared.
fn others(field: &FieldDescriptor, is_set: bool, value: &Value) -> Vec<Option<Value>> {
    let empty = || match field.kind() {
        Kind::Message(inner) => Value::Message(DynamicMessage::new(inner)),
        _ => Value::default_value(&field.kind()),
    };
    match value {
        Value::List(list) if list.is_empty() => vec![Some(Value::List(vec![empty()]))],
        Value::List(list) => {
            let mut all = vec![list[1..].to_vec(), [&list[..], &list[..1]].concat()];
            all.extend((list.len() > 1 && list.first() != list.last()).then(|| list.iter().rev().cloned().collect()));
            all.into_iter().map(|list| Some(Value::List(list))).collect()
        }
        Value::Message(_) if is_set => vec![None],
        Value::Message(_) => vec![Some(empty())],
        scalar => other_scalars(scalar).into_iter().map(Some).collect(),
    }
}

fn other_scalars(value: &Value) -> Vec<Value> {
    match value {
        Value::Bool(is) => vec![Value::Bool(!is)],
        Value::I32(number) => vec![Value::I32(number + 1), Value::I32(number - 1)],
        Value::I64(number) => vec![Value::I64(number + 1), Value::I64(number - 1)],
        Value::U32(number) => vec![Value::U32(number + 1)],
        Value::F64(number) => {
            [number * 1.01 + 0.001, number * 0.99 - 0.001, number * 1_000.0 + 1e3, f64::NAN].map(Value::F64).into()
        }
        Value::EnumNumber(number) => {
            (0..9).chain([99]).filter(|other| other != number).map(Value::EnumNumber).collect()
        }
        Value::String(text) => {
            [format!("{text}x"), String::new()].into_iter().filter(|other| other != text).map(Value::String).collect()
        }
        other => panic!("no plan has {other:?}"),
    }
}

/// Every field that a plan can have.
fn all_fields(message: &MessageDescriptor, at: &str, all: &mut BTreeSet<String>) {
    for field in message.fields() {
        let path = if at.is_empty() { field.name().to_owned() } else { format!("{at}.{}", field.name()) };
        if let Kind::Message(inner) = field.kind() {
            all_fields(&inner, &path, all);
        }
        all.insert(path);
    }
}

#[test]
fn every_field_of_an_answer_is_held_or_told() {
    let answers = [
        Answer::to(&tree()),
        Answer::to(&stages()),
        Answer::to(&seats()),
        // 65 do not fit into twice 30; no accounts hold 33 together; 10 can be had where the family is torn alone.
        Answer::to(&none(&[("t0", None, Some(30)), ("t1", None, Some(30))])),
        Answer::to(&none(&[("t0", Some(33), Some(33))])),
        Answer::to(&none(&[("t0", Some(10), Some(10))])),
        Answer::to(&no_halves()),
        Answer::to(&ruled()),
        Answer::to(&stepped()),
        Answer::to(&cut()),
    ];
    let ends: Vec<Reason> = answers.iter().map(|a| a.plan.termination.reason).collect();
    assert_eq!(ends[3..7], [Reason::Infeasible; 4]);
    let codes: BTreeSet<Code> = answers.iter().flat_map(|a| &a.plan.findings).map(|f| f.code).collect();
    assert!(codes.contains(&Code::PlaceMissing) && codes.contains(&Code::OwnerUnknown), "{codes:?}");
    let ended = &answers[2].plan.termination;
    assert_eq!((ended.reason, ended.limit), (Reason::Feasible, Some(Limit::Work)), "{:?}", answers[2].plan.summary);

    let descriptor = json::message_type("carve.v1.Plan");
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for answer in &answers {
        let mut message = DynamicMessage::new(descriptor.clone());
        message.transcode_from(&encode::plan(&answer.plan)).expect("a plan");
        assert!(!answer.refuses(&message), "an answer that nobody has altered");
        alter(&message, "", &mut |path, altered, what| {
            let tally = tallies.entry(path.to_owned()).or_default();
            tally.told |= answer.tells(path);
            match answer.refuses(&altered) {
                true => tally.refused += 1,
                false => tally.taken.push(what),
            }
        });
    }
    let mut all = BTreeSet::new();
    all_fields(&descriptor, "", &mut all);
    // The certificate of a step is what a tier's is; here none prices a rule.
    all.retain(|path| !(path.starts_with("certificate.steps.") && path.contains(".rule.")));
    // Rows are referred to alike by prices and by lists of priced rows; those of rules are among the former.
    all.retain(|path| !path.starts_with("certificate.tiers.priced_rows.rule."));
    // Steps cost nothing, and only rows under tiers with costs are cut; here those of bands are.
    all.retain(|path| !path.starts_with("certificate.steps.cuts."));
    all.retain(|path| !path.starts_with("certificate.tiers.cuts.reference.rule"));
    // No rule is a band.
    all.retain(|path| !(path.starts_with("certificate.infeasibility.") && path.contains(".band.")));
    let missing: Vec<&String> = all.iter().filter(|path| !tallies.contains_key(*path)).collect();
    assert!(missing.is_empty(), "no answer of this test has these fields: {missing:#?}");
    let unheld: Vec<(&String, &Vec<String>)> = tallies
        .iter()
        .filter(|(path, tally)| {
            let evidence = EVIDENCE.iter().any(|prefix| within(path, prefix));
            // Where branches prove a step, prices of their own do at every outer node; number 0 of the sets proves none.
            let unused = *path == "certificate.steps.prices.price";
            !tally.told && !tally.taken.is_empty() && (!evidence || tally.refused == 0 && !unused)
        })
        .map(|(path, tally)| (path, &tally.taken))
        .collect();
    assert!(unheld.is_empty(), "the checker takes these: {unheld:#?}");
    // What is told could be anything, or it is not told.
    let told = ["solve_time", "gap_target", "starts.values", "starts.method"];
    let held: Vec<&str> = told.into_iter().filter(|path| tallies[*path].taken.is_empty()).collect();
    assert!(held.is_empty(), "these need not be told: {held:?}");
}
