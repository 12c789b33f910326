//! Who prepares a statement, and who keeps it.

use anyhow::{Result, bail};

use crate::experiment::dialogue::Order;
use crate::experiment::statement::{Call, Interface};
use crate::measure::Engine;
use crate::subject::engine::Target;
use crate::subject::server::Secret;

/// Who prepares the statement, and who keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper {
    /// The session, by the SQL statement PREPARE.
    Session,
    /// The driver, which keeps the last hundred.
    Driver,
    /// Nobody: each query is told not to be kept.
    NotPersistent,
    /// Nobody: the driver is told to keep none.
    NoCache,
    /// The caller of SQLite's C library.
    V2,
}

impl Keeper {
    /// The keepers that there are with an engine.
    pub fn of(engine: Engine) -> &'static [Keeper] {
        match engine {
            Engine::Postgres => &[
                Keeper::Session,
                Keeper::Driver,
                Keeper::NotPersistent,
                Keeper::NoCache,
            ],
            _ => &[Keeper::V2],
        }
    }

    /// Its name, in timelines and observations.
    pub fn name(self) -> &'static str {
        match self {
            Keeper::Session => "prepare",
            Keeper::Driver => "driver",
            Keeper::NotPersistent => "driver-not-persistent",
            Keeper::NoCache => "driver-no-cache",
            Keeper::V2 => "prepare-v2",
        }
    }

    /// The same in words.
    pub fn words(self) -> &'static str {
        match self {
            Keeper::Session => "PREPARE and EXECUTE",
            Keeper::Driver => "The driver's own cache of statements",
            Keeper::NotPersistent => "The driver, with persistent(false)",
            Keeper::NoCache => "The driver, with statement_cache_capacity(0)",
            Keeper::V2 => "sqlite3_prepare_v2",
        }
    }

    /// What prepares the statement anew, or for the first time.
    pub fn prepare(self, sql: &str, anew: bool) -> Vec<Order> {
        match self {
            Keeper::Session => {
                let mut orders = vec![Order::Sql(format!("PREPARE cached AS {sql}"))];
                if anew {
                    orders.insert(0, "DEALLOCATE cached".into());
                }
                orders
            }
            Keeper::V2 => vec![Call::Prepare(Interface::V2, sql.to_owned()).into()],
            // It prepares by itself.
            _ if anew => vec![Order::Forget],
            _ => Vec::new(),
        }
    }

    /// What executes the statement.
    pub fn execute(self, sql: &str) -> Order {
        match self {
            Keeper::Session => "EXECUTE cached".into(),
            Keeper::V2 => Call::Step.into(),
            Keeper::Driver | Keeper::NoCache | Keeper::NotPersistent => Order::Query {
                sql: sql.to_owned(),
                persistent: self != Keeper::NotPersistent,
            },
        }
    }
}

/// The same, but the driver keeps no statements.
pub fn without_cache(target: &Target) -> Result<Target> {
    let Target::Postgres(target) = target else {
        bail!("Only the driver of PostgreSQL keeps statements by itself");
    };
    let mut target = target.clone();
    let url = target.url.expose();
    let joint = if url.contains('?') { '&' } else { '?' };
    target.url = Secret::new(format!("{url}{joint}statement-cache-capacity=0"));
    Ok(Target::Postgres(target))
}
