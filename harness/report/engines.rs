//! The engines of a run in words.

use super::numbers::list;
use crate::measure::{Engine, Run};

/// Each with its version and subjects: `SQLite 3.51.3 as sqlite-wal-full, and PostgreSQL 18.1 as postgres`;
/// empty without any.
pub fn words(run: &Run) -> String {
    let unknown = "of unknown version";
    // The check-in it was built from stands among the versions.
    let sqlite = run.sqlite.as_deref().unwrap_or(unknown);
    let sqlite = sqlite.split(" (").next().unwrap_or(sqlite);
    let server = run.server.as_ref();
    let postgres = server.map_or(unknown, |server| &server.version);
    let engines = [(Engine::Sqlite, sqlite), (Engine::Postgres, postgres)];
    let measured = engines.iter().filter_map(|(engine, version)| {
        let own = run.subjects.iter().filter(|s| s.engine == *engine);
        let own: Vec<String> = own.map(|subject| subject.name.clone()).collect();
        (!own.is_empty()).then(|| format!("{engine} {version} as {}", list(&own)))
    });
    measured.collect::<Vec<_>>().join(", and ")
}
