//! What changed from one run to another: what is called a regression, and what is not.

use std::collections::BTreeMap;

use crate::support::compare::{again, change, fixture, with_speed};
use crate::support::findings;
use crate::support::run::{Fixture, error};
use contend::compare::{Asked, Basis, Change, Changes, Verdict, compare};
use contend::measure::experiment::{Extent, Observation};
use contend::measure::{
    Check, CommitWork, Experiment, Latencies, Measurement, Outcome, Point, Run, TrialResult,
};
use proptest::prelude::*;

fn changes([base, new]: &[Run; 2]) -> Changes {
    compare(base, new, &Asked::default()).unwrap()
}

/// Figures of a verdict: subject, clients, figure and basis.
fn of(changes: &Changes, verdict: Verdict) -> Vec<String> {
    let words = |change: &Change| {
        format!(
            "{}: {} ({})",
            change.place,
            change.figure,
            change.basis.name()
        )
    };
    changes.of(verdict).map(words).collect()
}

fn on(subject: &str) -> impl Fn(&Point) -> bool {
    move |point| point.subject == subject
}

#[test]
fn the_same_thing_measured_again_has_not_changed() {
    let found = changes(&[fixture().run(), again(&fixture(), 1.0).run()]);
    assert!(of(&found, Verdict::Regressed).is_empty() && of(&found, Verdict::Improved).is_empty());
    assert_eq!(found.gating(Verdict::Regressed).count(), 0);
    assert!(
        found.of(Verdict::NoDifference).count() > 20,
        "and not for want of power"
    );
}

#[test]
fn a_subject_that_became_slower_has_regressed_and_no_other() {
    let found = changes(&with_speed(&fixture(), 0.5, on("sqlite-wal-full")));
    let regressed = of(&found, Verdict::Regressed);
    for expected in [
        "1 client: goodput (ratio)",
        "16 clients: goodput (time)",
        "1 client: p99 (ratio)",
        "geometric mean of 2 points: goodput (ratio)",
        "geometric mean of 2 points: goodput (time)",
    ] {
        let expected = format!("sqlite-wal-full, {expected}");
        assert!(regressed.contains(&expected), "{expected}: {regressed:?}");
    }
    assert!(
        regressed
            .iter()
            .all(|figure| figure.starts_with("sqlite-wal-full")),
        "{regressed:?}"
    );
    assert!(of(&found, Verdict::Improved).is_empty());
    assert_eq!(found.verdict, Verdict::Regressed);
    let goodput = found
        .gating(Verdict::Regressed)
        .find(|change| change.figure == "goodput");
    let size = goodput.unwrap().effect.unwrap();
    assert!(
        size.lower < 0.5 && 0.5 < size.upper && size.upper < 0.6,
        "{size:?}"
    );
}

#[test]
fn what_no_point_shows_by_itself_shows_over_all_of_them() {
    let many = Fixture {
        rounds: 12,
        loads: vec![1, 2, 4, 8, 16, 32],
        ..fixture()
    };
    // As little as that takes.
    let found = changes(&with_speed(&many, 0.9, on("sqlite-wal-full")));
    let goodput = |change: &&Change| change.figure == "goodput" && change.basis == Basis::Ratio;
    let (overall, single): (Vec<&Change>, Vec<&Change>) = found
        .changes
        .iter()
        .filter(goodput)
        .filter(|change| change.place.starts_with("sqlite-wal-full, "))
        .partition(|change| change.group == "all workloads");
    let [overall] = overall[..] else {
        panic!("{overall:?}");
    };
    let size = overall.effect.unwrap();
    assert_eq!(overall.verdict, Verdict::Regressed, "{}", overall.words);
    assert!(size.lower < 0.9 && 0.9 < size.upper, "{size:?}");
    assert_eq!(single.len(), 6);
    for change in single {
        assert!(
            change.effect.unwrap().smallest > size.smallest,
            "{}",
            change.place
        );
    }
}

#[test]
fn a_subject_that_became_faster_makes_no_regression_of_the_others() {
    for subjects in [vec!["sqlite-wal-full", "postgres"], fixture().subjects] {
        let fixture = Fixture {
            subjects,
            ..fixture()
        };
        let found = changes(&with_speed(&fixture, 3.0, on("sqlite-wal-full")));
        assert!(
            of(&found, Verdict::Regressed).is_empty(),
            "{:?}",
            of(&found, Verdict::Regressed)
        );
        let improved = of(&found, Verdict::Improved);
        assert!(
            improved.contains(&"sqlite-wal-full, 1 client: goodput (ratio)".to_owned()),
            "{improved:?}"
        );
        assert!(
            improved
                .iter()
                .all(|figure| figure.starts_with("sqlite-wal-full")),
            "{improved:?}"
        );
    }
}

