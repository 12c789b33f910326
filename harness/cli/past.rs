//! Past runs in a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::compare::PastRuns;
use crate::measure::store;
use crate::suite::progress::tell;

/// The past runs in a folder; `None` if there are none, and that is no error.
///
/// # Errors
/// If there are none, and that is one, or the folder cannot be listed.
pub fn asked(folder: &Path, none_is_ok: bool) -> Result<Option<PastRuns>> {
    let found = read(folder)?;
    if !found.runs.is_empty() {
        return Ok(Some(found));
    }
    let sentence = format!(
        "There is no past run in {0}: each `contend bench --out {0}` keeps its run there, in runs/.",
        folder.display()
    );
    match none_is_ok {
        true => tell(&format!("note: {sentence}")),
        false => bail!(sentence),
    }
    Ok(None)
}

/// Every run in a folder and in `runs` in it, where `contend bench` keeps them. Files that end in
/// `.json` and are no runs that this program reads are counted; none at all if there is no folder.
///
/// # Errors
/// If a folder is there and cannot be listed.
fn read(folder: &Path) -> Result<PastRuns> {
    let mut found = PastRuns::default();
    for path in [files(folder)?, files(&folder.join("runs"))?].concat() {
        match store::read(&path) {
            Ok(run) if found.runs.iter().any(|known| known.id == run.id) => {}
            Ok(run) => found.runs.push(run),
            Err(_) => found.skipped += 1,
        }
    }
    Ok(found)
}

/// The files in a folder whose name ends in `.json`.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let sentence = || {
        format!(
            "Cannot list {}: give a folder of runs with --history",
            folder.display()
        )
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(sentence)? {
        let path = entry.with_context(sentence)?.path();
        if path.extension().is_some_and(|end| end == "json") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
