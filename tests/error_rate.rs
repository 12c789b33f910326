//! Bursts of increments: what is refused with which error, and that the books are right. How many
//! are refused is the machine's affair, and no test's.

mod support;

use std::path::Path;
use std::time::Duration;

use contend::experiment::{self, Lab};
use contend::lab::{Interrupt, Scratch};
use contend::load::conduct::Conduct;
use contend::load::retry::Policy;
use contend::load::trial::{self, Case, Conditions};
use contend::measure::experiment::Extent;
use contend::measure::{Discipline, Measurement, Outcome, Point, Topology};
use contend::subject::engine::sqlite::{SqliteSession, open};
use contend::subject::engine::{Begin, Isolation, Manner};
use contend::subject::server::Server;
use contend::subject::session::Session;
use contend::workload::{Workload as _, slow_increment};
use futures::executor::block_on;
use support::server::{directory, local, need_postgres_binaries};
use support::stage::{Stage, sqlite_target};

/// What SQLite says to a transaction that begins within another on the same connection.
const NESTED: &str = "cannot start a transaction within a transaction";

/// Clients that do one increment each, all in the same instant.
struct Burst {
    subject: &'static str,
    clients: u32,
    instances: u32,
    manner: Manner,
    retry: Policy,
    hold: Duration,
}

impl Burst {
    /// The document's transactions, each client on a connection of its own and without retries.
    fn of(subject: &'static str, clients: u32) -> Burst {
        Burst {
            subject,
            clients,
            instances: clients.min(4),
            manner: Manner {
                begin: Begin::Exclusive,
                ..Manner::of(Discipline::Careful)
            },
            retry: Policy::NEVER,
            hold: Duration::from_millis(10),
        }
    }

    /// Makes it; its books must be right and nothing acknowledged may be missing.
    fn make(self) -> Measurement {
        let directory = directory();
        let scratch = Scratch::claim(directory.path()).unwrap();
        let server: Option<Server> = (self.subject == "postgres").then(|| local(&scratch));
        let conditions = Conditions {
            executable: Path::new(env!("CARGO_BIN_EXE_contend")),
            scratch: scratch.path(),
            server: server.as_ref(),
            containers: None,
            interrupt: &Interrupt::never(),
            seconds: 0.05,
            warm_up_seconds: 0.05,
            hold_seconds: self.hold.as_secs_f64(),
            seed: 1,
        };
        let point = Point {
            workload: slow_increment::DOCUMENT.name().to_owned(),
            subject: self.subject.to_owned(),
            topology: Topology::Processes,
            instances: self.instances,
            clients: self.clients,
            discipline: Discipline::Careful,
            rate: None,
        };
        let case = Case {
            conduct: Conduct {
                manner: self.manner,
                retry: self.retry,
                operations: Some(1),
                pace: None,
            },
            ..Case::of(
                contend::subject::find(self.subject).unwrap(),
                &slow_increment::DOCUMENT,
                &point,
                1,
                1,
            )
        };
        let (seen, _) = trial::make(&conditions, &case, false).unwrap();
        assert!(seen.audit.passed(), "{:?}", seen.audit);
        assert_eq!(seen.operations(), u64::from(self.clients));
        let acknowledged = seen.committed + seen.late;
        assert_eq!(seen.attempts, acknowledged + seen.failed_attempts());
        seen
    }
}

#[test]
fn a_transaction_within_anothers_on_a_shared_connection_is_refused_and_harms_none() {
    let stage = Stage::files();
    let mut store = stage.store("sqlite-wal-full", "increment-hot", 1);
    let target = sqlite_target(store.as_ref(), Discipline::Careful);
    let connection = open(&target).unwrap();
    let manner = Manner {
        begin: Begin::Exclusive,
        shared: true,
        ..target.manner
    };
    block_on(async {
        let mut one = SqliteSession::new(&connection, &manner).unwrap();
        let mut two = SqliteSession::new(&connection, &manner).unwrap();
        let add = one
            .prepare("UPDATE counters SET value = value + 1")
            .await
            .unwrap();
        one.begin().await.unwrap();
        one.execute(add, &[]).await.unwrap();
        let error = two.begin().await.unwrap_err();
        assert_eq!((error.class, error.code.as_str()), (Outcome::Other, "1"));
        assert!(error.message.contains(NESTED), "{error:?}");
        one.commit().await.unwrap();
    });
    let stored = store.number("SELECT value FROM counters").unwrap();
    assert_eq!(stored, 1);
}

