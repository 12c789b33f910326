//! The script that copies a figure, a table or a row of it as Markdown, and what it has to know.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::measure::Run;
use crate::report::citation;

/// The script, which goes into the page. It makes citations from what the page shows, so that
/// nothing stands in it twice.
const SCRIPT: &str = include_str!("cite.js");

/// The script and what it has to know.
#[derive(Serialize)]
pub struct Cite {
    script: &'static str,
    /// Its hash, as a content security policy names the one script that may run.
    hash: String,
    /// What stands behind every citation.
    source: String,
}

/// What citations of a run need.
pub fn of(run: &Run) -> Cite {
    Cite {
        script: SCRIPT,
        hash: format!("sha256-{}", STANDARD.encode(Sha256::digest(SCRIPT))),
        source: citation::source(run),
    }
}
