//! Two containers sell from one stock.

use std::collections::BTreeSet;

use crate::claim::evidence::{ENOUGH, Spread, of, on_sqlite, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::experiment::{Observation, Timeline};
use crate::measure::{Experiment, Outcome};

/// Those who do what the document's text says: wait, and try again.
const CAREFUL: &str = "careful";

/// Two containers sell from one stock.
pub static CLAIM: Claim = Claim {
    id: "A12",
    document: Document::SharedFile,
    statement: "Of a stock of 50, A sells 10; B gets SQLITE_BUSY, tries again and sells 5; the stock ends at 35.",
    stated: Some("a stock of 35 in the end"),
    experiments: &["inventory"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "inventory")?;
    let played: Vec<&Timeline> = found.timelines.iter().filter(on_sqlite).collect();
    if played.is_empty() {
        return None;
    }
    let as_told = |timeline: &&&Timeline| {
        let class = |label| timeline.step(label).map(|step| step.answer.class());
        class("second") == Some(Some(Outcome::Busy))
            && class("second again") == Some(None)
            && timeline.ending.passed()
            && timeline
                .ending
                .checks
                .iter()
                .any(|check| check.found == "35")
    };
    let told = played.iter().filter(as_told).count();
    // One sale of what was not there is enough, whatever the interleaving by hand came to.
    let random = careful_on_sqlite(found);
    let verdict = match told == played.len() {
        true => random.unwrap_or(Verdict::Supported),
        false => Verdict::Contradicted,
    };
    let mut figures = vec![format!(
        "So it went in {told} of {} interleavings.",
        played.len()
    )];
    figures.extend(at_random(found));
    let random = match figures.len() > 1 {
        true => "; and, for sales at random, where clients wait for locks and try again",
        false => "",
    };
    let conditions = format!(
        "with BEGIN IMMEDIATE and busy_timeout 0, stepped by hand, with a rollback journal and with a write-ahead log{random}"
    );
    let judgement = Judgement::new(verdict, conditions, figures.join(" "));
    let timelines = played.iter().map(|timeline| timeline.name.as_str());
    let views = (figures.len() > 1).then_some("oversold");
    let seen: BTreeSet<&str> = timelines.chain(views).collect();
    Some(judgement.seen_at(seen.into_iter().map(|part| anchor(&found.name, Some(part)))))
}

/// What random sales of careful clients on SQLite say: contradicted if they sold what was not there
/// or left a stock that is wrong, and nothing decided if a trial is void or too few were made. `None`
/// if none was.
fn careful_on_sqlite(found: &Experiment) -> Option<Verdict> {
    let made: Vec<&Observation> = found
        .observations
        .iter()
        .filter(|o| o.condition("way") == CAREFUL && o.condition("subject").starts_with("sqlite"))
        .collect();
    let wrong = |o: &&&Observation| {
        let mut figures = ["oversold", "lost"].iter().map(|name| o.figure(name));
        !o.void() && figures.any(|figure| figure > Some(0.0))
    };
    let decided = made.len() >= ENOUGH && !made.iter().any(|o| o.void());
    match (made.len(), made.iter().any(|o| wrong(&o)), decided) {
        (0, ..) => None,
        (_, true, _) => Some(Verdict::Contradicted),
        (_, false, true) => Some(Verdict::Supported),
        (_, false, false) => Some(Verdict::Inconclusive),
    }
}

/// What came of sales at random, way by way; nothing if there were none.
fn at_random(found: &Experiment) -> Option<String> {
    let groups: BTreeSet<[&str; 2]> = under(found, &[])
        .map(|o| ["subject", "way"].map(|name| o.condition(name)))
        .collect();
    let told: Vec<String> = groups
        .into_iter()
        .filter_map(|[subject, way]| {
            let conditions = [("subject", subject), ("way", way)];
            let spread = |figure| Spread::under(found, &conditions, figure);
            Some(format!(
                "{subject}, {way}: {} sold, {} more than there was, stock wrong by {}, {} sales refused",
                spread("sold")?,
                spread("oversold")?,
                spread("lost")?,
                spread("given_up")?
            ))
        })
        .collect();
    (!told.is_empty()).then(|| {
        format!(
            "1,000 random sales from a stock of 4,000 units, by eight clients: {}.",
            told.join("; ")
        )
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::claim::made_up::{found, judged, void};
    use crate::measure::experiment::{Answer, Observation, Step};
    use crate::measure::{Audit, Check};

    fn step(label: &str, busy: bool) -> Step {
        Step {
            label: label.to_owned(),
            actor: "B".to_owned(),
            does: "BEGIN IMMEDIATE".to_owned(),
            began_us: 0.0,
            took_us: 10.0,
            answer: match busy {
                false => Answer::Done { value: None },
                true => Answer::Refused {
                    class: Outcome::Busy,
                    code: "5".to_owned(),
                    message: "database is locked".to_owned(),
                },
            },
        }
    }

    fn played(stock: i64) -> Timeline {
        Timeline {
            name: "sales".to_owned(),
            title: String::new(),
            subject: "sqlite-wal-full".to_owned(),
            conditions: BTreeMap::new(),
            steps: vec![step("second", true), step("second again", false)],
            ending: Audit {
                checks: vec![Check::number("stock", 35, stock)],
            },
        }
    }

    fn random(subject: &str, way: &str, oversold: f64) -> Vec<Observation> {
        let one = Observation::under([("subject", subject), ("way", way)])
            .with("sold", 4_000.0 + oversold)
            .with("oversold", oversold)
            .with("lost", 0.0)
            .with("given_up", 0.0);
        vec![one; ENOUGH]
    }

    fn judgement(stock: i64, observations: Vec<Observation>) -> Judgement {
        let experiment = Experiment {
            timelines: vec![played(stock)],
            ..found("inventory", observations)
        };
        judged(&CLAIM, experiment)
    }

    #[test]
    fn the_interleaving_decides_where_no_sale_was_wrong() {
        assert_eq!(judgement(35, vec![]).verdict, Verdict::Supported);
        assert_eq!(judgement(40, vec![]).verdict, Verdict::Contradicted);
        let right = judgement(35, random("sqlite-wal-full", "careful", 0.0));
        assert_eq!(right.verdict, Verdict::Supported);
        assert!(right.figures.contains("4000 sold, 0 more"), "{right:?}");
        assert_eq!(
            right.evidence,
            [
                "experiment-inventory-oversold",
                "experiment-inventory-sales"
            ]
        );
    }

    #[test]
    fn one_careful_sale_of_what_was_not_there_contradicts_it() {
        let oversold = |subject, way| random(subject, way, 3.0);
        let verdict = |observations| judgement(35, observations).verdict;
        let careful = oversold("sqlite-wal-full", "careful");
        assert_eq!(verdict(careful.clone()), Verdict::Contradicted);
        assert_eq!(verdict(void(careful)), Verdict::Inconclusive);
        for (subject, way) in [("sqlite-wal-full", "naive"), ("postgres", "careful")] {
            assert_eq!(verdict(oversold(subject, way)), Verdict::Supported);
        }
    }

    #[test]
    fn random_sales_alone_decide_nothing() {
        let only = found("inventory", random("sqlite-wal-full", "careful", 0.0));
        assert_eq!(judged(&CLAIM, only).verdict, Verdict::NotRun);
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }
}
