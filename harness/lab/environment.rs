//! What the environment may not decide.

/// Removes the variables that a PostgreSQL driver reads (`PGHOST`, `PGOPTIONS`, `PGPASSWORD`, …)
/// from this process and so from its workers: they are no part of a subject, and two runs with the
/// same command line must do the same.
///
/// Must be called before any other thread starts.
pub(crate) fn forget_postgres() {
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"PG") {
            // SAFETY: this is the only thread, so nobody reads the environment meanwhile.
            unsafe { std::env::remove_var(&name) };
        }
    }
}
