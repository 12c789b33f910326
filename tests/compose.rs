//! The app in containers, started and stopped as the README says.

mod support;

use std::collections::BTreeSet;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;
use support::compose::{Answer, Stack, docker, script};

const APPS: [&str; 4] = ["app-1", "app-2", "app-3", "app-4"];

#[test]
fn four_containers_share_one_sqlite_file() {
    let Some(stack) = Stack::up("sqlite", &[("DISCIPLINE", "naive")]) else {
        return;
    };
    assert!(
        stack
            .containers()
            .keys()
            .eq(APPS.iter().chain(["nginx"].iter()))
    );
    all_are_healthy(&stack);
    only_the_load_balancer_is_published_and_only_here(&stack);
    no_container_may_do_more_than_it_must(&stack);
    increments_reach_all_four(&stack, "one-by-one");
    a_body_too_large_is_refused_and_takes_no_app_out(&stack);

    // Careless clients that meet on a file are refused, and the logs of each container tell how often.
    let answers = stack.increment_at_once("hot", 8, 25);
    let refused = |app: &str| {
        let by_this =
            |answer: &&Answer| answer.container() == app && answer.code() == "SQLITE_BUSY";
        answers.iter().filter(by_this).count()
    };
    assert!(APPS.iter().map(|app| refused(app)).sum::<usize>() > 0);
    for app in APPS {
        let logged = || {
            let log = stack.script(&["logs", app]);
            log.lines()
                .filter(|line| line.contains("/api/increment") && line.contains("SQLITE_BUSY"))
                .count()
        };
        wait_until(
            || logged() == refused(app),
            || format!("{app}: {} not {}", logged(), refused(app)),
        );
    }

    it_stops_when_asked_and_leaves_nothing(&stack);
}

#[test]
fn the_same_four_containers_share_a_postgresql_server() {
    let Some(stack) = Stack::up("postgres", &[("DISCIPLINE", "careful")]) else {
        return;
    };
    assert!(
        stack
            .containers()
            .keys()
            .eq(APPS.iter().chain(["nginx", "postgres"].iter()))
    );
    all_are_healthy(&stack);
    only_the_load_balancer_is_published_and_only_here(&stack);
    no_container_may_do_more_than_it_must(&stack);
    increments_reach_all_four(&stack, "one-by-one");

    let answers = stack.increment_at_once("hot", 8, 10);
    assert!(answers.iter().all(|answer| answer.status == 200));
    assert_eq!(stack.counter("hot"), 80);

    it_stops_when_asked_and_leaves_nothing(&stack);
}

#[test]
fn another_profile_is_refused_with_the_names_of_both() {
    for arguments in [
        vec!["up"],
        vec!["up", "mysql"],
        vec!["up", "sqlite", "postgres"],
    ] {
        let output = script().args(&arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(
            stderr.contains("sqlite") && stderr.contains("postgres"),
            "{stderr}"
        );
    }
}

fn all_are_healthy(stack: &Stack) {
    let unhealthy = || {
        let containers = stack.containers();
        let health = |container: &Value| container["State"]["Health"]["Status"] != "healthy";
        containers
            .into_iter()
            .find(|(_, container)| health(container))
    };
    wait_until(|| unhealthy().is_none(), || format!("{:?}", unhealthy()));
}

fn only_the_load_balancer_is_published_and_only_here(stack: &Stack) {
    for (service, container) in stack.containers() {
        let ports = container["NetworkSettings"]["Ports"].as_object().unwrap();
        let published: Vec<&Value> = ports
            .values()
            .filter_map(Value::as_array)
            .flatten()
            .collect();
        assert_eq!(
            published.len(),
            usize::from(service == "nginx"),
            "{service}"
        );
        for port in published {
            assert_eq!(port["HostIp"], "127.0.0.1");
        }
    }
}

fn no_container_may_do_more_than_it_must(stack: &Stack) {
    for (service, container) in stack.containers() {
        let host = &container["HostConfig"];
        assert_eq!(host["ReadonlyRootfs"], true, "{service}");
        assert_eq!(host["CapDrop"][0], "ALL", "{service}");
        assert_eq!(
            host["SecurityOpt"][0], "no-new-privileges:true",
            "{service}"
        );

        let id = container["Id"].as_str().unwrap();
        assert_ne!(docker(&["exec", id, "id", "-u"]).trim(), "0", "{service}");
        let touch = Command::new("docker")
            .args(["exec", id, "touch", "/x"])
            .output()
            .unwrap();
        assert!(!touch.status.success(), "{service}");
        let stderr = String::from_utf8(touch.stderr).unwrap();
        assert!(
            stderr.contains("Read-only file system"),
            "{service}: {stderr}"
        );
    }
}

fn increments_reach_all_four(stack: &Stack, key: &str) {
    let mut answered_by = BTreeSet::new();
    for time in 1..=20 {
        let answer = stack.increment(key);
        assert_eq!(
            (answer.status, &answer.body["value"]),
            (200, &Value::from(time))
        );
        answered_by.insert(answer.container().to_owned());
    }
    assert!(answered_by.iter().eq(APPS.iter()), "{answered_by:?}");
    assert_eq!(stack.counter(key), 20);
}

/// An app that refuses a body halfway would count as broken, and get no requests for a while.
fn a_body_too_large_is_refused_and_takes_no_app_out(stack: &Stack) {
    for size in [65 << 10, 2 << 20] {
        for _ in APPS {
            let answer = stack.increment(&"x".repeat(size));
            assert_eq!(answer.status, 413, "{size}");
            assert_eq!(answer.body["success"], false, "{size}: {}", answer.body);
        }
    }
    increments_reach_all_four(stack, "after-large-bodies");
}

fn it_stops_when_asked_and_leaves_nothing(stack: &Stack) {
    stack.script(&["stop"]);
    let containers = stack.containers();
    for (service, container) in &containers {
        assert_eq!(container["State"]["Status"], "exited", "{service}");
        assert_eq!(container["State"]["ExitCode"], 0, "{service}");
    }

    // Also those that have no name of their own and carry no label.
    let volumes: BTreeSet<&str> = containers
        .values()
        .flat_map(|container| container["Mounts"].as_array().unwrap())
        .filter_map(|mount| mount["Name"].as_str())
        .collect();
    assert!(!volumes.is_empty());
    stack.script(&["down"]);
    for list in ["ps --all", "network ls", "volume ls"] {
        assert!(stack.owned(list).is_empty(), "{list}");
    }
    let left = docker(&["volume", "ls", "--quiet"]);
    assert!(
        !left.lines().any(|volume| volumes.contains(volume)),
        "{left}"
    );
}

fn wait_until(done: impl Fn() -> bool, otherwise: impl Fn() -> String) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{}", otherwise());
        std::thread::sleep(Duration::from_millis(200));
    }
}
