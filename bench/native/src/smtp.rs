//! Both directions of a session, cut into lines and read by each crate: its replies, of which the second answers EHLO, and
//! its commands.

use edgepost::wire::address::Limits;
use edgepost::wire::command::Command;
use edgepost::wire::ehlo::Capabilities;
use edgepost::wire::line::Input;
use edgepost::wire::param::Params;
use edgepost::wire::reply::{Assembler, Reply};
use smtp_proto::request::receiver::RequestReceiver;
use smtp_proto::response::parser::ResponseReceiver;
use smtp_proto::{EhloResponse, Error, Request, Response};
use std::borrow::Cow;

use crate::Seen;

const LONGEST: usize = 4096;

/// The lines are kept one by one, and every capability with its parameters, known or not.
pub fn replies(octets: &[u8]) -> (Vec<Reply>, Capabilities) {
    let mut input = Input::default();
    input.push(octets);
    let mut assembler = Assembler::default();
    let mut replies = Vec::new();
    while let Some(line) = input.line(LONGEST) {
        replies.extend(assembler.push(line.expect("a line"), LONGEST).expect("a reply"));
    }
    let capabilities = Capabilities::parse(&replies[1]);
    (replies, capabilities)
}

pub fn seen_in_replies((replies, capabilities): &(Vec<Reply>, Capabilities)) -> Seen {
    let others = || replies.iter().enumerate().filter(|(at, _)| *at != 1).map(|(_, reply)| reply);
    let statuses = others().filter_map(Reply::enhanced);
    // As smtp-proto has them: one text, with LF between its lines.
    let text = others().map(|reply| reply.text().len());
    seen_of_replies(
        replies.len(),
        others().map(|reply| u64::from(reply.code())).sum(),
        statuses.map(|code| u64::from(code.class) + u64::from(code.subject) + u64::from(code.detail)).sum(),
        text.sum(),
        capabilities.size().unwrap_or_default(),
    )
}

/// A reply is a text with line ends in it; capabilities are bits, and what is not known is left out.
pub fn responses(octets: &[u8]) -> (Vec<Response<String>>, EhloResponse<String>) {
    let mut octets = octets.iter();
    let mut receiver = ResponseReceiver::default();
    let mut responses = Vec::new();
    responses.push(receiver.parse(&mut octets).expect("a greeting"));
    let capabilities = EhloResponse::parse(&mut octets).expect("a reply to EHLO");
    while !octets.as_slice().is_empty() {
        receiver.reset();
        responses.push(receiver.parse(&mut octets).expect("a reply"));
    }
    (responses, capabilities)
}

pub fn seen_in_responses((responses, capabilities): &(Vec<Response<String>>, EhloResponse<String>)) -> Seen {
    let statuses = responses.iter().flat_map(|response| response.esc).map(u64::from);
    seen_of_replies(
        responses.len() + 1,
        responses.iter().map(|response| u64::from(response.code)).sum(),
        statuses.sum(),
        responses.iter().map(|response| response.message.trim_end().len()).sum(),
        capabilities.size as u64,
    )
}

fn seen_of_replies(replies: usize, codes: u64, statuses: u64, text: usize, size: u64) -> Seen {
    vec![
        ("items", replies as u64),
        ("codes", codes),
        ("statuses", statuses),
        ("textOctets", text as u64),
        ("size", size),
    ]
}

/// What comes is copied into the buffer from which lines are cut, and a command owns what it holds.
pub fn commands(octets: &[u8]) -> Vec<Command> {
    let limits = Limits::default();
    let mut input = Input::default();
    input.push(octets);
    let mut commands = Vec::new();
    while let Some(line) = input.line(LONGEST) {
        commands.push(Command::parse(line.expect("a line"), &limits).expect("a command"));
    }
    commands
}

pub fn seen_in_commands(commands: &[Command]) -> Seen {
    let size = |params: &Params| {
        let size = params.iter().find(|param| param.keyword() == "SIZE");
        size.and_then(|size| size.value()?.parse::<u64>().ok()).unwrap_or_default()
    };
    // smtp-proto takes the quotes of a local part away.
    let octets = |path: &str| path.replace('"', "").len();
    let paths = commands.iter().map(|command| match command {
        Command::Mail { from, params } => (octets(from.as_str()), size(params)),
        Command::Rcpt { to, .. } => (octets(to.as_str()), 0),
        Command::Bdat { octets, .. } => (0, *octets),
        _ => (0, 0),
    });
    seen_of_commands(paths)
}

/// A request borrows from what came: it is made its own, as a server keeps it while more comes.
pub fn requests(octets: &[u8]) -> Vec<Request<String>> {
    let mut octets = octets.iter();
    let mut receiver = RequestReceiver::default();
    let mut requests = Vec::new();
    loop {
        match receiver.ingest(&mut octets) {
            Ok(request) => requests.push(Request::<Cow<'_, str>>::into_owned(request)),
            Err(Error::NeedsMoreData { .. }) => return requests,
            Err(error) => panic!("{error:?}"),
        }
    }
}

pub fn seen_in_requests(requests: &[Request<String>]) -> Seen {
    seen_of_commands(requests.iter().map(|request| match request {
        Request::Mail { from } => (from.address.len(), from.size as u64),
        Request::Rcpt { to } => (to.address.len(), 0),
        Request::Bdat { chunk_size, .. } => (0, *chunk_size as u64),
        _ => (0, 0),
    }))
}

/// Of each command the octets of its path, and the octets that it announces.
fn seen_of_commands(commands: impl Iterator<Item = (usize, u64)>) -> Seen {
    let (mut items, mut paths, mut announced) = (0, 0, 0);
    for (path, size) in commands {
        items += 1;
        paths += path as u64;
        announced += size;
    }
    vec![("items", items), ("pathOctets", paths), ("announced", announced)]
}
