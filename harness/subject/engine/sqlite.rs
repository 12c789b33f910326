//! SQLite: one file shared by every client of a trial.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use rusqlite::ffi;
use rusqlite::{Connection, OpenFlags};
use serde::{Deserialize, Serialize};

use super::counting::CountingVfs;
use super::{LOCK_TIMEOUT_MS, Manner, Settings, Store, Waiting};
use crate::lab::interrupt::{Interrupt, POLL};
use crate::measure::{Check, Discipline, Outcome};
use crate::subject::session::{DbError, Session, Statement, Value};

/// The type of a primary key of integers. Only this spelling makes it the key of the table itself,
/// and SQLite counts it up where no value is given (sqlite.org/lang_createtable.html#rowid).
const KEY: &str = "INTEGER PRIMARY KEY";

/// SQL in which `{key}` stands for the type of a primary key of 64-bit integers and `{identity}` for
/// that of one that the engine counts up by itself, in the words of SQLite.
pub fn dialect(sql: &str) -> String {
    sql.replace("{key}", KEY).replace("{identity}", KEY)
}

/// The file and the settings that make a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// The database file.
    pub path: PathBuf,
    /// `journal_mode`, in lower case.
    pub journal_mode: String,
    /// `synchronous`, in lower case.
    pub synchronous: String,
    /// How transactions begin, and how locks are waited for.
    pub manner: Manner,
    /// Whether syncs and writes are counted, see [`CountingVfs`].
    pub counted: bool,
}

/// The names of the levels of `PRAGMA synchronous`, by the number it answers with
/// (sqlite.org/pragma.html#pragma_synchronous).
const SYNCHRONOUS: [&str; 4] = ["off", "normal", "full", "extra"];

/// The version of the SQLite library and the check-in it was built from.
pub fn library_version() -> String {
    // SAFETY: sqlite3_sourceid returns a pointer to a constant, NUL-terminated string.
    let source = unsafe { std::ffi::CStr::from_ptr(ffi::sqlite3_sourceid()) };
    format!("{} ({})", rusqlite::version(), source.to_string_lossy())
}