#[test]
fn a_slower_disk_changes_nothing_for_those_who_wait_for_none() {
    let fixture = Fixture {
        subjects: vec![
            "sqlite-delete-full",
            "sqlite-wal-full",
            "postgres",
            "sqlite-wal-normal",
            "postgres-async",
        ],
        ..fixture()
    };
    let waits = ["sqlite-delete-full", "sqlite-wal-full", "postgres"];
    let found = changes(&with_speed(&fixture, 0.5, |point| {
        waits.contains(&point.subject.as_str())
    }));
    let of_time = |change: &&Change| change.basis != Basis::Count;
    let changed = found.changes.iter().filter(of_time).filter(|change| {
        ["sqlite-wal-normal", "postgres-async"]
            .iter()
            .any(|subject| change.place.starts_with(subject))
    });
    let mut figures = 0;
    for change in changed {
        figures += 1;
        assert!(
            !matches!(change.verdict, Verdict::Regressed | Verdict::Improved),
            "{} {}: {}",
            change.place,
            change.figure,
            change.words
        );
        // Beside those whose disk became slower, they would seem twice as fast.
        if let Some(size) = change.effect {
            assert!((0.8..1.25).contains(&size.estimate), "{size:?}");
        }
    }
    assert!(figures >= 8, "{figures}");
}

#[test]
fn a_slower_machine_changes_times_which_decide_nothing_and_no_ratio() {
    let runs = [fixture().run(), again(&fixture(), 0.6).run()];
    let found = changes(&runs);
    let regressed = of(&found, Verdict::Regressed);
    assert!(
        regressed.iter().all(|figure| figure.ends_with("(time)")),
        "{regressed:?}"
    );
    assert!(regressed.len() >= 10, "{regressed:?}");
    assert!(!found.regressed());
    let gate = Basis::ALL.to_vec();
    let asked = Asked {
        gate,
        ..Asked::default()
    };
    assert!(compare(&runs[0], &runs[1], &asked).unwrap().regressed());
}

#[test]
fn three_rounds_tell_nothing_of_times_and_still_count_losses() {
    let few = Fixture {
        rounds: 3,
        ..fixture()
    };
    let mut runs = with_speed(&few, 0.1, on("sqlite-wal-full"));
    let found = changes(&runs);
    assert!(of(&found, Verdict::Regressed).is_empty());
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
    let improved = of(&changes(&runs), Verdict::Improved);
    assert_eq!(improved, ["postgres, 1 client: failed audits (count)"]);
    fail(&mut runs[1]);
    let found = changes(&runs);
    assert!(of(&found, Verdict::NoDifference).contains(&improved[0]));
}

#[test]
fn a_subject_that_commits_nothing_any_more_has_regressed_and_one_idle_round_decides_nothing() {
    let idle = |from: u32| {
        let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
        let wanted = move |point: &Point, round| {
            point.subject == "sqlite-delete-full" && point.clients == 16 && round >= from
        };
        change(&mut runs[1], wanted, |measurement| {
            // Who is let in after the end was too late.
            (measurement.committed, measurement.late) = (0, 3);
            measurement.given_up.clear();
            measurement.errors.clear();
            measurement.attempts = 3;
            measurement.success = Latencies::default();
            measurement.committed_per_client.fill(0);
        });
        changes(&runs)
    };
    let name = "sqlite-delete-full, 16 clients: rounds without a commit (count)".to_owned();
    let always = of(&idle(1), Verdict::Regressed);
    assert!(always.contains(&name), "{always:?}");
    assert!(
        always
            .iter()
            .all(|figure| figure.starts_with("sqlite-delete-full, ")),
        "{always:?}"
    );
    let one = idle(6);
    assert!(of(&one, Verdict::Regressed).is_empty());
    assert!(of(&one, Verdict::Inconclusive).contains(&name));
}

#[test]
fn a_subject_that_became_slower_has_regressed_though_rounds_of_both_runs_are_without_a_commit() {
    let many = Fixture {
        rounds: 20,
        ..fixture()
    };
    let is_its = |point: &Point| point.subject == "sqlite-delete-full" && point.clients == 16;
    let idle = |measurement: &mut Measurement| {
        (measurement.committed, measurement.late) = (0, 3);
        measurement.success = Latencies::default();
        measurement.committed_per_client.fill(0);
    };
    let compared = |speed: f64| {
        let mut runs = with_speed(&many, speed, is_its);
        for run in &mut runs {
            change(run, |point, round| is_its(point) && round == 7, idle);
        }
        changes(&runs)
    };
    let name = |basis: &str| format!("sqlite-delete-full, 16 clients: goodput ({basis})");
    let slower = of(&compared(0.1), Verdict::Regressed);
    assert!(slower.contains(&name("ratio")), "{slower:?}");
    assert!(slower.contains(&name("time")), "{slower:?}");
    let same = compared(1.0);
    assert_eq!(of(&same, Verdict::Regressed), Vec::<String>::new());
    assert_eq!(of(&same, Verdict::Improved), Vec::<String>::new());
}

