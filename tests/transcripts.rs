//! Sessions written down, played against client and server at every split of the bytes.

mod scenario;

use edgepost::{client, server};

use scenario::{Scenario, Walk};

fn scenarios(side: &str) -> Vec<Scenario> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "smtp"));
    paths.sort();
    let parse = |path: &std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_string_lossy();
        Scenario::parse(&name, &std::fs::read_to_string(path).unwrap())
    };
    paths.iter().map(parse).filter(|scenario| scenario.side == side || scenario.side == "both").collect()
}

/// The table of transitions is true: each was seen, and no other but those of failures.
fn every_edge_is_walked(table: Vec<(String, String)>, walk: Walk) {
    for edge in table.iter().filter(|(from, to)| from != to) {
        assert!(walk.gone.contains(edge), "no transcript goes from {} to {}", edge.0, edge.1);
    }
    for edge in walk.gone.iter().filter(|(_, to)| to != "Closed") {
        assert!(table.contains(edge), "the table does not know the way from {} to {}", edge.0, edge.1);
    }
}

#[test]
fn the_client_keeps_to_every_transcript_at_every_split() {
    let mut walk = Walk::default();
    let scenarios = scenarios("client");
    assert!(scenarios.len() >= 30, "{} transcripts", scenarios.len());
    for scenario in scenarios {
        for cut in scenario.cuts(false) {
            for hosted in [false, true] {
                scenario.play_client(cut, hosted, &mut walk);
            }
        }
    }
    let table = client::TRANSITIONS.iter().map(|(from, _, to)| (format!("{from:?}"), format!("{to:?}")));
    every_edge_is_walked(table.collect(), walk);
}

#[test]
fn the_server_keeps_to_every_transcript_at_every_split() {
    let mut walk = Walk::default();
    let scenarios = scenarios("server");
    assert!(scenarios.len() >= 25, "{} transcripts", scenarios.len());
    for scenario in scenarios {
        for cut in scenario.cuts(true) {
            scenario.play_server(cut, &mut walk);
        }
    }
    let table = server::TRANSITIONS.iter().map(|(from, _, to)| (format!("{from:?}"), format!("{to:?}")));
    every_edge_is_walked(table.collect(), walk);
}
