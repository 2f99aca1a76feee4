//! A short run without coverage: seeds, changed at random by a generator that is the same on every machine.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::Target;
use crate::cuts::Random;

/// No input is longer.
const LONGEST: usize = 4096;

/// What the grammars know, to be put anywhere.
pub const WORDS: &[&str] = &[
    "EHLO ",
    "HELO ",
    "LHLO ",
    "MAIL FROM:<",
    "RCPT TO:<",
    "DATA\r\n",
    "BDAT ",
    " LAST\r\n",
    "RSET\r\n",
    "NOOP",
    "QUIT\r\n",
    "STARTTLS\r\n",
    "AUTH PLAIN ",
    "AUTH LOGIN\r\n",
    "AGEAYg==",
    "*\r\n",
    "VRFY ",
    "SIZE=",
    "BODY=8BITMIME",
    "SMTPUTF8",
    "a@b.example>",
    "<>",
    "@",
    "\"",
    "\\",
    "[IPv6:",
    "::",
    "127.0.0.1",
    "]",
    ".\r\n",
    "\r\n.\r\n",
    "\r\n",
    "\n",
    "\r",
    "\0",
    "é",
    "😀",
    "\u{85}",
    "\u{1b}[2J",
    "220 ",
    "250-",
    "250 ",
    "354 go\r\n",
    "421 4.3.0 ",
    "334 ",
    "235 ",
    "550 5.1.1 ",
    "PIPELINING",
    "CHUNKING",
    "=",
    "+2B",
    "99999999999999999999",
    "-",
    " ",
];

/// A run that came to nothing.
#[derive(Debug)]
pub struct Failure {
    /// The input that breaks the promise.
    pub input: Vec<u8>,
    /// How many executions went well before it.
    pub after: u32,
}

/// Runs a target `runs` times, the seeds first.
pub fn run(target: &Target, runs: u32) -> Result<(), Failure> {
    let seeds = (target.seeds)();
    let mut random = Random::new(1);
    for after in 0..runs {
        let input = match seeds.get(after as usize) {
            Some(seed) => seed.clone(),
            None => changed(&seeds, &mut random),
        };
        if catch_unwind(AssertUnwindSafe(|| target.run(&input))).is_err() {
            return Err(Failure { input, after });
        }
    }
    Ok(())
}

/// A seed with a few changes, or octets from nowhere.
fn changed(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut input = match seeds.len() {
        0 => Vec::new(),
        _ if random.chance(5) => Vec::new(),
        count => seeds[random.below(count)].clone(),
    };
    for _ in 0..1 + random.below(8) {
        change(&mut input, seeds, random);
    }
    input.truncate(LONGEST);
    input
}

fn change(input: &mut Vec<u8>, seeds: &[Vec<u8>], random: &mut Random) {
    let at = random.below(input.len() + 1);
    let end = at + random.below((input.len() - at).min(32) + 1);
    match random.below(8) {
        0 if at < input.len() => input[at] = random.bits() as u8,
        1 if at < input.len() => input[at] ^= 1 << random.below(8),
        2 => drop(input.drain(at..end)),
        3 => {
            let piece = input[at..end].repeat(1 + random.below(4));
            input.splice(at..at, piece);
        }
        4 if !seeds.is_empty() => {
            let other = &seeds[random.below(seeds.len())];
            let from = random.below(other.len() + 1);
            input.truncate(at);
            input.extend_from_slice(&other[from..]);
        }
        5 => {
            let octets: Vec<u8> = (0..random.below(16)).map(|_| random.bits() as u8).collect();
            input.splice(at..at, octets);
        }
        _ => {
            let word = WORDS[random.below(WORDS.len())];
            input.splice(at..at, word.bytes());
        }
    }
}
