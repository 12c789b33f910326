//! Looks at every way to a server without taking one: nothing is started, pulled or swept.

use std::path::Path;

use serde::Serialize;

use crate::measure::Provision;

use super::admin::Admin;
use super::{ProvideError, ServerUrl, Wanted, docker, local, readback, wheel};

/// The ways to a server, and which would be taken.
#[derive(Debug, Serialize)]
pub struct Inspection {
    /// What was asked for, without a password.
    pub wanted: String,
    /// Every way that was looked at, in the order in which they are tried.
    pub ways: Vec<Way>,
    /// Which would be taken; `None` if none leads to a server.
    pub taken: Option<Provision>,
}

/// One way to a server.
#[derive(Debug, Serialize)]
pub struct Way {
    /// Which.
    pub provision: Provision,
    /// Whether what was asked for allows to take it.
    pub allowed: bool,
    /// What is at its end, in words.
    pub found: Option<String>,
    /// Why it leads nowhere, one sentence.
    pub trouble: Option<String>,
}

impl Way {
    fn new<E: ToString>(provision: Provision, wanted: &Wanted, seen: Result<String, E>) -> Way {
        let (found, trouble) = match seen {
            Ok(found) => (Some(found), None),
            Err(error) => (None, Some(error.to_string())),
        };
        let allowed = match wanted {
            Wanted::Url(_) => provision == Provision::Url,
            Wanted::Docker => provision == Provision::Docker,
            Wanted::Local => provision == Provision::Local,
            Wanted::Wheel => provision == Provision::Wheel,
            Wanted::Auto => true,
        };
        Way {
            provision,
            allowed,
            found,
            trouble,
        }
    }
}

impl Inspection {
    /// The ways that are tried before the one that would be taken, or that all fail.
    pub fn passed_over(&self) -> impl Iterator<Item = &Way> {
        self.ways
            .iter()
            .filter(|way| way.allowed && way.trouble.is_some())
    }
}

/// Looks at every way, within about three seconds; `image` is that of a container, `directory`
/// where data would go, `connections` what a run needs at once, and `offline` whether nothing may be fetched.
///
/// # Errors
/// If the system refuses a runtime for the connections.
pub fn inspect(
    wanted: &Wanted,
    image: &str,
    directory: &Path,
    connections: u32,
    offline: bool,
) -> Result<Inspection, ProvideError> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .thread_name("contend-postgres")
        .enable_all()
        .build()
        .map_err(ProvideError::Runtime)?;
    let (given, docker) = runtime.block_on(async {
        let given = async {
            match wanted {
                Wanted::Url(url) => Some(look_at(url, connections).await),
                _ => None,
            }
        };
        tokio::join!(given, docker::inspect(image, offline))
    });
    runtime.shutdown_background();
    let mut ways = Vec::new();
    ways.extend(given.map(|seen| Way::new(Provision::Url, wanted, seen)));
    ways.push(Way::new(Provision::Docker, wanted, docker));
    let local = local::inspect(directory);
    ways.push(Way::new(Provision::Local, wanted, local));
    let wheel = wheel::inspect(directory, offline);
    ways.push(Way::new(Provision::Wheel, wanted, wheel));
    let taken = ways
        .iter()
        .find(|way| way.allowed && way.found.is_some())
        .map(|way| way.provision);
    Ok(Inspection {
        wanted: wanted.to_string(),
        ways,
        taken,
    })
}

/// Connects to a server that is there already, and sees whether a run could use it.
async fn look_at(url: &ServerUrl, connections: u32) -> Result<String, ProvideError> {
    let options = url.options()?.application_name("contend doctor");
    let mut admin = Admin::connect(options).await?;
    let seen = async {
        let readback = readback::read(&mut admin).await?;
        readback::check_fitness(&mut admin, connections).await?;
        Ok::<_, super::ServerError>(readback)
    }
    .await;
    admin.close().await;
    let readback = seen?;
    let encrypted = match readback.encrypted {
        true => ", encrypted with TLS",
        false => "",
    };
    Ok(format!(
        "PostgreSQL {} at {url}{encrypted}",
        readback.version
    ))
}
