//! The least that can be done to increment counters in an SQLite file: one process, one connection,
//! one statement, and a loop on SQLite's C interface. The crosscheck holds the clients of trials
//! against it. It speaks the protocol of workers, and does what they do at their ends only: the
//! same settings read back, the same moment to begin, the same tally for the audit.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc;
use std::thread;

use anyhow::{Context, Result, bail, ensure};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use rusqlite::{Connection, ffi};

use super::protocol::{Answer, Done, Job};
use super::recorder::{Counts, Schedule};
use super::worker;
use crate::lab::clock::{process_cpu, sleep_until};
use crate::measure::Outcome;
use crate::measure::outcome::ErrorCount;
use crate::subject::engine::{Target, sqlite};
use crate::workload::{Tally, counters, increment};

/// Serves one trial on this process's stdin and stdout.
pub fn serve() -> Result<()> {
    worker::serve_with(work)
}

fn work(lines: &mpsc::Receiver<String>) -> Result<()> {
    let job: Job = worker::hear_job(lines)?;
    let Target::Sqlite(target) = &job.target else {
        bail!("The bare loop is for SQLite only");
    };
    ensure!(
        job.clients == 1,
        "The bare loop holds one client, not {}",
        job.clients
    );
    let keys = increment::keys_of(&job.workload).context("The bare loop increments only")?;
    let connection = sqlite::open(target)?;
    let settings = sqlite::read_back(&connection)?;
    worker::say(&Answer::Ready { settings })?;
    let schedule: Schedule = worker::hear(lines)?;

    let (stop, progress) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut random = StdRng::seed_from_u64(job.seed.wrapping_add(u64::from(job.first_client)));
    let begin = schedule.start + random.random_range(0..=schedule.spread());
    let state = random.random::<u64>() | 1;
    let (counts, cpu_seconds) = thread::scope(|scope| {
        let (stop, progress) = (&stop, &progress);
        let client = scope.spawn(move || {
            sleep_until(begin);
            increment_until(&connection, keys, state, stop, progress)
        });
        let look = |at| {
            sleep_until(at);
            (progress.load(Relaxed), process_cpu())
        };
        let (before, after) = (look(schedule.measure), look(schedule.end));
        stop.store(true, Relaxed);
        let mut counts = client.join().expect("the loop does not panic")?;
        counts.committed_per_client = vec![after.0 - before.0];
        Ok::<_, anyhow::Error>((counts, (after.1 - before.1) as f64 / 1e9))
    })?;
    worker::say(&Answer::Done(Box::new(Done {
        counts,
        cpu_seconds,
        written: None,
    })))
}

/// Increments until it is told to stop; after a timeout of the busy handler the same key again.
fn increment_until(
    connection: &Connection,
    keys: u64,
    mut state: u64,
    stop: &AtomicBool,
    progress: &AtomicU64,
) -> Result<Counts> {
    let statement = Statement::prepare(connection, counters::INCREMENT)?;
    let (mut tally, mut busy, mut done) = (Tally::default(), 0, 0);
    let mut key = 1;
    let mut draw = true;
    while !stop.load(Relaxed) {
        if draw && keys > 1 {
            // xorshift64 (Marsaglia 2003): next to no cost beside the statement.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            key = (state % keys) as i64 + 1;
        }
        match statement.execute(key) {
            ffi::SQLITE_DONE => {
                done += 1;
                tally += Tally {
                    units: 1,
                    checksum: key,
                };
                progress.store(done, Relaxed);
                draw = true;
            }
            code if code & 0xff == ffi::SQLITE_BUSY => {
                busy += 1;
                draw = false;
            }
            code => bail!("SQLite returned {code} ({})", ffi::code_to_str(code)),
        }
    }
    let errors = (busy > 0).then(|| ErrorCount {
        class: Outcome::Busy,
        code: ffi::SQLITE_BUSY.to_string(),
        message: ffi::code_to_str(ffi::SQLITE_BUSY).to_owned(),
        attempts: busy,
    });
    Ok(Counts {
        tally,
        errors: errors.into_iter().collect(),
        ..Counts::default()
    })
}

/// A prepared statement with one parameter.
struct Statement<'c> {
    raw: *mut ffi::sqlite3_stmt,
    _connection: &'c Connection,
}

impl<'c> Statement<'c> {
    fn prepare(connection: &'c Connection, sql: &str) -> Result<Statement<'c>> {
        let mut raw = std::ptr::null_mut();
        let length = i32::try_from(sql.len())?;
        // SAFETY: the handle is open as long as `connection` is borrowed; text and length belong
        // together; nobody needs the tail.
        let code = unsafe {
            ffi::sqlite3_prepare_v2(
                connection.handle(),
                sql.as_ptr().cast(),
                length,
                &raw mut raw,
                std::ptr::null_mut(),
            )
        };
        ensure!(
            code == ffi::SQLITE_OK && !raw.is_null(),
            "SQLite cannot prepare the statement ({})",
            ffi::code_to_str(code)
        );
        Ok(Statement {
            raw,
            _connection: connection,
        })
    }

    /// Executes it; what SQLite's `sqlite3_step` returns.
    #[inline]
    fn execute(&self, key: i64) -> i32 {
        // SAFETY: the statement was prepared, is not finalised before it is dropped, and no other
        // thread uses its connection.
        unsafe {
            ffi::sqlite3_bind_int64(self.raw, 1, key);
            let code = ffi::sqlite3_step(self.raw);
            ffi::sqlite3_reset(self.raw);
            code
        }
    }
}

impl Drop for Statement<'_> {
    fn drop(&mut self) {
        // SAFETY: prepared once and finalised here only, while the connection is still open.
        unsafe { ffi::sqlite3_finalize(self.raw) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subject::engine::Store as _;
    use crate::subject::engine::sqlite::SqliteStore;
    use crate::workload::Workload as _;

    #[test]
    fn the_loop_stores_exactly_what_it_counts() {
        let directory = tempfile::tempdir().unwrap();
        let mut store = SqliteStore::new(directory.path(), "wal", "normal");
        store.execute(&increment::SPREAD.setup()).unwrap();
        let Target::Sqlite(target) = store.target(crate::measure::Discipline::Careful) else {
            unreachable!("it is a store of SQLite");
        };
        let keys = increment::keys_of("increment-spread").unwrap();
        let (stop, progress) = (AtomicBool::new(false), AtomicU64::new(0));
        let counts = thread::scope(|scope| {
            let client = scope.spawn(|| {
                let connection = sqlite::open(&target).unwrap();
                increment_until(&connection, keys, 1, &stop, &progress).unwrap()
            });
            while progress.load(Relaxed) < 100 && !client.is_finished() {
                thread::yield_now();
            }
            stop.store(true, Relaxed);
            client.join().unwrap()
        });
        assert!(counts.tally.units >= 100);
        assert_eq!(progress.load(Relaxed), counts.tally.units as u64);
        for expected in increment::SPREAD.expected(counts.tally) {
            let found = store.number(&expected.sql).unwrap();
            assert_eq!(found, expected.number, "{}", expected.what);
        }
    }

    #[test]
    fn a_statement_that_cannot_be_prepared_is_an_error() {
        let connection = Connection::open_in_memory().unwrap();
        assert!(Statement::prepare(&connection, counters::INCREMENT).is_err());
    }
}
