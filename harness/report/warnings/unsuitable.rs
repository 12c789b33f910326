//! Where databases lie, if a commit there is not what it is on an ordinary disk.

use serde::Serialize;

use crate::measure::Place;
use crate::report::numbers::{bytes, rough_percent};

use super::Severity;
use super::laboratory::{Laboratory, PostgresData, is_same};

/// What is free on a file system, in bytes, below which a run may fill it: twice the 1.5 GB without
/// which no run begins, because others write there, too.
const LITTLE_ROOM: u64 = 3_000_000_000;

/// The share that should be free: a file system that is nearly full finds no room in one piece
/// (ext4 keeps 5 % back for that, mke2fs(8)), and a flash disk no erased blocks.
const NEARLY_FULL: f64 = 0.1;

/// File systems on another machine, or on the host of this virtual one: SQLite's locks and shared
/// memory may not work there (sqlite.org/useovernet.html), and a sync waits for a network.
const NETWORKED: &[&str] = &[
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "fuse.glusterfs",
    "fuse.sshfs",
    "glusterfs",
    "lustre",
    "nfs",
    "nfs4",
    "smb3",
    "smbfs",
    "virtiofs",
];

/// Why a place is not like the disk of a database.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unsuitable {
    /// PostgreSQL writes to a disk that is not known.
    UnknownDisk,
    /// PostgreSQL and SQLite write to different places: the two, in words.
    OtherDisk(String, String),
    /// Databases are in memory: whose, and the file system.
    InMemory(&'static str, String),
    /// Databases are on the layers of a container: the file system.
    Overlay(String),
    /// Databases are on a file system of another machine: which.
    Networked(String),
    /// The disk may fill up during a run.
    LittleRoom {
        /// The directory.
        directory: String,
        /// What is free, in bytes.
        free: u64,
    },
    /// The disk is nearly full.
    NearlyFull {
        /// The directory.
        directory: String,
        /// What is free, from 0 to 1.
        share: f64,
    },
}

/// What is to be said of where databases lie.
pub fn of(laboratory: &Laboratory) -> Vec<Unsuitable> {
    let place = &laboratory.machine.place;
    let mut found = Vec::new();
    if laboratory.sqlite && place.is_memory() {
        found.push(Unsuitable::InMemory(
            "The SQLite files",
            place.filesystem.clone(),
        ));
    }
    if laboratory.sqlite && place.is_overlay() {
        found.push(Unsuitable::Overlay(place.filesystem.clone()));
    }
    match laboratory.postgres {
        PostgresData::Absent => {}
        PostgresData::Unknown => found.push(Unsuitable::UnknownDisk),
        PostgresData::At(data) => {
            if data.is_memory() {
                let filesystem = data.filesystem.clone();
                found.push(Unsuitable::InMemory("PostgreSQL's data", filesystem));
            }
            if laboratory.sqlite && !is_same(data, place) {
                found.push(Unsuitable::OtherDisk(words(data), words(place)));
            }
        }
    }
    for place in laboratory.places() {
        found.extend(networked(place));
        found.extend(room(place));
    }
    found
}

fn words(place: &Place) -> String {
    format!("{} on {}", place.filesystem, place.device)
}

fn networked(place: &Place) -> Option<Unsuitable> {
    let filesystem = place.filesystem.as_str();
    NETWORKED
        .contains(&filesystem)
        .then(|| Unsuitable::Networked(filesystem.to_owned()))
}

fn room(place: &Place) -> Option<Unsuitable> {
    let free = place.free_bytes?;
    let directory = place.directory.clone();
    if free < LITTLE_ROOM {
        return Some(Unsuitable::LittleRoom { directory, free });
    }
    // In memory nothing is looked for.
    let size = place.size_bytes.filter(|size| *size > 0)?;
    let share = free as f64 / size as f64;
    (share < NEARLY_FULL && !place.is_memory())
        .then_some(Unsuitable::NearlyFull { directory, share })
}

impl Unsuitable {
    /// How much it weighs.
    pub fn severity(&self) -> Severity {
        match self {
            Unsuitable::InMemory(..) => Severity::Grave,
            Unsuitable::NearlyFull { .. } => Severity::Note,
            _ => Severity::Warning,
        }
    }
}

