//! A server given by URL: what can be wrong is said in one sentence, without the password.

mod support;

use std::io::Write as _;
use std::net::TcpListener;
use std::time::{Duration, Instant};

use contend::lab::Scratch;
use contend::measure::Provision;
use support::server::{Cluster, ask, directory, need_postgres_binaries, query};

/// What is said of a URL that cannot be used, and how long it took.
fn complaint(url: &str, clients: u32) -> (String, Duration) {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let start = Instant::now();
    let error = ask(url, "", &scratch, clients).unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
    assert!(!error.contains('\n'), "{error}");
    (error, start.elapsed())
}

#[test]
fn a_server_given_by_url_is_used_and_nothing_stays_behind() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = ask(&cluster.url, "", &scratch, 8).unwrap();
    assert_eq!(server.info().provision, Provision::Url);
    assert!(server.info().data.is_none());
    server.create_database(1).unwrap();
    let count = "SELECT count(*)::text FROM pg_database WHERE datname LIKE 'contend%'";
    assert_eq!(query(&cluster.url, count).unwrap(), "2");
    drop(server);
    // The one that the cluster's own run made is alive, and stays.
    assert_eq!(query(&cluster.url, count).unwrap(), "1");
    assert!(cluster.server.is_alive());
}

#[test]
fn databases_of_dead_runs_are_swept_and_no_others() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE DATABASE contend_0123abcd_1");
    cluster.run("CREATE DATABASE contend_0123abcd_x");
    cluster.run("CREATE DATABASE contend");
    cluster.run("CREATE ROLE another LOGIN CREATEDB");
    cluster.run("CREATE DATABASE contend_89abcdef_1 OWNER another");
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let _server = ask(&cluster.url, "", &scratch, 8).unwrap();
    let names = query(
        &cluster.url,
        "SELECT string_agg(datname, ' ' ORDER BY datname COLLATE \"C\") FROM pg_database \
         WHERE datname ~ '^contend' AND datname <> current_database()",
    );
    assert_eq!(
        names.unwrap(),
        "contend contend_0123abcd_x contend_89abcdef_1"
    );
}

#[test]
fn a_wrong_password_or_user_or_database_is_said() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let (error, _) = complaint(&cluster.url_of("postgres", "hunter2", "postgres"), 8);
    assert!(
        error.contains("does not accept user \"postgres\""),
        "{error}"
    );
    let (error, _) = complaint(&cluster.url_of("stranger", "hunter2", "postgres"), 8);
    assert!(
        error.contains("does not accept user \"stranger\""),
        "{error}"
    );
    let missing = cluster.url.rsplit_once('/').unwrap().0.to_owned() + "/missing";
    let (error, _) = complaint(&missing, 8);
    assert!(error.contains("no database \"missing\""), "{error}");
}

#[test]
fn a_user_that_may_not_create_databases_is_refused() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE ROLE reader LOGIN PASSWORD 'hunter2'");
    let (error, _) = complaint(&cluster.url_of("reader", "hunter2", "postgres"), 8);
    assert!(error.contains("ALTER ROLE \"reader\" CREATEDB"), "{error}");
}

#[test]
fn too_few_connections_are_said_before_the_run_starts() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let (error, _) = complaint(&cluster.url, 300);
    for part in ["100", "304", "--clients"] {
        assert!(error.contains(part), "{error}");
    }
    cluster.run("CREATE ROLE narrow LOGIN CREATEDB CONNECTION LIMIT 6 PASSWORD 'hunter2'");
    let (error, _) = complaint(&cluster.url_of("narrow", "hunter2", "postgres"), 8);
    assert!(error.contains("CONNECTION LIMIT"), "{error}");
}

#[test]
fn a_disagreement_on_tls_is_said() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let url = cluster.url.replace("sslmode=disable", "sslmode=require");
    let (error, _) = complaint(&url, 8);
    assert!(
        error.contains("TLS") && error.contains("sslmode"),
        "{error}"
    );
}

#[test]
fn a_closed_port_is_said_at_once() {
    let address = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let (error, time) = complaint(&format!("postgres://me:hunter2@{address}/db"), 8);
    assert!(error.contains("refuses connections"), "{error}");
    assert!(time < Duration::from_secs(2), "{time:?}");
}

#[test]
fn a_host_that_never_answers_is_given_up_after_3_s() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    let (error, time) = complaint(&format!("postgres://me:hunter2@{address}/db"), 8);
    assert!(error.contains("no answer within 3 s"), "{error}");
    assert!(time < Duration::from_secs(5), "{time:?}");
}

#[test]
fn a_host_without_an_address_is_said() {
    let (error, _) = complaint("postgres://me:hunter2@host.invalid/db", 8);
    assert!(error.contains("host.invalid"), "{error}");
}

#[test]
fn another_kind_of_server_is_not_taken_for_postgres() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut stream = stream;
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    let (error, _) = complaint(
        &format!("postgres://me:hunter2@{address}/db?sslmode=disable"),
        8,
    );
    assert!(
        error.contains("PostgreSQL does") || error.contains("cannot be reached"),
        "{error}"
    );
}
