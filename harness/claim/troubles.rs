//! What the document complains of, as it is seen on one subject or on another: refusals, losses,
//! waits, starvation and service that does not come back. Claims that something cures them ask whether they are still there.

use std::collections::BTreeMap;

use super::evidence::{Spread, agreed, of, under};
use super::{Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// Something that goes wrong.
pub struct Trouble {
    /// What it is, in a few words.
    pub what: &'static str,
    /// The experiment that looks for it.
    pub experiment: &'static str,
    /// The chart that shows it.
    view: &'static str,
    /// How bad it is under one condition; `None` where it is not looked for.
    measure: fn(&Observation) -> Option<f64>,
    /// From where on it counts.
    from: f64,
    /// What that is, in words.
    pub means: &'static str,
    /// What its measure is counted in, to be told after it.
    unit: &'static str,
}

/// Every trouble.
pub static ALL: [Trouble; 7] = [
    Trouble {
        what: "refusals",
        experiment: "busy-errors",
        view: "error-rate",
        measure: refused,
        from: REFUSED,
        means: "more than 5 % of increments given up, on SQLite as busy",
        unit: " % given up",
    },
    Trouble {
        what: "updates lost without an error",
        experiment: "lost-updates",
        view: "lost-without-error",
        measure: |o| Some(100.0 * o.figure("share_lost_without_error")?),
        from: 0.0,
        means: "any acknowledged increment lost, and nobody told",
        unit: " % of those acknowledged",
    },
    Trouble {
        what: "waits of those who write other rows",
        experiment: "lock-waits",
        view: "mean",
        measure: share_waited,
        // The document: more than 2 s on average behind 5 s.
        from: 0.4,
        means: "a mean wait above 0.4 of the long transaction",
        unit: "× the long transaction, on average",
    },
    Trouble {
        what: "starvation",
        experiment: "fairness",
        view: "share",
        measure: |o| {
            // As the engine comes: another busy handler is a cure of its own.
            let share = o.figure("fewest_to_most")?;
            (o.condition("waiting") != "constant 1 ms").then_some(100.0 * (1.0 - share))
        },
        // The least lucky client gets less than a tenth of what the luckiest gets.
        from: 90.0,
        means: "the least lucky client gets less than a tenth of the luckiest one's commits",
        unit: " % fewer commits than the luckiest client",
    },
    Trouble {
        what: "requests that fail through the app",
        experiment: app::NAME,
        view: "error-rate",
        measure: failed_through_app,
        from: REFUSED,
        means: "more than 5 % of requests to the app failed, its code as it is written aside",
        unit: " % of requests",
    },
    Trouble {
        what: "updates lost through the app",
        experiment: app::NAME,
        view: "lost",
        measure: |o| {
            let acknowledged = o.figure("acknowledged").filter(|n| *n > 0.0)?;
            Some(100.0 * o.figure("lost")? / acknowledged)
        },
        from: 0.0,
        means: "any increment lost that the app had acknowledged",
        unit: " % of those acknowledged",
    },
    Trouble {
        what: "overload that is not recovered from",
        experiment: "overload",
        view: "recovered",
        measure: |o| Some(100.0 * (1.0 - o.figure("of_offered")?)),
        from: 50.0,
        means: "less than half of what arrives after an overload acknowledged",
        unit: " % of what arrives after an overload",
    },
];

/// From where on refusals count: the least error rate of the document's table, in per cent.
const REFUSED: f64 = 5.0;

/// The share of increments that ended busy on SQLite, in per cent: what a shared connection refuses
/// for reasons of its own is not the file's. On PostgreSQL, which never says so, all that failed.
fn refused(o: &Observation) -> Option<f64> {
    let share = match o.condition("subject").starts_with("sqlite") {
        true => o.figure("busy")? / o.figure("operations")?,
        false => o.figure("share_given_up")?,
    };
    Some(100.0 * share)
}

/// The share of requests that the app answered with an error, or not at all, in per cent: on either
/// engine, after its own retries, and a wait for a pool in vain among them. The document's code as it is
/// written is not looked at: what its shared connection refuses is neither engine's.
fn failed_through_app(o: &Observation) -> Option<f64> {
    let looked_for = o.condition("discipline") != "document-as-written";
    looked_for.then_some(100.0 * o.figure("share_given_up")?)
}

fn share_waited(o: &Observation) -> Option<f64> {
    let number = |name: &str| o.condition(name).parse::<f64>().ok();
    let (hold, timeout) = (number("hold_ms")?, number("timeout_ms")?);
    // A timeout shorter than the transaction cuts the wait off, and is a refusal.
    let looked_for = o.condition("who") == "write, other row" && timeout >= hold;
    looked_for.then_some(o.figure("mean_ms")? / hold)
}

/// A trouble as it was seen on one subject.
pub struct Seen {
    /// Whether it is there: under some condition in every repeat, under none in any, or undecided.
    pub verdict: Verdict,
    /// Where it was worst.
    pub worst: Spread,
    /// Under which conditions that was, in words.
    pub conditions: String,
    unit: &'static str,
}

impl Trouble {
    /// Whether it is there on a subject; `None` if nobody looked.
    pub fn on(&self, found: &[Experiment], subject: &str) -> Option<Seen> {
        let experiment = of(found, self.experiment)?;
        let mut groups: BTreeMap<String, Vec<f64>> = BTreeMap::new();
        for observation in under(experiment, &[("subject", subject)]) {
            if let Some(value) = (self.measure)(observation) {
                groups.entry(words(observation)).or_default().push(value);
            }
        }
        let verdicts: Vec<Verdict> = groups
            .values()
            .filter_map(|values| agreed(values.iter().map(|value| *value > self.from)))
            .collect();
        let verdict = match verdicts.as_slice() {
            [] => return None,
            some if some.contains(&Verdict::Supported) => Verdict::Supported,
            all if all.iter().all(|verdict| *verdict == Verdict::Contradicted) => {
                Verdict::Contradicted
            }
            _ => Verdict::Inconclusive,
        };
        let spreads = groups
            .into_iter()
            .filter_map(|(conditions, values)| Some((conditions, Spread::of(values)?)));
        let (conditions, worst) = spreads.max_by(|a, b| a.1.median.total_cmp(&b.1.median))?;
        Some(Seen {
            verdict,
            worst,
            conditions,
            unit: self.unit,
        })
    }

    /// Where the report shows it.
    pub fn anchor(&self) -> String {
        anchor(self.experiment, Some(self.view))
    }
}

impl Seen {
    /// Whether it is there, and how bad, in words.
    pub fn words(&self) -> String {
        let worst = format!("up to {}{} ({})", self.worst, self.unit, self.conditions);
        match self.verdict {
            Verdict::Supported => worst,
            Verdict::Contradicted => "none".to_owned(),
            _ => format!("not decided, {worst}"),
        }
    }
}

fn words(observation: &Observation) -> String {
    let others = observation.conditions.iter();
    let words: Vec<String> = others
        .filter(|(name, _)| name.as_str() != "subject")
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    words.join(", ")
}

/// Every trouble that was looked for on a subject, with what was seen.
pub fn looked_for<'f>(
    found: &'f [Experiment],
    subject: &'f str,
) -> impl Iterator<Item = (&'static Trouble, Seen)> + 'f {
    ALL.iter()
        .filter_map(move |trouble| Some((trouble, trouble.on(found, subject)?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    fn lost(way: &str, shares: &[f64]) -> Vec<Observation> {
        let conditions = [("subject", "postgres"), ("way", way)];
        made_up::repeats(&conditions, "share_lost_without_error", shares)
    }

    fn seen(observations: Vec<Observation>) -> Option<Verdict> {
        let found = [made_up::found("lost-updates", observations)];
        Some(ALL[1].on(&found, "postgres")?.verdict)
    }

    #[test]
    fn a_trouble_is_there_if_one_condition_has_it_in_every_repeat() {
        let both = [lost("good", &[0.0; 3]), lost("bad", &[0.5; 3])].concat();
        assert_eq!(seen(both), Some(Verdict::Supported));
        assert_eq!(seen(lost("good", &[0.0; 3])), Some(Verdict::Contradicted));
        let sometimes = lost("bad", &[0.0, 0.5, 0.5]);
        assert_eq!(seen(sometimes), Some(Verdict::Inconclusive));
        assert_eq!(seen(Vec::new()), None);
    }

    #[test]
    fn waits_are_looked_for_where_no_timeout_cuts_them_off() {
        let wait = |timeout: &str, mean: f64| {
            let conditions = [
                ("subject", "postgres"),
                ("who", "write, other row"),
                ("hold_ms", "500"),
                ("timeout_ms", timeout),
            ];
            let observations = made_up::repeats(&conditions, "mean_ms", &[mean; 3]);
            let found = [made_up::found("lock-waits", observations)];
            Some(ALL[2].on(&found, "postgres")?.verdict)
        };
        assert_eq!(wait("1000", 400.0), Some(Verdict::Supported));
        assert_eq!(wait("1000", 1.0), Some(Verdict::Contradicted));
        assert_eq!(wait("100", 100.0), None);
    }

    #[test]
    fn what_a_shared_connection_refuses_is_no_trouble_of_an_engine() {
        let fails = |discipline: &str| {
            let conditions = [("subject", "postgres"), ("discipline", discipline)];
            let observations = made_up::repeats(&conditions, "share_given_up", &[0.5; 3]);
            let found = [made_up::found(app::NAME, observations)];
            Some(ALL[4].on(&found, "postgres")?.verdict)
        };
        assert_eq!(fails("document-as-intended"), Some(Verdict::Supported));
        assert_eq!(fails("document-as-written"), None);
    }

    #[test]
    fn an_update_lost_through_the_app_is_there_as_soon_as_one_is() {
        let lost = |lost: f64| {
            let conditions = [("subject", "postgres")];
            let observations = made_up::repeats(&conditions, "lost", &[lost; 3]);
            let acknowledged = |o: Observation| o.with("acknowledged", 100.0);
            let observations = observations.into_iter().map(acknowledged).collect();
            let found = [made_up::found(app::NAME, observations)];
            Some(ALL[5].on(&found, "postgres")?.verdict)
        };
        assert_eq!(lost(1.0), Some(Verdict::Supported));
        assert_eq!(lost(0.0), Some(Verdict::Contradicted));
    }

    #[test]
    fn overload_is_a_trouble_where_the_service_does_not_come_back() {
        let of = |of_offered: f64| {
            let conditions = [("subject", "postgres"), ("phase", "afterwards")];
            let observations = made_up::repeats(&conditions, "of_offered", &[of_offered; 3]);
            let found = [made_up::found("overload", observations)];
            Some(ALL[6].on(&found, "postgres")?.verdict)
        };
        assert_eq!(of(0.4), Some(Verdict::Supported));
        assert_eq!(of(1.2), Some(Verdict::Contradicted));
    }
}
