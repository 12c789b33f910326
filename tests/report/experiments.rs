//! What the report shows of experiments, and what it must not.

use crate::support::findings::{self, experiment, make_void};
use crate::support::html::{figure, page, pieces, section, svg, table, text};
use crate::support::run::Fixture;
use contend::measure::experiment::{Observation, Unit, View};
use contend::measure::{Experiment, Run};

/// A small run in which these experiments were made.
fn run(experiments: Vec<Experiment>) -> Run {
    Run {
        experiments,
        ..Fixture::small().run()
    }
}

/// An experiment with one view, and so many repeats of each of these figures by clients.
fn seen(view: View, found: &[(&str, &[f64])]) -> Experiment {
    let mut observations = Vec::new();
    for (clients, values) in found {
        for (repeat, value) in (1..).zip(*values) {
            observations.push(Observation {
                repeat,
                ..Observation::under([("subject", "postgres"), ("clients", clients)])
                    .with("failed", *value)
            });
        }
    }
    Experiment {
        views: vec![view],
        observations,
        ..experiment("load")
    }
}

fn rows_by_clients() -> View {
    View::of("failed", "Failed", "failed", Unit::Count).series(&["clients"])
}

/// A file of the report beside the page.
fn file(run: &Run, name: &str) -> String {
    let out = tempfile::tempdir().unwrap();
    contend::report::write(run, out.path()).unwrap();
    std::fs::read_to_string(out.path().join(name)).unwrap()
}

