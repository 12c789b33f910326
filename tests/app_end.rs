//! How an instance begins and ends.

mod support;

use std::io::Write as _;
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use support::app::{Instance, command, number, place, request, send};

const KEY: &[u8] = br#"{"key":"k"}"#;

#[test]
fn an_instance_that_is_told_to_end_under_load_loses_nothing() {
    for style in ["careful", "document-as-written"] {
        let (_directory, file) = place();
        let mut app = Instance::on_file(&file, &[("HOLD_MS", "2"), ("DISCIPLINE", style)]);
        let address = app.address.clone();
        let acknowledged = thread::scope(|scope| {
            let clients: Vec<_> = (0..6)
                .map(|_| {
                    scope.spawn(|| {
                        let mut acknowledged = 0;
                        let increment = request("POST", "/api/increment", "", KEY);
                        while let Ok(answer) = send(&address, &increment) {
                            acknowledged += i64::from(answer.reply().success);
                        }
                        acknowledged
                    })
                })
                .collect();
            thread::sleep(Duration::from_millis(400));
            app.signal(Signal::TERM);
            assert_eq!(app.ended().code(), Some(0));
            clients
                .into_iter()
                .map(|client| client.join().unwrap())
                .sum::<i64>()
        });
        assert!(acknowledged > 0);
        let wal = file.with_extension("db-wal");
        assert!(!wal.exists(), "the last connection makes a checkpoint");
        assert_eq!(number(&file, "SELECT value FROM counters"), acknowledged);
    }
}

#[test]
fn connections_that_lie_idle_or_are_half_a_request_keep_nobody_from_ending() {
    let (_directory, file) = place();
    let mut app = Instance::on_file(&file, &[("BODY_TIMEOUT_MS", "1000")]);
    let _idle = TcpStream::connect(&app.address).unwrap();
    let mut half = TcpStream::connect(&app.address).unwrap();
    let whole = request("POST", "/api/increment", "", KEY);
    half.write_all(&whole[..whole.len() - 3]).unwrap();
    // Both are accepted before this is answered.
    assert_eq!(app.get("/health").status, 200);
    app.signal(Signal::INT);
    let begun = Instant::now();
    assert_eq!(app.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_secs(6));
    assert_eq!(number(&file, "SELECT COUNT(*) FROM counters"), 0);
}

#[test]
fn a_transaction_that_is_held_open_is_committed_early() {
    let (_directory, file) = place();
    let mut app = Instance::on_file(&file, &[]);
    let address = app.address.clone();
    let hold = request(
        "POST",
        "/api/hold",
        "",
        br#"{"key":"k","milliseconds":60000}"#,
    );
    let holder = thread::spawn(move || send(&address, &hold).unwrap());
    thread::sleep(Duration::from_millis(500));
    app.signal(Signal::TERM);
    assert_eq!(app.ended().code(), Some(0));
    assert_eq!(holder.join().unwrap().reply().value, Some(1));
    assert_eq!(number(&file, "SELECT value FROM counters"), 1);
}

/// Ends an instance while one of its requests waits for a lock; what became of both, and how long it
/// took.
fn end_while_waiting(timeout_ms: &str, signals: usize) -> (Option<i32>, Option<u16>, Duration) {
    let (_directory, file) = place();
    let mut app = Instance::on_file(&file, &[("LOCK_TIMEOUT_MS", timeout_ms)]);
    let lock = rusqlite::Connection::open(&file).unwrap();
    lock.execute_batch("BEGIN IMMEDIATE").unwrap();
    let address = app.address.clone();
    let increment = request("POST", "/api/increment", "", KEY);
    let waiter = thread::spawn(move || send(&address, &increment).map(|answer| answer.status));
    thread::sleep(Duration::from_millis(500));
    let begun = Instant::now();
    for _ in 0..signals {
        app.signal(Signal::TERM);
        thread::sleep(Duration::from_millis(300));
    }
    let code = app.ended().code();
    let took = begun.elapsed();
    drop(lock);
    assert_eq!(number(&file, "SELECT COUNT(*) FROM counters"), 0);
    (code, waiter.join().unwrap().ok(), took)
}

