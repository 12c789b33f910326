//! A crash during a write.

use crate::claim::evidence::{ENOUGH, of, under};
use crate::claim::{Claim, Document, Judgement, Verdict, anchor};
use crate::measure::Experiment;
use crate::measure::experiment::Observation;

/// Fewer crashes than this that hit a write say nothing of what crashes do.
const HITS: f64 = 50.0;

/// The ways in which a process was killed and nothing else was done.
const KILLED: [&str; 2] = ["SIGKILL", "SIGKILL in mid-transaction"];

/// Where processes were killed: a verdict needs enough on each.
const SUBJECTS: [&str; 2] = ["sqlite-delete-full", "sqlite-wal-full"];

/// The ways beside them: as the experiment calls them, and what was done.
const DEEDS: [(&str, &str); 3] = [
    (
        "journal deleted after SIGKILL",
        "deleting the journal that a killed process left",
    ),
    ("WAL deleted after SIGKILL", "deleting its write-ahead log"),
    (
        "4 writers, no file locks",
        "four writers on a file system without locks",
    ),
];

/// The same on PostgreSQL, with every process of the server killed.
const WHOLE_SERVER: &str = "SIGKILL of the whole server";

/// PostgreSQL's subjects, and what they are called here.
const SERVERS: [(&str, &str); 2] = [
    ("postgres", "PostgreSQL killed whole"),
    (
        "postgres-async",
        "PostgreSQL killed whole with synchronous_commit off",
    ),
];

/// A crash during a write.
pub static CLAIM: Claim = Claim {
    id: "A8",
    document: Document::SharedFile,
    statement: "A crash during a write can corrupt the database.",
    stated: None,
    experiments: &["crash"],
    judge,
};

fn judge(found: &[Experiment]) -> Option<Judgement> {
    let found = of(found, "crash")?;
    let killed: Vec<&Observation> = KILLED
        .iter()
        .flat_map(|way| Sum::observations(found, way))
        .collect();
    if killed.is_empty() {
        return None;
    }
    let sum = Sum::of(&killed);
    // A way that hit nothing, or not by a signal, is void and was left out.
    let enough = SUBJECTS.iter().all(|subject| {
        let of_it = Sum::observations(found, KILLED[0]);
        let of_it: Vec<&Observation> = of_it
            .filter(|o| o.condition("subject") == *subject)
            .collect();
        of_it.len() >= ENOUGH && Sum::of(&of_it).hit >= HITS
    });
    let verdict = match (sum.corrupt > 0.0, sum.gone > 0.0) {
        (true, _) => Verdict::Supported,
        (false, false) if enough => Verdict::Contradicted,
        // Too few, or commits were lost from a file that is sound: that is not what the claim says.
        _ => Verdict::Inconclusive,
    };
    let deeds = DEEDS.iter().filter_map(|(way, words)| {
        let tried: Vec<&Observation> = Sum::observations(found, way).collect();
        let sum = Sum::of(&tried);
        (!tried.is_empty()).then(|| {
            format!(
                "{words}: {} of {} files corrupt ({} noticed by integrity_check), {} of {} acknowledged commits gone",
                sum.corrupt, sum.checked, sum.noticed, sum.gone, sum.acknowledged
            )
        })
    });
    let mut figures = vec![format!(
        "{} kills, of which {} hit a write: {} files corrupt, {} of {} acknowledged commits gone",
        sum.kills, sum.hit, sum.corrupt, sum.gone, sum.acknowledged
    )];
    figures.extend(deeds);
    figures.extend(SERVERS.iter().filter_map(|(subject, words)| {
        let conditions = [("subject", *subject), ("way", WHOLE_SERVER)];
        let killed: Vec<&Observation> = under(found, &conditions).collect();
        let sum = Sum::of(&killed);
        (!killed.is_empty()).then(|| {
            format!(
                "{words}: {} kills, {} databases corrupt, {} of {} acknowledged commits gone",
                sum.kills, sum.corrupt, sum.gone, sum.acknowledged
            )
        })
    }));
    let mut conditions = "for a lone writer, whose file nobody else has open, ended by SIGKILL, with a rollback journal and with a write-ahead log, synchronous = FULL, as long as what it left beside the file stays there and locks work. Loss of power is not tested by killing a process: the kernel still writes what it was given".to_owned();
    if sum.corrupt == 0.0 && sum.hit > 0.0 {
        // The rule of three: J. A. Hanley and A. Lippman-Hand, JAMA 249 (1983).
        conditions.push_str(&format!(
            ". None in {:.0} that hit a write leaves up to {:.1} % possible (95 %)",
            sum.hit,
            300.0 / sum.hit
        ));
    }
    let judgement = Judgement::new(verdict, conditions, format!("{}.", figures.join("; ")));
    Some(judgement.seen_at(["corrupt", "gone"].map(|view| anchor("crash", Some(view)))))
}