/// The options the SQLite library was compiled with, as it lists them.
///
/// # Errors
/// If the library cannot open a database in memory.
pub fn compile_options() -> Result<Vec<String>, DbError> {
    let connection = Connection::open_in_memory()?;
    let mut options = connection.prepare("PRAGMA compile_options")?;
    Ok(options
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

impl From<rusqlite::Error> for DbError {
    fn from(error: rusqlite::Error) -> Self {
        let rusqlite::Error::SqliteFailure(failure, message) = &error else {
            return DbError {
                class: Outcome::Other,
                code: "rusqlite".to_owned(),
                message: error.to_string(),
            };
        };
        DbError {
            class: class_of(failure.extended_code),
            code: failure.extended_code.to_string(),
            message: message.clone().unwrap_or_else(|| failure.to_string()),
        }
    }
}

/// The class of an extended result code (sqlite.org/rescode.html).
fn class_of(extended_code: i32) -> Outcome {
    match (extended_code, extended_code & 0xff) {
        (ffi::SQLITE_BUSY_SNAPSHOT, _) => Outcome::BusySnapshot,
        (_, ffi::SQLITE_BUSY) => Outcome::Busy,
        (_, ffi::SQLITE_LOCKED) => Outcome::Locked,
        (_, ffi::SQLITE_SCHEMA) => Outcome::Schema,
        (_, ffi::SQLITE_INTERRUPT) => Outcome::Timeout,
        _ => Outcome::Other,
    }
}

/// Opens the file of a target and applies its settings. The connection stands on the caller's
/// thread, and a [`SqliteSession`] borrows it.
pub fn open(target: &Target) -> Result<Connection, DbError> {
    let open = |vfs| Connection::open_with_flags_and_vfs(&target.path, OpenFlags::default(), vfs);
    let connection = match (target.counted, target.manner.locks) {
        (false, true) => Connection::open(&target.path)?,
        (true, true) => open(CountingVfs::of_process()?.name())?,
        // As the default one, but for the locks (sqlite.org/vfs.html#standard_unix_vfses).
        (_, false) => open(c"unix-none")?,
    };
    // First, since changing the journal mode may itself have to wait, even for naive clients:
    // connecting is not what is measured.
    connection.busy_timeout(Duration::from_millis(LOCK_TIMEOUT_MS.into()))?;
    connection.pragma_update(None, "journal_mode", &target.journal_mode)?;
    connection.pragma_update(None, "synchronous", &target.synchronous)?;
    match target.manner.waiting {
        Waiting::Stock => {
            let timeout = target.manner.busy_timeout_ms();
            connection.busy_timeout(Duration::from_millis(timeout.into()))?;
        }
        Waiting::Constant => connection.busy_handler(Some(ask_again))?,
    }
    Ok(connection)
}

/// Waits a millisecond for a lock that was asked for so often before; whether to ask again.
fn ask_again(asked: i32) -> bool {
    std::thread::sleep(Duration::from_millis(1));
    asked < LOCK_TIMEOUT_MS as i32
}

/// What the connection itself says of its settings.
pub fn read_back(connection: &Connection) -> Result<Settings, DbError> {
    let mut settings = Settings::new();
    for pragma in ["journal_mode", "locking_mode", "encoding"] {
        let value: String = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        settings.insert(pragma.to_owned(), value.to_lowercase());
    }
    for pragma in [
        "busy_timeout",
        "page_size",
        "cache_size",
        "mmap_size",
        "wal_autocheckpoint",
        "fullfsync",
    ] {
        let value: i64 = connection.pragma_query_value(None, pragma, |row| row.get(0))?;
        settings.insert(pragma.to_owned(), value.to_string());
    }
    let level: u8 = connection.pragma_query_value(None, "synchronous", |row| row.get(0))?;
    let name = SYNCHRONOUS
        .get(usize::from(level))
        .copied()
        .unwrap_or("unknown");
    settings.insert("synchronous".to_owned(), name.to_owned());
    Ok(settings)
}

/// A client's session on a connection that stands on the same thread.
pub struct SqliteSession<'c> {
    connection: &'c Connection,
    begin: rusqlite::Statement<'c>,
    commit: rusqlite::Statement<'c>,
    rollback: rusqlite::Statement<'c>,
    prepared: Vec<Prepared<'c>>,
    shared: bool,
}

struct Prepared<'c> {
    statement: rusqlite::Statement<'c>,
    /// SQLite numbers `$2` before `$1` if it stands first in the text: for each value, the
    /// number that SQLite gave to its name.
    numbers: Vec<usize>,
}

impl Prepared<'_> {
    fn bind(&mut self, values: &[Value<'_>]) -> Result<(), DbError> {
        debug_assert_eq!(self.numbers.len(), values.len());
        for (number, value) in self.numbers.iter().zip(values) {
            match value {
                Value::Integer(integer) => self.statement.raw_bind_parameter(*number, integer)?,
                Value::Text(text) => self.statement.raw_bind_parameter(*number, text)?,
            }
        }
        Ok(())
    }
}

impl<'c> SqliteSession<'c> {
    /// A session whose transactions begin in this manner.
    pub fn new(connection: &'c Connection, manner: &Manner) -> Result<Self, DbError> {
        Ok(SqliteSession {
            connection,
            shared: manner.shared,
            begin: connection.prepare(manner.begin.sql())?,
            commit: connection.prepare("COMMIT")?,
            rollback: connection.prepare("ROLLBACK")?,
            prepared: Vec::new(),
        })
    }
}

