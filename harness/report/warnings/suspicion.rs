//! An fdatasync that is too fast to be true.

use serde::Serialize;

use crate::report::numbers::rough_time;

use super::Severity;
use super::laboratory::{Laboratory, is_same};

/// The median of a write and fdatasync below which no disk can have been waited for, in
/// microseconds. The fastest disk ever sold for servers, an Optane P4800X, takes 10 µs for a single
/// write without file system or flush (S. Hajnoczi, "The 10 Microsecond Challenge", KVM Forum
/// 2020); in memory, where a sync does nothing, both calls together take about 1 µs.
const NO_DISK_US: f64 = 10.0;

/// The median below which only a disk answers that need not write to its flash for a flush, in
/// microseconds. Drives whose cache is protected by capacitors were measured at 12 to 58 µs for an
/// fsync, consumer drives without at 450 to 3,500 µs (M. Callaghan, "SSDs, power loss protection and
/// fsync latency", January 2026). A disk that turns takes milliseconds. A virtual disk whose host
/// answers from its page cache and ignores flushes (QEMU's `cache=unsafe`, Firecracker's `Unsafe`)
/// is as fast as the protected drive, and time alone cannot tell the two.
const PROTECTED_US: f64 = 100.0;

/// A sync that was suspiciously fast.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspicion {
    /// So fast that no disk was waited for.
    NoDisk {
        /// The median of a write and fdatasync, in microseconds.
        median_us: f64,
    },
    /// As fast as a disk with a protected cache, or one that lies.
    Cache {
        /// The median of a write and fdatasync, in microseconds.
        median_us: f64,
        /// Whether the machine is a virtual one, whose host may hold the cache.
        virtual_machine: bool,
        /// Whether the kernel never flushes this disk, because it takes it to have no cache.
        never_flushed: bool,
    },
}

/// What is to be suspected of the disk under the databases; in memory everybody knows it.
pub fn of(laboratory: &Laboratory) -> Option<Suspicion> {
    let place = &laboratory.machine.place;
    let is_probed = laboratory
        .places()
        .iter()
        .any(|other| is_same(other, place));
    let median_us = laboratory.probe?.overwrite.median_us;
    if !is_probed || place.is_memory() {
        None
    } else if median_us < NO_DISK_US {
        Some(Suspicion::NoDisk { median_us })
    } else if median_us < PROTECTED_US {
        Some(Suspicion::Cache {
            median_us,
            virtual_machine: laboratory.machine.virtual_machine == Some(true),
            never_flushed: place.write_cache.as_deref() == Some("write through"),
        })
    } else {
        None
    }
}

impl Suspicion {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Suspicion::NoDisk { .. } => Severity::Warning,
            Suspicion::Cache { .. } => Severity::Note,
        }
    }
}

impl std::fmt::Display for Suspicion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let took = |median_us: f64| {
            format!(
                "Writing a page and waiting for fdatasync took {} (median)",
                rough_time(median_us * 1e-6)
            )
        };
        match *self {
            Suspicion::NoDisk { median_us } => write!(
                f,
                "{}, which is faster than any disk: something answers that keeps the data in memory, and commits would \
                 be lost with the power. Find out what ignores the flush (a virtual disk's cache mode, a mount option, \
                 a library) and measure on another disk.",
                took(median_us)
            ),
            Suspicion::Cache {
                median_us,
                virtual_machine,
                never_flushed,
            } => write!(
                f,
                "{}, which a disk reaches only with a cache that survives a loss of power{}. {}, or take the figures \
                 of durable subjects for too good.",
                took(median_us),
                match never_flushed {
                    true => ", and the kernel never flushes this one",
                    false => "",
                },
                match virtual_machine {
                    true =>
                        "Make sure that the host of this virtual machine does not ignore flushes",
                    false => "Make sure that yours has one (capacitors, a battery)",
                }
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::Calm;

    fn took(median_us: f64) -> Calm {
        let mut calm = Calm::default();
        calm.probe.overwrite.median_us = median_us;
        calm
    }

    #[test]
    fn what_no_disk_reaches_is_warned_of() {
        let said = took(4.0).only();
        assert!(said.starts_with("warning: Writing a page and waiting for fdatasync took 4.0 µs (median), which is faster than any disk"), "{said}");
    }

    #[test]
    fn what_a_protected_cache_reaches_is_a_note_that_names_both_explanations() {
        let mut calm = took(35.0);
        let said = calm.only();
        assert!(said.starts_with("note: "), "{said}");
        assert!(
            said.contains("Make sure that yours has one (capacitors, a battery)"),
            "{said}"
        );
        calm.machine.virtual_machine = Some(true);
        calm.machine.place.write_cache = Some("write through".to_owned());
        let said = calm.only();
        assert!(
            said.contains("the host of this virtual machine does not ignore flushes"),
            "{said}"
        );
        assert!(said.contains("the kernel never flushes this one"), "{said}");
    }

    #[test]
    fn a_disk_that_takes_its_time_is_believed() {
        assert_eq!(took(450.0).laboratory().warnings(), []);
    }

    #[test]
    fn of_memory_only_that_it_is_memory_is_said() {
        let mut calm = took(1.0);
        calm.machine.place.filesystem = "tmpfs".to_owned();
        assert!(calm.only().contains("in memory (tmpfs)"));
    }
}
