//! From the wire to what the solver reads: a request becomes an [`Input`]. With `decode_plan` and `encode`
//! the only place where proto and solver types meet.
//!
//! Nothing is judged here but what the solver's types cannot hold; `Problem::new` judges the rest.

use crate::places;
use carve_proto::v1 as proto;
use carve_solver::column::{Column, Meaning};
use carve_solver::input::{
    AttributeColumn, BandInput, Book, CriterionInput, ExternalIds, Input, LevelInput, MeasureColumn, MeasureInput,
    Negatives, NodeInput, OptionsInput, RawPlace, RuleInput, RuleKindInput, SeatInput, SelectorInput, SplitInput,
    TierInput,
};
use carve_solver::limits::DECIMALS_MAX;
use carve_solver::{Code, Finding, Patience, Place, Problem};
use std::collections::BTreeMap;
use std::time::Duration;

/// The most measures, and the most attributes, that the accounts of a request may name.
pub const COLUMNS_MAX: usize = 4_096;
/// The most values that accounts may leave out of the columns other accounts have: what is sent sparse is kept
/// dense, and a small message must not become a large book.
pub const EMPTY_CELLS_MAX: usize = 20_000_000;

/// The time limit that a request's options mean, in range or not: reading the request judges it.
pub fn time_limit(given: Option<&proto::Options>) -> Duration {
    let options = given.map(|given| options(given.clone(), &mut Vec::new())).unwrap_or_default();
    carve_solver::time_limit(&options)
}

/// What the request means.
///
/// # Errors
/// Every finding at once when one is an error, those that only the wire can have among them.
pub fn problem(request: proto::SolveRequest) -> Result<Problem, Vec<Finding>> {
    let (input, faults) = input(request);
    judged(input, faults)
}

/// As [`problem`], for somebody who may not wait to the end.
///
/// # Errors
/// As [`problem`].
pub fn problem_within(request: proto::SolveRequest, patience: Patience) -> Result<Problem, Vec<Finding>> {
    let (input, faults) = input(request);
    judged_within(input, faults, patience)
}

/// What the input means, with the faults that were found before it was judged.
///
/// # Errors
/// As [`problem`].
pub fn judged(input: Input, faults: Vec<Finding>) -> Result<Problem, Vec<Finding>> {
    judged_within(input, faults, Patience::default())
}

/// As [`judged`], for somebody who may not wait to the end.
///
/// # Errors
/// As [`problem`].
pub fn judged_within(input: Input, mut faults: Vec<Finding>, patience: Patience) -> Result<Problem, Vec<Finding>> {
    match Problem::within(input, patience) {
        Ok(problem) if faults.is_empty() => Ok(problem),
        judged => {
            faults.extend(judged.map_or_else(|found| found, |problem| carve_solver::findings(&problem)));
            Err(faults)
        }
    }
}

/// The request as the solver reads it, with the faults that only the wire can have.
pub fn input(mut request: proto::SolveRequest) -> (Input, Vec<Finding>) {
    let book = ReadBook::of(std::mem::take(&mut request.accounts));
    input_of(request, book)
}

/// A book as it was sent, read once for any number of plans.
#[derive(Debug, Clone)]
pub struct ReadBook {
    book: Book,
    faults: Vec<Finding>,
}

impl ReadBook {
    /// The accounts as the solver reads them.
    pub fn of(accounts: Vec<proto::Account>) -> ReadBook {
        let mut faults = Vec::new();
        let book = book(accounts, &mut faults);
        ReadBook { book, faults }
    }

    /// Its accounts.
    pub fn account_count(&self) -> usize {
        self.book.account_ids.len()
    }
}

/// A request without its accounts, and the book that they are, as the solver reads them; with the faults that only the wire
/// can have.
pub fn input_of(request: proto::SolveRequest, read: ReadBook) -> (Input, Vec<Finding>) {
    let mut faults = Vec::new();
    unknown_choices(&request, &mut faults);
    inexact_seats(request.split.as_ref(), &mut faults);
    faults.extend(read.faults);
    let mut book = read.book;
    for column in &mut book.measures {
        let kept = request.measures.iter().find(|measure| measure.measure == column.name);
        let decimals = kept.and_then(|measure| measure.decimals).and_then(|d| u8::try_from(d).ok());
        column.decimals = decimals.filter(|d| *d <= DECIMALS_MAX).unwrap_or(0);
    }
    let mut input = Input {
        book,
        split: request.split.and_then(|s| s.shape).map(split),
        tiers: request.tiers.into_iter().map(tier).collect(),
        rules: rules(request.rules),
        measures: request.measures.into_iter().map(measure).collect(),
        families_separate: request.families == proto::Families::Separate as i32,
        options: request.options.map(|o| options(o, &mut faults)).unwrap_or_default(),
    };
    places::fill(&mut input);
    (input, faults)
}