impl Session for SqliteSession<'_> {
    async fn prepare(&mut self, sql: &'static str) -> Result<Statement, DbError> {
        let statement = self.connection.prepare(sql)?;
        let numbers = (1..=statement.parameter_count())
            .map(|position| {
                statement
                    .parameter_index(&format!("${position}"))?
                    .ok_or_else(|| DbError {
                        class: Outcome::Other,
                        code: "parameters".to_owned(),
                        message: format!(
                            "`{sql}` does not name its parameters $1 to ${}",
                            statement.parameter_count()
                        ),
                    })
            })
            .collect::<Result<_, DbError>>()?;
        self.prepared.push(Prepared { statement, numbers });
        Ok(Statement(self.prepared.len() - 1))
    }

    async fn execute(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<u64, DbError> {
        let prepared = &mut self.prepared[statement.0];
        prepared.bind(values)?;
        Ok(prepared.statement.raw_execute()? as u64)
    }

    async fn read(&mut self, statement: Statement, values: &[Value<'_>]) -> Result<i64, DbError> {
        let found = self.find(statement, values).await?;
        Ok(found.ok_or(rusqlite::Error::QueryReturnedNoRows)?)
    }

    async fn find(
        &mut self,
        statement: Statement,
        values: &[Value<'_>],
    ) -> Result<Option<i64>, DbError> {
        let prepared = &mut self.prepared[statement.0];
        prepared.bind(values)?;
        let mut rows = prepared.statement.raw_query();
        let Some(row) = rows.next()? else {
            return Ok(None);
        };
        let number = row.get(0)?;
        // A query that was not stepped to its end keeps its read lock until it is reset, and what
        // a reset says of its last step must not be lost.
        if rows.next()?.is_some() {
            return Err(rusqlite::Error::QueryReturnedMoreThanOneRow.into());
        }
        Ok(Some(number))
    }

    async fn begin(&mut self) -> Result<(), DbError> {
        self.begin.raw_execute()?;
        Ok(())
    }

    async fn commit(&mut self) -> Result<(), DbError> {
        self.commit.raw_execute()?;
        Ok(())
    }

    async fn rollback(&mut self) -> Result<(), DbError> {
        if !self.connection.is_autocommit() {
            self.rollback.raw_execute()?;
        }
        Ok(())
    }

    async fn pause(&self, duration: Duration) {
        if self.shared {
            // The others on this connection are on this thread, too.
            let _ = tokio::task::spawn_blocking(move || std::thread::sleep(duration)).await;
        } else {
            // A client that has a thread to itself keeps nobody from working.
            std::thread::sleep(duration);
        }
    }
}

/// The database file of one trial, in a directory of its own.
#[derive(Debug)]
pub struct SqliteStore {
    target: Target,
    interrupt: Interrupt,
}

impl SqliteStore {
    /// A store in `directory`, which must exist and be empty; the file is made on first use.
    pub fn new(directory: &Path, journal_mode: &str, synchronous: &str) -> SqliteStore {
        SqliteStore {
            target: Target {
                path: directory.join("contend.db"),
                journal_mode: journal_mode.to_owned(),
                synchronous: synchronous.to_owned(),
                manner: Manner::of(Discipline::Careful),
                counted: false,
            },
            interrupt: Interrupt::never(),
        }
    }

    /// The same, but a signal ends what it asks the database.
    pub fn until(self, interrupt: &Interrupt) -> SqliteStore {
        SqliteStore {
            interrupt: interrupt.clone(),
            ..self
        }
    }

    /// Asks the database something, which may take long if it is large.
    fn ask<T>(&self, work: impl FnOnce(&Connection) -> Result<T, DbError>) -> Result<T, DbError> {
        let connection = open(&self.target)?;
        let handle = connection.get_interrupt_handle();
        let (done, wait) = mpsc::channel::<()>();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                while wait.recv_timeout(POLL) == Err(RecvTimeoutError::Timeout) {
                    if self.interrupt.check().is_err() {
                        handle.interrupt();
                    }
                }
            });
            let result = work(&connection);
            drop(done);
            result
        })
    }
}

impl Store for SqliteStore {
    fn target(&self, discipline: Discipline) -> super::Target {
        super::Target::Sqlite(Target {
            manner: Manner::of(discipline),
            ..self.target.clone()
        })
    }

    fn execute(&mut self, statements: &[String]) -> Result<(), DbError> {
        let connection = open(&self.target)?;
        for statement in statements {
            connection.execute_batch(&dialect(statement))?;
        }
        Ok(())
    }

    fn number(&mut self, sql: &str) -> Result<i64, DbError> {
        self.ask(|connection| Ok(connection.query_row(sql, [], |row| row.get(0))?))
    }

