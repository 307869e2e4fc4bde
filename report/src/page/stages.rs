//! The stages to come, what each incumbent keeps on the day of a split, and the seats that are to be hired.

use super::Shown;
use super::words::{count, km, many, percent, short, signed, spoken};
use crate::answer::waits;
use carve_solver::plan::{NodeResult, StageResult};

/// Territories of a stage that are listed.
const ROWS_MAX: usize = 64;

/// One stage.
pub(super) struct Stage {
    pub view: usize,
    pub title: String,
    pub current: bool,
    pub facts: Vec<String>,
    pub measures: Vec<String>,
    pub rows: Vec<StageRow>,
    pub splits: Vec<SplitRow>,
}

/// A territory of a stage.
pub(super) struct StageRow {
    pub label: String,
    pub colour: String,
    pub inside: String,
    pub cells: Vec<(String, String)>,
}

/// What an incumbent keeps.
pub(super) struct SplitRow {
    pub node: String,
    pub kept: String,
    /// Who takes what the incumbent does not keep.
    pub rest: String,
    pub colour: String,
    /// Amount, share in words, and the share in hundredths.
    pub cells: Vec<(String, String, String)>,
}

/// A seat that somebody else covers, or that nobody fills yet.
pub(super) struct OpenSeat {
    pub label: String,
    pub colour: String,
    pub state: &'static str,
    pub start: String,
    pub cover: String,
    pub cells: Vec<String>,
}

/// What a seat has while it covers others.
pub(super) struct CoverRow {
    pub seat: String,
    pub covers: String,
    pub cells: Vec<(String, String)>,
}

/// Every stage of a plan that has several.
pub(super) fn stages(shown: &Shown<'_, '_>) -> Vec<Stage> {
    let views = shown.views.views.iter().enumerate();
    views.filter_map(|(index, view)| view.stage.map(|stage| of_stage(shown, index, stage))).collect()
}

fn of_stage(shown: &Shown<'_, '_>, view: usize, stage: &StageResult) -> Stage {
    let nodes = &shown.views.views[view].nodes;
    let decimals: Vec<u8> = shown.answer.measures.iter().map(|of| of.decimals).collect();
    let mut facts: Vec<String> = Vec::new();
    for deviation in stage.deviations.iter() {
        let proved = match deviation.worst_deviation_bound {
            bound if bound < 0.0005 => String::new(),
            bound => format!(" (no plan below {})", percent(bound)),
        };
        facts.push(format!(
            "{}: at most {} off{proved}",
            spoken(&deviation.measure),
            percent(deviation.worst_deviation)
        ));
    }
    if stage.mean_squared_distance_km2 > 0.0 {
        facts.push(format!("{} to the centre of the territory on average", km(stage.mean_distance_km)));
    }
    if let Some(nesting) = &stage.nesting {
        facts.push(format!(
            "foresight costs {} of distance against a map drawn for this stage alone",
            signed(nesting.price - 1.0)
        ));
    }
    let row = |&node: &usize| {
        let result = &shown.answer.plan.nodes[node];
        StageRow {
            label: shown.labels.node(node).to_owned(),
            colour: shown.colour_class(node),
            inside: shown.parents[node]
                .filter(|parent| shown.answer.plan.nodes[*parent].level > 0)
                .map_or("", |parent| shown.labels.node(parent))
                .to_owned(),
            cells: cells(result, &decimals),
        }
    };
    let split = |day: &carve_solver::plan::SplitDay| {
        let node = |id: &str| shown.answer.plan.nodes.iter().position(|node| node.node_id == id);
        let label = |id: &str| node(id).map_or("", |node| shown.labels.node(node)).to_owned();
        let cell = |(kept, decimals): (&carve_solver::plan::MeasureKept, &u8)| {
            (short(kept.amount, *decimals), percent(kept.share), format!("{:.1}", kept.share.clamp(0.0, 1.0) * 100.0))
        };
        SplitRow {
            node: label(&day.node_id),
            kept: label(&day.kept_node_id),
            rest: rest(shown, &day.node_id, &day.kept_node_id),
            colour: node(&day.kept_node_id).map_or_else(String::new, |node| shown.colour_class(node)),
            cells: day.measures.iter().zip(&decimals).map(cell).collect(),
        }
    };
    Stage {
        view,
        title: many(stage.count, "territory"),
        current: stage.current,
        facts,
        measures: shown.answer.measures.iter().map(|of| spoken(of.measure)).collect(),
        rows: nodes.iter().take(ROWS_MAX).map(row).collect(),
        splits: stage.split_days.iter().map(split).collect(),
    }
}

/// The children of a node that is split but the one that its incumbent keeps.
fn rest(shown: &Shown<'_, '_>, node_id: &str, kept_id: &str) -> String {
    let nodes = &shown.answer.plan.nodes;
    let others = nodes.iter().enumerate().filter(|(index, node)| {
        node.node_id != kept_id && shown.parents[*index].is_some_and(|parent| nodes[parent].node_id == node_id)
    });
    others.map(|(index, _)| shown.labels.node(index)).collect::<Vec<_>>().join(", ")
}

fn cells(result: &NodeResult, decimals: &[u8]) -> Vec<(String, String)> {
    let cell = |(measure, decimals): (&carve_solver::plan::MeasureResult, &u8)| {
        (short(measure.amount, *decimals), signed(measure.deviation))
    };
    result.measures.iter().zip(decimals).map(cell).collect()
}

/// Seats that are to be hired or covered until a day to come.
pub(super) fn open_seats(shown: &Shown<'_, '_>) -> Vec<OpenSeat> {
    let row = |(index, node): (usize, &NodeResult)| {
        let seat = node.seat.as_ref().filter(|_| waits(node))?;
        let cover = shown.answer.territory(&seat.covering_seat_id).map_or("", |node| shown.labels.node(node));
        let amounts = node.measures.iter().zip(&shown.answer.measures);
        Some(OpenSeat {
            label: shown.labels.node(index).to_owned(),
            colour: shown.colour_class(index),
            state: if seat.to_be_hired { "to be hired" } else { "filled, starts later" },
            start: if seat.start_date.is_empty() { "not known".into() } else { seat.start_date.clone() },
            cover: if cover.is_empty() { "nobody".into() } else { cover.to_owned() },
            cells: amounts.map(|(measure, of)| short(measure.amount, of.decimals)).collect(),
        })
    };
    shown.answer.nodes_in_force().filter_map(row).collect()
}

/// What seats have while they cover others, against their own targets.
pub(super) fn covers(shown: &Shown<'_, '_>) -> Vec<CoverRow> {
    let label = |id: &String| shown.answer.territory(id).map_or("", |node| shown.labels.node(node)).to_owned();
    let row = |cover: &carve_solver::plan::CoverResult| CoverRow {
        seat: label(&cover.seat_id),
        covers: cover.covered_seat_ids.iter().map(label).collect::<Vec<_>>().join(", "),
        cells: cover
            .measures
            .iter()
            .zip(&shown.answer.measures)
            .map(|(measure, of)| (short(measure.amount, of.decimals), signed(measure.deviation)))
            .collect(),
    };
    shown.answer.plan.covers.iter().map(row).collect()
}

/// The part of the stages in one sentence.
pub(super) fn nested(shown: &Shown<'_, '_>) -> String {
    let counts: Vec<String> = shown.answer.plan.stages.iter().map(|stage| count(stage.count)).collect();
    format!("{}: every territory of a stage lies inside one of the stage before.", counts.join(" → "))
}
