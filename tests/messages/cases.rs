//! The vectors of other projects: a line of JSON for each case, its fields by their names.

use serde_json::Value;

/// The lines of a file below `tests/vectors`.
pub fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    text.lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// The text of a field; empty if there is none.
pub fn text_of<'v>(case: &'v Value, name: &str) -> &'v str {
    case[name].as_str().unwrap_or_default()
}

/// The list in a field; empty if there is none.
pub fn list_of<'v>(case: &'v Value, name: &str) -> &'v [Value] {
    case[name].as_array().map(Vec::as_slice).unwrap_or_default()
}
