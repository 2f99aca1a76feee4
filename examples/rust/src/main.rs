//! Sends a message over a socket of the standard library, and prints what client and server say.

use std::env;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use edgepost::client::{Cause, Client, Config, Envelope, Event, Outcome, Output, Tls};
use edgepost::message::build::Text;
use edgepost::time::Millis;
use edgepost::trace::{Reader, Side};
use edgepost::wire::address::Mailbox;

type Error = Box<dyn std::error::Error>;

/// What mail programs exit with when it is worth trying again later (`EX_TEMPFAIL`).
const TRY_LATER: u8 = 75;

fn main() -> ExitCode {
    match run() {
        Ok(Outcome::Accepted { reply, recipients }) => {
            println!("accepted: {reply}");
            let all = recipients.iter().all(|recipient| recipient.is_accepted());
            if all { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Ok(Outcome::Refused { reply, .. }) => {
            eprintln!("refused: {reply}");
            ExitCode::from(if reply.code() < 500 { TRY_LATER } else { 1 })
        }
        Ok(Outcome::NotSent { failure, .. }) => {
            eprintln!("not sent: {failure}");
            ExitCode::from(TRY_LATER)
        }
        Ok(Outcome::Uncertain { failure, .. }) => {
            eprintln!("it may have arrived, or not: {failure}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Outcome, Error> {
    let setting = |name: &str| env::var(name).map_err(|_| format!("{name} is not set"));
    let (from, to) = (setting("MAIL_FROM")?, setting("MAIL_TO")?);
    let host = setting("SMTP_HOST")?;
    let port: u16 = env::var("SMTP_PORT").unwrap_or_else(|_| "587".into()).parse()?;

    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?;
    let recipients: Vec<&str> = to.split(',').map(str::trim).collect();
    let to =
        recipients.iter().map(|address| Mailbox::parse(address).map(Into::into)).collect::<Result<_, _>>()?;
    let message = Text {
        to,
        subject: "Grüße from Rust".into(),
        text: "This went over a socket of the standard library.\n".into(),
        date: now.as_millis().try_into()?,
        ..Text::new(Mailbox::parse(&from)?.into(), format!("{}@client.example", now.as_nanos()))
    };
    let content = message.write()?;
    let envelope = Envelope::new(&from, recipients)?.octets(content.len() as u64);
    send(TcpStream::connect((host, port))?, envelope, &content)
}

/// Does what the engine says until it says `Closed`. A network error is not the end: the engine knows what it means.
fn send(mut stream: TcpStream, envelope: Envelope, content: &[u8]) -> Result<Outcome, Error> {
    let began = Instant::now();
    let now = || Millis::new(u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX));
    let mut client = Client::new(Config { tls: Tls::Off, ..Config::named("client.example") }, now())?;
    let mut session = Reader::default();
    client.send(envelope)?;
    client.quit();
    let mut known = None;
    loop {
        let bytes = match client.poll(now()) {
            Output::Send(bytes) => bytes,
            Output::Body { transaction, .. } => client.content(transaction, content, true)?.concat(),
            Output::Event(Event::Outcome { outcome, .. }) => {
                known = Some(outcome);
                continue;
            }
            Output::Event(_) => continue,
            Output::StartTls => {
                client.abort(Cause::Tls("there is none in this program".into()));
                continue;
            }
            Output::Exchange(_) => unreachable!("no mechanism is delegated"),
            Output::Wait { until, .. } => {
                match read(&mut stream, until.map(|until| until.get().saturating_sub(now().get())))? {
                    Some(bytes) if bytes.is_empty() => client.end(),
                    Some(bytes) => {
                        session.server(&bytes, now()).iter().for_each(|step| println!("{step}"));
                        client.receive(&bytes);
                    }
                    None => {} // Too late for something: the next poll says for what.
                }
                continue;
            }
            Output::Closed(_) => {
                session.closed(Side::Client, now()).iter().for_each(|step| println!("{step}"));
                return known.ok_or_else(|| "every message has an outcome".into());
            }
        };
        session.client(&bytes, now()).iter().for_each(|step| println!("{step}"));
        if stream.write_all(&bytes).is_err() {
            client.end();
        }
    }
}

/// Octets from the server, none when it has closed; `None` when so many milliseconds have passed.
fn read(stream: &mut TcpStream, left: Option<u64>) -> io::Result<Option<Vec<u8>>> {
    stream.set_read_timeout(left.map(|left| Duration::from_millis(left.max(1))))?;
    let mut buffer = vec![0; 16 << 10];
    match stream.read(&mut buffer) {
        Ok(octets) => buffer.truncate(octets),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            return Ok(None);
        }
        Err(_) => buffer.clear(),
    }
    Ok(Some(buffer))
}
