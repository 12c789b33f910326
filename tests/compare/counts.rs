//! What changed in what no clock measured: audits, losses, errors, what a commit costs, verdicts of claims.

use std::collections::BTreeMap;

use crate::support::compare::{again, called, change, changes, fixture, on, with_speed};
use crate::support::findings;
use crate::support::run::{Fixture, error};
use contend::compare::{Basis, Changes, Verdict};
use contend::measure::experiment::{Extent, Observation};
use contend::measure::{Check, CommitWork, Experiment, Outcome, Point, Run, TrialResult};
use proptest::prelude::*;

#[test]
fn three_rounds_tell_nothing_of_times_and_still_count_losses() {
    let few = Fixture {
        rounds: 3,
        ..fixture()
    };
    let mut runs = with_speed(&few, 0.1, on("sqlite-wal-full"));
    let found = changes(&runs);
    assert!(called(&found, Verdict::Regressed).is_empty());
    let words: Vec<&str> = found
        .of(Verdict::Inconclusive)
        .map(|change| change.reason.as_str())
        .collect();
    assert!(
        words
            .iter()
            .any(|reason| reason.contains("It takes 6 rounds")),
        "{words:?}"
    );
    change(
        &mut runs[1],
        |point, round| point.subject == "postgres" && round == 2,
        |measurement| {
            measurement.audit.checks = vec![Check::number("sum of the counters", 100, 99)];
        },
    );
    let found = changes(&runs);
    let lost = found.gating(Verdict::Regressed).next().unwrap();
    assert_eq!(
        (lost.figure.as_str(), lost.new_words.as_str()),
        ("failed audits", "1 of 3 rounds")
    );
}

#[test]
fn an_audit_that_failed_before_as_well_is_no_change_and_one_that_passes_again_is_better() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    let fail = |run: &mut Run| {
        change(
            run,
            |point, round| point.clients == 1 && point.subject == "postgres" && round == 2,
            |m| {
                m.audit.checks = vec![Check::number("sum of the counters", 100, 99)];
            },
        );
    };
    fail(&mut runs[0]);
    let improved = called(&changes(&runs), Verdict::Improved);
    assert_eq!(improved, ["postgres, 1 client: failed audits (count)"]);
    fail(&mut runs[1]);
    let found = changes(&runs);
    assert!(called(&found, Verdict::NoDifference).contains(&improved[0]));
}

#[test]
fn what_of_an_experiment_cannot_be_made_any_more_has_regressed_and_what_is_missing_is_told() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    for run in &mut runs {
        run.experiments = findings::experiments();
    }
    let new = &mut runs[1].experiments;
    let played = new
        .iter_mut()
        .find(|made| !made.timelines.is_empty())
        .unwrap();
    let away = played.timelines.remove(0);
    played
        .failures
        .push("Fixture: it could not be played.".to_owned());
    let played = played.name.clone();
    let gone = new.iter().rposition(|made| made.name != played).unwrap();
    let gone = new.remove(gone).name;
    let found = changes(&runs);
    assert_eq!(
        called(&found, Verdict::Regressed),
        [format!("{played}: parts that could not be made (count)")]
    );
    let only = found.only_in_base.join("; ");
    assert!(only.contains(&format!("the experiment {gone}")), "{only}");
    assert!(
        only.contains(&format!("{played}, {}, {}", away.name, away.subject)),
        "{only}"
    );
    assert_eq!(found.only_in_new, Vec::<String>::new());
}

#[test]
fn a_commit_whose_cost_cannot_be_counted_any_more_is_told() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    let counted =
        |work: &CommitWork| work.point.subject == "sqlite-wal-full" && work.point.clients == 1;
    assert!(runs[0].commit_work.iter().any(counted));
    runs[1].commit_work.retain(|work| !counted(work));
    let name = "sqlite-wal-full, 1 client: what a commit costs (count)".to_owned();
    assert!(called(&changes(&runs), Verdict::Inconclusive).contains(&name));
}

