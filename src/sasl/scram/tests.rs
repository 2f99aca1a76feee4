//! Known answers, and everything that a side has to refuse.

use std::format;
use std::string::{String, ToString};
use std::vec::Vec;

use super::super::binding::{BindingType, ChannelBinding, Flag};
use super::super::{
    Client, Credentials, ExchangeError, Hash, Mechanism, Secret, Server, ServerTerms, Step, Terms,
};
use super::{Keys, StoredSecret};
use crate::unicode::Unicode;
use crate::wire::base64;

const SHA_1: [&str; 4] = [
    "n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
    "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
    "c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
    "v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
];
const SHA_256: [&str; 4] = [
    "n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
    "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
];

fn known() -> [(Mechanism, Hash, [&'static str; 4]); 2] {
    [(Mechanism::ScramSha1, Hash::Sha1, SHA_1), (Mechanism::ScramSha256, Hash::Sha256, SHA_256)]
}

fn client(mechanism: Mechanism, first: &str) -> Client {
    let nonce = base64::decode(first.rsplit_once("r=").unwrap().1).unwrap();
    mechanism.client(Credentials::new("user", "pencil"), Terms { nonce, ..Terms::default() }).unwrap()
}

fn binding(data: &[u8]) -> ChannelBinding {
    ChannelBinding { kind: BindingType::TlsExporter, data: data.into() }
}

fn server_terms() -> ServerTerms {
    ServerTerms {
        name: "mx.example".into(),
        nonce: b"123456789012345678".to_vec(),
        pepper: b"pepper".to_vec().into(),
        iterations: 4096,
        bindings: Vec::from([binding(b"this connection")]),
        plus_offered: true,
        unicode: Unicode::default(),
    }
}

fn secret(password: &str) -> Option<StoredSecret> {
    Some(StoredSecret::Password(Secret::new(password)))
}

// covers: RFC 5802 client
// covers: RFC 7677 client
#[test]
fn the_client_says_what_the_examples_of_rfc_5802_and_rfc_7677_say() {
    for (mechanism, _, [first, server_first, last, server_last]) in known() {
        let mut client = client(mechanism, first);
        assert_eq!(client.initial().unwrap().as_slice(), first.as_bytes());
        assert_eq!(client.respond(server_first.as_bytes()).unwrap().as_slice(), last.as_bytes());
        assert_eq!(client.succeeded(), Err(ExchangeError::Unproven));
        assert_eq!(client.respond(server_last.as_bytes()).unwrap().as_slice(), b"");
        assert_eq!(client.succeeded(), Ok(()));
        assert_eq!(client.respond(b""), Err(ExchangeError::TooManyChallenges));
    }
}

// covers: RFC 5802 server
// covers: RFC 7677 server
#[test]
fn the_server_says_what_the_examples_of_rfc_5802_and_rfc_7677_say() {
    for (mechanism, hash, [first, server_first, last, server_last]) in known() {
        let attribute = |text: &'static str, name: &str| {
            text.split(',').find_map(|attribute| attribute.strip_prefix(name)).unwrap()
        };
        let salt = base64::decode(attribute(server_first, "s=")).unwrap();
        let keys = Keys::derive(hash, "pencil", &salt, 4096);
        let mut server = super::Server::new(hash, false, server_terms());
        let user = String::from("user");
        assert_eq!(
            server.respond(Some(first.as_bytes())),
            Ok(Step::Secret { user: user.clone(), authzid: None }),
            "{}",
            mechanism.name()
        );
        let nonce = attribute(server_first, "r=").strip_prefix(attribute(first, "r=")).unwrap();
        let stored = StoredSecret::Scram { salt, iterations: 4096, keys };
        assert_eq!(server.answer(Some(stored), nonce), Ok(Step::Challenge(server_first.as_bytes().into())));
        assert_eq!(server.respond(Some(last.as_bytes())), Ok(Step::Challenge(server_last.as_bytes().into())));
        assert_eq!(server.respond(Some(b"")), Ok(Step::Authenticated { user }));
    }
}

/// Both sides of one exchange, by these rules.
fn exchange(
    mechanism: Mechanism,
    flag: Flag,
    stored: Option<StoredSecret>,
    terms: ServerTerms,
) -> Result<String, ExchangeError> {
    let client_terms = Terms { nonce: b"876543210987654321".to_vec(), flag, ..Terms::default() };
    let mut client = mechanism.client(Credentials::new("us,er=", "pencil"), client_terms)?;
    let mut server: Server = mechanism.server(terms);
    let mut stored = Some(stored);
    let mut step = server.respond(client.initial().as_deref())?;
    loop {
        step = match step {
            Step::Challenge(challenge) => server.respond(Some(&client.respond(&challenge)?))?,
            Step::Secret { user, authzid } => {
                assert_eq!((user.as_str(), authzid), ("us,er=", None));
                server.secret(stored.take().unwrap())?
            }
            Step::Authenticated { user } => return client.succeeded().map(|()| user),
            Step::Credentials(_) => panic!("SCRAM gives no password away"),
        };
    }
}

// covers: RFC 5802 both
// covers: RFC 9266 both
#[test]
fn both_sides_agree_bound_and_not() {
    use Mechanism::{ScramSha1, ScramSha1Plus, ScramSha256, ScramSha256Plus};
    let ok = Ok("us,er=".to_string());
    for mechanism in [ScramSha1Plus, ScramSha256Plus] {
        let flag = Flag::Bound(binding(b"this connection"));
        assert_eq!(exchange(mechanism, flag, secret("pencil"), server_terms()), ok);
        let flag = Flag::Bound(binding(b"that connection"));
        assert_eq!(exchange(mechanism, flag, secret("pencil"), server_terms()), Err(ExchangeError::Binding));
        let other =
            ChannelBinding { kind: BindingType::TlsServerEndPoint, data: b"this connection".to_vec() };
        assert_eq!(
            exchange(mechanism, Flag::Bound(other), secret("pencil"), server_terms()),
            Err(ExchangeError::BindingType)
        );
        for flag in [Flag::Unsupported, Flag::NotOffered] {
            assert!(exchange(mechanism, flag, secret("pencil"), server_terms()).is_err());
        }
    }
    for mechanism in [ScramSha1, ScramSha256] {
        assert_eq!(exchange(mechanism, Flag::Unsupported, secret("pencil"), server_terms()), ok);
        assert_eq!(
            exchange(mechanism, Flag::NotOffered, secret("pencil"), server_terms()),
            Err(ExchangeError::Downgrade)
        );
        let terms = ServerTerms { plus_offered: false, ..server_terms() };
        assert_eq!(exchange(mechanism, Flag::NotOffered, secret("pencil"), terms), ok);
        let flag = Flag::Bound(binding(b"this connection"));
        assert!(exchange(mechanism, flag, secret("pencil"), server_terms()).is_err());
        for wrong in [secret("pen"), None, secret("a\x07control"), secret("")] {
            assert_eq!(
                exchange(mechanism, Flag::Unsupported, wrong, server_terms()),
                Err(ExchangeError::Proof)
            );
        }
    }
}

#[test]
fn a_user_who_is_unknown_looks_like_one_who_is_known() {
    let first = |stored| {
        let mut server = Mechanism::ScramSha256.server(server_terms());
        server.respond(Some(b"n,,n=user,r=abc")).unwrap();
        server.secret(stored)
    };
    assert_eq!(first(None), first(None));
    assert_eq!(first(None), first(secret("pencil")));
}

#[test]
fn the_client_refuses_what_a_server_may_not_say_first() {
    let nonce = "r=rOprNGfwEbeRWgbNEkqO";
    for (challenge, error) in [
        (String::new(), ExchangeError::Malformed),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92"), ExchangeError::Malformed),
        (format!("{nonce}x,i=4096,s=QSXCR+Q6sek8bf92"), ExchangeError::Malformed),
        (format!("{nonce}x,s=,i=4096"), ExchangeError::Malformed),
        (format!("{nonce}x,s=????,i=4096"), ExchangeError::Malformed),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=04096"), ExchangeError::Malformed),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=+4096"), ExchangeError::Malformed),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=4096,"), ExchangeError::Malformed),
        (format!("{nonce}\x7f,s=QSXCR+Q6sek8bf92,i=4096"), ExchangeError::Malformed),
        (format!("m=1,{nonce}x,s=QSXCR+Q6sek8bf92,i=4096"), ExchangeError::MandatoryExtension),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=4096,m=1"), ExchangeError::MandatoryExtension),
        (format!("{nonce},s=QSXCR+Q6sek8bf92,i=4096"), ExchangeError::Nonce),
        ("r=somebody,s=QSXCR+Q6sek8bf92,i=4096".into(), ExchangeError::Nonce),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=4095"), ExchangeError::Iterations),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=600001"), ExchangeError::Iterations),
        (format!("{nonce}x,s=QSXCR+Q6sek8bf92,i=99999999999999999999"), ExchangeError::Iterations),
    ] {
        let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
        assert_eq!(client.respond(challenge.as_bytes()), Err(error), "{challenge}");
    }
    let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
    let with_extension = format!("{},x=later", SHA_256[1]);
    assert!(client.respond(with_extension.as_bytes()).is_ok());
}

