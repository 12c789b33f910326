//! The page as a file: it stands alone, is safe to open, and survives every run.

mod support;

use contend::measure::run::Plan;
use contend::measure::{Run, TrialResult, store};
use support::html::{page, pieces, section, text};
use support::run::Fixture;

#[test]
fn the_report_is_a_page_and_a_csv_file() {
    let out = tempfile::tempdir().unwrap();
    let nested = out.path().join("not/there/yet");
    let files = contend::report::write(&Fixture::small().run(), &nested).unwrap();
    assert_eq!(
        files,
        [nested.join("index.html"), nested.join("trials.csv")]
    );
    assert!(files.iter().all(|file| file.is_file()));
    let left = std::fs::read_dir(&nested).unwrap().count();
    assert_eq!(left, 2, "nothing else is left behind");
}

#[test]
fn a_report_is_made_again_from_its_run_file() {
    let out = tempfile::tempdir().unwrap();
    let run = Fixture::small().run();
    let file = store::write(&run, out.path()).unwrap();
    contend::cli::report::report(&file, out.path()).unwrap();
    let again = std::fs::read_to_string(out.path().join("index.html")).unwrap();
    assert!(again == page(&run), "the same run makes the same page");
}

#[test]
fn a_directory_that_cannot_be_made_is_named() {
    let out = tempfile::tempdir().unwrap();
    let file = out.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = contend::report::write(&Fixture::small().run(), &file.join("reports")).unwrap_err();
    assert!(format!("{error:#}").contains("file/reports"), "{error:#}");
}

#[test]
fn the_page_fetches_nothing() {
    let page = page(
        &Fixture {
            rounds: 1,
            ..Fixture::default()
        }
        .run(),
    );
    for fetch in [
        "src=", "<link", "<script", "@import", "url(", "srcset", "<iframe", "<object",
    ] {
        assert!(!page.contains(fetch), "{fetch}");
    }
    let rest = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!rest.contains("http://") && !rest.contains("https://"));
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'"));
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    let page = page(
        &Fixture {
            rounds: 1,
            ..Fixture::default()
        }
        .run(),
    );
    let ids: Vec<&str> = page
        .split(" id=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    for (index, id) in ids.iter().enumerate() {
        assert!(!ids[..index].contains(id), "{id} is there twice");
    }
    for link in page
        .split("href=\"#")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
    {
        assert!(ids.contains(&link), "{link} leads nowhere");
    }
}

#[test]
fn what_a_server_says_of_itself_is_not_run() {
    let attack = "</title><script>alert('1')</script><img src=x onerror=alert(2)>";
    let mut run = Fixture::small().run();
    let server = run.server.as_mut().unwrap();
    server.version = attack.to_owned();
    server.banner = attack.to_owned();
    server.settings.insert(attack.to_owned(), attack.to_owned());
    server.passed_over.push(attack.to_owned());
    run.warnings.push(attack.to_owned());
    run.not_measured.push(attack.to_owned());
    run.command.push(attack.to_owned());
    run.workloads[0].title = attack.to_owned();
    run.workloads[0].sql.push(attack.to_owned());
    run.trials[0].result = TrialResult::Failed {
        reason: attack.to_owned(),
    };
    for subject in &mut run.subjects {
        subject.summary = attack.to_owned();
        subject.colour = "red;background:url(x)".to_owned();
    }
    // Names reach anchors, charts and captions.
    let rename = |name: &mut String| name.push_str(attack);
    run.subjects
        .iter_mut()
        .for_each(|subject| rename(&mut subject.name));
    run.workloads
        .iter_mut()
        .for_each(|workload| rename(&mut workload.name));
    let points = run
        .plan
        .points
        .iter_mut()
        .chain(run.trials.iter_mut().map(|trial| &mut trial.point));
    points.for_each(|point| {
        rename(&mut point.subject);
        rename(&mut point.workload);
    });
    let page = page(&run);
    for tag in ["<script", "<img", "url("] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(text(&page).contains(attack));
}

/// Every trial of `run`, changed.
fn each(run: &mut Run, change: impl Fn(&mut contend::measure::Measurement)) {
    for trial in &mut run.trials {
        if let TrialResult::Measured(measurement) = &mut trial.result {
            change(measurement);
        }
    }
}

