//! The client engine for JavaScript.

use alloc::borrow::Cow;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;
use zeroize::Zeroize;

use super::json::{Object, Value, array};
use super::value::{self, Options, fault, millis, shape, time, wait};
use crate::client::{
    Cause, Client, Config, Envelope, Event, Exchange, Failure, LineEnds, Misuse, Outcome, Output, Phase,
    Piece, Protocol, Recipient, Stage, Status, Tls, TransactionId,
};
use crate::sasl::binding::{BindingType, Flag};
use crate::sasl::{ExchangeError, Mechanism, Wiped};
use crate::wire::base64;
use crate::wire::command::attributes::Attributes;
use crate::wire::command::etrn::Etrn;
use crate::wire::command::{Command, Text};
use crate::wire::ehlo::Capabilities;
use crate::wire::param::Param;

#[wasm_bindgen]
pub struct ClientEngine(Client);

#[wasm_bindgen]
impl ClientEngine {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, now: f64) -> Result<ClientEngine, JsValue> {
        let config = config(&Options::new(options))?;
        Client::new(config, millis(now)).map(Self).map_err(|error| misuse(&error))
    }

    pub fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    pub fn end(&mut self) {
        self.0.end();
    }

    pub fn bind(&mut self, bindings: JsValue) {
        self.0.bind(value::bindings(&Options::new(bindings)));
    }

    pub fn secured(&mut self) -> Result<(), JsValue> {
        self.0.secured().map_err(|error| misuse(&error))
    }

    /// `error` is what a `SaslClient` has thrown, or 0.
    pub fn respond(
        &mut self,
        error: usize,
        response: Option<Vec<u8>>,
        said: Option<String>,
    ) -> Result<(), JsValue> {
        let answer = match ExchangeError::ALL.get(error.wrapping_sub(1)) {
            Some(error) => Err(*error),
            None => Ok(response.map(Wiped::new)),
        };
        self.0.respond(answer, said).map_err(|error| misuse(&error))
    }

    pub fn poll(&mut self, now: f64) -> Result<JsValue, JsValue> {
        let mut next = self.0.poll(millis(now));
        let given = output(&next);
        if let (Output::Send(line), Phase::Auth) = (&mut next, self.0.phase()) {
            line.zeroize();
        }
        Ok(given)
    }

    pub fn send(
        &mut self,
        from: &str,
        to: Vec<String>,
        octets: Option<f64>,
        eight_bit: Option<bool>,
        params: Option<String>,
        prdr: Option<bool>,
    ) -> Result<u32, JsValue> {
        let envelope = Envelope::new(from, to.iter().map(String::as_str));
        let mut envelope = envelope.map_err(|error| misuse(&error))?;
        if let Some(octets) = octets {
            envelope = envelope.octets(octets as u64);
        }
        if let Some(eight_bit) = eight_bit {
            envelope = envelope.eight_bit(eight_bit);
        }
        if prdr == Some(true) {
            envelope = envelope.prdr();
        }
        // A line for MAIL, then one for each RCPT. js/parameters.ts has made the values.
        for (line, params) in params.iter().flat_map(|params| params.split('\n')).enumerate() {
            for param in params.split(' ').filter(|param| !param.is_empty()) {
                let (keyword, value) =
                    param.split_once('=').map_or((param, None), |(keyword, value)| (keyword, Some(value)));
                let param =
                    Param::new(keyword, value).map_err(|error| value::syntax(Some("params"), error))?;
                envelope = envelope.unchecked(line.checked_sub(1), param).map_err(|error| misuse(&error))?;
            }
        }
        self.0.send(envelope).map(|id| id.0).map_err(|error| misuse(&error))
    }

    pub fn content(&mut self, transaction: u32, bytes: &[u8], last: bool) -> Result<JsValue, JsValue> {
        let result =
            self.0.content(TransactionId(transaction), bytes, last).map_err(|error| misuse(&error))?;
        let own = matches!(&result.body, Cow::Borrowed(body) if body.len() == bytes.len());
        Ok(piece(&result, own))
    }

    #[wasm_bindgen(js_name = cleanContent)]
    pub fn clean_content(&mut self, transaction: u32, octets: f64, last: bool) -> Result<JsValue, JsValue> {
        let result = self.0.clean_content(TransactionId(transaction), octets as u64, last);
        let result = result.map_err(|error| misuse(&error))?;
        // Without a BDAT line there is nothing to write.
        Ok(piece(&result, !result.before.is_empty()))
    }

    pub fn chunked(&self, transaction: u32) -> bool {
        self.0.is_chunked(TransactionId(transaction))
    }

    pub fn cancel(&mut self, transaction: u32) {
        self.0.cancel(TransactionId(transaction), "the message was given up");
    }

    pub fn request(&mut self, verb: &str, argument: Option<String>) -> Result<u32, JsValue> {
        let argument = argument.map(|argument| Text::parse(&argument)).transpose();
        let argument = argument.map_err(|error| value::syntax(Some("argument"), error))?;
        let command = match (verb, argument) {
            ("EHLO", None) => return self.0.refresh().map(|id| id.0).map_err(|error| misuse(&error)),
            ("NOOP", argument) => Command::Noop(argument),
            ("RSET", None) => Command::Rset,
            ("VRFY", Some(argument)) => Command::Vrfy(argument),
            ("EXPN", Some(argument)) => Command::Expn(argument),
            ("ETRN", Some(argument)) => Command::Etrn(
                Etrn::parse(argument.as_str()).map_err(|error| value::syntax(Some("argument"), error))?,
            ),
            ("HELP", argument) => Command::Help(argument),
            _ => {
                return Err(fault(
                    "only NOOP, RSET, HELP, and VRFY, EXPN and ETRN with an argument, can be requested",
                ));
            }
        };
        self.0.request(command).map(|id| id.0).map_err(|error| misuse(&error))
    }

    pub fn quit(&mut self) {
        self.0.quit();
    }

    pub fn abort(&mut self, code: &str, message: &str) {
        self.0.abort(match code {
            "tls" => Cause::Tls(message.into()),
            "closed" => Cause::Closed,
            _ => Cause::Aborted(message.into()),
        });
    }
}

