//! What a database holds after a crash, against what was acknowledged.

use std::path::Path;

use anyhow::{Result, anyhow};
use rusqlite::{Connection, OpenFlags};

use super::transfers::ACCOUNTS;
use crate::subject::engine::Store;
use crate::subject::session::DbError;

/// What must hold whatever was committed: in words, the query, and its only answer.
const INVARIANTS: [(&str, &str, i64); 4] = [
    ("accounts", "SELECT COUNT(*) FROM accounts", ACCOUNTS),
    (
        "money, which is only moved",
        "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM accounts",
        0,
    ),
    (
        "changes of accounts less those that transactions recorded",
        "SELECT CAST((SELECT COALESCE(SUM(writes), 0) FROM accounts) - (SELECT COALESCE(SUM(statements), 0) FROM commits) AS BIGINT)",
        0,
    ),
    (
        "gaps in the numbers of transactions",
        "SELECT CAST(COALESCE(SUM(gaps), 0) AS BIGINT) FROM (SELECT MAX(seq) - COUNT(*) AS gaps FROM commits GROUP BY client) AS clients",
        0,
    ),
];

/// What the transactions of one client came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Acknowledged {
    /// The client.
    pub client: i64,
    /// The number of its last acknowledged transaction; those before it were acknowledged, too.
    pub last: i64,
}

/// What a database holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// What the engine's own check of its files complains of; empty if of nothing, or if the engine
    /// has no such check.
    pub complaints: Vec<String>,
    /// Which invariants are broken or cannot be read.
    pub broken: Vec<String>,
    /// How many acknowledged transactions are not there.
    pub gone: i64,
    /// How many transactions are there that were not acknowledged.
    pub in_flight: i64,
}

/// How a database is asked for a number.
type Ask<'a> = &'a mut dyn FnMut(&str) -> Result<i64, DbError>;

impl Found {
    /// Whether something is wrong in the database, whoever noticed.
    pub fn corrupt(&self) -> bool {
        !self.complaints.is_empty() || !self.broken.is_empty()
    }

    /// Whether nothing is wrong and nothing is gone.
    pub fn sound(&self) -> bool {
        !self.corrupt() && self.gone == 0
    }

    fn of(acknowledged: &[Acknowledged], ask: Ask<'_>) -> Result<Found, DbError> {
        let mut found = Found::default();
        for (what, sql, demanded) in INVARIANTS {
            match readable(ask(sql))? {
                Ok(number) if number == demanded => {}
                Ok(number) => found
                    .broken
                    .push(format!("{what}: {number}, not {demanded}")),
                Err(why) => found.broken.push(format!("{what}: {why}")),
            }
        }
        for Acknowledged { client, last } in acknowledged {
            let among = |compared: &str| {
                format!(
                    "SELECT COUNT(*) FROM commits WHERE client = {client} AND seq {compared} {last}"
                )
            };
            // What cannot be read is gone.
            let there = readable(ask(&among("<=")))?.unwrap_or(0);
            found.gone += (last - there).max(0);
            found.in_flight += readable(ask(&among(">")))?.unwrap_or(0);
        }
        Ok(found)
    }
}

/// Opens the database, which is the engine's chance to recover it, and looks.
///
/// # Errors
/// If it cannot be looked at for a reason that says nothing of its soundness.
pub fn check(store: &mut dyn Store, acknowledged: &[Acknowledged]) -> Result<Found> {
    // Recovery is the business of the first who opens the database, so the engine's check is first.
    let complaints = match readable(store.integrity())? {
        Ok(checks) => checks
            .into_iter()
            .filter(|check| !check.passed)
            .map(|check| check.found)
            .collect(),
        Err(why) => vec![why],
    };
    let found = Found::of(acknowledged, &mut |sql| store.number(sql))?;
    Ok(Found {
        complaints,
        ..found
    })
}

/// Looks into an SQLite file alone, as if there were no journal and no write-ahead log beside it.
/// Nothing is recovered, locked or changed.
///
/// # Errors
/// If it cannot be opened.
pub fn check_alone(file: &Path, acknowledged: &[Acknowledged]) -> Result<Found> {
    let mut uri = url::Url::from_file_path(file)
        .map_err(|()| anyhow!("{} is not an absolute path", file.display()))?;
    uri.set_query(Some("immutable=1"));
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI;
    let connection = Connection::open_with_flags(uri.as_str(), flags)?;
    let mut ask = |sql: &str| Ok(connection.query_row(sql, [], |row| row.get(0))?);
    Ok(Found::of(acknowledged, &mut ask)?)
}

