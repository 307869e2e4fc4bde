//! What reading a request may cost. Its formulas are asked of every account, and whoever writes them must not keep a thread
//! for ever: steps are counted, and whoever waits is asked from time to time whether it still does.

use crate::finding::{Code, Finding, Place};
use crate::limits::{ADVICE_MAX, FORMULA_STEPS_MAX};
use std::cell::Cell;

/// What whoever asks for a request to be read has to spare.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// Whether somebody still waits for the answer; asked from time to time.
    pub goes_on: &'a dyn Fn() -> bool,
    /// Steps of all filters and expressions over all accounts. Default: [`FORMULA_STEPS_MAX`].
    pub formula_steps: u64,
}

impl Default for Patience<'_> {
    fn default() -> Self {
        Patience { goes_on: &|| true, formula_steps: FORMULA_STEPS_MAX }
    }
}

/// Steps between two questions whether reading is to go on.
const ASK_STEPS: u64 = 10_000;

/// What is left of it.
pub(crate) struct Effort<'a> {
    given: Patience<'a>,
    /// Steps that formulas may still take.
    steps: Cell<u64>,
    /// Steps since it was asked whether reading is to go on.
    since: Cell<u64>,
    /// Names that are still compared with all known ones, for "did you mean".
    advice: Cell<usize>,
    stopped: Cell<Option<Stopped>>,
}

/// Why reading ended early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stopped {
    /// Nobody waits any more.
    Late,
    /// No steps are left.
    Spent,
    /// Either, and there is a finding that says so.
    Told,
}

impl<'a> Effort<'a> {
    /// All of it.
    pub fn new(given: Patience<'a>) -> Effort<'a> {
        let (steps, advice) = (Cell::new(given.formula_steps), Cell::new(ADVICE_MAX));
        Effort { given, steps, since: Cell::new(0), advice, stopped: Cell::new(None) }
    }

    /// Whether reading is to go on.
    pub fn goes_on(&self) -> bool {
        if self.stopped.get().is_none() && !(self.given.goes_on)() {
            self.stopped.set(Some(Stopped::Late));
        }
        self.stopped.get().is_none()
    }

    /// Takes so many steps, if they are left and reading is to go on.
    pub fn spend(&self, steps: u64) -> bool {
        match self.steps.get().checked_sub(steps) {
            Some(left) => self.steps.set(left),
            None if self.stopped.get().is_none() => self.stopped.set(Some(Stopped::Spent)),
            None => {}
        }
        let since = self.since.get().saturating_add(steps);
        if since < ASK_STEPS {
            self.since.set(since);
            return self.stopped.get().is_none();
        }
        self.since.set(0);
        self.goes_on()
    }

    /// Whether one more name is to be compared with all known ones.
    pub fn advises(&self) -> bool {
        let left = self.advice.get();
        self.advice.set(left.saturating_sub(1));
        left > 0 && self.goes_on()
    }

    /// Why reading ended early, the first time that it is asked for; `None`: it goes on, or that was said.
    pub fn told(&self, path: &str) -> Option<Finding> {
        let (code, message) = match self.stopped.get()? {
            Stopped::Late => (
                Code::ReadingStopped,
                "the time was over before all of the request was read; give it more time, or make it smaller"
                    .to_owned(),
            ),
            Stopped::Spent => (
                Code::FormulasTooCostly,
                format!(
                    "the filters and expressions up to this one take more than {} steps over all accounts; use fewer or shorter ones, or columns that hold what they work out",
                    self.given.formula_steps
                ),
            ),
            Stopped::Told => return None,
        };
        self.stopped.set(Some(Stopped::Told));
        Some(Finding::new(code, Place::Plan(path.to_owned()), message))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_once_and_says_why_once() {
        let effort = Effort::new(Patience::default());
        assert!(effort.spend(FORMULA_STEPS_MAX) && effort.told("rules").is_none());
        assert!(!effort.spend(1) && !effort.spend(0) && !effort.goes_on());
        assert_eq!(effort.told("rules[3]").map(|found| found.code), Some(Code::FormulasTooCostly));
        assert_eq!(effort.told("rules[4]"), None);
        let waits = Cell::new(true);
        let ask = || waits.get();
        let effort = Effort::new(Patience { goes_on: &ask, ..Patience::default() });
        assert!(effort.goes_on());
        waits.set(false);
        assert!(!effort.spend(ASK_STEPS) && !effort.advises());
        assert_eq!(effort.told("measures[0]").map(|found| found.code), Some(Code::ReadingStopped));
    }
}
