//! The process that is killed: it writes to an SQLite file and says what was acknowledged.
//!
//! One JSON value a line, over its stdin and stdout. When its stdin closes it exits at once.
//!
//! ```text
//! parent                     writer
//!   Job          ─────────▶
//!                ◀─────────  Ready      connected, settings read back
//!   "go"         ─────────▶
//!                ◀─────────  Committed  after each commit
//!                ◀─────────  Halted     in mid-transaction, if it is to halt there
//! ```

use std::sync::mpsc::Receiver;

use anyhow::{Context, Result, ensure};
use futures::executor::block_on;
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::transfers::{ACCOUNTS, Transfers, accounts};
use crate::lab::sentence;
use crate::load::worker::{hear, read_lines_or_exit, say};
use crate::subject::engine::sqlite::{self, SqliteSession};
use crate::subject::engine::{Settings, deviations};
use crate::subject::session::Session;

/// What a writer is to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    /// The file, and how it is opened.
    pub target: sqlite::Target,
    /// Statements that a connection executes first.
    pub pragmas: Vec<String>,
    /// Settings that it must read back.
    pub asserted: Settings,
    /// The client's number, from 1.
    pub client: i64,
    /// The number of its first transaction.
    pub next: i64,
    /// The most pairs of accounts in a transaction.
    pub most_pairs: i64,
    /// The seed of its random choices.
    pub seed: u64,
    /// When it stops writing.
    pub end: End,
}

/// When a writer stops.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum End {
    /// Never: it is killed.
    Killed,
    /// After so many commits.
    Commits(i64),
    /// After so many commits, and within the next transaction, which has changed every account: it
    /// waits there to be killed.
    Halted(i64),
}

/// What a writer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// It is connected and waits for the start.
    Ready,
    /// The transaction of this number was acknowledged.
    Committed(i64),
    /// It is within a transaction and does nothing more.
    Halted,
    /// It cannot go on; why, in one sentence.
    Failed(String),
}

/// Serves one job on this process's stdin and stdout.
///
/// # Errors
/// If nobody listens.
pub fn serve() -> Result<()> {
    let lines = read_lines_or_exit();
    let job: Job = hear(&lines).context("A writer is started by `contend`, not by hand")?;
    match block_on(write(&job, &lines)) {
        Ok(()) => Ok(()),
        Err(error) => say(&Said::Failed(sentence(&error))),
    }
}

async fn write(job: &Job, lines: &Receiver<String>) -> Result<()> {
    let connection = sqlite::open(&job.target)?;
    for pragma in &job.pragmas {
        connection.execute_batch(pragma)?;
    }
    let deviations = deviations(&job.asserted, &sqlite::read_back(&connection)?);
    ensure!(deviations.is_empty(), "{}", deviations.join(", "));
    let mut session = SqliteSession::new(&connection, &job.target.manner)?;
    let transfers = Transfers::prepare(&mut session).await?;
    say(&Said::Ready)?;
    let _: String = hear(lines)?;

    let mut random = StdRng::seed_from_u64(job.seed);
    let commits = match job.end {
        End::Killed => i64::MAX - job.next,
        End::Commits(commits) | End::Halted(commits) => commits,
    };
    for seq in job.next..job.next + commits {
        let accounts = accounts(&mut random, job.most_pairs);
        transfers
            .make(&mut session, job.client, seq, &accounts)
            .await?;
        say(&Said::Committed(seq))?;
    }
    if matches!(job.end, End::Halted(_)) {
        let all: Vec<i64> = (1..=ACCOUNTS).collect();
        session.begin().await?;
        transfers
            .changes(&mut session, job.client, job.next + commits, &all)
            .await?;
        say(&Said::Halted)?;
        // Until it is killed, or stdin closes.
        let _ = lines.recv();
    }
    Ok(())
}
