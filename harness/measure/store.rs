//! Run files: written atomically, read strictly.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::Run;
use super::run::{FORMAT, SCHEMA_VERSION};
use super::unambiguous::Unambiguous;

/// Why a run file could not be read. Each message says what to do about it.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file could not be opened or read.
    #[error("Cannot read {path}: {source}.")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The file ends in the middle of a value.
    #[error(
        "The file {path} is cut off after {bytes} bytes: copy it again, or measure again with `contend bench`."
    )]
    Truncated {
        /// The file.
        path: PathBuf,
        /// Its length.
        bytes: usize,
    },
    /// The file is not JSON.
    #[error("The file {path} is not JSON ({source}): give a run file, such as reports/run.json.")]
    NotJson {
        /// The file.
        path: PathBuf,
        /// Where parsing stopped.
        source: serde_json::Error,
    },
    /// The file is JSON, but not a run.
    #[error(
        "The file {path} is JSON but no run of contend: give a run file, such as reports/run.json."
    )]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is a run of a schema that this program does not know.
    #[error(
        "The file {path} has run schema {found}, and this contend {version} reads schema {SCHEMA_VERSION}: \
         use the contend that wrote it.",
        version = env!("CARGO_PKG_VERSION")
    )]
    OtherSchema {
        /// The file.
        path: PathBuf,
        /// The schema it has.
        found: u64,
    },
    /// The file says that it is a run of this schema, but is not.
    #[error(
        "The file {path} says that it is a run, but {source}: it was changed or damaged after it was written."
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What does not fit.
        source: serde_json::Error,
    },
    /// The content does not have the id that the file states.
    #[error(
        "The file {path} states the id {stated}, but its content has the id {computed}: it was changed after it was written."
    )]
    Altered {
        /// The file.
        path: PathBuf,
        /// The id in the file.
        stated: String,
        /// The id of what is in the file.
        computed: String,
    },
}

/// Reads a run file, and refuses one that is not exactly what was written.
pub fn read(path: &Path) -> Result<Run, ReadError> {
    let path_buf = || path.to_owned();
    let bytes = std::fs::read(path).map_err(|source| ReadError::Unreadable {
        path: path_buf(),
        source,
    })?;
    let value = serde_json::from_slice(&bytes).map(|Unambiguous(value)| value);
    let value: Value = value.map_err(|source| {
        if source.is_eof() {
            ReadError::Truncated {
                path: path_buf(),
                bytes: bytes.len(),
            }
        } else {
            ReadError::NotJson {
                path: path_buf(),
                source,
            }
        }
    })?;
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(ReadError::Foreign { path: path_buf() });
    }
    match value.get("schema_version").and_then(Value::as_u64) {
        Some(found) if found == u64::from(SCHEMA_VERSION) => {}
        Some(found) => {
            return Err(ReadError::OtherSchema {
                path: path_buf(),
                found,
            });
        }
        None => return Err(ReadError::Foreign { path: path_buf() }),
    }
    let computed = id_of(&value);
    let run: Run = serde_json::from_value(value).map_err(|source| ReadError::Damaged {
        path: path_buf(),
        source,
    })?;
    if run.id != computed {
        return Err(ReadError::Altered {
            path: path_buf(),
            stated: run.id,
            computed,
        });
    }
    Ok(run)
}

/// Gives the run the id that its content has.
pub fn seal(run: &mut Run) {
    run.id = String::new();
    run.id = id_of(&serde_json::to_value(&*run).expect("a run is representable as JSON"));
}

/// The id of a run: a hash of everything in it but the id, with the keys in order.
fn id_of(run: &Value) -> String {
    let mut content = run.clone();
    content["id"] = Value::String(String::new());
    let digest = Sha256::digest(content.to_string());
    digest
        .iter()
        .take(8)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// Writes `run.json` and `runs/<id>.json` under `directory`. Returns the path of `run.json`.
///
/// # Errors
/// Whatever the file system says; the old files are then as they were.
pub fn write(run: &Run, directory: &Path) -> io::Result<PathBuf> {
    let runs = directory.join("runs");
    std::fs::create_dir_all(&runs)?;
    write_atomically(
        &runs.join(format!("{}.json", run.id)),
        text(run)?.as_bytes(),
    )?;
    write_latest(run, directory)
}

/// Writes `run.json` only, for a run that goes on.
///
/// # Errors
/// Whatever the file system says; the old file is then as it was.
pub fn write_latest(run: &Run, directory: &Path) -> io::Result<PathBuf> {
    let latest = directory.join("run.json");
    write_atomically(&latest, text(run)?.as_bytes())?;
    Ok(latest)
}

fn text(run: &Run) -> io::Result<String> {
    let mut text = serde_json::to_string_pretty(run)?;
    text.push('\n');
    Ok(text)
}

/// Writes a file so that at every moment either the old content or the new one is there, whole.
pub fn write_atomically(path: &Path, content: &[u8]) -> io::Result<()> {
    let directory = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    let mut file = tempfile::Builder::new()
        .prefix(".contend-")
        .permissions(permissions())
        .tempfile_in(directory.unwrap_or(Path::new(".")))?;
    file.write_all(content)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A result is for everybody to read, unlike most temporary files; the umask still applies.
fn permissions() -> std::fs::Permissions {
    std::os::unix::fs::PermissionsExt::from_mode(0o666)
}
