//! Subjects and their figures in the words of a decision record, as Markdown.

use super::evidence::{Audited, Driver, Finding};
use crate::measure::statistics::Estimate;
use crate::measure::{Measurement, SubjectInfo};
use crate::report::careless::Cost;
use crate::report::markdown::escape;
use crate::report::numbers::{NOTHING, count, percent, plural, span};

/// A subject with what it promises.
pub fn named(subject: &SubjectInfo) -> String {
    format!("{} ({})", escape(&subject.name), subject.tier)
}

/// What the audits say of a subject.
pub fn audit(audited: &Audited) -> String {
    let trials = plural(audited.trials - audited.failed, "trial", "trials");
    let failed = match audited.failed {
        0 => String::new(),
        failed => format!(
            "; {} failed before there was anything to audit",
            count(failed as u64)
        ),
    };
    match (audited.trials - audited.failed, audited.void) {
        (0, _) => format!("Neutral, because no trial of careful clients was audited{failed}"),
        (_, 0) => format!(
            "Good, because with careful clients each audit found exactly what was acknowledged ({trials}{failed})"
        ),
        (_, void) => format!(
            "Bad, because with careful clients {} of {trials} did not hold exactly what was acknowledged{failed}",
            count(void as u64)
        ),
    }
}

/// What careless clients lost on a subject, where it was most; `None` if there were none.
pub fn careless(subject: &SubjectInfo, costs: &[Cost]) -> Option<String> {
    let own = costs
        .iter()
        .filter(|cost| cost.naive.subject.name == subject.name && cost.is_known());
    let failed = |cost: &Cost| {
        let share = |m: &Measurement| m.given_up_total() as f64 / m.operations() as f64;
        cost.naive.estimate(share).map_or(0.0, |share| share.median)
    };
    let worst = own.max_by(|a, b| {
        let rank = |cost: &Cost| (cost.lost_share().unwrap_or(0.0), failed(cost));
        let (a, b) = (rank(a), rank(b));
        a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1))
    })?;
    let place = escape(&format!(
        "{} with {}",
        worst.section.name(),
        worst.naive.clients()
    ));
    Some(
        match worst.worst().and_then(|lost| Some((lost, lost.share?))) {
            Some((lost, share)) => format!(
                "Bad, because careless (naive) clients lost up to {} of the acknowledged {} without an error: {place} \
             {}",
                percent(share.median),
                escape(&lost.unit),
                escape(&known(&share, percent)),
            ),
            None => format!(
                "Neutral, because careless (naive) clients lost nothing that was acknowledged, and up to {} of their \
             operations failed with an error: {place}",
                percent(failed(worst))
            ),
        },
    )
}

/// Both figures, that of this subject first: `12.0 ms [10.0 ms – 14.0 ms] against 120 ms […]`.
pub fn brief(finding: &Finding, name: &str) -> String {
    let own = usize::from(finding.subjects[0].name != name);
    let value = |at: usize| {
        finding.values[at].map_or_else(
            || NOTHING.to_owned(),
            |estimate| {
                let value = finding.driver.value(estimate.median);
                match estimate.rounds {
                    1 => value,
                    _ => format!("{value} [{}]", span(&estimate, |v| finding.driver.value(v))),
                }
            },
        )
    };
    escape(&format!("{} against {}", value(own), value(1 - own)))
}

/// A figure with all that is known of it.
pub fn cited(driver: Driver, estimate: &Estimate) -> String {
    format!(
        "{} {}",
        driver.value(estimate.median),
        known(estimate, |value| driver.value(value))
    )
}

/// How far a figure is known: `[1,180 – 1,290, 96.9 % interval, n = 6 rounds]`.
fn known(estimate: &Estimate, value: impl Fn(f64) -> String) -> String {
    let rounds = plural(estimate.rounds, "round", "rounds");
    match (estimate.rounds, estimate.confidence) {
        (1, _) => format!("[n = {rounds}]"),
        (_, Some(confidence)) => format!(
            "[{}, {} interval, n = {rounds}]",
            span(estimate, value),
            percent(confidence)
        ),
        (_, None) => format!(
            "[{}, range, no interval claimed, n = {rounds}]",
            span(estimate, value)
        ),
    }
}