fn book(accounts: Vec<proto::Account>, faults: &mut Vec<Finding>) -> Book {
    let mut book = Book::default();
    let measure_names = accounts.iter().map(|a| a.measures.keys());
    let attribute_names = accounts.iter().map(|a| a.attributes.keys());
    let (Some((mut measures, given_amounts)), Some((mut attributes, given_texts))) = (
        columns::<i64>(measure_names, accounts.len(), "measures", faults),
        columns::<String>(attribute_names, accounts.len(), "attributes", faults),
    ) else {
        return book;
    };
    let columns = given_amounts.into_iter().map(|given| (Meaning::Measure, given));
    let columns = columns.chain(given_texts.into_iter().map(|given| (Meaning::Attribute, given)));
    book.columns = columns.map(|(meaning, (name, given))| column(meaning, name, given, accounts.len())).collect();
    let mut errors_km = Vec::with_capacity(accounts.len());
    for (index, account) in accounts.into_iter().enumerate() {
        book.account_ids.push(account.account_id);
        book.names.push(account.name);
        book.parents.push(account.parent_account_id);
        errors_km.push(account.place.and_then(|place| place.typical_error_km).unwrap_or_default());
        book.places.push(account.place.map(place));
        book.current_owners.push(account.current_owner);
        book.starts.push(account.start_node_id);
        for (name, amount) in account.measures {
            if let Some(column) = measures.get_mut(&name) {
                column[index] = amount;
            }
        }
        for (name, value) in account.attributes {
            if let Some(column) = attributes.get_mut(&name) {
                column[index] = value;
            }
        }
    }
    if book.starts.iter().all(String::is_empty) {
        book.starts.clear();
    }
    if errors_km.iter().any(|error| *error != 0.0) {
        book.place_errors_km = errors_km;
    }
    let column = |(name, amounts)| MeasureColumn { name, amounts, ..MeasureColumn::default() };
    book.measures = measures.into_iter().map(column).collect();
    book.attributes = attributes.into_iter().map(|(name, values)| AttributeColumn { name, values }).collect();
    book
}

/// How a measure or attribute of the messages is read: as it is called.
fn column(meaning: Meaning, name: String, given: usize, accounts: usize) -> Column {
    Column {
        heading: name.clone(),
        name,
        meaning,
        value_count: given as u64,
        empty_count: (accounts - given) as u64,
        balanced_by_default: meaning == Meaning::Measure,
        ..Column::default()
    }
}

/// Columns by name, and how many accounts name each.
type Named<T> = (BTreeMap<String, Vec<T>>, Vec<(String, usize)>);

/// An empty column for every name that occurs, by name, or a fault when that is too much to hold.
fn columns<'a, T: Clone + Default>(
    names: impl Iterator<Item = impl Iterator<Item = &'a String>>,
    accounts: usize,
    what: &str,
    faults: &mut Vec<Finding>,
) -> Option<Named<T>> {
    let mut filled: BTreeMap<&str, usize> = BTreeMap::new();
    for name in names.flatten() {
        *filled.entry(name).or_default() += 1;
    }
    let empty: usize = filled.values().map(|given| accounts - given).sum();
    if filled.len() > COLUMNS_MAX || empty > EMPTY_CELLS_MAX {
        let text = format!(
            "the accounts name {} {what} and leave out {empty} of their values; at most {COLUMNS_MAX} and \
             {EMPTY_CELLS_MAX} are read: send fewer {what}",
            filled.len()
        );
        faults.push(Finding::new(Code::ColumnsTooMany, Place::Book, text));
        return None;
    }
    let given = filled.iter().map(|(name, given)| ((*name).to_owned(), *given)).collect();
    Some((filled.into_keys().map(|name| (name.to_owned(), vec![T::default(); accounts])).collect(), given))
}

/// An anchor or a home is a point and no guess: one with a typical error is refused.
fn inexact_seats(split: Option<&proto::Split>, faults: &mut Vec<Finding>) {
    let mut check = |place: &Option<proto::Place>, path: String| faults.extend(inexact(place.as_ref(), &path));
    fn nodes(node: &proto::Node, path: &str, check: &mut dyn FnMut(&Option<proto::Place>, String)) {
        check(&node.anchor, format!("{path}.anchor"));
        let children = node.children.iter().enumerate();
        children.for_each(|(c, child)| nodes(child, &format!("{path}.children[{c}]"), check));
    }
    match split.and_then(|split| split.shape.as_ref()) {
        Some(proto::split::Shape::Tree(root)) => nodes(root, "split.tree", &mut check),
        Some(proto::split::Shape::Seats(seats)) => {
            let seats = seats.seats.iter().enumerate();
            seats.for_each(|(s, seat)| check(&seat.home, format!("split.seats.seats[{s}].home")));
        }
        Some(proto::split::Shape::Stages(_)) | None => {}
    }
}

