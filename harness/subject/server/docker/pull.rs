//! Pulls an image, and gives up on a registry that does not answer.

use std::collections::HashMap;
use std::time::Duration;

use futures::StreamExt as _;
use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::CreateImageInfo;
use testcontainers::bollard::query_parameters::CreateImageOptionsBuilder;
use tokio::time::timeout;

use super::super::Progress;
use super::super::url::one_line;
use super::DockerError;

/// How long a registry may take to give its first answer.
const ANSWER: Duration = Duration::from_secs(5);
/// How long a pull that has begun may stand still.
const STALL: Duration = Duration::from_secs(60);

/// Pulls `image`, which may take minutes as long as it advances.
pub(super) async fn pull(
    image: &str,
    docker: &Docker,
    tell: &dyn Fn(Progress),
) -> Result<(), DockerError> {
    let reference = reference(image);
    let options = CreateImageOptionsBuilder::new()
        .from_image(&reference)
        .build();
    let mut messages = docker.create_image(Some(options), None, None);
    let mut layers = Layers::default();
    let mut patience = ANSWER;
    loop {
        match timeout(patience, messages.next()).await {
            Ok(Some(Ok(message))) => {
                if let Some((bytes, total)) = layers.hear(message) {
                    tell(Progress::Pulling {
                        image: image.to_owned(),
                        bytes,
                        total,
                    });
                }
                patience = STALL;
            }
            Ok(Some(Err(error))) => return Err(not_pulled(image, said(&error))),
            Ok(None) => return Ok(()),
            Err(_) if patience == ANSWER => {
                return Err(DockerError::SilentRegistry {
                    image: image.to_owned(),
                    waited: ANSWER,
                });
            }
            Err(_) => {
                let reason = format!("it stood still for {} s", STALL.as_secs());
                return Err(not_pulled(image, reason));
            }
        }
    }
}

/// The longest that [`ask`] waits for a registry.
const ASK: Duration = Duration::from_secs(2);

/// Asks the registry of `image` whether it has it, without pulling anything.
pub(super) async fn ask(image: &str, docker: &Docker) -> Result<(), DockerError> {
    let reference = reference(image);
    match timeout(ASK, docker.inspect_registry_image(&reference, None)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(not_pulled(image, said(&error))),
        Err(_) => Err(DockerError::SilentRegistry {
            image: image.to_owned(),
            waited: ASK,
        }),
    }
}

/// An image's name with a tag or digest: without one Docker would pull every one there is.
fn reference(image: &str) -> String {
    match tag(image) {
        None if !image.contains('@') => format!("{image}:latest"),
        _ => image.to_owned(),
    }
}

/// What follows the last colon of a name, unless that colon belongs to a registry's port or a digest.
pub(super) fn tag(image: &str) -> Option<&str> {
    let name = image.split('@').next().unwrap_or(image);
    name.rsplit_once(':')
        .map(|(_, tag)| tag)
        .filter(|tag| !tag.contains('/'))
}

fn not_pulled(image: &str, reason: String) -> DockerError {
    DockerError::NotPulled {
        image: image.to_owned(),
        reason,
    }
}

/// The daemon's own words, without the library's frame.
fn said(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message: text, .. }
        | Error::DockerStreamError { error: text } => {
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        }
        error => one_line(error),
    }
}

/// How much of each layer has come.
#[derive(Default)]
struct Layers(HashMap<String, (u64, u64)>);

impl Layers {
    /// The sums over all layers, if the message tells of a download.
    fn hear(&mut self, message: CreateImageInfo) -> Option<(u64, u64)> {
        if message.status.as_deref() != Some("Downloading") {
            return None;
        }
        let detail = message.progress_detail?;
        let bytes = |number: Option<i64>| number.and_then(|number| u64::try_from(number).ok());
        let layer = (bytes(detail.current)?, bytes(detail.total).unwrap_or(0));
        self.0.insert(message.id?, layer);
        Some(
            self.0
                .values()
                .fold((0, 0), |sum, layer| (sum.0 + layer.0, sum.1 + layer.1)),
        )
    }
}

#[cfg(test)]
mod tests {
    use testcontainers::bollard::models::ProgressDetail;

    use super::*;

    #[test]
    fn a_tag_is_told_from_a_port_and_a_digest() {
        assert_eq!(tag("postgres:18"), Some("18"));
        assert_eq!(tag("postgres"), None);
        assert_eq!(tag("127.0.0.1:5000/postgres"), None);
        assert_eq!(tag("127.0.0.1:5000/postgres:17"), Some("17"));
        assert_eq!(tag("postgres@sha256:0123"), None);
    }

    #[test]
    fn progress_is_the_sum_over_the_layers() {
        let mut layers = Layers::default();
        let mut hear = |id: &str, status: &str, current| {
            layers.hear(CreateImageInfo {
                id: Some(id.into()),
                status: Some(status.into()),
                progress_detail: Some(ProgressDetail {
                    current: Some(current),
                    total: Some(100),
                }),
                ..Default::default()
            })
        };
        assert_eq!(hear("a", "Downloading", 10), Some((10, 100)));
        assert_eq!(hear("b", "Downloading", 5), Some((15, 200)));
        assert_eq!(hear("a", "Downloading", 100), Some((105, 200)));
        assert_eq!(hear("a", "Extracting", 1), None);
    }
}
