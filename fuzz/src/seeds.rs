//! Where coverage begins: the sessions of `tests/transcripts` and the data of `tests/vectors`, each in a target's own form.

use std::fs;
use std::path::{Path, PathBuf};

use edgepost::message::check::{Example, examples};

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests");

/// A session as it was written down: who said what, in order.
struct Transcript {
    turns: Vec<(char, Vec<u8>)>,
}

impl Transcript {
    fn parse(text: &str) -> Self {
        let mut turns = Vec::new();
        for line in text.lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "C:" | "S:" => turns.push((side(word), format!("{rest}\r\n").into_bytes())),
                "C|" | "S|" => turns.push((side(word), unescape(rest))),
                _ => {}
            }
        }
        Self { turns }
    }

    /// All that one side has said, or both.
    fn said(&self, by: &[char]) -> Vec<u8> {
        self.turns.iter().filter(|(who, _)| by.contains(who)).flat_map(|(_, octets)| octets.clone()).collect()
    }
}

fn side(word: &str) -> char {
    if word.starts_with('C') { 'C' } else { 'S' }
}

/// `\r`, `\n`, `\0` and `\\` as the transcripts write them.
fn unescape(text: &str) -> Vec<u8> {
    text.replace("\\r", "\r").replace("\\n", "\n").replace("\\0", "\0").replace("\\\\", "\\").into_bytes()
}

/// Files below a folder, in the order of their names, so that every machine has the same.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|found| found == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn transcripts() -> impl Iterator<Item = Transcript> {
    let paths = files(&Path::new(ROOT).join("transcripts"), "smtp");
    paths.into_iter().filter_map(|path| fs::read_to_string(path).ok()).map(|text| Transcript::parse(&text))
}

/// The texts of a key in lines of JSON, escapes resolved as far as they are needed here.
fn vectors(key: &str) -> Vec<Vec<u8>> {
    let start = format!("\"{key}\": \"");
    let mut texts = Vec::new();
    for path in files(&Path::new(ROOT).join("vectors"), "jsonl") {
        for line in fs::read_to_string(path).unwrap_or_default().lines() {
            let Some((_, rest)) = line.split_once(&start) else { continue };
            texts.push(json_string(rest));
        }
    }
    texts
}

fn json_string(text: &str) -> Vec<u8> {
    let (mut out, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next().filter(|&c| c != '"') {
        match (c, c == '\\') {
            (_, true) => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    let code = u32::from_str_radix(&digits, 16).unwrap_or(0xFFFD);
                    out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                other => out.extend(other),
            },
            (c, false) => out.push(c),
        }
    }
    out.into_bytes()
}

fn split_lines(octets: &[u8]) -> Vec<Vec<u8>> {
    crate::cuts::lines(octets).map(|line| line.strip_suffix(b"\r\n").unwrap_or(line).to_vec()).collect()
}

fn distinct(mut all: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
    all.sort();
    all.dedup();
    all
}

/// Each behind options of `octets` that are all zero, and all set, and some of each.
fn behind(octets: usize, all: impl Iterator<Item = Vec<u8>>) -> Vec<Vec<u8>> {
    let all: Vec<Vec<u8>> = distinct(all.collect());
    [0x00, 0x14, 0xFF]
        .iter()
        .flat_map(|&fill| all.iter().map(move |rest| [vec![fill; octets], rest.clone()].concat()))
        .collect()
}

/// Commands and responses of clients, without their line ends.
pub fn lines() -> Vec<Vec<u8>> {
    distinct(transcripts().flat_map(|transcript| split_lines(&transcript.said(&['C']))).collect())
}

