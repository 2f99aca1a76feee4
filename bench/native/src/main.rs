//! Reads its standard input over and over with one of two crates, and says as JSON how often that went and what was in it:
//! `edgepost-bench message|replies|commands CRATE SECONDS`.

mod message;
mod smtp;

use std::hint::black_box;
use std::io::{Read, stdin};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// What was read, in numbers that both crates must agree on: neither may leave out what the other does.
type Seen = Vec<(&'static str, u64)>;

const USAGE: &str = "usage: edgepost-bench message|replies|commands CRATE SECONDS < INPUT";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut input = Vec::new();
    let measured = stdin().read_to_end(&mut input).ok().and_then(|_| measured(&arguments, &input));
    let Some((seen, times, elapsed)) = measured else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    let seen: Vec<String> = seen.iter().map(|(name, number)| format!("\"{name}\":{number}")).collect();
    let seconds = elapsed.as_secs_f64();
    println!("{{\"times\":{times},\"seconds\":{seconds},\"seen\":{{{}}}}}", seen.join(","));
    ExitCode::SUCCESS
}

fn measured(arguments: &[String], input: &[u8]) -> Option<(Seen, u64, Duration)> {
    let [what, who, seconds] = arguments else { return None };
    let least = Duration::try_from_secs_f64(seconds.parse().ok()?).ok()?;
    Some(match (&**what, &**who) {
        ("message", "edgepost") => timed(least, input, message::edgepost, message::seen_by_edgepost),
        ("message", "mail-parser") => timed(least, input, message::mail_parser, message::seen_by_mail_parser),
        ("replies", "edgepost") => timed(least, input, smtp::replies, smtp::seen_in_replies),
        ("replies", "smtp-proto") => timed(least, input, smtp::responses, smtp::seen_in_responses),
        ("commands", "edgepost") => {
            timed(least, input, smtp::commands, |commands| smtp::seen_in_commands(commands))
        }
        ("commands", "smtp-proto") => {
            timed(least, input, smtp::requests, |requests| smtp::seen_in_requests(requests))
        }
        _ => return None,
    })
}

/// Reads for at least so long, what was made being thrown away each time; a tenth of it before, to warm up.
fn timed<'i, T>(
    least: Duration,
    input: &'i [u8],
    read: impl Fn(&'i [u8]) -> T,
    seen: impl Fn(&T) -> Seen,
) -> (Seen, u64, Duration) {
    let run = |least| {
        let began = Instant::now();
        let mut times = 0;
        while began.elapsed() < least {
            // The clock is asked seldom where there is little to read.
            for _ in 0..1 + 100_000 / (1 + input.len()) {
                drop(black_box(read(black_box(input))));
                times += 1;
            }
        }
        (times, began.elapsed())
    };
    run(least / 10);
    let (times, elapsed) = run(least);
    (seen(&read(input)), times, elapsed)
}
