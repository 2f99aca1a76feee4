//! The server engine for JavaScript.

use alloc::string::{String, ToString};

use wasm_bindgen::prelude::*;

use super::value::{self, Options, array, bytes, fault, maybe, millis, object, params, wait, word};
use crate::sasl::Mechanism;
use crate::server::{
    Answer, Ask, Auth, Config, Discard, Event, Failure, Misuse, Output, ProtocolError, Server,
};
use crate::wire::reply::{EnhancedCode, Reply};

#[wasm_bindgen]
pub struct ServerEngine(Server);

#[wasm_bindgen]
impl ServerEngine {
    #[wasm_bindgen(constructor)]
    pub fn new(options: JsValue, now: f64) -> Result<ServerEngine, JsValue> {
        let config = config(&Options::new(options))?;
        Server::new(config, millis(now)).map(Self).map_err(|error| misuse(&error))
    }

    pub fn receive(&mut self, bytes: &[u8]) {
        self.0.receive(bytes);
    }

    pub fn end(&mut self) {
        self.0.end();
    }

    pub fn secured(&mut self) -> Result<(), JsValue> {
        self.0.secured().map_err(|error| misuse(&error))
    }

    pub fn poll(&mut self, now: f64) -> JsValue {
        output(&self.0.poll(millis(now)))
    }

    pub fn answer(&mut self, options: JsValue) -> Result<(), JsValue> {
        let options = Options::new(options);
        let answer = match options.boolean("accept") {
            Some(true) => Answer::Accept(options.string("text")),
            _ => Answer::Refuse(reply(&options)?),
        };
        self.0.answer(answer).map_err(|error| misuse(&error))
    }

    pub fn close(&mut self, options: JsValue) -> Result<(), JsValue> {
        let options = Options::new(options);
        let reply = match options.number("code") {
            Some(_) => reply(&options)?,
            None => Reply::new(421, Some(EnhancedCode::new(4, 3, 2)), "shutting down"),
        };
        self.0.close(reply);
        Ok(())
    }

    pub fn abort(&mut self, _code: &str, message: &str) {
        self.0.abort(message);
    }
}

fn reply(options: &Options) -> Result<Reply, JsValue> {
    let code = options.number("code").unwrap_or(451.0) as u16;
    let enhanced = options.string("enhanced").map(|text| EnhancedCode::parse(&text)).transpose();
    let enhanced = enhanced.map_err(|error| value::syntax(Some("enhanced"), error))?;
    Ok(Reply::new(code, enhanced, &options.string("text").unwrap_or_default()))
}

fn config(options: &Options) -> Result<Config, JsValue> {
    let mut config = Config::named(&options.string("name").unwrap_or_default());
    if let Some(greeting) = options.string("greeting") {
        config.greeting = alloc::format!("ESMTP {greeting}");
    }
    options.set_bool("secure", &mut config.secure);
    options.set_bool("upgradable", &mut config.upgradable);
    options.set_u64("size", &mut config.size);
    options.set_usize("recipients", &mut config.limits.recipients);
    if let Some(auth) = options.options("auth") {
        let names = auth.strings("mechanisms").unwrap_or_default();
        let mechanisms = names.iter().filter_map(|name| Mechanism::parse(name)).collect();
        config.auth = Some(Auth { mechanisms, insecure: auth.boolean("insecure").unwrap_or(false) });
    }
    for keyword in options.strings("disable").unwrap_or_default() {
        if !config.extensions.disable(&keyword) {
            return Err(object(&[
                ("message", alloc::format!("disable: no extension is called {keyword}").into()),
                ("field", word("disable")),
            ]));
        }
    }
    if let Some(given) = options.options("timeouts") {
        given.set_u64("command", &mut config.timeouts.command);
        given.set_u64("content", &mut config.timeouts.content);
        given.set_u64("handshake", &mut config.timeouts.handshake);
    }
    if let Some(given) = options.options("limits") {
        given.set_usize("commandLine", &mut config.limits.command_line);
        given.set_usize("localPart", &mut config.limits.path.local_part);
        given.set_usize("domain", &mut config.limits.path.domain);
        given.set_usize("path", &mut config.limits.path.path);
    }
    Ok(config)
}