/// A name, a run that hardly is one, and what its page has to say.
fn degenerate() -> Vec<(&'static str, Run, &'static str)> {
    let small = || Fixture::small().run();
    let changed = |change: &dyn Fn(&mut Run)| {
        let mut run = small();
        change(&mut run);
        run
    };
    let with = |fixture: Fixture| fixture.run();
    let zero = |run: &mut Run| {
        each(run, |m| {
            m.committed = 0;
            m.late = 0;
            m.success = Default::default();
            m.committed_per_client.fill(0);
            m.criterion = None;
        });
    };
    vec![
        (
            "no commit anywhere",
            changed(&zero),
            "No operation committed in a trial that may be compared",
        ),
        (
            "no trial yet",
            changed(&|run| run.trials.clear()),
            "No trial of this run may be compared",
        ),
        (
            "nothing planned",
            changed(&|run| {
                run.trials.clear();
                run.plan = Plan {
                    points: Vec::new(),
                    rounds: 0,
                    ..run.plan.clone()
                };
                run.subjects.clear();
                run.workloads.clear();
                run.server = None;
                run.sqlite = None;
            }),
            "This run has no workload",
        ),
        (
            "every trial void",
            changed(&|run| each(run, |m| m.audit.checks.clear())),
            "No trial of this run may be compared",
        ),
        (
            "every trial failed",
            changed(&|run| {
                run.trials.iter_mut().for_each(|t| {
                    t.result = TrialResult::Failed {
                        reason: "fire".to_owned(),
                    }
                });
            }),
            "fire",
        ),
        (
            "one round",
            with(Fixture {
                rounds: 1,
                ..Fixture::small()
            }),
            "one round, no interval claimed",
        ),
        (
            "one load",
            with(Fixture {
                loads: vec![1],
                ..Fixture::small()
            }),
            "Fairness is between clients",
        ),
        (
            "one subject, no server",
            with(Fixture {
                subjects: vec!["sqlite-wal-full"],
                ..Fixture::small()
            }),
            "No two subjects of this run share a durability tier",
        ),
        (
            "only the harness",
            with(Fixture {
                subjects: vec!["noop"],
                ..Fixture::small()
            }),
            "No trial of this workload may be compared",
        ),
        (
            "no criterion",
            changed(&|run| each(run, |m| m.criterion = None)),
            "Statistic.",
        ),
        (
            "a debug build",
            changed(&|run| run.build.profile = "debug".to_owned()),
            "without optimisation",
        ),
        (
            "huge figures",
            with(Fixture {
                scale: 1e9,
                ..Fixture::small()
            }),
            "operations/s",
        ),
        (
            "small figures",
            with(Fixture {
                scale: 1e-3,
                ..Fixture::small()
            }),
            "operations/s",
        ),
        (
            "nothing told of the machine",
            changed(&|run| {
                run.machine.cpus = 0;
                run.machine.memory_bytes = 0;
                run.probe.steal = None;
                run.build.commit = None;
                run.build.dirty = None;
                each(run, |m| m.machine_cpu = None);
                run.trials
                    .iter_mut()
                    .for_each(|trial| trial.fdatasync_us = None);
            }),
            "not built from a git checkout",
        ),
        (
            "a subject and a workload that nobody described",
            changed(&|run| {
                run.subjects.clear();
                run.workloads.clear();
            }),
            "The run file does not describe this workload",
        ),
        (
            "no time at all",
            changed(&|run| {
                run.plan.seconds = 0.0;
                each(run, |m| {
                    m.seconds = 0.0;
                    m.committed = 0;
                });
            }),
            "operations/s",
        ),
    ]
}

#[test]
fn every_run_has_a_report_however_little_it_holds() {
    for (name, run, expected) in degenerate() {
        let page = page(&run);
        let words = text(&page);
        assert!(
            words.contains(expected),
            "{name}: the page does not say {expected:?}"
        );
        for wrong in ["NaN", "inf ", "inf×", "undefined"] {
            assert!(!words.contains(wrong), "{name}: {wrong}");
        }
        assert!(page.trim_end().ends_with("</html>"), "{name}");
    }
}

#[test]
fn an_incomplete_run_says_so_before_anything_else() {
    let mut run = Fixture::small().run();
    run.complete = false;
    run.trials.truncate(7);
    let page = page(&run);
    let main = text(pieces(&page, "<main>", "</main>")[0]);
    let expected = "Incomplete. This run is incomplete: 7 of 18 trials were made";
    assert!(main.trim_start().starts_with(expected), "{}", &main[..200]);
}

#[test]
fn void_and_failed_trials_are_listed_with_their_reasons() {
    let fixture = Fixture {
        rounds: 3,
        workloads: vec!["insert-100"],
        ..Fixture::default()
    };
    let page = page(&fixture.run());
    let audits = text(section(&page, "audits"));
    assert!(audits.contains("82 of 84 trials passed"), "{audits}");
    assert!(audits.contains("worker 3 ended with code 101"), "{audits}");
    assert!(audits.contains("rows: expected"), "{audits}");
    let warnings = text(section(&page, "warnings"));
    assert!(
        warnings.contains("1 trial did not pass the audit"),
        "{warnings}"
    );
    assert!(
        warnings.contains("1 trial could not run to the end"),
        "{warnings}"
    );
}
