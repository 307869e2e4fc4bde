//! A request as the files that `carve solve` reads: accounts.csv and plan.yaml (which is JSON, and so YAML too).

use carve_datasets::write_accounts;
use carve_reader::read_accounts;
use carve_service::decode;
use carve_service::plan_file::PlanFile;
use carve_solver::Amount;
use carve_solver::input::{
    BandInput, CriterionInput, ExternalIds, Input, MeasureInput, Negatives, NodeInput, OptionsInput, RawPlace,
    RuleKindInput, SeatInput, SelectorInput, SplitInput, TierInput,
};
use serde_json::{Map, Value, json};
use std::io;
use std::path::Path;

/// Writes both files into a folder, which is made where there is none.
///
/// # Errors
/// What the file system says.
pub fn write(input: &Input, folder: &Path) -> io::Result<()> {
    std::fs::create_dir_all(folder)?;
    write_accounts(&input.book, std::fs::File::create(folder.join("accounts.csv"))?)?;
    let plan = serde_json::to_string_pretty(&plan(input)).map_err(io::Error::other)?;
    std::fs::write(folder.join("plan.yaml"), plan + "\n")
}

/// Reads both files of a folder as carve does.
///
/// # Panics
/// When they cannot be read.
pub fn read(folder: &Path) -> Input {
    let bytes = |name: &str| std::fs::read(folder.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
    let book = read_accounts(&bytes("accounts.csv")).unwrap_or_else(|faults| panic!("{:#?}", faults.findings)).book;
    let mut plan = PlanFile::read("plan.yaml", &bytes("plan.yaml")).unwrap_or_else(|faults| panic!("{faults:#?}"));
    let (input, faults) = decode::input(plan.request.clone());
    assert!(faults.is_empty(), "{faults:#?}");
    let input = Input { book, ..input };
    let faults = plan.settle_limits(&|measure| input.decimals(measure));
    assert!(faults.is_empty(), "{faults:#?}");
    Input { rules: decode::rules(plan.request.rules), ..input }
}

/// An object without the fields that are null.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let set = fields.into_iter().filter(|(_, value)| !value.is_null());
    Value::Object(set.map(|(name, value)| (name.to_string(), value)).collect::<Map<_, _>>())
}

/// The plan file.
pub fn plan(input: &Input) -> Value {
    let rules = input.rules.iter().map(|r| {
        let (kind, says) = rule(input, r.kind.as_ref().expect("rules have kinds"));
        json!({"rule_id": r.rule_id, kind: says})
    });
    object([
        ("split", input.split.as_ref().map_or(Value::Null, split)),
        ("tiers", input.tiers.iter().map(tier).collect()),
        ("rules", rules.collect()),
        ("measures", input.measures.iter().map(measure).collect()),
        ("families", if input.families_separate { json!("FAMILIES_SEPARATE") } else { Value::Null }),
        ("options", options(&input.options)),
    ])
}

fn measure(given: &MeasureInput) -> Value {
    object([
        ("measure", json!(given.measure)),
        ("count_filter", json!(given.count_filter)),
        ("expression", json!(given.expression)),
        ("decimals", json!(given.decimals)),
        ("unit", json!(given.unit)),
        ("negatives", if given.negatives == Negatives::Zero { json!("NEGATIVES_ZERO") } else { Value::Null }),
    ])
}

fn options(options: &OptionsInput) -> Value {
    let time = options.time_limit.map(|limit| format!("{}s", limit.as_secs_f64()));
    object([
        ("time_limit", json!(time)),
        ("gap_target", json!(options.gap_target)),
        ("seed", json!(options.seed)),
        ("work_limit", json!(options.work_limit)),
        ("threads", json!(options.threads)),
        ("stale_before", json!(options.stale_before)),
    ])
}

fn place(place: Option<RawPlace>) -> Value {
    place.map_or(Value::Null, |p| json!({"latitude": p.latitude, "longitude": p.longitude}))
}

fn split(split: &SplitInput) -> Value {
    match split {
        SplitInput::Tree(root) => json!({"tree": node(root)}),
        SplitInput::Stages { counts, current } => json!({"stages": {"counts": counts, "current": current}}),
        SplitInput::Seats { max_children, seats } => {
            let seats: Vec<Value> = seats.iter().map(seat).collect();
            json!({"seats": {"max_children": max_children, "seats": seats}})
        }
    }
}

fn node(node: &NodeInput) -> Value {
    let children: Vec<Value> = node.children.iter().map(self::node).collect();
    object([
        ("node_id", json!(node.node_id)),
        ("share", json!(node.share)),
        ("anchor", place(node.anchor)),
        ("children", json!(children)),
        ("outside_balance", json!(node.outside_balance)),
    ])
}

