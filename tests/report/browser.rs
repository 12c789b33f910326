//! The report as a reader sees it, in a real browser, on a telephone and on a desk, by day and by night.

use crate::support::browser::{self, Scheme};
use crate::support::html::{figure, section, table};
use crate::support::run::Fixture;
use contend::claim;
use contend::compare;
use contend::measure::experiment::{Observation, Unit, View};
use contend::measure::{Experiment, Outcome, Run, TrialResult};

/// The widths looked at, in pixels.
const WIDTHS: [u32; 2] = [400, 1280];

fn run(fixture: Fixture) -> Run {
    fixture.run()
}

fn assert_readable(run: &Run) {
    assert_readable_since(None, run);
}

/// The same, with what changed since another run.
fn assert_readable_since(base: Option<&Run>, run: &Run) {
    let Some(chromium) = browser::find() else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let changes = base.map(|base| compare::compare(base, run, &compare::Asked::default()).unwrap());
    let section = changes.as_ref().map(compare::section);
    contend::report::write_since(run, section.as_ref(), out.path()).unwrap();
    for scheme in [Scheme::Light, Scheme::Dark] {
        for width in WIDTHS {
            let page = out.path().join("index.html");
            let (problems, charts) = browser::problems(&chromium, &page, width, scheme);
            assert!(
                problems.is_empty(),
                "{width} px, {scheme:?}:\n{}",
                problems.join("\n")
            );
            assert!(charts > 0, "no chart was looked at");
        }
    }
}

#[test]
fn the_report_can_be_read_at_every_width_by_day_and_by_night() {
    assert_readable(&run(Fixture {
        rounds: 2,
        ..Fixture::default()
    }));
}

#[test]
fn what_changed_since_another_run_can_be_read() {
    let runs =
        crate::support::compare::with_speed(&crate::support::compare::fixture(), 0.3, |point| {
            point.subject.starts_with("sqlite")
        });
    assert_readable_since(Some(&runs[0]), &runs[1]);
}

#[test]
fn one_subject_at_one_load_in_one_round_can_be_read() {
    assert_readable(&run(Fixture {
        rounds: 1,
        loads: vec![16],
        subjects: vec!["sqlite-delete-full"],
        ..Fixture::small()
    }));
}

#[test]
fn subjects_that_are_equally_fast_can_be_read() {
    // Every goodput is 0 or nearly so: labels want to stand at the same place.
    assert_readable(&run(Fixture {
        rounds: 2,
        workloads: vec!["insert-100"],
        scale: 1e-3,
        ..Fixture::default()
    }));
}

#[test]
fn figures_of_any_size_can_be_read() {
    assert_readable(&run(Fixture {
        rounds: 2,
        workloads: vec!["increment-hot"],
        scale: 1e4,
        ..Fixture::default()
    }));
}

#[test]
fn every_class_of_outcome_and_points_without_any_can_be_read() {
    let mut run = run(Fixture {
        rounds: 2,
        workloads: vec!["increment-hot"],
        ..Fixture::default()
    });
    for trial in &mut run.trials {
        if trial.point.subject == "sqlite-wal-full" && trial.point.clients != 4 {
            trial.result = TrialResult::Failed {
                reason: "Fixture: failed".to_owned(),
            };
        }
        let starved = trial.point.subject == "sqlite-delete-extra" && trial.point.clients > 4;
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.given_up.extend(
                Outcome::ALL[1..]
                    .iter()
                    .zip(1..)
                    .map(|(class, n)| (*class, n)),
            );
            if starved {
                (measurement.committed, measurement.late) = (0, 0);
                measurement.committed_per_client.fill(0);
                measurement.success = Default::default();
                measurement.given_up.clear();
            }
        }
    }
    assert_readable(&run);
}

#[test]
fn every_workload_with_careful_and_naive_clients_can_be_read() {
    assert_readable(&Fixture::everything().run());
}

#[test]
fn naive_clients_of_one_subject_alone_can_be_read() {
    assert_readable(&run(Fixture {
        loads: Vec::new(),
        naive: vec![2],
        subjects: vec!["postgres-deadlock-50ms"],
        ..Fixture::everything()
    }));
}