/// Values of parameters, of each kind one.
pub fn values() -> Vec<Vec<u8>> {
    let values = [
        "2026-11-23T21:12:52Z",
        "1990-12-31T15:59:60.25-08:00",
        "2014-04-03T23:01:00+02:00;C",
        "SUCCESS,FAILURE,DELAY",
        "NEVER",
        "rfc822;bob+2Bx@b.example",
        "utf-8;j\\x{F6}rg@b.example",
        "utf-8;jörg@b.example",
        "QQ314159+3D",
        "120;RT",
        "-60;N",
        "86400",
        "-9",
        "9",
        "net.example:ADV,org.example:ADV:ADLT",
        "<12345.67@client.example>",
        "alice+3Dx@a.example",
        "<>",
        "BINARYMIME",
        "8BITMIME",
        "FULL",
        "HDRS",
        "26214400",
    ];
    values.map(|value| value.as_bytes().to_vec()).to_vec()
}

/// PROXY headers of both versions, with and without addresses and TLVs.
pub fn proxies() -> Vec<Vec<u8>> {
    let binary = |rest: &[u8]| [b"\r\n\r\n\0\r\nQUIT\n", rest].concat();
    vec![
        b"PROXY TCP4 192.0.2.1 198.51.100.1 56324 25\r\nEHLO client.example\r\n".to_vec(),
        b"PROXY TCP6 2001:db8::1 2001:db8::2 56324 25\r\n".to_vec(),
        b"PROXY UNKNOWN\r\n".to_vec(),
        binary(b"\x20\x00\x00\x00EHLO"),
        binary(b"\x21\x11\x00\x0c\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19"),
        binary(b"\x21\x11\x00\x12\xc0\x00\x02\x01\xc6\x33\x64\x01\xdc\x04\x00\x19\x04\x00\x03abc"),
        binary(&[&b"\x21\x21\x00\x24"[..], &[0x20; 36]].concat()),
    ]
}

/// Whole replies, with their line ends.
pub fn replies() -> Vec<Vec<u8>> {
    distinct(transcripts().map(|transcript| transcript.said(&['S'])).collect())
}

/// Replies, and texts that a reply to EHLO is made of.
pub fn offers() -> Vec<Vec<u8>> {
    let texts = ["mx.example\r\nPIPELINING\r\nSIZE 1000", "2.1.0 mx\r\nSIZE 1000\r\n2.1.0 PIPELINING"];
    replies().into_iter().chain(texts.map(|text| text.as_bytes().to_vec())).collect()
}

/// Bounces and complaints of a public suite, the short ones.
pub fn reports() -> Vec<Vec<u8>> {
    let paths = files(&Path::new(ROOT).join("vectors/bounce-sisimai"), "eml");
    let mails = paths.into_iter().filter_map(|path| fs::read(path).ok());
    distinct(mails.filter(|mail| mail.len() < 4096).collect())
}

/// Mailboxes of the public suites, and host names as long as they may be and longer.
pub fn addresses() -> Vec<Vec<u8>> {
    let name = |octets: usize| ["a".repeat(octets - 3).as_str(), "스"].concat().into_bytes();
    distinct(vectors("input").into_iter().chain([name(255), name(257)]).collect())
}

