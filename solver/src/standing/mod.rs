//! A book as it stands: today's, or a list that somebody made, whether or not it is a plan. It is scored in the words of a
//! plan: the same targets and bands, the same values of tiers where the book tells what they count, the same distances.

mod data;

mod places;

mod words;

mod tiers;

mod rules;

pub use data::{BandLimits, CriterionStanding, Holder, Moved, NodeStanding, OtherHolder, Standing, TierStanding};

use crate::index::{AccountIndex, Keyed, MeasureIndex, NodeIndex, Number};
use crate::plan::{MeasureDescription, MeasureResult, NodeResult, SeatResult};
use crate::problem::Problem;
use crate::problem::measures::Measure;
use crate::problem::tree::Node;
use crate::space::Point;
use places::Places;
use std::collections::HashMap;
use std::sync::Arc;

/// Today's book: each account with its current owner.
pub fn todays_book(problem: &Problem) -> Standing {
    standing(problem, &holders_today(problem), &[])
}

/// Who has each account today: the territory that its owner is, the owner who is none, or nobody.
pub fn holders_today(problem: &Problem) -> Vec<Holder> {
    let holder = |(account, owner): (AccountIndex, &Option<NodeIndex>)| match owner {
        Some(territory) => Holder::Node(territory.get()),
        None => match problem.accounts.owner_id(account) {
            nobody if nobody.is_empty() => Holder::Nobody,
            owner => Holder::Other(Arc::clone(owner)),
        },
    };
    problem.accounts.owners.pairs().map(holder).collect()
}

/// Scores a book as it stands: `holders` says who has each account, in the order of the book; `given` an anchor for each
/// node in tree order (`None`, or no entry: the request's, else the centre of its accounts).
///
/// # Panics
/// When there are not as many holders as accounts, or one is a node that is neither leaf nor territory.
pub fn standing(problem: &Problem, holders: &[Holder], given: &[Option<Point>]) -> Standing {
    assert_eq!(holders.len(), problem.account_count(), "a holder for each account");
    let places = Places::of(problem, holders, given);
    let tiers = tiers::standings(&places);
    let others = others(&places);
    let told = || problem.tree.nodes.pairs().filter(|(n, _)| places.tells(*n));
    let everywhere = places.distances[NodeIndex::ROOT].located;
    let territories = || problem.tree.territories().into_iter().map(|n| places.distances[n]);
    let mean = |sum: f64| if everywhere > 0.0 { sum / everywhere } else { 0.0 };
    Standing {
        nodes: told()
            .map(|(n, node)| NodeStanding { node: result(&places, n, node), bands: bands(&places, n) })
            .collect(),
        measures: problem.reported_measures().map(|(_, measure)| MeasureDescription::from(measure)).collect(),
        mean_distance_km: mean(territories().map(|d| d.km).sum()),
        root_mean_square_km: mean(territories().map(|d| d.km2).sum()).sqrt(),
        placed: places.placed(),
        broken: rules::broken(&places),
        summary: words::book(&places, &others, &tiers),
        moved: places.moved.clone(),
        others,
        tiers,
    }
}

impl Problem {
    /// Number of the leaf or territory with this id, in tree order, for [`Holder::Node`].
    pub fn holding_node(&self, node_id: &str) -> Option<usize> {
        let number = self.node(node_id)?;
        let node = NodeIndex::new(number);
        let holds = self.tree.nodes[node].children.is_empty() || self.tree.territory_of_leaf.iter().any(|&n| n == node);
        holds.then_some(number)
    }

    /// The ids of all leaves and territories, in tree order.
    pub fn holding_ids(&self) -> impl Iterator<Item = &str> + Clone {
        let is_territory = |n: NodeIndex| self.tree.territory_of_leaf.iter().any(|&territory| territory == n);
        let holding = self.tree.nodes.pairs().filter(move |(n, node)| node.children.is_empty() || is_territory(*n));
        holding.map(|(_, node)| node.id.as_str())
    }

    /// The count of the last planned stage; `None`: the split is no stages.
    pub fn last_stage(&self) -> Option<usize> {
        self.tree.stages.last().map(|(count, _)| *count)
    }

    /// Number among leaves alone of the node of this number in tree order, for [`crate::evaluate`]; `None`: it is no leaf.
    pub fn leaf_of_node(&self, node: usize) -> Option<usize> {
        let node = &self.tree.nodes[NodeIndex::new(node)];
        node.children.is_empty().then(|| node.leaves.start.get())
    }
}

/// A node as a plan has it.
fn result(places: &Places, n: NodeIndex, node: &Node) -> NodeResult {
    let (problem, tree) = (places.problem, &places.problem.tree);
    let measure = |(m, measure): (MeasureIndex, &Measure)| {
        let amount = places.amount(m, n);
        // The root's target is all that there is, pools with it.
        let target =
            if n == NodeIndex::ROOT { measure.total as f64 } else { tree.target(n, problem.facts().shared(m)) };
        let deviation = if target > 0.0 { (amount as f64 - target) / target } else { 0.0 };
        MeasureResult { measure: measure.name.clone(), amount, target, deviation }
    };
    let distances = places.distances[n];
    NodeResult {
        node_id: node.id.clone(),
        parent_node_id: node.parent.map_or(String::new(), |parent| tree.nodes[parent].id.clone()),
        level: node.level,
        share: node.share as f64 / tree.whole_share() as f64,
        territory: tree.territory_of_leaf[node.leaves.start] == n,
        measures: problem.reported_measures().map(measure).collect(),
        anchor: places.anchors[n],
        anchor_found: node.anchor.is_none(),
        mean_distance_km: if distances.located > 0.0 { distances.km / distances.located } else { 0.0 },
        moved_in: places.moved_in[n],
        moved_out: places.moved_out[n],
        seat: node.seat.as_ref().map(SeatResult::from),
        outside_balance: node.is_pool,
    }
}

fn bands(places: &Places, n: NodeIndex) -> Vec<Option<BandLimits>> {
    places.problem.reported_measures().map(|(m, _)| tiers::band(places, n, m)).collect()
}

/// Those who have accounts and are no territory of the plan.
fn others(places: &Places) -> Vec<OtherHolder> {
    let nobody: Arc<str> = "".into();
    let mut number_of: HashMap<&str, usize> = HashMap::new();
    let mut others: Vec<OtherHolder> = Vec::new();
    let measures: Vec<&Keyed<AccountIndex, i64>> =
        places.problem.reported_measures().map(|(_, measure)| &measure.amounts).collect();
    for (place, holder) in places.holders.iter().enumerate() {
        let holder = match holder {
            Holder::Node(_) => continue,
            Holder::Other(holder) => holder,
            Holder::Nobody => &nobody,
        };
        let number = *number_of.entry(holder).or_insert(others.len());
        if number == others.len() {
            others.push(OtherHolder { holder: Arc::clone(holder), amounts: vec![0; measures.len()], accounts: 0 });
        }
        let account = AccountIndex::new(place);
        let other = &mut others[number];
        other.accounts += 1;
        other.amounts.iter_mut().zip(&measures).for_each(|(sum, amounts)| *sum += amounts[account]);
    }
    others.sort_by(|a, b| {
        let order = |other: &OtherHolder| (other.holder.is_empty(), std::cmp::Reverse(other.accounts));
        order(a).cmp(&order(b)).then_with(|| a.holder.cmp(&b.holder))
    });
    others
}
