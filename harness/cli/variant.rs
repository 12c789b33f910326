//! A variant of `contend ab`, as it is typed.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Misunderstood, setting};
use crate::load::protocol;
use crate::measure::Build;
use crate::subject::engine::sqlite;
use crate::subject::server::redact;
use crate::subject::{self, Subject};

/// What can be varied.
const KEYS: [&str; 4] = ["subject", "postgres", "postgres-image", "build"];

/// One of two variants.
#[derive(Default)]
pub struct Variant {
    /// On which subject.
    pub subject: Option<&'static Subject>,
    /// What follows `--postgres`.
    postgres: Option<String>,
    /// What follows `--postgres-image`.
    postgres_image: Option<String>,
    /// The build of contend whose clients are driven.
    build: Option<PathBuf>,
}

impl Variant {
    /// The variant that these words make, each `KEY=VALUE`.
    ///
    /// # Errors
    /// If one of them says nothing: the command line was not understood.
    pub fn parse(words: &[String]) -> Result<Variant> {
        let mut variant = Variant::default();
        let mut seen: Vec<&str> = Vec::new();
        for word in words {
            let (key, value) = word.split_once('=').unwrap_or((word, ""));
            let not_understood = |why: &str| Misunderstood(format!("\"{}\" {why}", redact(word)));
            let known = KEYS.into_iter().find(|known| *known == key);
            let known = known.filter(|_| !value.is_empty()).ok_or_else(|| {
                not_understood(&format!(
                    "makes no variant: write one of {}, e.g. --a subject=sqlite-wal-full.",
                    KEYS.map(|key| format!("{key}=…")).join(", ")
                ))
            })?;
            if seen.contains(&known) {
                let why = format!("gives the {known} of a variant a second time.");
                return Err(not_understood(&why).into());
            }
            seen.push(known);
            match known {
                "subject" => {
                    variant.subject = Some(subject::find(value).ok_or_else(|| {
                        let names = subject::catalog::ALL.iter().map(|subject| subject.name);
                        let names: Vec<&str> = names.collect();
                        not_understood(&format!(
                            "names no subject: choose from {}.",
                            names.join(", ")
                        ))
                    })?);
                }
                "postgres" => variant.postgres = Some(value.to_owned()),
                "postgres-image" => variant.postgres_image = Some(value.to_owned()),
                _ => variant.build = Some(PathBuf::from(value)),
            }
        }
        Ok(variant)
    }

    /// Whether it says anything of PostgreSQL's server.
    pub fn names_server(&self) -> bool {
        self.postgres.is_some() || self.postgres_image.is_some()
    }

    /// Whether it names a build.
    pub fn names_build(&self) -> bool {
        self.build.is_some()
    }

    /// The server it asks for, where it says nothing the usual one.
    pub fn server(&self, usual: &setting::Server) -> setting::Server {
        // Whoever names an image wants a container of it.
        let docker = self.postgres_image.as_ref().map(|_| "docker".to_owned());
        setting::Server {
            postgres: self.postgres.clone().or(docker).or(usual.postgres.clone()),
            postgres_image: match &self.postgres_image {
                Some(image) => image.clone(),
                None => usual.postgres_image.clone(),
            },
            offline: usual.offline,
        }
    }

    /// The program whose clients are driven, and what it says of itself.
    ///
    /// # Errors
    /// If it is none, or none that this one can drive.
    pub fn program(&self) -> Result<(PathBuf, Identity)> {
        let Some(path) = &self.build else {
            let own = std::env::current_exe().context("Cannot find the program's own file")?;
            return Ok((own, Identity::own()?));
        };
        let path = path
            .canonicalize()
            .with_context(|| format!("There is no build of contend at {}", path.display()))?;
        let identity = Identity::of(&path)?;
        Ok((path, identity))
    }

    /// What makes it, in words, without passwords.
    pub fn words(&self, identity: &Identity) -> Vec<String> {
        let subject = self
            .subject
            .map(|subject| format!("subject={}", subject.name));
        let postgres = self.postgres.as_ref();
        let postgres = postgres.map(|postgres| format!("postgres={}", redact(postgres)));
        let image = self.postgres_image.as_ref();
        let image = image.map(|image| format!("postgres-image={image}"));
        let build = self.build.as_ref();
        let build = build.map(|path| format!("build={} ({identity})", path.display()));
        [subject, postgres, image, build]
            .into_iter()
            .flatten()
            .collect()
    }
}

/// What a build of contend says of itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Identity {
    /// The build.
    pub build: Build,
    /// The version of its SQLite.
    pub sqlite: String,
    /// The options that was compiled with.
    pub sqlite_compile_options: Vec<String>,
    /// The version of the protocol that its workers speak.
    pub worker_protocol: u32,
    /// The SHA-256 of the program, its first 16 digits.
    #[serde(default)]
    pub digest: String,
}

impl Identity {
    /// That of this program.
    ///
    /// # Errors
    /// If its SQLite does not answer.
    pub fn own() -> Result<Identity> {
        Ok(Identity {
            build: Build::current(),
            sqlite: sqlite::library_version(),
            sqlite_compile_options: sqlite::compile_options()?,
            worker_protocol: protocol::VERSION,
            digest: String::new(),
        })
    }

    /// That of the program at this path, as it says it.
    fn of(path: &Path) -> Result<Identity> {
        let shown = path.display();
        let none = || format!("{shown} is no build of contend whose clients this one can drive");
        let output = Command::new(path).arg("identity").output();
        let output = output.with_context(none)?;
        ensure!(output.status.success(), none());
        let mut said: Identity = serde_json::from_slice(&output.stdout).with_context(none)?;
        ensure!(
            said.worker_protocol == protocol::VERSION,
            "{}: its workers speak version {} of the protocol, and this one version {}.",
            none(),
            said.worker_protocol,
            protocol::VERSION
        );
        let program = std::fs::read(path).with_context(|| format!("Cannot read {shown}"))?;
        let digest = Sha256::digest(program);
        said.digest = digest
            .iter()
            .take(8)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        Ok(said)
    }
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let commit = self.build.commit.as_deref().unwrap_or("no commit");
        write!(
            f,
            "contend {}, {commit}, SQLite {}, SHA-256 {}",
            self.build.version, self.sqlite, self.digest
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &[&str]) -> Result<Variant> {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        Variant::parse(&words)
    }

    fn why(words: &[&str]) -> String {
        parsed(words).err().expect("it makes no sense").to_string()
    }

    #[test]
    fn a_variant_is_what_its_words_say() {
        let variant = parsed(&["subject=postgres", "postgres-image=postgres:17"]).unwrap();
        assert_eq!(variant.subject.unwrap().name, "postgres");
        let identity = Identity::own().unwrap();
        assert_eq!(
            variant.words(&identity),
            ["subject=postgres", "postgres-image=postgres:17"]
        );
    }

    #[test]
    fn what_makes_no_variant_is_named_with_what_would() {
        assert!(why(&["subjct=postgres"]).contains("subject=…"));
        assert!(why(&["subject="]).contains("makes no variant"));
        assert!(why(&["subject=postgrse"]).contains("choose from sqlite-delete-full"));
        assert!(why(&["build=a", "build=b"]).contains("a second time"));
    }

    #[test]
    fn a_password_is_in_no_words() {
        let url = "postgres=postgres://me:secret@db/postgres";
        let variant = parsed(&[url]).unwrap();
        let words = variant.words(&Identity::own().unwrap()).join(" ");
        assert!(!words.contains("secret") && words.contains("db"), "{words}");
        assert!(!why(&[url, url]).contains("secret"));
    }
}
