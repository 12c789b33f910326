//! Where databases go: what will not do is said before anything is measured, with what would.

mod support;

use std::path::Path;
use std::process::Command;

use support::bench::Bench;
use support::skip;
use support::system::{entries, need_mounts};

/// What is said of a directory that will not do. Nothing is left in it.
fn complaint(bench: &Bench, directory: &Path) -> String {
    let ended = bench.run(&["--subjects", "noop", "--dir", directory.to_str().unwrap()]);
    assert!(ended.stdout.is_empty());
    assert!(entries(directory).is_empty());
    ended.complaint().to_owned()
}

/// A run in a directory, which must work and leave nothing there.
fn works_in(bench: &Bench, directory: &Path, given: &[&str]) {
    std::fs::create_dir_all(directory).unwrap();
    let mut options = vec!["--dir", directory.to_str().unwrap()];
    options.extend(given);
    let ended = bench.run(&options);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(entries(directory).is_empty());
    bench.assert_clean();
}

#[test]
fn a_directory_that_is_missing_or_a_file_is_refused() {
    let bench = Bench::new();
    let path = bench.path("missing");
    assert!(complaint(&bench, &path).contains("does not exist: make it"));
    std::fs::write(&path, "").unwrap();
    assert!(complaint(&bench, &path).contains("is not a directory"));
    assert!(complaint(&bench, &path.join("below")).contains("--dir"));
}

#[test]
fn a_directory_that_cannot_be_written_is_refused() {
    let bench = Bench::new();
    let said = if rustix::process::geteuid().is_root() {
        // Root may write wherever the file system lets it.
        let Some(()) = need_mounts() else { return };
        let directory = bench.databases().display().to_string();
        let setup = format!(
            "mount --bind '{directory}' '{directory}'; mount -o remount,bind,ro '{directory}'"
        );
        let command = bench.command_after(&setup, &["--subjects", "noop"]);
        bench.start(command).end().complaint().to_owned()
    } else {
        use std::os::unix::fs::PermissionsExt as _;
        let closed = std::fs::Permissions::from_mode(0o500);
        std::fs::set_permissions(bench.databases(), closed).unwrap();
        complaint(&bench, &bench.databases())
    };
    assert!(said.contains("Cannot write to the directory"), "{said}");
    assert_eq!(said.matches("os error").count(), 1, "{said}");
}

#[test]
fn a_directory_in_memory_is_refused_unless_it_is_asked_for() {
    let Some(()) = need_mounts() else { return };
    let bench = Bench::new();
    let mount = |size: &str| {
        let directory = bench.databases().display().to_string();
        format!("mount -t tmpfs -o size={size} none '{directory}'")
    };
    let start = |size, given: &[&str]| bench.start(bench.command_after(&mount(size), given));
    let ended = start("4g", &["--subjects", "noop"]).end();
    assert!(ended.complaint().contains("is on tmpfs, in memory"));
    assert!(ended.complaint().contains("--allow-memory"));

    let ended = start("4g", &["--subjects", "sqlite-wal-full", "--allow-memory"]).end();
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(bench.page().contains("in memory"));
}

#[test]
fn a_full_disk_is_refused_with_what_a_run_needs() {
    let Some(()) = need_mounts() else { return };
    let bench = Bench::new();
    let setup = format!(
        "mount -t tmpfs -o size=64m none '{}'",
        bench.databases().display()
    );
    let command = bench.command_after(&setup, &["--subjects", "noop", "--allow-memory"]);
    let ended = bench.start(command).end();
    assert!(ended.complaint().starts_with("Only 67 MB are free in"));
    assert!(ended.complaint().contains("1500 MB"));
}

#[test]
fn a_path_too_long_for_a_socket_works_with_both_engines() {
    let Some(()) = support::server::need_postgres_binaries() else {
        return;
    };
    let bench = Bench::new();
    let long = bench.path(&"long".repeat(50));
    let given = [
        "--subjects",
        "sqlite-wal-full,postgres",
        "--postgres",
        "local",
    ];
    std::fs::create_dir(&long).unwrap();
    works_in(&bench, &long.join("long".repeat(25)), &given);
}

#[test]
fn a_path_too_long_for_sqlite_is_refused() {
    let bench = Bench::new();
    let long = bench.path(&"long".repeat(50)).join("long".repeat(50));
    // As long as can be, and a byte more.
    let fill = 450 - long.as_os_str().len() - 1;
    std::fs::create_dir_all(&long).unwrap();
    works_in(
        &bench,
        &long.join("x".repeat(fill)),
        &["--subjects", "sqlite-delete-full"],
    );
    let longer = long.join("x".repeat(fill + 1));
    std::fs::create_dir(&longer).unwrap();
    assert!(complaint(&bench, &longer).contains("at most 450 bytes"));
}

#[test]
fn names_with_spaces_quotes_and_other_scripts_work() {
    let bench = Bench::new();
    let name = "a 'b' \"c\" %41?x=1#y データ";
    let out = bench.path("results").join(name);
    let mut given = vec![
        "--out",
        out.to_str().unwrap(),
        "--subjects",
        "sqlite-wal-full,noop",
    ];
    let has_postgres = support::server::need_postgres_binaries().is_some();
    if has_postgres {
        given[3] = "sqlite-wal-full,postgres";
        given.extend(["--postgres", "local"]);
    }
    works_in(&bench, &bench.path("disks").join(name), &given);
    assert!(out.join("index.html").exists());
}

#[test]
fn paths_may_be_relative() {
    let bench = Bench::new();
    std::fs::create_dir(bench.path("desk/here")).unwrap();
    let ended = bench.run(&[
        "--dir",
        "here",
        "--out",
        "there/deep",
        "--subjects",
        "sqlite-wal-full",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(bench.path("desk/there/deep/index.html").exists());
    assert!(entries(&bench.path("desk/here")).is_empty());
}

#[test]
fn two_runs_at_once_on_one_directory_are_refused_and_the_first_goes_on() {
    let bench = Bench::new();
    let other = Bench::new();
    let mut first =
        bench.start(bench.command(&["--subjects", "sqlite-wal-full", "--rounds", "20"]));
    first.until("the first works", || bench.has_reached_trial(1));
    let directory = bench.databases();
    let second = other.run(&["--subjects", "noop", "--dir", directory.to_str().unwrap()]);
    assert!(second.complaint().starts_with("Another run (process "));
    let first = first.end();
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    bench.assert_clean();
}

#[test]
fn without_a_directory_it_works_outside_a_checkout() {
    let bench = Bench::new();
    let out = bench.out();
    let shared = Path::new("/var/tmp");
    let run = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_contend"));
        command.current_dir(bench.path("desk")).args([
            "bench",
            "--subjects",
            "sqlite-wal-full",
            "--workloads",
            "increment-hot",
            "--rounds",
            "1",
            "--seconds",
            "0.05",
            "--clients",
            "1",
            "--out",
        ]);
        command.arg(&out);
        bench.start(command).end()
    };
    let mut ended = run();
    // Somebody else may be measuring there.
    support::bench::eventually("the shared directory is free", || {
        let taken = ended.stderr.contains("Another run (process");
        if taken {
            ended = run();
        }
        !taken
    });
    if ended.stderr.contains("Neither /var/tmp nor target/") {
        return skip("/var/tmp is in memory, in a container's overlay, or full").unwrap_or(());
    }
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_eq!(
        bench.kept().machine.place.directory,
        shared.canonicalize().unwrap().display().to_string()
    );
}