/// Parts what the state of the file is to blame for, in words, from other errors.
fn readable<T>(answer: Result<T, DbError>) -> Result<Result<T, String>, DbError> {
    match answer {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.damaged() => Ok(Err(error.to_string())),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Seek as _, SeekFrom, Write as _};
    use std::path::PathBuf;

    use super::*;
    use crate::experiment::crash::transfers::setup;
    use crate::lab::Interrupt;
    use crate::subject;

    /// A file with two transactions in it, each of which changed two accounts.
    struct Planted {
        directory: tempfile::TempDir,
        store: Box<dyn Store>,
    }

    impl Planted {
        fn new() -> Planted {
            let directory = tempfile::tempdir().unwrap();
            let mut store = subject::find("sqlite-delete-full")
                .unwrap()
                .store(directory.path(), None, &Interrupt::never(), 1)
                .unwrap();
            store.execute(&setup()).unwrap();
            let mut planted = Planted { directory, store };
            for seq in [1, 2] {
                planted.plant(
                    "UPDATE accounts SET value = value - 1, writes = writes + 1 WHERE id = 1",
                );
                planted.plant(
                    "UPDATE accounts SET value = value + 1, writes = writes + 1 WHERE id = 2",
                );
                planted.plant(&format!("INSERT INTO commits VALUES (1, {seq}, 2)"));
            }
            planted
        }

        fn plant(&mut self, sql: &str) {
            self.store.execute(&[sql.to_owned()]).unwrap();
        }

        fn file(&self) -> PathBuf {
            self.directory.path().join("trial-1/contend.db")
        }

        fn found(&mut self, last: i64) -> Found {
            check(&mut *self.store, &[Acknowledged { client: 1, last }]).unwrap()
        }
    }

    #[test]
    fn a_database_that_holds_what_was_acknowledged_is_sound() {
        let mut planted = Planted::new();
        assert_eq!(planted.found(2), Found::default());
        let alone = check_alone(&planted.file(), &[Acknowledged { client: 1, last: 2 }]);
        assert_eq!(alone.unwrap(), Found::default());
    }

    #[test]
    fn a_commit_in_flight_is_counted_and_no_fault() {
        let found = Planted::new().found(1);
        assert!(found.sound());
        assert_eq!(found.in_flight, 1);
    }

    #[test]
    fn an_acknowledged_transaction_that_is_gone_whole_leaves_a_sound_file() {
        let mut planted = Planted::new();
        planted.plant("UPDATE accounts SET value = value + 1, writes = writes - 1 WHERE id = 1");
        planted.plant("UPDATE accounts SET value = value - 1, writes = writes - 1 WHERE id = 2");
        planted.plant("DELETE FROM commits WHERE seq = 2");
        let found = planted.found(2);
        assert!(!found.corrupt(), "{found:?}");
        assert!(!found.sound());
        assert_eq!(found.gone, 1);
    }

    #[test]
    fn a_transaction_that_is_there_in_part_is_noticed() {
        for sql in [
            "DELETE FROM commits WHERE seq = 1",
            "DELETE FROM commits WHERE seq = 2",
            "UPDATE accounts SET value = value + 1 WHERE id = 7",
            "UPDATE accounts SET writes = writes - 1 WHERE id = 1",
            "DELETE FROM accounts WHERE id = 7",
            "DELETE FROM accounts",
            "DROP TABLE accounts",
        ] {
            let mut planted = Planted::new();
            planted.plant(sql);
            let found = planted.found(2);
            assert!(!found.broken.is_empty(), "{sql}");
            assert!(found.complaints.is_empty(), "{sql}: {found:?}");
        }
    }

    #[test]
    fn garbage_in_the_file_is_noticed_wherever_it_lies() {
        for page in 0..8 {
            let mut planted = Planted::new();
            let mut file = std::fs::OpenOptions::new()
                .write(true)
                .open(planted.file())
                .unwrap();
            file.seek(SeekFrom::Start(page * 4096)).unwrap();
            file.write_all(&[0x5a; 512]).unwrap();
            let found = planted.found(2);
            assert!(found.corrupt(), "page {page}: {found:?}");
        }
    }
}
