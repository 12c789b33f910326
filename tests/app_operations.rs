//! Instances that do the operations of a workload's clients, which a driver asks for by number.

mod support;

use contend::load::generators::Generators;
use contend::measure::Discipline;
use contend::subject::engine::sqlite;
use contend::workload::{self, Client as _, Clients, Tally, Terms, Visitor};
use futures::executor::block_on;
use serde_json::json;
use support::app::{Answer, Instance, number, place};
use support::server::{Cluster, need_postgres_binaries};

const SEED: u64 = 7;
const TERMS: Terms = Terms {
    discipline: Discipline::Careful,
    hold_seconds: 0.0,
};
const CLIENTS: u32 = 3;
const OPERATIONS: u64 = 12;

fn variable(workload: &str) -> String {
    json!({ "workload": workload, "terms": TERMS, "seed": SEED }).to_string()
}

fn operate(instance: &Instance, client: u32, operation: u64) -> Answer {
    let asked = json!({ "client": client, "operation": operation });
    instance.post("/api/operation", &asked.to_string())
}

/// What the operations of every client add up to, according to copies of the clients.
struct Copies;

impl Visitor for Copies {
    type Output = (Vec<String>, Vec<workload::Expected>);

    async fn visit<W: Clients>(self, workload: &'static W) -> Self::Output {
        let mut tally = Tally::default();
        for number in 0..CLIENTS {
            let random = Generators::of(SEED, number).operations;
            let mut client = workload.client(number, &TERMS, random);
            for _ in 0..OPERATIONS {
                client.draw();
                tally += client.done();
            }
        }
        (workload.setup(), workload.expected(tally))
    }
}

fn copies(workload: &str) -> (Vec<String>, Vec<workload::Expected>) {
    block_on(workload::with(workload, Copies)).unwrap()
}

/// Has two instances do the operations of every client by turns.
fn take_turns(instances: [&Instance; 2]) {
    for operation in 1..=OPERATIONS {
        for client in 0..CLIENTS {
            let turn = (operation + u64::from(client)) % 2;
            let answer = operate(instances[turn as usize], client, operation);
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(answer.reply().success);
        }
    }
}

#[test]
fn two_instances_by_turns_do_what_the_driver_has_drawn() {
    for workload in [
        "increment-spread",
        "insert-1",
        "read-mostly",
        "payment-mixed",
    ] {
        let (_directory, file) = place();
        let (setup, expected) = copies(workload);
        let connection = rusqlite::Connection::open(&file).unwrap();
        for sql in setup {
            connection.execute_batch(&sqlite::dialect(&sql)).unwrap();
        }
        let operations = variable(workload);
        let variables = [("OPERATIONS", operations.as_str())];
        let one = Instance::on_file(&file, &variables);
        let two = Instance::on_file(&file, &variables);
        take_turns([&one, &two]);
        for check in expected {
            assert_eq!(
                number(&file, &check.sql),
                check.number,
                "{workload}: {}",
                check.what
            );
        }
        let tables = "SELECT COUNT(*) FROM sqlite_schema WHERE name = 'stock'";
        assert_eq!(number(&file, tables), 0, "the harness makes the tables");
    }
}

#[test]
fn the_same_holds_for_postgres() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE TABLE counters (key BIGINT PRIMARY KEY, value BIGINT NOT NULL)");
    cluster.run("INSERT INTO counters SELECT key, 0 FROM generate_series(1, 1000) AS keys(key)");
    let (_, expected) = copies("increment-spread");
    let operations = variable("increment-spread");
    let variables = [
        ("OPERATIONS", operations.as_str()),
        ("DATABASE_URL", &cluster.url),
    ];
    let (one, two) = (Instance::start(&variables), Instance::start(&variables));
    take_turns([&one, &two]);
    let checksum = expected
        .iter()
        .find(|check| check.sql.contains("key * value"));
    let stored =
        support::server::query(&cluster.url, "SELECT SUM(key * value)::text FROM counters");
    assert_eq!(stored.unwrap(), checksum.unwrap().number.to_string());
}

#[test]
fn an_operation_that_lies_behind_or_much_too_far_ahead_is_refused() {
    let (_directory, file) = place();
    let (setup, _) = copies("increment-hot");
    let connection = rusqlite::Connection::open(&file).unwrap();
    for sql in setup {
        connection.execute_batch(&sqlite::dialect(&sql)).unwrap();
    }
    let operations = variable("increment-hot");
    let app = Instance::on_file(&file, &[("OPERATIONS", &operations)]);
    assert_eq!(operate(&app, 0, 5).status, 200);
    for behind in [1, 5, u64::MAX] {
        let answer = operate(&app, 0, behind);
        assert_eq!(answer.status, 409, "{answer:?}");
        assert_eq!(answer.reply().code.as_deref(), Some("OUT_OF_ORDER"));
    }
    assert_eq!(operate(&app, 0, 6).status, 200);
    assert_eq!(number(&file, "SELECT SUM(value) FROM counters"), 2);
}
