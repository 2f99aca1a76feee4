//! The server engine for JavaScript.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::mem;
use core::net::SocketAddr;

use wasm_bindgen::prelude::*;

use super::envelope;
use super::json::{Object, Value};
use super::value::{self, Options, fault, field_fault, millis, shape, wait};
use crate::sasl::scram::{Keys, StoredSecret};
use crate::server::{
    Answer, Ask, Auth, Config, Denial, Discard, Event, Extension, Failure, Misuse, Network, Output, Protocol,
    ProtocolError, Server, Verdict,
};
use crate::wire::base64;
use crate::wire::command::attributes::{Attribute, Attributes, Given};
use crate::wire::param::Params;
use crate::wire::proxy::Peers;
use crate::wire::reply::{EnhancedCode, Reply};

#[wasm_bindgen]
pub struct ServerEngine {
    server: Server,
    /// Replies that wait for those to come: a pipelined group is answered at once (RFC 2920 section 3.2).
    replies: Vec<u8>,
    /// What comes behind the replies.
    next: Option<Output>,
}

#[wasm_bindgen]
impl ServerEngine {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, now: f64) -> Result<ServerEngine, JsValue> {
        let config = config(&Options::new(options))?;
        let server = Server::new(config, millis(now)).map_err(|error| misuse(&error))?;
        Ok(Self { server, replies: Vec::new(), next: None })
    }

    pub fn receive(&mut self, bytes: &[u8]) {
        self.server.receive(bytes);
    }

    pub fn end(&mut self) {
        self.server.end();
    }

    pub fn bind(&mut self, bindings: JsValue) {
        self.server.bind(value::bindings(&Options::new(bindings)));
    }

    pub fn secured(&mut self) -> Result<(), JsValue> {
        self.server.secured().map_err(|error| misuse(&error))
    }

    pub fn poll(&mut self, now: f64) -> Result<JsValue, JsValue> {
        loop {
            match self.next.take().unwrap_or_else(|| self.server.poll(millis(now))) {
                Output::Send(reply) => self.replies.extend(reply),
                asked @ (Output::Ask(_) | Output::Event(_)) => return Ok(output(&asked)),
                next if self.replies.is_empty() => return Ok(output(&next)),
                next => {
                    // What is waited for is asked anew: the host may say something meanwhile.
                    self.next = Some(next).filter(|next| !matches!(next, Output::Wait { .. }));
                    return Ok(shape::send(&mem::take(&mut self.replies)));
                }
            }
        }
    }

    pub fn accept(&mut self, text: Option<String>) -> Result<(), JsValue> {
        self.server.answer(Answer::Accept(text)).map_err(|error| misuse(&error))
    }

    /// The password, or what `scramSecret` made of it, or nothing where there is no such user.
    pub fn secret(&mut self, secret: JsValue) -> Result<(), JsValue> {
        let secret = Options::new(secret);
        let secret = match secret.text() {
            Some(password) => Some(StoredSecret::Password(password.into())),
            None => stored(&secret)?,
        };
        self.server.answer(Answer::Secret(secret)).map_err(|error| misuse(&error))
    }

    pub fn refuse(&mut self, code: u16, enhanced: Option<String>, text: &str) -> Result<(), JsValue> {
        let reply = reply(code, enhanced, text)?;
        self.server.answer(Answer::Refuse(reply)).map_err(|error| misuse(&error))
    }

    /// One verdict for each recipient of the message that was asked about.
    #[wasm_bindgen(js_name = acceptEach)]
    pub fn accept_each(&mut self, verdicts: JsValue) -> Result<(), JsValue> {
        let verdicts = Options::new(verdicts).list().unwrap_or_default();
        let verdicts = verdicts.iter().map(verdict).collect::<Result<_, _>>()?;
        self.server.answer(Answer::Each(verdicts)).map_err(|error| misuse(&error))
    }

    /// What is at the URL that was asked for.
    pub fn content(&mut self, bytes: Vec<u8>) -> Result<(), JsValue> {
        self.server.answer(Answer::Content(bytes)).map_err(|error| misuse(&error))
    }

    pub fn close(&mut self, code: u16, enhanced: Option<String>, text: &str) -> Result<(), JsValue> {
        self.server.close(reply(code, enhanced, text)?);
        Ok(())
    }

    pub fn abort(&mut self, _code: &str, message: &str) {
        self.server.abort(message);
    }
}

