//! Lists of addresses (RFC 5322 section 3.4), read strictly and leniently.

use arbitrary::Unstructured;
use edgepost::message::address::{AddrSpec, Address, Entry, Found, Reading, parse_list, read_list};
use edgepost::message::build::Text;
use edgepost::message::charset::Charsets;
use edgepost::wire::address::Mailbox;

use crate::grammar;

const STRICT: Reading = Reading { obsolete: false, utf8: true };
const OBSOLETE: Reading = Reading { obsolete: true, utf8: true };

pub fn run(octets: &[u8]) {
    let lenient = found(read_list(octets, &Charsets::BUILT_IN), octets.len());
    for Found { name, address, .. } in &lenient {
        let texts = name.iter().chain(address);
        assert!(!texts.into_iter().any(|text| text.contains(is_unclean)), "{lenient:?}");
    }
    if let Ok(text) = std::str::from_utf8(octets) {
        parse(text, &lenient);
    }
    let _ = build(&mut Unstructured::new(octets));
}

fn is_unclean(c: char) -> bool {
    c.is_control() && c != '\t'
}

/// All mailboxes, after a look at where they are.
fn found(list: Vec<Entry>, octets: usize) -> Vec<Found> {
    let members = |entry| match entry {
        Entry::Mailbox(found) => vec![found],
        Entry::Group { members, whole, .. } => {
            assert!(whole.start <= whole.end && whole.end <= octets);
            members
        }
    };
    let all: Vec<Found> = list.into_iter().flat_map(members).collect();
    for Found { addr_spec, whole, .. } in &all {
        assert!(
            whole.start <= addr_spec.start && addr_spec.end <= whole.end && whole.end <= octets,
            "{all:?}"
        );
    }
    all
}

fn parse(text: &str, lenient: &[Found]) {
    match parse_list(text, STRICT, &Charsets::BUILT_IN) {
        Ok(list) => assert_eq!(parse_list(text, OBSOLETE, &Charsets::BUILT_IN), Ok(list)),
        Err(error) => assert!(error.at <= text.len(), "{error}"),
    }
    let Ok(list) = parse_list(text, OBSOLETE, &Charsets::BUILT_IN) else { return };
    let strict = found(list, text.len());
    let addresses = |list: &[Found]| list.iter().map(|found| found.address.clone()).collect::<Vec<_>>();
    for (found, address) in strict.iter().zip(addresses(&strict)) {
        let address = address.expect("the grammar has no mailbox without an address");
        let again = AddrSpec::parse(&text[found.addr_spec.clone()], OBSOLETE).expect("it is an addr-spec");
        assert_eq!(again.address(), address);
        if !address.contains(char::is_control) {
            let canonical = AddrSpec::parse(&address, OBSOLETE).map(|found| found.address());
            assert_eq!(canonical, Ok(address), "the shortest way to write it");
        }
    }
    // In an encoded word may be what looks like addresses, and controls are not let through.
    let is_plain = !text.contains("=?")
        && !strict.iter().any(|found| found.address.as_ref().unwrap().contains(is_unclean));
    if is_plain {
        assert_eq!(addresses(lenient), addresses(&strict), "{text:?}");
    }
}

/// Addresses with names of any kind, in a field as it is written.
fn build(u: &mut Unstructured) -> arbitrary::Result<()> {
    let mut to = Vec::new();
    for _ in 0..u.int_in_range(1..=4)? {
        let (local, domain) = grammar::mailbox(u, u.len().is_multiple_of(2))?;
        let Ok(mailbox) = Mailbox::parse(&format!("{local}@{domain}")) else { continue };
        let name: String = u.arbitrary::<String>()?.chars().filter(|c| !c.is_control()).collect();
        to.push(Address { name: Some(name), mailbox });
    }
    if to.is_empty() {
        return Ok(());
    }
    let from = Mailbox::parse("a@a.example").unwrap().into();
    let message = Text { to: to.clone(), ..Text::new(from, "1@a.example") };
    let content = String::from_utf8(message.write().expect("it can be written")).unwrap();
    let (_, field) = content.split_once("\r\nTo:").expect("there is a To");
    let field = field.split_once("\r\nSubject:").expect("there is a Subject").0;
    let strict =
        parse_list(field, STRICT, &Charsets::BUILT_IN).unwrap_or_else(|error| panic!("{field:?}: {error}"));
    let lenient = read_list(field.as_bytes(), &Charsets::BUILT_IN);
    for list in [strict, lenient] {
        let found = found(list, field.len());
        assert_eq!(found.len(), to.len(), "{field:?}");
        for (found, written) in found.iter().zip(&to) {
            let meant = AddrSpec::parse(written.mailbox.as_str(), STRICT).unwrap().address();
            assert_eq!(found.address.as_deref(), Some(&*meant), "{field:?}");
            let name = written.name.as_deref().unwrap_or_default().trim();
            assert_eq!(found.name.as_deref().unwrap_or_default().trim(), name, "{field:?}");
        }
    }
    Ok(())
}
