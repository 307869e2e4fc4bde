//! Words and reasons: why accounts move, what was proved, which rules conflict.

pub(crate) mod moves;

pub(crate) mod summary;

pub(crate) mod conflicts;

use crate::finding::Finding;
use crate::problem::Problem;

/// What rides along with every answer to a request: warnings and information.
pub(crate) fn findings(problem: &Problem) -> Vec<Finding> {
    problem.findings().to_vec()
}
