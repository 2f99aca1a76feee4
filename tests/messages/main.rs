//! The grammars of messages against the vectors of other projects, each with its source and licence beside it.

mod addresses;
mod bounces;
mod cases;
mod dates;
mod words;

/// Where the RFC says otherwise than the vector, or says nothing, and why.
type Listed = &'static [(&'static str, &'static str)];

/// Fails with every case that is wrong and not listed, and with those that are listed and right.
fn judge(listed: Listed, results: impl IntoIterator<Item = (String, Result<(), String>)>) {
    let mut report = String::new();
    for (id, result) in results {
        match (result, listed.iter().any(|(other, _)| *other == id)) {
            (Ok(()), true) => report += &format!("\n{id} is listed and right"),
            (Err(reason), false) => report += &format!("\n{id}: {reason}"),
            _ => {}
        }
    }
    assert!(report.is_empty(), "{report}");
}