fn config(options: &Options) -> Result<Config, JsValue> {
    let mut config = Config::named(&options.string("name").unwrap_or_default());
    config.unicode = value::UNICODE;
    config.tls = match options.string("tls").as_deref() {
        Some("off") => Tls::Off,
        Some("opportunistic") => Tls::Opportunistic,
        _ => Tls::Required,
    };
    options.set_bool("secure", &mut config.secure);
    options.set_bool("upgradable", &mut config.upgradable);
    // Both were made by the other module (src/wasm/peer.rs): few need them, and most download this one.
    config.xclient = options.string("xclient").map(Attributes::unchecked);
    config.proxy = options.octets("proxy").unwrap_or_default();
    if options.boolean("lmtp") == Some(true) {
        config.protocol = Protocol::Lmtp;
    }
    if options.string("lineEnds").as_deref() == Some("refuse") {
        config.line_ends = LineEnds::Refuse;
    }
    options.set_bool("pipelining", &mut config.pipelining);
    options.set_bool("chunking", &mut config.chunking);
    options.set_u64("eager", &mut config.eager);
    options.set_usize("window", &mut config.window);
    if let Some(auth) = options.options("auth") {
        config.auth = Some(value::credentials(&auth));
        config.nonce = auth.octets("nonce").unwrap_or_default();
        config.iterations = value::iterations(&auth);
        config.server = value::server(&auth);
        config.channel_binding = auth.string("channelBinding").and_then(|name| BindingType::parse(&name));
        // The other module has them: js/exchange.ts.
        config.delegated = Mechanism::NOT_BUILT_IN;
        if let Some(names) = auth.strings("mechanisms") {
            config.mechanisms = value::mechanisms(&names)?;
        }
    }
    if let Some(given) = options.options("timeouts") {
        let timeouts = &mut config.timeouts;
        for (name, place) in [
            ("greeting", &mut timeouts.greeting),
            ("ehlo", &mut timeouts.ehlo),
            ("startTls", &mut timeouts.start_tls),
            ("handshake", &mut timeouts.handshake),
            ("auth", &mut timeouts.auth),
            ("mail", &mut timeouts.mail),
            ("rcpt", &mut timeouts.rcpt),
            ("data", &mut timeouts.data),
            ("content", &mut timeouts.content),
            ("end", &mut timeouts.end),
            ("reset", &mut timeouts.reset),
            ("quit", &mut timeouts.quit),
        ] {
            given.set_u64(name, place);
        }
    }
    if let Some(given) = options.options("limits") {
        given.set_usize("replyLine", &mut config.limits.reply_line);
        given.set_usize("reply", &mut config.limits.reply);
    }
    Ok(config)
}

fn output(output: &Output) -> JsValue {
    match output {
        Output::Send(line) => shape::send(line),
        Output::Body { transaction, until } => shape::wanted(transaction.0, time(*until)),
        Output::Wait { until, read } => wait(*until, *read),
        Output::StartTls => Object::of("startTls").done().into(),
        Output::Exchange(asked) => exchange(asked).into(),
        Output::Event(happened) => Object::of("event").field("event", event(happened)).done().into(),
        Output::Closed(reason) => {
            Object::of("closed").field("failure", reason.as_ref().map(failure)).done().into()
        }
    }
}

