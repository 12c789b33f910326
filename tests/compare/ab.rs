//! `contend ab`: two variants in turns, in one go.

use std::process::Command;

use crate::support::bench::{Bench, Ended, assert_sentence, contend};
use crate::support::server::{Cluster, need_postgres_binaries, query};
use crate::support::system::files_with;
use contend::compare::{Asked, Basis, Change, Changes, Verdict, compare};
use contend::measure::{Run, store};

/// As little as times need to be judged.
const SMALL: [&str; 8] = [
    "--rounds",
    "6",
    "--seconds",
    "0.05",
    "--clients",
    "1",
    "--workloads",
    "increment-spread",
];

fn ab(bench: &Bench, options: &[&str]) -> Ended {
    let mut command: Command = contend();
    command.arg("ab").args(options).args(SMALL);
    command.arg("--dir").arg(bench.databases());
    command.arg("--out").arg(bench.out());
    command.current_dir(bench.path("desk"));
    bench.start(command).end()
}

fn sides(bench: &Bench) -> [Run; 2] {
    ["a", "b"].map(|side| store::read(&bench.out().join(side).join("run.json")).unwrap())
}

#[test]
fn two_subjects_are_measured_in_turns_and_what_a_sync_costs_is_seen() {
    let bench = Bench::new();
    let variants = [
        "--a",
        "subject=sqlite-wal-full",
        "--b",
        "subject=sqlite-delete-extra",
    ];
    let ended = ab(&bench, &variants);
    let told = std::fs::read_to_string(bench.out().join("changes.json")).unwrap();
    let told: Changes = serde_json::from_str(&told).unwrap();
    let code = if told.regressed() { 3 } else { 0 };
    assert_eq!(ended.code, Some(code), "{}\n{}", ended.stdout, ended.stderr);
    // Five syncs for each commit instead of one: no clock is needed to see that, only some commits.
    let syncs = |change: &&Change| change.figure == "syncs per commit";
    let syncs = told.changes.iter().find(syncs).unwrap();
    if !syncs.reason.contains("so few commits") {
        assert!(syncs.new.unwrap() > 3.0 * syncs.base.unwrap(), "{syncs:?}");
        assert_eq!(syncs.verdict, Verdict::Regressed, "{syncs:?}");
    }
    assert!(
        ended.stdout.contains("measured in turns")
            && ended
                .stdout
                .contains("sqlite-wal-full → sqlite-delete-extra"),
        "{}",
        ended.stdout
    );
    for file in [
        "changes.md",
        "changes.json",
        "changes.junit.xml",
        "a/index.html",
        "b/index.html",
    ] {
        assert!(bench.out().join(file).is_file(), "{file}");
    }

    let [a, b] = sides(&bench);
    let (of_a, of_b) = (a.turns.clone().unwrap(), b.turns.clone().unwrap());
    assert_eq!(of_a.pair, of_b.pair);
    assert_eq!([of_a.side.as_str(), &of_b.side], ["a", "b"]);
    assert_eq!(of_b.made_of, ["subject=sqlite-delete-extra"]);
    assert_eq!(of_b.in_place_of.as_deref(), Some("sqlite-wal-full"));
    let rounds = |run: &Run| run.trials.iter().map(|t| t.round).collect::<Vec<_>>();
    assert_eq!(rounds(&a), rounds(&b));
    for (a, b) in a.trials.iter().zip(&b.trials) {
        assert_eq!(
            (&a.point.workload, a.point.clients, a.round),
            (&b.point.workload, b.point.clients, b.round),
            "each trial of one belongs to one of the other"
        );
    }
    // No trial of a lies between two rounds of b, or the other way round.
    for round in 1..6 {
        let last = |run: &Run, round| {
            let of_round = run.trials.iter().filter(|trial| trial.round == round);
            of_round.map(|trial| trial.started.clone()).max()
        };
        let first = |run: &Run, round| {
            let of_round = run.trials.iter().filter(|trial| trial.round == round);
            of_round.map(|trial| trial.started.clone()).min()
        };
        assert!(last(&a, round) < first(&b, round + 1));
        assert!(last(&b, round) < first(&a, round + 1));
    }

    let asked = Asked {
        gate: Basis::ALL.to_vec(),
        ..Asked::default()
    };
    let changes = compare(&a, &b, &asked).unwrap();
    assert_eq!(changes.verdict, told.verdict);
    bench.assert_clean();
}