#[test]
fn requests_that_share_a_connection_never_find_it_busy_but_within_a_transaction() {
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let burst = Burst::of(subject, 5);
        let seen = Burst {
            instances: 1,
            manner: Manner {
                shared: true,
                ..burst.manner.clone()
            },
            // Far longer than five clients need to begin.
            hold: Duration::from_secs(1),
            ..burst
        }
        .make();
        assert_eq!(seen.committed + seen.late, 1, "{subject}");
        assert_eq!(seen.errors.len(), 1, "{:?}", seen.errors);
        let error = &seen.errors[0];
        assert_eq!((error.code.as_str(), error.attempts), ("1", 4));
        assert!(error.message.contains(NESTED), "{error:?}");
    }
}

#[test]
fn who_does_not_wait_for_a_lock_is_busy_and_nothing_is_lost() {
    for subject in ["sqlite-delete-full", "sqlite-wal-full"] {
        let burst = Burst::of(subject, 8);
        let seen = Burst {
            manner: Manner {
                lock_timeout_ms: Some(0),
                ..burst.manner.clone()
            },
            ..burst
        }
        .make();
        assert!(seen.committed + seen.late >= 1, "{subject}");
        let busy = |class: &Outcome| *class == Outcome::Busy;
        assert!(seen.given_up.keys().all(busy), "{:?}", seen.given_up);
        assert_eq!(seen.attempts, 8, "nobody tries again");
    }
}

#[test]
fn nobody_tries_more_often_than_the_retries_allow() {
    let burst = Burst::of("sqlite-wal-full", 8);
    let seen = Burst {
        manner: Manner {
            lock_timeout_ms: Some(0),
            ..burst.manner.clone()
        },
        retry: Policy {
            retries: 2,
            ..Policy::CAREFUL
        },
        ..burst
    }
    .make();
    let given_up = seen.given_up_total();
    assert!(seen.failed_attempts() >= 3 * given_up, "{seen:?}");
    assert!(seen.attempts <= 3 * 8, "{seen:?}");
}

#[test]
fn serializable_transactions_of_postgresql_refuse_but_lose_nothing() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let burst = Burst::of("postgres", 8);
    let seen = Burst {
        manner: Manner {
            isolation: Some(Isolation::Serializable),
            ..burst.manner.clone()
        },
        ..burst
    }
    .make();
    assert!(seen.committed + seen.late >= 1);
    let refused = |class: &Outcome| {
        matches!(
            class,
            Outcome::Serialization | Outcome::LockTimeout | Outcome::Deadlock
        )
    };
    assert!(seen.given_up.keys().all(refused), "{:?}", seen.given_up);
}

#[test]
fn whom_a_full_postgresql_has_no_connection_for_fails_and_is_counted() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    // The throwaway cluster takes 100 at most.
    let burst = Burst::of("postgres", 110);
    let seen = Burst {
        manner: Manner {
            isolation: Some(Isolation::Serializable),
            ..burst.manner.clone()
        },
        ..burst
    }
    .make();
    let refused = seen.given_up.get(&Outcome::TooManyConnections);
    assert!(refused.is_some_and(|refused| *refused >= 10), "{seen:?}");
    let counted = seen
        .errors
        .iter()
        .find(|error| error.class == Outcome::TooManyConnections)
        .unwrap();
    assert_eq!(counted.code, "53300");
    assert_eq!(Some(&counted.attempts), refused, "it is not tried again");
}

#[test]
fn the_short_form_has_every_repeat_and_its_charts_have_something_to_draw() {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let interrupt = Interrupt::never();
    let lab = Lab::new(
        Extent::Short,
        Path::new(env!("CARGO_BIN_EXE_contend")),
        scratch.path(),
        None,
        None,
        &interrupt,
        1,
    );
    let found = experiment::run(experiment::find("busy-errors").unwrap(), &lab).unwrap();
    assert!(found.failures.is_empty(), "{:?}", found.failures);
    // Five loads of the document's code, naive clients, and one burst with a rollback journal.
    assert_eq!(found.observations.len(), 3 * 7);
    for observation in &found.observations {
        assert!(!observation.void(), "{observation:?}");
        let figure = |name| observation.figure(name).unwrap();
        assert_eq!(
            figure("given_up"),
            figure("busy") + figure("refused_otherwise")
        );
        let scripts = &found.scripts;
        assert!(scripts.contains_key(observation.condition("discipline")));
    }
    for view in &found.views {
        let drawn = found.observations.iter().filter(|observation| {
            let holds =
                |(name, value): (&String, &String)| observation.condition(name) == value.as_str();
            view.only.iter().all(holds) && observation.figure(&view.figure).is_some()
        });
        assert!(drawn.count() > 0, "{}", view.name);
        let parts = view
            .panels
            .iter()
            .chain(&view.series)
            .chain(view.along.as_ref());
        for condition in parts {
            assert!(
                !found.observations[0].condition(condition).is_empty(),
                "{}: {condition}",
                view.name
            );
        }
    }
}
