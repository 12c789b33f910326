//! 4 × 25 increments.

use std::collections::BTreeSet;

use crate::claim::evidence::{Spread, agreed, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor, app};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// The bounds that the document states, both outside.
const STATED: (f64, f64) = (50.0, 100.0);

/// The ways that are the document's own begin so.
const OF_DOCUMENT: &str = "document-";

/// How the increments were made.
struct Form {
    experiment: &'static str,
    /// What makes them the document's 100.
    conditions: &'static [(&'static str, &'static str)],
    /// What tells one series of repeats from another: the way, the subject, and two more.
    names: [&'static str; 4],
    /// What is to be said of a series, by its way and by those two.
    remark: fn(&str, &str, &str) -> String,
    /// The charts that show it.
    views: &'static [&'static str],
}

/// By clients in processes.
const IN_PROCESSES: Form = Form {
    experiment: "lost-updates",
    conditions: &[("increments", "100")],
    names: ["way", "subject", "clients", "pause_ms"],
    remark: |way, clients, pause| {
        let words = match (way.starts_with(OF_DOCUMENT), clients, pause) {
            (true, "100", _) => ", all at once",
            (true, ..) => ", one at a time in each instance",
            (false, _, "0") => "",
            (false, ..) => ", with a pause",
        };
        words.to_owned()
    },
    views: &["stored", "lost-without-error"],
};

/// By clients that ask the app, four of them and 25 each.
const THROUGH_APP: Form = Form {
    experiment: app::NAME,
    conditions: &[("clients", "4"), ("each", "25")],
    names: ["discipline", "subject", "pool", "timeout_ms"],
    remark: |way, pool, _| match (way, pool) {
        // It has one connection, whatever it is told.
        ("document-as-written", _) => String::new(),
        (_, "none") => ", a connection for each request".to_owned(),
        (_, size) => format!(", {size} connections for each instance"),
    },
    views: &["lost"],
};

/// 4 × 25 increments.
pub static CLAIM: Claim = Claim {
    id: "A5",
    document: Document::SharedFile,
    statement: "4 × 25 increments end below 100 and above 50.",
    stated: Some("below 100, because updates are lost, and above 50"),
    experiments: &[IN_PROCESSES.experiment, THROUGH_APP.experiment],
    judge,
};

/// A way as it was tried on a subject, and what came of it.
struct Tried {
    way: String,
    subject: String,
    /// Whether all requests came in the same instant, or whether there was a pause.
    remark: String,
    stored: Spread,
    lost: Spread,
    silently: Spread,
    given_up: Spread,
    /// What its repeats say of the claim.
    verdict: Verdict,
}

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let in_processes = of(found, IN_PROCESSES.experiment);
    let through_app = of(found, THROUGH_APP.experiment);
    app::beside(
        in_processes.and_then(|found| judge_form(found, &IN_PROCESSES, "")),
        through_app.and_then(|found| {
            let place = format!(", {}", app::instances(found));
            judge_form(found, &THROUGH_APP, &place)
        }),
    )
}

/// What increments made in one form say; `place` is where, to be told with the document's code.
fn judge_form(found: &Experiment, form: &Form, place: &str) -> Option<Judgement> {
    let tried = tried(found, form);
    if tried.is_empty() {
        return None;
    }
    let (own, others): (Vec<&Tried>, Vec<&Tried>) = tried
        .iter()
        .partition(|tried| tried.of_document_on_sqlite());
    let says = |verdict| own.iter().any(|tried| tried.verdict == verdict);
    // The claim is about the document's own code: other ways are told, and decide nothing.
    let verdict = match (says(Verdict::Supported), says(Verdict::Contradicted)) {
        _ if says(Verdict::Inconclusive) => Verdict::Inconclusive,
        (true, _) => Verdict::Supported,
        (false, true) => Verdict::Contradicted,
        (false, false) => Verdict::Inconclusive,
    };
    let conditions = match own.is_empty() {
        true => "the document's own code was not tried".to_owned(),
        false => {
            let told = own.iter().map(|tried| tried.told());
            format!(
                "with the document's code as it is written and as its text means it, which pauses 10 ms between read and write{place}: {}",
                joined(told)
            )
        }
    };
    let seen_at = form
        .views
        .iter()
        .map(|view| anchor(&found.name, Some(view)));
    Some(Judgement::new(verdict, conditions, figures(&others)).seen_at(seen_at))
}

