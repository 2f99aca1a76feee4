//! Bodies in base64 and quoted-printable (RFC 2045 sections 6.7 and 6.8).

use edgepost::message::{base64, qp};

pub fn run(octets: &[u8]) {
    let mut encoded = Vec::new();
    base64::encode(octets, &mut encoded);
    assert!(encoded.split(|&octet| octet == b'\n').all(|line| line.len() <= 77));
    let mut decoded = Vec::new();
    assert!(base64::decode(&encoded, &mut decoded).is_none());
    assert_eq!(decoded, octets, "what is encoded decodes equal");
    let whole = {
        let mut out = Vec::new();
        (base64::decode(octets, &mut out), out)
    };
    let (size, pieces) =
        octets.split_first().map_or((1, octets), |(&first, _)| (1 + usize::from(first % 9), octets));
    let (mut decoder, mut out) = (base64::Decoder::default(), Vec::new());
    pieces.chunks(size).for_each(|piece| decoder.write(piece, &mut out));
    assert_eq!((decoder.finish(&mut out), out), whole, "cuts change nothing");
    let mut out = Vec::new();
    qp::decode(octets, &mut out);
    assert!(out.len() <= octets.len());
    let mut lines = Vec::new();
    for line in octets.split_inclusive(|&octet| octet == b'\n') {
        qp::decode(line, &mut lines);
    }
    assert_eq!(lines, out, "lines are decoded alone as together");
}
