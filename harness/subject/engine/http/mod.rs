//! A database behind an app: what its clients ask, they ask over HTTP.

pub mod wire;

/// stub
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
pub struct Target {
    /// a
    pub addresses: Vec<String>,
    /// r
    pub remote: bool,
}
