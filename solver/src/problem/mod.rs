//! What the input means. One constructor reads all of it and names every fault; past it nothing is re-checked.

mod date;

mod order;

mod grouping;

mod shape;

pub(crate) mod tree;

pub(crate) mod accounts;

mod number;

mod field;

mod effort;

mod tokens;

mod naming;
pub use naming::with_values;

mod formula;

mod filter;

mod faulty;

mod doubles;

mod by_id;

mod negatives;

pub(crate) mod measures;

mod derived;

mod definitions;

mod uses;

pub(crate) mod ratio;

mod fraction;

pub(crate) mod whole;

pub(crate) mod origin;

pub(crate) mod units;

mod pools;

mod settle;

pub(crate) mod budget;

mod facts;

pub(crate) mod rows;

pub(crate) mod criteria;

pub(crate) mod tiers;

mod default_tiers;
pub use default_tiers::default_tiers;

pub(crate) mod steps;

pub(crate) mod rules;

mod write;

mod told;

pub(crate) mod part;

mod subset;

mod changed;

mod options;

mod quality;

use crate::amount::Amount;
use crate::column::Column;
use crate::counting::many;
use crate::finding::{Code, Concerned, Finding, Place, Severity};
use crate::index::{AccountIndex, Keyed, MeasureIndex, NodeIndex, Number, RuleIndex, TierIndex};
use crate::input::{Input, SeatInput, SplitInput};
use crate::space::Point;
use accounts::Accounts;
use by_id::ById;
use criteria::scope::Scope;
pub use criteria::{Mix, MixValue, ValueUnit};
use effort::Effort;
pub use effort::Patience;
use facts::Facts;
use measures::Measure;
use options::Options;
pub use options::time_limit;
use order::order;
use origin::Origin;
use pools::Pools;
pub use quality::{is_city, looks_at};
use rows::Rows;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tiers::Tier;
use tree::Tree;
use units::Units;
pub use uses::tell_uses;

/// What the input means: accounts, tree, tiers and rules that fit together. Rules may still contradict each
/// other; then the answer says so.
#[derive(Debug)]
pub struct Problem {
    pub(crate) accounts: Arc<Accounts>,
    /// account_count first; counts made by mix last.
    pub(crate) measures: Arc<Keyed<MeasureIndex, Measure>>,
    /// How many of `measures` are reported at every node; the rest are counts made by mix.
    reported: usize,
    pub(crate) tree: Tree,
    node_by_id: HashMap<String, NodeIndex>,
    pub(crate) tiers: Keyed<TierIndex, Tier>,
    pub(crate) rules: Keyed<RuleIndex, rules::Rule>,
    pub(crate) units: Units,
    pub(crate) pools: Arc<Pools>,
    /// Node at which each account is to start; empty: there is no such plan.
    pub(crate) starts: Arc<Keyed<AccountIndex, Option<NodeIndex>>>,
    pub(crate) rows: Rows,
    pub(crate) options: Options,
    findings: Vec<Finding>,
    /// How the accounts were read.
    pub(crate) columns: Arc<[Column]>,
    concerned: Arc<Vec<Concerned>>,
}

impl Problem {
    /// Reads the input. `Ok` also when there are warnings, see [`Problem::findings`].
    ///
    /// # Errors
    /// Every finding at once, errors first, when at least one is an error.
    pub fn new(input: &Input) -> Result<Problem, Vec<Finding>> {
        Problem::of(input.clone())
    }

    /// As [`Problem::new`], of an input that nobody needs any more: what the problem keeps of it is not copied.
    ///
    /// # Errors
    /// As [`Problem::new`].
    pub fn of(input: Input) -> Result<Problem, Vec<Finding>> {
        Problem::within(input, Patience::default())
    }