#[test]
fn a_point_that_cannot_be_measured_any_more_has_regressed() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    for trial in runs[1]
        .trials
        .iter_mut()
        .filter(|trial| trial.point.subject == "postgres")
    {
        trial.result = TrialResult::Failed {
            reason: "Fixture: it is gone".to_owned(),
        };
    }
    let regressed = called(&changes(&runs), Verdict::Regressed);
    assert_eq!(
        regressed,
        ["1 client", "16 clients"]
            .map(|load| format!("postgres, {load}: trials that could not be made (count)"))
    );
}

#[test]
fn errors_and_attempts_are_compared_without_a_clock() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    change(
        &mut runs[1],
        |point, _| point.subject == "postgres" && point.clients == 16,
        |measurement| {
            let operations = measurement.operations();
            measurement.given_up.insert(Outcome::Busy, operations / 50);
            measurement.errors = vec![error(
                Outcome::Busy,
                "5",
                "database is locked",
                operations / 4,
            )];
            measurement.attempts = operations + operations / 4;
        },
    );
    let regressed = called(&changes(&runs), Verdict::Regressed);
    let expected = ["attempts per commit", "errors per attempt", "given up"]
        .map(|figure| format!("postgres, 16 clients: {figure} (count)"));
    let mut sorted = regressed.clone();
    sorted.sort();
    assert_eq!(sorted, expected);
}

#[test]
fn what_naive_clients_lose_is_compared_and_their_goodput_is_not() {
    let careless = Fixture {
        rounds: 6,
        ..Fixture::careless()
    };
    let mut runs = [careless.run(), again(&careless, 1.0).run()];
    change(
        &mut runs[1],
        |point, _| point.subject == "sqlite-wal-full",
        |measurement| {
            for loss in &mut measurement.losses {
                loss.lost = loss.acknowledged / 10;
            }
        },
    );
    let found = changes(&runs);
    assert_eq!(
        called(&found, Verdict::Regressed),
        ["sqlite-wal-full, 16 clients, naive: lost increments (count)"]
    );
    let naive = found
        .changes
        .iter()
        .filter(|change| change.place.contains("naive"));
    assert!(naive.clone().count() > 4);
    assert!(naive.into_iter().all(|change| change.basis == Basis::Count));
}

#[test]
fn one_round_in_which_naive_clients_lose_what_none_lost_before_is_a_regression_whatever_the_noise()
{
    let careless = Fixture {
        rounds: 6,
        ..Fixture::careless()
    };
    let mut runs = [careless.run(), again(&careless, 1.0).run()];
    let own = |point: &Point| point.subject == "sqlite-wal-full";
    let lose = |run: &mut Run, in_round: u32| {
        change(
            run,
            |point, _| own(point),
            |measurement| measurement.losses.iter_mut().for_each(|loss| loss.lost = 0),
        );
        change(
            run,
            |point, round| own(point) && round == in_round,
            |measurement| measurement.losses.iter_mut().for_each(|loss| loss.lost = 1),
        );
    };
    lose(&mut runs[0], 0);
    lose(&mut runs[1], 4);
    let found = changes(&runs);
    assert_eq!(
        called(&found, Verdict::Regressed),
        ["sqlite-wal-full, 16 clients, naive: lost increments (count)"]
    );
    // Where some were lost before, one more or less is chance.
    lose(&mut runs[0], 2);
    assert_eq!(called(&changes(&runs), Verdict::Regressed), [""; 0]);
}

#[test]
fn a_second_sync_per_commit_has_regressed_where_one_client_commits_and_may_be_chance_where_many_do()
{
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    for work in runs[1]
        .commit_work
        .iter_mut()
        .filter(|work| work.point.subject == "sqlite-wal-full")
    {
        let files = work.written.files.values_mut();
        files.for_each(|file| file.syncs = file.syncs.map(|syncs| 2 * syncs));
    }
    let found = changes(&runs);
    let one = "sqlite-wal-full, 1 client: syncs per commit (count)".to_owned();
    assert_eq!(
        called(&found, Verdict::Regressed),
        std::slice::from_ref(&one)
    );
    let many = "sqlite-wal-full, 16 clients: syncs per commit (count)".to_owned();
    assert!(called(&found, Verdict::Inconclusive).contains(&many));
    // A machine so slow that what is synced once shows in every commit.
    for work in &mut runs[1].commit_work {
        work.commits = 8;
    }
    let slow = changes(&runs);
    assert!(called(&slow, Verdict::Regressed).is_empty());
    assert!(called(&slow, Verdict::Inconclusive).contains(&one));
}

