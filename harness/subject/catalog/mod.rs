//! The subjects. A new one is a new file and a line in [`ALL`].

mod noop;
mod postgres;
mod postgres_async;
mod postgres_deadlock_50ms;
mod sqlite_delete_extra;
mod sqlite_delete_full;
mod sqlite_wal_full;
mod sqlite_wal_normal;

use super::Subject;

/// Every subject, in the order in which reports list them.
pub static ALL: &[&Subject] = &[
    &sqlite_delete_full::SUBJECT,
    &sqlite_delete_extra::SUBJECT,
    &sqlite_wal_full::SUBJECT,
    &sqlite_wal_normal::SUBJECT,
    &postgres::SUBJECT,
    &postgres_async::SUBJECT,
    &postgres_deadlock_50ms::SUBJECT,
    &noop::SUBJECT,
];
