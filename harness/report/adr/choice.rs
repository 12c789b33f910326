//! What was chosen, among what a run measured.

use thiserror::Error;

use crate::measure::{Engine, Run, SubjectInfo};
use crate::report::numbers::list;

use super::evidence::options;

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// One subject, by name.
    Subject(String),
    /// An engine, whatever its settings.
    Engine(Engine),
}

/// Why a run cannot speak for a decision, or for a choice. Each message says what to type next.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// Nothing was measured that stores anything.
    #[error(
        "Run {run} measured no database, so there is nothing to decide: type `contend bench`, which measures both."
    )]
    NoSubject {
        /// The run.
        run: String,
    },
    /// There is nothing to choose between.
    #[error(
        "Run {run} measured one subject only, {subject}, and a decision is between two or more: measure more, for \
         example with `contend bench --subjects sqlite-wal-full,postgres`."
    )]
    OneSubject {
        /// The run.
        run: String,
        /// The subject.
        subject: String,
    },
    /// No trial may be compared.
    #[error(
        "No trial of run {run} may be compared, so it favours nothing: its report says why; then measure again with \
         `contend bench`."
    )]
    NoTrial {
        /// The run.
        run: String,
    },
    /// The engine that was chosen was not measured.
    #[error(
        "Run {run} has no subject of {engine}, so it cannot speak for that choice: measure one, for example with \
         `contend bench --subjects sqlite-wal-full,postgres`, or choose among {names}."
    )]
    EngineNotMeasured {
        /// The run.
        run: String,
        /// The engine.
        engine: Engine,
        /// What can be chosen.
        names: String,
    },
    /// Nothing of this name was measured.
    #[error("Run {run} has no subject \"{name}\" to choose: type --choose with one of {names}.")]
    Unknown {
        /// The run.
        run: String,
        /// What was typed.
        name: String,
        /// What can be chosen.
        names: String,
    },
}

/// Whether a run has anything to say for a decision.
///
/// # Errors
/// Why it has not.
pub fn check(run: &Run) -> Result<(), Refusal> {
    let id = || run.id.clone();
    match options(run)[..] {
        [] => return Err(Refusal::NoSubject { run: id() }),
        [one] => {
            let subject = one.name.clone();
            return Err(Refusal::OneSubject { run: id(), subject });
        }
        _ => {}
    }
    let stored = |name: &str| options(run).iter().any(|subject| subject.name == name);
    let comparable = run
        .trials
        .iter()
        .any(|trial| stored(&trial.point.subject) && trial.comparable().is_some());
    match comparable {
        true => Ok(()),
        false => Err(Refusal::NoTrial { run: id() }),
    }
}

impl Choice {
    /// The subject of this name; else the engine, if the run has a subject of it.
    ///
    /// # Errors
    /// If the run has neither.
    pub fn of(run: &Run, name: &str) -> Result<Choice, Refusal> {
        let options = options(run);
        if options.iter().any(|subject| subject.name == name) {
            return Ok(Choice::Subject(name.to_owned()));
        }
        let engine = match name.to_ascii_lowercase().as_str() {
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "sqlite" => Some(Engine::Sqlite),
            _ => None,
        };
        let names: Vec<String> = options.iter().map(|subject| subject.name.clone()).collect();
        let names = list(&names);
        let run_id = run.id.clone();
        match engine {
            Some(engine) if options.iter().any(|subject| subject.engine == engine) => {
                Ok(Choice::Engine(engine))
            }
            Some(engine) => Err(Refusal::EngineNotMeasured {
                run: run_id,
                engine,
                names,
            }),
            None => Err(Refusal::Unknown {
                run: run_id,
                name: name.to_owned(),
                names,
            }),
        }
    }

    /// Whether this subject is, or is of, what was chosen.
    pub fn has(&self, subject: &SubjectInfo) -> bool {
        match self {
            Choice::Subject(name) => subject.name == *name,
            Choice::Engine(engine) => subject.engine == *engine,
        }
    }
}
