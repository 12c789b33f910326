//! How long the files may become that an instance writes: the nearest to a full disk that can be done
//! to a process that runs, by who may not mount a file system.

use anyhow::Result;
use rustix::process::Pid;

/// Why files cannot be limited.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CannotLimit {
    /// There is no such system call.
    #[error("this system does not limit the files of a process that runs")]
    System,
    /// Docker's processes are not among this machine's, as on macOS or with a daemon elsewhere.
    #[error("the processes of the containers are not this machine's own")]
    Elsewhere,
    /// The process belongs to somebody else, as with mapped users.
    #[error("this user may not limit the processes of the containers")]
    NotAllowed,
}

/// Lets a process write no file beyond so many bytes; `None` takes the limit away again. A write beyond it
/// fails with EFBIG, and sends the signal SIGXFSZ, which the app does not die of
/// (man7.org/linux/man-pages/man2/getrlimit.2.html).
///
/// # Errors
/// [`CannotLimit`].
#[cfg(target_os = "linux")]
pub fn files(process: Pid, bytes: Option<u64>) -> Result<()> {
    use rustix::process::{Resource, Rlimit, getrlimit, prlimit};

    let maximum = getrlimit(Resource::Fsize).maximum;
    let current = bytes.or(maximum);
    // Only the soft limit is lowered, which anybody may raise again.
    match prlimit(Some(process), Resource::Fsize, Rlimit { current, maximum }) {
        Ok(_) => Ok(()),
        Err(rustix::io::Errno::PERM) => Err(CannotLimit::NotAllowed.into()),
        Err(error) => Err(error.into()),
    }
}

/// Lets a process write no file beyond so many bytes, which this system cannot.
///
/// # Errors
/// [`CannotLimit`].
#[cfg(not(target_os = "linux"))]
pub fn files(_process: Pid, _bytes: Option<u64>) -> Result<()> {
    Err(CannotLimit::System.into())
}

/// The process of a container by its number as Docker tells it, if this machine has the same: the names
/// of its control groups hold the container's.
///
/// # Errors
/// [`CannotLimit`].
pub fn process_of(number: i64, container: &str) -> Result<Pid> {
    let groups = std::fs::read_to_string(format!("/proc/{number}/cgroup")).unwrap_or_default();
    let process = i32::try_from(number).ok().and_then(Pid::from_raw);
    match process.filter(|_| groups.contains(container)) {
        Some(process) => Ok(process),
        None => Err(CannotLimit::Elsewhere.into()),
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_of_this_machine_is_no_containers_because_of_its_number() {
        let own = i64::from(std::process::id());
        let error = process_of(own, "0123456789abcdef").unwrap_err();
        assert_eq!(error.downcast_ref(), Some(&CannotLimit::Elsewhere));
    }
}
