use super::*;
use crate::wire::address::Mailbox;
use std::string::String;
use std::vec;

fn begun() -> Builder {
    Builder::new(Options::new("stem")).unwrap()
}

/// What is made when each content is `<part>`, as it is encoded.
fn finished(builder: Builder) -> String {
    let octets = builder.finish().into_iter().flat_map(|segment| match segment {
        Segment::Octets(octets) => octets,
        Segment::Content { part, encoding } => {
            let mut out = vec![];
            let mut encoder = Encoder::new(encoding);
            encoder.write(std::format!("<{part}>").as_bytes(), &mut out).unwrap();
            encoder.finish(&mut out).unwrap();
            out
        }
    });
    String::from_utf8(octets.collect()).unwrap()
}

#[test]
fn parts_stand_between_their_delimiters() {
    let mut builder = begun();
    builder.open("mixed", &[]).unwrap();
    builder.open("alternative", &[]).unwrap();
    builder.text(&Part::new("text/plain"), "no end").unwrap();
    builder.text(&Part::new("text/html"), "a line\n").unwrap();
    builder.close();
    builder.content(&Part::new("image/png"), Encoding::Base64).unwrap();
    builder.content(&Part::new("message/rfc822"), Encoding::SevenBit).unwrap();
    assert_eq!(
        finished(builder),
        "MIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"=_stem_0\"\r\n\
         \r\n\
         --=_stem_0\r\n\
         Content-Type: multipart/alternative; boundary=\"=_stem_1\"\r\n\
         \r\n\
         --=_stem_1\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         no end\r\n\
         --=_stem_1\r\n\
         Content-Type: text/html; charset=utf-8\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         a line\r\n\
         \r\n\
         --=_stem_1--\r\n\
         --=_stem_0\r\n\
         Content-Type: image/png\r\n\
         Content-Transfer-Encoding: base64\r\n\
         \r\n\
         PDA+\r\n\
         --=_stem_0\r\n\
         Content-Type: message/rfc822\r\n\
         Content-Transfer-Encoding: 7bit\r\n\
         \r\n\
         <1>\r\n\
         --=_stem_0--\r\n"
    );
}

#[test]
fn content_that_is_alone_ends_with_a_line() {
    for encoding in [Encoding::SevenBit, Encoding::Base64, Encoding::QuotedPrintable] {
        let mut builder = begun();
        builder.content(&Part::new("text/plain"), encoding).unwrap();
        let written = finished(builder);
        assert!(written.ends_with("\r\n") && !written.ends_with("\r\n\r\n"), "{written:?}");
    }
}

#[test]
fn a_message_without_a_body_ends_with_its_header() {
    let mut builder = begun();
    builder.text_field("Subject", "x").unwrap();
    assert_eq!(finished(builder), "Subject: x\r\n\r\n");
}

#[test]
fn a_text_that_looks_like_a_boundary_is_encoded() {
    let mut builder = begun();
    builder.open("mixed", &[]).unwrap();
    builder.text(&Part::new("text/plain"), "a\n--=_stem_0\nb").unwrap();
    assert!(finished(builder).contains("quoted-printable\r\n\r\na\r\n--=3D_stem_0\r\nb\r\n--=_stem_0--\r\n"));
}

#[test]
fn there_is_one_body_and_fields_come_before_it() {
    let text = Part::new("text/plain");
    let mut builder = begun();
    builder.text(&text, "x").unwrap();
    assert_eq!(builder.text(&text, "y").unwrap_err().field, "part");
    assert_eq!(builder.open("mixed", &[]).unwrap_err().field, "part");
    assert_eq!(builder.verbatim().unwrap_err().field, "part");
    assert_eq!(builder.text_field("Subject", "x").unwrap_err().field, "name");
}

#[test]
fn nothing_gets_into_a_header_by_a_part() {
    for evil in ["a\r\nX: y", "a\0", "a\n", "a\u{85}"] {
        let text = Part::new("text/plain");
        let params = [("a", evil)];
        let names = [(evil, "a")];
        for (part, field) in [
            (Part { media_type: evil, ..text }, "media_type"),
            (Part { params: &params, ..text }, "params"),
            (Part { params: &names, ..text }, "params"),
            (Part { disposition: Some(evil), ..text }, "disposition"),
            (Part { filename: Some(evil), ..text }, "filename"),
            (Part { id: Some(evil), ..text }, "id"),
            (Part { fields: &params, ..text }, "value"),
            (Part { fields: &names, ..text }, "name"),
        ] {
            assert_eq!(begun().text(&part, "").unwrap_err().field, field, "{part:?}");
            assert_eq!(begun().content(&part, Encoding::Base64).unwrap_err().field, field, "{part:?}");
        }
        assert_eq!(begun().text_field("X", evil).unwrap_err().field, "value");
        assert_eq!(begun().text_field(evil, "x").unwrap_err().field, "name");
        assert_eq!(begun().message_ids("References", &[evil]).unwrap_err().field, "message_id");
        assert_eq!(begun().open(evil, &[]).unwrap_err().field, "media_type");
        assert_eq!(begun().open("mixed", &params).unwrap_err().field, "params");
        assert_eq!(Builder::new(Options::new(evil)).unwrap_err().field, "stem");
        let address = Address::named(evil, Mailbox::parse("a@b.example").unwrap());
        assert_eq!(begun().addresses("To", &[address]).unwrap_err().field, "addresses");
    }
}

#[test]
fn headers_are_utf8_where_they_may_be() {
    let mut builder = Builder::new(Options { utf8: true, ..Options::new("stem") }).unwrap();
    builder.text_field("Subject", "Grüße").unwrap();
    let part = Part { filename: Some("ä.txt"), disposition: Some("attachment"), ..Part::new("text/plain") };
    builder.text(&part, "x").unwrap();
    let written = finished(builder);
    assert!(written.starts_with("Subject: Grüße\r\n"), "{written}");
    assert!(written.contains("\r\nContent-Disposition: attachment; filename=\"ä.txt\"\r\n"), "{written}");
}

#[test]
fn names_of_files_of_any_length_keep_to_the_lines() {
    for name in ["ä", "name ", "\"", "日本", "x"] {
        for times in [1, 30, 300] {
            let name = name.repeat(times);
            let mut builder = begun();
            let part =
                Part { filename: Some(&name), disposition: Some("attachment"), ..Part::new("text/plain") };
            builder.content(&part, Encoding::Base64).unwrap();
            for line in finished(builder).split("\r\n") {
                assert!(line.len() <= 78 || !line[1..].contains(' '), "{line}");
                assert!(line.len() <= 998, "{line}");
            }
        }
    }
}
