//! The targets, one file for each.

mod address;
mod address_list;
mod base64;
mod check;
mod client;
mod command;
mod date_time;
mod dot;
mod ehlo;
mod limits;
mod line;
mod message_date;
mod mime_body;
mod mime_param;
mod pair;
mod param;
mod proxy;
mod reply;
mod report;
mod sasl;
mod scram;
mod secret;
mod server;
mod status;
mod trace;
mod value;
mod word;
mod xtext;

use crate::{Target, seeds};

/// All there are.
pub const ALL: &[Target] = &[
    Target {
        name: "address",
        promise: "a mailbox is what was written, and every mailbox of the grammar parses",
        body: address::run,
        seeds: seeds::addresses,
        longest: 512,
        smoke: 60_000,
        allocated: 200,
    },
    Target {
        name: "address-list",
        promise: "what the grammar reads is read leniently alike, and what is written reads back equal",
        body: address_list::run,
        seeds: seeds::lists,
        longest: 512,
        smoke: 30_000,
        allocated: 2_000,
    },
    Target {
        name: "base64",
        promise: "decoding and encoding are each other's inverse",
        body: base64::run,
        seeds: seeds::lines,
        longest: 512,
        smoke: 60_000,
        allocated: 40,
    },
    Target {
        name: "check",
        promise: "findings are about octets of the message, fixes come to an end, and the work is linear",
        body: check::run,
        seeds: seeds::mail,
        longest: 2048,
        smoke: 4_000,
        allocated: 40_000,
    },
    Target {
        name: "client",
        promise: "whatever a server says, each message has one outcome, and one that can be true",
        body: client::run,
        seeds: seeds::client,
        longest: 1024,
        smoke: 8_000,
        allocated: 4_000,
    },
    Target {
        name: "command",
        promise: "what parses re-parses equal, what can be built parses, and no secret shows",
        body: command::run,
        seeds: seeds::lines,
        longest: 1024,
        smoke: 60_000,
        allocated: 400,
    },
    Target {
        name: "date-time",
        promise: "what parses re-parses equal, and is the time that an oracle counts",
        body: date_time::run,
        seeds: seeds::values,
        longest: 64,
        smoke: 60_000,
        allocated: 400,
    },
    Target {
        name: "dot",
        promise: "dot-stuffing is what an oracle says, at every cut",
        body: dot::run,
        seeds: seeds::content,
        longest: 512,
        smoke: 30_000,
        allocated: 100,
    },
    Target {
        name: "ehlo",
        promise: "capabilities survive being written, and none is made up",
        body: ehlo::run,
        seeds: seeds::offers,
        longest: 2048,
        smoke: 30_000,
        allocated: 400,
    },
    Target {
        name: "limits",
        promise: "a server's limits are those that it has written, and no more",
        body: limits::run,
        seeds: seeds::limits,
        longest: 128,
        smoke: 60_000,
        allocated: 1_000,
    },
    Target {
        name: "line",
        promise: "lines end with CRLF and nothing else, and line ends become CRLF, at every cut",
        body: line::run,
        seeds: seeds::content,
        longest: 1024,
        smoke: 30_000,
        allocated: 100,
    },
    Target {
        name: "message-date",
        promise: "what the grammar reads is read leniently alike, and what is written reads back equal",
        body: message_date::run,
        seeds: seeds::dates,
        longest: 128,
        smoke: 60_000,
        allocated: 400,
    },
    Target {
        name: "mime-body",
        promise: "decoding is the inverse of encoding, and does not depend on cuts",
        body: mime_body::run,
        seeds: seeds::lines,
        longest: 1024,
        smoke: 30_000,
        allocated: 200,
    },
    Target {
        name: "mime-param",
        promise: "what is written fits on lines and reads back equal, and no control is read",
        body: mime_param::run,
        seeds: seeds::mime_params,
        longest: 512,
        smoke: 30_000,
        allocated: 4_000,
    },
    Target {
        name: "pair",
        promise: "client and server agree on what was stored, once each, wherever the link is cut or dies",
        body: pair::run,
        seeds: seeds::pair,
        longest: 256,
        smoke: 4_000,
        allocated: 20_000,
    },
    Target {
        name: "param",
        promise: "what parses re-parses equal, and what can be built parses",
        body: param::run,
        seeds: seeds::lines,
        longest: 512,
        smoke: 60_000,
        allocated: 400,
    },
    Target {
        name: "proxy",
        promise: "a header is read alike at every cut, is bounded, and is written as it was read",
        body: proxy::run,
        seeds: seeds::proxies,
        longest: 512,
        smoke: 10_000,
        allocated: 4_000,
    },
    Target {
        name: "reply",
        promise: "what parses re-parses equal, and what can be built parses, in lines of 512 octets",
        body: reply::run,
        seeds: seeds::replies,
        longest: 2048,
        smoke: 30_000,
        allocated: 400,
    },
    Target {
        name: "report",
        promise: "any octets are a report or none, and a notification that is written is read back",
        body: report::run,
        seeds: seeds::reports,
        longest: 4096,
        smoke: 6_000,
        allocated: 20_000,
    },
    Target {
        name: "sasl",
        promise: "no challenge and no response shows a secret or makes an exchange endless",
        body: sasl::run,
        seeds: seeds::lines,
        longest: 512,
        smoke: 30_000,
        allocated: 400,
    },
    Target {
        name: "scram",
        promise: "where one message is changed, neither side believes the other",
        body: scram::run,
        seeds: seeds::exchanges,
        longest: 256,
        smoke: 20_000,
        allocated: 1_000,
    },
    Target {
        name: "secret",
        promise: "whatever is changed of an exchange, neither engine shows the secret",
        body: secret::run,
        seeds: seeds::exchanges,
        longest: 256,
        smoke: 4_000,
        allocated: 20_000,
    },
    Target {
        name: "server",
        promise: "whatever a client says, replies are replies, messages are whole or given up, and cuts change nothing",
        body: server::run,
        seeds: seeds::server,
        longest: 1024,
        smoke: 8_000,
        allocated: 8_000,
    },
    Target {
        name: "status",
        promise: "an enhanced code is one, and means what is registered",
        body: status::run,
        seeds: seeds::codes,
        longest: 64,
        smoke: 60_000,
        allocated: 1_000,
    },
    Target {
        name: "trace",
        promise: "steps do not depend on cuts, count every octet, and hold no controls",
        body: trace::run,
        seeds: seeds::trace,
        longest: 1024,
        smoke: 10_000,
        allocated: 4_000,
    },
    Target {
        name: "value",
        promise: "what parses re-parses equal, what can be built parses, and the table knows both",
        body: value::run,
        seeds: seeds::values,
        longest: 512,
        smoke: 60_000,
        allocated: 1_000,
    },
    Target {
        name: "word",
        promise: "what is written reads back equal, and no control is read",
        body: word::run,
        seeds: seeds::words,
        longest: 512,
        smoke: 30_000,
        allocated: 2_000,
    },
    Target {
        name: "xtext",
        promise: "decoding and encoding are each other's inverse",
        body: xtext::run,
        seeds: seeds::lines,
        longest: 512,
        smoke: 60_000,
        allocated: 40,
    },
];
