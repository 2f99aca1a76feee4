//! SASL mechanisms (RFC 4422), each side with a peer that says anything.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::sasl::{Credentials, Mechanism, Step};

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
    let mut client = mechanism.client(Credentials::new("alice", SECRET));
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
    let mut server = mechanism.server();
    let first = if input.initial { input.said.first().copied() } else { None };
    let later = input.said.iter().skip(usize::from(input.initial)).copied().chain([&b"x"[..]; TURNS]);
    for (turn, response) in [first].into_iter().chain(later.map(Some)).enumerate() {
        assert!(turn < TURNS, "an endless exchange");
        match server.respond(response) {
            Ok(Step::Challenge(_)) => {}
            Ok(Step::Credentials(credentials)) => {
                assert!(!credentials.user.is_empty() && !credentials.user.contains('\0'));
                let pass = credentials.pass.reveal();
                assert!(!pass.is_empty());
                let shown = format!("{:?}", credentials.pass);
                assert_eq!(shown, "[redacted]");
                return;
            }
            Err(_) => return,
        }
    }
}
