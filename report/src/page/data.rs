//! What the plan was made from: the findings, how the columns were read, the rules and what they did.

use super::Shown;
use super::words::{count, many};
use carve_solver::column::Meaning;
use carve_solver::{LimitEffect, RuleEffect, Severity};

/// Findings that are listed.
const FINDINGS_MAX: usize = 60;
/// Limits that are listed of a rule, the reached ones first.
const LIMITS_MAX: usize = 4;
/// Rules that are listed.
const RULES_MAX: usize = 200;

/// The whole section.
pub(super) struct Sources<'a> {
    pub findings: Vec<FindingLine>,
    pub more_findings: String,
    pub columns: Vec<ColumnLine>,
    pub rules: Vec<RuleLine>,
    pub more_rules: String,
    pub plan_file: &'a str,
    pub facts: Vec<(String, String)>,
}

/// A finding.
pub(super) struct FindingLine {
    pub severity: &'static str,
    pub code: String,
    pub message: String,
}

/// How a column was read.
pub(super) struct ColumnLine {
    pub heading: String,
    pub meaning: String,
    pub filled: String,
    pub used: String,
}

/// A rule and what it did.
pub(super) struct RuleLine {
    pub id: String,
    pub accounts: String,
    pub did: String,
}

/// All of it.
pub(super) fn sources<'a>(shown: &Shown<'a, '_>) -> Sources<'a> {
    let (findings, more_findings) = findings(shown);
    let (rules, more_rules) = rules(shown);
    Sources {
        findings,
        more_findings,
        columns: columns(shown),
        rules,
        more_rules,
        plan_file: shown.run.filter(|run| !run.anonymous).map_or("", |run| run.plan_file.as_str()),
        facts: facts(shown),
    }
}

/// Findings, without what their words may name where names are left out; and how many more there are.
fn findings(shown: &Shown<'_, '_>) -> (Vec<FindingLine>, String) {
    let found = &shown.answer.plan.findings;
    let line = |finding: &carve_solver::Finding| FindingLine {
        severity: match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        },
        code: finding.code.as_str().replace('_', " "),
        message: if shown.labels.anonymous { String::new() } else { finding.message.clone() },
    };
    let more = match found.len().saturating_sub(FINDINGS_MAX) {
        0 => String::new(),
        more => format!("{} in plan.json.", many(more, "more finding")),
    };
    (found.iter().take(FINDINGS_MAX).map(line).collect(), more)
}

/// Every column of the file.
fn columns(shown: &Shown<'_, '_>) -> Vec<ColumnLine> {
    let line = |column: &carve_solver::column::Column| ColumnLine {
        heading: column.heading.clone(),
        meaning: match (column.meaning, column.name.as_str()) {
            (Meaning::Unused, _) => "not used".into(),
            (Meaning::Measure, name) => format!(
                "measure {name}{}",
                if column.unit.is_empty() { String::new() } else { format!(" ({})", column.unit) }
            ),
            (meaning, "") => called(meaning),
            (meaning, name) => format!("{} ({name})", called(meaning)),
        },
        filled: format!(
            "{} of {}",
            count(column.value_count as usize),
            count((column.value_count + column.empty_count + column.unfit_count) as usize)
        ),
        used: match (shown.labels.anonymous, column.used_for.as_slice()) {
            (true, _) => String::new(),
            (false, used) => used.join(", "),
        },
    };
    shown.answer.plan.columns.iter().map(line).collect()
}

/// Every rule.
fn rules(shown: &Shown<'_, '_>) -> (Vec<RuleLine>, String) {
    let Some(run) = shown.run else { return (Vec::new(), String::new()) };
    let line = |(number, rule): (usize, &RuleEffect)| RuleLine {
        id: if shown.labels.anonymous { format!("rule {}", number + 1) } else { rule.rule_id.clone() },
        accounts: rule.accounts.map_or_else(|| "all".into(), count),
        did: did(shown, rule),
    };
    let more = match run.rules.len().saturating_sub(RULES_MAX) {
        0 => String::new(),
        more => format!("{} in the plan file.", many(more, "more rule")),
    };
    (run.rules.iter().enumerate().take(RULES_MAX).map(line).collect(), more)
}

fn did(shown: &Shown<'_, '_>, rule: &RuleEffect) -> String {
    let mut parts = Vec::new();
    if rule.moved > 0 {
        parts.push(format!(
            "{} to a new owner because a rule asks for it",
            match rule.moved {
                1 => "1 account goes".into(),
                more => format!("{} accounts go", count(more)),
            }
        ));
    }
    let mut limits: Vec<&LimitEffect> = rule.limits.iter().collect();
    limits.sort_by_key(|limit| !limit.reached);
    let say = |limit: &&LimitEffect| {
        let node = shown.answer.plan.nodes.iter().position(|node| node.node_id == limit.node_id);
        let at = match (node.map(|node| shown.labels.node(node)), limit.node_id.is_empty()) {
            (Some(label), false) => format!("{label}: "),
            _ => String::new(),
        };
        let bounds = match (limit.least, limit.most) {
            (Some(least), Some(most)) => format!(" (from {least} to {most})"),
            (Some(least), None) => format!(" (at least {least})"),
            (None, Some(most)) => format!(" (at most {most})"),
            (None, None) => String::new(),
        };
        let reached = if limit.reached { ", at its limit" } else { "" };
        format!("{at}{} {}{bounds}{reached}", limit.amount, super::words::spoken(&limit.measure))
    };
    parts.extend(limits.iter().take(LIMITS_MAX).map(say));
    if limits.len() > LIMITS_MAX {
        parts.push(format!("{} kept as well", many(limits.len() - LIMITS_MAX, "more limit")));
    }
    match parts.is_empty() {
        true => "holds, and no account moves for it".into(),
        false => parts.join("; "),
    }
}

/// A meaning in words: `PostalCode` as `postal code`.
fn called(meaning: Meaning) -> String {
    let name = format!("{meaning:?}");
    let mut words = String::with_capacity(name.len() + 2);
    for (index, letter) in name.chars().enumerate() {
        if letter.is_uppercase() && index > 0 {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// What the run was, by name.
fn facts(shown: &Shown<'_, '_>) -> Vec<(String, String)> {
    let Some(run) = shown.run else { return Vec::new() };
    let mut facts = Vec::new();
    let mut fact = |name: &str, value: &str| {
        if !value.is_empty() {
            facts.push((name.to_owned(), value.to_owned()));
        }
    };
    if !run.anonymous {
        fact("Accounts", &run.accounts_file);
    }
    fact("SHA-256 of the accounts", &run.accounts_digest);
    fact("carve", &run.version);
    run.options.iter().for_each(|(name, value)| fact(name, value));
    fact("Solved in", &format!("{:.1} s", shown.answer.plan.solve_time.as_secs_f64()));
    facts
}
