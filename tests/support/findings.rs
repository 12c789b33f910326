//! Made-up experiments: nothing in them was observed.

use std::collections::BTreeMap;

use contend::measure::experiment::{Answer, Extent, Observation, Step, Timeline, Unit, View};
use contend::measure::{Audit, Check, Experiment, Latencies, Outcome};

use super::random::Random;

/// The subjects that they were made on; the last one is described nowhere.
const SUBJECTS: [&str; 4] = [
    "sqlite-delete-full",
    "sqlite-wal-full",
    "postgres",
    "postgres-of-old",
];

/// Four experiments that hold everything an experiment can.
pub fn experiments() -> Vec<Experiment> {
    vec![lost_update(), payment(), error_rate(), busy_errors()]
}

/// An experiment that found nothing yet.
pub fn experiment(name: &str) -> Experiment {
    Experiment {
        name: name.to_owned(),
        version: 1,
        question: "Fixture: is this made up?".to_owned(),
        started: "2026-01-01T00:40:00Z".to_owned(),
        seconds: 12.0,
        extent: Extent::Short,
        left_out: Vec::new(),
        method: "Fixture: nothing was done, and every figure comes from a formula.".to_owned(),
        scripts: Default::default(),
        views: Vec::new(),
        timelines: Vec::new(),
        observations: Vec::new(),
        failures: Vec::new(),
    }
}

/// Two sessions on three subjects; on one of them nobody is told of the loss.
fn lost_update() -> Experiment {
    let ways = ["autocommit", "transaction"];
    let played = ways
        .iter()
        .flat_map(|way| SUBJECTS[..3].iter().map(|subject| timeline(way, subject)));
    Experiment {
        timelines: played.collect(),
        failures: vec!["postgres, transaction: Fixture: the server went away".to_owned()],
        ..experiment("lost-update")
    }
}

/// A play in which B waits for A and is refused at last.
pub fn timeline(name: &str, subject: &str) -> Timeline {
    let done = |value: Option<&str>| Answer::Done {
        value: value.map(str::to_owned),
    };
    let busy = Answer::Refused {
        class: Outcome::Busy,
        code: "5".to_owned(),
        message: "database is locked".to_owned(),
    };
    let write = "UPDATE counters SET value = 101, changed_at = '2026-01-01 <b>now</b>' WHERE key = 1 AND value > 0";
    let mut steps = vec![
        step("A", "BEGIN", 0.0, 52.0, done(None)),
        step("B", "BEGIN", 260.0, 48.0, done(None)),
        step(
            "A",
            "SELECT value FROM counters WHERE key = 1",
            700.0,
            210.0,
            done(Some("100")),
        ),
        step(
            "B",
            "SELECT value FROM counters WHERE key = 1",
            1_200.0,
            190.0,
            done(Some("100")),
        ),
        step("A", write, 1_700.0, 300.0, done(None)),
        step("B", write, 2_200.0, 101_000.0, busy),
        step("A", "COMMIT", 102_400.0, 2_100.0, done(None)),
        step("B", "ROLLBACK", 104_900.0, 60.0, done(None)),
    ];
    if name == "autocommit" {
        // B's write waits for A's commit, and then is done.
        steps[5].took_us = 101_500.0;
        steps[5].answer = done(None);
    }
    steps[4].label = "write A".to_owned();
    let lost = i64::from(name == "autocommit");
    Timeline {
        name: name.to_owned(),
        title: format!("Fixture: two increments, {name}"),
        subject: subject.to_owned(),
        conditions: BTreeMap::from([("busy_timeout".to_owned(), "300 ms".to_owned())]),
        steps,
        ending: Audit {
            checks: vec![
                Check::text("integrity", "ok", "ok"),
                Check::number("counter = 100 + acknowledged increments", 102, 102 - lost),
            ],
        },
    }
}

fn step(actor: &str, does: &str, began_us: f64, took_us: f64, answer: Answer) -> Step {
    Step {
        label: String::new(),
        actor: actor.to_owned(),
        does: does.to_owned(),
        began_us,
        took_us,
        answer,
    }
}

/// More actors than lanes have room for.
fn payment() -> Experiment {
    let mut steps = vec![step(
        "holder",
        "BEGIN IMMEDIATE",
        0.0,
        80.0,
        Answer::Done { value: None },
    )];
    for writer in 1..=10 {
        let refused = Answer::Refused {
            class: Outcome::Busy,
            code: "5".to_owned(),
            message: "database is locked".to_owned(),
        };
        let began = 300.0 * f64::from(writer);
        let name = format!("writer {writer}");
        steps.push(step(
            &name,
            "INSERT INTO data (content) VALUES ('a')",
            began,
            300_000.0,
            refused,
        ));
    }
    steps.push(step(
        "holder",
        "COMMIT",
        900_000.0,
        900.0,
        Answer::Done { value: None },
    ));
    Experiment {
        timelines: vec![Timeline {
            title: "Fixture: ten writers behind one".to_owned(),
            conditions: BTreeMap::new(),
            steps,
            ending: Audit::default(),
            ..timeline("deferred", "sqlite-wal-full")
        }],
        ..experiment("payment")
    }
}

