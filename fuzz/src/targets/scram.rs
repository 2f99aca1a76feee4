//! SCRAM (RFC 5802) between our client and our server, with somebody in between who changes one message: then nobody is
//! authenticated who has not proven himself before.

use arbitrary::{Arbitrary, Unstructured};
use edgepost::sasl::binding::{BindingType, ChannelBinding, Flag};
use edgepost::sasl::scram::{Keys, StoredSecret};
use edgepost::sasl::{Client, Credentials, Hash, Mechanism, Secret, Server, ServerTerms, Step, Terms};
use edgepost::unicode::Unicode;

const PASSWORD: &str = "Zq9!secret-7w";
const MECHANISMS: [Mechanism; 4] =
    [Mechanism::ScramSha256Plus, Mechanism::ScramSha256, Mechanism::ScramSha1Plus, Mechanism::ScramSha1];

#[derive(Debug, Arbitrary)]
struct Input<'a> {
    mechanism: u8,
    /// The client has a channel binding where it need not.
    bindable: bool,
    /// The server has a password in clear, or what is made of one.
    stored: bool,
    authzid: bool,
    /// Which message is changed: the client's first is 0, the server's first is 1.
    message: u8,
    changes: Vec<Change<'a>>,
}

#[derive(Debug, Arbitrary)]
enum Change<'a> {
    Flip { at: u16, with: u8 },
    Remove { at: u16, octets: u8 },
    Insert { at: u16, octets: &'a [u8] },
    Repeat { at: u16, octets: u8 },
    Replace { octets: &'a [u8] },
}

impl Change<'_> {
    fn apply(&self, message: &mut Vec<u8>) {
        let place = |at: u16, octets: u8| {
            let at = usize::from(at) % (message.len() + 1);
            at..(at + usize::from(octets)).min(message.len())
        };
        match *self {
            Self::Flip { at, with } if !message.is_empty() => {
                let at = usize::from(at) % message.len();
                message[at] ^= with;
            }
            Self::Flip { .. } => {}
            Self::Remove { at, octets } => drop(message.drain(place(at, octets))),
            Self::Insert { at, octets } => {
                let at = place(at, 0);
                message.splice(at, octets.iter().copied());
            }
            Self::Repeat { at, octets } => {
                let range = place(at, octets);
                let piece = message[range.clone()].to_vec();
                message.splice(range.end..range.end, piece);
            }
            Self::Replace { octets } => *message = octets.to_vec(),
        }
    }
}

/// The link, and who sits on it.
struct Link<'a> {
    input: &'a Input<'a>,
    carried: u8,
    /// The message that was changed so that it has to be noticed.
    changed: Option<u8>,
}

impl Link<'_> {
    fn carry(&mut self, message: &[u8]) -> Vec<u8> {
        let mut arrived = message.to_vec();
        if self.carried == self.input.message % 5 {
            self.input.changes.iter().for_each(|change| change.apply(&mut arrived));
            let changed = arrived != message && !self.is_extended(message, &arrived);
            self.changed = changed.then_some(self.carried);
        }
        self.carried += 1;
        arrived
    }

    /// Extensions behind the server's signature are nobody's promise: a client ignores them (RFC 5802 section 7), if
    /// they are well formed and not mandatory.
    fn is_extended(&self, message: &[u8], arrived: &[u8]) -> bool {
        let added = arrived.strip_prefix(message).and_then(|rest| rest.strip_prefix(b","));
        self.carried == 3 && added.is_some_and(are_extensions)
    }
}

/// ```abnf
/// extensions = attr-val *("," attr-val)
/// attr-val   = ALPHA "=" value
/// ```
fn are_extensions(octets: &[u8]) -> bool {
    str::from_utf8(octets).is_ok_and(|text| {
        text.split(',').all(|attribute| match attribute.as_bytes() {
            [name, b'=', value @ ..] => {
                name.is_ascii_alphabetic() && *name != b'm' && !value.is_empty() && !value.contains(&0)
            }
            _ => false,
        })
    })
}

pub fn run(octets: &[u8]) {
    let Ok(input) = Input::arbitrary_take_rest(Unstructured::new(octets)) else { return };
    let mechanism = MECHANISMS[usize::from(input.mechanism) % MECHANISMS.len()];
    let mut link = Link { input: &input, carried: 0, changed: None };
    let (client, server) = exchange(mechanism, &input, &mut link);
    let kept = match link.changed {
        None => client && server,
        Some(0..=2) => !client && !server,
        // The client has proven itself, and may or may not say that it does not believe the server.
        Some(3) => !client,
        Some(_) => !server,
    };
    let name = mechanism.name();
    assert!(kept, "{name}: client {client}, server {server} with {:?} changed", link.changed);
}

/// Whether the client believes the server, and the server the client.
fn exchange(mechanism: Mechanism, input: &Input, link: &mut Link) -> (bool, bool) {
    let (mut client, mut server) = sides(mechanism, input);
    let first = client.initial().expect("the client speaks first");
    let mut step = server.respond(Some(&link.carry(&first)));
    for _ in 0..8 {
        step = match step {
            Ok(Step::Challenge(challenge)) => match client.respond(&link.carry(&challenge)) {
                Ok(response) => server.respond(Some(&link.carry(&response))),
                Err(_) => return (false, false),
            },
            // Whoever it says it is has the same password.
            Ok(Step::Secret { .. }) => server.secret(Some(stored(mechanism, input))),
            // Behind the server's word the client has to agree.
            Ok(Step::Authenticated { .. }) => return (client.succeeded().is_ok(), true),
            Ok(Step::Credentials(_)) => panic!("SCRAM gives no password away"),
            Err(_) => return (client.succeeded().is_ok(), false),
        };
    }
    panic!("an endless exchange");
}

fn sides(mechanism: Mechanism, input: &Input) -> (Client, Server) {
    let binding = ChannelBinding { kind: BindingType::TlsExporter, data: vec![1; 32] };
    let flag = match (mechanism.is_plus(), input.bindable) {
        (true, _) => Flag::Bound(binding.clone()),
        (false, true) => Flag::NotOffered,
        (false, false) => Flag::Unsupported,
    };
    let plus_offered = flag != Flag::NotOffered;
    let terms = Terms { nonce: vec![9; 18], flag, iterations: 1..=64, ..Terms::default() };
    let authzid = input.authzid.then(|| "root,=".into());
    let credentials = Credentials { authzid, ..Credentials::new("al,ice=", PASSWORD) };
    let client = mechanism.client(credentials, terms).expect("good credentials");
    let server = mechanism.server(ServerTerms {
        name: "mx.example".into(),
        nonce: vec![7; 18],
        pepper: vec![1].into(),
        iterations: 2,
        bindings: vec![binding],
        plus_offered,
        unicode: Unicode::default(),
    });
    (client, server)
}

fn stored(mechanism: Mechanism, input: &Input) -> StoredSecret {
    if input.stored {
        return StoredSecret::Password(Secret::new(PASSWORD));
    }
    let hash = mechanism.scram().unwrap_or(Hash::Sha256);
    let keys = Keys::derive(hash, PASSWORD, b"salt", 3);
    StoredSecret::Scram { salt: b"salt".to_vec(), iterations: 3, keys }
}