/// The fault of a typical error where there must be none.
pub fn inexact(place: Option<&proto::Place>, path: &str) -> Option<Finding> {
    let error_km = place.and_then(|place| place.typical_error_km)?;
    let text = format!("typical_error_km is {error_km}; it is for accounts alone: leave it out");
    Some(Finding::new(Code::PlaceErrorInvalid, Place::Plan(format!("{path}.typical_error_km")), text))
}

/// Degrees as given, unjudged.
pub fn place(place: proto::Place) -> RawPlace {
    RawPlace { latitude: place.latitude, longitude: place.longitude }
}

fn split(shape: proto::split::Shape) -> SplitInput {
    match shape {
        proto::split::Shape::Tree(root) => SplitInput::Tree(node(root)),
        proto::split::Shape::Stages(s) => SplitInput::Stages { counts: s.counts, current: s.current },
        proto::split::Shape::Seats(s) => {
            SplitInput::Seats { max_children: s.max_children, seats: s.seats.into_iter().map(seat).collect() }
        }
    }
}

/// Recurses as deep as the wire format allows, which is 100.
fn node(given: proto::Node) -> NodeInput {
    NodeInput {
        node_id: given.node_id,
        share: given.share,
        anchor: given.anchor.map(place),
        children: given.children.into_iter().map(node).collect(),
        outside_balance: given.outside_balance,
    }
}

fn seat(seat: proto::Seat) -> SeatInput {
    SeatInput {
        to_be_hired: seat.state == proto::SeatState::ToBeHired as i32,
        seat_id: seat.seat_id,
        share: seat.share,
        capacity: seat.capacity,
        ramp: seat.ramp,
        start_date: seat.start_date,
        home: seat.home.map(place),
        covering_seat_id: seat.covering_seat_id,
        display_name: seat.display_name,
        external_ids: external_ids(seat.external_ids),
        outside_balance: seat.outside_balance,
    }
}

/// What a seat is called in a CRM.
pub fn external_ids(given: Option<proto::ExternalIds>) -> ExternalIds {
    let proto::ExternalIds { user_id, email, territory_api_name } = given.unwrap_or_default();
    ExternalIds { user_id, email, territory_api_name }
}

fn tier(tier: proto::Tier) -> TierInput {
    TierInput {
        criteria: tier.criteria.into_iter().map(|c| c.kind.map(criterion)).collect(),
        give_back: tier.give_back,
        give_back_absolute: tier.give_back_absolute,
    }
}

fn criterion(kind: proto::criterion::Kind) -> CriterionInput {
    use proto::criterion::Kind;
    match kind {
        Kind::Balance(b) => CriterionInput::Balance(band(b.measure, b.tolerance, b.weight, &b.levels)),
        Kind::Mix(m) => CriterionInput::Mix(band(m.attribute, m.tolerance, m.weight, &m.levels)),
        Kind::Continuity(c) => CriterionInput::Continuity { measure: c.measure, weight: c.weight },
        Kind::Incumbent(i) => CriterionInput::Incumbent { measure: i.measure, weight: i.weight },
        Kind::Compactness(c) => CriterionInput::Compactness {
            distance: c.metric == proto::compactness::Metric::Distance as i32,
            weight: c.weight,
            level_weights: c.level_weights,
        },
    }
}

fn band(column: String, tolerance: Option<f64>, weight: Option<f64>, levels: &[proto::Level]) -> BandInput {
    let levels = levels.iter().map(|l| LevelInput { tolerance: l.tolerance, weight: l.weight }).collect();
    BandInput { column, tolerance, weight, levels }
}

/// The rules alone.
pub fn rules(rules: Vec<proto::Rule>) -> Vec<RuleInput> {
    rules.into_iter().map(rule).collect()
}

fn rule(rule: proto::Rule) -> RuleInput {
    RuleInput { rule_id: rule.rule_id, kind: rule.kind.map(rule_kind) }
}

