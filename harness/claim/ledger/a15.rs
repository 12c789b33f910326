//! Overload, and what follows it.

use crate::claim::evidence::{Spread, agreed_by_repeat, of, percent, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The experiment that decides it.
const NAME: &str = "overload";

/// The retries of the document.
const RETRIES: &str = "3";

/// The lock timeout of the document, in milliseconds.
const TIMEOUT_MS: &str = "5000";

/// How long a request pauses that tries so often, in seconds: after 1, 2 and 4 s.
const PAUSES: f64 = 7.0;

/// A service that acknowledges less than this of what arrives after the overload has stopped.
const STOPPED: f64 = 0.5;

/// One that acknowledges at least so much has recovered.
const RECOVERED: f64 = 0.9;

/// An app that acknowledges so much of what arrives at twice its capacity was not overloaded.
const AT_EASE: f64 = 0.9;

/// Overload, and what follows it.
pub static CLAIM: Claim = Claim {
    id: "A15",
    document: Document::SharedFile,
    statement: "Retries pile up until the service stops.",
    stated: Some("cascading failure: errors, retries, more load, and in the end the service stops"),
    experiments: &[NAME],
    judge,
};

/// A way in which the app was overloaded: on what, with which timeout, and with how many retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Way<'e> {
    timeout_ms: &'e str,
    subject: &'e str,
    retries: &'e str,
}

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, NAME)?;
    let ways = ways(found);
    let retried = |way: &&Way| way.subject.starts_with("sqlite") && way.retries == RETRIES;
    // The document's own timeout decides if it was tried, and otherwise what was.
    let timeouts = || ways.iter().filter(retried).map(|way| way.timeout_ms);
    let timeout_ms = timeouts()
        .find(|ms| *ms == TIMEOUT_MS)
        .or(timeouts().next())?;
    let deciding: Vec<&Way> = ways
        .iter()
        .filter(retried)
        .filter(|way| way.timeout_ms == timeout_ms)
        .collect();
    let repeats = |phase| deciding.iter().flat_map(move |way| way.seen(found, phase));
    let agreed = |phase, figure: &str, agrees: fn(f64) -> bool| {
        let told = repeats(phase).filter(|seen| seen.figure(figure).is_some());
        agreed_by_repeat(told, |seen| seen.figure(figure).is_some_and(agrees))
    };
    let stopped = agreed("afterwards", "of_offered", |share| share < STOPPED)?;
    let recovered = agreed("afterwards", "of_offered", |share| share >= RECOVERED)?;
    let failed = agreed("all", "failed_attempts", |attempts| attempts > 0.0);
    let overloaded = agreed("all", "peak_of_offered", |share| share < AT_EASE);
    let verdict = match (stopped, recovered) {
        // What was never overloaded has nothing to recover from.
        _ if overloaded != Some(Verdict::Supported) => Verdict::Inconclusive,
        // Where nothing failed nothing was tried again, and it was not retries that piled up.
        (Verdict::Supported, _) if failed == Some(Verdict::Supported) => Verdict::Supported,
        (_, Verdict::Supported) => Verdict::Contradicted,
        _ => Verdict::Inconclusive,
    };
    let conditions = format!(
        "with the document's retries as its text means them ({RETRIES}, after 1, 2 and 4 s) and busy_timeout {timeout_ms} ms, {}{}; it has stopped if attempts failed and in every repeat less than half of what arrives is acknowledged in the last quarter of the time after the overload, and has recovered if at least nine tenths are; where nine tenths of what arrives at twice the capacity were acknowledged, too, it was not overloaded and nothing is decided",
        app::instances(found),
        deciding
            .first()
            .map_or(String::new(), |way| way.course(found))
    );
    let figures: Vec<String> = ways.iter().filter_map(|way| way.figures(found)).collect();
    let views = ["recovered", "goodput", "given-up", "attempts"];
    let seen_at = views.map(|view| anchor(NAME, Some(view)));
    Some(Judgement::new(verdict, conditions, figures.join(" ")).seen_at(seen_at))
}

/// Every way that was tried: SQLite before PostgreSQL, and the document's retries before none.
fn ways(found: &Experiment) -> Vec<Way<'_>> {
    let mut ways: Vec<Way> = Vec::new();
    for seen in under(found, &[("phase", "afterwards")]) {
        let way = Way::of(seen);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways.sort_by_key(|way| {
        let postgres = !way.subject.starts_with("sqlite");
        (
            postgres,
            way.subject,
            way.timeout_ms,
            way.retries != RETRIES,
        )
    });
    ways
}

