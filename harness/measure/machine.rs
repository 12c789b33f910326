//! What a run file says of the machine it was measured on.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

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
    /// The frequency governor of the first processor, if the kernel tells one.
    pub governor: Option<String>,
    /// Whether the kernel says that it runs on a hypervisor; `None` where it does not say.
    pub virtual_machine: Option<bool>,
    /// Main memory in bytes; 0 if unknown.
    pub memory_bytes: u64,
    /// The soft limit of open files.
    pub open_files: u64,
    /// Average number of runnable processes in the minute before the run.
    pub load_average: f64,
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
        };
        assert!(place("tmpfs", "none").is_memory());
        assert!(place("ext4", "/dev/zram0").is_memory());
        assert!(!place("ext4", "/dev/sda1").is_memory());
        assert!(place("overlay", "overlay").is_overlay());
        assert!(!place("xfs", "/dev/sda1").is_overlay());
    }
}