    fn integrity(&mut self) -> Result<Vec<Check>, DbError> {
        let said: String = self.ask(|connection| {
            Ok(connection.pragma_query_value(None, "integrity_check", |row| row.get(0))?)
        })?;
        Ok(vec![Check::text("PRAGMA integrity_check", "ok", &said)])
    }

    /// Grows the write-ahead log to the length at which it is checkpointed, and checkpoints it, so that clients
    /// overwrite it in place from their first commit on, as they do for as long as it lives. While the log grows, each
    /// sync writes the length of the file, too, and a commit takes about twice as long: `contend lengths
    /// --growing-log` shows it.
    fn settle(&mut self) -> Result<(), DbError> {
        if self.target.journal_mode != "wal" {
            return Ok(());
        }
        let connection = open(&self.target)?;
        let pages: i64 =
            connection.pragma_query_value(None, "wal_autocheckpoint", |row| row.get(0))?;
        // Each commit writes one page, the first of the file, to the log. Nothing of it is synced one by one.
        connection.pragma_update(None, "synchronous", "off")?;
        connection.pragma_update(None, "wal_autocheckpoint", 0)?;
        for version in (0..=pages).rev() {
            connection.pragma_update(None, "user_version", version)?;
        }
        connection.pragma_update(None, "synchronous", "full")?;
        let busy: i64 =
            connection.query_row("PRAGMA wal_checkpoint(RESTART)", [], |row| row.get(0))?;
        match busy {
            0 => Ok(()),
            _ => Err(DbError {
                class: Outcome::Busy,
                code: "checkpoint".to_owned(),
                message: "the write-ahead log could not be checkpointed before the clients began"
                    .to_owned(),
            }),
        }
    }

