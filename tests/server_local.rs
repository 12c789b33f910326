//! A throwaway cluster from the PostgreSQL binaries on the machine, and from those that are fetched.

mod support;

use std::os::unix::fs::MetadataExt as _;
use std::time::{Duration, Instant};

use contend::lab::{Interrupt, Interrupted, Scratch};
use contend::measure::Provision;
use contend::subject::server::{Order, ProvideError, Wanted, provide};
use support::server::{
    ask, directory, local, need_postgres_binaries, processes_in, query, throwaway_ways,
};

#[test]
fn a_cluster_works_without_privileges_and_is_gone_after_drop() {
    for way in throwaway_ways() {
        works_without_privileges_and_is_gone(way);
    }
}

fn works_without_privileges_and_is_gone(way: &str) {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = ask(way, "", &scratch, 8).unwrap();
    let info = server.info();
    let (provision, version) = match way {
        "wheel" => (Provision::Wheel, 180_000..190_000),
        _ => (Provision::Local, 140_000..1_000_000),
    };
    assert_eq!(info.provision, provision);
    assert!(version.contains(&info.version_number), "{}", info.version);
    assert_eq!(info.package.is_some(), way == "wheel");
    assert_eq!(info.settings["fsync"], "on");
    assert_eq!(info.settings["max_connections"], "100");
    assert!(
        !info.changed_settings.contains_key("port"),
        "{:?}",
        info.changed_settings
    );
    let data = info.data.as_ref().unwrap();
    assert!(data.directory.starts_with(scratch.path().to_str().unwrap()));
    assert_ne!(std::fs::metadata(&data.directory).unwrap().uid(), 0);

    let database = server.create_database(1).unwrap();
    assert_eq!(database.name, format!("contend_{}_1", scratch.id()));
    assert_eq!(
        query(database.url.expose(), "SELECT current_database()::text").unwrap(),
        database.name
    );
    server.drop_database(database.clone()).unwrap();
    assert!(query(database.url.expose(), "SELECT 'there'").is_err());

    assert!(server.is_alive());
    assert!(!processes_in(scratch.path()).is_empty());
    let start = Instant::now();
    drop(server);
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
    assert!(processes_in(scratch.path()).is_empty());
    let path = scratch.path().to_owned();
    drop(scratch);
    assert!(!path.exists());
}

#[test]
fn a_database_is_dropped_although_somebody_is_connected() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = local(&scratch);
    let database = server.create_database(7).unwrap();
    let url = database.url.expose().to_owned();
    let sleeper = std::thread::spawn(move || query(&url, "SELECT pg_sleep(60)::text"));
    std::thread::sleep(Duration::from_millis(500));
    server.drop_database(database).unwrap();
    assert!(sleeper.join().unwrap().is_err());
}

#[test]
fn a_dead_server_is_noticed_within_seconds() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = local(&scratch);
    signal(&scratch, "QUIT");
    let start = Instant::now();
    assert!(!server.is_alive());
    let error = server.create_database(1).unwrap_err().to_string();
    assert!(error.contains("refuses connections"), "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
}

#[test]
fn a_frozen_server_is_noticed_within_seconds_and_still_taken_down() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = local(&scratch);
    signal(&scratch, "STOP");
    let start = Instant::now();
    let error = server.create_database(1).unwrap_err().to_string();
    assert!(error.contains("gives no answer"), "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );
    let start = Instant::now();
    drop(server);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    signal(&scratch, "CONT");
}

#[test]
fn too_many_clients_are_refused_before_the_run_with_both_numbers() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let error = ask("local", "", &scratch, 500).unwrap_err().to_string();
    for part in ["100", "504", "--clients"] {
        assert!(error.contains(part), "{error}");
    }
    assert!(processes_in(scratch.path()).is_empty());
}

#[test]
fn an_interrupt_ends_the_wait_and_leaves_nothing() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let interrupt = Interrupt::never();
    let order = Order {
        wanted: &Wanted::Local,
        image: "",
        offline: false,
        scratch: &scratch,
        interrupt: &interrupt,
        connections: 8,
        // The first thing told is that a way is tried: from then on the run is interrupted.
        tell: &|_| interrupt.raise(2),
    };
    let error = provide(&order).unwrap_err();
    assert!(matches!(
        error,
        ProvideError::Interrupted(Interrupted { signal: 2 })
    ));
    assert!(processes_in(scratch.path()).is_empty());
}

#[test]
fn a_panic_takes_the_cluster_down() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    let path = directory.path().to_owned();
    let panicked = std::thread::spawn(move || {
        let scratch = Scratch::claim(&path).unwrap();
        let _server = local(&scratch);
        panic!("on purpose");
    });
    assert!(panicked.join().is_err());
    assert!(processes_in(directory.path()).is_empty());
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

/// Sends a signal to every process of the cluster, postmaster first.
fn signal(scratch: &Scratch, name: &str) {
    for process in processes_in(scratch.path()) {
        std::process::Command::new("kill")
            .args([format!("-{name}"), process])
            .status()
            .unwrap();
    }
}
