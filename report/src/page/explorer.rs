//! The part of the page with the map: what is drawn of each view, the list of territories, and notes on both.

use super::cells::Cells;
use super::words::{count, many};
use super::{Shown, cards, map};
use std::collections::BTreeMap;
use std::io;

/// The part of the page with the map.
pub(super) struct Explorer {
    /// Land, borders and accounts, which maps share.
    pub shapes: String,
    /// The map of today.
    pub map: String,
    /// The maps of all stages; empty where there is one.
    pub maps: Vec<String>,
    pub notes: Vec<String>,
    pub legend: Vec<cards::LegendRow>,
    /// Whether there is a map, homes that were given on it, and places of several accounts.
    pub mapped: bool,
    pub homes: bool,
    pub crowded: bool,
    /// Whether anybody gives anything to anybody.
    pub owned: bool,
    /// Whether it is today's book that is shown.
    pub today: bool,
    /// For each view, by node, where labels go.
    pub poles: Vec<BTreeMap<usize, [u32; 3]>>,
}

/// Draws it.
pub(super) fn explorer(shown: &Shown<'_, '_>) -> io::Result<Explorer> {
    let Drawings { shapes, maps, poles } = drawings(shown)?;
    Ok(Explorer {
        shapes,
        map: maps.get(shown.views.current()).cloned().unwrap_or_default(),
        maps: if maps.len() > 1 { maps } else { Vec::new() },
        notes: map_notes(shown),
        legend: cards::legend(shown),
        mapped: shown.frame.is_some(),
        homes: shown.frame.is_some_and(|frame| map::has_homes(shown, frame)),
        crowded: shown.frame.is_some_and(|frame| map::is_crowded(shown, frame)),
        owned: shown.compares(),
        today: shown.of_today,
        poles,
    })
}

/// All views drawn.
struct Drawings {
    shapes: String,
    maps: Vec<String>,
    poles: Vec<BTreeMap<usize, [u32; 3]>>,
}

fn drawings(shown: &Shown<'_, '_>) -> io::Result<Drawings> {
    let mut drawings =
        Drawings { shapes: String::new(), maps: Vec::new(), poles: vec![BTreeMap::new(); shown.views.views.len()] };
    if let Some(frame) = shown.frame {
        let cells = Cells::of(frame, &grounded(shown), &shown.views.views);
        drawings.shapes = map::shapes(shown, frame);
        for index in 0..shown.views.views.len() {
            let drawn = map::draw(shown, frame, &cells, index).map_err(io::Error::other)?;
            drawings.maps.push(drawn.svg);
            drawings.poles[index] = drawn.poles;
        }
    }
    Ok(drawings)
}

/// The leaf of each account, as far as its ground is a territory's.
fn grounded(shown: &Shown<'_, '_>) -> Vec<usize> {
    let current = &shown.views.views[shown.views.current()];
    let is_ground = |leaf: usize| {
        let node = current.of_leaf.get(leaf).and_then(|&node| shown.answer.plan.nodes.get(node).zip(Some(node)));
        !shown.of_today || node.is_some_and(|(result, node)| shown.answer.territory(&result.node_id) == Some(node))
    };
    shown.views.leaf.iter().map(|&leaf| if is_ground(leaf) { leaf } else { usize::MAX }).collect()
}

/// What there is to know of the map: what is not on it, and what is a sample.
fn map_notes(shown: &Shown<'_, '_>) -> Vec<String> {
    let mut notes = Vec::new();
    let all = shown.answer.plan.assignments.len();
    let Some(frame) = shown.frame else {
        return vec!["No account has a place, so there is no map.".into()];
    };
    if shown.accounts.len() < all {
        notes.push(format!("The map shows {} of {} accounts, evenly picked.", count(shown.accounts.len()), count(all)));
    }
    let placeless = shown.answer.places.iter().filter(|place| place.is_none()).count();
    if placeless > 0 {
        notes.push(format!("{} without a place.", many(placeless, "account")));
    }
    let beyond = frame.points.iter().filter(|point| point.is_none()).count() - placeless;
    if beyond > 0 {
        notes.push(format!("{} beyond the edge of the map.", many(beyond, "account")));
    }
    if shown.labels.anonymous {
        notes.push("Names are left out: accounts and territories are numbered, and places are rough.".into());
    }
    notes
}
