//! What stands for subjects and workloads that a run file names and does not describe.

use crate::measure::{Engine, Figure, Script, SubjectInfo, Tier, WorkloadInfo};

/// A workload of which only the name is known.
pub fn workload(name: &str) -> WorkloadInfo {
    WorkloadInfo {
        name: name.to_owned(),
        version: 0,
        title: name.to_owned(),
        summary: "The run file does not describe this workload.".to_owned(),
        figure: Figure::Goodput,
        seconds: 0.0,
        careful: script(),
        naive: script(),
        kinds: Vec::new(),
    }
}

fn script() -> Script {
    Script {
        sql: Vec::new(),
        statements: 0,
    }
}

/// A subject of which only the name is known.
pub fn subject(name: &str) -> SubjectInfo {
    SubjectInfo {
        name: name.to_owned(),
        engine: Engine::Noop,
        tier: Tier::None,
        summary: "The run file does not describe this subject.".to_owned(),
        colour: String::new(),
        asserted: Default::default(),
        dialect: Vec::new(),
    }
}
