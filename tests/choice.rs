//! Which mechanism a client uses, and what it says about channel binding: by what is offered, what the connection can be
//! bound to and what the host wants, and never a weaker one because something is missing (RFC 4954, RFC 5802 section 6).

#[path = "scenario/player.rs"]
mod player;

use edgepost::client::{self, Client, Config, Output};
use edgepost::sasl::binding::{BindingType, ChannelBinding};
use edgepost::sasl::{Credentials, ExchangeError, Mechanism, Terms};
use edgepost::time::Millis;
use edgepost::wire::base64;
use player::Player;

const NOW: Millis = Millis::new(0);
const NONCE: &[u8] = b"the nonce of the client";

fn config() -> Config {
    Config {
        secure: true,
        auth: Some(Credentials::new("alice", "secret")),
        nonce: NONCE.to_vec(),
        ..Config::named("client.example")
    }
}

fn binding(kind: BindingType) -> ChannelBinding {
    ChannelBinding { kind, data: b"this connection".to_vec() }
}

/// The mechanism and the beginning of its first message, up to the user; or why there is none. Who plays the client's part
/// of the exchange makes no difference.
fn choice(config: Config, bindings: Vec<ChannelBinding>, offered: &str) -> Result<String, String> {
    let hosted = Config { delegated: Mechanism::ALL, ..config.clone() };
    let chosen = played(config, bindings.clone(), offered);
    assert_eq!(played(hosted, bindings, offered), chosen, "{offered}");
    chosen
}

fn played(config: Config, bindings: Vec<ChannelBinding>, offered: &str) -> Result<String, String> {
    let mut player = Player::new(&config);
    let mut client = Client::new(config, NOW).map_err(|misuse| misuse.to_string())?;
    client.bind(bindings);
    client.receive(format!("220 mx\r\n250-mx\r\n250 AUTH {offered}\r\n").as_bytes());
    loop {
        match client.poll(NOW) {
            Output::Send(line) => {
                let line = String::from_utf8(line).unwrap();
                let Some(auth) = line.trim_end().strip_prefix("AUTH ") else { continue };
                let (mechanism, initial) = auth.split_once(' ').unwrap_or((auth, ""));
                let message = String::from_utf8(base64::decode(initial).unwrap_or_default()).unwrap();
                let header = message.split("n=").next().unwrap_or_default();
                return Ok(if mechanism.starts_with("SCRAM") {
                    format!("{mechanism} {header}")
                } else {
                    mechanism.into()
                });
            }
            Output::Exchange(asked) => player.answer(&mut client, asked),
            Output::Closed(failure) => return Err(failure.unwrap().to_string()),
            _ => {}
        }
    }
}

// covers: RFC 5802 section 6 client
#[test]
fn the_strongest_is_used_and_a_bound_one_is_stronger() {
    const ALL: &str = "PLAIN SCRAM-SHA-1 SCRAM-SHA-1-PLUS SCRAM-SHA-256 SCRAM-SHA-256-PLUS";
    let bound = || vec![binding(BindingType::TlsExporter), binding(BindingType::TlsServerEndPoint)];
    for (bindings, offered, chosen) in [
        (bound(), ALL, "SCRAM-SHA-256-PLUS p=tls-exporter,,"),
        (bound(), "PLAIN SCRAM-SHA-256 SCRAM-SHA-1-PLUS", "SCRAM-SHA-1-PLUS p=tls-exporter,,"),
        (bound(), "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", "SCRAM-SHA-256 y,,"),
        (bound(), "plain scram-sha-1 Scram-Sha-256", "SCRAM-SHA-256 y,,"),
        (vec![], ALL, "SCRAM-SHA-256 n,,"),
        (vec![], "SCRAM-SHA-1-PLUS PLAIN LOGIN LOGIN PLAIN", "PLAIN"),
    ] {
        assert_eq!(choice(config(), bindings, offered).as_deref(), Ok(chosen), "{offered}");
    }
}

/// Who takes one -PLUS form away and leaves the other would get an exchange that is not bound, with a flag that says
/// nothing of it.
#[test]
fn a_plus_form_that_is_taken_away_is_missed_though_there_is_another() {
    let offered = "SCRAM-SHA-256 SCRAM-SHA-1-PLUS SCRAM-SHA-1";
    let mechanisms = vec![Mechanism::ScramSha256Plus, Mechanism::ScramSha256];
    let config = Config { mechanisms, ..config() };
    let chosen = choice(config, vec![binding(BindingType::TlsExporter)], offered);
    assert_eq!(chosen.as_deref(), Ok("SCRAM-SHA-256 y,,"));
}