fn exchange(asked: &Exchange) -> Value {
    let mut object = Object::of("exchange");
    match asked {
        Exchange::Begin { mechanism, flag } => {
            object.field("mechanism", mechanism.name());
            match flag {
                Flag::Unsupported => object.field("flag", "n"),
                Flag::NotOffered => object.field("flag", "y"),
                Flag::Bound(binding) => {
                    object.field("flag", binding.kind.name()).field("data", base64::encode(&binding.data))
                }
            }
        }
        Exchange::Challenge(challenge) => object.field("challenge", base64::encode(challenge)),
        Exchange::Success => &mut object,
    }
    .done()
}

fn event(event: &Event) -> Value {
    match event {
        Event::Ready { greeting, capabilities: offered, secure, authenticated } => Object::of("ready")
            .field("greeting", value::reply(greeting))
            .field("capabilities", capabilities(offered))
            .field("secure", *secure)
            .field("authenticated", *authenticated)
            .done(),
        Event::Offered { after, capabilities: offered } => Object::of("offered")
            .field("after", after.name())
            .field("capabilities", capabilities(offered))
            .done(),
        Event::Outcome { transaction, outcome: known } => {
            Object::of("outcome").field("transaction", transaction.0).field("outcome", outcome(known)).done()
        }
        Event::Replied { request, reply } => {
            Object::of("reply").field("request", request.0).field("reply", value::reply(reply)).done()
        }
    }
}

fn capabilities(capabilities: &Capabilities) -> Value {
    array(capabilities.iter().map(|capability| {
        let parameters = array(capability.parameters());
        Object::new().field("keyword", capability.keyword()).field("parameters", parameters).done()
    }))
}

fn outcome(outcome: &Outcome) -> Value {
    let (status, stage, reply, reason) = match outcome {
        Outcome::Accepted { reply, .. } => ("accepted", None, Some(reply), None),
        Outcome::Refused { stage, reply, .. } => ("refused", Some(*stage), Some(reply), None),
        Outcome::NotSent { failure, .. } => ("notSent", None, None, Some(failure)),
        Outcome::Uncertain { failure, .. } => ("uncertain", None, None, Some(failure)),
    };
    Object::new()
        .field("status", status)
        .field("stage", stage.map(Stage::name))
        .field("reply", reply.map(value::reply))
        .field("failure", reason.map(failure))
        .field("recipients", array(outcome.recipients().iter().map(recipient)))
        .done()
}

fn recipient(recipient: &Recipient) -> Value {
    let status = match recipient.status {
        Status::Accepted => "accepted",
        Status::Refused => "refused",
        Status::NotSent => "notSent",
        Status::Uncertain => "uncertain",
    };
    Object::new()
        .field("recipient", recipient.mailbox.as_str())
        .field("status", status)
        .field("reply", recipient.content.as_ref().or(recipient.reply.as_ref()).map(value::reply))
        .done()
}

fn failure(failure: &Failure) -> Value {
    let (code, reply) = match &failure.cause {
        Cause::Refused(reply) | Cause::Denied { reply, .. } => ("reply", Some(reply)),
        Cause::Protocol(_) => ("protocol", None),
        Cause::Tls(_) => ("tls", None),
        Cause::Timeout(_) => ("timeout", None),
        Cause::Closed | Cause::Limit(_) => ("closed", None),
        Cause::Unsupported(_) => ("input", None),
        Cause::Aborted(_) => ("aborted", None),
    };
    Object::new()
        .field("code", code)
        .field("stage", failure.stage.name())
        .field("message", failure.to_string())
        .field("reply", reply.map(value::reply))
        .field("command", command(failure.stage))
        .done()
}

/// The verb that a stage waits on.
const fn command(stage: Stage) -> Option<&'static str> {
    match stage {
        Stage::Greeting | Stage::Ready | Stage::Content | Stage::End => None,
        Stage::Ehlo => Some("EHLO"),
        Stage::StartTls => Some("STARTTLS"),
        Stage::Auth => Some("AUTH"),
        Stage::Mail => Some("MAIL"),
        Stage::Rcpt => Some("RCPT"),
        Stage::Data => Some("DATA"),
        Stage::Quit => Some("QUIT"),
    }
}

/// With `own`, the octets that were passed in are the body.
fn piece(piece: &Piece<'_>, own: bool) -> JsValue {
    shape::piece(&piece.before, if own { b"" } else { &piece.body }, !own, piece.after)
}

fn misuse(error: &Misuse) -> JsValue {
    match error {
        Misuse::Field { field, error } => value::syntax(Some(field), *error),
        Misuse::NoRecipients => value::field_fault("to", &error.to_string()),
        Misuse::Closed | Misuse::NotNow => fault(&error.to_string()),
    }
}
