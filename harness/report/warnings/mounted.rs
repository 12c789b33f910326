//! Mount options that change what a commit costs, or what it promises.

use serde::Serialize;

use crate::measure::Place;

use super::Severity;
use super::laboratory::Laboratory;

/// Mount options with which a sync does not flush the disk's cache (docs.kernel.org/admin-guide/ext4.html,
/// btrfs(5)), or does nothing at all (`volatile`: docs.kernel.org/filesystems/overlayfs.html).
const UNFLUSHED: &[&str] = &["nobarrier", "barrier=0", "volatile"];

/// Mount options with which every write waits for the disk, asked or not (mount(8)).
const SYNCHRONOUS: &[&str] = &["sync", "dirsync", "synchronous"];

/// Journal modes of ext4 other than its default, `ordered` (docs.kernel.org/admin-guide/ext4.html).
const JOURNAL: &[&str] = &["data=writeback", "data=journal"];

/// A mount option, and the directory whose file system has it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mounted {
    /// Syncs do not reach the disk.
    Unflushed(String, String),
    /// Every write waits.
    Synchronous(String, String),
    /// The journal is not the usual one.
    Journal(String, String),
}

/// The options of every place where databases lie.
pub fn of(laboratory: &Laboratory) -> Vec<Mounted> {
    laboratory.places().into_iter().flat_map(options).collect()
}

fn options(place: &Place) -> Vec<Mounted> {
    let options = place.mount_options.split(',');
    options
        .filter_map(|option| {
            let kind = match option {
                _ if UNFLUSHED.contains(&option) => Mounted::Unflushed,
                _ if SYNCHRONOUS.contains(&option) => Mounted::Synchronous,
                _ if JOURNAL.contains(&option) => Mounted::Journal,
                _ => return None,
            };
            Some(kind(option.to_owned(), place.directory.clone()))
        })
        .collect()
}

impl Mounted {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Mounted::Unflushed(..) | Mounted::Synchronous(..) => Severity::Warning,
            Mounted::Journal(..) => Severity::Note,
        }
    }
}

impl std::fmt::Display for Mounted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Mounted::Unflushed(option, directory) => write!(
                f,
                "The file system of {directory} is mounted with {option}: a sync does not flush the disk's cache, so \
                 commits are faster than they may be and can be lost with the power. Mount it without, or believe no \
                 figure of a durable subject."
            ),
            Mounted::Synchronous(option, directory) => write!(
                f,
                "The file system of {directory} is mounted with {option}: every write waits for the disk, also where \
                 a subject does not ask for it. Mount it without."
            ),
            Mounted::Journal(option, directory) => write!(
                f,
                "The file system of {directory} is mounted with {option}, which changes what a commit costs. Mount it \
                 with the default, data=ordered, unless the disk that you will use has the same."
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::{Calm, only, place};
    use super::super::laboratory::PostgresData;

    #[test]
    fn mount_options_that_change_what_a_sync_does_are_warned_of() {
        for (options, expected) in [
            (
                "rw,nobarrier",
                "warning: The file system of /srv/contend is mounted with nobarrier: a sync does not",
            ),
            ("rw,barrier=0", "mounted with barrier=0: a sync does not"),
            ("volatile", "mounted with volatile: a sync does not"),
            (
                "sync,rw",
                "warning: The file system of /srv/contend is mounted with sync: every write waits",
            ),
            ("dirsync", "mounted with dirsync: every write waits"),
            (
                "rw,data=writeback",
                "note: The file system of /srv/contend is mounted with data=writeback, which",
            ),
            ("rw,data=journal", "mounted with data=journal, which"),
        ] {
            let said = {
                let mut calm = Calm::default();
                calm.machine.place.mount_options = options.to_owned();
                calm.only()
            };
            assert!(said.contains(expected), "{said}");
        }
    }

    #[test]
    fn the_usual_options_are_not_mentioned() {
        let mut calm = Calm::default();
        calm.machine.place.mount_options =
            "rw,noatime,barrier,data=ordered,async,nosync".to_owned();
        assert_eq!(calm.laboratory().warnings(), []);
    }

    #[test]
    fn the_options_of_both_disks_are_looked_at() {
        let calm = Calm::default();
        let mut other = place("ext4", "/dev/sdb1");
        other.mount_options = "nobarrier".to_owned();
        let mut laboratory = calm.laboratory();
        laboratory.postgres = PostgresData::At(&other);
        laboratory.sqlite = false;
        assert!(only(laboratory).contains("nobarrier"));
    }
}