    fn remove(self: Box<Self>) -> Result<(), DbError> {
        let directory = self
            .target
            .path
            .parent()
            .expect("the file lies in a directory");
        std::fs::remove_dir_all(directory).map_err(|error| DbError {
            class: Outcome::Other,
            code: "file".to_owned(),
            message: format!("cannot remove {}: {error}", directory.display()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    fn store(journal_mode: &str, synchronous: &str) -> (tempfile::TempDir, SqliteStore) {
        let directory = tempfile::tempdir().unwrap();
        let store = SqliteStore::new(directory.path(), journal_mode, synchronous);
        (directory, store)
    }

    #[test]
    fn settings_are_what_the_engine_says_they_are() {
        for (journal_mode, synchronous) in [
            ("delete", "full"),
            ("delete", "extra"),
            ("wal", "full"),
            ("wal", "normal"),
        ] {
            let (_directory, store) = store(journal_mode, synchronous);
            let connection = open(&store.target).unwrap();
            let settings = read_back(&connection).unwrap();
            assert_eq!(settings["journal_mode"], journal_mode);
            assert_eq!(settings["synchronous"], synchronous);
            assert_eq!(settings["busy_timeout"], "5000");
        }
    }

    #[test]
    fn a_settled_log_is_overwritten_in_place_and_holds_nothing_of_the_settling() {
        let (directory, mut store) = store("wal", "full");
        store
            .execute(&["CREATE TABLE t (a INTEGER)".to_owned()])
            .unwrap();
        let length = || {
            let log = directory.path().join("contend.db-wal");
            std::fs::metadata(log).map_or(0, |log| log.len())
        };
        // The log goes with the last connection.
        let client = open(&store.target).unwrap();
        store.settle().unwrap();
        let settled = length();
        assert!(settled >= 1_000 * 4_096, "{settled} bytes");
        for _ in 0..900 {
            client.execute("INSERT INTO t VALUES (1)", []).unwrap();
        }
        assert_eq!(length(), settled);
        let version: i64 = client
            .pragma_query_value(None, "user_version", |row| row.get(0))
            .unwrap();
        assert_eq!(version, 0);
    }

    #[test]
    fn a_rollback_journal_needs_no_settling() {
        let (directory, mut store) = store("delete", "full");
        let _client = open(&store.target).unwrap();
        store.settle().unwrap();
        let files = std::fs::read_dir(directory.path()).unwrap();
        let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| name == "contend.db"), "{names:?}");
    }

    #[test]
    fn values_are_bound_by_name_even_in_reversed_order() {
        let (_directory, mut store) = store("wal", "full");
        store
            .execute(&["CREATE TABLE t (a INTEGER, b TEXT)".to_owned()])
            .unwrap();
        let connection = open(&store.target).unwrap();
        let mut session = SqliteSession::new(&connection, &store.target.manner).unwrap();
        block_on(async {
            let insert = session
                .prepare("INSERT INTO t (b, a) VALUES ($2, $1)")
                .await
                .unwrap();
            session
                .execute(insert, &[Value::Integer(7), Value::Text("seven")])
                .await
                .unwrap();
        });
        let row: (i64, String) = connection
            .query_row("SELECT a, b FROM t", [], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })
            .unwrap();
        assert_eq!(row, (7, "seven".to_owned()));
    }

    #[test]
    fn a_transaction_that_failed_leaves_nothing_behind_and_none_open() {
        let (_directory, mut store) = store("delete", "full");
        store
            .execute(&["CREATE TABLE t (a INTEGER UNIQUE)".to_owned()])
            .unwrap();
        let connection = open(&store.target).unwrap();
        let mut session = SqliteSession::new(&connection, &store.target.manner).unwrap();
        let error = block_on(async {
            let insert = session.prepare("INSERT INTO t VALUES ($1)").await.unwrap();
            session.begin().await.unwrap();
            session.execute(insert, &[Value::Integer(1)]).await.unwrap();
            let work = session
                .execute(insert, &[Value::Integer(1)])
                .await
                .map(drop);
            session.finish(work).await.unwrap_err()
        });
        assert_eq!((error.class, error.code.as_str()), (Outcome::Other, "2067"));
        assert!(connection.is_autocommit());
        assert_eq!(store.number("SELECT COUNT(*) FROM t").unwrap(), 0);
    }

    #[test]
    fn the_second_writer_is_busy_and_a_stale_reader_is_busy_snapshot() {
        let (_directory, mut store) = store("wal", "full");
        store
            .execute(&["CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)".to_owned()])
            .unwrap();
        let first = open(&store.target).unwrap();
        let second = open(&store.target).unwrap();
        second.busy_timeout(Duration::ZERO).unwrap();
        first.execute_batch("BEGIN IMMEDIATE").unwrap();
        let error = DbError::from(second.execute_batch("BEGIN IMMEDIATE").unwrap_err());
        assert_eq!((error.class, error.code.as_str()), (Outcome::Busy, "5"));

        second.execute_batch("BEGIN").unwrap();
        let _: i64 = second
            .query_row("SELECT a FROM t", [], |row| row.get(0))
            .unwrap();
        first.execute_batch("UPDATE t SET a = 2; COMMIT").unwrap();
        let error = DbError::from(second.execute_batch("UPDATE t SET a = 3").unwrap_err());
        assert_eq!(
            (error.class, error.code.as_str()),
            (Outcome::BusySnapshot, "517")
        );
    }

    #[test]
    fn a_signal_ends_a_question_that_takes_long() {
        let (_directory, store) = store("wal", "full");
        let interrupt = Interrupt::never();
        let mut store = store.until(&interrupt);
        assert_eq!(store.number("SELECT 7").unwrap(), 7);
        interrupt.raise(2);
        let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) \
                       SELECT COUNT(*) FROM n";
        assert_eq!(store.number(endless).unwrap_err().class, Outcome::Timeout);
    }

    #[test]
    fn every_code_has_its_class() {
        for (code, class) in [
            (5, Outcome::Busy),
            (261, Outcome::Busy),
            (773, Outcome::Busy),
            (517, Outcome::BusySnapshot),
            (6, Outcome::Locked),
            (262, Outcome::Locked),
            (17, Outcome::Schema),
            (9, Outcome::Timeout),
            (11, Outcome::Other),
            (2067, Outcome::Other),
        ] {
            assert_eq!(class_of(code), class, "code {code}");
        }
    }
}