impl std::fmt::Display for Unsuitable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Unsuitable::UnknownDisk => f.write_str(
                "PostgreSQL is on a server whose disk is not known: its commits and those of SQLite may not wait for \
                 the same disk, and no fdatasync is timed beside its trials. Put both on one disk to compare engines \
                 rather than disks.",
            ),
            Unsuitable::OtherDisk(postgres, sqlite) => write!(
                f,
                "PostgreSQL's data is on {postgres}, the SQLite files are on {sqlite}: their commits do not wait for \
                 the same disk. Put both on one to compare engines rather than disks."
            ),
            Unsuitable::InMemory(what, filesystem) => write!(
                f,
                "{what} lie in memory ({filesystem}), where a commit waits for no disk and survives no loss of power. \
                 Measure in a directory on the disk that you will use."
            ),
            Unsuitable::Overlay(filesystem) => write!(
                f,
                "The SQLite files lie on the layers of a container ({filesystem}), where no database should be. \
                 Measure in a volume."
            ),
            Unsuitable::Networked(filesystem) => write!(
                f,
                "Databases lie on {filesystem}, the file system of another machine or of this one's host: locks may \
                 not hold there, a write-ahead log does not work across machines, and a commit waits for more than a \
                 disk. Measure on a local disk."
            ),
            Unsuitable::LittleRoom { directory, free } => write!(
                f,
                "Only {} are free in {directory}: a run may fill the disk, and trials then fail. Make room, or choose \
                 another directory with --dir.",
                bytes(*free)
            ),
            Unsuitable::NearlyFull { directory, share } => write!(
                f,
                "The disk of {directory} is nearly full ({} are free), which makes writing slower on many disks. Make \
                 room, or choose another directory with --dir.",
                rough_percent(*share)
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::calm::Calm;
    use super::super::calm::{only, place};
    use super::super::laboratory::PostgresData;

    /// What is said of SQLite files that lie there.
    fn said_of(change: impl FnOnce(&mut crate::measure::Place)) -> String {
        let mut calm = Calm::default();
        change(&mut calm.machine.place);
        calm.only()
    }

    #[test]
    fn memory_is_grave_and_an_overlay_or_a_network_a_warning() {
        let lies_on = |filesystem: &str| said_of(|place| place.filesystem = filesystem.to_owned());
        assert!(lies_on("tmpfs").starts_with("grave: The SQLite files lie in memory (tmpfs)"));
        assert!(lies_on("overlay").starts_with("warning: The SQLite files lie on the layers"));
        for filesystem in ["nfs4", "cifs", "9p"] {
            let said = lies_on(filesystem);
            assert!(
                said.starts_with(&format!("warning: Databases lie on {filesystem}, ")),
                "{said}"
            );
        }
    }

    #[test]
    fn little_room_is_warned_of_and_a_disk_that_is_nearly_full_noted() {
        let said = said_of(|place| place.free_bytes = Some(2_000_000_000));
        assert!(
            said.starts_with("warning: Only 1.86 GiB are free in /srv/contend"),
            "{said}"
        );
        let said = said_of(|place| place.free_bytes = Some(8_000_000_000));
        assert!(
            said.starts_with("note: The disk of /srv/contend is nearly full (8.0 % are free)"),
            "{said}"
        );
        let mut calm = Calm::default();
        (calm.machine.place.free_bytes, calm.machine.place.size_bytes) = (None, None);
        assert_eq!(calm.laboratory().warnings(), []);
    }

    #[test]
    fn a_server_on_another_disk_or_one_that_is_not_known_is_warned_of() {
        let calm = Calm::default();
        let mut laboratory = calm.laboratory();
        laboratory.postgres = PostgresData::Unknown;
        assert!(
            only(laboratory)
                .starts_with("warning: PostgreSQL is on a server whose disk is not known")
        );
        let other = place("xfs", "/dev/sdb1");
        laboratory.postgres = PostgresData::At(&other);
        assert!(
            only(laboratory)
                .contains("PostgreSQL's data is on xfs on /dev/sdb1, the SQLite files are on ext4")
        );
        laboratory.postgres = PostgresData::At(&calm.machine.place);
        assert_eq!(laboratory.warnings(), []);
    }
}
