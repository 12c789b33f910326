//! The scratch directory: one run at a time, and nothing of a killed one stays.

mod support;

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use contend::lab::{Scratch, ScratchError};
use support::server::{
    ask, containers_of, directory, need_docker_image, need_postgres_binaries, processes_in,
};

/// Set in a child: the directory it claims, and the server it starts there, before it waits to be killed.
const CHILD: &str = "CONTEND_TEST_SCRATCH_CHILD";

/// Not a test of its own: what a child process runs, by `kill_9`.
#[test]
fn a_child_that_waits_to_be_killed() {
    let Ok(task) = std::env::var(CHILD) else {
        return;
    };
    let (server, directory) = task.split_once(' ').unwrap();
    let scratch = Scratch::claim(Path::new(directory)).unwrap();
    let image = std::env::var("CONTEND_TEST_IMAGE").unwrap_or_default();
    let _server = (server != "none").then(|| ask(server, &image, &scratch, 8).unwrap());
    println!("claimed {}", scratch.id());
    std::thread::sleep(Duration::from_secs(120));
}

/// Lets a child claim `directory` and start `server` there, then kills it. Gives the scratch's id.
fn kill_9(directory: &Path, server: &str, image: &str) -> String {
    let mut child: Child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "a_child_that_waits_to_be_killed", "--nocapture"])
        .env(CHILD, format!("{server} {}", directory.display()))
        .env("CONTEND_TEST_IMAGE", image)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let id = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find_map(|line| Some(line.split_once("claimed ")?.1.to_owned()))
        .expect("the child claims");
    child.kill().unwrap();
    child.wait().unwrap();
    id
}

#[test]
fn two_runs_on_one_directory_are_refused_with_the_others_pid() {
    let directory = directory();
    let first = Scratch::claim(directory.path()).unwrap();
    let error = Scratch::claim(directory.path()).unwrap_err();
    assert!(matches!(error, ScratchError::Taken { .. }));
    assert!(
        error
            .to_string()
            .contains(&format!("process {}", std::process::id())),
        "{error}"
    );
    assert!(first.path().exists(), "the refused one swept nothing");
    drop(first);
    Scratch::claim(directory.path()).unwrap();
}

#[test]
fn a_run_leaves_neither_directory_nor_lock() {
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    std::fs::create_dir(scratch.path().join("deep")).unwrap();
    std::fs::write(scratch.path().join("deep/file"), "x").unwrap();
    assert!(
        scratch
            .path()
            .ends_with(format!("contend-scratch-{}", scratch.id()))
    );
    drop(scratch);
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
}

#[test]
fn of_many_runs_that_start_at_once_one_gets_the_directory_at_a_time() {
    let directory = directory();
    let holders = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    if let Ok(scratch) = Scratch::claim(directory.path()) {
                        let before = holders.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
                        assert_eq!(before, 0);
                        holders.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                        drop(scratch);
                    }
                }
            });
        }
    });
}

#[test]
fn what_a_killed_run_left_is_swept_and_nothing_else() {
    let directory = directory();
    let id = kill_9(directory.path(), "none", "");
    let left = directory.path().join(format!("contend-scratch-{id}"));
    assert!(left.exists() && directory.path().join("contend.lock").exists());
    std::fs::write(directory.path().join("mine"), "x").unwrap();
    let scratch = Scratch::claim(directory.path()).unwrap();
    assert!(scratch.unswept().is_empty());
    assert!(!left.exists());
    assert!(directory.path().join("mine").exists());
}

#[test]
fn a_cluster_of_a_killed_run_ends() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let directory = directory();
    kill_9(directory.path(), "local", "");
    let scratch = Scratch::claim(directory.path()).unwrap();
    assert!(scratch.unswept().is_empty());
    assert!(processes_in(directory.path()).is_empty());
}

#[test]
fn a_server_that_outlived_its_run_is_ended_by_the_sweep() {
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    let outer = directory();
    let inner = Scratch::claim(outer.path()).unwrap();
    let server = ask("local", "", &inner, 8).unwrap();
    // What a killed run leaves where the kernel does not tell a child of its parent's death: a live
    // server, and a lock that nobody holds. The lock goes with the file that is put in its place.
    std::fs::remove_file(inner.lock_path()).unwrap();
    let start = Instant::now();
    let scratch = Scratch::claim(outer.path()).unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    assert!(processes_in(outer.path()).is_empty());
    assert!(!inner.path().exists());
    drop(server);
    std::mem::forget(inner);
    drop(scratch);
}

#[test]
fn a_container_of_a_killed_run_is_removed_by_the_next_that_uses_docker() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let directory = directory();
    let id = kill_9(directory.path(), "docker", &image);
    assert_eq!(containers_of(&id).len(), 1, "the daemon keeps it");
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = ask("docker", &image, &scratch, 8).unwrap();
    assert!(containers_of(&id).is_empty());
    assert!(
        !directory
            .path()
            .join(format!("contend-scratch-{id}"))
            .exists()
    );
    assert_eq!(containers_of(scratch.id()).len(), 1);
    drop(server);
}