    /// As [`Problem::of`], for somebody who may not wait to the end.
    ///
    /// # Errors
    /// As [`Problem::new`]; [`Code::ReadingStopped`] among them where it was not read to its end.
    pub fn within(mut input: Input, patience: Patience) -> Result<Problem, Vec<Finding>> {
        let (effort, mut findings) = (Effort::new(patience), Vec::new());
        tell_uses(&mut input);
        let options = options::read(&input.options, input.book.account_ids.len(), &mut findings);
        let defined = definitions::settle(&mut input, &effort, &mut findings);
        let by_id = accounts::ids(&input.book, &mut findings);
        let places = accounts::places(&input.book, wants_places(&input), &mut findings);
        let weights = accounts::weights(&input.book, &mut findings);
        findings.extend_from_slice(&input.book.findings);
        let parents = accounts::parents(&input.book, &by_id, &mut findings);
        let mut measures = measures::read(&input, &defined, &mut findings);
        let reported = measures.len();
        let tree = tree::read(input.split.as_ref(), &input.book, &mut findings);
        let Some(tree) = tree else {
            findings.extend(faults_beside_the_shape(&input, &mut measures, &by_id, &effort));
            return Err(sorted(findings));
        };
        let owners = accounts::owners(&input.book, &tree);
        let starts = accounts::starts(&input.book, &tree, &mut findings);
        let concerned = look(&input, &by_id, &parents, &owners, &mut findings);
        let (owned, placed) = (owners.iter().any(Option::is_some), places.iter().any(Option::is_some));
        let scope = Scope::new(&input, &tree, owned, placed, &effort);
        let mut tiers = tiers::read(&scope, &mut measures, &mut findings);
        let rules = rules::read(&input, &tree, &measures, &by_id, &effort, &mut findings);
        effort.goes_on();
        findings.extend(effort.told(""));
        if findings.iter().any(|f| f.severity == Severity::Error) {
            return Err(sorted(findings));
        }
        drop(by_id);
        measures::take_columns(&mut measures, &mut input.book);
        let parents = if input.families_separate { parents.map(|_| None) } else { parents };
        let owner_ids = accounts::OwnerIds::new(&input.book.current_owners);
        let ids = Keyed::from(std::mem::take(&mut input.book.account_ids));
        let columns = std::mem::take(&mut input.book.columns).into();
        // What follows needs no more of the book, and room.
        drop(input);
        let accounts = Accounts { by_id: order(ids.as_slice()), ids, places, weights, owner_ids, owners, parents };
        let mut units = units::fold(&accounts.by_id, &accounts.parents, &rules, &tree);
        let pools = settle::settle(&tree, &accounts, &measures, &rules, &mut units);
        let shared = |m: MeasureIndex| measures[m].total - pools.outside(m);
        tiers.iter_mut().flat_map(|t| &mut t.criteria).for_each(|c| c.without_bands_of_nothing(shared));
        let territories = tree.leaves.len() - tree.pools().count();
        findings.extend(fewer_units(units.count(), territories));
        findings.extend(options.without_use(tree.stages.is_empty()));
        let mut problem = Problem {
            accounts: Arc::new(accounts),
            measures: Arc::new(measures),
            reported,
            node_by_id: tree.nodes.pairs().map(|(n, node)| (node.id.clone(), n)).collect(),
            tree,
            tiers,
            rules,
            units,
            pools: Arc::new(pools),
            starts: Arc::new(starts),
            rows: Rows::default(),
            options,
            findings: sorted(findings),
            columns,
            concerned: Arc::new(concerned),
        };
        problem.rows = Rows::of(&problem.facts(), &problem.tiers, &problem.rules);
        Ok(problem)
    }