#[test]
fn experiments_with_long_names_and_many_series_can_be_read() {
    let way = |n: u32| {
        format!(
            "way {n}: DEFERRED, and what is read again before it is written, in a transaction of its own"
        )
    };
    let mut observations = Vec::new();
    for n in 0..12 {
        for clients in [1, 2, 3, 450, 500] {
            for place in [
                "four containers that share one file on a volume, behind a load balancer that knows nothing of them",
                "one process",
                "two",
            ] {
                let made = Observation::under([
                    ("subject", "postgres"),
                    ("way", way(n).as_str()),
                    ("place", place),
                    ("clients_at_once", &clients.to_string()),
                ]);
                let lost = f64::from(clients * n) * 1_234.5;
                observations.push(made.with("operations_lost_without_any_error_ms", lost));
            }
        }
    }
    let view = |name: &str| {
        let figure = "operations_lost_without_any_error_ms";
        View::of(name, "Lost without any error", figure, Unit::Milliseconds)
            .panels(&["place"])
            .series(&["subject", "way"])
            .stated(None, 10.0, 10.0, &way(99).repeat(2))
            .stated(Some(450.0), 1e3, 1e6, &way(98).repeat(2))
    };
    let mut played = crate::support::findings::timeline("sales", "postgres");
    for step in &mut played.steps {
        step.actor = format!(
            "{}, a container that has been given a name of its own by somebody",
            step.actor
        );
        step.does = format!("{} -- {}", step.does, "x".repeat(200));
    }
    let mut run = Fixture::small().run();
    run.experiments = vec![Experiment {
        views: vec![
            view("lines").along("clients_at_once").logarithmic(),
            view("line")
                .along("clients_at_once")
                .panels(&[])
                .only("place", "two"),
            view("rows").only("clients_at_once", "500"),
        ],
        timelines: vec![played],
        observations,
        ..crate::support::findings::experiment("long")
    }];
    assert_readable(&run);
}

/// Presses on the filter of the ledger, and tells what it then shows.
const FILTER: &str = r##"
window.addEventListener("load", () => {
  const frame = document.querySelector("iframe");
  const page = frame.contentDocument;
  const shown = (...ids) => {
    ids.forEach((id) => page.getElementById(id).click());
    const lines = Array.from(page.querySelectorAll(".ledger > li"));
    const seen = lines.filter((line) => frame.contentWindow.getComputedStyle(line).display !== "none");
    return seen.map((line) => line.id || line.textContent.trim());
  };
  document.getElementById("result").textContent = JSON.stringify({
    all: shown(),
    supported: shown("verdict-supported"),
    both: shown("document-sqlite-on-aws-lambda-and-efs"),
    again: shown("verdict-all", "document-all"),
  });
});"##;

#[test]
fn the_ledger_shows_the_claims_that_are_asked_for() {
    let Some(chromium) = browser::find() else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let mut run = Fixture::small().run();
    // Of these, only a lost update is enough for a verdict.
    run.experiments = crate::support::findings::experiments();
    contend::report::write(&run, out.path()).unwrap();
    let page = out.path().join("index.html");
    let shown = browser::answer(&chromium, &page, 1280, Scheme::Light, FILTER);
    let all: Vec<String> = claim::ALL
        .iter()
        .map(|c| format!("claim-{}", c.id))
        .collect();
    let supported =
        |claim: &&&claim::Claim| claim.of(&run.experiments).verdict == claim::Verdict::Supported;
    let supported: Vec<String> = claim::ALL
        .iter()
        .filter(supported)
        .map(|c| format!("claim-{}", c.id))
        .collect();
    assert!(!supported.is_empty());
    assert_eq!(shown["all"], serde_json::json!(all));
    assert_eq!(shown["supported"], serde_json::json!(supported));
    assert_eq!(
        shown["both"],
        serde_json::json!(["No claim of this run is both."])
    );
    assert_eq!(shown["again"], serde_json::json!(all));
}

