//! What a plan says that cannot be recomputed from the request and the plan: it is told, not proved.

use crate::plan::Plan;

/// A field that is told, and why it cannot be recomputed.
#[derive(Debug, Clone, Copy)]
pub struct Told {
    /// Its name in the plan's message.
    pub field: &'static str,
    /// Why.
    pub reason: &'static str,
    /// Whether the plan says it at all.
    said: fn(&Plan) -> bool,
}

/// Everything that is told; all else that a plan says is recomputed.
pub const TOLD: [Told; 8] = [
    Told { field: "solve_time", reason: "how long the solve took leaves no trace in the plan", said: |_| true },
    Told {
        field: "gap_target",
        reason: "the command line may put another in place of the request's; every tier is held to the one told",
        said: |_| true,
    },
    Told {
        field: "termination.limit",
        reason: "what ended the search leaves no trace in the plan",
        said: |plan| plan.termination.limit.is_some(),
    },
    Told {
        field: "termination.detail",
        reason: "what the nearest assignment broke and what keep rules reach is known to the search alone; that of a \
                 conflict begins with what its evidence says",
        said: |plan| !plan.has_assignments(),
    },
    Told {
        field: "termination.conflict_irreducible",
        reason: "that every rule named is needed was seen in plans that are not part of the answer",
        said: |plan| plan.termination.conflict_irreducible,
    },
    Told {
        field: "relaxations",
        reason: "how often the relaxation was solved leaves no trace in the plan; what it proved is in the certificate",
        said: |_| true,
    },
    Told {
        field: "starts",
        reason: "the values are those of other plans, which are not part of the answer",
        said: |plan| !plan.starts.is_empty(),
    },
    Told {
        field: "stages.nesting",
        reason: "independent and independent_bound are of other plans, which are not part of the answer; the prices are \
                 recomputed from them",
        said: |plan| plan.stages.iter().any(|stage| stage.nesting.is_some()),
    },
];

/// The names of what this plan tells.
pub(super) fn of(plan: &Plan) -> Vec<String> {
    TOLD.iter().filter(|told| (told.said)(plan)).map(|told| told.field.to_owned()).collect()
}
