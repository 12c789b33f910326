//! What a trial of the gate came to, as tables for a file of documentation.

use super::found::{Found, PAST, Tally};
use super::plan::{HARMS, to_be_seen};
use crate::compare::{Asked, RUNS_NEEDED};
use crate::measure::statistics::quantile;
use crate::report::numbers::list;
use crate::subject::worse::Harm;

/// The change that a gate must see.
const FIFTH: f64 = 0.2;

/// In what share of comparisons of two runs that are the same anything may be called regressed.
const FALSE_ALARMS: f64 = 0.05;

/// What share of their figures may be called changed.
const FALSE_FIGURES: f64 = 0.01;

/// Of fewer comparisons in which a subject was worse no share is told: nine of ten are none of two.
const ENOUGH: usize = 10;

/// Of fewer comparisons in which nothing was done no share is told: none of ten may be luck. So many of a whole
/// trial have enough runs before them to be made in the light of those as well.
const ENOUGH_QUIET: usize = 35;

/// What share of comparisons is to call regressed what became worse by so much.
const SEES: f64 = 0.9;

/// What is said of those that were made worse afterwards.
const AFTERWARDS: &str = "\
The same pairs of runs in which nothing was done, compared again as if every commit of one subject had taken so \
much longer in the new run, or as if so many of its attempts had been refused, of each trial as many; latencies \
are left as they were:";

/// What is said of the last table.
const SEEN: &str = "\
How small a change of each ratio that decides these comparisons could have shown. That shrinks with the root of the number \
of rounds: where a fifth is not seen, more rounds of fewer points help, or `contend ab`, which has both builds \
measured in turns:";

impl Found {
    /// The tables, with what they stand on before them.
    pub fn markdown(&self, hog: bool) -> String {
        let blocks = [
            self.conditions(hog),
            self.verdicts(),
            AFTERWARDS.to_owned(),
            self.afterwards(),
            SEEN.to_owned(),
            self.seen(),
        ];
        blocks.join("\n\n")
    }

    fn conditions(&self, hog: bool) -> String {
        let first = &self.first;
        let gate = Asked::default().gate;
        let gate: Vec<&str> = gate.iter().map(|basis| basis.plural()).collect();
        let builds: Vec<&str> = self.builds.iter().map(String::as_str).collect();
        format!(
            "Measured from {} on: {}, {} processors, {}, contend {}, {} rounds of {} points{}, gate on {}{}.",
            first.started.get(..10).unwrap_or(&first.started),
            first.machine.cpu,
            first.machine.cpus,
            first.machine.kernel,
            builds.join(" and "),
            first.plan.rounds,
            first.plan.points.len(),
            match self.most_beside {
                0 => String::new(),
                most => format!(", and of up to {most} of copies that are worse"),
            },
            gate.join(" and "),
            if hog {
                ", with a processor busy with something else for half of the time"
            } else {
                ""
            },
        )
    }

    fn verdicts(&self) -> String {
        let head = [
            "what was done to a subject",
            "its goodput beside the others', median",
            "comparisons that call it regressed",
            "the same, beside past runs",
            "that call another subject regressed",
            "figures with an interval that are called changed",
            "target",
        ];
        let mut lines = head_of(&head);
        let past = format!("nothing, beside {RUNS_NEEDED} to {} past runs", PAST - 1);
        let none = || "–".to_owned();
        for (what, tally) in [("nothing", &self.null), (past.as_str(), &self.with_past)] {
            lines.push(row(what, tally, [none(), none(), none()], &quiet(tally)));
        }
        let harmed = self.harmed.iter().zip(&self.harmed_with_past);
        for (harm, (tally, with_past)) in HARMS.iter().zip(harmed) {
            let met = met((tally.regressed, tally.comparisons), ENOUGH, |share| {
                share >= SEES
            });
            let target = match to_be_seen(harm) {
                true => format!("at least {:.0} % of comparisons: {met}", SEES * 100.0),
                false => "none".to_owned(),
            };
            let goodput = quantile(&tally.goodput, 0.5)
                .map_or_else(none, |ratio| format!("{:+.0} %", (ratio - 1.0) * 100.0));
            let beside_past = of(with_past.regressed, with_past.comparisons);
            let elsewhere = of(tally.elsewhere, tally.comparisons);
            let cells = [goodput, beside_past, elsewhere];
            lines.push(row(&harm.words(), tally, cells, &target));
        }
        lines.join("\n")
    }