fn seat(seat: &SeatInput) -> Value {
    object([
        ("seat_id", json!(seat.seat_id)),
        ("share", json!(seat.share)),
        ("state", if seat.to_be_hired { json!("SEAT_STATE_TO_BE_HIRED") } else { Value::Null }),
        ("capacity", json!(seat.capacity)),
        ("ramp", json!(seat.ramp)),
        ("start_date", json!(seat.start_date)),
        ("home", place(seat.home)),
        ("covering_seat_id", json!(seat.covering_seat_id)),
        ("display_name", json!(seat.display_name)),
        ("external_ids", external_ids(&seat.external_ids)),
        ("outside_balance", json!(seat.outside_balance)),
    ])
}

fn external_ids(ids: &ExternalIds) -> Value {
    object([
        ("user_id", json!(ids.user_id)),
        ("email", json!(ids.email)),
        ("territory_api_name", json!(ids.territory_api_name)),
    ])
}

fn tier(tier: &TierInput) -> Value {
    let criteria: Vec<Value> = tier.criteria.iter().flatten().map(criterion).collect();
    json!({"criteria": criteria, "give_back": tier.give_back, "give_back_absolute": tier.give_back_absolute})
}

fn criterion(criterion: &CriterionInput) -> Value {
    match criterion {
        CriterionInput::Balance(band) => json!({"balance": self::band("measure", band)}),
        CriterionInput::Mix(band) => json!({"mix": self::band("attribute", band)}),
        CriterionInput::Continuity { measure, weight } => {
            json!({"continuity": object([("measure", json!(measure)), ("weight", json!(weight))])})
        }
        CriterionInput::Incumbent { measure, weight } => {
            json!({"incumbent": object([("measure", json!(measure)), ("weight", json!(weight))])})
        }
        CriterionInput::Compactness { level_weights, distance, weight } => {
            let metric = if *distance { "METRIC_DISTANCE" } else { "METRIC_SQUARED_DISTANCE" };
            let (metric, weights) = (json!(metric), json!(level_weights));
            json!({"compactness": object([("metric", metric), ("weight", json!(weight)), ("level_weights", weights)])})
        }
    }
}

fn band(column: &str, band: &BandInput) -> Value {
    let level =
        |l: &carve_solver::input::LevelInput| object([("tolerance", json!(l.tolerance)), ("weight", json!(l.weight))]);
    let levels: Vec<Value> = band.levels.iter().map(level).collect();
    object([
        (column, json!(band.column)),
        ("tolerance", json!(band.tolerance)),
        ("weight", json!(band.weight)),
        ("levels", json!(levels)),
    ])
}

fn accounts(selector: &SelectorInput) -> Value {
    json!({"account_ids": selector.account_ids, "filter": selector.filter})
}

fn rule(input: &Input, kind: &RuleKindInput) -> (&'static str, Value) {
    // As people write the measure's amounts.
    let written = |measure: &str, limit: &Option<i64>| {
        json!(limit.map(|whole| Amount::new(whole, input.decimals(measure).unwrap_or(0)).to_string()))
    };
    let some = |selector: &Option<SelectorInput>| selector.as_ref().map_or(Value::Null, accounts);
    match kind {
        RuleKindInput::Pin { accounts: a, node_id } => ("pin", json!({"accounts": accounts(a), "node_id": node_id})),
        RuleKindInput::Forbid { accounts: a, node_ids } => {
            ("forbid", json!({"accounts": accounts(a), "node_ids": node_ids}))
        }
        RuleKindInput::Restrict { accounts: a, node_ids } => {
            ("restrict", json!({"accounts": accounts(a), "node_ids": node_ids}))
        }
        RuleKindInput::KeepTogether { accounts: a } => ("keep_together", json!({"accounts": accounts(a)})),
        RuleKindInput::KeepApart { accounts: a } => ("keep_apart", json!({"accounts": accounts(a)})),
        RuleKindInput::Bounds { accounts, node_ids, measure, min, max } => {
            let fields = [("accounts", some(accounts)), ("node_ids", json!(node_ids)), ("measure", json!(measure))];
            let [a, b, c] = fields;
            ("bounds", object([a, b, c, ("min", written(measure, min)), ("max", written(measure, max))]))
        }
        RuleKindInput::MoveLimit { accounts, measure, max_amount, max_share, per_owner } => {
            let limits = [("max_amount", written(measure, max_amount)), ("max_share", json!(max_share))];
            let [a, b] = limits;
            let (measure, per_owner) = (json!(measure), json!(per_owner));
            ("move_limit", object([("accounts", some(accounts)), ("measure", measure), a, b, ("per_owner", per_owner)]))
        }
        RuleKindInput::Keep { measure, min_share, max_share, node_ids } => {
            let (min, max) = (json!(min_share), json!(max_share));
            let (measure, nodes) = (json!(measure), json!(node_ids));
            ("keep", object([("measure", measure), ("min_share", min), ("max_share", max), ("node_ids", nodes)]))
        }
        RuleKindInput::CoverLimit { measure, max, max_share_of_target, seat_ids } => {
            let (max, share) = (written(measure, max), json!(max_share_of_target));
            let (measure, seats) = (json!(measure), json!(seat_ids));
            (
                "cover_limit",
                object([("measure", measure), ("max", max), ("max_share_of_target", share), ("seat_ids", seats)]),
            )
        }
    }
}
