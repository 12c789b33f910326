//! What people read: the HTML report with its charts, and the exports.
//!
//! Everything here is computed from a run file alone, so that a report can be made again, by
//! anybody, from what was kept.

pub mod adr;
pub(crate) mod basis;
mod bencher;
mod benchmark_action;
mod careless;
mod cell;
mod changes;
mod charts;
mod citation;
mod claims_csv;
mod commit_work_csv;
pub mod conditions;
pub(crate) mod convergence;
pub mod crosscheck;
mod csv;
mod disk;
mod durations;
mod endings;
mod engines;
pub mod experiments;
mod experiments_csv;
mod findings;
mod html;
mod kinds_csv;
mod ledger;
mod lengths;
mod long_trials;
mod markdown;
pub(crate) mod measured;
mod not_measured;
pub(crate) mod numbers;
mod observed;
mod phrases;
mod processors;
mod round_trips;
mod standings;
pub(crate) mod table;
mod tally;
pub mod terminal;
mod unknown;
pub mod verify;
pub mod warnings;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

pub use changes::Changes;

use crate::measure::{Point, Run, store};
use numbers::plural;

/// A file that the report consists of.
struct Export {
    /// Its name in the directory of the report.
    file: &'static str,
    /// Makes its content.
    render: fn(&Run) -> Result<String>,
}

/// The page's name.
const PAGE: &str = "index.html";

/// Every file that is written beside the page; a new format is one file of code and one line here.
const EXPORTS: &[Export] = &[
    Export {
        file: "trials.csv",
        render: csv::rounds,
    },
    Export {
        file: "long_trials.csv",
        render: csv::long_trials,
    },
    Export {
        file: "kinds.csv",
        render: kinds_csv::render,
    },
    Export {
        file: "commit_work.csv",
        render: commit_work_csv::render,
    },
    Export {
        file: "experiments.csv",
        render: experiments_csv::render,
    },
    Export {
        file: "claims.csv",
        render: claims_csv::render,
    },
    Export {
        file: "adr.md",
        render: adr::render,
    },
    Export {
        file: "bencher.json",
        render: bencher::render,
    },
    Export {
        file: "benchmark-bigger-is-better.json",
        render: benchmark_action::bigger,
    },
    Export {
        file: "benchmark-smaller-is-better.json",
        render: benchmark_action::smaller,
    },
];

/// A name of a point that stays the same from run to run: everything that tells it from others.
pub(crate) fn point_id(point: &Point, version: u32) -> String {
    let rate = point
        .rate
        .map(|rate| format!("/{rate} per s"))
        .unwrap_or_default();
    format!(
        "{}.v{version}/{}/{}/{}/{}/{}{rate}",
        point.workload,
        point.subject,
        point.discipline,
        point.topology,
        plural(point.instances as usize, "instance", "instances"),
        plural(point.clients as usize, "client", "clients"),
    )
}

/// Writes the report of `run` into the directory `out`, which is made if it is not there. Returns
/// the files written. Whoever looks sees a whole file, the old or the new one.
///
/// # Errors
/// If the directory cannot be made or a file cannot be written; each error names the file.
pub fn write(run: &Run, out: &Path) -> Result<Vec<PathBuf>> {
    write_since(run, None, out)
}

/// The same, with a section on what changed since another run, if that is known.
///
/// # Errors
/// As those of [`write()`].
pub fn write_since(run: &Run, changes: Option<&Changes>, out: &Path) -> Result<Vec<PathBuf>> {
    std::fs::create_dir_all(out)
        .with_context(|| format!("Cannot make the directory {}", out.display()))?;
    let write = |file: &str, content: Result<String>| {
        let path = out.join(file);
        let content = content.with_context(|| format!("Cannot make {file}"))?;
        store::write_atomically(&path, content.as_bytes())
            .with_context(|| format!("Cannot write {}", path.display()))?;
        Ok(path)
    };
    let page = write(PAGE, html::render(run, changes));
    let exports = EXPORTS
        .iter()
        .map(|export| write(export.file, (export.render)(run)));
    std::iter::once(page).chain(exports).collect()
}