fn rule_kind(kind: proto::rule::Kind) -> RuleKindInput {
    use proto::rule::Kind;
    let some = |given: Option<proto::AccountSelector>| given.map(selector).unwrap_or_default();
    match kind {
        Kind::Pin(r) => RuleKindInput::Pin { accounts: some(r.accounts), node_id: r.node_id },
        Kind::Forbid(r) => RuleKindInput::Forbid { accounts: some(r.accounts), node_ids: r.node_ids },
        Kind::Restrict(r) => RuleKindInput::Restrict { accounts: some(r.accounts), node_ids: r.node_ids },
        Kind::KeepTogether(r) => RuleKindInput::KeepTogether { accounts: some(r.accounts) },
        Kind::KeepApart(r) => RuleKindInput::KeepApart { accounts: some(r.accounts) },
        Kind::Bounds(r) => RuleKindInput::Bounds {
            accounts: r.accounts.map(selector),
            node_ids: r.node_ids,
            measure: r.measure,
            min: r.min,
            max: r.max,
        },
        Kind::MoveLimit(r) => RuleKindInput::MoveLimit {
            accounts: r.accounts.map(selector),
            measure: r.measure,
            max_amount: r.max_amount,
            max_share: r.max_share,
            per_owner: r.per_owner,
        },
        Kind::CoverLimit(r) => RuleKindInput::CoverLimit {
            measure: r.measure,
            max: r.max,
            max_share_of_target: r.max_share_of_target,
            seat_ids: r.seat_ids,
        },
        Kind::Keep(r) => RuleKindInput::Keep {
            measure: r.measure,
            min_share: r.min_share,
            max_share: r.max_share,
            node_ids: r.node_ids,
        },
    }
}

fn selector(given: proto::AccountSelector) -> SelectorInput {
    SelectorInput { account_ids: given.account_ids, filter: given.filter }
}

fn measure(given: proto::Measure) -> MeasureInput {
    let negatives = match given.negatives() {
        proto::measure::Negatives::Zero => Negatives::Zero,
        proto::measure::Negatives::Reject | proto::measure::Negatives::Unspecified => Negatives::Reject,
    };
    MeasureInput {
        measure: given.measure,
        count_filter: given.count_filter,
        expression: given.expression,
        decimals: given.decimals,
        unit: given.unit,
        negatives,
        report_only: given.report_only,
    }
}

fn options(options: proto::Options, faults: &mut Vec<Finding>) -> OptionsInput {
    let time_limit = options.time_limit.and_then(|given| {
        let limit = duration(&given);
        if limit.is_none() {
            let text = format!("{} s and {} ns is no time limit; write 0.1 s to 24 h", given.seconds, given.nanos);
            faults.push(Finding::new(Code::OptionInvalid, Place::Plan("options.time_limit".into()), text));
        }
        limit
    });
    OptionsInput {
        time_limit,
        gap_target: options.gap_target,
        price_of_nesting: options.price_of_nesting,
        seed: options.seed,
        work_limit: options.work_limit,
        thorough: options.thorough,
        threads: options.threads,
        stale_before: options.stale_before,
    }
}

/// `None` when it is negative or not normalised.
fn duration(given: &prost_types::Duration) -> Option<Duration> {
    let nanos = u32::try_from(given.nanos).ok().filter(|n| *n < 1_000_000_000)?;
    Some(Duration::new(u64::try_from(given.seconds).ok()?, nanos))
}

/// A number that the contract has no name for must not quietly mean the default.
fn unknown_choices(request: &proto::SolveRequest, faults: &mut Vec<Finding>) {
    unknown_choice::<proto::Families>(request.families, "families", faults);
    for (m, measure) in request.measures.iter().enumerate() {
        unknown_choice::<proto::measure::Negatives>(measure.negatives, &format!("measures[{m}].negatives"), faults);
    }
    for (t, tier) in request.tiers.iter().enumerate() {
        for (c, criterion) in tier.criteria.iter().enumerate() {
            if let Some(proto::criterion::Kind::Compactness(compactness)) = &criterion.kind {
                let path = format!("tiers[{t}].criteria[{c}].compactness.metric");
                unknown_choice::<proto::compactness::Metric>(compactness.metric, &path, faults);
            }
        }
    }
    if let Some(proto::split::Shape::Seats(seats)) = request.split.as_ref().and_then(|s| s.shape.as_ref()) {
        for (s, seat) in seats.seats.iter().enumerate() {
            unknown_choice::<proto::SeatState>(seat.state, &format!("split.seats.seats[{s}].state"), faults);
        }
    }
}

fn unknown_choice<E: TryFrom<i32>>(given: i32, path: &str, faults: &mut Vec<Finding>) {
    if E::try_from(given).is_err() {
        let text = format!("{given} is no choice of this contract; send one it names");
        faults.push(Finding::new(Code::OptionInvalid, Place::Plan(path.to_owned()), text));
    }
}

#[cfg(test)]
mod tests;
