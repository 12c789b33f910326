//! The image of a container: found, or pulled, and what it says of itself.

use testcontainers::bollard::Docker;
use testcontainers::bollard::errors::Error;
use testcontainers::bollard::models::ImageInspect;

use super::super::Order;
use super::super::url::one_line;
use super::{DockerError, pull};

/// The version with which the official image moved its data.
const MOVED: u32 = 18;

/// An image that Docker has.
#[derive(Debug)]
pub(crate) struct Image {
    /// As it was asked for.
    pub(super) name: String,
    /// `sha256:` and its hash.
    id: String,
    /// The digest by which a registry knows it, if it came from one.
    digest: Option<String>,
    major: Option<u32>,
}

impl Image {
    /// Asks Docker for the image, and a registry if Docker has none and that is allowed.
    pub(super) async fn find_or_pull(
        order: &Order<'_>,
        docker: &Docker,
    ) -> Result<Self, DockerError> {
        if let Some(image) = Self::find(order.image, docker).await? {
            return Ok(image);
        }
        if order.offline {
            return Err(DockerError::Offline {
                image: order.image.to_owned(),
            });
        }
        pull::pull(order.image, docker, order.tell).await?;
        Self::find(order.image, docker)
            .await?
            .ok_or_else(|| DockerError::NotPulled {
                image: order.image.to_owned(),
                reason: "Docker does not have it after the pull".to_owned(),
            })
    }

    /// The image, if Docker has it.
    pub(crate) async fn find(name: &str, docker: &Docker) -> Result<Option<Self>, DockerError> {
        match docker.inspect_image(name).await {
            Ok(inspected) => Ok(Self::from_inspected(name, inspected)),
            Err(Error::DockerResponseServerError {
                status_code: 404, ..
            }) => Ok(None),
            Err(Error::DockerResponseServerError { message, .. }) => {
                Err(DockerError::Daemon(message))
            }
            Err(error) => Err(DockerError::Daemon(one_line(&error))),
        }
    }

    fn from_inspected(name: &str, inspected: ImageInspect) -> Option<Self> {
        let environment = inspected
            .config
            .and_then(|config| config.env)
            .unwrap_or_default();
        Some(Self {
            name: name.to_owned(),
            id: inspected.id?,
            digest: inspected
                .repo_digests
                .and_then(|digests| digests.into_iter().next()),
            major: major(name, &environment),
        })
    }

    /// Name and tag for testcontainers. The id, written as both, is exactly the image that was looked at,
    /// whatever its name points to by then.
    pub(crate) fn reference(&self) -> (&str, &str) {
        self.id.split_once(':').unwrap_or((&self.name, "latest"))
    }

    /// What the run file says: the name, and the digest or id.
    pub(crate) fn described(&self) -> String {
        format!(
            "{} ({})",
            self.name,
            self.digest.as_deref().unwrap_or(&self.id)
        )
    }

    /// Where the image keeps its data. One that does not tell its version is taken for a new one.
    pub(super) fn data_directory(&self) -> &'static str {
        match self.major {
            Some(major) if major < MOVED => "/var/lib/postgresql/data",
            _ => "/var/lib/postgresql",
        }
    }
}

/// The major version: the image's variable `PG_MAJOR`, else the number that its tag begins with.
fn major(name: &str, environment: &[String]) -> Option<u32> {
    let variable = environment
        .iter()
        .find_map(|variable| variable.strip_prefix("PG_MAJOR="));
    let tag = pull::tag(name);
    variable.or(tag).and_then(|text| {
        let digits = text.find(|character: char| !character.is_ascii_digit());
        text[..digits.unwrap_or(text.len())].parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image(name: &str, environment: &[&str]) -> Image {
        let environment: Vec<String> = environment.iter().map(ToString::to_string).collect();
        Image {
            name: name.into(),
            id: "sha256:0123".into(),
            digest: None,
            major: major(name, &environment),
        }
    }

    #[test]
    fn data_moved_with_version_18() {
        for (name, environment, directory) in [
            ("postgres:18", &["PG_MAJOR=18"][..], "/var/lib/postgresql"),
            ("postgres:17", &["PG_MAJOR=17"], "/var/lib/postgresql/data"),
            (
                "postgres:latest",
                &["PG_MAJOR=16"],
                "/var/lib/postgresql/data",
            ),
            (
                "mirror:5000/postgres:15.3-alpine",
                &[],
                "/var/lib/postgresql/data",
            ),
            ("mirror:5000/postgres:19beta1", &[], "/var/lib/postgresql"),
            ("mirror:5000/postgres", &[], "/var/lib/postgresql"),
            ("own", &["PGDATA=/x"], "/var/lib/postgresql"),
        ] {
            assert_eq!(
                image(name, environment).data_directory(),
                directory,
                "{name}"
            );
        }
    }

    #[test]
    fn the_image_that_was_looked_at_is_the_one_that_runs() {
        assert_eq!(image("postgres:18", &[]).reference(), ("sha256", "0123"));
        assert_eq!(
            image("postgres:18", &[]).described(),
            "postgres:18 (sha256:0123)"
        );
    }
}
