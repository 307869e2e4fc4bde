//! The bound of each tier and step is what its certificate proves.

use super::{AGREE, Checker};
use crate::index::{Keyed, Number, TierIndex};
use crate::plan::TierResult;
use crate::problem::Problem;
use crate::problem::steps::Steps;
use crate::proof::bound::{Frame, slack};
use crate::proof::certificate::TierCertificate;
use crate::proof::costs::Costs;
use crate::proof::evidence::{Reader, together};

/// What is proved anew: the problem with the plan's steps as tiers.
struct Court<'a> {
    problem: &'a Problem,
    costs: &'a Costs,
    steps: &'a Steps,
    reader: Reader<'a>,
}

impl Checker<'_> {
    /// The bound of each tier and step is what its certificate proves.
    pub(super) fn bounds(&mut self, costs: &Costs) {
        let (problem, plan) = (self.problem, self.plan);
        let one_each = plan.certificate.steps.len() == plan.tiers.iter().map(|tier| tier.steps.len()).sum::<usize>()
            && [plan.tiers.len(), plan.certificate.tiers.len()] == [problem.tiers.len(); 2];
        let can_be = |(t, tier): (TierIndex, &TierResult)| tier.steps.len() <= problem.steps_max(t);
        let fits = one_each && problem.tiers.keys().iter().zip(&plan.tiers).all(can_be);
        self.require(fits, || "the certificates are not one for each tier and step that there can be".into());
        if !fits {
            return;
        }
        let steps = Steps::of(plan.tiers.iter().map(|tier| tier.steps.len()));
        let stepped = (!steps.is_none()).then(|| (problem.with_steps(&steps), costs.with_steps(&steps)));
        let (problem, costs) = stepped.as_ref().map_or((problem, costs), |(problem, costs)| (problem, costs));
        let court = Court { problem, costs, steps: &steps, reader: Reader::new(problem) };
        for at in steps.order() {
            self.bound(&court, at);
        }
    }

    fn bound(&mut self, court: &Court, (t, step): (TierIndex, usize)) {
        let (plan, number) = (self.plan, court.steps.at(t, step));
        let (tier, certificate) = (&plan.tiers[t.get()], &plan.certificate.tiers[t.get()]);
        let certificates = &plan.certificate.steps[number.get() - t.get() - step..];
        let name =
            || if step == 0 { format!("tier {}", t.get()) } else { format!("tier {}, step {}", t.get(), step + 1) };
        let (said, value, bound, before) = match step {
            0 => (certificate, tier.value, tier.bound, None),
            1 => (&certificates[0], tier.steps[0].value, tier.steps[0].bound, Some(certificate)),
            _ => (
                &certificates[step - 1],
                tier.steps[step - 1].value,
                tier.steps[step - 1].bound,
                Some(&certificates[step - 2]),
            ),
        };
        let Some(held) = self.held(court, t, number, said) else {
            return self
                .require(false, || format!("certificate of {}: earlier tiers are not held to their limits", name()));
        };
        self.require(true, String::new);
        let frame = Frame::of(court.problem, court.costs, number, &held);
        let proved = match court.reader.read(number, said) {
            Ok(evidence) => evidence.prove(court.problem, court.costs, &frame),
            Err(fault) => return self.require(false, || format!("certificate of {}: {fault}", name())),
        };
        // More excesses are no less than fewer.
        let proved = before.map_or(proved, |before| before.bound.max(proved));
        self.require(said.bound <= proved, || {
            format!("certificate of {} claims {}, its prices prove {proved}", name(), said.bound)
        });
        self.same(|| format!("lumpiness floor of {}", name()), said.lumpiness_floor, frame.floor(court.problem));
        self.same(|| format!("bound of {} by its certificate", name()), bound, said.bound.min(value));
    }

    /// What the tiers and steps before are held to; `None` where the certificate has other limits than the plan says.
    fn held(
        &self,
        court: &Court,
        t: TierIndex,
        number: TierIndex,
        said: &TierCertificate,
    ) -> Option<Keyed<TierIndex, f64>> {
        let problem = court.problem;
        let limits = together(problem, number, &said.tier_limits, &said.step_limits)?;
        let mut held = Keyed::new();
        for ((s, step), limit) in court.steps.order().zip(&limits) {
            let tier = &self.plan.tiers[s.get()];
            let (value, decided) = match step {
                0 => (self.values[s], tier.limit),
                _ => (self.step_value(s, step), tier.steps[step - 1].limit),
            };
            if s < t {
                if decided != *limit {
                    return None;
                }
                // What is proved must hold for the plan itself, so each limit is at least what the plan has there.
                held.push(at_least(*limit, value));
            } else {
                // A step holds its own tier to what that was decided at, before it gave anything back.
                let loosened = problem.tiers[court.steps.at(s, step)].limit(*limit);
                let near = (loosened - decided).abs() <= AGREE * decided.abs() + AGREE * AGREE;
                if !near {
                    return None;
                }
                held.push(*limit);
            }
        }
        Some(held)
    }

    /// The sum of the largest excesses that a step counts.
    fn step_value(&self, tier: TierIndex, step: usize) -> f64 {
        self.sums[tier].get(step).copied().unwrap_or(f64::INFINITY)
    }
}

/// The limit, or the value where that is above it by more than a frame forgives.
fn at_least(limit: f64, value: f64) -> f64 {
    if value <= limit + slack(limit) { limit } else { value }
}
