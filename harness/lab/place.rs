//! What a directory lies on: file system, device, disk.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::StatVfs;

use crate::measure::Place;

/// What `path` lies on.
///
/// On Linux `/proc/self/mountinfo` and `/sys/dev/block` are read; elsewhere the output of `mount`.
///
/// # Errors
///
/// If the directory does not exist, or the mounts cannot be read.
pub fn place_of(path: &Path) -> io::Result<Place> {
    let directory = path.canonicalize()?;
    let mounts = mounts()?;
    // Of two mounts on one point the later hides the earlier, so the last longest prefix wins.
    let mount = mounts
        .iter()
        .filter(|mount| directory.starts_with(&mount.point))
        .max_by_key(|mount| mount.point.components().count())
        .ok_or_else(|| {
            io::Error::new(
                io::ErrorKind::NotFound,
                format!("no mount holds {}", directory.display()),
            )
        })?;
    let blocks = blocks(mount);
    // What cannot be asked for its room is not known to have any.
    let room = rustix::fs::statvfs(&directory).ok();
    let bytes = |blocks: fn(&StatVfs) -> u64| {
        let room = room.as_ref()?;
        Some(blocks(room).saturating_mul(room.f_frsize))
    };
    Ok(Place {
        directory: directory.display().to_string(),
        filesystem: mount.filesystem.clone(),
        device: mount.device.clone(),
        mount_options: mount.options.clone(),
        disk: blocks.iter().find_map(|block| disk_of_block(block, 4)),
        write_cache: blocks.iter().find_map(|block| write_cache(block)),
        size_bytes: bytes(|room| room.f_blocks),
        free_bytes: bytes(|room| room.f_bavail),
    })
}

/// One line of the kernel's list of mounts.
#[derive(Debug, PartialEq)]
struct Mount {
    /// Major and minor number, e.g. `8:1`; empty where the system does not list them.
    number: String,
    point: PathBuf,
    filesystem: String,
    device: String,
    options: String,
}

#[cfg(target_os = "linux")]
fn mounts() -> io::Result<Vec<Mount>> {
    Ok(mountinfo(&fs::read_to_string("/proc/self/mountinfo")?))
}

#[cfg(not(target_os = "linux"))]
fn mounts() -> io::Result<Vec<Mount>> {
    let output = std::process::Command::new("mount").output()?;
    Ok(mount_output(&String::from_utf8_lossy(&output.stdout)))
}

/// Reads `/proc/self/mountinfo`, see proc(5).
#[cfg(any(target_os = "linux", test))]
fn mountinfo(text: &str) -> Vec<Mount> {
    text.lines()
        .filter_map(|line| {
            let (mount, superblock) = line.split_once(" - ")?;
            let mount: Vec<&str> = mount.split(' ').collect();
            let mut superblock = superblock.split(' ');
            let filesystem = superblock.next()?.to_owned();
            let device = unescape(superblock.next()?);
            let mut options: Vec<&str> = mount.get(5)?.split(',').collect();
            for option in superblock.next().unwrap_or_default().split(',') {
                // An overlay lists its layers' directories here, which say nothing to a stranger.
                if !option.contains('/') && !option.is_empty() && !options.contains(&option) {
                    options.push(option);
                }
            }
            Some(Mount {
                number: (*mount.get(2)?).to_owned(),
                point: PathBuf::from(unescape(mount.get(4)?)),
                filesystem,
                device,
                options: options.join(","),
            })
        })
        .collect()
}

/// Reads what `mount` prints on macOS: `/dev/disk3s1 on / (apfs, local, journaled)`.
#[cfg(any(not(target_os = "linux"), test))]
fn mount_output(text: &str) -> Vec<Mount> {
    text.lines()
        .filter_map(|line| {
            let (device, rest) = line.split_once(" on ")?;
            let (point, options) = rest.rsplit_once(" (")?;
            let (filesystem, options) = options.trim_end_matches(')').split_once(", ")?;
            Some(Mount {
                number: String::new(),
                point: PathBuf::from(point),
                filesystem: filesystem.to_owned(),
                device: device.to_owned(),
                options: options.replace(", ", ","),
            })
        })
        .collect()
}

