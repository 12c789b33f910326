//! The disciplines of the app do what they say.

mod support;

use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use contend::measure::Outcome;
use support::app::{Answer, Instance, number, place, post};
use support::server::{Cluster, need_postgres_binaries};

const KEY: &str = r#"{"key":"counter"}"#;

/// Increments of so many clients at once, each so many times.
fn increments(instances: &[&Instance], clients: usize, each: usize) -> Vec<Answer> {
    thread::scope(|scope| {
        let clients: Vec<_> = (0..clients)
            .map(|client| {
                let address = &instances[client % instances.len()].address;
                scope.spawn(move || {
                    let increment = |_| post(address, "/api/increment", KEY);
                    (0..each).map(increment).collect::<Vec<_>>()
                })
            })
            .collect();
        let answers = clients
            .into_iter()
            .flat_map(|client| client.join().unwrap());
        answers.collect()
    })
}

fn acknowledged(answers: &[Answer]) -> i64 {
    let done = answers.iter().filter(|answer| answer.reply().success);
    done.count() as i64
}

/// Holds the write lock of a file for that long, and returns once it has it.
fn lock_for(file: &Path, time: Duration) -> thread::JoinHandle<()> {
    let connection = rusqlite::Connection::open(file).unwrap();
    let (locked, wait) = mpsc::channel();
    let holder = thread::spawn(move || {
        connection.execute_batch("BEGIN IMMEDIATE").unwrap();
        locked.send(()).unwrap();
        thread::sleep(time);
        connection.execute_batch("COMMIT").unwrap();
    });
    wait.recv().unwrap();
    holder
}

const STORED: &str = "SELECT value FROM counters WHERE key = 'counter'";

#[test]
fn requests_of_the_document_as_written_meet_in_one_transaction() {
    let (_directory, file) = place();
    let style = [("DISCIPLINE", "document-as-written"), ("HOLD_MS", "200")];
    let app = Instance::on_file(&file, &style);
    let answers = increments(&[&app], 4, 1);
    let (done, failed): (Vec<_>, Vec<_>) =
        answers.iter().partition(|answer| answer.reply().success);
    assert!(!done.is_empty() && !failed.is_empty(), "{answers:?}");
    for answer in failed {
        let reply = answer.reply();
        assert_eq!(answer.status, 500, "{answer:?}");
        assert_eq!(reply.code.as_deref(), Some("SQLITE_ERROR"));
        assert_eq!(reply.class, Some(Outcome::Other));
        assert_eq!(reply.attempts, 1);
        let error = reply.error.unwrap();
        assert!(
            error.contains("cannot start a transaction within a transaction"),
            "{error}"
        );
    }
    assert_eq!(number(&file, STORED), done.len() as i64);
}

#[test]
fn the_document_as_intended_tries_again_after_a_second() {
    let (_directory, file) = place();
    let style = [
        ("DISCIPLINE", "document-as-intended"),
        ("LOCK_TIMEOUT_MS", "50"),
    ];
    let app = Instance::on_file(&file, &style);
    let holder = lock_for(&file, Duration::from_millis(400));
    let begun = Instant::now();
    let reply = app.post("/api/increment", KEY).reply();
    assert!(begun.elapsed() >= Duration::from_secs(1));
    assert!(reply.success, "{reply:?}");
    assert_eq!((reply.value, reply.attempts), (Some(1), 2));
    let met = &reply.errors[..];
    assert_eq!((met[0].code.as_str(), met[0].attempts), ("5", 1));
    holder.join().unwrap();
}

#[test]
fn the_document_as_intended_loses_nothing_between_instances() {
    let (_directory, file) = place();
    let style = [("DISCIPLINE", "document-as-intended"), ("HOLD_MS", "1")];
    let one = Instance::on_file(&file, &style);
    let two = Instance::on_file(&file, &style);
    let answers = increments(&[&one, &two], 6, 5);
    assert!(acknowledged(&answers) > 0);
    assert_eq!(number(&file, STORED), acknowledged(&answers));
}

#[test]
fn a_naive_instance_is_refused_at_once() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &[("DISCIPLINE", "naive")]);
    let holder = lock_for(&file, Duration::from_secs(2));
    let answer = app.post("/api/increment", KEY);
    assert!(!holder.is_finished(), "it did not wait for the lock");
    let reply = answer.reply();
    assert_eq!(answer.status, 503);
    assert_eq!(reply.code.as_deref(), Some("SQLITE_BUSY"));
    assert_eq!(reply.attempts, 1);
    holder.join().unwrap();
}