/// Every way as it was tried with the document's 100 increments.
fn tried(found: &Experiment, form: &Form) -> Vec<Tried> {
    let names = form.names;
    let groups: BTreeSet<[&str; 4]> = under(found, form.conditions)
        .map(|observation| names.map(|name| observation.condition(name)))
        .collect();
    let of_group = |group: [&str; 4]| {
        let mut conditions = form.conditions.to_vec();
        conditions.extend(names.into_iter().zip(group));
        let spread = |figure: fn(&Observation) -> Option<f64>| {
            Spread::of(under(found, &conditions).filter_map(figure))
        };
        let [way, subject, one, other] = group;
        Some(Tried {
            way: way.to_owned(),
            subject: subject.to_owned(),
            remark: (form.remark)(way, one, other),
            stored: spread(stored)?,
            lost: spread(|o| o.figure("lost"))?,
            silently: spread(silently)?,
            given_up: spread(|o| o.figure("given_up"))?,
            verdict: agreed(under(found, &conditions).filter_map(as_stated))?,
        })
    };
    groups.into_iter().filter_map(of_group).collect()
}

/// What the counter ends at.
fn stored(o: &Observation) -> Option<f64> {
    let left = || Some(o.figure("acknowledged")? - o.figure("lost")?);
    o.figure("stored").or_else(left)
}

/// How many are lost and nobody was told: each error that somebody saw may be the warning of one.
fn silently(o: &Observation) -> Option<f64> {
    let unwarned = || Some((o.figure("lost")? - o.figure("failed_attempts")?).max(0.0));
    o.figure("lost_without_error").or_else(unwarned)
}

/// Whether increments ended where the document says, since some were lost: what was refused was not.
fn as_stated(o: &Observation) -> Option<bool> {
    let (stored, lost) = (stored(o)?, o.figure("lost")?);
    Some(STATED.0 < stored && stored < STATED.1 && lost > 0.0)
}

impl Tried {
    fn of_document_on_sqlite(&self) -> bool {
        self.way.starts_with(OF_DOCUMENT) && self.subject.starts_with("sqlite")
    }

    fn named(&self) -> String {
        format!("{} ({}{})", self.way, self.subject, self.remark)
    }

    /// Where it ends, and why.
    fn told(&self) -> String {
        format!(
            "{} ends at {}, with {} lost and {} refused",
            self.named(),
            self.stored,
            self.lost,
            self.given_up
        )
    }

    /// Where it ends, and how much of what is missing nobody was told of.
    fn silent(&self) -> String {
        let told = match self.silently.high > 0.0 {
            true => format!(", {} lost and nobody told", self.silently),
            false => String::new(),
        };
        format!("{} at {}{told}", self.named(), self.stored)
    }

    /// Where it ends, whatever the claim says.
    fn ends(&self) -> &'static str {
        let Spread { low, high, .. } = self.stored;
        match (low > STATED.0, high < STATED.1) {
            _ if low >= STATED.1 => "exactly at 100",
            (true, true) => "between 50 and 100",
            (false, true) if high <= STATED.0 => "at 50 or less",
            _ => "now here, now there",
        }
    }
}

fn figures(others: &[&Tried]) -> String {
    let ends = [
        "exactly at 100",
        "between 50 and 100",
        "at 50 or less",
        "now here, now there",
    ];
    let sentences: Vec<String> = ends
        .into_iter()
        .filter_map(|end| {
            let these = others.iter().filter(|tried| tried.ends() == end);
            let named: Vec<String> = these
                .map(|tried| match end {
                    "exactly at 100" => tried.named(),
                    _ => tried.silent(),
                })
                .collect();
            (!named.is_empty()).then(|| format!("Other ways that end {end}: {}.", joined(named)))
        })
        .collect();
    sentences.join(" ")
}

