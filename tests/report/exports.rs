//! Runs for other programs: Bencher and github-action-benchmark.

use std::collections::BTreeSet;

use crate::support::run::Fixture;
use contend::measure::Run;
use serde_json::{Value, json};

/// A file of the report of a run, as JSON.
fn export(run: &Run, name: &str) -> Value {
    let out = tempfile::tempdir().unwrap();
    contend::report::write(run, out.path()).unwrap();
    let text = std::fs::read_to_string(out.path().join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

fn assert_fits(schema: &Value, found: &Value) {
    let validator = jsonschema::validator_for(schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(found)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

/// A workload of each figure, by careful and by naive clients.
fn every_figure() -> Fixture {
    Fixture {
        rounds: 1,
        naive: vec![16],
        workloads: vec!["increment-hot", "long-transaction", "payment-deadlock"],
        ..Fixture::small()
    }
}

/// Bencher Metric Format.
fn bencher() -> Value {
    json!({
        "type": "object",
        "minProperties": 1,
        "additionalProperties": {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {
                "type": "object",
                "properties": {
                    "value": {"type": "number"},
                    "lower_value": {"type": "number"},
                    "upper_value": {"type": "number"},
                },
                "required": ["value"],
                "additionalProperties": false,
            },
        },
    })
}

/// What github-action-benchmark takes for its custom tools.
fn action() -> Value {
    json!({
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "properties": {
                "name": {"type": "string", "minLength": 1},
                "unit": {"type": "string"},
                "value": {"type": "number"},
                "range": {"type": "string"},
                "extra": {"type": "string"},
            },
            "required": ["name", "unit", "value"],
            "additionalProperties": false,
        },
    })
}

const ACTION: [&str; 2] = [
    "benchmark-bigger-is-better.json",
    "benchmark-smaller-is-better.json",
];

#[test]
fn every_export_fits_the_format_of_its_reader() {
    for fixture in [every_figure(), Fixture::small()] {
        let run = fixture.run();
        assert_fits(&bencher(), &export(&run, "bencher.json"));
        ACTION
            .iter()
            .for_each(|name| assert_fits(&action(), &export(&run, name)));
    }
}

#[test]
fn a_wrong_value_would_not_fit() {
    let validator = jsonschema::validator_for(&bencher()).unwrap();
    let mut found = export(&Fixture::small().run(), "bencher.json");
    let point = found.as_object_mut().unwrap().values_mut().next().unwrap();
    point["goodput-per-s"]["value"] = Value::Null;
    assert!(!validator.is_valid(&found));
}

#[test]
fn names_are_unique_and_the_same_in_every_run() {
    let names = |fixture: &Fixture| -> Vec<String> {
        let files = ACTION.map(|name| export(&fixture.run(), name));
        let entries = files.iter().flat_map(|file| file.as_array().unwrap());
        entries
            .map(|entry| entry["name"].as_str().unwrap().to_owned())
            .collect()
    };
    let everything = every_figure();
    let first = names(&everything);
    let unique: BTreeSet<&String> = first.iter().collect();
    assert_eq!(unique.len(), first.len());
    assert_eq!(
        first,
        names(&Fixture {
            seed: 3,
            rounds: 2,
            ..everything
        })
    );
    let expected = "increment-hot.v1/postgres/careful/processes/4 instances/16 clients/goodput";
    assert!(first.iter().any(|name| name == expected), "{first:?}");
    assert!(
        first
            .iter()
            .all(|name| !name.contains("noop") && !name.contains("naive"))
    );
}

#[test]
fn values_are_medians_with_bounds_only_where_the_rounds_give_an_interval() {
    let point = "increment-hot.v1/postgres/careful/processes/1 instance/1 client";
    let bounds = |rounds: u32| {
        let run = Fixture {
            rounds,
            ..Fixture::small()
        }
        .run();
        let found = export(&run, "bencher.json");
        let metric = found[point]["goodput-per-s"].clone();
        let goodputs = run
            .trials
            .iter()
            .filter(|t| t.point.subject == "postgres" && t.point.clients == 1);
        let mut goodputs: Vec<f64> = goodputs
            .map(|t| t.measurement().unwrap().goodput())
            .collect();
        goodputs.sort_by(f64::total_cmp);
        let median = (goodputs[(goodputs.len() - 1) / 2] + goodputs[goodputs.len() / 2]) / 2.0;
        assert_eq!(metric["value"].as_f64().unwrap(), median);
        metric
    };
    assert!(bounds(3).get("lower_value").is_none());
    let six = bounds(6);
    let number = |name: &str| six[name].as_f64().unwrap();
    assert!(number("lower_value") < number("value") && number("value") < number("upper_value"));
}
