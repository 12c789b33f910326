//! A stranger's environment: nothing that a run needs may be taken for granted.

mod support;

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use contend::lab::directory;
use support::bench::{Bench, Ended};
use support::server::{need_docker_image, need_postgres_binaries};
use support::system::need_mounts;

fn assert_good(bench: &Bench, ended: &Ended) {
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let run = bench.kept();
    assert!(run.complete);
    assert!(run.trials.iter().all(|trial| trial.comparable().is_some()));
    bench.assert_clean();
}

/// The subjects that can be measured here.
fn subjects() -> &'static [&'static str] {
    if need_postgres_binaries().is_some() {
        &[
            "--subjects",
            "sqlite-wal-full,postgres",
            "--postgres",
            "local",
        ]
    } else {
        &["--subjects", "sqlite-wal-full"]
    }
}

#[test]
fn an_empty_environment_will_do() {
    let bench = Bench::new();
    let mut command = bench.command(subjects());
    command.env_clear();
    assert_good(&bench, &bench.start(command).end());
}

#[test]
fn a_home_that_is_missing_or_unreadable_will_do() {
    let bench = Bench::new();
    let mut command = bench.command(subjects());
    command.env("HOME", "/nowhere");
    assert_good(&bench, &bench.start(command).end());
}

#[test]
fn a_temporary_directory_that_is_read_only_will_do() {
    let bench = Bench::new();
    let temporary = bench.path("temporary");
    std::fs::create_dir(&temporary).unwrap();
    let ended = if rustix::process::geteuid().is_root() {
        let Some(()) = need_mounts() else { return };
        let setup = "mount --bind ../temporary ../temporary; mount -o remount,bind,ro ../temporary";
        let mut command = bench.command_after(setup, subjects());
        command.env("TMPDIR", &temporary);
        bench.start(command).end()
    } else {
        std::fs::set_permissions(&temporary, std::fs::Permissions::from_mode(0o500)).unwrap();
        let mut command = bench.command(subjects());
        command.env("TMPDIR", &temporary);
        bench.start(command).end()
    };
    assert_good(&bench, &ended);
}

/// A run under a umask that gives nobody else any right.
fn private(bench: &Bench, given: &[&str]) -> Ended {
    let mut command = Command::new("sh");
    command
        .args(["-c", "umask 077; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_contend"))
        .args(bench.options(given))
        .current_dir(bench.path("desk"));
    bench.start(command).end()
}

#[test]
fn a_private_umask_will_do_and_is_respected() {
    let bench = Bench::new();
    assert_good(&bench, &private(&bench, subjects()));
    for name in [
        "out",
        "out/run.json",
        "out/index.html",
        "out/trials.csv",
        "out/kinds.csv",
    ] {
        let mode = std::fs::metadata(bench.path(name)).unwrap().permissions();
        assert_eq!(mode.mode() & 0o077, 0, "{name}");
    }
}

#[test]
fn a_private_umask_will_do_for_a_container() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let bench = Bench::new();
    let given = ["--subjects", "postgres", "--postgres", "docker"];
    let ended = private(
        &bench,
        &[&given[..], &["--postgres-image", &image]].concat(),
    );
    assert_good(&bench, &ended);
}

#[test]
fn a_working_directory_that_is_gone_will_do() {
    let bench = Bench::new();
    let gone = bench.path("gone");
    std::fs::create_dir(&gone).unwrap();
    let mut command = Command::new("sh");
    command
        .args(["-c", "rmdir ../gone; exec \"$@\"", "sh"])
        .arg(env!("CARGO_BIN_EXE_contend"))
        .args(bench.options(&["--subjects", "sqlite-wal-full"]))
        .current_dir(&gone);
    assert_good(&bench, &bench.start(command).end());
}

#[test]
fn where_neither_default_directory_will_do_dir_is_asked_for() {
    let Some(()) = need_mounts() else { return };
    let bench = Bench::new();
    // The results go where they are not hidden by what is mounted over /var/tmp.
    let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut command = Command::new("unshare");
    command
        .args(["--mount", "sh", "-ec"])
        .arg("mount -t tmpfs none /var/tmp; cd /; exec \"$@\"")
        .arg("sh")
        .args([env!("CARGO_BIN_EXE_contend"), "bench", "--subjects", "noop"])
        .arg("--out")
        .arg(out.path());
    let ended = bench.start(command).end();
    assert!(
        ended
            .complaint()
            .starts_with("Neither /var/tmp nor target/")
    );
    // The sentence is the library's own.
    assert_eq!(
        ended.complaint(),
        directory::DirectoryError::NoneFits.to_string()
    );
}
