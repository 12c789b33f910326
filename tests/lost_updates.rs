//! Which ways of incrementing lose an update that was acknowledged, and which do not: one client
//! stepped by hand, overtaken by another between its read and its write, and many under load.

mod support;

use std::cell::RefCell;
use std::time::Duration;

use contend::load::conduct::Conduct;
use contend::load::trial::Case;
use contend::measure::{Discipline, Measurement, Outcome};
use contend::subject;
use contend::subject::engine::postgres::PostgresSession;
use contend::subject::engine::sqlite::{SqliteSession, open};
use contend::subject::engine::{Begin, Isolation, Manner};
use contend::subject::session::{DbError, Session, Statement, Value};
use contend::workload::racing_increment::{self, RacingIncrement};
use contend::workload::{Client, Clients, Terms, Workload, sale};
use futures::executor::block_on;
use rand::SeedableRng;
use rand::rngs::StdRng;
use support::server::need_postgres_binaries;
use support::stage::{Stage, point, postgres_target, sqlite_target};

const STORED: &str = "SELECT CAST(SUM(value) AS BIGINT) FROM counters";

/// A session whose client is overtaken once, when it pauses between read and write: by then
/// another has added one and committed.
struct Overtaken<S> {
    own: S,
    other: RefCell<Option<S>>,
}

impl<S: Session> Session for Overtaken<S> {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        self.own.prepare(sql).await
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        self.own.execute(statement, values).await
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        self.own.read(statement, values).await
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.own.begin().await
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.own.commit().await
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        self.own.rollback().await
    }

    async fn pause(&self, _: Duration) {
        let other = self.other.take();
        if let Some(mut other) = other {
            let add = "UPDATE counters SET value = value + 1 WHERE key = $1";
            let add = other.prepare(add).await.unwrap();
            let changed = other.execute(add, &[Value::Integer(1)]).await.unwrap();
            assert_eq!(changed, 1);
        }
    }
}

/// One increment that is overtaken by another, tried until it is acknowledged: the errors on the
/// way.
async fn overtaken<S: Session>(
    workload: &'static RacingIncrement,
    own: S,
    other: S,
) -> Vec<Outcome> {
    let terms = Terms {
        discipline: Discipline::Careful,
        hold_seconds: 0.01,
    };
    let mut client = workload.client(0, &terms, StdRng::seed_from_u64(0));
    let mut session = Overtaken {
        own,
        other: RefCell::new(Some(other)),
    };
    client.prepare(&mut session).await.unwrap();
    client.draw();
    let mut errors = Vec::new();
    while let Err(error) = client.attempt(&mut session).await {
        errors.push(error.class);
        assert!(errors.len() < 3, "{errors:?}");
    }
    errors
}

/// What two increments on SQLite leave, one of them overtaken, and the errors on the way.
fn on_sqlite(
    subject: &str,
    workload: &'static RacingIncrement,
    begin: Begin,
) -> (i64, Vec<Outcome>) {
    let stage = Stage::files();
    let mut store = stage.store(subject, "increment-hot", 1);
    let target = sqlite_target(store.as_ref(), Discipline::Careful);
    let manner = Manner {
        begin,
        ..target.manner.clone()
    };
    let connections = [open(&target).unwrap(), open(&target).unwrap()];
    let [own, other] = connections
        .each_ref()
        .map(|connection| SqliteSession::new(connection, &manner).unwrap());
    let errors = block_on(overtaken(workload, own, other));
    (store.number(STORED).unwrap(), errors)
}

/// The same on PostgreSQL.
fn on_postgres(
    stage: &Stage,
    number: u32,
    workload: &'static RacingIncrement,
    isolation: Isolation,
) -> (i64, Vec<Outcome>) {
    let mut store = stage.store("postgres", "increment-hot", number);
    let mut target = postgres_target(store.as_ref(), Discipline::Careful);
    target.manner.isolation = Some(isolation);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let errors = runtime.block_on(async {
        let own = PostgresSession::connect(&target).await.unwrap();
        let other = PostgresSession::connect(&target).await.unwrap();
        overtaken(workload, own, other).await
    });
    (store.number(STORED).unwrap(), errors)
}