/// Lines: a share along the clients, panel by panel, with the numbers of a document.
fn error_rate() -> Experiment {
    let mut random = Random(7);
    let mut observations = Vec::new();
    for repeat in 1..=3 {
        for subject in SUBJECTS {
            for timeout in ["0", "1000"] {
                for discipline in ["document-as-written", "document-as-intended"] {
                    for clients in [500, 10, 50, 100, 200] {
                        let load = f64::from(clients) / (f64::from(clients) + 100.0);
                        let share = match (subject.starts_with("sqlite"), timeout) {
                            (true, "0") => load,
                            (true, _) => load / 3.0,
                            _ => 0.0,
                        };
                        let mut found = Observation::under([
                            ("subject", subject),
                            ("timeout_ms", timeout),
                            ("discipline", discipline),
                            ("clients", &clients.to_string()),
                        ])
                        .with("failed", (share * random.around(0.08)).clamp(0.0, 1.0))
                        .with("settled_ms", 40.0 * f64::from(clients) * random.around(0.2));
                        found.repeat = repeat;
                        let mut latencies = Latencies::default();
                        (1..=20).for_each(|n| latencies.record(n * 1_000_000));
                        found.latencies.insert("success".to_owned(), latencies);
                        found.audit.checks.push(Check::number("rows", 10, 10));
                        observations.push(found);
                    }
                }
            }
        }
    }
    make_void(&mut observations[3]);
    let view = View::of(
        "failed",
        "Share of requests that failed, by load",
        "failed",
        Unit::Share,
    )
    .saying("Fixture: lower is better.")
    .panels(&["timeout_ms", "discipline"])
    .along("clients");
    let view = [(10, 0.05), (50, 0.25), (100, 0.45), (200, 0.7), (500, 0.85)]
        .into_iter()
        .fold(view, |view, (clients, share)| {
            let words = format!("{:.0} % of {clients} requests fail", share * 100.0);
            view.stated(Some(f64::from(clients)), share, share, &words)
        });
    let settled = View::of(
        "settled",
        "Time until all were through",
        "settled_ms",
        Unit::Milliseconds,
    )
    .only("timeout_ms", "0")
    .series(&["subject", "discipline"])
    .along("clients")
    .logarithmic()
    .stated(None, 2_000.0, 5_000.0, "2 s to 5 s");
    Experiment {
        extent: Extent::Quick,
        left_out: vec!["Fixture: 1,000 clients were left out.".to_owned()],
        views: vec![view, settled],
        observations,
        ..experiment("made-up-lines")
    }
}

/// Spoils an observation: its figures cannot be overlooked, and its audit failed.
pub fn make_void(observation: &mut Observation) {
    observation
        .figures
        .values_mut()
        .for_each(|figure| *figure = 98_765.0);
    observation
        .audit
        .checks
        .push(Check::number("stored", 100, 99));
}

/// Rows: counts by subject and retries, one of them nought and one with no repeat left.
fn busy_errors() -> Experiment {
    let mut observations = Vec::new();
    for (subject, place) in SUBJECTS.iter().zip(1..) {
        for retries in ["3", "0", "10"] {
            for repeat in 1..=4 {
                let busy = match retries {
                    "0" => 60.0,
                    "3" => 7.0,
                    _ => 0.0,
                };
                let mut found = Observation::under([
                    ("subject", *subject),
                    ("retries", retries),
                    (
                        "way",
                        "DEFERRED re-running only the write that was stale, with a pause of 10 ms",
                    ),
                ])
                .with(
                    "busy",
                    busy * f64::from(place) + f64::from(repeat) * busy.signum(),
                )
                .with("attempts_per_commit", 1.0 + busy / 50.0);
                found.repeat = repeat;
                if *subject == "sqlite-wal-full" && retries == "3" {
                    make_void(&mut found);
                }
                observations.push(found);
            }
        }
    }
    let views = vec![
        View::of("busy", "SQLITE_BUSY of 100 increments", "busy", Unit::Count)
            .panels(&["retries"])
            .series(&["subject", "way"])
            .logarithmic()
            .stated(None, 30.0, 30.0, "more than 30 busy")
            .stated(None, 50.0, 100.0, "between 50 and 100 succeed"),
        View::of(
            "attempts",
            "Attempts per commit",
            "attempts_per_commit",
            Unit::Ratio,
        )
        .series(&["retries"]),
    ];
    Experiment {
        extent: Extent::Full,
        views,
        observations,
        ..experiment("made-up-rows")
    }
}
