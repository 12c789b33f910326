//! A database behind an app: what its clients ask, they ask over HTTP.

pub mod wire;
