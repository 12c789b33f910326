//! How the app goes about its work.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde::{Deserialize, Serialize};

use crate::load::conduct::Conduct;
use crate::load::style::{HOLD, Style};
use crate::measure::Discipline;
use crate::subject::engine::Target;
use crate::workload::Terms;

/// Connections that each instance keeps unless something else is asked for.
pub const POOL: u32 = 8;

/// The environment variable that holds [`Operations`], as JSON.
pub const OPERATIONS: &str = "OPERATIONS";

/// What an app needs to know of a workload to do its operations by number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operations {
    /// The workload's name.
    pub workload: String,
    /// What every client is told.
    pub terms: Terms,
    /// The seed of the trial, as in [`Job`](crate::load::protocol::Job).
    pub seed: u64,
}

/// How the app goes about its work, as its environment says it.
#[derive(Debug, Clone, PartialEq)]
pub struct App {
    /// How it increments.
    pub style: Style,
    /// How long it waits for a lock, in milliseconds. Naive apps leave the engine's default.
    pub lock_timeout_ms: u32,
    /// How often it tries again at most; `None` leaves what the style has.
    pub retries: Option<u32>,
    /// How many connections each instance keeps; `None` opens one for each request.
    pub pool: Option<u32>,
    /// How long it pauses between reading and writing.
    pub hold: Duration,
}

impl App {
    /// An app of this style, with a pool.
    pub fn of(style: Style) -> App {
        App {
            style,
            lock_timeout_ms: crate::subject::engine::LOCK_TIMEOUT_MS,
            retries: None,
            pool: Some(POOL),
            hold: HOLD,
        }
    }

    /// The app for clients of a discipline.
    pub fn for_discipline(discipline: Discipline) -> App {
        App::of(match discipline {
            Discipline::Careful => Style::Careful,
            Discipline::Naive => Style::Naive,
        })
    }

    /// How its connections conduct themselves.
    pub fn conduct(&self) -> Conduct {
        let mut conduct = self.style.conduct(self.lock_timeout_ms);
        if let Some(retries) = self.retries {
            conduct.retry.retries = retries;
        }
        conduct
    }

    /// The environment of every instance, on this database.
    ///
    /// # Errors
    /// If the app has no setting for what makes the subject.
    pub fn environment(&self, target: &Target) -> Result<Vec<(&'static str, String)>> {
        let mut environment = vec![
            ("DISCIPLINE", self.style.name().to_owned()),
            ("LOCK_TIMEOUT_MS", self.lock_timeout_ms.to_string()),
            ("HOLD_MS", self.hold.as_millis().to_string()),
            (
                "POOL_SIZE",
                self.pool.map_or("none".to_owned(), |size| size.to_string()),
            ),
        ];
        environment.extend(self.retries.map(|retries| ("RETRIES", retries.to_string())));
        match target {
            Target::Sqlite(sqlite) => environment.extend([
                ("DB_PATH", sqlite.path.display().to_string()),
                ("JOURNAL_MODE", sqlite.journal_mode.clone()),
                ("SYNCHRONOUS", sqlite.synchronous.clone()),
            ]),
            Target::Postgres(postgres) => {
                ensure!(
                    postgres.deadlock_timeout.is_none(),
                    "The app does not set deadlock_timeout: leave that subject out where it runs."
                );
                environment.extend([
                    ("DATABASE_URL", postgres.url.expose().to_owned()),
                    ("SYNCHRONOUS_COMMIT", postgres.synchronous_commit.clone()),
                ]);
            }
            Target::Noop | Target::Http(_) => {
                anyhow::bail!("The app needs a database: leave this subject out where it runs.")
            }
        }
        if self.style == Style::Naive {
            environment.retain(|(name, _)| *name != "LOCK_TIMEOUT_MS");
        }
        Ok(environment)
    }
}
