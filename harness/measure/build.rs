//! Which build of contend measured.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The build that measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The version of contend.
    pub version: String,
    /// The commit it was built from; `None` outside a git checkout.
    pub commit: Option<String>,
    /// Whether the checkout held changes that were not committed; `None` outside a git checkout.
    pub dirty: Option<bool>,
    /// The compiler.
    pub rustc: String,
    /// `release`, or `debug`: figures of a debug build measure the missing optimiser.
    pub profile: String,
}

impl Build {
    /// Its version and commit: `0.1.0, commit 0123456789abcdef with changes`.
    pub fn words(&self) -> String {
        let commit = match (&self.commit, self.dirty) {
            (Some(commit), Some(true)) => format!(", commit {commit} with changes"),
            (Some(commit), _) => format!(", commit {commit}"),
            (None, _) => String::new(),
        };
        format!("{}{commit}", self.version)
    }

    /// The build that is running.
    pub fn current() -> Build {
        let given = |value: &str| (!value.is_empty()).then(|| value.to_owned());
        Build {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            commit: given(env!("CONTEND_COMMIT")),
            dirty: given(env!("CONTEND_DIRTY")).map(|dirty| dirty == "true"),
            rustc: env!("CONTEND_RUSTC").to_owned(),
            profile: env!("CONTEND_PROFILE").to_owned(),
        }
    }
}
