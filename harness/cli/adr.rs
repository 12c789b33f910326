//! `contend adr`: a decision record, filled in from a run as far as a run can tell.

use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::Args;
use jiff::Zoned;

use super::list;
use crate::measure::store;
use crate::report::adr::{self, Asked, Choice, Template};
use crate::suite::progress::tell;

const EXAMPLES: &str = "\
Examples:
  contend adr
      what the data of the latest run favours, with the decision left open
  contend adr --choose postgres --title 'Use PostgreSQL for orders' --out docs/adr/0007-orders.md
      a record of that choice, and where the data stands against it
  contend adr reports/runs/0123456789abcdef.json --choose sqlite --template nygard
      of an older run, in the format of Michael Nygard

“Favours” means: of two options with the same durability tier, under the same workload and load, the
interval of the ratio of their figures lies on one side of 1. That takes 6 rounds.";

/// What `contend adr` takes.
#[derive(Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The run file
    #[arg(default_value = "reports/run.json", value_name = "RUN")]
    run_file: PathBuf,

    /// What was chosen: a subject of the run, or an engine (postgres, sqlite) [default: left open]
    #[arg(long, value_name = "NAME")]
    choose: Option<String>,

    /// The title of the record [default: the question]
    #[arg(long, value_name = "TITLE")]
    title: Option<String>,

    /// The format of the record: madr (Markdown Architectural Decision Records 4.0.0) or nygard
    /// (Context, Decision, Consequences)
    #[arg(long, value_name = "NAME", default_value = Template::Madr.name(), value_parser = list::template)]
    template: Template,

    /// Write the record here [default: stdout]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
}

/// Reads a run file and writes the record.
///
/// # Errors
/// If the run file is not exactly what was written, if the run has nothing to say for a decision or
/// for that choice, or if the record cannot be written.
pub fn adr(arguments: &Arguments) -> Result<ExitCode> {
    if !arguments.run_file.exists() {
        bail!(
            "There is no run file {}: type `contend bench` to measure one, or name another.",
            arguments.run_file.display()
        );
    }
    let run = store::read(&arguments.run_file)?;
    adr::check(&run)?;
    let chosen = arguments.choose.as_deref();
    let choice = chosen.map(|name| Choice::of(&run, name)).transpose()?;
    let page = arguments.run_file.with_file_name("index.html");
    if !page.exists() {
        tell(&format!(
            "warning: the links of the record lead to {}, which is not there: type `contend report {}` to have it.",
            page.display(),
            arguments.run_file.display()
        ));
    }
    let record = adr::record(
        &run,
        &Asked {
            title: arguments.title.clone(),
            choice,
            template: arguments.template,
            date: Zoned::now().date().to_string(),
            page: link(arguments.out.as_deref(), &page),
        },
    )?;
    match &arguments.out {
        None => super::print(record.trim_end())?,
        Some(path) => {
            let directory = path
                .parent()
                .filter(|parent| !parent.as_os_str().is_empty());
            if let Some(missing) = directory.filter(|directory| !directory.is_dir()) {
                bail!(
                    "The record cannot go to {}, for there is no directory {missing}: make it, or choose another place \
                     with --out.",
                    path.display(),
                    missing = missing.display()
                );
            }
            store::write_atomically(path, record.as_bytes())
                .with_context(|| format!("Cannot write {}", path.display()))?;
            super::print(&path.display().to_string())?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// How a record at `out` leads to the page: relative to it, or to where the command was typed.
fn link(out: Option<&Path>, page: &Path) -> String {
    let path = match out.map(|out| relative(out, page)) {
        Some(Some(relative)) => relative,
        _ => page.to_owned(),
    };
    let characters = path.display().to_string();
    // What would end a link in Markdown, or be none in a URL.
    let safe = |c: char| match c {
        ' ' | '(' | ')' | '<' | '>' | '#' | '?' | '%' | '"' | '\\' => format!("%{:02X}", c as u32),
        other => other.to_string(),
    };
    characters.chars().map(safe).collect()
}

/// The way from the directory of one file to another; `None` if it cannot be told.
fn relative(from: &Path, to: &Path) -> Option<PathBuf> {
    let [from, to] = [from, to].map(|path| std::path::absolute(path).ok());
    let (from, to) = (from?, to?);
    let from: Vec<Component> = from.parent()?.components().collect();
    let to: Vec<Component> = to.components().collect();
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| Component::ParentDir);
    Some(up.chain(to[common..].iter().copied()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_leads_to_the_page_from_where_it_lies() {
        let of = |out: &str, page: &str| link(Some(Path::new(out)), Path::new(page));
        assert_eq!(
            of("docs/adr/0007.md", "reports/index.html"),
            "../../reports/index.html"
        );
        assert_eq!(of("reports/adr.md", "reports/index.html"), "index.html");
        assert_eq!(of("/a/x.md", "/a/b c/i.html"), "b%20c/i.html");
        assert_eq!(
            link(None, Path::new("reports/index.html")),
            "reports/index.html"
        );
    }
}
