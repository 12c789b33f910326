//! Where the results of a run go, and what is said of them at its end.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::measure::{Run, store};
use crate::report;
use crate::report::terminal::{self, End};
use crate::suite::progress::in_words;

/// Results are wanted at the end: better to know now whether there is a place for them.
///
/// # Errors
/// If there is none.
pub fn check_output(out: &Path) -> Result<()> {
    if out.exists() && !out.is_dir() {
        bail!(
            "Results go to a directory, and {} is none: choose one with --out.",
            out.display()
        );
    }
    std::fs::create_dir_all(out)
        .and_then(|()| tempfile::tempfile_in(out).map(drop))
        .with_context(|| {
            format!(
                "Results go to {}, where nothing can be written: choose another place with --out",
                out.display()
            )
        })
}

/// Writes the run and its report; the path of the page. Results go to another directory rather
/// than nowhere.
///
/// # Errors
/// One sentence that says where the results are.
pub fn keep(run: &Run, out: &Path) -> Result<PathBuf> {
    if let Err(error) = store::write(run, out) {
        let places = [
            std::env::temp_dir(),
            PathBuf::from(&run.machine.place.directory),
        ];
        let saved = places
            .iter()
            .map(|place| place.join(format!("contend-{}", run.id)))
            .find_map(|refuge| store::write(run, &refuge).ok())
            .with_context(|| {
                let [temporary, databases] = places.map(|place| place.display().to_string());
                let out = out.display();
                format!(
                    "Results cannot be written to {out}, nor to {temporary}, nor to {databases}: {error}"
                )
            })?;
        bail!(
            "Results cannot be written to {} ({error}), so they are in {saved}: \
             type `contend report {saved}` for their report.",
            out.display(),
            saved = saved.display(),
        );
    }
    report::write(run, out).with_context(|| {
        format!(
            "The results are in {}, but the report cannot be written",
            out.join("run.json").display()
        )
    })?;
    Ok(out.join("index.html"))
}

/// Whether any trial cannot be compared, or a part of an experiment not be made.
pub fn flawed(run: &Run) -> bool {
    let mut trials = run.trials.iter().chain(&run.long_trials);
    trials.any(|trial| trial.comparable().is_none())
        || run.experiments.iter().any(|made| !made.failures.is_empty())
}

/// Prints the answer of a run on stdout.
pub fn answer(run: &Run, page: &Path, took: Duration) {
    print(&terminal::answer(run, &end(page, took)));
}

/// Prints on stdout how many trials a run made and where its report is.
pub fn summarise(run: &Run, page: &Path, took: Duration) {
    print(&terminal::short(run, &end(page, took)));
}

fn end(page: &Path, took: Duration) -> End<'_> {
    End {
        took: in_words(took),
        page,
    }
}

/// The results are in their files: nobody to tell is no reason to fail.
fn print(text: &str) {
    let _ = super::print(text);
}
