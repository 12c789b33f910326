//! `contend compare --history`: what past runs say of two.

use std::path::PathBuf;
use std::sync::LazyLock;

use crate::support::bench::assert_sentence;
use crate::support::compare::{Compared, Desk, fixture, with_speed};
use crate::support::run::Fixture;
use contend::compare::{
    Asked, Basis, Change, Changes, PastRuns, Verdict, changes, compare_among, markdown,
};
use contend::measure::{Run, store};
use serde_json::Value;

/// A run made on a day of January, at so many times the speed.
fn made(day: usize, speed: f64) -> Run {
    let mut run = Fixture {
        seed: day as u64,
        scale: speed,
        loads: vec![16],
        ..fixture()
    }
    .run();
    run.started = format!("2026-01-{day:02}T06:00:00Z");
    store::seal(&mut run);
    run
}

/// Runs day after day, at these speeds.
fn days(speeds: &[f64]) -> Vec<Run> {
    let day = |(day, speed): (usize, &f64)| made(day + 1, *speed);
    speeds.iter().enumerate().map(day).collect()
}

/// Speeds of a machine that is another every day, by a fifth.
const MOODS: [f64; 12] = [
    1.0, 1.25, 0.85, 1.1, 0.8, 1.2, 0.95, 1.3, 0.9, 1.15, 0.8, 1.05,
];

/// Speeds of a machine that is nearly the same every day.
const STEADY: [f64; 12] = [
    1.0, 1.01, 0.99, 1.0, 1.02, 0.99, 1.01, 1.0, 0.98, 1.01, 0.99, 1.0,
];

static MOODY_DAYS: LazyLock<Vec<Run>> = LazyLock::new(|| days(&MOODS));

static STEADY_DAYS: LazyLock<Vec<Run>> = LazyLock::new(|| days(&STEADY));

/// Half as fast from the eighth day on.
static SLOWER_DAYS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let mut speeds = STEADY;
    speeds[7..].iter_mut().for_each(|speed| *speed *= 0.5);
    days(&speeds)
});

/// What changed between the two runs, in the light of others.
fn among(base: &Run, new: &Run, past: &[Run]) -> Changes {
    let past = PastRuns {
        runs: past.to_vec(),
        skipped: 0,
    };
    compare_among(base, new, Some(&past), &Asked::default()).unwrap()
}

fn goodput<'c>(changes: &'c Changes, basis: &str) -> &'c Change {
    let is_it = |change: &&Change| {
        change.place == "postgres, 16 clients"
            && (change.basis.name(), change.figure.as_str()) == (basis, "goodput")
    };
    changes.changes.iter().find(is_it).unwrap()
}

fn standing(changes: &Changes) -> Value {
    let past = goodput(changes, "time").history.as_ref().unwrap();
    serde_json::to_value(&past.standing).unwrap()
}

#[test]
fn what_differs_no_more_than_past_runs_do_has_not_changed() {
    let past = &*MOODY_DAYS;
    let [base, new] = [made(20, 1.0), made(21, 0.8)];
    let alone = compare_among(&base, &new, None, &Asked::default()).unwrap();
    assert_eq!(goodput(&alone, "time").verdict, Verdict::Regressed);
    assert_eq!(goodput(&alone, "time").history, None);
    let found = among(&base, &new, past);
    let change = goodput(&found, "time");
    assert_ne!(change.verdict, Verdict::Regressed);
    let history = change.history.as_ref().unwrap();
    assert!(history.within_noise);
    assert_eq!(history.runs, 12);
    let noise = history.noise.unwrap();
    assert!((0.1..0.5).contains(&noise), "{noise}");
    // Beside the others nothing differed, and nothing is made of it.
    assert!(!found.regressed());
}

#[test]
fn a_subject_that_is_another_every_day_beside_the_others_is_no_regression() {
    let day = |day: usize, speed: f64| {
        let of_day = Fixture {
            seed: day as u64,
            loads: vec![16],
            ..fixture()
        };
        let [_, mut run] = with_speed(&of_day, speed, |point| point.subject == "postgres");
        run.started = format!("2026-01-{day:02}T06:00:00Z");
        store::seal(&mut run);
        run
    };
    let past: Vec<Run> = (1..).zip(MOODS).map(|(d, speed)| day(d, speed)).collect();
    let [base, new] = [day(20, 1.3), day(21, 0.7)];
    let alone = compare_among(&base, &new, None, &Asked::default()).unwrap();
    assert_eq!(goodput(&alone, "ratio").verdict, Verdict::Regressed);
    assert!(alone.regressed());
    let found = among(&base, &new, &past);
    assert!(
        goodput(&found, "ratio")
            .history
            .as_ref()
            .unwrap()
            .within_noise
    );
    assert!(!found.regressed());
    // A fiftieth is no mood.
    assert_eq!(
        goodput(&among(&base, &day(21, 0.02), &past), "ratio").verdict,
        Verdict::Regressed
    );
}

