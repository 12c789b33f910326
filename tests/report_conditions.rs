//! What the report says of the conditions under which its figures came about.

mod support;

use contend::measure::Run;
use support::html::{figure, page, section, text};
use support::run::Fixture;

/// The places that say of trials that they end before a lock timeout.
fn cut_off(run: &Run) -> Vec<&'static str> {
    let page = page(run);
    let places = [
        ("latency", figure(&page, "increment-hot-latency")),
        ("outcomes", figure(&page, "increment-hot-outcomes")),
        ("not measured", section(&page, "not-measured")),
        (
            "notes",
            page.split("<nav").next().expect("what is before it"),
        ),
    ];
    places
        .into_iter()
        .filter(|(_, html)| text(html).contains("end before a lock timeout of"))
        .map(|(name, _)| name)
        .collect()
}

#[test]
fn trials_that_end_before_a_lock_timeout_say_what_they_cut_off() {
    let mut run = Fixture::small().run();
    (run.plan.seconds, run.plan.lock_timeout_seconds) = (0.2, 5.0);
    assert_eq!(
        cut_off(&run),
        ["latency", "outcomes", "not measured", "notes"]
    );
    let words = text(&page(&run));
    assert!(words.contains(
        "Trials of 200 ms end before a lock timeout of 5 s: nobody could give up for it"
    ));
    assert!(words.contains("--seconds 15 --clients 16"));
    run.plan.seconds = 5.0;
    assert_eq!(cut_off(&run), [""; 0]);
}

#[test]
fn a_single_client_waits_for_nobody() {
    let mut run = Fixture {
        loads: vec![1],
        ..Fixture::small()
    }
    .run();
    (run.plan.seconds, run.plan.lock_timeout_seconds) = (0.2, 5.0);
    assert_eq!(cut_off(&run), [""; 0]);
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
