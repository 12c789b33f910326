//! What a commit costs, counted in trials whose times say nothing.

use anyhow::Result;

use crate::experiment::series::Case;
use crate::experiment::{Findings, Lab};
use crate::lab::Interrupted;
use crate::measure::CommitWork;
use crate::measure::experiment::Observation;

/// What these trials are called.
pub const NAME: &str = "counted";

/// Counts each case once.
///
/// # Errors
/// [`Interrupted`] when the user wants it to end.
pub fn add(lab: &Lab<'_>, cases: &[Case], findings: &mut Findings) -> Result<()> {
    for case in cases {
        lab.check()?;
        let counted = lab.count(case);
        if let Err(error) = &counted
            && error.is::<Interrupted>()
        {
            return counted.map(drop);
        }
        let what = format!("{}, counted", case.subject.name);
        findings.observe(&what, counted.map(|work| observation(case, &work)));
    }
    Ok(())
}

fn observation(case: &Case, work: &CommitWork) -> Observation {
    let conditions = case.conditions.iter();
    let mut seen = Observation::under(
        conditions
            .map(|(name, value)| (*name, value.as_str()))
            .chain([("test", NAME), ("subject", case.subject.name)]),
    )
    .with("commits", work.commits as f64);
    let written = &work.written;
    let mut add = |name: String, count: Option<u64>| {
        let per_commit = count.and_then(|count| work.per_commit(count));
        seen.figures.extend(per_commit.map(|figure| (name, figure)));
    };
    add("syncs_per_commit".to_owned(), written.syncs());
    add("writes_per_commit".to_owned(), Some(written.writes()));
    add("bytes_per_commit".to_owned(), Some(written.bytes()));
    for (kind, file) in &written.files {
        let kind = kind.to_string().replace(' ', "_");
        add(format!("{kind}_syncs_per_commit"), file.syncs);
    }
    seen
}
