//! What somebody else does between prepare and execute.

/// Something that another process does.
pub struct Change {
    /// Its name in observations.
    pub name: &'static str,
    /// Its statement.
    pub sql: &'static str,
}

/// What is prepared, against these tables.
pub const SQL: &str = "SELECT value FROM counters WHERE key = 1";

/// The tables, and one of everything that can be dropped.
pub const SETUP: &str = "BEGIN;
    CREATE TABLE counters (key {key}, value BIGINT NOT NULL, spare TEXT, unread TEXT);
    INSERT INTO counters (key, value) VALUES (1, 41);
    CREATE TABLE other (a INTEGER);
    CREATE INDEX by_spare ON counters (spare);
    CREATE VIEW seen AS SELECT a FROM other;
    CREATE TRIGGER kept AFTER INSERT ON other BEGIN DELETE FROM other WHERE a < 0; END;
    COMMIT;";

/// Every kind of change. What the statement reads is touched by some of them only.
pub const CHANGES: &[Change] = &[
    change("create another table", "CREATE TABLE another (a INTEGER)"),
    change("drop another table", "DROP TABLE other"),
    change(
        "create an index",
        "CREATE INDEX by_value ON counters (value)",
    ),
    change("drop an index", "DROP INDEX by_spare"),
    change("add a column", "ALTER TABLE counters ADD COLUMN note TEXT"),
    change(
        "drop another column",
        "ALTER TABLE counters DROP COLUMN unread",
    ),
    change(
        "rename the column",
        "ALTER TABLE counters RENAME COLUMN value TO amount",
    ),
    change("rename the table", "ALTER TABLE counters RENAME TO tallies"),
    change(
        "create a view",
        "CREATE VIEW all_of_it AS SELECT * FROM counters",
    ),
    change("drop a view", "DROP VIEW seen"),
    change(
        "create a trigger",
        "CREATE TRIGGER new AFTER INSERT ON other BEGIN DELETE FROM other WHERE a < 0; END",
    ),
    change("drop a trigger", "DROP TRIGGER kept"),
    change("analyze", "ANALYZE"),
    change("vacuum", VACUUM),
    change("set user_version", "PRAGMA user_version = 7"),
    change("change rows only", "UPDATE counters SET spare = 'changed'"),
];

/// The one that cannot be made within a transaction (sqlite.org/lang_vacuum.html).
pub const VACUUM: &str = "VACUUM";

const fn change(name: &'static str, sql: &'static str) -> Change {
    Change { name, sql }
}
