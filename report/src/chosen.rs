//! The columns of `assignments.csv` that somebody chose.

use crate::answer::{Answer, display_name};
use crate::assignments::AssignmentColumns;
use carve_solver::Amount;
use carve_solver::plan::Assignment;
use std::borrow::Cow;

/// What each chosen column holds.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// The account's name.
    Name,
    /// The name that people know its territory by.
    NodeName,
    /// What it holds of a measure, by its place among the plan's.
    Measure(usize),
    /// One of the usual columns, by its place among them.
    Usual(usize),
    /// A level or a stage that this plan does not have.
    Absent,
}

/// Columns that were chosen: the usual ones of [`AssignmentColumns`], `name`, `node_name`, and every measure of the plan.
pub struct ChosenColumns<'a, 'b> {
    answer: &'a Answer<'b>,
    usual: AssignmentColumns<'b>,
    sources: Vec<Source>,
}

impl<'a, 'b> ChosenColumns<'a, 'b> {
    /// The columns of these headings, in their order. A heading of levels or stages (`level_2`, `stage_8`) that the plan
    /// has not is an empty column.
    ///
    /// # Errors
    /// The first heading that is no column.
    pub fn of<'h>(answer: &'a Answer<'b>, headings: &'h [String]) -> Result<ChosenColumns<'a, 'b>, &'h str> {
        let usual = AssignmentColumns::of(answer.plan);
        let known = usual.headings();
        let source = |heading: &'h String| {
            let measure = answer.measures.iter().position(|of| of.measure == heading);
            match heading.as_str() {
                "name" => Ok(Source::Name),
                "node_name" => Ok(Source::NodeName),
                other => match (known.iter().position(|usual| usual == other), measure) {
                    (Some(usual), _) => Ok(Source::Usual(usual)),
                    (None, Some(measure)) => Ok(Source::Measure(measure)),
                    (None, None) if is_usual(other) => Ok(Source::Absent),
                    (None, None) => Err(other),
                },
            }
        };
        let sources = headings.iter().map(source).collect::<Result<_, _>>()?;
        Ok(ChosenColumns { answer, usual, sources })
    }

    /// What stands in each column for an account; text as it is, not neutralised.
    pub fn row(&self, account: usize, assignment: &'b Assignment) -> Vec<Cow<'b, str>> {
        let usual = self.usual.row(assignment);
        let cell = |source: &Source| match *source {
            Source::Name => Cow::from(self.answer.name(account)),
            Source::NodeName => Cow::from(display_name(&self.answer.plan.nodes[assignment.territory])),
            Source::Measure(measure) => {
                let of = self.answer.measures[measure];
                Cow::from(
                    of.amounts
                        .get(account)
                        .map_or(String::new(), |&amount| Amount::new(amount, of.decimals).to_string()),
                )
            }
            Source::Usual(usual_at) => usual[usual_at].clone(),
            Source::Absent => Cow::from(""),
        };
        self.sources.iter().map(cell).collect()
    }
}

/// Whether a heading is a column that somebody may choose whatever the measures are.
pub fn is_column(heading: &str) -> bool {
    ["name", "node_name"].contains(&heading) || is_usual(heading)
}

/// Whether a heading is one that some plan has as a usual column.
fn is_usual(heading: &str) -> bool {
    let numbered = |prefix: &str| {
        let number = heading.strip_prefix(prefix).unwrap_or_default();
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    ["account_id", "node_id", "current_owner", "moved", "reason"].contains(&heading)
        || numbered("level_")
        || numbered("stage_")
}
