//! The goodput chart: its reference line, and whose goodput it shows.

use crate::support::html::{figure, page, svg, text};
use crate::support::run::Fixture;
use contend::measure::{Run, TrialResult};

#[test]
fn the_reference_line_is_one_fdatasync_per_commit() {
    let mut run = Fixture::small().run();
    for trial in &mut run.trials {
        trial.fdatasync_us = trial.fdatasync_us.map(|_| 500.0);
        trial.fdatasync_after_us = trial.fdatasync_us;
    }
    let page = page(&run);
    let figure = figure(&page, "increment-hot-goodput");
    assert!(svg(figure).contains("one fdatasync per commit"));
    assert!(svg(figure).contains("group commit can exceed it"));
    assert!(
        text(figure).contains("2,000 per second here"),
        "{}",
        text(figure)
    );
    assert!(
        !text(figure).contains("band behind it"),
        "a steady disk has no band"
    );
}

#[test]
fn the_band_behind_the_reference_line_holds_four_of_five_times() {
    let mut run = Fixture::small().run();
    for trial in &mut run.trials {
        let timed = trial.fdatasync_us.is_some();
        trial.fdatasync_us = timed.then_some(400.0);
        trial.fdatasync_after_us = timed.then_some(500.0);
    }
    let page = page(&run);
    let figure = figure(&page, "increment-hot-goodput");
    assert!(svg(figure).contains("opacity=\"0.07\""));
    let caption = text(figure);
    assert!(
        caption.contains("the band behind it, from 2,000 to 2,500"),
        "{caption}"
    );
    assert!(
        caption.contains("2,220 per second here"),
        "the median of what was timed before and after: {caption}"
    );
}

#[test]
fn a_goodput_that_is_one_clients_is_said_to_be() {
    let mut run = Fixture {
        loads: vec![2, 16, 64],
        ..Fixture::small()
    }
    .run();
    let sentence = "Most commits came from one client with";
    let caption = |run: &Run| text(figure(&page(run), "increment-hot-goodput"));
    assert!(!caption(&run).contains(sentence), "nobody is starved");
    for trial in &mut run.trials {
        let starving = trial.point.subject == "sqlite-wal-full";
        let TrialResult::Measured(measurement) = &mut trial.result else {
            continue;
        };
        if starving {
            measurement.committed_per_client.fill(0);
            // Of two clients one has six tenths, which is no monopoly.
            let first = [60, 100][usize::from(trial.point.clients > 2)];
            measurement.committed_per_client[0] = first;
            measurement.committed_per_client[1] = 100 - first;
        }
    }
    let expected =
        format!("{sentence} sqlite-wal-full at 16 and 64 clients (100 %): such a goodput");
    assert!(caption(&run).contains(&expected), "{}", caption(&run));
}
