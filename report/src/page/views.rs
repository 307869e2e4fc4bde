//! What the map can show: the territories of today, or those of each stage, every stage inside the one before.

use carve_solver::Plan;
use carve_solver::plan::StageResult;

/// One set of territories that together hold all accounts.
#[derive(Debug)]
pub(super) struct View<'a> {
    /// The stage; `None`: there is one view, of today.
    pub stage: Option<&'a StageResult>,
    /// Whether these are the territories in force.
    pub current: bool,
    /// The nodes, in tree order.
    pub nodes: Vec<usize>,
    /// The node of each leaf, by the leaf's place among the leaves; `usize::MAX`: the leaf lies in none.
    pub of_leaf: Vec<usize>,
}

/// The leaves that accounts lie in, and every view from the fewest territories to the most.
#[derive(Debug)]
pub(super) struct Views<'a> {
    /// The leaf of each account, by its place among the nodes without children, in tree order.
    pub leaf: Vec<usize>,
    pub views: Vec<View<'a>>,
}

impl<'a> Views<'a> {
    /// Of a plan.
    pub fn of(plan: &'a Plan) -> Views<'a> {
        let mut at = vec![usize::MAX; plan.nodes.len()];
        let mut is_leaf = vec![false; plan.nodes.len()];
        let last = |path: &[usize], territory| path.last().copied().unwrap_or(territory);
        plan.assignments.iter().for_each(|a| is_leaf[last(&a.path, a.territory)] = true);
        let parents = parents(plan);
        let mut has_child = vec![false; plan.nodes.len()];
        parents.iter().flatten().for_each(|&parent| has_child[parent] = true);
        let leaves: Vec<usize> = (0..plan.nodes.len()).filter(|&node| is_leaf[node] || !has_child[node]).collect();
        leaves.iter().enumerate().for_each(|(place, &node)| at[node] = place);
        let leaf = plan.assignments.iter().map(|a| at[last(&a.path, a.territory)]).collect();
        let view = |stage: Option<&'a StageResult>, current: bool, is_of: &dyn Fn(usize) -> bool| {
            let above = |leaf: usize| {
                let mut node = Some(leaf);
                while let Some(here) = node.filter(|&here| !is_of(here)) {
                    node = parents[here];
                }
                node.unwrap_or(usize::MAX)
            };
            let of_leaf: Vec<usize> = leaves.iter().map(|&leaf| above(leaf)).collect();
            let mut nodes: Vec<usize> = of_leaf.iter().copied().filter(|&node| node != usize::MAX).collect();
            nodes.sort_unstable();
            nodes.dedup();
            View { stage, current, nodes, of_leaf }
        };
        let views = if plan.stages.len() > 1 {
            let of_stage = |stage: &'a StageResult| {
                // A leaf that lies higher than the stage stays what it is.
                let is_of = |node: usize| {
                    plan.nodes[node].level == stage.level
                        || at[node] != usize::MAX && plan.nodes[node].level < stage.level
                };
                view(Some(stage), stage.current, &is_of)
            };
            plan.stages.iter().map(of_stage).collect()
        } else {
            vec![view(None, true, &|node| plan.nodes[node].territory)]
        };
        Views { leaf, views }
    }

    /// The view of today.
    pub fn current(&self) -> usize {
        self.views.iter().position(|view| view.current).unwrap_or(0)
    }
}

/// The parent of each node.
pub(super) fn parents(plan: &Plan) -> Vec<Option<usize>> {
    let by_id: std::collections::HashMap<&str, usize> =
        plan.nodes.iter().enumerate().map(|(index, node)| (node.node_id.as_str(), index)).collect();
    let parent = |node: &carve_solver::plan::NodeResult| by_id.get(node.parent_node_id.as_str()).copied();
    plan.nodes.iter().map(|node| parent(node).filter(|_| node.level > 0)).collect()
}