fn stored(secret: &Options) -> Result<Option<StoredSecret>, JsValue> {
    let Some(iterations) = secret.number("iterations") else {
        return Ok(None);
    };
    let octets = |field| {
        let text = secret.string(field).unwrap_or_default();
        base64::decode(&text).map_err(|error| value::syntax(Some(field), error))
    };
    let keys = Keys { stored: octets("storedKey")?.into(), server: octets("serverKey")?.into() };
    Ok(Some(StoredSecret::Scram { salt: octets("salt")?, iterations: iterations as u32, keys }))
}

fn reply(code: u16, enhanced: Option<String>, text: &str) -> Result<Reply, JsValue> {
    let enhanced = enhanced.map(|text| EnhancedCode::parse(&text)).transpose();
    let enhanced = enhanced.map_err(|error| value::syntax(Some("enhanced"), error))?;
    Ok(Reply::new(code, enhanced, text))
}

fn verdict(given: &Options) -> Result<Verdict, JsValue> {
    let text = given.string("text");
    if given.boolean("accept") == Some(true) {
        return Ok(Verdict::Accept(text));
    }
    let code = given.number("code").unwrap_or_default() as u16;
    reply(code, given.string("enhanced"), &text.unwrap_or_default()).map(Verdict::Refuse)
}

fn config(options: &Options) -> Result<Config, JsValue> {
    let mut config = Config::named(&options.string("name").unwrap_or_default());
    if let Some(greeting) = options.string("greeting") {
        config.greeting = greeting;
    }
    if options.boolean("lmtp") == Some(true) {
        config.protocol = Protocol::Lmtp;
    }
    config.help = options.string("help");
    config.unicode = value::UNICODE;
    options.set_bool("secure", &mut config.secure);
    options.set_bool("upgradable", &mut config.upgradable);
    options.set_u64("size", &mut config.size);
    options.set_usize("recipients", &mut config.limits.recipients);
    if let Some(auth) = options.options("auth") {
        let names = auth.strings("mechanisms").unwrap_or_default();
        let mut given = Auth {
            mechanisms: value::mechanisms(&names)?,
            nonce: auth.octets("nonce").unwrap_or_default(),
            pepper: auth.octets("pepper").unwrap_or_default().into(),
            ..Auth::default()
        };
        auth.set_bool("insecure", &mut given.insecure);
        if let Some(iterations) = auth.number("iterations") {
            given.iterations = iterations as u32;
        }
        config.auth = Some(given);
    }
    for line in options.strings("offer").unwrap_or_default() {
        let (keyword, parameters) = line.split_once(' ').unwrap_or((&line, ""));
        let unknown = || field_fault("extensions", &alloc::format!("no extension is called {keyword}"));
        let extension = Extension::parse(keyword).ok_or_else(unknown)?;
        let offered = config.extensions.offer(extension, parameters);
        offered.map_err(|error| value::syntax(Some("extensions"), error))?;
    }
    for keyword in options.strings("disable").unwrap_or_default() {
        if !config.extensions.disable(&keyword) {
            let message = alloc::format!("disable: no extension is called {keyword}");
            return Err(field_fault("disable", &message));
        }
    }
    config.remote = options.string("remote").and_then(|address| address.parse().ok());
    if let Some(given) = options.options("trusted") {
        config.trust.xclient = networks(&given, "xclient")?;
        config.trust.xforward = networks(&given, "xforward")?;
        config.trust.proxy = networks(&given, "proxy")?;
    }
    if let Some(given) = options.options("tarpit") {
        given.set_u64("delay", &mut config.tarpit.delay);
        given.set_u32("after", &mut config.tarpit.after);
    }
    if let Some(given) = options.options("timeouts") {
        given.set_u64("session", &mut config.timeouts.session);
        given.set_u64("command", &mut config.timeouts.command);
        given.set_u64("content", &mut config.timeouts.content);
        given.set_u64("handshake", &mut config.timeouts.handshake);
    }
    if let Some(given) = options.options("limits") {
        given.set_usize("commandLine", &mut config.limits.command_line);
        given.set_usize("authLine", &mut config.limits.auth_line);
        given.set_u32("faults", &mut config.limits.faults);
        given.set_u32("logins", &mut config.limits.logins);
        given.set_u32("refusedRecipients", &mut config.limits.refused_recipients);
        given.set_u32("idleCommands", &mut config.limits.idle_commands);
        given.set_u32("refusedCommands", &mut config.limits.refused_commands);
        given.set_u32("messages", &mut config.limits.messages);
        given.set_usize("recipientDomains", &mut config.limits.recipient_domains);
        given.set_usize("localPart", &mut config.limits.path.local_part);
        given.set_usize("domain", &mut config.limits.path.domain);
        given.set_usize("path", &mut config.limits.path.path);
    }
    Ok(config)
}