fn texts(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// Address fields of the public suites.
pub fn lists() -> Vec<Vec<u8>> {
    let more = [
        "A Group(c):Ed <c@a.test>,\"joe\"@where.test,=?utf-8?Q?J=C3=B6?= <j@d.test>;, Doe, J. <@a,@b:j@[192.0.2.1]>",
        "Ann <ann@a.example, bob@b.example (Bob \\( (x)); c . \"d e\" @ f . g",
    ];
    distinct([vectors("input"), texts(&more)].concat())
}

/// Dates in many forms.
pub fn dates() -> Vec<Vec<u8>> {
    let more = [
        "Fri, 21 Nov 1997 09:55:06 -0600 (x)",
        "2015-05-08T12:05:01.5+02:00",
        "Sat Mar 24 21:23:03 EDT 2007",
        "8-May-15 1:05pm GMT+0100",
        "20150508T120501Z",
    ];
    distinct([vectors("input"), texts(&more)].concat())
}

/// MIME fields, and values of their parameters.
pub fn mime_params() -> Vec<Vec<u8>> {
    texts(&[
        "text/plain; charset=\"us-ascii\" (c); format=flowed",
        "a; title*0*=us-ascii'en'This%20is%20; title*1*=%2A%2A; title*2=\"isn't it!\"",
        "attachment; filename=my file (1).txt; filename*=utf-8''%e2%82%ac",
        "a/b; name=\"=?utf-8?Q?caf=C3=A9?=\\\"\"; boundary=\"x",
        "caf\u{e9} \u{20ac} and more than fits on a line of a header, so that it comes in sections of a parameter",
    ])
}

/// Encoded words.
pub fn words() -> Vec<Vec<u8>> {
    texts(&[
        "=?utf-8?Q?caf=C3?=\r\n =?utf-8*en?q?=A9_au?= lait",
        "=?ISO-8859-1?B?SvZyZw==?= =?utf-8?B?w6?= =?utf-8?B?k=?=",
        "=?x?Q?a?= =?utf-8?Q?b c?==?utf-8?Q??=",
        "caf\u{e9} \u{20ac}",
    ])
}

/// Content and everything that has been taken for its end, behind options.
pub fn content() -> Vec<Vec<u8>> {
    behind(5, vectors("seq").into_iter().chain(transcripts().map(|transcript| transcript.said(&['C']))))
}

/// What servers say, behind the options of the client's target.
pub fn client() -> Vec<Vec<u8>> {
    behind(11, transcripts().map(|transcript| transcript.said(&['S'])))
}

/// What clients say, behind the options of the server's target.
pub fn server() -> Vec<Vec<u8>> {
    behind(12, transcripts().map(|transcript| transcript.said(&['C'])))
}

/// What both say, behind the options of the trace's target.
pub fn trace() -> Vec<Vec<u8>> {
    behind(9, transcripts().map(|transcript| transcript.said(&['C', 'S'])))
}

/// Messages that break the linter's rules, one each, and that keep to them.
pub fn mail() -> Vec<Vec<u8>> {
    let both = examples().flat_map(|example| [example.pass, example.fail]).map(Example::octets);
    distinct(both.filter(|octets| octets.len() <= 2048).collect())
}

/// A session has no transcript here: its messages and its link are what is made up.
pub fn pair() -> Vec<Vec<u8>> {
    (0..16)
        .map(|seed: u8| (0..96).map(|at: u8| at.wrapping_mul(seed).wrapping_add(seed * 13)).collect())
        .collect()
}

/// Exchanges of AUTH with one change: which mechanism, whose message, where, and how are what is made up.
pub fn exchanges() -> Vec<Vec<u8>> {
    (0..32)
        .map(|seed: u8| {
            (0..48).map(|at: u8| at.wrapping_mul(seed).wrapping_add(seed.wrapping_mul(29))).collect()
        })
        .collect()
}

/// The parameters of LIMITS, as servers write them and as they should not.
pub fn limits() -> Vec<Vec<u8>> {
    let values = [
        "RCPTMAX=100",
        "MAILMAX=10 RCPTMAX=20 RCPTDOMAINMAX=1",
        "mailmax=999999 OTHER=x\tRCPTMAX=1",
        "MAILMAX=0 RCPTMAX=01 RCPTDOMAINMAX=1000000",
        "MAILMAX=+5 MAILMAX=5 MAILMAX=6",
        "MAILMAX RCPTMAX= =1 RCPTMAX=1=2",
    ];
    values.map(|value| value.as_bytes().to_vec()).to_vec()
}

/// Enhanced codes with and without text.
pub fn codes() -> Vec<Vec<u8>> {
    let values = [
        "2.0.0",
        "5.1.1 no such user",
        "4.7.24",
        "5.7.30 ",
        "5.1.1.1",
        "5.1.",
        "3.0.0",
        "2.999.999",
        "5.01.001",
    ];
    values.map(|value| value.as_bytes().to_vec()).to_vec()
}
