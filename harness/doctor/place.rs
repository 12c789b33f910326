//! Where databases would go, or why they cannot and what is nearest.

use std::path::{Path, PathBuf};

use crate::lab::directory::{self, DirectoryError};

/// Where databases would go.
pub(super) struct Place {
    /// The directory, if it is there.
    pub(super) directory: Option<PathBuf>,
    /// The same, or the nearest above it that there is: that is what it would lie on.
    pub(super) near: PathBuf,
    /// Whether a file may be made in `near` to time the disk.
    pub(super) writable: bool,
    /// Why databases cannot go there, one sentence.
    pub(super) trouble: Option<String>,
}

impl Place {
    /// The place for these options.
    pub(super) fn of(asked: Option<&Path>, allow_memory: bool) -> Place {
        match directory::choose(asked, allow_memory) {
            Ok(directory) => Place {
                near: directory.clone(),
                directory: Some(directory),
                writable: true,
                trouble: None,
            },
            Err(error) => {
                let asked = asked.unwrap_or(Path::new("/var/tmp"));
                let directory = asked.canonicalize().ok().filter(|path| path.is_dir());
                let writable = matches!(
                    error,
                    DirectoryError::InMemory { .. } | DirectoryError::Full { .. }
                );
                Place {
                    near: directory.clone().unwrap_or_else(|| nearest(asked)),
                    directory,
                    writable,
                    trouble: Some(error.to_string()),
                }
            }
        }
    }
}

/// The nearest directory above a path that there is.
fn nearest(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| PathBuf::from("/"));
    path.ancestors()
        .filter_map(|above| above.canonicalize().ok())
        .find(|above| above.is_dir())
        .unwrap_or_else(|| PathBuf::from("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_missing_directory_the_nearest_above_is_looked_at_and_not_written() {
        let root = tempfile::tempdir().unwrap();
        let place = Place::of(Some(&root.path().join("a/b")), true);
        assert_eq!(place.near, root.path().canonicalize().unwrap());
        assert!(place.directory.is_none() && !place.writable);
        assert!(place.trouble.unwrap().contains("does not exist"));
    }

    #[test]
    fn a_relative_path_leads_to_something_too() {
        assert!(nearest(Path::new("no/such/directory")).is_dir());
        assert_eq!(nearest(Path::new("/nowhere/at/all")), Path::new("/"));
    }
}
