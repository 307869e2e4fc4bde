//! A colour for each node: siblings apart, children near their parent, so that what lies inside what can be seen (after
//! Tennekes and de Jonge 2014, "Tree Colors"). Colour never says anything alone: labels and outlines are there too.

use super::views::parents;
use carve_solver::Plan;

/// Paul Tol's "muted": nine colours that people with any colour vision tell apart.
const MUTED: [&str; 9] =
    ["#332288", "#cc6677", "#117733", "#ddaa33", "#44aa99", "#882255", "#88ccee", "#999933", "#aa4499"];
/// What stands outside the balance.
const OUTSIDE: &str = "#8a8f98";
/// Part of a parent's hues that its children use: the rest keeps them apart from their cousins.
const USED: f64 = 0.86;
/// Hue of the first child, in degrees.
const FIRST_HUE: f64 = 232.0;
/// Lightness of leaves beside one another, in turn.
const LIGHTNESS: [f64; 3] = [0.60, 0.48, 0.73];
/// How strong colours are.
const CHROMA: f64 = 0.13;

/// The colour of each node, as `#rrggbb`.
pub(super) fn colours(plan: &Plan) -> Vec<String> {
    let parents = parents(plan);
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); plan.nodes.len()];
    let mut roots = Vec::new();
    for (node, parent) in parents.iter().enumerate() {
        match parent {
            _ if plan.nodes[node].outside_balance => {}
            Some(parent) => children[*parent].push(node),
            None => roots.push(node),
        }
    }
    let mut colours = vec![OUTSIDE.to_owned(); plan.nodes.len()];
    let top: Vec<usize> = roots.iter().flat_map(|&root| children[root].iter().copied()).collect();
    if top.len() <= MUTED.len() && top.iter().all(|&node| children[node].is_empty()) {
        top.iter().zip(MUTED).for_each(|(&node, colour)| colours[node] = colour.to_owned());
        return colours;
    }
    let mut turn = 0;
    for &root in &roots {
        spread(root, (FIRST_HUE, FIRST_HUE + 360.0), &children, &mut colours, &mut turn);
    }
    colours
}

/// Colours what lies below a node from a range of hues, each child from a part of it as large as its leaves are many.
fn spread(node: usize, (from, to): (f64, f64), children: &[Vec<usize>], colours: &mut [String], turn: &mut usize) {
    let leaves = |node: usize| leaves(node, children) as f64;
    let all = leaves(node);
    let mut start = from;
    for &child in &children[node] {
        let width = (to - from) * leaves(child) / all;
        let (middle, half) = (start + width / 2.0, width * USED / 2.0);
        let lightness = match children[child].is_empty() {
            true => {
                *turn += 1;
                LIGHTNESS[(*turn - 1) % LIGHTNESS.len()]
            }
            false => 0.58,
        };
        colours[child] = hex(lightness, CHROMA, middle);
        spread(child, (middle - half, middle + half), children, colours, turn);
        start += width;
    }
}

fn leaves(node: usize, children: &[Vec<usize>]) -> usize {
    match children[node].as_slice() {
        [] => 1,
        below => below.iter().map(|&child| leaves(child, children)).sum(),
    }
}

/// A colour of OKLCH (Ottosson 2020) in sRGB, less strong where a screen has none so strong.
fn hex(lightness: f64, chroma: f64, hue: f64) -> String {
    let at = |chroma: f64| {
        let (a, b) = (chroma * hue.to_radians().cos(), chroma * hue.to_radians().sin());
        let l = (lightness + 0.396_337_777_4 * a + 0.215_803_757_3 * b).powi(3);
        let m = (lightness - 0.105_561_345_8 * a - 0.063_854_172_8 * b).powi(3);
        let s = (lightness - 0.089_484_177_5 * a - 1.291_485_548 * b).powi(3);
        [
            4.076_741_662_1 * l - 3.307_711_591_3 * m + 0.230_969_929_2 * s,
            -1.268_438_004_6 * l + 2.609_757_401_1 * m - 0.341_319_396_5 * s,
            -0.004_196_086_3 * l - 0.703_418_614_7 * m + 1.707_614_701 * s,
        ]
    };
    let steps = (0..=20).map(|step| at(chroma * f64::from(20 - step) / 20.0));
    let rgb = steps.clone().find(|rgb| rgb.iter().all(|part| (-1e-6..=1.0 + 1e-6).contains(part)));
    let rgb = rgb.unwrap_or([lightness; 3]);
    let byte = |part: f64| {
        let part = part.clamp(0.0, 1.0);
        let part = if part <= 0.003_130_8 { 12.92 * part } else { 1.055 * part.powf(1.0 / 2.4) - 0.055 };
        (part * 255.0).round() as u8
    };
    format!("#{:02x}{:02x}{:02x}", byte(rgb[0]), byte(rgb[1]), byte(rgb[2]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oklch_is_what_its_paper_says() {
        assert_eq!(hex(1.0, 0.0, 0.0), "#ffffff");
        assert_eq!(hex(0.0, 0.0, 0.0), "#000000");
        // Pure red is (0.628, 0.258, 29.23°).
        assert_eq!(hex(0.627_955, 0.257_683, 29.234), "#ff0000");
    }
}
