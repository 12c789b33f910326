//! `contend serve`: one instance of the app.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;
use clap::builder::{OsStringValueParser, PossibleValuesParser, TypedValueParser as _};

use super::Misunderstood;
use crate::app::check::check;
use crate::app::config::{Config, Pool, Store};
use crate::app::serve as serve_app;
use crate::load::conduct::Conduct;
use crate::load::style::{HOLD, Style};
use crate::subject::engine::{LOCK_TIMEOUT_MS, Manner, postgres, sqlite};
use crate::subject::server::ServerUrl;

const HELP: &str = "\
Each option can also be given as the environment variable that stands behind it. A careful
instance waits up to 5 s for a lock and tries 10 times; a naive one neither waits nor tries again.

Examples:
  contend serve
      one instance on 127.0.0.1:3000, with an SQLite file app.db in this directory
  CONTAINER_ID=app-2 PORT=3002 DB_PATH=/data/shared.db contend serve
      a second one beside others that share a file
  contend serve --database-url postgres://user:password@db.example.org/app
      with PostgreSQL
  contend serve --discipline document-as-written
      with the mistakes of the document's app
  contend serve --check
      whether the instance that runs with the same environment is healthy";

/// What `contend serve` takes.
#[derive(Args)]
#[command(after_help = HELP)]
pub struct Arguments {
    /// The instance's name in answers, logs and metrics
    #[arg(
        long,
        env = "CONTAINER_ID",
        value_name = "NAME",
        default_value = "app-1"
    )]
    container_id: String,

    /// Port; 0 for any that is free, which the first line on stdout tells
    #[arg(long, env = "PORT", value_name = "PORT", default_value_t = 3000)]
    port: u16,

    /// Address to listen on
    #[arg(long, env = "HOST", value_name = "HOST", default_value = "127.0.0.1")]
    host: String,

    /// SQLite file, which is made if it is not there [default: ./app.db]
    // Not clap's own parser of paths, which refuses the empty one that compose files leave.
    #[arg(long, env = "DB_PATH", value_name = "FILE")]
    #[arg(value_parser = OsStringValueParser::new().map(PathBuf::from))]
    db_path: Option<PathBuf>,

    /// PostgreSQL database, instead of a file
    #[arg(long, env = "DATABASE_URL", value_name = "URL", hide_env_values = true)]
    database_url: Option<String>,

    /// How careful it is
    #[arg(
        long,
        env = "DISCIPLINE",
        value_name = "DISCIPLINE",
        default_value = "careful"
    )]
    #[arg(value_parser = PossibleValuesParser::new(Style::ALL.map(Style::name)))]
    discipline: String,

    /// SQLite's journal_mode
    #[arg(long, env = "JOURNAL_MODE", value_name = "MODE", default_value = "wal")]
    #[arg(ignore_case = true)]
    #[arg(value_parser = ["delete", "truncate", "persist", "memory", "wal", "off"])]
    journal_mode: String,

    /// SQLite's synchronous
    #[arg(
        long,
        env = "SYNCHRONOUS",
        value_name = "LEVEL",
        default_value = "full"
    )]
    #[arg(ignore_case = true)]
    #[arg(value_parser = ["off", "normal", "full", "extra"])]
    synchronous: String,

    /// PostgreSQL's synchronous_commit
    #[arg(
        long,
        env = "SYNCHRONOUS_COMMIT",
        value_name = "LEVEL",
        default_value = "on"
    )]
    #[arg(value_parser = ["on", "off", "local", "remote_write", "remote_apply"])]
    synchronous_commit: String,

    /// How long an attempt waits for a lock, in milliseconds [default: as the discipline does]
    #[arg(long, env = "LOCK_TIMEOUT_MS", value_name = "MS")]
    #[arg(value_parser = clap::value_parser!(u32).range(..=3_600_000))]
    lock_timeout_ms: Option<u32>,

    /// How often work is tried again at most [default: as the discipline does]
    #[arg(long, env = "RETRIES", value_name = "NUMBER")]
    #[arg(value_parser = clap::value_parser!(u32).range(..=1_000))]
    retries: Option<u32>,

    /// How many connections are kept, or `none`: one for each request. With the discipline
    /// document-as-written all requests share one connection to SQLite
    #[arg(long, env = "POOL_SIZE", value_name = "SIZE", default_value = "8", value_parser = pool)]
    pool_size: Pool,

    /// How long a request waits for a connection, in milliseconds
    #[arg(
        long,
        env = "POOL_TIMEOUT_MS",
        value_name = "MS",
        default_value_t = 5_000
    )]
    pool_timeout_ms: u32,

    /// Pause between reading and writing in an increment, in milliseconds. With 0 a careful
    /// instance increments in one statement
    #[arg(long, env = "HOLD_MS", value_name = "MS", default_value_t = HOLD.as_millis() as u32)]
    hold_ms: u32,

    /// Whose operations it does, as JSON; set by the harness
    #[arg(long, env = "OPERATIONS", value_name = "JSON", hide = true)]
    operations: Option<String>,

    /// How long a client may take to send a body, in milliseconds
    #[arg(
        long,
        env = "BODY_TIMEOUT_MS",
        value_name = "MS",
        default_value_t = 10_000
    )]
    body_timeout_ms: u32,

    /// End when stdin closes, with whoever started it; used by the harness
    #[arg(long, hide = true)]
    while_stdin_is_open: bool,

    /// Ask the instance that listens on the same HOST and PORT whether it is healthy, and exit
    #[arg(long)]
    check: bool,
}