impl<'e> Way<'e> {
    fn of(seen: &'e Observation) -> Way<'e> {
        Way {
            timeout_ms: seen.condition("timeout_ms"),
            subject: seen.condition("subject"),
            retries: seen.condition("retries"),
        }
    }

    /// What was seen of it in a phase, repeat by repeat.
    fn seen<'s>(self, found: &'s Experiment, phase: &str) -> Vec<&'s Observation> {
        under(found, &[])
            .filter(|seen| seen.condition("phase") == phase && Way::of(seen) == self)
            .collect()
    }

    /// What it came to; `None` if that was not observed.
    fn figures(self, found: &Experiment) -> Option<String> {
        let spread = |phase, figure| {
            let seen = self.seen(found, phase);
            Spread::of(seen.into_iter().filter_map(|seen| seen.figure(figure)))
        };
        let acknowledged = spread("afterwards", "of_offered")?;
        let retries = match self.retries {
            "0" => "without retries".to_owned(),
            more => format!("{more} retries"),
        };
        let mut words = format!(
            "{}, lock timeout {} ms, {retries}: {acknowledged} of what arrives is acknowledged afterwards",
            self.subject, self.timeout_ms
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
    /// observations tell it. One repeat shows it: all have the same course, at a capacity of their own.
    fn course(self, found: &Experiment) -> String {
        let over_time = self.seen(found, "over time");
        let Some(repeat) = over_time.first().map(|seen| seen.repeat) else {
            return String::new();
        };
        let capacity = self
            .seen(found, "all")
            .into_iter()
            .filter(|seen| seen.repeat == repeat)
            .find_map(|seen| seen.figure("capacity_per_s"));
        let second = |seen: &Observation| seen.condition("second").parse::<f64>().ok();
        let mut steps: Vec<(f64, f64)> = over_time
            .into_iter()
            .filter(|seen| seen.repeat == repeat && seen.condition("what") == "arriving")
            .filter_map(|seen| Some((second(seen)?, seen.figure("goodput_per_s")? / capacity?)))
            .collect();
        steps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let overloaded = |(_, factor): &(f64, f64)| *factor > 1.0;
        let end = steps.iter().rposition(overloaded);
        let (Some((last, least)), Some(end)) = (steps.last(), end) else {
            return String::new();
        };
        // Each stands at the middle of its step.
        let step = last / (steps.len() as f64 - 0.5);
        let overload = steps.iter().filter(|step| overloaded(step)).count() as f64 * step;
        let after = (steps.len() - end - 1) as f64 * step;
        let most = steps.iter().map(|step| step.1).fold(0.0, f64::max);
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up;

    const WAL: &str = "sqlite-wal-full";

    fn at(timeout_ms: &str, subject: &str, retries: &str, of_offered: &[f64]) -> Vec<Observation> {
        let conditions = |phase| {
            [
                ("timeout_ms", timeout_ms),
                ("subject", subject),
                ("retries", retries),
                ("phase", phase),
                ("system", "containers"),
            ]
        };
        let failed = vec![5.0; of_offered.len()];
        let mut seen = made_up::repeats(&conditions("afterwards"), "of_offered", of_offered);
        let all = made_up::repeats(&conditions("all"), "failed_attempts", &failed);
        seen.extend(
            all.into_iter()
                .map(|seen| seen.with("peak_of_offered", 0.5)),
        );
        seen
    }

    /// At the document's own timeout, each repeat with attempts that failed.
    fn afterwards(subject: &str, retries: &str, of_offered: &[f64]) -> Vec<Observation> {
        at(TIMEOUT_MS, subject, retries, of_offered)
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
    fn where_nothing_was_tried_again_it_was_not_the_retries() {
        let mut seen = afterwards(WAL, RETRIES, &[0.1; 3]);
        for all in &mut seen[3..] {
            all.figures.insert("failed_attempts".to_owned(), 0.0);
        }
        assert_eq!(judged(seen.clone()).verdict, Verdict::Inconclusive);
        seen.truncate(3);
        assert_eq!(judged(seen).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn what_was_not_overloaded_has_nothing_to_recover_from() {
        let mut seen = afterwards(WAL, RETRIES, &[1.0; 3]);
        seen[3].figures.insert("peak_of_offered".to_owned(), 0.95);
        assert_eq!(judged(seen).verdict, Verdict::Inconclusive);
    }

    #[test]
    fn the_documents_timeout_decides_unless_only_another_was_tried() {
        let short = at("100", WAL, RETRIES, &[0.1; 3]);
        let judgement = judged(short.clone());
        assert_eq!(judgement.verdict, Verdict::Supported);
        assert!(judgement.conditions.contains("busy_timeout 100 ms"));
        let both = [short, afterwards(WAL, RETRIES, &[1.0; 3])].concat();
        let judgement = judged(both);
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        assert!(judgement.conditions.contains("busy_timeout 5000 ms"));
        assert!(
            judgement
                .figures
                .contains("lock timeout 100 ms, 3 retries: 0.10")
        );
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
        let told = "sqlite-wal-full, lock timeout 5000 ms, 3 retries: 1 of what arrives is acknowledged afterwards (3 repeats). sqlite-wal-full, lock timeout 5000 ms, without retries: 0.20 of";
        assert!(judgement.figures.starts_with(told), "{judgement:?}");
        assert!(
            judgement
                .figures
                .contains("postgres, lock timeout 5000 ms, 3 retries: 0.10")
        );
        assert_eq!(judged(seen.split_off(6)).verdict, Verdict::NotRun);
    }

    #[test]
    fn the_conditions_tell_how_long_it_was_overloaded_and_waited() {
        let mut seen = afterwards(WAL, RETRIES, &[1.0; 3]);
        let under = |phase| {
            Observation::under([
                ("timeout_ms", TIMEOUT_MS),
                ("subject", WAL),
                ("retries", RETRIES),
                ("phase", phase),
            ])
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
