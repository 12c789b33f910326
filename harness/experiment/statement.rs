//! A statement of SQLite as the C interface has it: prepared by one of three interfaces, and
//! executed call by call.

use std::ffi::{CString, c_char, c_int, c_uint};
use std::fmt;
use std::ptr;
use std::rc::Rc;

use rusqlite::{Connection, ffi};
use serde::{Deserialize, Serialize};

use crate::subject::session::DbError;

unsafe extern "C" {
    /// The interface of SQLite 3.3 and earlier, kept since for those who link against it; the
    /// bindings leave it out (sqlite.org/c3ref/prepare.html).
    fn sqlite3_prepare(
        database: *mut ffi::sqlite3,
        sql: *const c_char,
        length: c_int,
        statement: *mut *mut ffi::sqlite3_stmt,
        tail: *mut *const c_char,
    ) -> c_int;
}

/// How a statement is prepared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Interface {
    /// `sqlite3_prepare`, which PHP's PDO called before 7.2 (github.com/php/php-src/pull/4313).
    Legacy,
    /// `sqlite3_prepare_v2`, since SQLite 3.3.9.
    V2,
    /// `sqlite3_prepare_v3`, since SQLite 3.20.
    V3,
}

impl Interface {
    /// Every one, the oldest first.
    pub const ALL: [Interface; 3] = [Interface::Legacy, Interface::V2, Interface::V3];

    /// The name of the function.
    pub fn name(self) -> &'static str {
        match self {
            Interface::Legacy => "sqlite3_prepare",
            Interface::V2 => "sqlite3_prepare_v2",
            Interface::V3 => "sqlite3_prepare_v3",
        }
    }
}

/// A call on the statement that one holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Call {
    /// Prepares a statement, in place of the one held before.
    Prepare(Interface, String),
    /// `sqlite3_step`.
    Step,
    /// `sqlite3_reset`, which tells what went wrong when it was stepped.
    Reset,
    /// `sqlite3_column_count`.
    Columns,
    /// How often SQLite has prepared the statement again by itself.
    Reprepares,
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Call::Prepare(interface, sql) => write!(f, "{}(\"{sql}\")", interface.name()),
            Call::Step => f.write_str("sqlite3_step"),
            Call::Reset => f.write_str("sqlite3_reset"),
            Call::Columns => f.write_str("sqlite3_column_count"),
            Call::Reprepares => f.write_str("sqlite3_stmt_status(SQLITE_STMTSTATUS_REPREPARE)"),
        }
    }
}

/// A prepared statement; finalized when it is dropped.
pub struct Prepared {
    statement: *mut ffi::sqlite3_stmt,
    /// The connection must not be closed before the statement is finalized.
    connection: Rc<Connection>,
}

impl Prepared {
    /// Prepares a statement.
    ///
    /// # Errors
    /// With the code that the interface returned.
    pub fn new(
        connection: &Rc<Connection>,
        interface: Interface,
        sql: &str,
    ) -> Result<Prepared, DbError> {
        let sql = CString::new(sql).map_err(rusqlite::Error::NulError)?;
        let mut statement = ptr::null_mut();
        // SAFETY: the handle is that of an open connection, used on this thread only; the text is
        // NUL-terminated and outlives the call; the statement is written before it is read.
        let code = unsafe {
            let database = connection.handle();
            let (sql, tail) = (sql.as_ptr(), ptr::null_mut());
            match interface {
                Interface::Legacy => sqlite3_prepare(database, sql, -1, &mut statement, tail),
                Interface::V2 => ffi::sqlite3_prepare_v2(database, sql, -1, &mut statement, tail),
                Interface::V3 => {
                    let flags = ffi::SQLITE_PREPARE_PERSISTENT as c_uint;
                    ffi::sqlite3_prepare_v3(database, sql, -1, flags, &mut statement, tail)
                }
            }
        };
        match code {
            ffi::SQLITE_OK => Ok(Prepared {
                statement,
                connection: Rc::clone(connection),
            }),
            code => Err(refusal(connection, code)),
        }
    }

    /// Does a call that is on a statement; what it returned, as text where that tells more than
    /// "done".
    ///
    /// # Errors
    /// With the code that SQLite returned.
    pub fn call(&mut self, call: &Call) -> Result<Option<String>, DbError> {
        match call {
            Call::Prepare(interface, sql) => {
                *self = Prepared::new(&self.connection, *interface, sql)?;
                Ok(None)
            }
            Call::Step => match self.step() {
                ffi::SQLITE_ROW => Ok(Some(format!("SQLITE_ROW: {}", self.value()))),
                ffi::SQLITE_DONE => Ok(Some("SQLITE_DONE".to_owned())),
                code => Err(refusal(&self.connection, code)),
            },
            Call::Reset => match self.reset() {
                ffi::SQLITE_OK => Ok(None),
                code => Err(refusal(&self.connection, code)),
            },
            Call::Columns => Ok(Some(self.columns().to_string())),
            Call::Reprepares => Ok(Some(self.reprepares().to_string())),
        }
    }

    /// The result code of `sqlite3_step` (sqlite.org/rescode.html).
    pub fn step(&mut self) -> c_int {
        // SAFETY: the statement was prepared and is not finalized before it is dropped.
        unsafe { ffi::sqlite3_step(self.statement) }
    }

    /// The first column of the row that was stepped to, as an integer.
    pub fn value(&self) -> i64 {
        // SAFETY: as above; without a row SQLite answers 0.
        unsafe { ffi::sqlite3_column_int64(self.statement, 0) }
    }

    /// The result code of `sqlite3_reset`.
    pub fn reset(&mut self) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_reset(self.statement) }
    }

    /// How often SQLite has prepared it again by itself.
    pub fn reprepares(&self) -> c_int {
        // SAFETY: as above; the counter is only read.
        unsafe { ffi::sqlite3_stmt_status(self.statement, ffi::SQLITE_STMTSTATUS_REPREPARE, 0) }
    }

    fn columns(&self) -> c_int {
        // SAFETY: as above.
        unsafe { ffi::sqlite3_column_count(self.statement) }
    }
}

impl Drop for Prepared {
    fn drop(&mut self) {
        // SAFETY: it is finalized here and nowhere else, before the connection may be closed.
        unsafe {
            ffi::sqlite3_finalize(self.statement);
        }
    }
}

/// What a result code means, in the words of the connection.
fn refusal(connection: &Connection, code: c_int) -> DbError {
    // SAFETY: the handle is open, and the text is copied before another call changes it.
    let message = unsafe {
        let message = ffi::sqlite3_errmsg(connection.handle());
        std::ffi::CStr::from_ptr(message)
            .to_string_lossy()
            .into_owned()
    };
    rusqlite::Error::SqliteFailure(ffi::Error::new(code), Some(message)).into()
}