/// The most connections of a pool.
const MOST_CONNECTIONS: u32 = 10_000;

fn pool(text: &str) -> Result<Pool, String> {
    match text.parse() {
        Ok(size @ 1..=MOST_CONNECTIONS) => Ok(Pool::Size(size)),
        _ if text == "none" => Ok(Pool::None),
        _ => Err(format!(
            "write a number from 1 to {MOST_CONNECTIONS}, or none"
        )),
    }
}

/// Serves until a signal comes; or asks an instance whether it is healthy.
///
/// # Errors
/// If the command line makes no sense, the database cannot be used or the address is taken; or if the
/// instance is not healthy.
pub fn serve(arguments: &Arguments) -> Result<ExitCode> {
    match arguments.check {
        true => check(&arguments.host, arguments.port).map(|()| ExitCode::SUCCESS),
        false => {
            if arguments.while_stdin_is_open {
                end_with_stdin();
            }
            serve_app(config(arguments)?)
        }
    }
}

/// Ends this process at once when its stdin closes: the parent is gone.
fn end_with_stdin() {
    std::thread::spawn(|| {
        let _ = std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink());
        std::process::exit(1);
    });
}

fn config(arguments: &Arguments) -> Result<Config> {
    let style = Style::ALL
        .into_iter()
        .find(|style| style.name() == arguments.discipline)
        .context("clap knows every discipline")?;
    let Conduct { mut manner, .. } = style.conduct(LOCK_TIMEOUT_MS);
    if arguments.lock_timeout_ms.is_some() {
        manner.lock_timeout_ms = arguments.lock_timeout_ms;
    }
    let milliseconds = |number: u32| Duration::from_millis(number.into());
    Ok(Config {
        container: arguments.container_id.clone(),
        host: arguments.host.clone(),
        port: arguments.port,
        store: store(arguments, manner)?,
        style,
        retries: arguments.retries,
        hold: milliseconds(arguments.hold_ms),
        pool: arguments.pool_size,
        pool_timeout: milliseconds(arguments.pool_timeout_ms),
        operations: match given(arguments.operations.as_deref()) {
            None => None,
            Some(json) => Some(serde_json::from_str(json).map_err(|error| {
                Misunderstood(format!("OPERATIONS is not what it should be: {error}"))
            })?),
        },
        body_timeout: milliseconds(arguments.body_timeout_ms),
    })
}

/// What an environment variable says, unless it is there but empty, as compose files leave it.
fn given(text: Option<&str>) -> Option<&str> {
    text.filter(|text| !text.is_empty())
}

fn store(arguments: &Arguments, manner: Manner) -> Result<Store> {
    let file = arguments.db_path.clone();
    let file = file.filter(|file| !file.as_os_str().is_empty());
    let Some(url) = given(arguments.database_url.as_deref()) else {
        return Ok(Store::Sqlite(sqlite::Target {
            path: file.unwrap_or_else(|| PathBuf::from("./app.db")),
            journal_mode: arguments.journal_mode.to_lowercase(),
            synchronous: arguments.synchronous.to_lowercase(),
            manner,
            counted: false,
        }));
    };
    if file.is_some() {
        return Err(Misunderstood(
            "DB_PATH and DATABASE_URL are both given: an instance has one database".to_owned(),
        )
        .into());
    }
    let url: ServerUrl = url
        .parse()
        .map_err(|error| Misunderstood(format!("DATABASE_URL: {error}")))?;
    Ok(Store::Postgres {
        place: url.place()?,
        target: postgres::Target {
            url: url.secret(),
            synchronous_commit: arguments.synchronous_commit.clone(),
            deadlock_timeout: None,
            manner,
        },
    })
}
