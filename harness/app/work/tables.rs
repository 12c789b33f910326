//! The tables of the app: the document's, and those of its further examples.

/// SQL that makes the tables, unless another instance has made them; see `dialect` of the engines.
pub const TABLES: [&str; 5] = [
    "CREATE TABLE IF NOT EXISTS counters (key TEXT PRIMARY KEY, value BIGINT NOT NULL DEFAULT 0)",
    "CREATE TABLE IF NOT EXISTS data (id {identity}, content TEXT, \
     created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
    // Without a CHECK, so that a stock below zero is seen rather than refused.
    "CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, quantity BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS accounts (id {key}, balance BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS payments (id {identity}, source BIGINT NOT NULL, \
     target BIGINT NOT NULL, amount BIGINT NOT NULL)",
];
