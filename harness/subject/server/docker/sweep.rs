//! Labels containers, and removes those of runs that are dead.

use std::collections::HashMap;
use std::path::Path;

use futures::future::join_all;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::{
    ContainerSummary, NetworkConnectRequest, NetworkDisconnectRequest,
};
use testcontainers::bollard::query_parameters::{
    InspectContainerOptions, InspectNetworkOptions, ListContainersOptionsBuilder,
    ListNetworksOptionsBuilder, RemoveContainerOptionsBuilder,
};

use crate::lab::Scratch;
use crate::lab::scratch::{is_held, remove_leftover};

/// Which system it is a part of: a run has one after the other.
pub(crate) const STACK: &str = "org.contend.stack";
/// Which run it belongs to.
const SCRATCH: &str = "org.contend.scratch";
/// Which of its servers it is: a run may have several.
const SERVER: &str = "org.contend.server";
/// The lock file that shows whether that run is alive.
const LOCK: &str = "org.contend.lock";
/// On which host that file lies: several may share one daemon.
const HOST: &str = "org.contend.host";

/// The labels of a container of this run.
pub(crate) fn labels(scratch: &Scratch, server: &str) -> [(&'static str, String); 4] {
    [
        (SERVER, server.to_owned()),
        (SCRATCH, scratch.id().to_owned()),
        (LOCK, scratch.lock_path().display().to_string()),
        (HOST, host()),
    ]
}

/// Removes the containers and networks whose run is dead, and their data. What cannot be removed is left: the next
/// run tries again.
pub(crate) async fn sweep(docker: &Docker, scratch: &Scratch) {
    for container in list(docker, SCRATCH).await {
        let labels = container.labels.unwrap_or_default();
        if !is_dead(&labels, scratch) {
            continue;
        }
        remove(docker, container.id.as_deref()).await;
        if let (Some(id), Some(directory)) = (labels.get(SCRATCH), scratch.lock_path().parent())
            && labels.get(LOCK).map(Path::new) == Some(scratch.lock_path())
        {
            remove_leftover(directory, id);
        }
    }
    sweep_networks(docker, scratch).await;
}

/// The container of a server.
pub(super) async fn of_server(docker: &Docker, server: &str) -> Option<String> {
    let containers = list(docker, &format!("{SERVER}={server}")).await;
    containers.into_iter().find_map(|container| container.id)
}

/// Removes the containers of one server, or of all systems on a network.
pub(crate) async fn remove_own(docker: &Docker, server: &str) {
    remove_all(docker, &format!("{SERVER}={server}")).await;
}

/// Removes the containers of one system.
pub(crate) async fn remove_stack(docker: &Docker, stack: &str) {
    remove_all(docker, &format!("{STACK}={stack}")).await;
}

/// Lets the container of a server join a network; its address there.
pub(super) async fn join(
    docker: &Docker,
    server: &str,
    network: &str,
) -> Result<Option<String>, Error> {
    let mut found = None;
    for container in list(docker, &format!("{SERVER}={server}")).await {
        let id = container.id.unwrap_or_default();
        let request = NetworkConnectRequest {
            container: id.clone(),
            ..NetworkConnectRequest::default()
        };
        docker.connect_network(network, request).await?;
        let inspected = docker
            .inspect_container(&id, None::<InspectContainerOptions>)
            .await?;
        found = inspected
            .network_settings
            .and_then(|settings| settings.networks?.remove(network)?.ip_address);
    }
    Ok(found.filter(|address| !address.is_empty()))
}

async fn remove_all(docker: &Docker, label: &str) {
    let containers = list(docker, label).await;
    let removals = containers
        .iter()
        .map(|container| remove(docker, container.id.as_deref()));
    join_all(removals).await;
}

/// Removes the networks whose run is dead.
async fn sweep_networks(docker: &Docker, scratch: &Scratch) {
    let filters = HashMap::from([("label", vec![SCRATCH])]);
    let options = ListNetworksOptionsBuilder::new().filters(&filters).build();
    let networks = docker.list_networks(Some(options)).await;
    for network in networks.unwrap_or_default() {
        if let (Some(name), true) = (
            network.name,
            is_dead(&network.labels.unwrap_or_default(), scratch),
        ) {
            remove_network(docker, &name).await;
        }
    }
}

/// Removes a network, whoever is still in it.
pub(crate) async fn remove_network(docker: &Docker, name: &str) {
    let inspected = docker
        .inspect_network(name, None::<InspectNetworkOptions>)
        .await;
    let inside = inspected.ok().and_then(|network| network.containers);
    for container in inside.unwrap_or_default().into_keys() {
        let request = NetworkDisconnectRequest {
            container,
            force: Some(true),
        };
        drop(docker.disconnect_network(name, request).await);
    }
    // Gone already, or the daemon is: nothing is left to do.
    drop(docker.remove_network(name).await);
}

/// Whether the run that labelled a container is known to be dead.
fn is_dead(labels: &HashMap<String, String>, scratch: &Scratch) -> bool {
    let (Some(id), Some(lock), Some(its_host)) =
        (labels.get(SCRATCH), labels.get(LOCK), labels.get(HOST))
    else {
        return false;
    };
    let lock = Path::new(lock);
    *its_host == host()
        && if lock == scratch.lock_path() {
            // This run holds the lock, so no other run on this directory is alive.
            id != scratch.id()
        } else {
            !is_held(lock)
        }
}

async fn list(docker: &Docker, label: &str) -> Vec<ContainerSummary> {
    let filters = HashMap::from([("label", vec![label])]);
    let options = ListContainersOptionsBuilder::new()
        .all(true)
        .filters(&filters)
        .build();
    docker
        .list_containers(Some(options))
        .await
        .unwrap_or_default()
}

async fn remove(docker: &Docker, id: Option<&str>) {
    let options = RemoveContainerOptionsBuilder::new()
        .force(true)
        .v(true)
        .build();
    if let Some(id) = id {
        // An error means that it is gone already, or that the daemon is: nothing is left to do.
        drop(docker.remove_container(id, Some(options)).await);
    }
}

fn host() -> String {
    rustix::system::uname()
        .nodename()
        .to_string_lossy()
        .into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels_of(id: &str, lock: &Path, host: String) -> HashMap<String, String> {
        HashMap::from([
            (SCRATCH.to_owned(), id.to_owned()),
            (LOCK.to_owned(), lock.display().to_string()),
            (HOST.to_owned(), host),
        ])
    }

    #[test]
    fn only_containers_of_dead_runs_on_this_host_are_swept() {
        let mine = tempfile::tempdir().unwrap();
        let theirs = tempfile::tempdir().unwrap();
        let scratch = Scratch::claim(mine.path()).unwrap();
        let other = Scratch::claim(theirs.path()).unwrap();
        let dead = |id: &str, lock: &Path| is_dead(&labels_of(id, lock, host()), &scratch);

        assert!(!dead(scratch.id(), scratch.lock_path()), "this run");
        assert!(dead("00000000", scratch.lock_path()), "an earlier run here");
        assert!(!dead(other.id(), other.lock_path()), "a live run elsewhere");
        assert!(
            dead("00000000", Path::new("/nowhere/contend.lock")),
            "its lock is gone"
        );
        let elsewhere = labels_of(
            "00000000",
            Path::new("/nowhere/contend.lock"),
            "another".into(),
        );
        assert!(!is_dead(&elsewhere, &scratch), "another host's");
        assert!(!is_dead(&HashMap::new(), &scratch), "not labelled as ours");
    }
}
