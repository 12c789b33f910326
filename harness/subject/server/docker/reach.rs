//! How PostgreSQL in a container is reached, and whether it answers.

use std::time::{Duration, Instant};

use futures::StreamExt as _;
use testcontainers::bollard::Docker;
use testcontainers::bollard::query_parameters::{InspectContainerOptions, LogsOptionsBuilder};
use testcontainers::core::IntoContainerPort as _;
use testcontainers::{ContainerAsync, GenericImage};
use tokio::time::timeout;

use super::super::admin::Admin;
use super::super::{Secret, ServerError, ServerUrl};
use super::image::Image;
use super::{DockerError, PORT};

/// Waits until PostgreSQL answers over TCP. While the image prepares itself it listens on a socket inside
/// only, so an answer means that it is done.
pub(super) async fn ready(
    docker: &Docker,
    container: &ContainerAsync<GenericImage>,
    image: &Image,
    password: &Secret,
) -> Result<(ServerUrl, &'static str), DockerError> {
    let ways = ways(docker, container, image, password).await?;
    let mut looked = Instant::now();
    loop {
        for (index, (url, _)) in ways.iter().enumerate() {
            if !answers(url).await {
                continue;
            }
            // It may have become ready between two attempts: the first way is the better one.
            let best = if index > 0 && answers(&ways[0].0).await {
                0
            } else {
                index
            };
            return Ok(ways[best].clone());
        }
        if looked.elapsed() > Duration::from_millis(500) {
            looked = Instant::now();
            if let Ok(false) = container.is_running().await {
                return Err(DockerError::Ended {
                    image: image.name.clone(),
                    log: tail(docker, container.id()).await,
                });
            }
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// How the server may be reached, the best way first: Docker's proxy on a mapped port costs time per
/// packet, and only Linux routes to a container's own address.
async fn ways(
    docker: &Docker,
    container: &ContainerAsync<GenericImage>,
    image: &Image,
    password: &Secret,
) -> Result<Vec<(ServerUrl, &'static str)>, DockerError> {
    let mut ways = Vec::new();
    let mut add = |host: &str, port: u16, transport| {
        if let Ok(url) = ServerUrl::plain(host, port, "postgres", password) {
            ways.push((url, transport));
        }
    };
    if cfg!(target_os = "linux")
        && let Some(address) = own_address(docker, container.id()).await
    {
        add(&address, PORT, "TCP to the container's own address");
    }
    if let (Ok(host), Ok(port)) = (
        container.get_host().await,
        container.get_host_port_ipv4(PORT.tcp()).await,
    ) {
        add(&host.to_string(), port, "TCP to the port that Docker maps");
    }
    if ways.is_empty() {
        // A container that ended at once has neither address nor port.
        return match container.is_running().await {
            Ok(true) => Err(DockerError::NotStarted {
                image: image.name.clone(),
                reason: "it has neither an address nor a mapped port".to_owned(),
            }),
            _ => Err(DockerError::Ended {
                image: image.name.clone(),
                log: tail(docker, container.id()).await,
            }),
        };
    }
    Ok(ways)
}

/// The container's address in its network. testcontainers gives it only for a network that was named.
async fn own_address(docker: &Docker, id: &str) -> Option<String> {
    let inspected = docker
        .inspect_container(id, None::<InspectContainerOptions>)
        .await
        .ok()?;
    inspected
        .network_settings?
        .networks?
        .into_values()
        .filter_map(|network| network.ip_address)
        .find(|address| !address.is_empty())
}

/// Whether the server answers there, now.
pub(super) async fn answers(url: &ServerUrl) -> bool {
    let Ok(options) = url.options() else {
        return false;
    };
    let select = async {
        let mut admin = Admin::connect(options).await?;
        admin.execute("SELECT 1".to_owned()).await?;
        admin.close().await;
        Ok::<_, ServerError>(())
    };
    matches!(timeout(Duration::from_secs(1), select).await, Ok(Ok(())))
}

/// The last lines that a container wrote, as one.
pub(crate) async fn tail(docker: &Docker, id: &str) -> String {
    tail_since(docker, id, 0).await
}

/// The last lines that a container wrote since this second after 1970 began.
pub(crate) async fn tail_since(docker: &Docker, id: &str, second: i32) -> String {
    let options = LogsOptionsBuilder::new()
        .stdout(true)
        .stderr(true)
        .tail("5")
        .since(second)
        .build();
    let lines: Vec<String> = docker
        .logs(id, Some(options))
        .filter_map(async |line| line.ok().map(|line| line.to_string().trim().to_owned()))
        .filter(|line| std::future::ready(!line.is_empty()))
        .collect()
        .await;
    if lines.is_empty() {
        "it wrote nothing".to_owned()
    } else {
        lines.join(" / ")
    }
}