#[test]
fn two_servers_are_measured_each_by_its_own_side_and_nothing_is_left_in_either() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let clusters = [Cluster::start(), Cluster::start()];
    // What tells the second from the first.
    clusters[1].run("ALTER SYSTEM SET bgwriter_delay = '321ms'");
    query(&clusters[1].url, "SELECT pg_reload_conf()::text").unwrap();
    for cluster in &clusters {
        cluster.run("CREATE ROLE owner LOGIN CREATEDB PASSWORD 'hunter2'");
    }
    let urls = clusters.each_ref().map(|cluster| {
        format!(
            "postgres={}",
            cluster.url_of("owner", "hunter2", "postgres")
        )
    });
    let variants = ["--subjects", "postgres", "--a", &urls[0], "--b", &urls[1]];
    let bench = Bench::new();
    let ended = ab(&bench, &variants);
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
    let [a, b] = sides(&bench);
    let delay = |run: &Run| {
        let settings = &run.server.as_ref().unwrap().changed_settings;
        settings.get("bgwriter_delay").cloned()
    };
    assert_eq!([delay(&a), delay(&b)], [None, Some("321ms".to_owned())]);
    for run in [&a, &b] {
        assert_eq!(run.trials.len(), 6);
        assert!(run.trials.iter().all(|trial| trial.comparable().is_some()));
    }
    assert!(files_with(&bench.path(""), "hunter2").is_empty());
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'contend%' \
                AND datname <> current_database()";
    for cluster in &clusters {
        assert_eq!(query(&cluster.url, left).unwrap(), "0");
    }
    bench.assert_clean();
}

#[test]
fn another_build_is_driven_and_told_with_its_digest() {
    let bench = Bench::new();
    let own = env!("CARGO_BIN_EXE_contend");
    let copy = bench.path("desk").join("another");
    std::fs::copy(own, &copy).unwrap();
    let of_a = format!("build={own}");
    let variants = [
        "--subjects",
        "sqlite-wal-normal",
        "--a",
        &of_a,
        "--b",
        "build=another",
    ];
    let ended = ab(&bench, &variants);
    assert!(matches!(ended.code, Some(0 | 3)), "{}", ended.stderr);
    let [a, b] = sides(&bench);
    let of = |run: &Run| run.turns.clone().unwrap().made_of.join(" ");
    assert!(of(&b).contains("another (contend "), "{}", of(&b));
    let digest = |run: &Run| of(run).split("SHA-256 ").nth(1).map(str::to_owned);
    assert!(digest(&a).is_some());
    assert_eq!(digest(&a), digest(&b), "the same program twice");
    for run in [a, b] {
        let mut checked = 0;
        for trial in &run.trials {
            let measured = trial.comparable().unwrap();
            // Where everything else of this machine is busy, a trial may pass without a commit.
            let Some(criterion) = &measured.criterion else {
                assert_eq!(measured.committed, 0);
                continue;
            };
            checked += 1;
            // The mean of criterion's samples is the stretch divided by all commits, of this side's own.
            let own = measured.seconds * 1e9 / measured.committed as f64;
            let found = criterion.mean_ns;
            assert!((found / own - 1.0).abs() < 1e-6, "{found} {own}");
        }
        assert!(checked > 0, "all trials without a commit");
    }
}

#[test]
fn what_cannot_be_compared_in_turns_is_refused_with_a_sentence() {
    let bench = Bench::new();
    let cases: &[(&[&str], i32, &str)] = &[
        (
            &["--a", "subject=postgres", "--b", "postgres=docker"],
            2,
            "names a subject",
        ),
        (
            &["--a", "subject=sqlite-wal-ful", "--b", "subject=postgres"],
            2,
            "names no subject",
        ),
        (
            &["--a", "colour=blue", "--b", "colour=red"],
            2,
            "makes no variant",
        ),
        (
            &[
                "--a",
                "postgres=postgres://u:secret@h/d",
                "--b",
                "postgres=nowhere",
            ],
            2,
            "names no PostgreSQL server",
        ),
        (
            &[
                "--a",
                "subject=sqlite-wal-full",
                "--b",
                "subject=sqlite-wal-normal",
            ],
            4,
            "durability tier",
        ),
        (
            &["--a", "build=/not/there", "--b", "build=/bin/true"],
            1,
            "no build of contend",
        ),
        (
            &["--a", "build=/bin/true", "--b", "build=/bin/true"],
            1,
            "is no build of contend",
        ),
    ];
    for (variants, code, said) in cases {
        let ended = ab(&bench, variants);
        assert_eq!(ended.code, Some(*code), "{variants:?}: {}", ended.stderr);
        let error = ended
            .stderr
            .lines()
            .find_map(|line| line.strip_prefix("error: "));
        let error = error.unwrap_or_else(|| panic!("{}", ended.stderr));
        assert!(error.contains(said), "{error}");
        assert!(!ended.stderr.contains("secret"), "{}", ended.stderr);
        assert_sentence(error);
    }
    assert!(!bench.out().join("a").exists(), "nothing was measured");
}
