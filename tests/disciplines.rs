//! What careless clients meet on each engine, stepped by hand.

mod support;

use contend::measure::{Discipline, Outcome};
use contend::subject::engine::manner::Manner;
use contend::subject::engine::postgres::PostgresSession;
use contend::subject::engine::sqlite::{SqliteSession, open, read_back};
use contend::subject::session::{DbError, Session, Statement, Value};
use futures::executor::block_on;
use support::server::need_postgres_binaries;
use support::stage::{Stage, postgres_target, sqlite_target};

const KEY: Value<'static> = Value::Integer(1);
const STORED: &str = "SELECT CAST(SUM(value) AS BIGINT) FROM counters";

/// A client that reads a counter and writes what it read plus one.
struct Careless<S> {
    session: S,
    read: Statement,
    write: Statement,
    value: i64,
}

impl<S: Session> Careless<S> {
    async fn new(mut session: S) -> Self {
        let read = "SELECT value FROM counters WHERE key = $1";
        let write = "UPDATE counters SET value = $2 WHERE key = $1";
        Careless {
            read: session.prepare(read).await.unwrap(),
            write: session.prepare(write).await.unwrap(),
            session,
            value: 0,
        }
    }

    async fn begin_and_read(&mut self) {
        self.session.begin().await.unwrap();
        self.value = self.session.read(self.read, &[KEY]).await.unwrap();
    }

    async fn write(&mut self) -> Result<u64, DbError> {
        let next = [KEY, Value::Integer(self.value + 1)];
        self.session.execute(self.write, &next).await
    }
}

fn on_postgres<T>(work: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(work)
}

#[test]
fn postgresql_loses_a_careless_update_and_nobody_sees_an_error() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    let mut store = stage.store("postgres", "increment-hot", 1);
    let target = postgres_target(store.as_ref(), Discipline::Naive);
    on_postgres(async {
        let mut one = Careless::new(PostgresSession::connect(&target).await.unwrap()).await;
        let mut two = Careless::new(PostgresSession::connect(&target).await.unwrap()).await;
        one.begin_and_read().await;
        two.begin_and_read().await;
        one.write().await.unwrap();
        one.session.commit().await.unwrap();
        two.write().await.unwrap();
        two.session.commit().await.unwrap();
    });
    assert_eq!(store.number(STORED).unwrap(), 1, "of two acknowledged");
}

#[test]
fn sqlite_tells_the_second_careless_writer_that_it_is_busy_and_loses_nothing() {
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let stage = Stage::files();
        let mut store = stage.store(subject, "increment-hot", 1);
        let target = sqlite_target(store.as_ref(), Discipline::Naive);
        let connections = [open(&target).unwrap(), open(&target).unwrap()];
        block_on(async {
            let session = |connection| {
                SqliteSession::new(connection, &Manner::of(Discipline::Naive)).unwrap()
            };
            let mut one = Careless::new(session(&connections[0])).await;
            let mut two = Careless::new(session(&connections[1])).await;
            one.begin_and_read().await;
            two.begin_and_read().await;
            one.write().await.unwrap();
            let error = two.write().await.unwrap_err();
            assert_eq!((error.class, error.code.as_str()), (Outcome::Busy, "5"));
            two.session.rollback().await.unwrap();
            one.session.commit().await.unwrap();
        });
        assert_eq!(
            store.number(STORED).unwrap(),
            1,
            "{subject}: one acknowledged"
        );
    }
}

#[test]
fn in_a_write_ahead_log_a_careless_writer_whose_snapshot_is_old_is_refused() {
    let stage = Stage::files();
    let mut store = stage.store("sqlite-wal-full", "increment-hot", 1);
    let target = sqlite_target(store.as_ref(), Discipline::Naive);
    let connections = [open(&target).unwrap(), open(&target).unwrap()];
    block_on(async {
        let session =
            |connection| SqliteSession::new(connection, &Manner::of(Discipline::Naive)).unwrap();
        let mut one = Careless::new(session(&connections[0])).await;
        let mut two = Careless::new(session(&connections[1])).await;
        one.begin_and_read().await;
        two.begin_and_read().await;
        one.write().await.unwrap();
        one.session.commit().await.unwrap();
        let error = two.write().await.unwrap_err();
        assert_eq!(error.class, Outcome::BusySnapshot);
        two.session.rollback().await.unwrap();
    });
    assert_eq!(store.number(STORED).unwrap(), 1);
}

