//! How often a statement prepares itself again before it gives up.

use std::cell::{Cell, RefCell};
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr;
use std::rc::Rc;

use anyhow::{Context, Result, bail};
use rusqlite::{Connection, ffi};

use super::changes::{SETUP, SQL};
use crate::experiment::Lab;
use crate::experiment::statement::{Interface, Prepared};
use crate::measure::experiment::Observation;
use crate::measure::{Audit, Check, Discipline};
use crate::subject::Subject;
use crate::subject::engine::{Target, sqlite};

/// How often the schema changes in a row, each time after the statement was prepared and before it
/// reads. SQLite prepares again up to SQLITE_MAX_SCHEMA_RETRY times, which is 50 unless it was
/// compiled otherwise (sqlite.org/c3ref/prepare.html).
pub const IN_A_ROW: [u32; 4] = [1, 10, 50, 51];

/// What a statement of `sqlite3_prepare_v2` comes to if the schema changes so often in a row.
pub fn observe(lab: &Lab<'_>, subject: &Subject, in_a_row: u32) -> Result<Observation> {
    let mut database = lab.fresh(subject, &[SETUP.to_owned()])?;
    let Target::Sqlite(file) = database.store().target(Discipline::Careful) else {
        bail!("{} is not SQLite", subject.name);
    };
    let reader = Rc::new(sqlite::open(&file)?);
    let changer = sqlite::open(&file)?;
    // Nothing here is timed and nothing survives: waiting for the disk would only take time.
    changer.pragma_update(None, "synchronous", "off")?;
    let changes = Changes {
        connection: changer,
        left: Cell::new(0),
        made: Cell::new(0),
        failed: RefCell::new(None),
    };
    let _watch = Watch::new(&reader, &changes);
    let mut statement = Prepared::new(&reader, Interface::V2, SQL)?;
    changes.left.set(in_a_row);
    // The first one comes as any other process's would; each further one when SQLite prepares again.
    changes.make()?;
    let (step, reset) = (statement.step(), statement.reset());
    if let Some(error) = changes.failed.take() {
        return Err(error).context("Cannot change the schema");
    }
    let mut observation = Observation::under([
        ("subject", subject.name.to_owned()),
        ("interface", Interface::V2.name().to_owned()),
        ("changes in a row", in_a_row.to_string()),
    ])
    .with("step", step.into())
    .with("reset", reset.into())
    .with("reprepares", statement.reprepares().into());
    let made = Check::number("changes made", in_a_row.into(), changes.made.get().into());
    observation.audit = Audit { checks: vec![made] };
    Ok(observation)
}

/// Changes of the schema that are still to be made.
struct Changes {
    connection: Connection,
    left: Cell<u32>,
    made: Cell<u32>,
    failed: RefCell<Option<anyhow::Error>>,
}

impl Changes {
    /// Makes one, unless all are made: counts up the number by which statements notice it
    /// (sqlite.org/pragma.html#pragma_schema_version).
    fn make(&self) -> Result<()> {
        let Some(left) = self.left.get().checked_sub(1) else {
            return Ok(());
        };
        self.left.set(left);
        let connection = &self.connection;
        let version: i64 = connection.pragma_query_value(None, "schema_version", |r| r.get(0))?;
        connection.pragma_update(None, "schema_version", version + 1)?;
        self.made.set(self.made.get() + 1);
        Ok(())
    }
}

/// While it lives, there is a change after each time that the connection prepares the statement.
/// Beginning and ending it makes every statement prepared before stale
/// (sqlite.org/c3ref/set_authorizer.html).
struct Watch<'c> {
    connection: &'c Connection,
    _changes: &'c Changes,
}

impl<'c> Watch<'c> {
    fn new(connection: &'c Connection, changes: &'c Changes) -> Watch<'c> {
        let context = ptr::from_ref(changes).cast_mut().cast();
        // SAFETY: the changes are borrowed for as long as the callback is there.
        unsafe {
            ffi::sqlite3_set_authorizer(connection.handle(), Some(on_prepare), context);
        }
        Watch {
            connection,
            _changes: changes,
        }
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        // SAFETY: the connection is open; without a callback the context is not used any more.
        unsafe {
            ffi::sqlite3_set_authorizer(self.connection.handle(), None, ptr::null_mut());
        }
    }
}

/// Called while a statement is prepared, with SQLITE_READ for each column that it reads
/// (sqlite.org/c3ref/c_alter_table.html). By then SQLite has read the schema, so that what changes
/// now is noticed only when the statement is stepped.
unsafe extern "C" fn on_prepare(
    context: *mut c_void,
    action: c_int,
    _table: *const c_char,
    column: *const c_char,
    _database: *const c_char,
    _within: *const c_char,
) -> c_int {
    // SAFETY: the name of a column that is read is a text that outlives the call.
    let of_ours = action == ffi::SQLITE_READ && unsafe { CStr::from_ptr(column) } == c"value";
    if of_ours {
        // SAFETY: the context is that of the watch, whose changes outlive the call, on this thread.
        let changes = unsafe { &*context.cast::<Changes>() };
        if let Err(error) = changes.make() {
            changes.failed.replace(Some(error));
        }
    }
    ffi::SQLITE_OK
}
