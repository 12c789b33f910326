//! What the report says of the conditions under which its figures came about.

use crate::support::html::{figure, page, section, text};
use crate::support::run::Fixture;
use contend::measure::trial::MachineCpu;
use contend::measure::{Run, Topology, TrialResult};

#[test]
fn lengths_that_differ_are_told_by_workload() {
    let fixture = Fixture {
        workloads: vec!["increment-hot", "insert-1", "payment-deadlock"],
        ..Fixture::small()
    };
    let page = page(&fixture.run());
    let expected = "3 s (1.5 s for payment-deadlock)";
    for id in ["summary", "method"] {
        assert!(text(section(&page, id)).contains(expected), "{id}");
    }
}

#[test]
fn the_method_states_the_lock_timeout_of_the_run() {
    let mut run = Fixture::small().run();
    run.plan.lock_timeout_seconds = 2.5;
    let page = page(&run);
    let method = text(section(&page, "method"));
    assert!(
        method.contains("waits at most 2.5 s for a lock"),
        "{method}"
    );
}

/// The page of a run in this topology.
fn placed(topology: Topology) -> String {
    let mut run = Fixture::small().run();
    for point in &mut run.plan.points {
        point.topology = topology;
    }
    for trial in &mut run.trials {
        trial.point.topology = topology;
    }
    page(&run)
}

#[test]
fn a_run_over_http_says_what_the_instances_are_and_what_a_latency_includes() {
    for (topology, is, includes) in [
        (
            Topology::Containers,
            "each instance is a container of the app (contend serve), all of them behind nginx",
            "the app, the load balancer and the network of the containers are in it",
        ),
        (
            Topology::Apps,
            "each instance is a process of the app (contend serve) on this machine, without a load balancer",
            "the app is in it",
        ),
    ] {
        let page = placed(topology);
        let method = text(section(&page, "method"));
        for expected in [is, includes, "it is the app that does so"] {
            assert!(method.contains(expected), "{expected}: {method}");
        }
        assert!(!method.contains("every client has a connection to itself"));
        let opening = text(section(&page, "summary"));
        assert!(opening.contains("Clients asked instances of an app over HTTP"));
        assert!(page.contains("Careful instances of the app send"));
    }
}

#[test]
fn a_run_of_processes_says_nothing_of_an_app() {
    let page = placed(Topology::Processes);
    let method = text(section(&page, "method"));
    assert!(method.contains("4 instances; every client has a connection to itself."));
    assert!(!method.contains("HTTP"), "{method}");
    assert!(!text(section(&page, "summary")).contains("HTTP"));
    assert!(page.contains("Careful clients send"));
}

/// What stands in the box of warnings; empty without any.
fn warnings(run: &Run) -> String {
    let page = page(run);
    match page.contains("<section id=\"warnings\"") {
        true => text(section(&page, "warnings")),
        false => String::new(),
    }
}

/// Sets the times beside every trial from its position.
fn time_the_disk(run: &mut Run, times: impl Fn(u32) -> (f64, f64)) {
    for trial in &mut run.trials {
        let (before, after) = times(trial.position);
        (trial.fdatasync_us, trial.fdatasync_after_us) = (Some(before), Some(after));
    }
}

#[test]
fn a_disk_whose_speed_moves_is_warned_of() {
    let mut run = Fixture::small().run();
    time_the_disk(&mut run, |_| (500.0, 500.0));
    assert!(!warnings(&run).contains("not steady"));
    // Twice as slow in one trial of nine is more than a tenth; in one of eighteen it is not.
    time_the_disk(&mut run, |n| (500.0, if n <= 1 { 1_100.0 } else { 500.0 }));
    assert!(!warnings(&run).contains("not steady"));
    time_the_disk(&mut run, |n| (500.0, if n <= 2 { 1_100.0 } else { 500.0 }));
    let found = warnings(&run);
    assert!(
        found.contains("changed more than twofold within 2 of 18 trials (11.1 %)"),
        "{found}"
    );
    // Steady within each trial, but not over the run.
    let slow = |n: u32| if n.is_multiple_of(2) { 2_000.0 } else { 500.0 };
    time_the_disk(&mut run, |n| (slow(n), slow(n)));
    let found = warnings(&run);
    let expected = "took 1.25 ms (median), but less than 500 µs in a tenth of all tries and more than 2.00 ms in \
                    another. Measure on a quieter disk, or in more rounds.";
    assert!(found.contains(expected), "{found}");
}

#[test]
fn a_server_whose_disk_is_not_known_is_warned_of() {
    let mut run = Fixture::small().run();
    assert!(!warnings(&run).contains("whose disk is not known"));
    run.server.as_mut().unwrap().data = None;
    assert!(warnings(&run).contains("whose disk is not known"));
    let caption = |run: &Run| text(figure(&page(run), "increment-hot-goodput"));
    let expected = "It stands for the trials of SQLite only";
    assert!(!caption(&run).contains(expected));
    for trial in &mut run.trials {
        if trial.point.subject == "postgres" {
            (trial.fdatasync_us, trial.fdatasync_after_us) = (None, None);
        }
    }
    assert!(caption(&run).contains(expected));
}

/// Lets the hypervisor take a share of all CPU time of each trial.
fn steal(run: &mut Run, seconds: f64, share: impl Fn(u32) -> f64) {
    for trial in &mut run.trials {
        let taken = share(trial.position);
        if let TrialResult::Measured(measurement) = &mut trial.result {
            measurement.seconds = seconds;
            measurement.machine_cpu = Some(MachineCpu {
                busy_seconds: 2.0 * seconds * (1.0 - taken),
                idle_seconds: 0.0,
                steal_seconds: 2.0 * seconds * taken,
            });
        }
    }
}

#[test]
fn a_short_trial_has_too_few_ticks_for_a_share_of_its_own() {
    let once = |n: u32| if n == 1 { 0.5 } else { 0.0 };
    let mut run = Fixture::small().run();
    steal(&mut run, 0.2, once);
    assert!(!warnings(&run).contains("hypervisor"));
    steal(&mut run, 3.0, once);
    let found = warnings(&run);
    assert!(
        found.contains("gave 2.8 % of the CPU time to other guests, and more than 5.0 % in 1 trial (at most 50 %)"),
        "{found}"
    );
    // Little in each, but it adds up.
    steal(&mut run, 0.2, |_| 0.1);
    let found = warnings(&run);
    assert!(
        found.contains("gave 10 % of the CPU time to other guests: measure"),
        "{found}"
    );
}