/// Presses the buttons that copy, with a clipboard that keeps what is written to it, and then with none.
const COPY: &str = r##"
window.addEventListener("load", async () => {
  const frame = document.querySelector("iframe");
  const [view, page] = [frame.contentWindow, frame.contentDocument];
  const copied = [];
  const clipboard = { writeText: async (text) => void copied.push(text) };
  Object.defineProperty(view.navigator, "clipboard", { get: () => clipboard });
  const after = () => new Promise((resolve) => setTimeout(resolve, 100));
  const button = (where, nth) => page.querySelectorAll(`${where} button`)[nth];
  const press = async (where, nth = 0) => {
    button(where, nth).click();
    await after();
    return copied.pop();
  };
  const row = await press("#increment-hot-goodput td.cite", 1);
  const said = [button("#increment-hot-goodput td.cite", 1).textContent, page.querySelector("[role=status]").textContent];
  const answer = {
    row,
    said,
    observed: await press("#experiment-made-up-rows-busy td.cite"),
    ratio: await press("#ratio-postgres-over-sqlite-wal-full td.cite"),
    table: await press("#ratio-postgres-over-sqlite-wal-full figcaption"),
    errors: await press("#increment-hot-errors td.cite"),
    claim: await press("#claim-A2"),
    figures: page.querySelectorAll("figure").length,
    buttons: page.querySelectorAll("figcaption button.cite").length,
    focusable: Array.from(page.querySelectorAll("button")).every((b) => b.tabIndex === 0 && b.type === "button"),
  };
  page.querySelector("#increment-hot-goodput details").open = true;
  clipboard.writeText = async () => { throw new Error("not allowed"); };
  page.execCommand = () => false;
  await press("#increment-hot-goodput td.cite", 1);
  const box = page.activeElement;
  answer.byHand = [box.tagName, box.value, box.selectionEnd - box.selectionStart, box.readOnly];
  answer.sorry = page.querySelector("[role=status]").textContent;
  document.getElementById("result").textContent = JSON.stringify(answer);
});"##;

#[test]
fn pressing_a_button_copies_the_figure_with_its_conditions_as_markdown() {
    let Some(chromium) = browser::find() else {
        return;
    };
    // A citation says where the page lies.
    let out = tempfile::Builder::new()
        .prefix("results")
        .tempdir()
        .unwrap();
    let run = run(Fixture {
        rounds: 6,
        naive: vec![16],
        experiments: true,
        ..Fixture::small()
    });
    contend::report::write(&run, out.path()).unwrap();
    let page = out.path().join("index.html");
    let found = browser::answer(&chromium, &page, 1280, Scheme::Light, COPY);
    let place = out.path().file_name().unwrap().to_str().unwrap();
    let source = format!(
        "contend run {} (2026-01-01), contend 0.0.0-fixture, {place}/index.html",
        run.id
    );
    let text = std::fs::read_to_string(&page).unwrap();
    let goodput = table(figure(&text, "increment-hot-goodput")).remove(2);
    let conditions = "careful clients, processes, up to 4 instances, closed loop, trials of 3 s, 6 rounds, durability \
                      tier: power loss";
    assert_eq!(
        found["row"],
        format!(
            "> postgres (power loss), 1 client: goodput, operations/s: {} [{}, 96.9 % interval, n = 6 \
             rounds]. Goodput against clients: increment-hot, version 1, {conditions}. {source}#increment-hot-goodput",
            goodput[3], goodput[4]
        )
    );
    assert_eq!(
        found["said"],
        serde_json::json!(["copied", "Copied as citation."])
    );
    assert_eq!(
        found["observed"],
        format!(
            "> sqlite-delete-full, retries: 0, way: DEFERRED re-running only the write that was stale, with a pause of \
             10 ms: busy: 62.5 [range 61 – 64, n = 4 repeats]. SQLITE\\_BUSY of 100 increments: experiment \
             made-up-rows, version 1, full form, repeats instead of rounds. The document states: more than 30 busy; \
             between 50 and 100 succeed. {source}#experiment-made-up-rows-busy"
        )
    );
    let [_, one, many] = &table(section(&text, "comparison"))[1][..] else {
        panic!("a workload at two loads")
    };
    let ratios = format!("1 client: {one}; 16 clients: {many}");
    assert_eq!(
        found["ratio"],
        format!(
            "> increment-hot: {ratios}. Goodput of postgres over that of sqlite-wal-full, round by round: \
             increment-hot, version 1, {conditions}. In brackets the 96.9 % interval of 6 rounds. What the harness costs \
             postgres was not measured: run \\`just crosscheck\\` before the next run. {source}#ratio-postgres-over-sqlite-wal-full"
        )
    );
    assert_eq!(
        found["table"],
        format!(
            "**Goodput of postgres over that of sqlite-wal-full, round by round.** Conditions: increment-hot, version \
             1, {conditions}; 1 and 16 clients.\n\n\
             | workload | 1 client | 16 clients |\n| --- | ---: | ---: |\n| increment-hot | {one} | {many} |\n\n\
             In brackets the 96.9 % interval of 6 rounds. What the harness costs postgres was not measured: run \\`just \
             crosscheck\\` before the next run.\n\n{source}#ratio-postgres-over-sqlite-wal-full"
        )
    );
    // The table names no tier, so it is looked up.
    let errors = found["errors"].as_str().unwrap();
    assert!(
        errors.starts_with("> sqlite-wal-full (power loss), 16 clients: class: busy;"),
        "{errors}"
    );
    let claim = found["claim"].as_str().unwrap();
    assert!(
        claim.starts_with("> Claim A2, supported: ") && claim.ends_with("#claim-A2"),
        "{claim}"
    );
    assert_eq!(found["figures"], found["buttons"]);
    assert_eq!(found["focusable"], true);
    let length = found["row"].as_str().unwrap().encode_utf16().count();
    assert_eq!(
        found["byHand"],
        serde_json::json!(["TEXTAREA", found["row"], length, true]),
        "without a clipboard the text is there, selected"
    );
    assert!(found["sorry"].as_str().unwrap().starts_with("Not copied"));
}

