//! Who runs the server when the suite runs as root, which PostgreSQL refuses.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use super::LocalError;

/// A user without privileges.
#[derive(Debug, Clone)]
pub(in crate::subject::server) struct Account {
    pub(super) name: &'static str,
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Account {
    /// `None` if this process runs as an ordinary user, who then runs the server too.
    pub(in crate::subject::server) fn for_server() -> Result<Option<Self>, LocalError> {
        if !rustix::process::geteuid().is_root() {
            return Ok(None);
        }
        ["postgres", "nobody"]
            .into_iter()
            .find_map(Self::named)
            .map(Some)
            .ok_or(LocalError::NoAccount)
    }

    /// Asks `id`, which knows users that are not in `/etc/passwd`.
    fn named(name: &'static str) -> Option<Self> {
        let id = |option| {
            let output = Command::new("id").args([option, name]).output().ok()?;
            String::from_utf8_lossy(&output.stdout).trim().parse().ok()
        };
        Some(Self {
            name,
            uid: id("-u")?,
            gid: id("-g")?,
        })
    }

    /// Makes a command run as this user. Its other groups are given up as well.
    pub(super) fn apply(&self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }

    /// Whether this user may pass through every directory above `path`.
    pub(in crate::subject::server) fn can_reach(&self, path: &Path) -> Result<(), LocalError> {
        for directory in path.ancestors().skip(1) {
            let Ok(metadata) = fs::metadata(directory) else {
                continue;
            };
            let bit = if metadata.uid() == self.uid {
                0o100
            } else if metadata.gid() == self.gid {
                0o010
            } else {
                0o001
            };
            if metadata.mode() & bit == 0 {
                return Err(LocalError::Closed {
                    user: self.name.to_owned(),
                    directory: directory.to_owned(),
                });
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_closed_directory_on_the_way_is_named() {
        let root = tempfile::tempdir().unwrap();
        let stranger = Account {
            name: "stranger",
            uid: 4_000_000,
            gid: 4_000_000,
        };
        let closed = root.path().join("closed");
        fs::create_dir_all(closed.join("inner")).unwrap();
        fs::set_permissions(root.path(), fs::Permissions::from_mode(0o711)).unwrap();
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
        let error = stranger.can_reach(&closed.join("inner")).unwrap_err();
        assert!(error.to_string().contains("closed"), "{error}");
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o711)).unwrap();
        stranger.can_reach(&closed.join("inner")).unwrap();
    }
}