fn networks(given: &Options, field: &str) -> Result<Vec<Network>, JsValue> {
    let wrong = |error| value::syntax(Some(&alloc::format!("trusted.{field}")), error);
    let texts = given.strings(field).unwrap_or_default();
    texts.iter().map(|text| Network::parse(text).map_err(wrong)).collect()
}

fn output(output: &Output) -> JsValue {
    match output {
        Output::Send(reply) => shape::send(reply),
        Output::Body(content) => shape::body(content),
        Output::Wait { until, read } => wait(*until, *read),
        Output::StartTls => Object::of("startTls").done().into(),
        Output::Ask(question) => ask(question),
        Output::Event(happened) => event(happened),
        Output::Closed(reason) => {
            Object::of("closed").field("failure", reason.as_ref().map(failure)).done().into()
        }
    }
}

fn ask(ask: &Ask) -> JsValue {
    let question = match ask {
        Ask::Mail { from, params } => {
            let asked = envelope::of_mail(params);
            return shape::mail(&lines(from.as_str(), params), asked.as_ref().map(Value::as_str));
        }
        Ask::Rcpt { to, params } => {
            let asked = envelope::of_rcpt(params);
            return shape::rcpt(&lines(to.as_str(), params), asked.as_ref().map(Value::as_str));
        }
        Ask::Message => return shape::message(),
        Ask::Connect => Object::of("connect").done(),
        Ask::Auth { mechanism, credentials } => Object::of("auth")
            .field("mechanism", *mechanism)
            .field("user", credentials.user.as_str())
            .field("pass", credentials.pass())
            .field("token", credentials.token())
            .field("authzid", credentials.authzid.as_deref())
            .done(),
        Ask::Secret { mechanism, user, authzid } => Object::of("secret")
            .field("mechanism", *mechanism)
            .field("user", user.as_str())
            .field("authzid", authzid.as_deref())
            .done(),
        Ask::Vrfy(text) => Object::of("vrfy").field("argument", text.as_str()).done(),
        Ask::Expn(text) => Object::of("expn").field("argument", text.as_str()).done(),
        Ask::Etrn(etrn) => Object::of("etrn").field("argument", etrn.to_string()).done(),
        Ask::Burl(url) => Object::of("burl").field("argument", url.as_str()).done(),
    };
    Object::of("ask").field("ask", question).done().into()
}

