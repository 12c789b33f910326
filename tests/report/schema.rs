//! The JSON Schema of the run file.

use std::path::Path;

use crate::support::run::Fixture;
use contend::measure::schema;
use serde_json::Value;

fn checked_in() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("harness/measure/run.schema.json")
}

#[test]
fn the_checked_in_schema_is_the_one_the_types_make() {
    if std::env::var_os("CONTEND_BLESS").is_some() {
        std::fs::write(checked_in(), schema::json()).unwrap();
    }
    let found = std::fs::read_to_string(checked_in()).unwrap_or_default();
    assert!(
        found == schema::json(),
        "harness/measure/run.schema.json is not what the types make. If the change is meant, write it anew with\n\
         CONTEND_BLESS=1 cargo test --test report schema\nand ask whether SCHEMA_VERSION has to count up."
    );
}

fn validator() -> jsonschema::Validator {
    let schema: Value = serde_json::from_str(&schema::json()).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn a_run_file_fits_its_schema() {
    let mut fixture = Fixture::small();
    fixture.flawed = true;
    fixture.workloads = vec!["insert-100"];
    fixture.loads = vec![64];
    fixture.subjects.push("postgres-async");
    fixture.subjects.push("sqlite-delete-extra");
    let run = serde_json::to_value(fixture.run()).unwrap();
    let validator = validator();
    let errors: Vec<String> = validator
        .iter_errors(&run)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}

#[test]
fn what_is_no_run_does_not_fit_the_schema() {
    let validator = validator();
    let run = serde_json::to_value(Fixture::small().run()).unwrap();
    for (pointer, wrong) in [
        ("/trials/0/point/clients", Value::from("many")),
        ("/trials/0/result", Value::from("measured")),
        ("/plan/points/0/topology", Value::from("clouds")),
        ("/complete", Value::Null),
    ] {
        let mut broken = run.clone();
        *broken.pointer_mut(pointer).unwrap() = wrong;
        assert!(!validator.is_valid(&broken), "{pointer}");
    }
    let mut extra = run;
    extra["password"] = Value::from("hunter2");
    assert!(!validator.is_valid(&extra), "a field that no type has");
}