/// The kernel writes space, tab, newline and backslash in octal.
#[cfg(any(target_os = "linux", test))]
fn unescape(text: &str) -> String {
    [
        ("\\040", " "),
        ("\\011", "\t"),
        ("\\012", "\n"),
        ("\\134", "\\"),
    ]
    .iter()
    .fold(text.to_owned(), |text, (code, plain)| {
        text.replace(code, plain)
    })
}

/// Where the kernel describes the block device under a mount, the likeliest place first.
fn blocks(mount: &Mount) -> Vec<PathBuf> {
    let by_number = Path::new("/sys/dev/block").join(&mount.number);
    // btrfs and others number their mounts themselves; then the device's own name leads to it.
    let name = Path::new(&mount.device).file_name();
    let by_name = name.map(|name| Path::new("/sys/class/block").join(name));
    [Some(by_number), by_name]
        .into_iter()
        .flatten()
        .filter_map(|link| link.canonicalize().ok())
        .collect()
}

/// The whole device that a block device is, or is a partition of.
fn whole(block: &Path) -> Option<&Path> {
    match block.join("partition").exists() {
        true => block.parent(),
        false => Some(block),
    }
}

/// What the kernel takes the device's cache to be. A mapped device (LVM, LUKS) has what those below
/// it have.
fn write_cache(block: &Path) -> Option<String> {
    let text = fs::read_to_string(whole(block)?.join("queue/write_cache")).ok()?;
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Looks at the block device, then at the disk a partition is on, then at what a mapped device
/// (LVM, LUKS) is made of, at most `depth` levels down.
fn disk_of_block(block: &Path, depth: u8) -> Option<String> {
    let whole = whole(block)?;
    let device = whole.join("device");
    if let Ok(model) = fs::read_to_string(device.join("model")) {
        return Some(model.trim().to_owned()).filter(|model| !model.is_empty());
    }
    if let Ok(driver) = device.join("driver").canonicalize() {
        return Some(driver.file_name()?.to_string_lossy().into_owned());
    }
    let depth = depth.checked_sub(1)?;
    fs::read_dir(whole.join("slaves"))
        .ok()?
        .flatten()
        .filter_map(|slave| slave.path().canonicalize().ok())
        .find_map(|slave| disk_of_block(&slave, depth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_directory_lies_on_something() {
        let place = place_of(Path::new("/")).unwrap();
        assert_eq!(place.directory, "/");
        assert!(!place.filesystem.is_empty());
        assert!(place.mount_options.contains("r"));
    }

    #[test]
    fn a_line_of_mountinfo_is_read_with_its_spaces_and_both_kinds_of_options() {
        let line =
            "36 35 8:2 / /mnt/my\\040disk rw,noatime shared:1 - ext4 /dev/sda2 rw,errors=continue";
        assert_eq!(
            mountinfo(line),
            [Mount {
                number: "8:2".into(),
                point: "/mnt/my disk".into(),
                filesystem: "ext4".into(),
                device: "/dev/sda2".into(),
                options: "rw,noatime,errors=continue".into(),
            }]
        );
    }

    #[test]
    fn a_partition_has_the_cache_of_its_disk() {
        let sys = tempfile::tempdir().unwrap();
        let partition = sys.path().join("sda/sda1");
        fs::create_dir_all(&partition).unwrap();
        fs::create_dir(sys.path().join("sda/queue")).unwrap();
        fs::write(sys.path().join("sda/queue/write_cache"), "write back\n").unwrap();
        assert_eq!(write_cache(&partition), None);
        fs::write(partition.join("partition"), "1\n").unwrap();
        assert_eq!(write_cache(&partition).unwrap(), "write back");
        assert_eq!(write_cache(Path::new("/nowhere/at/all")), None);
    }

    #[test]
    fn the_layers_of_an_overlay_are_left_out() {
        let line = "36 35 0:30 / / rw - overlay overlay rw,lowerdir=/var/a:/var/b,volatile";
        let mounts = mountinfo(line);
        assert_eq!(mounts[0].options, "rw,volatile");
    }

    #[test]
    fn a_line_of_mount_on_macos_is_read() {
        let mounts = mount_output("/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled)");
        assert_eq!(mounts[0].filesystem, "apfs");
        assert_eq!(mounts[0].point, Path::new("/System/Volumes/Data"));
        assert_eq!(mounts[0].options, "local,journaled");
    }
}