    /// What its rows, budgets and weights are made of.
    pub(crate) fn facts(&self) -> Facts<'_> {
        let Problem { accounts, measures, tree, units, pools, .. } = self;
        Facts { accounts, measures, tree, units, pools }
    }

    /// The id of the rule that a row or budget comes from; `None`: it is a band's, or this is a part of a problem, whose rules are
    /// the whole's.
    pub(crate) fn rule_id(&self, origin: Origin) -> Option<&str> {
        match origin {
            Origin::Band { .. } => None,
            Origin::Rule(rule, _) => self.rules.get(rule).map(|rule| rule.id.as_str()),
        }
    }

    /// What a row or budget counts, in words: a measure, or a rule with its id.
    pub(crate) fn label(&self, row: &rows::Row) -> String {
        match self.rule_id(row.origin) {
            Some(id) => format!("rule {id}"),
            None => self.rows.loads[row.load].measure.map_or_else(String::new, |m| self.measures[m].name.clone()),
        }
    }

    /// An amount of what a row counts, as people write it.
    pub(crate) fn amount(&self, row: &rows::Row, whole: i64) -> Amount {
        let measure = match row.origin {
            Origin::Band { .. } => self.rows.loads[row.load].measure,
            Origin::Rule(rule, _) => self.rules.get(rule).and_then(|rule| rule.kind.measure()),
        };
        measure.map_or(Amount::new(whole, 0), |measure| self.measures[measure].amount(whole))
    }

    /// The measure whose largest part says which child an incumbent keeps; `None`: it is the first, as a rule or a
    /// criterion speaks of what it keeps.
    pub(crate) fn kept_by(&self) -> Option<MeasureIndex> {
        let ruled = self.rules.iter().any(|r| r.kind.speaks_of_incumbents());
        let wanted = |tier: &Tier| tier.criteria.iter().any(|c| c.kind.speaks_of_incumbents());
        if ruled || self.tiers.iter().any(wanted) {
            return None;
        }
        let reported = self.reported_measures();
        let named = |name: &&str| reported.clone().find(|(_, m)| m.name == **name && m.total > 0).map(|(m, _)| m);
        Some(["open_pipeline", "closed_won"].iter().find_map(named).unwrap_or(MeasureIndex::ACCOUNT_COUNT))
    }

    /// The measures that are told of every node: all but the counts made by mix.
    pub(crate) fn reported_measures(&self) -> impl ExactSizeIterator<Item = (MeasureIndex, &Measure)> + Clone {
        self.measures.pairs().take(self.reported)
    }

    /// Whether a measure is told of every node.
    pub(crate) fn is_reported(&self, measure: MeasureIndex) -> bool {
        measure.get() < self.reported
    }

    /// The decimals of a measure that the problem uses; `None`: it uses none of this name.
    pub fn decimals(&self, measure: &str) -> Option<u8> {
        self.reported_measures().find(|(_, m)| m.name == measure).map(|(_, measure)| measure.decimals)
    }

    /// What the reading of the input found: warnings and information. [`crate::findings`] has the whales too.
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// How the accounts were read, one for each column.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The accounts that findings are about, for kinds of which one finding speaks of many.
    pub fn concerned(&self) -> &[Concerned] {
        &self.concerned
    }

    /// The id of an account.
    pub fn account_id(&self, account: usize) -> &str {
        &self.accounts.ids[AccountIndex::new(account)]
    }

    /// Every measure that nodes are reported with, in that order: its name, and its amount by account.
    pub fn amounts(&self) -> impl Iterator<Item = (&str, &[i64])> {
        self.measures.iter().take(self.reported).map(|measure| (measure.name.as_str(), measure.amounts.as_slice()))
    }

    /// The wall-clock limit asked for.
    pub fn time_limit(&self) -> Duration {
        self.options.time_limit
    }

    /// Whether the search ends once more work gains little, as nothing says how long it is to take.
    pub fn ends_by_returns(&self) -> bool {
        self.options.by_returns
    }

    /// The threads to use, at least 1.
    pub fn threads(&self) -> usize {
        self.options.threads
    }

    /// Number of the node with this id, in tree order, for [`crate::evaluate`].
    pub fn node(&self, node_id: &str) -> Option<usize> {
        self.node_by_id.get(node_id).map(|node| node.get())
    }

    /// Number of nodes, with the root.
    pub fn node_count(&self) -> usize {
        self.tree.nodes.len()
    }

    /// Number of the leaf with this id, counted among leaves alone, for [`crate::evaluate`].
    pub fn leaf(&self, node_id: &str) -> Option<usize> {
        let node = &self.tree.nodes[*self.node_by_id.get(node_id)?];
        node.children.is_empty().then_some(node.leaves.start.get())
    }

    /// Whether the node of this number has an anchor: a leaf, or one that distances count to.
    pub fn has_anchor(&self, node: usize) -> bool {
        self.is_anchored(NodeIndex::new(node))
    }

    /// Whether a node has an anchor.
    pub(crate) fn is_anchored(&self, node: NodeIndex) -> bool {
        let data = &self.tree.nodes[node];
        data.children.is_empty() && !data.is_pool || self.counts_distance(node)
    }

    /// Whether a compactness criterion counts the distance to the anchor of node `node`.
    pub(crate) fn counts_distance(&self, node: NodeIndex) -> bool {
        let mut criteria = self.tiers.iter().flat_map(|t| &t.criteria);
        criteria.any(|c| c.kind.compactness().is_some_and(|(_, weights)| weights[node] > 0.0))
    }

    /// Number of leaves.
    pub fn leaf_count(&self) -> usize {
        self.tree.leaves.len()
    }

    /// Number of the account with this id, in the order of the book.
    pub fn account(&self, account_id: &str) -> Option<usize> {
        self.account_of(account_id).map(AccountIndex::get)
    }

    /// The account with this id.
    pub(crate) fn account_of(&self, account_id: &str) -> Option<AccountIndex> {
        let Accounts { ids, by_id, .. } = &*self.accounts;
        by_id.binary_search_by(|&a| ids[a].as_str().cmp(account_id)).ok().map(|at| by_id[at])
    }

    /// What moves are measured in, largest first: the measure of the first continuity criterion, but for a count of
    /// accounts, which is 1 for each, the first other measure there is. Its name, and its amount by account.
    pub fn move_sizes(&self) -> (&str, &[i64]) {
        let measure = self.moved_measure();
        (&measure.name, measure.amounts.as_slice())
    }

    /// What moves are measured in.
    pub(crate) fn moved_measure(&self) -> &Measure {
        let mut criteria = self.tiers.iter().flat_map(|tier| &tier.criteria);
        let is_other = |m: &MeasureIndex| *m != MeasureIndex::ACCOUNT_COUNT;
        let kept = criteria.find_map(|c| c.kind.continuity()).filter(is_other);
        let told = |measure: &Measure| measure.report_only;
        let mut others =
            self.reported_measures().filter(|(m, measure)| is_other(m) && measure.total > 0 && !told(measure));
        let moved = kept.or_else(|| others.next().map(|(m, _)| m)).unwrap_or(MeasureIndex::ACCOUNT_COUNT);
        &self.measures[moved]
    }

    /// Whether an account at `territory` has left its owner.
    pub(crate) fn is_moved(&self, account: AccountIndex, territory: NodeIndex) -> bool {
        self.accounts.has_owner(account) && self.accounts.owners[account] != Some(territory)
    }

    /// Number of accounts.
    pub fn account_count(&self) -> usize {
        self.accounts.ids.len()
    }

    /// Where an account is, for maps.
    pub fn place(&self, account: usize) -> Option<Point> {
        self.accounts.places[AccountIndex::new(account)]
    }
}

