//! The page as a file: it stands alone, is safe to open, and survives every run.

use crate::support::html::{page, pieces, section, text};
use crate::support::run::Fixture;
use contend::measure::{TrialResult, store};
use sha2::Digest;

#[test]
fn the_report_is_a_page_six_csv_files_a_decision_record_and_three_for_other_programs() {
    let out = tempfile::tempdir().unwrap();
    let nested = out.path().join("not/there/yet");
    let files = contend::report::write(&Fixture::small().run(), &nested).unwrap();
    assert_eq!(
        files,
        [
            "index.html",
            "trials.csv",
            "long_trials.csv",
            "kinds.csv",
            "commit_work.csv",
            "experiments.csv",
            "claims.csv",
            "adr.md",
            "bencher.json",
            "benchmark-bigger-is-better.json",
            "benchmark-smaller-is-better.json"
        ]
        .map(|name| nested.join(name))
    );
    assert!(files.iter().all(|file| file.is_file()));
    let left = std::fs::read_dir(&nested).unwrap().count();
    assert_eq!(left, 11, "nothing else is left behind");
}

#[test]
fn a_report_is_made_again_from_its_run_file() {
    let out = tempfile::tempdir().unwrap();
    let run = Fixture::small().run();
    let file = store::write(&run, out.path()).unwrap();
    let status = std::process::Command::new(env!("CARGO_BIN_EXE_contend"))
        .arg("report")
        .arg(&file)
        .status()
        .unwrap();
    assert!(status.success());
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
        "src=", "<link", "@import", "url(", "srcset", "<iframe", "<object", "fetch(",
    ] {
        assert!(!page.contains(fetch), "{fetch}");
    }
    let rest = page.replace("xmlns=\"http://www.w3.org/2000/svg\"", "");
    assert!(!rest.contains("http://") && !rest.contains("https://"));
    assert!(page.contains("Content-Security-Policy\" content=\"default-src 'none'"));
}

#[test]
fn the_only_script_that_may_run_is_the_one_whose_hash_the_page_states() {
    let page = page(&Fixture::small().run());
    assert_eq!(page.matches("<script").count(), 1);
    let script = pieces(&page, "<script>", "</script>")[0];
    let script = script.strip_prefix("<script>").unwrap();
    let script = script.strip_suffix("</script>").unwrap();
    let hash = base64::Engine::encode(
        &base64::engine::general_purpose::STANDARD,
        sha2::Sha256::digest(script),
    );
    assert!(page.contains(&format!("; script-src 'sha256-{hash}'\">")));
    assert!(!page.contains("unsafe-eval") && !page.contains("script-src 'unsafe-inline'"));
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_there_once() {
    let page = page(&Fixture::everything().run());
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
    run.workloads[0].careful.sql.push(attack.to_owned());
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
    run.experiments = crate::support::findings::experiments();
    for experiment in &mut run.experiments {
        let texts = [
            &mut experiment.name,
            &mut experiment.question,
            &mut experiment.method,
            &mut experiment.started,
        ];
        texts.into_iter().for_each(rename);
        experiment.left_out.push(attack.to_owned());
        experiment.failures.push(attack.to_owned());
        for view in &mut experiment.views {
            let texts = [&mut view.name, &mut view.title, &mut view.caption];
            texts.into_iter().for_each(rename);
            view.stated
                .iter_mut()
                .for_each(|stated| rename(&mut stated.words));
        }
        for timeline in &mut experiment.timelines {
            let texts = [
                &mut timeline.name,
                &mut timeline.title,
                &mut timeline.subject,
            ];
            texts.into_iter().for_each(rename);
            timeline
                .conditions
                .insert(attack.to_owned(), attack.to_owned());
            for step in &mut timeline.steps {
                rename(&mut step.actor);
                rename(&mut step.does);
            }
            for check in &mut timeline.ending.checks {
                rename(&mut check.what);
                rename(&mut check.found);
            }
        }
        for observation in &mut experiment.observations {
            observation.conditions.values_mut().for_each(rename);
        }
    }
    let page = page(&run);
    for tag in ["<img", "url("] {
        assert!(!page.contains(tag), "{tag}");
    }
    assert_eq!(page.matches("<script").count(), 1, "the page’s own");
    assert!(text(&page).contains(attack));
}

#[test]
fn an_incomplete_run_says_so_before_anything_else() {
    let mut run = Fixture::small().run();
    run.complete = false;
    run.trials.truncate(7);
    run.long_trials.clear();
    let page = page(&run);
    let main = text(pieces(&page, "<main>", "</main>")[0]);
    let expected = "Incomplete. This run is incomplete: 7 of 20 trials were made";
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
