//! The work grows like the input and no faster, for every parser and both engines: no peer buys more work than it pays octets for.
//!
//! Work is counted, not timed. A plain build counts the octets that are asked of the allocator. A build with
//! `RUSTFLAGS="-Cinstrument-coverage --cfg count_steps"` counts every branch that is taken as well; `tests/linear.test.mjs`
//! runs it like that.

mod engines;
mod meter;
mod parsers;

use meter::cost;

/// A case: its name, and what it does with an input of this size.
type Case = (&'static str, fn(usize));

/// The input, doubled and doubled again. A smaller one would show the buffers that are made once.
const SIZES: [usize; 2] = [1_000, 4_000];

/// Four, and what a vector has asked for beyond its need when it has just doubled. Quadratic work would be sixteen.
const GROWTH: f64 = 6.0;

#[test]
fn four_times_the_input_is_four_times_the_work() {
    let mut quadratic = Vec::new();
    for (name, case) in parsers::CASES.iter().chain(engines::CASES) {
        let [before, after] = SIZES.map(|size| cost(|| case(size)));
        let growth = after as f64 / before.max(1) as f64;
        if growth > GROWTH {
            quadratic.push(format!("{name}: {growth:.1} times the work, {before} and {after}"));
        }
    }
    assert!(quadratic.is_empty(), "\n{}", quadratic.join("\n"));
}

#[test]
fn the_meter_sees_what_is_not_linear() {
    let quadratic = |size: usize| {
        let mut kept = Vec::new();
        for octet in 0..size {
            kept = [&kept[..], &[octet as u8]].concat();
        }
    };
    assert!(cost(|| quadratic(4_000)) > 10 * cost(|| quadratic(1_000)));
}

/// Scanning needs no memory: only a build that counts branches sees it.
#[cfg(count_steps)]
#[test]
fn the_meter_sees_what_is_scanned_again() {
    let scan = |size: usize| {
        let found = (0..size).filter(|&from| (from..size).any(|at| at == size));
        assert_eq!(found.count(), 0);
    };
    assert!(cost(|| scan(4_000)) > 10 * cost(|| scan(1_000)));
}
