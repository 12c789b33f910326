//! Overload, and what follows it.

use std::collections::BTreeSet;

use crate::claim::evidence::{Spread, agreed_by_repeat, of, percent, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The experiment that decides it.
const NAME: &str = "overload";

/// The retries of the document.
const RETRIES: &str = "3";

/// How long a request pauses that tries so often, in seconds: after 1, 2 and 4 s.
const PAUSES: f64 = 7.0;

/// A service that acknowledges less than this of what arrives after the overload has stopped.
const STOPPED: f64 = 0.5;

/// One that acknowledges at least so much has recovered.
const RECOVERED: f64 = 0.9;

/// Overload, and what follows it.
pub static CLAIM: Claim = Claim {
    id: "A15",
    document: Document::SharedFile,
    statement: "Retries pile up until the service stops.",
    stated: Some("cascading failure: errors, retries, more load, and in the end the service stops"),
    experiments: &[NAME],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, NAME)?;
    let afterwards = || {
        under(found, &[("phase", "afterwards"), ("retries", RETRIES)]).filter(|seen| {
            let on_sqlite = seen.condition("subject").starts_with("sqlite");
            on_sqlite && seen.figure("of_offered").is_some()
        })
    };
    let share = |seen: &Observation| seen.figure("of_offered").unwrap_or_default();
    // Where nobody had to try again, retries could neither pile up nor not.
    let retried = |seen: &Observation| seen.figure("retried").is_some_and(|retried| retried > 0.0);
    let stopped = agreed_by_repeat(afterwards(), |seen| retried(seen) && share(seen) < STOPPED)?;
    let recovered = agreed_by_repeat(afterwards(), |seen| {
        retried(seen) && share(seen) >= RECOVERED
    })?;
    let verdict = match (stopped, recovered) {
        (Verdict::Supported, _) => Verdict::Supported,
        (_, Verdict::Supported) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    let conditions = format!(
        "with the document's retries as its text means them ({RETRIES}, after 1, 2 and 4 s), {}{}; where requests had to be tried again, it has stopped if in every repeat less than half of what arrives is acknowledged in the last quarter of the time after the overload, and has recovered if at least nine tenths are",
        app::instances(found),
        course(found)
    );
    let figures: Vec<String> = ways(found)
        .into_iter()
        .filter_map(|(subject, timeout, retries)| figures(found, subject, timeout, retries))
        .collect();
    let views = ["recovered", "goodput", "given-up", "attempts"];
    let seen_at = views.map(|view| anchor(NAME, Some(view)));
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

/// Every subject with every lock timeout, with the document's retries first and then without, SQLite
/// before PostgreSQL.
fn ways(found: &Experiment) -> Vec<(&str, &str, &str)> {
    let tried: BTreeSet<(&str, &str)> = found
        .observations
        .iter()
        .map(|seen| (seen.condition("subject"), seen.condition("timeout_ms")))
        .collect();
    let (sqlite, others): (Vec<_>, Vec<_>) = tried
        .into_iter()
        .partition(|(subject, _)| subject.starts_with("sqlite"));
    let both = |(subject, timeout)| [(subject, timeout, RETRIES), (subject, timeout, "0")];
    sqlite.into_iter().chain(others).flat_map(both).collect()
}

/// What one way came to; `None` if it was not tried.
fn figures(found: &Experiment, subject: &str, timeout: &str, retries: &str) -> Option<String> {
    let spread = |phase, figure| {
        let conditions = [
            ("subject", subject),
            ("timeout_ms", timeout),
            ("retries", retries),
            ("phase", phase),
        ];
        Spread::under(found, &conditions, figure)
    };
    let acknowledged = spread("afterwards", "of_offered")?;
    let mut words = format!(
        "{subject}, lock timeout {timeout} ms, {}: {acknowledged} of what arrives is acknowledged afterwards",
        match retries {
            "0" => "without retries".to_owned(),
            more => format!("{more} retries"),
        }
    );
    if let Some(failed) = spread("all", "share_given_up") {
        words.push_str(&format!("; of all requests {} fail", percent(failed)));
    }
    if let Some(attempts) = spread("all", "attempts_per_commit") {
        words.push_str(&format!(
            ", {attempts} attempts for each that was acknowledged"
        ));
    }
    if let Some(capacity) = spread("all", "capacity_per_s") {
        words.push_str(&format!(", at a capacity of {capacity}/s"));
    }
    Some(format!("{words} ({} repeats).", acknowledged.repeats))
}

/// How much arrived, for how long, and how long it was waited afterwards, in words; nothing if no
/// observations tell it.
fn course(found: &Experiment) -> String {
    let arriving = [("phase", "over time"), ("what", "arriving")];
    let second = |seen: &Observation| seen.condition("second").parse::<f64>().ok();
    // One trial shows it: all others have the same course, at a capacity of their own.
    let Some(one) = under(found, &arriving).next() else {
        return String::new();
    };
    let same = |seen: &&Observation| {
        let of = |name| seen.condition(name) == one.condition(name);
        of("subject") && of("timeout_ms") && of("retries") && seen.repeat == one.repeat
    };
    let capacity = under(found, &[("phase", "all")])
        .filter(same)
        .find_map(|seen| seen.figure("capacity_per_s"));
    let mut steps: Vec<(f64, f64)> = under(found, &arriving)
        .filter(same)
        .filter_map(|seen| Some((second(seen)?, seen.figure("goodput_per_s")? / capacity?)))
        .collect();
    steps.sort_by(|a, b| a.0.total_cmp(&b.0));
    let overloaded = |(_, factor): &(f64, f64)| *factor > 1.0;
    let (Some((last, _)), Some(end)) = (steps.last(), steps.iter().rposition(overloaded)) else {
        return String::new();
    };
    // Each stands at the middle of its step.
    let step = last / (steps.len() as f64 - 0.5);
    let overload = steps.iter().filter(|step| overloaded(step)).count() as f64 * step;
    let after = (steps.len() - end - 1) as f64 * step;
    let most = steps.iter().map(|step| step.1).fold(0.0, f64::max);
    let least = steps.last().map_or(0.0, |step| step.1);
    let short = match after < PAUSES {
        true => format!(
            "; that is less than the {PAUSES} s which a request pauses that tries again {RETRIES} times, so what takes longer to pile up, or to recover, is not seen"
        ),
        false => String::new(),
    };
    format!(
        "; the capacity was measured first, then for {overload:.1} s more arrived than that, at most {most:.1} times as much, and for {after:.1} s afterwards {least:.1} times as much{short}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    const WAL: &str = "sqlite-wal-full";

    fn afterwards(subject: &str, retries: &str, of_offered: &[f64]) -> Vec<Observation> {
        let conditions = [
            ("subject", subject),
            ("timeout_ms", "100"),
            ("retries", retries),
            ("phase", "afterwards"),
            ("system", "containers"),
        ];
        let seen = made_up::repeats(&conditions, "of_offered", of_offered);
        seen.into_iter()
            .map(|seen| seen.with("retried", 5.0))
            .collect()
    }

    #[test]
    fn where_nobody_had_to_try_again_nothing_is_decided() {
        let calm = |of_offered: f64| {
            let seen = afterwards(WAL, RETRIES, &[of_offered; 3]);
            let calm = seen.into_iter().map(|seen| seen.with("retried", 0.0));
            judged(calm.collect()).verdict
        };
        assert_eq!(calm(1.0), Verdict::Inconclusive);
        assert_eq!(calm(0.1), Verdict::Inconclusive);
    }

    fn judged(observations: Vec<Observation>) -> Judgement {
        made_up::judged(&CLAIM, made_up::found(NAME, observations))
    }

    fn verdict(of_offered: &[f64]) -> Verdict {
        judged(afterwards(WAL, RETRIES, of_offered)).verdict
    }

    #[test]
    fn it_stops_if_less_than_half_is_acknowledged_and_recovers_from_nine_tenths_on() {
        assert_eq!(verdict(&[0.0, 0.3, 0.49]), Verdict::Supported);
        assert_eq!(verdict(&[0.9, 1.0, 2.1]), Verdict::Contradicted);
        assert_eq!(verdict(&[0.5; 3]), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.89; 3]), Verdict::Inconclusive);
    }

    #[test]
    fn repeats_that_differ_or_are_two_or_void_decide_nothing() {
        assert_eq!(verdict(&[0.1, 0.1, 1.0]), Verdict::Inconclusive);
        assert_eq!(verdict(&[0.1; 2]), Verdict::Inconclusive);
        assert_eq!(verdict(&[1.0; 2]), Verdict::Inconclusive);
        let void = made_up::void(afterwards(WAL, RETRIES, &[0.1; 3]));
        assert_eq!(judged(void).verdict, Verdict::NotRun);
    }

    #[test]
    fn one_file_that_stops_and_one_that_does_not_decide_nothing() {
        let mut both = afterwards(WAL, RETRIES, &[1.0; 3]);
        both.extend(afterwards("sqlite-delete-full", RETRIES, &[0.1; 3]));
        assert_eq!(judged(both).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn without_retries_or_on_postgres_it_is_told_and_decides_nothing() {
        let mut seen = afterwards(WAL, RETRIES, &[1.0; 3]);
        seen.extend(afterwards("postgres", RETRIES, &[0.1; 3]));
        seen.extend(afterwards(WAL, "0", &[0.2; 3]));
        let judgement = judged(seen.clone());
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        let told = "sqlite-wal-full, lock timeout 100 ms, 3 retries: 1 of what arrives is acknowledged afterwards (3 repeats). sqlite-wal-full, lock timeout 100 ms, without retries: 0.20 of";
        assert!(judgement.figures.starts_with(told), "{judgement:?}");
        assert!(
            judgement
                .figures
                .contains("postgres, lock timeout 100 ms, 3 retries: 0.10")
        );
        assert_eq!(judged(seen.split_off(3)).verdict, Verdict::NotRun);
    }

    #[test]
    fn the_conditions_tell_how_long_it_was_overloaded_and_waited() {
        let mut seen = afterwards(WAL, RETRIES, &[1.0; 3]);
        let under = |phase| {
            let conditions = [
                ("subject", WAL),
                ("timeout_ms", "100"),
                ("retries", RETRIES),
                ("phase", phase),
            ];
            Observation::under(conditions)
        };
        seen.push(
            under("all")
                .with("capacity_per_s", 100.0)
                .with("share_given_up", 0.25)
                .with("attempts_per_commit", 1.5),
        );
        // Phases of half a second, in two steps each, and a last one of two.
        let factors = [0.5, 0.5, 0.9, 0.9, 1.2, 1.2, 2.0, 2.0];
        for (index, factor) in factors.into_iter().chain([0.5; 8]).enumerate() {
            let mut step = under("over time").with("goodput_per_s", 100.0 * factor);
            let middle = format!("{:.2}", (index as f64 + 0.5) * 0.25);
            step.conditions.insert("second".to_owned(), middle);
            step.conditions
                .insert("what".to_owned(), "arriving".to_owned());
            seen.push(step);
        }
        let judgement = judged(seen);
        let told = "for 1.0 s more arrived than that, at most 2.0 times as much, and for 2.0 s afterwards 0.5 times as much; that is less than the 7 s";
        assert!(judgement.conditions.contains(told), "{judgement:?}");
        let told = "of all requests 25.0 % fail, 1.5 attempts for each that was acknowledged, at a capacity of 100/s";
        assert!(judgement.figures.contains(told), "{judgement:?}");
    }
}