#[test]
fn another_script_would_not_run_and_the_console_would_say_so() {
    let Some(chromium) = browser::find() else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    contend::report::write(&Fixture::small().run(), out.path()).unwrap();
    let page = out.path().join("index.html");
    let text = std::fs::read_to_string(&page).unwrap();
    std::fs::write(
        &page,
        text.replace("</main>", "<script>document.title = 'own'</script></main>"),
    )
    .unwrap();
    let title = "addEventListener('load', () => { document.getElementById('result').textContent = \
                 JSON.stringify(document.querySelector('iframe').contentDocument.title); });";
    let (found, console) = browser::heard(&chromium, &page, 1280, Scheme::Light, title);
    assert!(
        found.as_str().unwrap().starts_with("contend: run "),
        "{found}"
    );
    assert!(console.contains("Content Security Policy"), "{console}");
}

#[test]
fn the_browser_would_find_what_is_wrong() {
    let Some(chromium) = browser::find() else {
        return;
    };
    let out = tempfile::tempdir().unwrap();
    let page = out.path().join("broken.html");
    let broken = r##"<!doctype html><body style="margin:0"><div style="width:2000px">wide</div>
        <p style="color:#999;background:#fff">pale words</p>
        <figure><svg viewBox="0 0 100 100" style="width:100px" xmlns="http://www.w3.org/2000/svg"><title>bad</title>
        <text x="5" y="20" font-size="12">one</text><text x="8" y="22" font-size="12">two</text>
        <text x="90" y="50" font-size="12">outside</text><text x="5" y="70" font-size="5">tiny</text>
        <text x="5" y="90" font-size="12">under</text><circle cx="10" cy="86" r="5"/>
        <polyline points="0,50 100,40" fill="none"/><text x="40" y="48" font-size="12">line</text>
        </svg></figure></body>"##;
    std::fs::write(&page, broken).unwrap();
    let (problems, _) = browser::problems(&chromium, &page, 400, Scheme::Light);
    for expected in [
        "the page is 2000 px wide in 400 px",
        "\"one\" and \"two\" overlap",
        "\"outside\" is cut off",
        "\"tiny\" is 5.0 px small",
        "a mark lies on \"under\"",
        "a line goes through \"line\"",
        "\"pale words\" has a contrast of 2.8",
    ] {
        let found = problems.iter().any(|problem| problem.contains(expected));
        assert!(found, "{expected} is not among {problems:#?}");
    }
}