#[test]
fn a_careful_instance_waits_for_the_lock() {
    let (_directory, file) = place();
    for hold in ["0", "10"] {
        let app = Instance::on_file(&file, &[("HOLD_MS", hold)]);
        let holder = lock_for(&file, Duration::from_millis(500));
        let reply = app.post("/api/increment", KEY).reply();
        assert!(reply.success && holder.is_finished() || holder.join().is_ok());
        assert_eq!(reply.attempts, 1, "SQLite itself waited: {reply:?}");
    }
    assert_eq!(number(&file, STORED), 2);
}

#[test]
fn careful_instances_lose_nothing_and_commit_everything() {
    let (_directory, file) = place();
    let one = Instance::on_file(&file, &[("HOLD_MS", "1"), ("POOL_SIZE", "none")]);
    let two = Instance::on_file(&file, &[("HOLD_MS", "0"), ("POOL_SIZE", "2")]);
    let answers = increments(&[&one, &two], 6, 5);
    assert_eq!(acknowledged(&answers), 30, "{answers:?}");
    assert_eq!(number(&file, STORED), 30);
}

#[test]
fn naive_instances_lose_updates_on_postgres_and_careful_ones_do_not() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let url = ("DATABASE_URL", cluster.url.as_str());
    let stored = |app: &Instance| app.get("/api/counters/counter").reply().value.unwrap();

    let naive = [url, ("DISCIPLINE", "naive")];
    let (one, two) = (Instance::start(&naive), Instance::start(&naive));
    let answers = increments(&[&one, &two], 6, 5);
    let naive = acknowledged(&answers);
    let left = stored(&one);
    assert!(left < naive, "{left} of {naive} are there: none was lost");

    let app = Instance::start(&[url]);
    let answers = increments(&[&app], 6, 5);
    assert_eq!(acknowledged(&answers), 30, "{answers:?}");
    assert_eq!(stored(&app), left + 30);
}

#[test]
fn who_waits_for_the_pool_in_vain_is_told_so() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &[("POOL_SIZE", "1"), ("POOL_TIMEOUT_MS", "100")]);
    thread::scope(|scope| {
        let hold = r#"{"key":"k","milliseconds":1500}"#;
        let holder = scope.spawn(|| app.post("/api/hold", hold));
        thread::sleep(Duration::from_millis(500));
        let answer = app.post("/api/increment", KEY);
        let reply = answer.reply();
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(reply.code.as_deref(), Some("POOL_TIMEOUT"));
        assert_eq!(reply.class, Some(Outcome::Timeout));
        let health = app.get("/health");
        assert_eq!(
            (health.status, &health.json()["status"]),
            (503, &"unhealthy".into())
        );
        assert!(holder.join().unwrap().reply().success);
    });
    assert_eq!(app.get("/health").status, 200);
}

#[test]
fn a_server_that_is_full_says_so() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE ROLE few LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 3");
    cluster.run("GRANT CREATE, USAGE ON SCHEMA public TO few");
    let database = cluster.url.rsplit_once('/').unwrap().1;
    let database = database.split('?').next().unwrap();
    let url = cluster.url_of("few", "hunter2", database);
    let app = Instance::start(&[
        ("DATABASE_URL", &url),
        ("POOL_SIZE", "none"),
        ("HOLD_MS", "300"),
    ]);
    let answers = increments(&[&app], 10, 1);
    let refused: Vec<_> = answers
        .iter()
        .filter(|answer| answer.reply().code.as_deref() == Some("53300"))
        .collect();
    assert!(!refused.is_empty(), "{answers:?}");
    for answer in refused {
        assert_eq!(answer.status, 503);
        assert_eq!(answer.reply().class, Some(Outcome::TooManyConnections));
        assert!(!answer.body.contains("hunter2"));
    }
}

#[test]
fn a_connection_that_broke_is_replaced() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    let app = Instance::start(&[
        ("DATABASE_URL", &cluster.url),
        ("POOL_SIZE", "1"),
        ("HOLD_MS", "0"),
    ]);
    assert!(app.post("/api/increment", KEY).reply().success);
    let broken = support::server::query(
        &cluster.url,
        "SELECT count(pg_terminate_backend(pid))::text FROM pg_stat_activity \
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() \
         AND datname = current_database()",
    );
    assert_eq!(broken.unwrap(), "1");
    let answer = app.post("/api/increment", KEY);
    assert_eq!(answer.status, 500);
    assert_eq!(answer.reply().class, Some(Outcome::Unknown));
    let reply = app.post("/api/increment", KEY).reply();
    assert!(reply.success, "{reply:?}");
}
