//! A machine of which there is nothing to say, for tests.

use crate::measure::machine::SyncTimes;
use crate::measure::{Build, Machine, Neighbours, Place, Probe};

use super::Warning;
use super::laboratory::{Laboratory, PostgresData};

/// Everything that a laboratory refers to.
pub(super) struct Calm {
    pub(super) machine: Machine,
    pub(super) probe: Probe,
    pub(super) build: Build,
    pub(super) clients: u32,
}

impl Default for Calm {
    fn default() -> Self {
        let times = SyncTimes {
            samples: 200,
            median_us: 600.0,
            p10_us: Some(500.0),
            p90_us: Some(800.0),
            min_us: 400.0,
            max_us: 9_000.0,
        };
        Calm {
            machine: Machine {
                system: String::new(),
                kernel: String::new(),
                cpu: String::new(),
                cpus: 8,
                cpus_allowed: Some(8),
                cpu_quota: None,
                governor: Some("performance".to_owned()),
                boost: Some(false),
                on_battery: Some(false),
                clock_source: Some("tsc".to_owned()),
                virtual_machine: Some(false),
                memory_bytes: 16_000_000_000,
                memory_available_bytes: Some(12_000_000_000),
                swap_used_bytes: Some(0),
                open_files: 1_024,
                load_average: 0.1,
                neighbours: Some(Neighbours {
                    seconds: 1.0,
                    cpu: Some(0.01),
                    io_pressure: Some(0.0),
                    memory_pressure: Some(0.0),
                }),
                place: place("ext4", "/dev/sda1"),
            },
            probe: Probe {
                append: times,
                overwrite: times,
                clock_ns: 25.0,
                steal: Some(0.0),
            },
            build: Build {
                version: String::new(),
                commit: None,
                dirty: None,
                rustc: String::new(),
                profile: "release".to_owned(),
            },
            clients: 64,
        }
    }
}

pub(super) fn place(filesystem: &str, device: &str) -> Place {
    Place {
        directory: "/srv/contend".to_owned(),
        filesystem: filesystem.to_owned(),
        device: device.to_owned(),
        mount_options: "rw,relatime".to_owned(),
        disk: None,
        write_cache: Some("write back".to_owned()),
        size_bytes: Some(100_000_000_000),
        free_bytes: Some(50_000_000_000),
    }
}

impl Calm {
    pub(super) fn laboratory(&self) -> Laboratory<'_> {
        Laboratory {
            machine: &self.machine,
            probe: Some(&self.probe),
            build: &self.build,
            sqlite: true,
            postgres: PostgresData::Absent,
            clients: self.clients,
            trials: &[],
        }
    }

    /// The one warning that there is, as its weight and its sentences. They must say what to do.
    pub(super) fn only(&self) -> String {
        only(self.laboratory())
    }
}

/// The one warning of a laboratory.
pub(super) fn only(laboratory: Laboratory<'_>) -> String {
    let warnings = laboratory.warnings();
    let [warning] = &warnings[..] else {
        panic!("one warning: {warnings:?}");
    };
    told(warning)
}

/// A warning as its weight and its sentences, with plain spaces.
fn told(warning: &Warning) -> String {
    let said = format!("{}: {warning}", warning.severity()).replace('\u{a0}', " ");
    let last = said.trim_end_matches('.').rsplit(". ").next().unwrap_or("");
    let told_what_to_do = [
        "Choose",
        "Commit",
        "Connect",
        "End ",
        "Find",
        "For figures",
        "Give",
        "If it was not",
        "Make",
        "Measure",
        "Mount",
        "Put",
        "Use",
        "The hypervisor gave",
    ];
    assert!(said.ends_with('.'), "{said}");
    assert!(
        told_what_to_do
            .iter()
            .any(|begin| last.trim_start().starts_with(begin) || last.contains(": measure")),
        "its last sentence does not say what to do: {said}"
    );
    said
}

#[test]
fn of_a_calm_machine_there_is_nothing_to_say() {
    assert_eq!(Calm::default().laboratory().warnings(), []);
}

#[test]
fn a_hypervisor_that_gives_time_to_others_is_said_before_the_first_trial() {
    let mut calm = Calm::default();
    calm.probe.steal = Some(0.12);
    assert!(
        calm.only()
            .contains("gave 12 % of the CPU time to other guests: measure")
    );
}

#[test]
fn a_disk_that_is_not_steady_is_said_before_the_first_trial() {
    let mut calm = Calm::default();
    calm.probe.overwrite.p90_us = Some(1_600.0);
    let said = calm.only();
    assert!(
        said.contains("less than 500 µs in a tenth of all tries and more than 1.60 ms"),
        "{said}"
    );
    // Files of older builds do not tell.
    calm.probe.overwrite.p10_us = None;
    assert_eq!(calm.laboratory().warnings(), []);
}

#[test]
fn a_build_that_measures_itself_is_grave() {
    let mut calm = Calm::default();
    calm.build.profile = "debug".to_owned();
    assert!(
        calm.only()
            .starts_with("grave: contend was built without optimisation")
    );
    calm = Calm::default();
    calm.build.dirty = Some(true);
    assert!(calm.only().starts_with("warning: "));
}

#[test]
fn without_a_database_no_disk_matters() {
    let mut calm = Calm::default();
    calm.machine.place = place("tmpfs", "none");
    calm.probe.overwrite.median_us = 1.0;
    let mut laboratory = calm.laboratory();
    laboratory.sqlite = false;
    assert_eq!(laboratory.warnings(), []);
}
