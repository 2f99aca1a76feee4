//! Values built by the grammar: what can be built has to parse. The octets of the input choose between the alternatives.
//!
//! These rules are written from the RFCs and not from the parsers, so that the one can be held against the other.

use arbitrary::{Result, Unstructured};

type U<'a, 'b> = &'a mut Unstructured<'b>;

const ATEXT: &str = "ABCXYZabcxyz0129!#$%&'*+-/=?^_`{|}~";
const LET_DIG: &str = "ABCXYZabcxyz0129";
/// Of two, three and four octets, and the first that is neither ASCII nor a C1 control.
const NON_ASCII: &str = "\u{a0}éßЖ€例\u{fffd}😀";

fn one(u: U, alphabet: &str) -> Result<char> {
    let index = u.choose_index(alphabet.chars().count())?;
    Ok(alphabet.chars().nth(index).expect("in range"))
}

/// `min` to `max` characters of an alphabet.
fn some(u: U, alphabet: &str, min: usize, max: usize) -> Result<String> {
    (0..u.int_in_range(min..=max)?).map(|_| one(u, alphabet)).collect()
}

/// `Domain = sub-domain *("." sub-domain)`, with labels of ASCII, or of any letters where `utf8` says so.
pub fn domain(u: U, utf8: bool) -> Result<String> {
    let labels: Result<Vec<String>> = (0..u.int_in_range(1..=4)?)
        .map(|_| {
            if utf8 && u.ratio(1, 4)? {
                return some(u, NON_ASCII, 1, 10);
            }
            let mut label = one(u, LET_DIG)?.to_string();
            label.push_str(&some(u, &[LET_DIG, "-"].concat(), 0, 12)?);
            label.push_str(&some(u, LET_DIG, 1, 1)?);
            Ok(label)
        })
        .collect();
    Ok(labels?.join("."))
}

/// `address-literal` of each kind.
pub fn address_literal(u: U) -> Result<String> {
    Ok(match u.int_in_range(0..=3)? {
        0 => format!("[{}]", std::net::Ipv4Addr::from(u.arbitrary::<[u8; 4]>()?)),
        1 => format!("[IPv6:{}]", ipv6(u)?),
        2 => format!("[ipv6:::ffff:{}]", std::net::Ipv4Addr::from(u.arbitrary::<[u8; 4]>()?)),
        _ => {
            format!("[x{}:{}]", some(u, LET_DIG, 1, 5)?, some(u, "!#:.[\"<>@aZ09^~", 1, 9)?.replace('[', "^"))
        }
    })
}

/// `IPv6-full`, or `IPv6-comp` where `::` stands for two groups at least.
fn ipv6(u: U) -> Result<String> {
    let groups: Vec<String> = u.arbitrary::<[u16; 8]>()?.iter().map(|group| format!("{group:x}")).collect();
    if u.arbitrary()? {
        return Ok(groups.join(":"));
    }
    let before = u.int_in_range(0..=6)?;
    let after = u.int_in_range(0..=6 - before)?;
    Ok(format!("{}::{}", groups[..before].join(":"), groups[8 - after..].join(":")))
}

/// `Local-part = Dot-string / Quoted-string`
pub fn local_part(u: U, utf8: bool) -> Result<String> {
    let wide = if utf8 { NON_ASCII } else { "" };
    if u.arbitrary()? {
        let atoms: Result<Vec<String>> =
            (0..u.int_in_range(1..=4)?).map(|_| some(u, &[ATEXT, wide].concat(), 1, 6)).collect();
        return Ok(atoms?.join("."));
    }
    let mut quoted = String::from("\"");
    for _ in 0..u.int_in_range(0..=12)? {
        if u.ratio(1, 4)? {
            quoted.push('\\');
            quoted.push(u.int_in_range(b' '..=b'~')?.into());
        } else {
            quoted.push(one(u, &["aZ09 !#$@.,:;<>()[]~", wide].concat())?);
        }
    }
    quoted.push('"');
    Ok(quoted)
}

/// `Mailbox = Local-part "@" ( Domain / address-literal )`: its two parts, within the limits of RFC 5321.
pub fn mailbox(u: U, utf8: bool) -> Result<(String, String)> {
    let local = local_part(u, utf8)?;
    let domain = if u.ratio(1, 4)? { address_literal(u)? } else { domain(u, utf8)? };
    Ok((local, domain))
}

/// `esmtp-keyword = (ALPHA / DIGIT) *(ALPHA / DIGIT / "-")`
pub fn esmtp_keyword(u: U) -> Result<String> {
    Ok(one(u, LET_DIG)?.to_string() + &some(u, &[LET_DIG, "-"].concat(), 0, 8)?)
}

/// `esmtp-value = 1*(%d33-60 / %d62-126)`, and UTF-8 behind ASCII.
pub fn esmtp_value(u: U, utf8: bool) -> Result<String> {
    let wide = if utf8 { NON_ASCII } else { "" };
    some(u, &["!\"#$%&'()*+,-./09:;<>?@AZ[\\]^_`az{|}~", wide].concat(), 1, 16)
}

/// The argument of VRFY, EXPN, HELP and NOOP: printable, with spaces inside.
pub fn text(u: U) -> Result<String> {
    let visible = [ATEXT, "@<>()\",:;[\\]", NON_ASCII].concat();
    let words: Result<Vec<String>> = (0..u.int_in_range(1..=3)?).map(|_| some(u, &visible, 1, 8)).collect();
    Ok(words?.join(if u.arbitrary()? { " " } else { " \t " }))
}
