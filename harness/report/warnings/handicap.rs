//! Processors and a clock that make figures worse, or unlike those of another run.

use serde::Serialize;

use crate::measure::Machine;
use crate::report::numbers::{number, plural, rough_time};

use super::Severity;
use super::laboratory::Laboratory;

/// How many clients for each processor are beyond doubt too many for a figure about locks: four
/// times what PostgreSQL's wiki gives for connections that get most out of a machine, two for each
/// core (wiki.postgresql.org/wiki/Number_Of_Database_Connections).
const CLIENTS_PER_PROCESSOR: u32 = 8;

/// Clock sources that are read from a device or by a system call rather than from the processor
/// (docs.kernel.org/timers/timekeeping.html).
const SLOW_CLOCKS: &[&str] = &["acpi_pm", "hpet", "jiffies", "pit", "refined-jiffies"];

/// What reading the clock may take, in nanoseconds: from the processor it takes 20 to 70, by a
/// system call several hundred, and each operation reads it twice.
const SLOW_CLOCK_NS: f64 = 250.0;

/// What hampers the processors.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Handicap {
    /// No two processes ever run at once.
    SingleProcessor,
    /// Many clients for few processors.
    Crowd {
        /// The most clients at once.
        clients: u32,
        /// Processors.
        cpus: u32,
    },
    /// A control group allows less than the processors have.
    Quota {
        /// How many processors' time is allowed.
        quota: f64,
        /// How many processors may be used for it.
        cpus: u32,
    },
    /// The machine runs on a battery.
    Battery,
    /// The frequency follows load and temperature.
    Frequency {
        /// The governor, unless it is the one that keeps the frequency.
        governor: Option<String>,
        /// Whether processors may exceed their nominal frequency.
        boost: bool,
    },
    /// Reading the time is slow.
    SlowClock {
        /// What the kernel reads it from.
        source: Option<String>,
        /// What it takes, in nanoseconds.
        ns: f64,
    },
}