/// A path, and behind it a line for each parameter.
fn lines(path: &str, params: &Params) -> String {
    let mut text = String::from(path);
    for param in params.iter() {
        text.extend(["\n", param.keyword()]);
        if let Some(value) = param.value() {
            text.extend(["=", value]);
        }
    }
    text
}

fn event(event: &Event) -> JsValue {
    let happened = match event {
        // The host has heard of all the rest when it was asked.
        Event::Content { each, .. } => return shape::content(*each),
        Event::Hello { name, verb } => {
            Object::of("hello").field("name", name.as_str()).field("verb", *verb).done()
        }
        Event::Proxied(header) => {
            let (source, destination) = match header.peers() {
                Peers::Known { source, destination } => (Some(endpoint(source)), Some(endpoint(destination))),
                Peers::Local | Peers::Unknown => (None, None),
            };
            Object::of("proxied")
                .field("local", header.peers() == Peers::Local)
                .field("source", source)
                .field("destination", destination)
                .done()
        }
        Event::Client(given) => {
            let unavailable = |address: Attribute| !matches!(address.given(), Given::Value(_));
            Object::of("client")
                .field("attributes", attributes(given))
                .field("nowhere", given.find("ADDR").is_some_and(unavailable))
                .done()
        }
        Event::Forwarded(given) => Object::of("forwarded").field("attributes", attributes(given)).done(),
        Event::Secured => Object::of("secured").done(),
        Event::Authenticated { user } => Object::of("authenticated").field("user", user.as_str()).done(),
        Event::Denied { mechanism, user, reason } => {
            let reason = match reason {
                Denial::Refused => "refused",
                Denial::Proof => "proof",
                Denial::Binding => "binding",
            };
            Object::of("denied")
                .field("mechanism", *mechanism)
                .field("user", user.as_deref())
                .field("reason", reason)
                .done()
        }
        Event::Discard(reason) => Object::of("discard").field("reason", discarded(reason)).done(),
        Event::Reset => Object::of("reset").done(),
        Event::Fault { error, reply } => {
            Object::of("fault").field("message", error.to_string()).field("reply", value::reply(reply)).done()
        }
    };
    Object::of("event").field("event", happened).done().into()
}

fn discarded(reason: &Discard) -> String {
    match reason {
        Discard::TooLarge(size) => alloc::format!("the message has more than {size} octets"),
        Discard::Reset => "the client has given the message up".into(),
        Discard::Refused => "a part of it was refused".into(),
        Discard::Lost => "the session ended in the middle of the message".into(),
    }
}

fn endpoint(address: SocketAddr) -> Value {
    Object::new().field("address", address.ip().to_string()).field("port", address.port()).done()
}

/// By their names; what is not available is left out. An address is written in the usual form.
fn attributes(attributes: &Attributes) -> Value {
    let mut object = Object::new();
    for attribute in attributes.iter() {
        let Given::Value(value) = attribute.given() else { continue };
        match (attribute.name(), attribute.address()) {
            (name @ ("ADDR" | "DESTADDR"), Some(address)) => object.field(name, address.to_string()),
            (name, _) => object.field(name, value),
        };
    }
    object.done()
}

fn failure(failure: &Failure) -> Value {
    let (code, reply) = match failure {
        Failure::Closed => ("closed", None),
        Failure::Protocol(error @ ProtocolError::Timeout) => ("timeout", Some(error.reply())),
        Failure::Protocol(error) => ("protocol", Some(error.reply())),
        Failure::Aborted(_) => ("aborted", None),
    };
    Object::new()
        .field("code", code)
        .field("stage", "ready")
        .field("message", failure.to_string())
        .field("reply", reply.as_ref().map(value::reply))
        .done()
}

fn misuse(error: &Misuse) -> JsValue {
    match error {
        Misuse::Field { field, error } => value::syntax(Some(field), *error),
        Misuse::NothingAsked | Misuse::Answer | Misuse::NotNow => fault(&error.to_string()),
    }
}