/// Errors of tiers and rules where the shape is faulty: all but those that speak of nodes and seats, which cannot be judged.
fn faults_beside_the_shape(
    input: &Input,
    measures: &mut Keyed<MeasureIndex, Measure>,
    by_id: &ById,
    effort: &Effort,
) -> impl Iterator<Item = Finding> {
    let mut found = Vec::new();
    let seat = SeatInput { seat_id: "any".into(), ..SeatInput::default() };
    let any = SplitInput::Seats { max_children: 0, seats: vec![seat] };
    if let Some(tree) = tree::read(Some(&any), &input.book, &mut found) {
        tiers::read(&Scope::new(input, &tree, true, true, effort), measures, &mut found);
        rules::read(input, &tree, measures, by_id, effort, &mut found);
    }
    found.into_iter().filter(|finding| {
        let path = finding.place.to_string();
        let of_shape = [Code::NodeUnknown, Code::NodeNotSplit, Code::SeatUnknown].contains(&finding.code);
        let splits = path.contains(".keep") || path.contains(".cover_limit");
        finding.severity == Severity::Error && !of_shape && !splits
    })
}

/// Says so if some territories must stay empty.
fn fewer_units(units: usize, territories: usize) -> Option<Finding> {
    (units < territories).then(|| {
        let territories = many(territories, "territory");
        Finding::new(
            Code::FewerAccountsThanTerritories,
            Place::Book,
            format!("{}, an account or family each, for {territories}; some stay empty", many(units, "unit")),
        )
    })
}

fn sorted(mut findings: Vec<Finding>) -> Vec<Finding> {
    findings.sort_by_key(|f| f.severity);
    findings
}

/// Whether it matters where accounts are.
fn wants_places(input: &Input) -> bool {
    let mut criteria = input.tiers.iter().flat_map(|t| t.criteria.iter().flatten());
    input.tiers.is_empty() || criteria.any(|c| matches!(c, crate::input::CriterionInput::Compactness { .. }))
}

/// Finds what is odd in the data; gives the accounts that it is about.
fn look(
    input: &Input,
    by_id: &ById,
    parents: &Keyed<AccountIndex, Option<AccountIndex>>,
    owners: &Keyed<AccountIndex, Option<NodeIndex>>,
    findings: &mut Vec<Finding>,
) -> Vec<Concerned> {
    let seen = quality::Seen {
        book: &input.book,
        by_id,
        parents: parents.iter().map(|parent| parent.map(Number::get)).collect(),
        owners: owners.as_slice(),
        families_whole: !input.families_separate,
        stale_before: read_day(&input.options.stale_before, findings),
    };
    let odd = quality::look(&seen).into_iter().map(|odd| (odd.finding, odd.concerned));
    let (found, concerned): (Vec<_>, Vec<_>) = odd.unzip();
    findings.extend(found);
    concerned
}

/// The day before which an account without an activity may be stale; what is no day is a finding.
fn read_day(text: &str, findings: &mut Vec<Finding>) -> Option<date::Date> {
    let day = date::Date::iso(text);
    if day.is_none() && !text.is_empty() {
        let message = format!("stale_before {text:?} is no date; write it as 2025-01-31");
        findings.push(Finding::new(Code::DateInvalid, Place::Plan("options.stale_before".into()), message));
    }
    day
}
