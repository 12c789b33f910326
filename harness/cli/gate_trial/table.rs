//! What a trial of the gate came to, as tables for a file of documentation.

use super::found::{Found, PAST, Tally, WORSE};
use super::steps::HARMS;
use crate::compare::{Asked, RUNS_NEEDED};
use crate::measure::statistics::quantile;

/// The change that a gate must see.
const FIFTH: f64 = 0.2;

/// In what share of comparisons of two runs that are the same anything may be called regressed.
const FALSE_ALARMS: f64 = 0.05;

/// What share of their figures may be called changed.
const FALSE_FIGURES: f64 = 0.01;

/// Of fewer comparisons, or figures, no share is told: nine of ten are none of two.
const ENOUGH: usize = 10;

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
        for (what, tally) in [("nothing", &self.null), (past.as_str(), &self.with_past)] {
            let none = || "–".to_owned();
            lines.push(row(what, tally, [none(), none()], &quiet(tally)));
        }
        let harmed = self.harmed.iter().zip(&self.harmed_with_past);
        for (harm, (tally, with_past)) in HARMS.iter().zip(harmed) {
            let target = harm.target.map_or("none".to_owned(), |target| {
                let met = met(tally.regressed, tally.comparisons, |share| share >= target);
                format!("at least {:.0} % of comparisons: {met}", target * 100.0)
            });
            let beside_past = of(with_past.regressed, with_past.comparisons);
            let elsewhere = of(tally.elsewhere, tally.comparisons);
            lines.push(row(harm.words, tally, [beside_past, elsewhere], &target));
        }
        lines.join("\n")
    }

    fn afterwards(&self) -> String {
        let target = format!(
            "at least {:.0} % at 20 and 50 % slower and 1 % refused",
            SEES * 100.0
        );
        let mut head = vec!["comparisons that call this subject regressed"];
        head.extend(WORSE.iter().map(|worse| worse.words));
        head.push(&target);
        let mut lines = head_of(&head);
        for (subject, tallies) in &self.afterwards {
            let to_be_seen = WORSE.iter().zip(tallies);
            let to_be_seen = to_be_seen.filter(|(worse, _)| worse.to_be_seen);
            let each = to_be_seen.map(|(_, tally)| (tally.regressed, tally.comparisons));
            let (regressed, comparisons) = each
                .min_by(|one, other| share(one.0, one.1).total_cmp(&share(other.0, other.1)))
                .unwrap_or_default();
            let met = met(regressed, comparisons, |share| share >= SEES);
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
    format!(
        "at most {:.0} % of comparisons: {}; at most {:.0} % of figures: {}",
        FALSE_ALARMS * 100.0,
        met(tally.regressed, tally.comparisons, |share| share
            <= FALSE_ALARMS),
        FALSE_FIGURES * 100.0,
        met(tally.changed, tally.figures, |share| share <= FALSE_FIGURES),
    )
}

/// The first lines of a table.
fn head_of(columns: &[&str]) -> Vec<String> {
    vec![
        format!("| {} |", columns.join(" | ")),
        format!("|{}", "---|".repeat(columns.len())),
    ]
}

fn row(what: &str, tally: &Tally, [beside_past, elsewhere]: [String; 2], target: &str) -> String {
    let goodput = quantile(&tally.goodput, 0.5).filter(|_| !what.starts_with("nothing"));
    format!(
        "| {what} | {} | {} | {beside_past} | {elsewhere} | {} | {target} |",
        goodput.map_or("–".to_owned(), |ratio| format!(
            "{:+.0} %",
            (ratio - 1.0) * 100.0
        )),
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

/// Whether a share is as it must be.
fn met(part: usize, all: usize, good: impl Fn(f64) -> bool) -> &'static str {
    match all {
        0 => "not measured",
        all if all < ENOUGH => "too few to tell",
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
        assert_eq!(met(2, 40, most), "met");
        assert_eq!(met(3, 40, most), "**missed**");
        assert_eq!(met(0, 0, most), "not measured");
        assert_eq!(met(0, 9, most), "too few to tell");
        assert_eq!(met(0, 10, most), "met");
        assert_eq!(of(0, 0), "–");
        assert_eq!(of(1, 40), "1 of 40 (2.5 %)");
    }
}