#[test]
fn a_host_that_wants_no_channel_binding_has_none() {
    let config = Config { mechanisms: vec![Mechanism::ScramSha256], ..config() };
    for offered in ["SCRAM-SHA-256 SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"] {
        let chosen = choice(config.clone(), vec![binding(BindingType::TlsExporter)], offered);
        assert_eq!(chosen.as_deref(), Ok("SCRAM-SHA-256 n,,"), "{offered}");
    }
}

// covers: RFC 9266 client
// covers: RFC 5929 client
#[test]
fn the_host_chooses_what_to_bind_to() {
    let both = vec![binding(BindingType::TlsExporter), binding(BindingType::TlsServerEndPoint)];
    for (wanted, bindings, chosen) in [
        (None, &both[..], "SCRAM-SHA-256-PLUS p=tls-exporter,,"),
        (Some(BindingType::TlsExporter), &both, "SCRAM-SHA-256-PLUS p=tls-exporter,,"),
        (Some(BindingType::TlsServerEndPoint), &both, "SCRAM-SHA-256-PLUS p=tls-server-end-point,,"),
        (None, &both[1..], "SCRAM-SHA-256-PLUS p=tls-server-end-point,,"),
        (Some(BindingType::TlsServerEndPoint), &both[..1], "SCRAM-SHA-256 n,,"),
    ] {
        let config = Config { channel_binding: wanted, ..config() };
        let chosen_now = choice(config, bindings.to_vec(), "PLAIN SCRAM-SHA-256 SCRAM-SHA-256-PLUS");
        assert_eq!(chosen_now.as_deref(), Ok(chosen), "{wanted:?} of {bindings:?}");
    }
}

#[test]
fn without_a_nonce_nothing_weaker_is_used_behind_the_hosts_back() {
    let none = Config { nonce: Vec::new(), ..config() };
    for offered in ["PLAIN SCRAM-SHA-256", "LOGIN SCRAM-SHA-1 PLAIN"] {
        let refused = choice(none.clone(), vec![], offered).unwrap_err();
        assert!(refused.contains("needs a nonce"), "{refused}");
    }
    let error = Mechanism::ScramSha256.client(Credentials::new("alice", "secret"), Terms::default());
    assert_eq!(error.err(), Some(ExchangeError::NoNonce));
    // Where there is nothing stronger, or none was asked for, nothing is weaker.
    assert_eq!(choice(none.clone(), vec![], "PLAIN LOGIN").as_deref(), Ok("PLAIN"));
    let mechanisms = vec![Mechanism::Plain, Mechanism::CramMd5];
    let asked = Config { mechanisms, ..none };
    assert_eq!(choice(asked.clone(), vec![], "SCRAM-SHA-256 PLAIN").as_deref(), Ok("PLAIN"));
    assert_eq!(choice(asked, vec![], "CRAM-MD5").as_deref(), Ok("CRAM-MD5"), "it needs none of the client's");
}

/// To log in as somebody else than was asked for is no login.
#[test]
fn a_mechanism_that_cannot_say_whom_to_act_for_is_not_used_when_that_is_asked() {
    let credentials = Credentials { authzid: Some("list".into()), ..Credentials::new("alice", "secret") };
    let acting = Config { auth: Some(credentials), mechanisms: Mechanism::ALL.to_vec(), ..config() };
    assert_eq!(choice(acting.clone(), vec![], "LOGIN CRAM-MD5 PLAIN").as_deref(), Ok("PLAIN"));
    assert_eq!(choice(acting.clone(), vec![], "SCRAM-SHA-1").as_deref(), Ok("SCRAM-SHA-1 n,a=list,"));
    let refused = choice(acting, vec![], "LOGIN CRAM-MD5").unwrap_err();
    assert!(refused.contains("none of them can be used"), "{refused}");
    let nobody = Credentials { authzid: Some(String::new()), ..Credentials::new("alice", "secret") };
    let nobody = client::Config { auth: Some(nobody), ..config() };
    assert_eq!(choice(nobody.clone(), vec![], "LOGIN").as_deref(), Ok("LOGIN"), "nobody is asked for");
    assert_eq!(choice(nobody, vec![], "SCRAM-SHA-1").as_deref(), Ok("SCRAM-SHA-1 n,,"));
}