#[test]
fn the_client_refuses_a_server_that_does_not_prove_itself() {
    for (last, error) in [
        ("v=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ExchangeError::Signature),
        ("v=6rri", ExchangeError::Signature),
        ("v=", ExchangeError::Malformed),
        ("x=1", ExchangeError::Malformed),
        ("m=1,v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", ExchangeError::MandatoryExtension),
    ] {
        let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
        client.respond(SHA_256[1].as_bytes()).unwrap();
        assert_eq!(client.respond(last.as_bytes()), Err(error), "{last}");
        assert_eq!(client.succeeded(), Err(ExchangeError::Unproven));
    }
}

#[test]
fn the_servers_error_is_answered_with_nothing_and_kept() {
    for challenges in [&["e=unknown-user"][..], &[SHA_256[1], "e=invalid-proof"]] {
        let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
        let (error, before) = challenges.split_last().unwrap();
        before.iter().for_each(|challenge| drop(client.respond(challenge.as_bytes()).unwrap()));
        assert_eq!(client.respond(error.as_bytes()).unwrap().as_slice(), b"");
        assert_eq!(client.said(), error.strip_prefix("e="));
        assert_eq!(client.succeeded(), Err(ExchangeError::Unproven));
    }
}

/// A server knows the password, or has guessed it, and may say it where the client keeps what it says.
#[test]
fn an_error_in_the_servers_own_words_is_not_repeated() {
    for before in [&[][..], &[SHA_256[1]]] {
        for error in ["e=pencil is wrong", "e=", "e=\x1b[2J", "e=unknown-user,x=pencil"] {
            let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
            before.iter().for_each(|challenge| drop(client.respond(challenge.as_bytes()).unwrap()));
            assert_eq!(client.respond(error.as_bytes()).unwrap().as_slice(), b"");
            assert_eq!(client.said(), Some("other-error"), "{error}");
            assert!(!format!("{client:?}").contains("pencil"), "{error}");
        }
    }
}

#[test]
fn the_server_refuses_what_a_client_may_not_say() {
    for (first, error) in [
        ("", ExchangeError::Malformed),
        ("n,n=user,r=abc", ExchangeError::Malformed),
        ("x,,n=user,r=abc", ExchangeError::Malformed),
        ("n,user,n=user,r=abc", ExchangeError::Malformed),
        ("n,,n=,r=abc", ExchangeError::Malformed),
        ("n,,n=us=er,r=abc", ExchangeError::Malformed),
        ("n,,n=us=2cer,r=abc", ExchangeError::Malformed),
        ("n,,n=user,r=", ExchangeError::Malformed),
        ("n,,n=user,r=a b", ExchangeError::Malformed),
        ("n,,r=abc,n=user", ExchangeError::Malformed),
        ("n,,n=us\x07er,r=abc", ExchangeError::Malformed),
        ("n,,m=x,n=user,r=abc", ExchangeError::MandatoryExtension),
        ("y,,n=user,r=abc", ExchangeError::Downgrade),
        ("p=tls-exporter,,n=user,r=abc", ExchangeError::Malformed),
    ] {
        let mut server = Mechanism::ScramSha256.server(server_terms());
        assert_eq!(server.respond(Some(first.as_bytes())), Err(error), "{first}");
    }
    let nonce = format!("abc{}", base64::encode(&server_terms().nonce));
    for (last, error) in [
        (String::new(), ExchangeError::Malformed),
        (format!("c=biws,r={nonce}"), ExchangeError::Malformed),
        (format!("c=biws,r={nonce},p=????"), ExchangeError::Malformed),
        (format!("c=biws,r={nonce},m=x,p=AAAA"), ExchangeError::MandatoryExtension),
        ("c=biws,r=abc,p=AAAA".into(), ExchangeError::Nonce),
        (format!("c=eSws,r={nonce},p=AAAA"), ExchangeError::Binding),
        (format!("c=biws,r={nonce},p=AAAA"), ExchangeError::Proof),
    ] {
        let mut server = Mechanism::ScramSha256.server(server_terms());
        server.respond(Some(b"n,,n=user,r=abc")).unwrap();
        server.secret(secret("pencil")).unwrap();
        assert_eq!(server.respond(Some(last.as_bytes())), Err(error), "{last}");
    }
}

#[test]
fn what_is_known_of_a_user_does_not_show() {
    let keys = Keys::derive(Hash::Sha256, "pencil", b"salt", 4096);
    let stored = StoredSecret::Scram { salt: b"salt".to_vec(), iterations: 4096, keys };
    let mut client = client(Mechanism::ScramSha256, SHA_256[0]);
    let shown = format!("{stored:?} {:?} {client:?} {:?}", secret("pencil"), client.initial());
    assert!(!shown.contains("pencil"), "{shown}");
    assert_eq!(shown.matches("[redacted]").count(), 5, "{shown}");
}
