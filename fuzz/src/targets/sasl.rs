//! SASL mechanisms (RFC 4422), each side with a peer that says anything.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::sasl::binding::{BindingType, ChannelBinding};
use edgepost::sasl::scram::StoredSecret;
use edgepost::sasl::{Credentials, Mechanism, Proof, Secret, ServerTerms, Step, Terms};
use edgepost::unicode::Unicode;

/// Nobody says it but who has leaked it.
const SECRET: &str = "Zq9!secret-7w";
/// More turns than any mechanism has.
const TURNS: usize = 8;

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    mechanism: u8,
    initial: bool,
    said: Vec<&'a [u8]>,
}

pub fn run(octets: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let mechanism = Mechanism::ALL[usize::from(input.mechanism) % Mechanism::ALL.len()];
    assert_eq!(Mechanism::parse(mechanism.name()), Some(mechanism));
    client(mechanism, &input);
    server(mechanism, &input);
}

/// A client says what it has to say and no more.
fn client(mechanism: Mechanism, input: &Input) {
    let all = [
        Credentials::new("alice", SECRET),
        Credentials::with_token("alice", SECRET),
        Credentials::unproven("alice"),
    ];
    let credentials = all.into_iter().find(|credentials| mechanism.takes(&credentials.proof));
    let terms = Terms { nonce: vec![7; 18], iterations: 1..=64, ..Terms::default() };
    let mut client = mechanism.client(credentials.expect("credentials for each"), terms).expect("good ones");
    let _ = client.initial();
    let mut answers = 0;
    for challenge in input.said.iter().chain([&&b""[..]; TURNS]) {
        match client.respond(challenge) {
            Ok(_) => answers += 1,
            Err(_) => break,
        }
        let shown = format!("{client:?}");
        assert!(!shown.contains(SECRET), "a secret in {shown}");
    }
    assert!(answers < TURNS, "an endless exchange");
}

/// A server takes credentials or an error out of anything, in the end.
fn server(mechanism: Mechanism, input: &Input) {
    let binding = ChannelBinding { kind: BindingType::TlsExporter, data: vec![1; 32] };
    let mut server = mechanism.server(ServerTerms {
        name: "mx.example".into(),
        nonce: vec![7; 18],
        pepper: vec![1].into(),
        iterations: 2,
        bindings: vec![binding],
        plus_offered: true,
        unicode: Unicode::default(),
    });
    let first = if input.initial { input.said.first().copied() } else { None };
    let later = input.said.iter().skip(usize::from(input.initial)).copied().chain([&b"x"[..]; TURNS]);
    for (turn, response) in [first].into_iter().chain(later.map(Some)).enumerate() {
        assert!(turn < TURNS, "an endless exchange");
        let step = match server.respond(response) {
            Ok(Step::Secret { user, .. }) => {
                assert!(!user.is_empty() && !user.contains('\0'));
                server.secret(Some(StoredSecret::Password(Secret::new(SECRET))))
            }
            step => step,
        };
        match step {
            Ok(Step::Challenge(_)) => {}
            Ok(Step::Credentials(credentials)) => {
                assert!(!credentials.user.contains('\0'));
                assert_eq!(credentials.secret().is_empty(), credentials.proof == Proof::None);
                let shown = format!("{:?}", credentials.proof);
                assert!(credentials.proof == Proof::None || shown.contains("([redacted])"), "{shown}");
                return;
            }
            Ok(Step::Authenticated { .. }) => panic!("{} is fooled", mechanism.name()),
            Ok(Step::Secret { .. }) => panic!("asked twice"),
            Err(_) => return,
        }
    }
}