#[test]
fn the_table_beside_a_chart_has_median_range_and_repeats_in_the_order_of_numbers() {
    let found: &[(&str, &[f64])] = &[
        ("100", &[30.0, 10.0, 20.0]),
        ("50", &[7.0]),
        ("10", &[0.0, 0.0]),
    ];
    let page = page(&run(vec![seen(rows_by_clients(), found)]));
    let rows = table(figure(&page, "experiment-load-failed"));
    let lines: Vec<String> = rows.iter().map(|row| row.join(" | ")).collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn a_void_observation_is_counted_and_never_drawn() {
    let found: &[(&str, &[f64])] = &[("10", &[1.0, 2.0, 3.0]), ("50", &[4.0, 5.0, 6.0])];
    for view in [
        rows_by_clients(),
        rows_by_clients().series(&["subject"]).along("clients"),
    ] {
        let mut with = seen(view, found);
        make_void(&mut with.observations[4]);
        let mut without = with.clone();
        without.observations.remove(4);
        let [with, without] = [with, without].map(|made| page(&run(vec![made])));
        let drawn = |page: &str| svg(figure(page, "experiment-load-failed")).to_owned();
        assert_eq!(drawn(&with), drawn(&without));
        assert!(!drawn(&with).contains("98,765"));
        let words = text(section(&with, "experiments"));
        assert!(
            words.contains("1 void observation is not drawn."),
            "{words}"
        );
        assert!(words.contains("2 repeats; 1 void"), "{words}");
        assert!(words.contains("stored: expected 100, found 99"), "{words}");
    }
}

#[test]
fn what_a_document_states_is_said_to_be_the_documents() {
    let view = rows_by_clients().stated(None, 30.0, 30.0, "more than 30 busy");
    let view = view.stated(Some(50.0), 25.0, 25.0, "25 of 50 fail");
    let found: &[(&str, &[f64])] = &[("10", &[1.0]), ("50", &[4.0])];
    for view in [view.clone(), view.series(&["subject"]).along("clients")] {
        let page = page(&run(vec![seen(view, found)]));
        let chart = svg(figure(&page, "experiment-load-failed"));
        for words in ["document: more than 30 busy", "document: 25 of 50 fail"] {
            assert!(text(chart).contains(words), "{words}");
        }
        assert!(chart.contains("stroke-dasharray=\"4 4\""));
    }
}

#[test]
fn what_all_series_share_is_said_once() {
    let mut made = seen(
        rows_by_clients().series(&["clients", "way"]),
        &[("10", &[1.0]), ("50", &[2.0])],
    );
    for observation in &mut made.observations {
        observation
            .conditions
            .insert("way".to_owned(), "DEFERRED".to_owned());
    }
    let page = page(&run(vec![made]));
    let figure = figure(&page, "experiment-load-failed");
    let labels: Vec<String> = pieces(svg(figure), "<text", "</text>")
        .iter()
        .map(|t| text(t).trim().to_owned())
        .collect();
    assert!(
        labels.iter().any(|label| label == "clients 50"),
        "{labels:?}"
    );
    assert!(text(figure).contains("All of it: DEFERRED."));
}

#[test]
fn a_step_that_waits_spans_what_others_do_meanwhile() {
    let page = page(&run(findings::experiments()));
    let chart = svg(figure(&page, "experiment-lost-update-transaction-postgres"));
    let words: Vec<String> = pieces(chart, "<text", "</text>")
        .iter()
        .map(|t| text(t).trim().to_owned())
        .collect();
    let place = |wanted: &str| {
        let found = words.iter().position(|words| words.contains(wanted));
        found.unwrap_or_else(|| panic!("{wanted} is not in {words:#?}"))
    };
    assert!(place("waits …") < place("COMMIT"));
    assert!(place("COMMIT") < place("refused after 101 ms: busy (5)"));
    assert!(place("refused") < place("ROLLBACK"));
    // The statement is exact, and no markup.
    assert!(chart.contains("&lt;b&gt;now&lt;/b&gt;") && !chart.contains("<b>"));
    assert!(place("ROLLBACK") < place("integrity: ok, as expected"));
}

#[test]
fn a_loss_stands_at_the_foot_of_the_chart_and_beside_the_subject() {
    let page = page(&run(findings::experiments()));
    let anchor = "experiment-lost-update-autocommit-postgres";
    let words = text(svg(figure(&page, anchor)));
    let lost = "counter = 100 + acknowledged increments: 102 expected, 101 found: 1 lost";
    assert!(words.contains(lost), "{words}");
    assert!(
        text(section(&page, "experiments"))
            .contains("postgres (power loss): no step refused; 1 lost")
    );
    let rows = table(figure(&page, anchor));
    assert_eq!(rows.len(), 1 + 8, "every step is a row of the table");
    assert_eq!(
        rows[3],
        [
            "0.7 ms",
            "A",
            "SELECT value FROM counters WHERE key = 1",
            "gave 100 after 210 µs",
            ""
        ]
    );
}

#[test]
fn only_the_first_subject_of_an_interleaving_is_unfolded() {
    let page = page(&run(findings::experiments()));
    let part = pieces(
        &page,
        "<article id=\"experiment-lost-update\"",
        "</article>",
    )[0];
    assert_eq!(part.matches("<details class=\"play\" open>").count(), 2);
    assert_eq!(part.matches("<details class=\"play\">").count(), 4);
}

#[test]
fn an_experiment_says_its_extent_what_was_left_out_and_what_could_not_be_made() {
    let page = page(&run(findings::experiments()));
    let words = text(section(&page, "experiments"));
    for expected in [
        "version 1, in its quick form, 12 s, began 2026-01-01T00:40:00Z",
        "version 1, made in full",
        "Fixture: 1,000 clients were left out.",
        "postgres, transaction: Fixture: the server went away",
        "All observations: 240 observations under 80 conditions",
    ] {
        assert!(words.contains(expected), "{expected}");
    }
    let missing = text(section(&page, "not-measured"));
    assert!(missing.contains("were not made: ") && missing.contains("lock-table"));
    assert!(!missing.contains("lost-update,"), "{missing}");
}

#[test]
fn what_clients_send_is_shown_as_it_is_sent() {
    let sql = ["BEGIN", "UPDATE t SET a = $1 WHERE a < $2"].map(str::to_owned);
    let made = Experiment {
        scripts: [("naive <b>".to_owned(), sql.into())].into(),
        ..experiment("lost-updates")
    };
    let page = page(&run(vec![made]));
    let words = text(section(&page, "experiments"));
    assert!(words.contains("naive <b>"), "{words}");
    assert!(words.contains("UPDATE t SET a = $1 WHERE a < $2"));
}

#[test]
fn two_parts_of_one_name_have_an_anchor_each() {
    let twice = vec![findings::timeline("sales", "postgres"); 2];
    let page = page(&run(vec![Experiment {
        timelines: twice,
        ..experiment("inventory")
    }]));
    for anchor in [
        "experiment-inventory-sales-postgres",
        "experiment-inventory-sales-postgres-2",
    ] {
        figure(&page, anchor);
    }
}

#[test]
fn every_figure_of_every_observation_is_a_line_of_the_csv_file() {
    let mut made = seen(rows_by_clients(), &[("10", &[1.0, 2.5])]);
    make_void(&mut made.observations[1]);
    let run = run(vec![made]);
    insta::assert_snapshot!(file(&run, "experiments.csv").replace(&run.id, "(id)"));
}

#[test]
fn experiments_that_hardly_are_one_are_shown_as_well() {
    let one = |view: View, found: &[(&str, &[f64])]| vec![seen(view, found)];
    let lines = || rows_by_clients().series(&["subject"]).along("clients");
    let cases = [
        (
            "nothing observed",
            vec![experiment("load")],
            "It observed nothing.",
        ),
        (
            "a view of nothing",
            one(rows_by_clients(), &[]),
            "Nothing was observed that may be compared",
        ),
        (
            "lines of nothing",
            one(lines(), &[]),
            "Nothing was observed that may be compared",
        ),
        (
            "one point",
            one(lines(), &[("10", &[1.0])]),
            "Each mark is one observation.",
        ),
        (
            "noughts only",
            one(lines().logarithmic(), &[("0", &[0.0, 0.0])]),
            "with a place for 0",
        ),
        (
            "rows of noughts",
            one(rows_by_clients().logarithmic(), &[("0", &[0.0])]),
            "with a place for 0",
        ),
        (
            "500 clients",
            one(lines().logarithmic(), &[("1", &[0.0]), ("500", &[1e9])]),
            "clients",
        ),
        (
            "no number",
            one(lines(), &[("many", &[1.0])]),
            "Nothing was observed",
        ),
        (
            "some no number",
            one(lines(), &[("many", &[1.0]), ("2", &[1.0])]),
            "for it is no number: clients many.",
        ),
        (
            "no series",
            one(rows_by_clients().series(&[]), &[("10", &[1.0])]),
            "observed",
        ),
        (
            "all void",
            {
                let mut made = seen(rows_by_clients(), &[("10", &[1.0])]);
                make_void(&mut made.observations[0]);
                vec![made]
            },
            "1 void observation is not drawn.",
        ),
        (
            "no steps",
            vec![Experiment {
                timelines: vec![contend::measure::experiment::Timeline {
                    steps: Vec::new(),
                    ..findings::timeline("sales", "postgres")
                }],
                ..experiment("inventory")
            }],
            "No step was made.",
        ),
    ];
    for (name, experiments, expected) in cases {
        let words = text(&page(&run(experiments)));
        assert!(words.contains(expected), "{name}: {expected}");
        for wrong in ["NaN", "inf ", "undefined"] {
            assert!(!words.contains(wrong), "{name}: {wrong}");
        }
    }
}

#[test]
fn no_line_is_drawn_over_a_place_where_all_is_void() {
    let found: &[(&str, &[f64])] = &[("1", &[1.0]), ("2", &[2.0]), ("3", &[3.0]), ("4", &[2.0])];
    let corners = |made: &Experiment| -> Vec<usize> {
        let page = page(&run(vec![made.clone()]));
        let lines = svg(figure(&page, "experiment-load-failed"))
            .lines()
            .filter(|line| line.contains("stroke=\"#009E73\""));
        let counts = lines.map(|line| line.split("points=\"").nth(1).unwrap().matches(',').count());
        counts.collect()
    };
    let view = rows_by_clients().series(&["subject"]).along("clients");
    let mut made = seen(view, found);
    // The first is the mark of the legend.
    assert_eq!(corners(&made), [2, 4]);
    make_void(&mut made.observations[1]);
    assert_eq!(corners(&made), [2, 2], "only the last two are joined");
}

#[test]
fn a_panel_of_one_subject_has_its_colour_and_tier() {
    let found: &[(&str, &[f64])] = &[("10", &[1.0]), ("50", &[4.0])];
    let rows = rows_by_clients().panels(&["subject"]);
    for view in [rows.clone(), rows.series(&["way"]).along("clients")] {
        let mut made = seen(view, found);
        for observation in made.observations.clone() {
            let mut other = observation;
            let wal = "sqlite-wal-full".to_owned();
            other.conditions.insert("subject".to_owned(), wal);
            made.observations.push(other);
        }
        let page = page(&run(vec![made]));
        let chart = svg(figure(&page, "experiment-load-failed"));
        assert!(chart.contains("#009E73") && chart.contains("#0072B2"));
        assert!(text(chart).contains("sqlite-wal-full (power loss)"));
    }
}

#[test]
fn a_mark_of_different_conditions_says_so() {
    let found: &[(&str, &[f64])] = &[("10", &[1.0]), ("50", &[4.0])];
    let caption = |view: View| {
        let page = page(&run(vec![seen(view, found)]));
        text(
            pieces(
                figure(&page, "experiment-load-failed"),
                "<figcaption",
                "</figcaption>",
            )[0],
        )
    };
    let mixed = "does not tell apart what differs in clients";
    assert!(caption(rows_by_clients().series(&["subject"])).contains(mixed));
    assert!(!caption(rows_by_clients()).contains(mixed));
}