#[test]
fn a_verdict_that_turned_is_a_regression_if_it_no_longer_supports_the_claim() {
    let timeout =
        |name: &str, ms: f64| Observation::under([("library", name)]).with("busy_timeout_ms", ms);
    let made = |ms: f64, extent| Experiment {
        observations: vec![timeout("SQLite's C library", ms), timeout("driver", ms)],
        extent,
        ..findings::experiment("default-timeout")
    };
    let compared = |before: f64, after: f64, extent| {
        let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
        runs[0].experiments = vec![made(before, Extent::Short)];
        runs[1].experiments = vec![made(after, extent)];
        changes(&runs)
    };
    let turned = vec!["A3: verdict (count)".to_owned()];
    assert_eq!(
        called(&compared(5_000.0, 0.0, Extent::Short), Verdict::Regressed),
        turned
    );
    assert_eq!(
        called(&compared(0.0, 5_000.0, Extent::Short), Verdict::Improved),
        turned
    );
    assert!(called(&compared(0.0, 0.0, Extent::Short), Verdict::NoDifference).contains(&turned[0]));
    let other = compared(5_000.0, 0.0, Extent::Full);
    assert!(
        other.changes.iter().all(|change| change.group != "claims"),
        "another extent is no comparison"
    );
}

#[test]
fn audits_and_endings_of_experiments_that_fail_and_did_not_before_have_regressed() {
    let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
    let mut made = findings::experiments();
    made.iter_mut()
        .for_each(|made| made.observations.retain(|observation| !observation.void()));
    for run in &mut runs {
        run.experiments.clone_from(&made);
    }
    assert!(called(&changes(&runs), Verdict::Regressed).is_empty());
    let new = &mut runs[1].experiments;
    let observed = new
        .iter_mut()
        .find(|made| !made.observations.is_empty())
        .unwrap();
    findings::make_void(&mut observed.observations[0]);
    let observed = observed.name.clone();
    let played = new.iter_mut().find(|made| {
        made.timelines
            .iter()
            .any(|timeline| timeline.ending.passed())
    });
    let ending = played
        .unwrap()
        .timelines
        .iter_mut()
        .find(|timeline| timeline.ending.passed());
    ending
        .unwrap()
        .ending
        .checks
        .push(Check::number("balance", 100, 90));
    let regressed = called(&changes(&runs), Verdict::Regressed);
    assert_eq!(regressed.len(), 2, "{regressed:?}");
    assert!(
        regressed.contains(&format!("{observed}: failed audits (count)")),
        "{regressed:?}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_run_compared_with_itself_never_regresses_and_the_other_way_round_worse_is_better(
        seed in 1u64..1_000_000, speed in 0.2f64..5.0, rounds in 1u32..9, which in 0usize..3,
    ) {
        let fixture = Fixture { seed, rounds, flawed: true, loads: vec![16], ..fixture() };
        let subject = fixture.subjects[which];
        let [base, new] = with_speed(&fixture, speed, on(subject));
        let itself = changes(&[new.clone(), new.clone()]);
        prop_assert_eq!(itself.of(Verdict::Regressed).chain(itself.of(Verdict::Improved)).count(), 0);
        let verdicts = |found: &Changes| -> BTreeMap<String, Verdict> {
            found.changes.iter().map(|change| (change.id.clone(), change.verdict)).collect()
        };
        let there = verdicts(&changes(&[base.clone(), new.clone()]));
        let back = verdicts(&changes(&[new, base]));
        for (id, verdict) in there {
            let opposite = match verdict {
                Verdict::Regressed => Verdict::Improved,
                Verdict::Improved => Verdict::Regressed,
                same => same,
            };
            prop_assert_eq!(back[&id], opposite, "{}", id);
        }
    }
}
