//! The JSON Schema of the run file, made from the types that write it.

use super::Run;

/// The JSON Schema (draft 2020-12) of a run file, as it is checked in beside this file.
pub fn json() -> String {
    let schema = schemars::schema_for!(Run);
    let mut text =
        serde_json::to_string_pretty(&schema).expect("a schema is representable as JSON");
    text.push('\n');
    text
}
