//! A PostgreSQL server that will not do: said before anything is measured, and no password anywhere.

mod support;

use std::net::TcpListener;

use support::bench::Bench;
use support::server::{Cluster, need_postgres_binaries};
use support::system::{entries, files_with};

/// What is said of a server; nothing is measured, nothing is left, and the password is nowhere.
fn complaint(server: &str, given: &[&str]) -> String {
    let bench = Bench::new();
    let options = [
        "--subjects",
        "sqlite-wal-full,postgres",
        "--postgres",
        server,
    ];
    let ended = bench.run(&[&options[..], given].concat());
    let said = ended.complaint().to_owned();
    assert!(!ended.stdout.contains("Trials"), "{}", ended.stdout);
    assert!(entries(&bench.out()).is_empty());
    assert_eq!(
        files_with(&bench.path(""), "hunter2"),
        [] as [std::path::PathBuf; 0]
    );
    bench.assert_clean();
    said
}

#[test]
fn a_server_that_is_not_there_is_said() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let said = complaint(&format!("postgres://me:hunter2@{closed}/db"), &[]);
    assert!(said.contains("refuses connections"), "{said}");

    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let said = complaint(&format!("postgres://me:hunter2@{address}/db"), &[]);
    assert!(said.contains("no answer within 3 s"), "{said}");

    let said = complaint("postgres://me:hunter2@host.invalid/db", &[]);
    assert!(said.contains("host.invalid"), "{said}");
}

#[test]
fn a_server_that_is_too_old_is_said_with_its_version() {
    let address = support::old_server::start();
    let said = complaint(&format!("postgres://me:hunter2@{address}/db"), &[]);
    assert!(said.contains("runs PostgreSQL 13.4"), "{said}");
    assert!(said.contains("needs version 14 or newer"), "{said}");
}

#[test]
fn a_wrong_password_and_a_user_without_rights_are_said() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let said = complaint(&cluster.url_of("postgres", "hunter2", "postgres"), &[]);
    assert!(said.contains("does not accept user \"postgres\""), "{said}");
    cluster.run("CREATE ROLE reader LOGIN PASSWORD 'hunter2'");
    let said = complaint(&cluster.url_of("reader", "hunter2", "postgres"), &[]);
    assert!(said.contains("may not create databases"), "{said}");
}

#[test]
fn too_few_connections_are_said_before_the_run_starts() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let said = complaint("local", &["--clients", "120"]);
    for part in ["100 connections", "needs 124", "--clients 9"] {
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn without_any_way_to_a_server_all_four_are_named() {
    let bench = Bench::new();
    let mut command = bench.command(&[
        "--subjects",
        "postgres",
        "--postgres-image",
        "nowhere.invalid/no:1",
    ]);
    // Neither a daemon nor binaries, and nothing to fetch them with.
    command
        .env("XDG_CACHE_HOME", bench.path("cache"))
        .env("DOCKER_HOST", "tcp://127.0.0.1:1")
        .env("PATH", "/nowhere");
    let ended = bench.start(command).end();
    if ended.code == Some(0) {
        // Binaries were found although they are not on PATH: why they were used is said.
        let passed_over = bench.kept().server.unwrap().passed_over;
        assert!(
            passed_over[0].contains("No container was used."),
            "{passed_over:?}"
        );
        support::bench::assert_sentence(&passed_over[0]);
        return;
    }
    for way in [
        "by URL",
        "--postgres docker",
        "--postgres local",
        "--postgres wheel",
    ] {
        assert!(ended.complaint().contains(way));
    }
}

#[test]
fn a_password_that_works_is_kept_nowhere() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE ROLE owner LOGIN CREATEDB PASSWORD 'hunter2'");
    let bench = Bench::new();
    let url = cluster.url_of("owner", "hunter2", "postgres");
    let postgres = format!("--postgres={url}");
    let ended = bench.run(&[&postgres, "--subjects", "postgres,postgres-async"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    let command = run.command.join(" ");
    assert!(
        command.contains("--postgres=postgres://owner:***@"),
        "{command}"
    );
    assert_eq!(
        files_with(&bench.path(""), "hunter2"),
        [] as [std::path::PathBuf; 0]
    );
    let left = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'contend%' \
                AND datname <> current_database()";
    assert_eq!(support::server::query(&cluster.url, left).unwrap(), "0");
    bench.assert_clean();
}

#[test]
fn variables_of_the_environment_do_not_influence_a_run() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    let mut command = bench.command(&["--subjects", "postgres", "--postgres", "local"]);
    for (name, value) in [
        (
            "PGOPTIONS",
            "-c synchronous_commit=off -c commit_delay=100000",
        ),
        ("PGHOST", "host.invalid"),
        ("PGHOSTADDR", "192.0.2.1"),
        ("PGPORT", "no number"),
        ("PGUSER", "stranger"),
        ("PGPASSWORD", "hunter2"),
        ("PGDATABASE", "missing"),
        ("PGSSLMODE", "verify-full"),
        ("PGSSLROOTCERT", "/nowhere/root.crt"),
        ("PGAPPNAME", "somebody else"),
        ("PGDATA", "/nowhere"),
    ] {
        command.env(name, value);
    }
    let ended = bench.start(command).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let server = bench.kept().server.unwrap();
    assert_eq!(server.settings["synchronous_commit"], "on");
    assert_eq!(server.settings["commit_delay"], "0");
    bench.assert_clean();
}
