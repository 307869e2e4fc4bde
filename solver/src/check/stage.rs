//! Stages and planned splits, held against the plan's leaves.

use super::tally::Places;
use super::{AGREE, AGREE_KM, Checker};
use crate::index::{MeasureIndex, NodeIndex};
use crate::plan::{SplitDay, StageResult};
use crate::proof::whales;

impl Checker<'_> {
    pub(super) fn stages(&mut self) {
        let (problem, plan) = (self.problem, self.plan);
        let tree = &problem.tree;
        let expected = tree.stages.iter().map(|&(count, level)| (count, level, tree.current_level == Some(level)));
        let said = plan.stages.iter().map(|stage| (stage.count, stage.level, stage.current));
        let as_asked = said.eq(expected);
        self.require(as_asked, || "the plan's stages are not those asked for".into());
        if as_asked {
            plan.stages.iter().for_each(|stage| self.stage(stage));
        }
    }

    fn stage(&mut self, said: &StageResult) {
        let problem = self.problem;
        let nodes: Vec<NodeIndex> = problem.tree.level(said.level).collect();
        let names = said.deviations.iter().map(|d| &d.measure);
        let all_there = names.eq(problem.reported_measures().map(|(_, m)| &m.name));
        self.require(all_there, || format!("the measures of stage {} are not those of the problem", said.count));
        for ((m, _), deviation) in problem.reported_measures().zip(&said.deviations).filter(|_| all_there) {
            let name = || format!("worst deviation of {} in stage {}", deviation.measure, said.count);
            let found = nodes.iter().map(|&n| self.deviation(n, m)).fold(0.0, f64::max);
            self.same(name, deviation.worst_deviation, found);
            let floor = whales::deviation_floor(problem, m, said.level).min(deviation.worst_deviation);
            self.same(|| format!("bound of the {}", name()), deviation.worst_deviation_bound, floor);
        }
        self.split_days(said);
        self.nesting(said);
        let places: Vec<&Places> = nodes.iter().map(|&n| &self.tally.places[n]).collect();
        // Where directions cancel out, no centre is better than another.
        if places.iter().all(|p| p.located == 0.0 || p.centre().is_some()) {
            let located: f64 = places.iter().map(|p| p.located).sum();
            let mean = |of: fn(&Places) -> f64| match located > 0.0 {
                true => places.iter().map(|p| of(p)).sum::<f64>() / located,
                false => 0.0,
            };
            let (mean_km, mean_km2) = (mean(|p| p.to_centre_km), mean(|p| p.to_centre_km2));
            self.same_km(|| format!("mean distance of stage {}", said.count), said.mean_distance_km, mean_km);
            // Half the circumference of the Earth times what distances may be off.
            let holds = (said.mean_squared_distance_km2 - mean_km2).abs() <= 4e4 * AGREE_KM + AGREE * mean_km2;
            self.require(holds, || {
                let told = said.mean_squared_distance_km2;
                format!("mean squared distance of stage {}: the plan says {told} km2, it is {mean_km2}", said.count)
            });
        }
    }

    /// Every node of the stage before that this one splits, once, in tree order.
    fn split_days(&mut self, said: &StageResult) {
        let problem = self.problem;
        let tree = &problem.tree;
        let to_come = tree.current_level.is_some_and(|now| said.level > now);
        let split = |n: &NodeIndex| to_come && tree.nodes[*n].children.len() > 1;
        let nodes: Vec<NodeIndex> = tree.level(said.level - 1).filter(split).collect();
        let all_there = said.split_days.iter().map(|day| &day.node_id).eq(nodes.iter().map(|&n| &tree.nodes[n].id));
        self.require(all_there, || format!("stage {} does not split what the plan says", said.count));
        if all_there {
            nodes.iter().zip(&said.split_days).for_each(|(&node, day)| self.split_day(node, day));
        }
    }

    fn split_day(&mut self, node: NodeIndex, said: &SplitDay) {
        let problem = self.problem;
        let children = &problem.tree.nodes[node].children;
        let most = |m: MeasureIndex| {
            let largest = children.iter().map(|&n| self.tally.amount(n, m)).max();
            children.iter().copied().find(|&n| Some(self.tally.amount(n, m)) == largest)
        };
        let kept = problem.kept_by().map_or(children.first().copied(), most);
        let named = kept.filter(|&n| problem.tree.nodes[n].id == said.kept_node_id);
        self.require(named.is_some(), || {
            format!("{:?} is not what the incumbent of {} keeps", said.kept_node_id, said.node_id)
        });
        let names = problem.reported_measures().map(|(_, m)| &m.name);
        let all_there = said.measures.iter().map(|m| &m.measure).eq(names);
        self.require(all_there, || format!("the measures of the split of {} are not the problem's", said.node_id));
        let Some(kept) = named.filter(|_| all_there) else { return };
        for ((m, _), told) in problem.reported_measures().zip(&said.measures) {
            let (all, part) = (self.tally.amount(node, m), self.tally.amount(kept, m));
            self.require(i128::from(told.amount) == part, || {
                let (said_amount, part) = (problem.measures[m].amount(told.amount), problem.measures[m].amount(part));
                format!("{} kept of {}: the plan says {said_amount}, it is {part}", told.measure, said.node_id)
            });
            let share = if all > 0 { part as f64 / all as f64 } else { 0.0 };
            self.same(|| format!("share of {} kept of {}", told.measure, said.node_id), told.share, share);
        }
    }
}
