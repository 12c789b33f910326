//! What the app answers: every route and every status, and what it makes of hostile clients.

mod support;

use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use contend::measure::Outcome;
use serde_json::{Value, json};
use support::app::{Answer, Instance, number, place, read, request};
use support::server::{Cluster, need_postgres_binaries};

const CALM: [(&str, &str); 2] = [("HOLD_MS", "0"), ("BODY_TIMEOUT_MS", "300")];

/// Does the same with an SQLite file and with PostgreSQL, if there is one.
fn on_both(test: impl Fn(&Instance)) {
    let (_directory, file) = place();
    test(&Instance::on_file(&file, &CALM));
    if need_postgres_binaries().is_some() {
        let cluster = Cluster::start();
        let url = ("DATABASE_URL", cluster.url.as_str());
        test(&Instance::start(&[url, CALM[0], CALM[1]]));
    }
}

fn value(answer: &Answer) -> i64 {
    assert_eq!(answer.status, 200, "{answer:?}");
    let reply = answer.reply();
    assert!(reply.success && reply.attempts >= 1, "{answer:?}");
    reply.value.unwrap()
}

/// Status and code.
fn refused(answer: &Answer) -> (u16, Option<String>) {
    let reply = answer.reply();
    assert!(!reply.success && reply.error.is_some(), "{answer:?}");
    assert_eq!(reply.container, "app-1");
    (answer.status, reply.code)
}

