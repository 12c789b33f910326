//! What changed in goodput, latency and waits: what is called a regression, and what is not.

use crate::support::compare::{again, called, change, changes, fixture, on, with_speed};
use crate::support::run::Fixture;
use contend::compare::{Asked, Basis, Change, Changes, Verdict, compare};
use contend::measure::{Latencies, Measurement, Point};

#[test]
fn the_same_thing_measured_again_has_not_changed() {
    let found = changes(&[fixture().run(), again(&fixture(), 1.0).run()]);
    assert!(
        called(&found, Verdict::Regressed).is_empty()
            && called(&found, Verdict::Improved).is_empty()
    );
    assert_eq!(found.gating(Verdict::Regressed).count(), 0);
    assert!(
        found.of(Verdict::NoDifference).count() > 20,
        "and not for want of power"
    );
}

#[test]
fn a_subject_that_became_slower_has_regressed_and_no_other() {
    let found = changes(&with_speed(&fixture(), 0.5, on("sqlite-wal-full")));
    let regressed = called(&found, Verdict::Regressed);
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
    assert!(called(&found, Verdict::Improved).is_empty());
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
            called(&found, Verdict::Regressed).is_empty(),
            "{:?}",
            called(&found, Verdict::Regressed)
        );
        let improved = called(&found, Verdict::Improved);
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
    let regressed = called(&found, Verdict::Regressed);
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
    let always = called(&idle(1), Verdict::Regressed);
    assert!(always.contains(&name), "{always:?}");
    assert!(
        always
            .iter()
            .all(|figure| figure.starts_with("sqlite-delete-full, ")),
        "{always:?}"
    );
    let one = idle(6);
    assert!(called(&one, Verdict::Regressed).is_empty());
    assert!(called(&one, Verdict::Inconclusive).contains(&name));
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
    let slower = called(&compared(0.1), Verdict::Regressed);
    assert!(slower.contains(&name("ratio")), "{slower:?}");
    assert!(slower.contains(&name("time")), "{slower:?}");
    let same = compared(1.0);
    assert_eq!(called(&same, Verdict::Regressed), Vec::<String>::new());
    assert_eq!(called(&same, Verdict::Improved), Vec::<String>::new());
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