#[test]
fn who_waits_for_a_lock_in_vain_is_not_tried_again_at_the_end() {
    let (code, status, took) = end_while_waiting("2000", 1);
    assert_eq!((code, status), (Some(0), Some(503)));
    assert!(took < Duration::from_secs(8), "{took:?}");
}

#[test]
fn what_would_take_too_long_is_cut_off_before_a_container_is_killed() {
    let (code, status, took) = end_while_waiting("60000", 1);
    assert_eq!((code, status), (Some(1), None));
    assert!(took < Duration::from_secs(10), "{took:?}");
}

#[test]
fn a_second_signal_ends_it_at_once() {
    let (code, status, took) = end_while_waiting("60000", 2);
    assert_eq!((code, status), (Some(143), None));
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn the_check_of_a_container_says_whether_its_instance_is_healthy() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &[]);
    let port = app.address.rsplit_once(':').unwrap().1.to_owned();
    let check = |host: &str| {
        let output = command(&[("HOST", host), ("PORT", &port)])
            .arg("--check")
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        (output.status.code(), said)
    };
    assert_eq!(check("127.0.0.1"), (Some(0), String::new()));
    assert_eq!(check("0.0.0.0").0, Some(0));
    assert_eq!(app.terminate().code(), Some(0));
    let (code, said) = check("127.0.0.1");
    assert_eq!(code, Some(1));
    assert!(
        said.starts_with("error: No instance answers at 127.0.0.1:"),
        "{said}"
    );
    assert_eq!(said.lines().count(), 1);
}

#[test]
fn what_cannot_be_served_is_told_in_a_sentence() {
    let (directory, file) = place();
    let file = file.to_str().unwrap();
    let nowhere = directory.path().join("nowhere/app.db");
    let text = directory.path().join("text");
    std::fs::write(
        &text,
        "This is not a database, but a text of some length. ".repeat(40),
    )
    .unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let refusing = "postgres://me:hunter2@127.0.0.1:1/db";
    for (variables, code, said) in [
        (vec![("DISCIPLINE", "bold")], 2, "invalid value 'bold'"),
        (vec![("JOURNAL_MODE", "paper")], 2, "invalid value 'paper'"),
        (vec![("POOL_SIZE", "0")], 2, "or none"),
        (vec![("PORT", "70000")], 2, "70000"),
        (vec![("OPERATIONS", "{}")], 2, "missing field"),
        (
            vec![(
                "OPERATIONS",
                r#"{"workload":"w","terms":{"discipline":"careful","hold_seconds":0},"seed":1}"#,
            )],
            1,
            "There is no workload w",
        ),
        (
            vec![("DB_PATH", nowhere.to_str().unwrap())],
            1,
            "nowhere of DB_PATH does not exist",
        ),
        (
            vec![("DB_PATH", text.to_str().unwrap())],
            1,
            "file is not a database",
        ),
        (vec![("DATABASE_URL", refusing)], 1, "127.0.0.1:1/db"),
        (
            vec![("DATABASE_URL", "mysql://me:hunter2@h/db")],
            2,
            "postgres://",
        ),
        (
            vec![("DATABASE_URL", refusing), ("DB_PATH", file)],
            2,
            "are both given",
        ),
        (
            vec![("DB_PATH", file), ("PORT", &port)],
            1,
            "Cannot listen on 127.0.0.1",
        ),
        (
            vec![("DB_PATH", file), ("HOST", "no.such.host.invalid")],
            1,
            "Cannot listen on no.such",
        ),
    ] {
        let output = command(&variables)
            .current_dir(directory.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{variables:?}: {stderr}");
        assert!(stderr.contains(said), "{variables:?}: {stderr}");
        assert!(stderr.starts_with("error: "), "{stderr}");
        assert!(
            !stderr.contains("hunter2") && !stderr.contains("panicked"),
            "{stderr}"
        );
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn instances_that_start_at_once_on_one_file_all_start() {
    let (_directory, file) = place();
    thread::scope(|scope| {
        let instances: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| Instance::on_file(&file, &[("HOLD_MS", "0")])))
            .collect();
        for instance in instances {
            let instance = instance.join().unwrap();
            let answer = instance.post("/api/increment", r#"{"key":"k"}"#);
            assert!(answer.reply().success, "{answer:?}");
        }
    });
    assert_eq!(number(&file, "SELECT value FROM counters"), 4);
}