#[test]
fn counters_count_texts_are_stored_and_what_is_not_there_is_missing() {
    on_both(|app| {
        assert_eq!(app.get("/api/counters/c").status, 404);
        let key = json!({ "key": "c" }).to_string();
        for expected in 1..=3 {
            assert_eq!(value(&app.post("/api/increment", &key)), expected);
        }
        let hold = json!({ "key": "c", "milliseconds": 1 }).to_string();
        assert_eq!(value(&app.post("/api/hold", &hold)), 4);
        assert_eq!(value(&app.get("/api/counters/c")), 4);
        let written = app.post("/api/write", r#"{"data":"naïve 'quotes'"}"#);
        let reply = written.reply();
        assert_eq!((written.status, reply.id), (200, Some(1)));
        assert!(reply.duration.unwrap() > 0.0);
        let accept = "accept: application/json\r\n";
        let totals = app.raw(&request("GET", "/metrics", accept, b"")).json();
        let stored = json!({ "total_records": 1, "total_counters": 1 });
        assert_eq!(totals["database"], stored);
        assert!(totals["uptime"].as_f64().unwrap() > 0.0);
    });
}

#[test]
fn nobody_sells_or_pays_what_is_not_there() {
    on_both(|app| {
        let conflict = |code: &str| (409, Some(code.to_owned()));
        let stock = json!({ "item": "book", "quantity": 5 }).to_string();
        assert_eq!(value(&app.post("/api/stock", &stock)), 5);
        let sell = |quantity: i64| {
            let sale = json!({ "item": "book", "quantity": quantity });
            app.post("/api/sell", &sale.to_string())
        };
        assert_eq!(value(&sell(3)), 2);
        assert_eq!(refused(&sell(3)), conflict("OUT_OF_STOCK"));
        assert_eq!(value(&app.get("/api/stock/book")), 2);
        assert_eq!(refused(&app.get("/api/stock/pen")), (404, None));

        for (id, balance) in [(1, 100), (2, 0)] {
            let account = json!({ "id": id, "balance": balance }).to_string();
            assert_eq!(value(&app.post("/api/accounts", &account)), balance);
        }
        let pay = |from: i64, to: i64, amount: i64| {
            let payment = json!({ "from": from, "to": to, "amount": amount });
            app.post("/api/pay", &payment.to_string())
        };
        assert_eq!(value(&pay(1, 2, 70)), 30);
        assert_eq!(refused(&pay(1, 2, 70)), conflict("INSUFFICIENT_FUNDS"));
        // The payer has been charged when it turns out that there is no payee: it gets it back.
        assert_eq!(refused(&pay(1, 3, 10)), (404, None));
        let rich = json!({ "id": 4, "balance": 9_007_199_254_740_991_i64 }).to_string();
        app.post("/api/accounts", &rich);
        assert_eq!(refused(&pay(1, 4, 1)), conflict("LIMIT"));
        assert_eq!(value(&app.get("/api/accounts/1")), 30);
        assert_eq!(value(&app.get("/api/accounts/2")), 70);
        assert_eq!(refused(&app.get("/api/accounts/one")), (400, None));
    });
}

#[test]
fn an_instance_is_healthy_and_tells_its_settings_and_no_password() {
    on_both(|app| {
        let answer = app.get("/health");
        let health = answer.json();
        assert_eq!(answer.status, 200);
        assert_eq!(
            answer.header("content-length"),
            Some(answer.body.len().to_string().as_str())
        );
        assert_eq!(health["status"], "healthy");
        assert_eq!(health["container"], "app-1");
        let settings = &health["settings"];
        match health["dbPath"].as_str() {
            Some(path) => {
                assert!(path.ends_with("/app.db"));
                assert_eq!(settings["journal_mode"], "wal");
                assert_eq!(settings["synchronous"], "full");
                assert_eq!(settings["busy_timeout"], "5000");
            }
            None => {
                assert!(!answer.body.contains("postgres:"), "{answer:?}");
                assert!(!health["database"].as_str().unwrap().contains('@'));
                assert_eq!(settings["lock_timeout"], "5s");
                assert_eq!(settings["synchronous_commit"], "on");
            }
        }
    });
}

#[test]
fn what_is_not_a_request_of_the_app_is_refused_and_stores_nothing() {
    on_both(|app| {
        let deep = format!(r#"{{"key":{}1{}}}"#, "[".repeat(9_000), "]".repeat(9_000));
        let aside = format!(
            r#"{{"key":"k","x":{}1{}}}"#,
            "[".repeat(9_000),
            "]".repeat(9_000)
        );
        let long = json!({ "key": "k".repeat(257) }).to_string();
        for (path, body) in [
            ("/api/increment", ""),
            ("/api/increment", "{"),
            ("/api/increment", "null"),
            ("/api/increment", "[]"),
            ("/api/increment", "{}"),
            ("/api/increment", r#"{"key":1}"#),
            ("/api/increment", r#"{"key":""}"#),
            ("/api/increment", r#"{"key":"a\u0000b"}"#),
            ("/api/increment", r#"{"key":"\ud800"}"#),
            ("/api/increment", r#"{"key":"k","key":"k"}"#),
            ("/api/increment", r#"{"key":"k","value":9}"#),
            ("/api/increment", &deep),
            ("/api/increment", &aside),
            ("/api/increment", &long),
            ("/api/write", r#"{"data":"a\u0000b"}"#),
            ("/api/hold", r#"{"key":"k","milliseconds":-1}"#),
            ("/api/hold", r#"{"key":"k","milliseconds":60001}"#),
            ("/api/stock", r#"{"item":"i","quantity":-1}"#),
            ("/api/stock", r#"{"item":"i","quantity":9007199254740992}"#),
            ("/api/stock", r#"{"item":"i","quantity":1e99}"#),
            ("/api/stock", r#"{"item":"i","quantity":1.5}"#),
            ("/api/sell", r#"{"item":"i","quantity":0}"#),
            ("/api/accounts", r#"{"id":9223372036854775808,"balance":1}"#),
            ("/api/accounts", r#"{"id":1,"balance":-1}"#),
            ("/api/pay", r#"{"from":1,"to":1,"amount":1}"#),
            ("/api/pay", r#"{"from":1,"to":2,"amount":0}"#),
            ("/api/pay", r#"{"from":1,"to":2,"amount":-5}"#),
            ("/api/operation", r#"{"client":-1,"operation":1}"#),
            ("/api/operation", r#"{"client":4294967296,"operation":1}"#),
            ("/api/operation", r#"{"client":1,"operation":0}"#),
        ] {
            assert_eq!(refused(&app.post(path, body)), (400, None), "{path} {body}");
        }
        let utf8 = request("POST", "/api/increment", "", b"{\"key\":\"\xff\"}");
        assert_eq!(refused(&app.raw(&utf8)), (400, None));
        assert_eq!(refused(&app.get("/api/counters/%ff")), (400, None));
        let nul = app.get("/api/counters/a%00b");
        assert_eq!(refused(&nul), (400, None));

        assert_eq!(refused(&app.get("/api/increment")), (405, None));
        assert_eq!(app.get("/api/increment").header("allow"), Some("POST"));
        assert_eq!(refused(&app.get("/api/nothing")), (404, None));
        let one = r#"{"client":1,"operation":1}"#;
        assert_eq!(refused(&app.post("/api/operation", one)), (404, None));
        let form = "content-type: application/x-www-form-urlencoded\r\n";
        let form = request("POST", "/api/increment", form, b"key=k");
        assert_eq!(refused(&app.raw(&form)), (415, None));

        let huge = json!({ "data": "x".repeat(64 * 1024) }).to_string();
        assert_eq!(refused(&app.post("/api/write", &huge)), (413, None));

        let accept = "accept: application/json\r\n";
        let totals = app.raw(&request("GET", "/metrics", accept, b"")).json();
        let nothing = json!({ "total_records": 0, "total_counters": 0 });
        assert_eq!(totals["database"], nothing);
        assert_eq!(app.get("/health").status, 200);
    });
}

#[test]
fn sql_in_a_name_is_a_name() {
    on_both(|app| {
        let name = "x'); DROP TABLE counters; --";
        let key = json!({ "key": name }).to_string();
        assert_eq!(value(&app.post("/api/increment", &key)), 1);
        assert_eq!(value(&app.post("/api/increment", &key)), 2);
        let path = "/api/counters/x'%29;%20DROP%20TABLE%20counters;%20--";
        assert_eq!(value(&app.get(path)), 2);
    });
}

#[test]
fn a_body_that_does_not_come_is_waited_for_only_so_long() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &CALM);
    let mut stream = TcpStream::connect(&app.address).unwrap();
    let whole = request("POST", "/api/increment", "", br#"{"key":"slow"}"#);
    stream.write_all(&whole[..whole.len() - 3]).unwrap();
    assert_eq!(refused(&read(stream).unwrap()), (408, None));
    assert_eq!(number(&file, "SELECT COUNT(*) FROM counters"), 0);
}

#[test]
fn the_fetch_of_the_document_is_understood() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &CALM);
    for kind in ["", "content-type: text/plain;charset=UTF-8\r\n"] {
        let bytes = request("POST", "/api/increment", kind, br#"{"key":"counter"}"#);
        assert_eq!(app.raw(&bytes).status, 200);
    }
}

#[test]
fn work_goes_on_when_its_client_is_gone() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &CALM);
    let hold = br#"{"key":"k","milliseconds":300}"#;
    let mut stream = TcpStream::connect(&app.address).unwrap();
    stream
        .write_all(&request("POST", "/api/hold", "", hold))
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    drop(stream);
    let logged = app.logged(1);
    assert_eq!(logged[0]["outcome"], "committed");
    assert_eq!(value(&app.get("/api/counters/k")), 1);
}

/// Holds the lock of a file that others want.
fn locked(file: &Path) -> rusqlite::Connection {
    let connection = rusqlite::Connection::open(file).unwrap();
    connection.execute_batch("BEGIN IMMEDIATE").unwrap();
    connection
}

#[test]
fn what_an_instance_could_not_do_can_be_counted_in_its_log() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &[("DISCIPLINE", "naive"), ("HOLD_MS", "0")]);
    assert_eq!(app.post("/api/increment", r#"{"key":"k"}"#).status, 200);
    let lock = locked(&file);
    for _ in 0..3 {
        let answer = app.post("/api/write", r#"{"data":"d"}"#);
        assert_eq!(refused(&answer), (503, Some("SQLITE_BUSY".to_owned())));
        assert_eq!(answer.header("retry-after"), Some("1"));
        let reply = answer.reply();
        assert_eq!(reply.error.as_deref(), Some("Database is busy"));
        assert_eq!((reply.class, reply.attempts), (Some(Outcome::Busy), 1));
        assert_eq!(reply.errors[0].attempts, 1);
    }
    drop(lock);
    // A name must not be taken for an error.
    assert_eq!(app.get("/api/counters/SQLITE_BUSY").status, 404);
    app.get("/health");
    let logged = app.logged(6);
    let busy = logged
        .iter()
        .filter(|line| line.to_string().contains("SQLITE_BUSY"));
    assert_eq!(busy.count(), 3);
    let increment = &logged[0];
    for (name, expected) in [
        ("level", json!("INFO")),
        ("container", json!("app-1")),
        ("method", json!("POST")),
        ("path", json!("/api/increment")),
        ("status", json!(200)),
        ("outcome", json!("committed")),
        ("code", Value::Null),
        ("attempts", json!(1)),
    ] {
        assert_eq!(increment[name], expected, "{name}");
    }
    assert!(increment["milliseconds"].as_f64().unwrap() > 0.0);
    assert_eq!(logged[1]["level"], "ERROR");
    assert_eq!(logged[1]["outcome"], "busy");
    assert_eq!(logged[5]["outcome"], Value::Null, "health is no work");
}

#[test]
fn metrics_are_what_a_parser_of_prometheus_reads() {
    let (_directory, file) = place();
    let app = Instance::on_file(&file, &[("DISCIPLINE", "naive"), ("POOL_SIZE", "3")]);
    for _ in 0..2 {
        app.post("/api/increment", r#"{"key":"k"}"#);
    }
    let lock = locked(&file);
    app.post("/api/increment", r#"{"key":"k"}"#);
    drop(lock);
    app.get("/api/nothing");
    app.get("/api/something");

    let text = app.get("/metrics").body;
    let lines = text.lines().map(|line| Ok(line.to_owned()));
    let scrape = prometheus_parse::Scrape::parse(lines).unwrap();
    let find = |name: &str, labels: &[(&str, &str)]| {
        let fits = |sample: &&prometheus_parse::Sample| {
            sample.metric == name
                && labels
                    .iter()
                    .all(|(label, value)| sample.labels.get(label) == Some(*value))
        };
        let mut samples = scrape.samples.iter().filter(fits);
        let sample = samples
            .next()
            .unwrap_or_else(|| panic!("{name} {labels:?}: {text}"));
        assert!(samples.next().is_none(), "{name} {labels:?}: {text}");
        assert_eq!(sample.labels.get("container"), Some("app-1"));
        match sample.value {
            prometheus_parse::Value::Counter(value)
            | prometheus_parse::Value::Gauge(value)
            | prometheus_parse::Value::Untyped(value) => value,
            ref other => panic!("{other:?}"),
        }
    };
    let requests = "contend_requests_total";
    let increment = ("path", "/api/increment");
    assert_eq!(find(requests, &[increment, ("status", "200")]), 2.0);
    assert_eq!(find(requests, &[increment, ("status", "503")]), 1.0);
    assert_eq!(find(requests, &[("path", "other"), ("status", "404")]), 2.0);
    let ended = "contend_operations_total";
    assert_eq!(find(ended, &[("outcome", "committed")]), 2.0);
    assert_eq!(find(ended, &[("outcome", "busy")]), 1.0);
    assert_eq!(find("contend_attempts_total", &[]), 3.0);
    assert_eq!(find("contend_retries_total", &[]), 0.0);
    assert_eq!(find("contend_pool_connections", &[]), 3.0);
    assert_eq!(find("contend_pool_busy", &[]), 0.0);
    assert_eq!(find("contend_request_seconds_count", &[increment]), 3.0);
}