fn output(output: &Output) -> JsValue {
    match output {
        Output::Send(line) => object(&[("type", word("send")), ("bytes", bytes(line))]),
        Output::StartTls => object(&[("type", word("startTls"))]),
        Output::Ask(question) => object(&[("type", word("ask")), ("ask", ask(question))]),
        Output::Body(content) => object(&[("type", word("body")), ("bytes", bytes(content))]),
        Output::Event(happened) => object(&[("type", word("event")), ("event", event(happened))]),
        Output::Wait { until, read } => wait(*until, *read),
        Output::Closed(reason) => {
            object(&[("type", word("closed")), ("failure", maybe(reason.as_ref().map(failure)))])
        }
    }
}

fn ask(ask: &Ask) -> JsValue {
    match ask {
        Ask::Connect => object(&[("type", word("connect"))]),
        Ask::Auth { mechanism, credentials } => object(&[
            ("type", word("auth")),
            ("mechanism", word(mechanism)),
            ("user", credentials.user.as_str().into()),
            ("pass", credentials.pass.reveal().into()),
            ("authzid", maybe(credentials.authzid.as_deref())),
        ]),
        Ask::Mail { from, params: given } => {
            object(&[("type", word("mail")), ("from", from.as_str().into()), ("params", params(given))])
        }
        Ask::Rcpt { to, params: given } => {
            object(&[("type", word("rcpt")), ("to", to.as_str().into()), ("params", params(given))])
        }
        Ask::Message => object(&[("type", word("message"))]),
        Ask::Vrfy(text) => object(&[("type", word("vrfy")), ("argument", text.as_str().into())]),
        Ask::Expn(text) => object(&[("type", word("expn")), ("argument", text.as_str().into())]),
    }
}

fn event(event: &Event) -> JsValue {
    match event {
        Event::Hello { name, extended } => object(&[
            ("type", word("hello")),
            ("name", name.as_str().into()),
            ("verb", word(if *extended { "EHLO" } else { "HELO" })),
        ]),
        Event::Secured => object(&[("type", word("secured"))]),
        Event::Authenticated { user } => {
            object(&[("type", word("authenticated")), ("user", user.as_str().into())])
        }
        Event::Content { from, params: given, to } => object(&[
            ("type", word("content")),
            ("from", from.as_str().into()),
            ("to", array(to.iter().map(|to| to.as_str().into()))),
            ("params", params(given)),
        ]),
        Event::Discard(reason) => object(&[
            ("type", word("discard")),
            (
                "reason",
                match reason {
                    Discard::TooLarge(size) => {
                        alloc::format!("the message has more than {size} octets").into()
                    }
                    Discard::Reset => word("the client has given the message up"),
                    Discard::Lost => word("the session ended in the middle of the message"),
                },
            ),
        ]),
        Event::Reset => object(&[("type", word("reset"))]),
        Event::Fault { error, reply } => object(&[
            ("type", word("fault")),
            ("message", error.to_string().into()),
            ("reply", value::reply(reply)),
        ]),
    }
}

fn failure(failure: &Failure) -> JsValue {
    let (code, reply) = match failure {
        Failure::Closed => ("closed", None),
        Failure::Protocol(error @ ProtocolError::Timeout) => ("timeout", Some(error.reply())),
        Failure::Protocol(error) => ("protocol", Some(error.reply())),
        Failure::Aborted(_) => ("aborted", None),
    };
    object(&[
        ("code", word(code)),
        ("stage", word("ready")),
        ("message", failure.to_string().into()),
        ("reply", maybe(reply.as_ref().map(value::reply))),
    ])
}

fn misuse(error: &Misuse) -> JsValue {
    match error {
        Misuse::Field { field, error } => value::syntax(Some(field), *error),
        Misuse::NothingAsked | Misuse::NotNow => fault(&error.to_string()),
    }
}
