//! What others did on the machine just before, and so may do again.

use serde::Serialize;

use crate::report::numbers::{chosen_time, number, plural, rough_percent};
use crate::report::processors::STEAL;

use super::Severity;
use super::laboratory::Laboratory;

/// The share of all CPU time, or of the time with somebody waiting for a disk, above which the
/// machine is not its own: the same as of stolen CPU time.
const OTHERS: f64 = STEAL;

/// How many runnable processes per processor the minute before may have had, on average: with half
/// as many as there are processors something worked that may not have ended.
const LOAD: f64 = 0.5;

/// Somebody else on the machine.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Disturbance {
    /// Others use the processors.
    Processors {
        /// The share of all CPU time, from 0 to 1.
        share: f64,
        /// For how long was listened, in seconds.
        seconds: f64,
    },
    /// Others use a disk.
    Disk {
        /// The share of the time with somebody waiting, from 0 to 1.
        share: f64,
        /// For how long was listened, in seconds.
        seconds: f64,
    },
    /// The processors were busy until shortly before.
    Load {
        /// Runnable processes in the last minute, on average.
        average: f64,
        /// Processors.
        cpus: u32,
    },
}

/// What others were heard doing.
pub fn of(laboratory: &Laboratory) -> Vec<Disturbance> {
    let machine = laboratory.machine;
    let mut found = Vec::new();
    if let Some(heard) = &machine.neighbours {
        let seconds = heard.seconds;
        let loud = |share: Option<f64>| share.filter(|share| *share > OTHERS);
        found.extend(loud(heard.cpu).map(|share| Disturbance::Processors { share, seconds }));
        found.extend(loud(heard.io_pressure).map(|share| Disturbance::Disk { share, seconds }));
    }
    let (average, cpus) = (machine.load_average, machine.cpus);
    if found.is_empty() && average > LOAD * f64::from(cpus) {
        found.push(Disturbance::Load { average, cpus });
    }
    found
}

impl Disturbance {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Disturbance::Processors { .. } | Disturbance::Disk { .. } => Severity::Warning,
            // What has just been built counts for another minute.
            Disturbance::Load { .. } => Severity::Note,
        }
    }
}

impl std::fmt::Display for Disturbance {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Disturbance::Processors { share, seconds } => write!(
                f,
                "Other processes used {} of all CPU time in the {} before: the figures are partly theirs. End them \
                 (see `top`), or wait until they have finished.",
                rough_percent(*share),
                chosen_time(*seconds)
            ),
            Disturbance::Disk { share, seconds } => write!(
                f,
                "Other processes waited for a disk during {} of the {} before, and commits wait behind them. End them \
                 (see `iotop` or `pidstat -d`), or choose a disk of its own with --dir.",
                rough_percent(*share),
                chosen_time(*seconds)
            ),
            Disturbance::Load { average, cpus } => write!(
                f,
                "In the minute before, {} processes were runnable on average on {}, perhaps a build that has ended. \
                 If it was not, wait until the machine is quiet.",
                number(*average),
                plural(*cpus as usize, "processor", "processors")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::Calm;

    #[test]
    fn others_on_the_processors_are_warned_of() {
        let mut calm = Calm::default();
        calm.machine.neighbours.as_mut().unwrap().cpu = Some(0.23);
        let said = calm.only();
        assert!(
            said.starts_with("warning: Other processes used 23 % of all CPU time in the 1 s"),
            "{said}"
        );
        // The load is theirs, and needs no warning of its own.
        calm.machine.load_average = 7.0;
        assert_eq!(calm.only(), said);
    }

    #[test]
    fn others_on_the_disk_are_warned_of() {
        let mut calm = Calm::default();
        calm.machine.neighbours.as_mut().unwrap().io_pressure = Some(0.4);
        assert!(
            calm.only()
                .starts_with("warning: Other processes waited for a disk during 40 %")
        );
    }

    #[test]
    fn a_load_that_is_over_is_a_note_only() {
        let mut calm = Calm::default();
        calm.machine.load_average = 4.0;
        assert_eq!(calm.laboratory().warnings(), []);
        calm.machine.load_average = 4.5;
        let said = calm.only();
        assert!(
            said.starts_with(
                "note: In the minute before, 4.50 processes were runnable on average on 8"
            ),
            "{said}"
        );
    }

    #[test]
    fn nobody_who_listened_heard_nothing() {
        let mut calm = Calm::default();
        calm.machine.neighbours = None;
        assert_eq!(calm.laboratory().warnings(), []);
    }
}
