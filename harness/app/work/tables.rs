//! The tables of the app: the document's, and those of its further examples.

use crate::workload::api;

/// SQL that makes the tables, unless another instance has made them; see `dialect` of the engines.
pub const TABLES: [&str; 5] = [
    api::TABLES[0],
    api::TABLES[1],
    // Without a CHECK, so that a stock below zero is seen rather than refused.
    "CREATE TABLE IF NOT EXISTS stock (item TEXT PRIMARY KEY, quantity BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS accounts (id {key}, balance BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS payments (id {identity}, source BIGINT NOT NULL, \
     target BIGINT NOT NULL, amount BIGINT NOT NULL)",
];