#[test]
fn a_figure_that_rounds_of_both_runs_are_without_is_told_unless_it_is_so_in_all() {
    let p99 = |without: [u32; 2]| {
        let mut runs = [fixture().run(), again(&fixture(), 1.0).run()];
        for (run, without) in runs.iter_mut().zip(without) {
            change(
                run,
                |point, round| {
                    point.subject == "postgres" && point.clients == 16 && round <= without
                },
                |measurement| measurement.success = Latencies::default(),
            );
        }
        let found = changes(&runs);
        let is_it =
            |change: &&Change| change.place == "postgres, 16 clients" && change.figure == "p99";
        let found = found.changes.iter().filter(is_it);
        found
            .map(|change| (change.verdict, change.gates))
            .collect::<Vec<_>>()
    };
    // A tail that is shown only decides nothing by being away either.
    assert_eq!(p99([0, 1]), [(Verdict::Inconclusive, false)]);
    assert_eq!(p99([1, 6]), [(Verdict::Inconclusive, false)]);
    assert_eq!(p99([2, 2]), [(Verdict::NoDifference, false)]);
    assert_eq!(p99([6, 6]), []);
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
        of(&found, Verdict::Regressed),
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
    assert!(of(&changes(&runs), Verdict::Inconclusive).contains(&name));
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
    let regressed = of(&changes(&runs), Verdict::Regressed);
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
    let regressed = of(&changes(&runs), Verdict::Regressed);
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
        of(&found, Verdict::Regressed),
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
        of(&found, Verdict::Regressed),
        ["sqlite-wal-full, 16 clients, naive: lost increments (count)"]
    );
    // Where some were lost before, one more or less is chance.
    lose(&mut runs[0], 2);
    assert_eq!(of(&changes(&runs), Verdict::Regressed), [""; 0]);
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
    assert_eq!(of(&found, Verdict::Regressed), std::slice::from_ref(&one));
    let many = "sqlite-wal-full, 16 clients: syncs per commit (count)".to_owned();
    assert!(of(&found, Verdict::Inconclusive).contains(&many));
    // A machine so slow that what is synced once shows in every commit.
    for work in &mut runs[1].commit_work {
        work.commits = 8;
    }
    let slow = changes(&runs);
    assert!(of(&slow, Verdict::Regressed).is_empty());
    assert!(of(&slow, Verdict::Inconclusive).contains(&one));
}

#[test]
fn waits_and_the_time_until_settled_are_the_figures_of_their_workloads() {
    let figures = |workload| {
        let fixture = Fixture {
            rounds: 6,
            ..Fixture::of(workload, 2)
        };
        let found = changes(&[fixture.run(), again(&fixture, 1.0).run()]);
        let mut names: Vec<String> = found
            .changes
            .iter()
            .filter(|change| change.basis == Basis::Time && change.place.starts_with("postgres"))
            .map(|change| change.figure.clone())
            .collect();
        names.sort();
        names
    };
    assert_eq!(figures("payment-deadlock"), ["time until settled"]);
    let waits = figures("long-transaction");
    assert!(
        waits.contains(&"p50 of write, other row".to_owned()),
        "{waits:?}"
    );
    assert!(!waits.contains(&"goodput".to_owned()), "{waits:?}");
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
        of(&compared(5_000.0, 0.0, Extent::Short), Verdict::Regressed),
        turned
    );
    assert_eq!(
        of(&compared(0.0, 5_000.0, Extent::Short), Verdict::Improved),
        turned
    );
    assert!(of(&compared(0.0, 0.0, Extent::Short), Verdict::NoDifference).contains(&turned[0]));
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
    assert!(of(&changes(&runs), Verdict::Regressed).is_empty());
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
    let regressed = of(&changes(&runs), Verdict::Regressed);
    assert_eq!(regressed.len(), 2, "{regressed:?}");
    assert!(
        regressed.contains(&format!("{observed}: failed audits (count)")),
        "{regressed:?}"
    );
}

#[test]
fn names_of_figures_are_unique_and_the_same_in_every_run() {
    let everything = Fixture {
        naive: vec![16],
        workloads: vec!["increment-hot", "long-transaction", "payment-deadlock"],
        ..Fixture::small()
    };
    let ids = |found: &Changes| {
        let mut ids: Vec<String> = found
            .changes
            .iter()
            .map(|change| change.id.clone())
            .collect();
        ids.sort();
        ids
    };
    let first = ids(&changes(&[everything.run(), again(&everything, 1.0).run()]));
    let mut unique = first.clone();
    unique.dedup();
    assert_eq!(first, unique);
    assert!(first.contains(
        &"increment-hot.v1/postgres/careful/processes/1 instance/1 client/ratio/goodput".to_owned()
    ));
    assert_eq!(
        first,
        ids(&changes(&[everything.run(), again(&everything, 0.5).run()]))
    );
}

#[test]
fn points_of_one_run_alone_are_listed_and_not_compared() {
    let base = fixture().run();
    let new = Fixture {
        loads: vec![1, 4],
        ..fixture()
    };
    let found = changes(&[base, new.run()]);
    assert!(
        found
            .only_in_base
            .contains(&"increment-hot, postgres, 16 clients".to_owned())
    );
    assert!(
        found
            .only_in_new
            .contains(&"increment-hot, postgres, 4 clients".to_owned())
    );
    assert!(
        found
            .changes
            .iter()
            .all(|change| change.place.contains("1 client"))
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
