//! Which clients got nothing while others committed, and how long they waited, as the long trials saw it.

use crate::measure::{Measurement, Run};
use crate::report::basis::Section;
use crate::report::long_trials;

use super::Line;

/// The line; `None` without a long trial of several clients.
pub fn line(run: &Run, _: &[Section]) -> Option<Line> {
    let hurt = |m: &Measurement| m.starved_clients() > 0 || m.given_up_total() > 0;
    Some(Line {
        alarm: long_trials::of(run)
            .iter()
            .any(|long| long.measured.is_some_and(hurt)),
        text: long_trials::sentence(run)?,
    })
}
