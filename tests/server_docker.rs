//! A container of its own.

mod support;

use std::net::TcpListener;
use std::process::Command;
use std::time::{Duration, Instant};

use contend::lab::{Interrupt, Scratch};
use contend::measure::Provision;
use contend::subject::server::{Order, ProvideError, Wanted, provide};
use support::server::{
    ask, containers_of, directory, need_docker_image, need_postgres_binaries, query,
};

#[test]
fn a_container_works_on_the_disk_of_the_scratch_and_is_gone_after_drop() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let server = ask("docker", &image, &scratch, 8).unwrap();
    let info = server.info();
    assert_eq!(info.provision, Provision::Docker);
    assert!(info.image.as_ref().unwrap().starts_with(&image));
    assert!(info.image.as_ref().unwrap().contains("sha256:"));
    if cfg!(target_os = "linux") {
        assert_eq!(info.transport, "TCP to the container's own address");
    }
    assert_eq!(info.settings["fsync"], "on");
    let data = info.data.as_ref().unwrap();
    assert!(data.directory.starts_with(scratch.path().to_str().unwrap()));
    let written = std::fs::read_dir(&data.directory).unwrap().count();
    assert!(written > 0, "the data is on the bind mount");

    let database = server.create_database(1).unwrap();
    assert_eq!(
        query(database.url.expose(), "SELECT current_database()::text").unwrap(),
        database.name
    );
    server.drop_database(database).unwrap();

    // A second one of the same run goes its own way.
    let second = ask("docker", &image, &scratch, 8).unwrap();
    assert_eq!(containers_of(scratch.id()).len(), 2);
    drop(second);
    assert!(server.is_alive());

    assert_eq!(containers_of(scratch.id()).len(), 1);
    let start = Instant::now();
    drop(server);
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "{:?}",
        start.elapsed()
    );
    assert!(containers_of(scratch.id()).is_empty());
    let path = scratch.path().to_owned();
    drop(scratch);
    assert!(!path.exists());
}

#[test]
fn a_panic_removes_the_container() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let panicked = std::panic::catch_unwind(|| {
        let _server = ask("docker", &image, &scratch, 8).unwrap();
        assert_eq!(containers_of(scratch.id()).len(), 1);
        panic!("on purpose");
    });
    assert!(panicked.is_err());
    assert!(containers_of(scratch.id()).is_empty());
}

#[test]
fn an_interrupt_while_the_container_starts_leaves_nothing() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    for delay in [0, 200, 700] {
        let interrupt = Interrupt::never();
        let signal = interrupt.clone();
        let sender = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(delay));
            signal.raise(15);
        });
        let result = provide(&Order {
            wanted: &Wanted::Docker,
            image: &image,
            offline: false,
            scratch: &scratch,
            interrupt: &interrupt,
            connections: 8,
            tell: &|_| {},
        });
        sender.join().unwrap();
        assert!(
            matches!(result, Err(ProvideError::Interrupted(_))),
            "{result:?}"
        );
        assert!(containers_of(scratch.id()).is_empty(), "after {delay} ms");
    }
}

#[test]
fn a_container_that_ends_shows_its_last_words() {
    let Some(image) = need_docker_image() else {
        return;
    };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let broken = format!("contend-test-broken-{}:1", scratch.id());
    let made = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "id=$(docker create {image}) && docker commit --change 'CMD [\"postgres\", \"-c\", \"nonsense=1\"]' $id {broken} && docker rm $id"
        ))
        .status()
        .unwrap();
    assert!(made.success());
    let error = ask("docker", &broken, &scratch, 8).unwrap_err().to_string();
    Command::new("docker")
        .args(["rmi", &broken])
        .status()
        .unwrap();
    assert!(
        error.contains("last words") && error.contains("nonsense"),
        "{error}"
    );
    assert!(containers_of(scratch.id()).is_empty());
}

#[test]
fn a_registry_that_never_answers_is_passed_over_for_a_local_cluster() {
    let Some(_) = need_docker_image() else { return };
    let Some(()) = need_postgres_binaries() else {
        return;
    };
    // It accepts, for the kernel does, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let image = format!("{}/postgres:18", silent.local_addr().unwrap());
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    let start = Instant::now();
    let error = ask("docker", &image, &scratch, 8).unwrap_err().to_string();
    assert!(error.contains("no answer within 5 s"), "{error}");
    assert!(
        start.elapsed() < Duration::from_secs(8),
        "{:?}",
        start.elapsed()
    );

    let server = ask("", &image, &scratch, 8).unwrap();
    assert_eq!(server.info().provision, Provision::Local);
    assert_eq!(server.info().passed_over.len(), 1);
    assert!(server.info().passed_over[0].contains("no answer within 5 s"));
}

#[test]
fn an_image_that_no_registry_has_is_refused_with_what_docker_said() {
    let Some(_) = need_docker_image() else { return };
    let directory = directory();
    let scratch = Scratch::claim(directory.path()).unwrap();
    // A port that was free a moment ago refuses connections.
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let error = ask("docker", &format!("{closed}/postgres:18"), &scratch, 8)
        .unwrap_err()
        .to_string();
    assert!(error.contains("could not be pulled"), "{error}");
}