#[test]
fn with_a_rollback_journal_a_careless_reader_keeps_a_writer_from_committing() {
    let stage = Stage::files();
    let mut store = stage.store("sqlite-delete-full", "increment-hot", 1);
    let target = sqlite_target(store.as_ref(), Discipline::Naive);
    let connections = [open(&target).unwrap(), open(&target).unwrap()];
    block_on(async {
        let session =
            |connection| SqliteSession::new(connection, &Manner::of(Discipline::Naive)).unwrap();
        let mut one = Careless::new(session(&connections[0])).await;
        let mut two = Careless::new(session(&connections[1])).await;
        one.begin_and_read().await;
        two.begin_and_read().await;
        one.write().await.unwrap();
        let error = one.session.finish(Ok(())).await.unwrap_err();
        assert_eq!(error.class, Outcome::Busy, "the other one reads");
    });
    assert_eq!(store.number(STORED).unwrap(), 0, "rolled back as a whole");
}

#[test]
fn postgresql_breaks_a_deadlock_of_two_payments_after_the_timeout_of_the_subject() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let stage = Stage::with_server();
    let mut store = stage.store("postgres-deadlock-50ms", "payment-mixed", 1);
    let target = postgres_target(store.as_ref(), Discipline::Careful);
    let results = on_postgres(async {
        let mut one = PostgresSession::connect(&target).await.unwrap();
        let mut two = PostgresSession::connect(&target).await.unwrap();
        assert_eq!(one.settings().await.unwrap()["deadlock_timeout"], "50ms");
        let sql = "UPDATE accounts SET balance = balance - 1 WHERE id = $1";
        let by_one = one.prepare(sql).await.unwrap();
        let by_two = two.prepare(sql).await.unwrap();
        one.begin().await.unwrap();
        two.begin().await.unwrap();
        one.execute(by_one, &[Value::Integer(1)]).await.unwrap();
        two.execute(by_two, &[Value::Integer(2)]).await.unwrap();
        let first = async {
            let work = one.execute(by_one, &[Value::Integer(2)]).await.map(drop);
            one.finish(work).await
        };
        let second = async {
            let work = two.execute(by_two, &[Value::Integer(1)]).await.map(drop);
            two.finish(work).await
        };
        <[Result<(), DbError>; 2]>::from(tokio::join!(first, second))
    });
    let errors: Vec<&DbError> = results.iter().filter_map(|r| r.as_ref().err()).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].class, Outcome::Deadlock);
    assert_eq!(
        store
            .number("SELECT CAST(SUM(balance) AS BIGINT) FROM accounts")
            .unwrap(),
        100 * 1_000_000 - 2,
        "one of the two was rolled back"
    );
}

#[test]
fn a_naive_sqlite_client_does_not_wait_and_a_careful_one_takes_the_lock_at_once() {
    let stage = Stage::files();
    let store = stage.store("sqlite-wal-full", "increment-hot", 1);
    let of = |discipline| open(&sqlite_target(store.as_ref(), discipline)).unwrap();
    let (careful, naive) = (of(Discipline::Careful), of(Discipline::Naive));
    assert_eq!(read_back(&careful).unwrap()["busy_timeout"], "5000");
    assert_eq!(read_back(&naive).unwrap()["busy_timeout"], "0");
    block_on(async {
        let mut careful = SqliteSession::new(&careful, &Manner::of(Discipline::Careful)).unwrap();
        let mut naive = SqliteSession::new(&naive, &Manner::of(Discipline::Naive)).unwrap();
        careful.begin().await.unwrap();
        naive.begin().await.unwrap();
        let write = naive
            .prepare("UPDATE counters SET value = $1")
            .await
            .unwrap();
        let error = naive.execute(write, &[KEY]).await.unwrap_err();
        assert_eq!(error.class, Outcome::Busy);
    });
}