/// What hampers the processors of a machine.
pub fn of(laboratory: &Laboratory) -> Vec<Handicap> {
    let machine = laboratory.machine;
    let (clients, cpus) = (laboratory.clients, machine.cpus);
    let crowded = clients > cpus.saturating_mul(CLIENTS_PER_PROCESSOR);
    [
        (cpus == 1).then_some(Handicap::SingleProcessor),
        quota(machine),
        (machine.on_battery == Some(true)).then_some(Handicap::Battery),
        laboratory
            .probe
            .and_then(|probe| slow_clock(machine, probe.clock_ns)),
        (cpus > 1 && crowded).then_some(Handicap::Crowd { clients, cpus }),
        frequency(machine),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn quota(machine: &Machine) -> Option<Handicap> {
    let (quota, cpus) = machine.cpu_quota.zip(machine.cpus_allowed)?;
    (quota < f64::from(cpus)).then_some(Handicap::Quota { quota, cpus })
}

fn slow_clock(machine: &Machine, ns: f64) -> Option<Handicap> {
    let source = machine.clock_source.clone();
    let named = source
        .as_deref()
        .is_some_and(|source| SLOW_CLOCKS.contains(&source));
    (named || ns > SLOW_CLOCK_NS).then_some(Handicap::SlowClock { source, ns })
}

fn frequency(machine: &Machine) -> Option<Handicap> {
    let governor = machine.governor.clone();
    let governor = governor.filter(|governor| governor != "performance");
    let boost = machine.boost == Some(true);
    (governor.is_some() || boost).then_some(Handicap::Frequency { governor, boost })
}

impl Handicap {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Handicap::Crowd { .. } | Handicap::Frequency { .. } => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

impl std::fmt::Display for Handicap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Handicap::SingleProcessor => f.write_str(
                "There is one processor only: no two clients ever run at once, and neither contention nor a server \
                 shows what it does on a real machine. Measure where there are at least two.",
            ),
            Handicap::Crowd { clients, cpus } => write!(
                f,
                "Up to {clients} clients and the databases share {}: with many clients the figures show who gets a \
                 processor rather than who gets a lock. Measure with fewer (--clients), or where there are more \
                 processors.",
                plural(*cpus as usize, "processor", "processors")
            ),
            Handicap::Quota { quota, cpus } => write!(
                f,
                "A control group allows the time of {} of {}, and stops every process for the rest of a period when \
                 it is used up, which shows as latency. Give whole processors (`--cpuset-cpus`) rather than a quota \
                 (`--cpus`).",
                number(*quota),
                plural(*cpus as usize, "processor", "processors")
            ),
            Handicap::Battery => f.write_str(
                "The machine runs on its battery, and saves power at the cost of speed. Connect it to the mains.",
            ),
            Handicap::Frequency { governor, boost } => {
                let governor = governor.as_ref().map(|governor| {
                    (
                        format!("governor {governor}"),
                        "set the governor to performance (`cpupower frequency-set -g performance`)",
                    )
                });
                let boost = boost.then(|| ("boost on".to_owned(), "switch boost off"));
                let (what, how): (Vec<_>, Vec<_>) = governor.into_iter().chain(boost).unzip();
                write!(
                    f,
                    "The processors' frequency follows load and temperature ({}), so that few clients may be measured \
                     at another speed than many. For figures that repeat, {}.",
                    what.join(", "),
                    how.join(" and ")
                )
            }
            Handicap::SlowClock { source, ns } => write!(
                f,
                "Reading the clock{} takes {}, twice for each operation. Use tsc or the hypervisor's clock if the \
                 kernel offers one (see /sys/devices/system/clocksource/clocksource0).",
                match source {
                    Some(source) => format!(" ({source})"),
                    None => String::new(),
                },
                rough_time(ns * 1e-9)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::Calm;

    /// What is said after this change to a calm machine.
    fn after(change: impl FnOnce(&mut Calm)) -> String {
        let mut calm = Calm::default();
        change(&mut calm);
        calm.only()
    }

    #[test]
    fn few_processors_for_many_clients_are_a_note_and_a_single_one_a_warning() {
        let said = after(|calm| calm.machine.cpus = 4);
        assert!(
            said.starts_with("note: Up to 64 clients and the databases share 4 processors"),
            "{said}"
        );
        let said = after(|calm| calm.machine.cpus = 1);
        assert!(
            said.starts_with("warning: There is one processor only"),
            "{said}"
        );
        let mut calm = Calm::default();
        (calm.machine.cpus, calm.clients) = (2, 16);
        assert_eq!(calm.laboratory().warnings(), []);
    }

    #[test]
    fn a_quota_below_the_processors_is_warned_of() {
        let said = after(|calm| calm.machine.cpu_quota = Some(2.5));
        assert!(
            said.contains("allows the time of 2.50 of 8 processors"),
            "{said}"
        );
        let mut calm = Calm::default();
        calm.machine.cpu_quota = Some(8.0);
        assert_eq!(calm.laboratory().warnings(), []);
    }

    #[test]
    fn a_battery_is_warned_of() {
        assert!(after(|calm| calm.machine.on_battery = Some(true)).contains("battery"));
    }

    #[test]
    fn a_frequency_that_moves_is_one_note() {
        let said = after(|calm| {
            calm.machine.governor = Some("powersave".to_owned());
            calm.machine.boost = Some(true);
        });
        assert!(said.starts_with("note: "), "{said}");
        assert!(said.contains("(governor powersave, boost on)"), "{said}");
        let said = after(|calm| calm.machine.boost = Some(true));
        assert!(
            said.ends_with("For figures that repeat, switch boost off."),
            "{said}"
        );
    }

    #[test]
    fn a_slow_clock_is_known_by_its_name_or_its_slowness() {
        let said = after(|calm| calm.machine.clock_source = Some("hpet".to_owned()));
        assert!(
            said.contains("Reading the clock (hpet) takes 25 ns"),
            "{said}"
        );
        let said = after(|calm| {
            calm.machine.clock_source = None;
            calm.probe.clock_ns = 900.0;
        });
        assert!(said.contains("Reading the clock takes 900 ns"), "{said}");
    }

    #[test]
    fn the_clocks_of_hypervisors_and_other_processors_are_good() {
        let mut calm = Calm::default();
        for source in [
            "tsc",
            "kvm-clock",
            "arch_sys_counter",
            "hyperv_clocksource_tsc_page",
        ] {
            calm.machine.clock_source = Some(source.to_owned());
            assert_eq!(calm.laboratory().warnings(), [], "{source}");
        }
    }
}