    fn afterwards(&self) -> String {
        let words = HARMS.map(|harm| harm.words());
        let seen = HARMS.iter().filter(|harm| to_be_seen(harm));
        let seen: Vec<String> = seen.map(Harm::words).collect();
        let target = format!("at least {:.0} % of those {}", SEES * 100.0, list(&seen));
        let mut head = vec!["comparisons that call this subject regressed"];
        head.extend(words.iter().map(String::as_str));
        head.push(&target);
        let mut lines = head_of(&head);
        for (subject, tallies) in &self.afterwards {
            let seen = HARMS.iter().zip(tallies);
            let seen = seen.filter(|(harm, _)| to_be_seen(harm));
            let each = seen.map(|(_, tally)| (tally.regressed, tally.comparisons));
            let worst = each
                .min_by(|one, other| share(one.0, one.1).total_cmp(&share(other.0, other.1)))
                .unwrap_or_default();
            let met = met(worst, ENOUGH, |share| share >= SEES);
            let cells = tallies
                .iter()
                .map(|tally| of(tally.regressed, tally.comparisons));
            let cells: Vec<String> = cells.collect();
            lines.push(format!("| {subject} | {} | {met} |", cells.join(" | ")));
        }
        lines.join("\n")
    }

    /// What comparisons of two that are the same could have shown, and what it would take to show a change
    /// by a fifth.
    fn seen(&self) -> String {
        let mut lines = head_of(&[
            "ratio to the other subjects",
            "smallest change that nine of ten comparisons see, median",
            "rounds it takes to see a change by a fifth",
        ]);
        for (name, all) in &self.smallest {
            let Some(median) = quantile(all, 0.5) else {
                continue;
            };
            let times = (median.ln_1p() / FIFTH.ln_1p()).powi(2);
            let rounds = (f64::from(self.first.plan.rounds) * times).ceil();
            lines.push(format!(
                "| {name} | {:.0} % | {rounds:.0} |",
                median * 100.0
            ));
        }
        lines.join("\n")
    }
}

/// Whether comparisons of runs that are the same are as quiet as they must be.
fn quiet(tally: &Tally) -> String {
    let [alarms, figures] = [
        ((tally.regressed, tally.comparisons), FALSE_ALARMS),
        ((tally.changed, tally.figures), FALSE_FIGURES),
    ]
    .map(|(found, most)| met(found, ENOUGH_QUIET, |share| share <= most));
    format!(
        "at most {:.0} % of comparisons: {alarms}; at most {:.0} % of figures: {figures}",
        FALSE_ALARMS * 100.0,
        FALSE_FIGURES * 100.0,
    )
}

/// The first lines of a table.
fn head_of(columns: &[&str]) -> Vec<String> {
    vec![
        format!("| {} |", columns.join(" | ")),
        format!("|{}", "---|".repeat(columns.len())),
    ]
}

fn row(
    what: &str,
    tally: &Tally,
    [goodput, beside_past, elsewhere]: [String; 3],
    target: &str,
) -> String {
    format!(
        "| {what} | {goodput} | {} | {beside_past} | {elsewhere} | {} | {target} |",
        of(tally.regressed, tally.comparisons),
        of(tally.changed, tally.figures),
    )
}

/// A count of all, with its share.
fn of(part: usize, all: usize) -> String {
    match all {
        0 => "–".to_owned(),
        _ => format!("{part} of {all} ({:.1} %)", share(part, all) * 100.0),
    }
}

/// Whether a share is as it must be, if there are enough to tell.
fn met((part, all): (usize, usize), enough: usize, good: impl Fn(f64) -> bool) -> &'static str {
    match all {
        0 => "not measured",
        all if all < enough => "too few to tell",
        _ if good(share(part, all)) => "met",
        _ => "**missed**",
    }
}

fn share(part: usize, all: usize) -> f64 {
    part as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_met_or_missed_only_where_something_was_measured() {
        let most = |share: f64| share <= 0.05;
        assert_eq!(met((2, 40), ENOUGH_QUIET, most), "met");
        assert_eq!(met((3, 40), ENOUGH_QUIET, most), "**missed**");
        assert_eq!(met((0, 0), ENOUGH_QUIET, most), "not measured");
        assert_eq!(met((0, 34), ENOUGH_QUIET, most), "too few to tell");
        assert_eq!(met((9, 10), ENOUGH, |share| share >= 0.9), "met");
        assert_eq!(of(0, 0), "–");
        assert_eq!(of(1, 40), "1 of 40 (2.5 %)");
    }
}