/// Figures of several observations, added up.
#[derive(Default)]
struct Sum {
    checked: f64,
    kills: f64,
    hit: f64,
    corrupt: f64,
    noticed: f64,
    acknowledged: f64,
    gone: f64,
}

impl Sum {
    /// What was found on SQLite in this way, unless its audit failed.
    fn observations<'e>(
        found: &'e Experiment,
        way: &'e str,
    ) -> impl Iterator<Item = &'e Observation> {
        let in_this_way = move |o: &&Observation| {
            o.condition("way") == way && o.condition("subject").starts_with("sqlite") && !o.void()
        };
        found.observations.iter().filter(in_this_way)
    }

    fn of(observations: &[&Observation]) -> Sum {
        let total = |name: &str| observations.iter().filter_map(|o| o.figure(name)).sum();
        Sum {
            checked: total("checked"),
            kills: total("kills"),
            hit: total("hit_a_write"),
            corrupt: total("corrupt"),
            noticed: total("noticed_by_integrity_check"),
            acknowledged: total("acknowledged"),
            gone: total("acknowledged_gone"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::made_up::{found, judged, repeats, void};

    /// So many batches of 25 kills on each journal, each with these figures.
    fn batches(way: &str, figures: &[(&str, f64)], batches: usize) -> Vec<Observation> {
        let with = |observation: Observation| {
            figures
                .iter()
                .fold(observation, |observation, (name, value)| {
                    observation.with(name, *value)
                })
        };
        let kills = vec![25.0; batches];
        SUBJECTS
            .iter()
            .flat_map(|subject| repeats(&[("subject", subject), ("way", way)], "kills", &kills))
            .map(|observation| observation.with("checked", 25.0))
            .map(with)
            .collect()
    }

    fn verdict(observations: Vec<Observation>) -> Verdict {
        judged(&CLAIM, found("crash", observations)).verdict
    }

    const HARMLESS: [(&str, f64); 3] = [
        ("hit_a_write", 20.0),
        ("corrupt", 0.0),
        ("acknowledged_gone", 0.0),
    ];

    #[test]
    fn many_kills_that_hit_and_did_no_harm_contradict_it() {
        let judgement = judged(&CLAIM, found("crash", batches("SIGKILL", &HARMLESS, 4)));
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        assert!(judgement.conditions.contains("Loss of power"));
        assert!(
            judgement
                .conditions
                .ends_with("leaves up to 1.9 % possible (95 %)")
        );
        assert!(judgement.figures.starts_with("200 kills, of which 160 hit"));
        assert_eq!(judgement.evidence[0], "experiment-crash-corrupt");
    }

    #[test]
    fn one_corrupt_file_supports_it_however_few_kills_there_were() {
        let corrupt = [("hit_a_write", 20.0), ("corrupt", 1.0)];
        assert_eq!(verdict(batches("SIGKILL", &corrupt, 1)), Verdict::Supported);
        let in_mid = batches("SIGKILL in mid-transaction", &corrupt, 1);
        assert_eq!(verdict(in_mid), Verdict::Supported);
    }

    #[test]
    fn few_repeats_kills_that_hit_nothing_and_lost_commits_decide_nothing() {
        let missed = [("hit_a_write", 1.0), ("corrupt", 0.0)];
        let lost = [("hit_a_write", 20.0), ("acknowledged_gone", 3.0)];
        for observations in [
            batches("SIGKILL", &HARMLESS, 2),
            batches("SIGKILL", &missed, 4),
            batches("SIGKILL", &lost, 4),
        ] {
            assert_eq!(verdict(observations), Verdict::Inconclusive);
        }
    }

    #[test]
    fn what_was_done_to_the_file_besides_decides_nothing_and_is_told() {
        let destroyed = [("corrupt", 1.0), ("noticed_by_integrity_check", 1.0)];
        let mut observations = batches("SIGKILL", &HARMLESS, 4);
        observations.extend(batches("journal deleted after SIGKILL", &destroyed, 3));
        let judgement = judged(&CLAIM, found("crash", observations));
        assert_eq!(judgement.verdict, Verdict::Contradicted);
        assert!(
            judgement
                .figures
                .contains("6 of 150 files corrupt (6 noticed")
        );
        let alone = batches("journal deleted after SIGKILL", &destroyed, 3);
        assert_eq!(verdict(alone), Verdict::NotRun);
    }

    #[test]
    fn what_is_void_or_was_not_on_sqlite_counts_for_nothing() {
        let corrupt = [("hit_a_write", 20.0), ("corrupt", 1.0)];
        assert_eq!(
            verdict(void(batches("SIGKILL", &corrupt, 4))),
            Verdict::NotRun
        );
        let mut server = batches("SIGKILL", &corrupt, 4);
        for observation in &mut server {
            let subject = "postgres".to_owned();
            observation.conditions.insert("subject".to_owned(), subject);
        }
        assert_eq!(verdict(server), Verdict::NotRun);
        assert_eq!(CLAIM.of(&[]).verdict, Verdict::NotRun);
    }
}
