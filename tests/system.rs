//! The app as several instances on one database: behind a load balancer in containers, and as local
//! processes.

mod support;

use std::process::Command;

use contend::measure::{Discipline, Engine, Topology, TrialResult};
use rustix::process::Signal;
use support::bench::Bench;
use support::server::{need_docker_image, need_image};

/// The options that name images of the app and the load balancer that Docker has.
fn need_images() -> Option<Vec<String>> {
    let app = need_image("CONTEND_TEST_APP_IMAGE", "contend-app", "just app-image")?;
    let nginx = need_image(
        "CONTEND_TEST_NGINX_IMAGE",
        "nginx:alpine",
        "just image nginx",
    )?;
    Some(vec![
        "--app-image".into(),
        app,
        "--nginx-image".into(),
        nginx,
    ])
}

fn with<'a>(options: &[&'a str], images: &'a [String]) -> Vec<&'a str> {
    let images = images.iter().map(String::as_str);
    options.iter().copied().chain(images).collect()
}

/// What is left of this run's containers and networks.
fn left_in_docker(bench: &Bench) -> String {
    let lock = bench.databases().join("contend.lock");
    let filter = format!("label=org.contend.lock={}", lock.display());
    ["container ls --all", "network ls"]
        .iter()
        .map(|list| {
            let arguments = list.split(' ').chain(["--quiet", "--filter", &filter]);
            let listed = Command::new("docker").args(arguments).output().unwrap();
            String::from_utf8(listed.stdout).unwrap()
        })
        .collect()
}

/// Every trial was made over HTTP, passed its audit and did something.
fn assert_measured(bench: &Bench, topology: Topology) {
    let run = bench.kept();
    assert!(run.complete);
    assert!(!run.trials.is_empty());
    for trial in &run.trials {
        assert_eq!(trial.point.topology, topology);
        let TrialResult::Measured(measured) = &trial.result else {
            panic!("{trial:?}");
        };
        assert!(measured.audit.passed(), "{:?}", measured.audit);
        assert!(measured.attempts > 0, "{}", trial.point);
        // Careful clients get through in the end, however slow the machine is.
        if trial.point.discipline == Discipline::Careful {
            assert!(measured.committed + measured.late > 0, "{}", trial.point);
        }
        let engine = match trial.point.subject.as_str() {
            "postgres" => Engine::Postgres,
            _ => Engine::Sqlite,
        };
        let told = match engine {
            Engine::Postgres => "synchronous_commit",
            _ => "journal_mode",
        };
        assert!(
            measured.settings.contains_key(told),
            "the app reads them back"
        );
    }
}

const EVERY_KIND: &str = "increment-spread,insert-100,read-mostly,long-transaction,payment-mixed";

#[test]
fn every_workload_runs_through_the_app_as_local_processes() {
    let bench = Bench::new();
    let ended = bench.run(&[
        "--topology",
        "apps",
        "--subjects",
        "sqlite-wal-full",
        "--workloads",
        EVERY_KIND,
        "--clients",
        "8",
        "--rounds",
        "1",
        "--seconds",
        "0.2",
    ]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_measured(&bench, Topology::Apps);
}

#[test]
fn the_system_in_containers_serves_both_engines_and_leaves_nothing_behind() {
    let (Some(postgres), Some(images)) = (need_docker_image(), need_images()) else {
        return;
    };
    let bench = Bench::new();
    let options = [
        "--topology",
        "containers",
        "--subjects",
        "sqlite-wal-full,postgres",
        "--workloads",
        "increment-hot",
        "--clients",
        "8",
        "--rounds",
        "1",
        "--seconds",
        "0.2",
        "--postgres",
        "docker",
        "--postgres-image",
        &postgres,
    ];
    let ended = bench.run(&with(&options, &images));
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert_measured(&bench, Topology::Containers);
    assert_eq!(left_in_docker(&bench), "");
    let images_said = bench.kept().images;
    let page = bench.page();
    assert!(page.contains("containers"), "the report says where it ran");
    for (what, name) in [("app", &images[1]), ("load balancer", &images[3])] {
        let said = images_said.get(what).map_or("", String::as_str);
        assert!(said.starts_with(name) && said.contains("sha256:"), "{said}");
        assert!(page.contains(said), "the report says of which image");
    }
}

#[test]
fn ctrl_c_leaves_no_container_and_no_network() {
    let Some(images) = need_images() else { return };
    let bench = Bench::new();
    let options = [
        "--topology",
        "containers",
        "--subjects",
        "sqlite-wal-full",
        "--workloads",
        "increment-hot",
        "--clients",
        "4",
        "--rounds",
        "3",
        "--seconds",
        "2",
    ];
    let command = bench.command(&with(&options, &images));
    let mut running = bench.start(command);
    let started = || left_in_docker(&bench).lines().count() > 2;
    running.until("containers run", started);
    running.signal(Signal::INT);
    let ended = running.end();
    assert_eq!(ended.code, Some(130), "{}", ended.stderr);
    assert_eq!(left_in_docker(&bench), "");
}

#[test]
fn an_image_that_docker_lacks_is_named_with_what_to_do() {
    let Some(images) = need_images() else { return };
    let bench = Bench::new();
    let options = [
        "--topology",
        "containers",
        "--subjects",
        "sqlite-wal-full",
        "--workloads",
        "increment-hot",
        "--nginx-image",
        &images[3],
        "--app-image",
        "no-such-image",
    ];
    let ended = bench.run(&options);
    let said = ended.complaint();
    assert!(
        said.contains("no-such-image") && said.contains("just app-image"),
        "{said}"
    );
}