#[test]
fn what_differs_by_more_than_past_runs_has_changed_and_says_how_much_they_do() {
    let found = among(&made(20, 1.0), &made(21, 0.5), &STEADY_DAYS);
    let change = goodput(&found, "time");
    assert_eq!(change.verdict, Verdict::Regressed);
    let history = change.history.as_ref().unwrap();
    assert!(!history.within_noise && history.noise.unwrap() < 0.1);
}

#[test]
fn four_past_runs_change_nothing_but_say_that_it_takes_five() {
    let past = &MOODY_DAYS[..4];
    let [base, new] = [made(20, 1.0), made(21, 0.6)];
    let alone = compare_among(&base, &new, None, &Asked::default()).unwrap();
    let found = among(&base, &new, past);
    let verdicts = |changes: &Changes| {
        let each = changes.changes.iter().map(|c| (c.id.clone(), c.verdict));
        each.collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&alone), verdicts(&found));
    assert_eq!(
        goodput(&found, "time").history.as_ref().unwrap().noise,
        None
    );
    assert_eq!(standing(&found), Value::Null);
}

#[test]
fn tails_decide_once_five_past_runs_say_how_much_they_differ() {
    let [base, new] = [made(20, 1.0), made(21, 0.5)];
    let beside = |past: usize| {
        let found = among(&base, &new, &STEADY_DAYS[..past]);
        let of_tails = |change: &&Change| change.figure == "p99" && change.basis == Basis::Ratio;
        let tails: Vec<bool> = found
            .changes
            .iter()
            .filter(of_tails)
            .map(|change| change.gates)
            .collect();
        assert_eq!(tails.len(), 4, "one for each subject");
        let told =
            markdown::text(&found).contains("99th percentiles, fairness, and over all points");
        (tails.contains(&true), tails.contains(&false), told)
    };
    assert_eq!(beside(4), (false, true, true));
    assert_eq!(beside(5), (true, false, false));
}

#[test]
fn a_step_before_this_run_names_the_run_it_began_with() {
    let past = &*SLOWER_DAYS;
    // An old base, and a new run that is as slow as those of the last days.
    let found = among(&past[1], &made(21, 0.5), past);
    assert_eq!(goodput(&found, "time").verdict, Verdict::Regressed);
    let expected = standing(&found);
    assert_eq!(expected["kind"], "level");
    assert_eq!(expected["since"]["run"], past[7].id.as_str());
    assert_eq!(expected["since"]["started"], "2026-01-08T06:00:00Z");
    assert_eq!(expected["runs"], 6);
    // A base on the same level: nothing changed, and the level is told all the same.
    let found = among(&past[11], &made(21, 0.5), past);
    let verdict = goodput(&found, "time").verdict;
    assert!(verdict >= Verdict::Inconclusive, "{verdict:?}");
    assert_eq!(standing(&found)["since"]["run"], past[7].id.as_str());
}

#[test]
fn a_step_at_this_run_waits_for_the_next_which_shows_whether_it_was_a_spike() {
    let past = &*STEADY_DAYS;
    let [base, new] = [made(20, 1.0), made(21, 0.5)];
    assert_eq!(standing(&among(&base, &new, past))["kind"], "new_step");
    let back = [past.clone(), vec![made(22, 1.0)]].concat();
    let spike = standing(&among(&base, &new, &back));
    assert_eq!(
        (&spike["kind"], &spike["run"]["run"]),
        (&"spike".into(), &new.id.as_str().into())
    );
    // Seen from the next pair, it is the base that was off.
    let next = made(22, 1.0);
    let found = among(&new, &next, &[past.clone(), vec![base]].concat());
    assert_eq!(goodput(&found, "time").verdict, Verdict::Improved);
    let spike = standing(&found);
    assert_eq!(
        (&spike["kind"], &spike["run"]["run"]),
        (&"spike".into(), &new.id.as_str().into())
    );
}

/// A desk with two runs, and a folder of past ones beside what else lies in such folders.
fn desk(base: Run, new: Run, past: &[Run]) -> (Desk, PathBuf) {
    let desk = Desk::of(&[base, new]);
    let folder = desk.path("past");
    std::fs::create_dir_all(&folder).unwrap();
    for run in past {
        store::write(run, &folder).unwrap();
    }
    (desk, folder)
}

fn compare(desk: &Desk, folder: &std::path::Path, options: &[&str]) -> Compared {
    let history = ["--history", folder.to_str().unwrap()];
    desk.compare(&[&history, options].concat())
}

