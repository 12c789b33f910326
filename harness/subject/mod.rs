//! What is compared: engines with their settings, and how a PostgreSQL server is provided.

pub mod server;
