//! The trace reader with both sides saying anything: steps do not depend on cuts, count every octet, hold no controls.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::time::Millis;
use edgepost::trace::{Kind, Limits, Reader, Side, Step};

use crate::cuts::{Cut, Random};
use crate::meter;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    flags: u8,
    turns: u32,
    cut: u32,
    octets: &'a [u8],
}

impl Input<'_> {
    fn limits(&self) -> Limits {
        if self.flags & 1 == 0 { Limits { line: 64, reply: 512 } } else { Limits::default() }
    }
}

pub fn run(octets: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let whole = read(&input, Cut::Whole);
    assert_eq!(whole, read(&input, Cut::Random(input.cut)), "steps depend on cuts");
    assert_eq!(whole, read(&input, Cut::Single), "steps depend on cuts");
    let limits = input.limits();
    for step in &whole {
        let text = step.to_string();
        assert!(text.chars().all(|c| matches!(c, '\t' | '\n') || !c.is_control()), "a control in {text:?}");
        assert!(
            step.text.len() <= 3 * (limits.reply + limits.line) + 64,
            "{} octets are shown",
            step.text.len()
        );
    }
    let counted: u64 = whole.iter().filter(|step| step.kind != Kind::Closed).map(|step| step.octets).sum();
    assert_eq!(counted, input.octets.len() as u64, "every octet is in one step");
}

/// The sides take turns where a generator says, a turn beginning where a line has ended.
fn read(input: &Input, cut: Cut) -> Vec<Step> {
    let mut reader = Reader::within(input.limits());
    let mut random = Random::new(input.turns.into());
    let mut steps = Vec::new();
    let mut rest = input.octets;
    let mut side = Side::Server;
    while !rest.is_empty() {
        let turn =
            rest.split_inclusive(|&octet| octet == b'\n').take(1 + random.below(3)).map(<[u8]>::len).sum();
        let (said, after) = rest.split_at(turn);
        for piece in cut.pieces(said) {
            steps.extend(match side {
                Side::Server => reader.server(piece, Millis::new(0)),
                _ => reader.client(piece, Millis::new(0)),
            });
        }
        if input.flags & 2 != 0 && random.chance(5) {
            steps.extend(reader.secured(Millis::new(0)));
        }
        rest = after;
        side = if side == Side::Server { Side::Client } else { Side::Server };
    }
    steps.extend(reader.closed(Side::Link, Millis::new(0)));
    let kept = meter::read().peak;
    assert!(kept <= (512 << 10) + 512 * input.octets.len(), "{kept} octets are kept");
    steps
}