/// Words on one line, without what wraps them.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_folder_is_read_whole_and_what_is_no_past_run_is_counted() {
    let [base, new] = [made(20, 1.0), made(21, 0.8)];
    let mut other = made(13, 1.0);
    other.workloads[0].version = 2;
    store::seal(&mut other);
    let mut elsewhere = made(14, 1.0);
    elsewhere.machine.cpu = "Another CPU".to_owned();
    store::seal(&mut elsewhere);
    let past = [
        MOODY_DAYS.clone(),
        vec![other, elsewhere, base.clone(), new.clone()],
    ]
    .concat();
    let (desk, folder) = desk(base, new, &past);
    std::fs::write(folder.join("bencher.json"), "{}").unwrap();
    std::fs::write(folder.join("runs/cut.json"), "{").unwrap();
    std::fs::write(folder.join("notes.txt"), "{").unwrap();
    let compared = compare(&desk, &folder, &["--gate", "times"]);
    assert_eq!(compared.code, 0, "{}", compared.stdout);
    let said = flat(&compared.stdout);
    assert!(
        said.contains(
            "note: 13 past runs were asked (1 of them on another machine; 3 files passed over"
        ),
        "{said}"
    );
    assert!(
        said.contains("would be called changed, but for the noise between runs."),
        "{said}"
    );
    assert_eq!(desk.compare(&["--gate", "times"]).code, 3, "without them");
    let every = flat(&compare(&desk, &folder, &["--all"]).stdout);
    assert!(
        every.contains("It is within the noise between runs: "),
        "{every}"
    );
}

#[test]
fn every_format_says_what_the_past_does() {
    let past = &*SLOWER_DAYS;
    let since = format!("Level since run {} (2026-01-08), 6 runs.", past[7].id);
    let (lately, folder) = desk(past[11].clone(), made(21, 0.5), past);
    // An old base, of which the same folder has the file.
    let old = |format: &str| {
        let base = folder.join(format!("runs/{}.json", past[1].id));
        let folder = folder.to_str().unwrap();
        let options = ["--history", folder, "--format", format];
        crate::support::compare::compare(&base, &lately.path("new/run.json"), &options).stdout
    };
    let folded = compare(&lately, &folder, &["--format", "markdown"]).stdout;
    assert!(
        folded.contains("<details><summary>Levels that began lately ("),
        "{folded}"
    );
    let listed = compare(&lately, &folder, &[]).stdout;
    for text in [
        folded,
        flat(&listed),
        old("markdown"),
        old("junit"),
        flat(&old("terminal")),
    ] {
        assert!(text.contains(&since), "{text}");
    }
    let json = old("json");
    let found: Value = serde_json::from_str(&json).unwrap();
    let schema: Value = serde_json::from_str(&changes::schema()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = schema.iter_errors(&found).map(|e| e.to_string()).collect();
    assert_eq!(errors, Vec::<String>::new());
    assert_eq!(found["history"]["runs"], 11);
}

#[test]
fn a_folder_without_a_run_is_refused_unless_it_is_the_first() {
    let (desk, folder) = desk(made(20, 1.0), made(21, 1.0), &[]);
    for folder in [folder.clone(), folder.join("not-there")] {
        let refused = compare(&desk, &folder, &[]);
        assert_eq!((refused.code, refused.stdout.as_str()), (1, ""));
        let error = refused.stderr.trim().strip_prefix("error: ").unwrap();
        assert_sentence(error);
        assert!(error.contains("contend bench --out "), "{error}");
        let first = compare(&desk, &folder, &["--first-run-ok"]);
        assert_eq!(first.code, 0, "{}", first.stderr);
        assert!(
            first.stderr.starts_with("note: There is no past run in "),
            "{}",
            first.stderr
        );
    }
}

#[test]
fn past_runs_are_not_asked_of_two_that_were_measured_in_turns() {
    let turns = |run: &mut Run, side: &str| {
        run.turns = Some(contend::measure::run::Turns {
            pair: "pair".to_owned(),
            side: side.to_owned(),
            made_of: vec!["postgres".to_owned()],
            in_place_of: None,
        });
        store::seal(run);
    };
    let [mut base, mut new] = [made(20, 1.0), made(20, 0.5)];
    turns(&mut base, "a");
    turns(&mut new, "b");
    let found = among(&base, &new, &MOODY_DAYS);
    assert_eq!(found.history, None);
    assert_eq!(goodput(&found, "time").verdict, Verdict::Regressed);
    assert!(
        found
            .warnings
            .iter()
            .any(|warning| warning.ends_with("past runs were not asked."))
    );
}