fn joined(parts: impl IntoIterator<Item = String>) -> String {
    parts.into_iter().collect::<Vec<_>>().join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, void};
    use crate::measure::experiment::Observation;

    /// Repeats of a way that ended at these numbers, each with so many refused.
    fn ended(way: &str, subject: &str, stored: &[f64], given_up: f64) -> Vec<Observation> {
        let conditions = [
            ("way", way),
            ("subject", subject),
            ("increments", "100"),
            ("clients", "4"),
            ("pause_ms", "0"),
        ];
        let one = |stored: &f64| {
            let lost = 100.0 - given_up - stored;
            Observation::under(conditions)
                .with("stored", *stored)
                .with("lost", lost)
                .with("lost_without_error", lost)
                .with("given_up", given_up)
        };
        stored.iter().map(one).collect()
    }

    fn judgement(observations: Vec<Vec<Observation>>) -> Judgement {
        judged(&CLAIM, found("lost-updates", observations.concat()))
    }

    const WAL: &str = "sqlite-wal-full";

    #[test]
    fn the_documents_code_decides_and_other_ways_are_told() {
        let refused = ended("document-as-written", WAL, &[4.0; 3], 96.0);
        let lost = ended("autocommit", WAL, &[25.0, 30.0, 40.0], 0.0);
        let judgement = judgement(vec![refused, lost]);
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        let told = "document-as-written (sqlite-wal-full, one at a time in each instance) ends at 4, with 0 lost and 96 refused";
        assert!(judgement.conditions.contains(told), "{judgement:?}");
        let lost = "autocommit (sqlite-wal-full) at 30 [25–40], 70 [60–75] lost and nobody told";
        assert!(judgement.figures.contains(lost), "{judgement:?}");
        assert_eq!(judgement.evidence[0], "experiment-lost-updates-stored");
    }

    #[test]
    fn one_of_the_documents_ways_within_the_bounds_supports_it() {
        let within = ended("document-as-written", WAL, &[60.0, 70.0, 80.0], 0.0);
        let all = ended("document-as-intended", WAL, &[100.0; 3], 0.0);
        assert_eq!(judgement(vec![within, all]).verdict, Verdict::Supported);
    }

    #[test]
    fn the_bounds_are_outside() {
        let verdict = |stored| {
            let ended = ended("document-as-intended", WAL, &[stored; 3], 0.0);
            judgement(vec![ended]).verdict
        };
        assert_eq!(verdict(50.0), Verdict::Contradicted);
        assert_eq!(verdict(51.0), Verdict::Supported);
        assert_eq!(verdict(99.0), Verdict::Supported);
        assert_eq!(verdict(100.0), Verdict::Contradicted);
    }

    #[test]
    fn repeats_that_differ_or_are_two_or_void_decide_nothing() {
        let own = |stored: &[f64]| ended("document-as-intended", WAL, stored, 0.0);
        let verdict = |observations| judgement(vec![observations]).verdict;
        assert_eq!(verdict(own(&[60.0, 70.0, 100.0])), Verdict::Inconclusive);
        assert_eq!(verdict(own(&[60.0, 70.0])), Verdict::Inconclusive);
        assert_eq!(verdict(void(own(&[60.0; 3]))), Verdict::NotRun);
    }

    #[test]
    fn without_the_documents_code_on_sqlite_nothing_is_decided() {
        let elsewhere = ended("document-as-intended", "postgres", &[60.0; 3], 0.0);
        let other = ended("autocommit", WAL, &[60.0; 3], 0.0);
        let judgement = judgement(vec![elsewhere, other]);
        assert_eq!(judgement.verdict, Verdict::Inconclusive);
        assert!(judgement.conditions.contains("not tried"));
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }

    /// Three repeats through the app, in which so many of 100 were acknowledged and so many of those
    /// lost.
    fn through_app(acknowledged: f64, lost: f64) -> Vec<Observation> {
        let conditions = [
            ("discipline", "document-as-written"),
            ("subject", WAL),
            ("timeout_ms", "5000"),
            ("pool", "none"),
            ("each", "25"),
            ("clients", "4"),
            ("system", "apps"),
        ];
        let one = Observation::under(conditions)
            .with("acknowledged", acknowledged)
            .with("lost", lost)
            .with("given_up", 100.0 - acknowledged)
            .with("failed_attempts", 100.0 - acknowledged);
        vec![one; 3]
    }

    #[test]
    fn the_app_is_told_beside_and_decides_alone() {
        let over_http = found(app::NAME, through_app(90.0, 20.0));
        let alone = CLAIM.of(std::slice::from_ref(&over_http));
        assert_eq!(alone.verdict, Verdict::Supported);
        let told = "each a local process that clients ask in turn, without a load balancer: document-as-written (sqlite-wal-full) ends at 70, with 20 lost and 10 refused";
        assert!(alone.conditions.contains(told), "{alone:?}");
        let own = ended("document-as-written", WAL, &[4.0; 3], 96.0);
        let both = CLAIM.of(&[found("lost-updates", own), over_http]);
        assert_eq!(both.verdict, Verdict::Contradicted);
        let told = "Through the app, over HTTP: it holds there, with the document's code";
        assert!(both.figures.starts_with(told), "{both:?}");
        assert_eq!(both.evidence[2], "experiment-over-http-lost");
    }

    #[test]
    fn through_the_app_too_few_lost_or_bursts_or_void_trials_decide_nothing() {
        let verdict = |observations| judged(&CLAIM, found(app::NAME, observations)).verdict;
        assert_eq!(verdict(through_app(60.0, 0.0)), Verdict::Contradicted);
        assert_eq!(
            verdict(through_app(90.0, 20.0)[1..].to_vec()),
            Verdict::Inconclusive
        );
        assert_eq!(verdict(void(through_app(90.0, 20.0))), Verdict::NotRun);
        let mut bursts = through_app(90.0, 20.0);
        for burst in &mut bursts {
            burst.conditions.insert("each".to_owned(), "1".to_owned());
        }
        assert_eq!(verdict(bursts), Verdict::NotRun);
    }
}
