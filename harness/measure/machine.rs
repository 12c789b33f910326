//! What a run file says of the machine it was measured on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Neighbours;

/// The machine as a stranger needs to know it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Machine {
    /// Operating system and distribution, e.g. `Debian GNU/Linux 12 (bookworm)`.
    pub system: String,
    /// Kernel name and release.
    pub kernel: String,
    /// The processor's name.
    pub cpu: String,
    /// Processors this process may use.
    pub cpus: u32,
    /// Processors that the scheduler may give to this process, whatever its quota; `None` if the
    /// kernel does not tell.
    pub cpus_allowed: Option<u32>,
    /// How many processors' time the control groups of this process may use (`cpu.max` of
    /// cgroup v2); `None` without a limit, and where the kernel does not tell.
    pub cpu_quota: Option<f64>,
    /// The frequency governor of the first processor, if the kernel tells one.
    pub governor: Option<String>,
    /// Whether processors may exceed their nominal frequency while they are cool; `None` if the
    /// kernel does not tell.
    pub boost: Option<bool>,
    /// Whether the machine runs on a battery; `None` if it tells of no power supply.
    pub on_battery: Option<bool>,
    /// What the kernel reads the time from, e.g. `tsc`, if it tells.
    pub clock_source: Option<String>,
    /// Whether the kernel says that it runs on a hypervisor; `None` where it does not say.
    pub virtual_machine: Option<bool>,
    /// Main memory in bytes; 0 if unknown.
    pub memory_bytes: u64,
    /// Memory that was available before the run without swapping, in bytes, if the kernel tells.
    pub memory_available_bytes: Option<u64>,
    /// What was swapped out before the run, in bytes, if the kernel tells.
    pub swap_used_bytes: Option<u64>,
    /// The soft limit of open files.
    pub open_files: u64,
    /// Average number of runnable processes in the minute before the run.
    pub load_average: f64,
    /// What others did just before the run; `None` if nobody listened.
    pub neighbours: Option<Neighbours>,
    /// Where the SQLite files lie.
    pub place: Place,
}

/// A directory and what it lies on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The directory.
    pub directory: String,
    /// The kind of file system, e.g. `ext4`.
    pub filesystem: String,
    /// The device it is on, as the kernel names it.
    pub device: String,
    /// Mount options, as the kernel lists them.
    pub mount_options: String,
    /// The disk's model or driver, if the kernel tells one.
    pub disk: Option<String>,
    /// The disk's cache as the kernel takes it to be: `write back` is flushed for a sync, `write
    /// through` never; `None` if the kernel does not tell.
    pub write_cache: Option<String>,
    /// The size of the file system in bytes, if it tells.
    pub size_bytes: Option<u64>,
    /// What was free on it before the run for who is not root, in bytes, if it tells.
    pub free_bytes: Option<u64>,
}

impl Place {
    /// Whether what is written there is kept in memory only, so that a sync costs nothing.
    pub fn is_memory(&self) -> bool {
        matches!(self.filesystem.as_str(), "tmpfs" | "ramfs" | "devtmpfs")
            || self.device.starts_with("/dev/zram")
            || self.device.starts_with("/dev/ram")
    }

    /// Whether it is the layered file system of a container, where a write is not what it is on a
    /// disk.
    pub fn is_overlay(&self) -> bool {
        matches!(
            self.filesystem.as_str(),
            "overlay" | "overlayfs" | "aufs" | "fuse.fuse-overlayfs"
        )
    }
}

/// What was probed before the first round.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    /// A page of 4,096 bytes appended to a file, then fdatasync: the file grows, so its length is
    /// written, too.
    pub append: SyncTimes,
    /// A page of 4,096 bytes written over an older one, then fdatasync: what a commit costs at
    /// least. PostgreSQL's log is made beforehand; SQLite's write-ahead log grows for its first
    /// thousand pages and is used again after that.
    pub overwrite: SyncTimes,
    /// What reading the monotonic clock costs, in nanoseconds.
    pub clock_ns: f64,
    /// Share of CPU time that the hypervisor took for other guests while probing, from 0 to 1;
    /// `None` where the kernel does not say.
    pub steal: Option<f64>,
}

/// How long it took to write a page and wait for fdatasync.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SyncTimes {
    /// How many times it was done.
    pub samples: u32,
    /// The median, in microseconds.
    pub median_us: f64,
    /// The 10th percentile, in microseconds; `None` in files of older builds.
    pub p10_us: Option<f64>,
    /// The 90th percentile, in microseconds; `None` in files of older builds.
    pub p90_us: Option<f64>,
    /// The fastest, in microseconds.
    pub min_us: f64,
    /// The slowest, in microseconds.
    pub max_us: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_overlay_are_told_from_disks() {
        let place = |filesystem: &str, device: &str| Place {
            directory: "/x".into(),
            filesystem: filesystem.into(),
            device: device.into(),
            mount_options: String::new(),
            disk: None,
            write_cache: None,
            size_bytes: None,
            free_bytes: None,
        };
        assert!(place("tmpfs", "none").is_memory());
        assert!(place("ext4", "/dev/zram0").is_memory());
        assert!(!place("ext4", "/dev/sda1").is_memory());
        assert!(place("overlay", "overlay").is_overlay());
        assert!(!place("xfs", "/dev/sda1").is_overlay());
    }
}
