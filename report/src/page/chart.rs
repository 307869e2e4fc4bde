//! Charts as SVG: a field between two axes with numbers, names and lines. What a chart shows is told to those who do not see
//! it by its label and by the table beside it.

use askama::filters::{Escaper, Html};
use std::fmt::Write;

/// Width and height of a chart, and the room around its field.
const WIDE: f64 = 460.0;
const HIGH: f64 = 218.0;
const LEFT: f64 = 72.0;
const RIGHT: f64 = 16.0;
const TOP: f64 = 26.0;
const BOTTOM: f64 = 40.0;
/// Parts that an axis is divided into, about.
const PARTS: f64 = 4.0;

/// An axis with its numbers.
#[derive(Debug)]
pub(super) struct Axis {
    pub low: f64,
    pub high: f64,
    /// Between two numbers.
    pub step: f64,
}

impl Axis {
    /// From a number to another, or to the next round ones beyond them.
    pub fn around(low: f64, high: f64) -> Axis {
        let span = if high - low > high.abs() * 1e-9 { high - low } else { high.abs().max(1.0) * 0.1 };
        let rough = span / PARTS;
        let ten = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * ten).find(|step| *step >= rough * 0.999);
        let step = step.unwrap_or(10.0 * ten);
        let (low, high) = ((low / step + 1e-9).floor() * step, (high / step - 1e-9).ceil() * step);
        // One number alone lies on the axis's beginning.
        Axis { low, high: high.max(low + step), step }
    }

    /// From 0 to a number.
    pub fn to(high: f64) -> Axis {
        Axis { high, ..Axis::around(0.0, high) }
    }

    fn ticks(&self) -> impl Iterator<Item = f64> + '_ {
        let first = (self.low / self.step - 1e-9).ceil();
        let count = ((self.high / self.step + 1e-9).floor() - first).max(0.0) as usize;
        (0..=count).map(move |tick| (first + tick as f64) * self.step)
    }

    /// Decimals that tell two numbers of it apart, where these are shown so many times as large.
    pub fn decimals(&self, times: f64) -> usize {
        (-(self.step * times).log10() - 1e-9).ceil().clamp(0.0, 6.0) as usize
    }

    fn part(&self, value: f64) -> f64 {
        ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0)
    }
}

/// What is drawn between two axes.
#[derive(Debug)]
pub(super) struct Field {
    pub x: Axis,
    pub y: Axis,
}

/// How an axis is named, and how its numbers are written.
pub(super) struct Named<'a> {
    pub name: &'a str,
    pub text: &'a dyn Fn(f64) -> String,
}

impl Field {
    /// Where a point is; what lies beyond an axis is on its end.
    pub fn at(&self, x: f64, y: f64) -> (f64, f64) {
        (LEFT + self.x.part(x) * (WIDE - LEFT - RIGHT), TOP + (1.0 - self.y.part(y)) * (HIGH - TOP - BOTTOM))
    }

    /// A line that keeps its height from each point to the next one's place, and on to `end`.
    pub fn steps(&self, points: &[(f64, f64)], end: f64) -> String {
        let mut path = String::new();
        for &(x, y) in points {
            let (x, y) = self.at(x, y);
            let _ = match path.is_empty() {
                true => write!(path, "M{x:.1} {y:.1}"),
                false => write!(path, "H{x:.1}V{y:.1}"),
            };
        }
        if !path.is_empty() {
            let _ = write!(path, "H{:.1}", self.at(end, 0.0).0);
        }
        path
    }

    /// The chart: `inside` is what is drawn in the field, and `label` says it to those who do not see it.
    pub fn svg(&self, label: &str, x: &Named<'_>, y: &Named<'_>, inside: &str) -> String {
        let mut svg = format!("<svg class=\"course\" viewBox=\"0 0 {WIDE} {HIGH}\" role=\"img\" aria-label=\"");
        let escaped = |svg: &mut String, text: &str| {
            // Writing to text does not fail.
            let _ = Html.write_escaped_str(svg, text);
        };
        escaped(&mut svg, label);
        svg += "\">";
        let (right, base) = (WIDE - RIGHT, HIGH - BOTTOM);
        for tick in self.y.ticks() {
            let at = self.at(0.0, tick).1;
            let _ = write!(svg, "<path class=\"grid\" d=\"M{LEFT} {at:.1}H{right}\"/>");
            let _ = write!(svg, "<text x=\"{}\" y=\"{:.1}\" text-anchor=\"end\">", LEFT - 7.0, at + 4.0);
            escaped(&mut svg, &(y.text)(tick));
            svg += "</text>";
        }
        for tick in self.x.ticks() {
            let at = self.at(tick, 0.0).0;
            let _ = write!(svg, "<path class=\"axis\" d=\"M{at:.1} {base}v4\"/>");
            let _ = write!(svg, "<text x=\"{at:.1}\" y=\"{}\" text-anchor=\"middle\">", base + 17.0);
            escaped(&mut svg, &(x.text)(tick));
            svg += "</text>";
        }
        let _ = write!(svg, "<path class=\"axis\" d=\"M{LEFT} {TOP}V{base}H{right}\"/>{inside}");
        let _ = write!(svg, "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">", (LEFT + right) / 2.0, HIGH - 5.0);
        escaped(&mut svg, x.name);
        svg += "</text><text x=\"2\" y=\"12\">";
        escaped(&mut svg, y.name);
        svg + "</text></svg>"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_an_axis_are_round_and_lie_on_it() {
        let axis = Axis::around(435.5, 1757.1);
        assert_eq!(axis.ticks().collect::<Vec<_>>(), [0.0, 500.0, 1000.0, 1500.0, 2000.0]);
        let axis = Axis::around(0.2931, 0.2962);
        assert_eq!((axis.ticks().count(), axis.decimals(100.0)), (5, 1));
        assert!(axis.low <= 0.2931 && axis.high >= 0.2962);
        let seconds = Axis::to(11.8);
        assert_eq!((seconds.ticks().collect::<Vec<_>>(), seconds.high), (vec![0.0, 5.0, 10.0], 11.8));
        let flat = Axis::around(0.5, 0.5);
        assert!(flat.low <= 0.5 && flat.high >= 0.5 && flat.high > flat.low);
    }

    #[test]
    fn names_on_a_chart_are_text() {
        let field = Field { x: Axis::to(10.0), y: Axis::to(1.0) };
        let text = |value: f64| format!("<{value}>");
        let named = Named { name: "\"><script>", text: &text };
        let svg = field.svg("<img>", &named, &named, "");
        assert!(!svg.contains("<script>") && !svg.contains("<img>") && svg.contains("&#60;5&#62;"), "{svg}");
        assert_eq!(field.steps(&[(0.0, 1.0), (5.0, 0.0)], 10.0), "M72.0 26.0H258.0V178.0H444.0");
    }
}
