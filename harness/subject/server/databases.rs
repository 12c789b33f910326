//! The databases that the suite creates, and only those.

use std::collections::BTreeSet;
use std::sync::PoisonError;

use super::admin::Admin;
use super::{Secret, Server, ServerError};

/// A database of this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    /// Its name, `contend_<scratch id>_<number>`.
    pub name: String,
    /// What a client in another process connects to.
    pub url: Secret,
}

impl Server {
    /// Creates database number `n` of this run, empty, from `template0`.
    ///
    /// # Errors
    ///
    /// If the server refuses or no longer answers.
    pub fn create_database(&self, n: u32) -> Result<Database, ServerError> {
        let name = format!("contend_{}_{n}", self.scratch_id);
        self.created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(name.clone());
        self.with_admin(async |admin| {
            admin
                .execute(format!("CREATE DATABASE {name} TEMPLATE template0"))
                .await
        })?;
        let url = self.url.with_database(&name).secret();
        Ok(Database { name, url })
    }

    /// Drops a database, and ends whoever is still connected to it.
    ///
    /// # Errors
    ///
    /// If the server refuses or no longer answers.
    pub fn drop_database(&self, database: Database) -> Result<(), ServerError> {
        let name = database.name;
        self.with_admin(async |admin| {
            admin
                .execute(format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
                .await
        })?;
        self.created
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&name);
        Ok(())
    }
}

/// How the suite's own connection calls itself: another run sees by it that this one is alive.
pub(super) fn application(scratch_id: &str) -> String {
    format!("contend {scratch_id}")
}

/// Drops what is left at the end, as far as the server lets it.
pub(super) async fn drop_all(admin: &mut Admin, names: BTreeSet<String>) {
    for name in names {
        let statement = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        if admin.execute(statement).await.is_err() {
            return;
        }
    }
}

/// Drops the databases that killed runs of this user left behind.
///
/// Without FORCE: a database that somebody is connected to is not dead, whatever its name says.
pub(super) async fn sweep(admin: &mut Admin, scratch_id: &str) -> Result<(), ServerError> {
    let dead: Vec<String> = admin
        .query(async |connection| {
            sqlx::query_scalar(
                "SELECT d.datname::text FROM pg_catalog.pg_database d \
                 JOIN pg_catalog.pg_roles r ON r.oid = d.datdba \
                 WHERE r.rolname = current_user \
                 AND d.datname ~ '^contend_[0-9a-f]{8}_[0-9]+$' \
                 AND split_part(d.datname, '_', 2) <> $1 \
                 AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a \
                   WHERE a.application_name = 'contend ' || split_part(d.datname, '_', 2) \
                   OR a.datname = d.datname) \
                 ORDER BY d.datname",
            )
            .bind(scratch_id)
            .fetch_all(connection)
            .await
        })
        .await?;
    for name in dead {
        match admin
            .execute(format!("DROP DATABASE IF EXISTS {name}"))
            .await
        {
            // Somebody connected just now: it is theirs.
            Ok(()) | Err(ServerError::Refusal { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}