#[test]
fn read_and_write_apart_lose_the_other_ones_increment_and_nobody_sees_an_error() {
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let found = on_sqlite(subject, &racing_increment::APART, Begin::Deferred);
        assert_eq!(found, (1, vec![]), "{subject}");
    }
}

#[test]
fn a_deferred_transaction_loses_only_if_nothing_but_its_write_is_tried_again() {
    let tried = |workload| on_sqlite("sqlite-wal-full", workload, Begin::Deferred);
    let told = vec![Outcome::BusySnapshot];
    assert_eq!(tried(&racing_increment::TOGETHER), (2, told.clone()));
    assert_eq!(tried(&racing_increment::STALE), (1, told));
}

#[test]
fn a_swap_that_comes_too_late_reads_again_and_that_is_no_error() {
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let found = on_sqlite(subject, &racing_increment::SWAPPED, Begin::Deferred);
        assert_eq!(found, (2, vec![]), "{subject}");
    }
}

#[test]
fn on_postgresql_the_isolation_level_decides_unless_only_the_write_is_tried_again() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    let told = vec![Outcome::Serialization];
    let together = &racing_increment::TOGETHER;
    let cases = [
        (together, Isolation::ReadCommitted, (1, vec![])),
        (together, Isolation::RepeatableRead, (2, told.clone())),
        (together, Isolation::Serializable, (2, told.clone())),
        (
            &racing_increment::STALE,
            Isolation::RepeatableRead,
            (1, told),
        ),
        (
            &racing_increment::APART,
            Isolation::Serializable,
            (1, vec![]),
        ),
        (
            &racing_increment::SWAPPED,
            Isolation::ReadCommitted,
            (2, vec![]),
        ),
    ];
    for (number, (workload, isolation, expected)) in (1..).zip(cases) {
        let found = on_postgres(&stage, number, workload, isolation);
        assert_eq!(found, expected, "{} at {isolation:?}", workload.name());
    }
}

/// A trial of eight clients, which do 20 operations each; whatever they lose fails its audit.
fn under_load(
    stage: &Stage,
    subject: &str,
    workload: &'static dyn Workload,
    manner: impl FnOnce(&mut Manner),
) -> Measurement {
    let mut conduct = Conduct::of(Discipline::Careful);
    manner(&mut conduct.manner);
    conduct.operations = Some(20);
    let point = point(workload.name(), subject, 8);
    let case = Case {
        conduct,
        ..Case::of(subject::find(subject).unwrap(), workload, &point, 1, 1)
    };
    let measurement = stage.trial_by(&case).unwrap();
    assert!(measurement.audit.passed(), "{:?}", measurement.audit);
    assert_eq!(measurement.operations(), 8 * 20);
    measurement
}

#[test]
fn under_load_sqlite_keeps_every_increment_of_the_ways_that_must_not_lose() {
    let stage = Stage::files();
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        for (workload, begin) in [
            (&racing_increment::TOGETHER, Begin::Deferred),
            (&racing_increment::TOGETHER, Begin::Immediate),
            (&racing_increment::SWAPPED, Begin::Deferred),
            (&racing_increment::ADDED, Begin::Deferred),
        ] {
            under_load(&stage, subject, workload, |manner| manner.begin = begin);
        }
    }
}

#[test]
fn under_load_postgresql_keeps_every_increment_of_the_ways_that_must_not_lose() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    for (workload, isolation) in [
        (&racing_increment::TOGETHER, Isolation::RepeatableRead),
        (&racing_increment::TOGETHER, Isolation::Serializable),
        (&racing_increment::LOCKED, Isolation::ReadCommitted),
        (&racing_increment::SWAPPED, Isolation::ReadCommitted),
        (&racing_increment::ADDED, Isolation::ReadCommitted),
    ] {
        under_load(&stage, "postgres", workload, |manner| {
            manner.isolation = Some(isolation);
        });
    }
}

#[test]
fn careful_sales_under_load_account_for_every_unit() {
    let stage = Stage::files();
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        under_load(&stage, subject, &sale::TAKEN, |_| {});
    }
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    under_load(&stage, "postgres", &sale::TAKEN, |_| {});
}
