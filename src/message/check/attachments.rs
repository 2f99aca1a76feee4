//! Attachments: what receivers do not let through, and names that are not what they say (RFC 2183).

use alloc::vec::Vec;
use core::ops::Range;

use super::rule::family;
use super::{Checker, hosts, listed};
use crate::message::encoding::Encoding;
use crate::message::part::{Kind, Part, Transfer};

family! {
    "Attachments", check;

    EXECUTABLE = "attachment-executable" Error WillBeRefused, "RFC 2183 section 5",
        "Programs and scripts are how viruses come: large receivers refuse files of this kind.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=invoice.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=invoice.exe\n\nMZ\n"
            at "attachment; filename=invoice.exe";
    DOUBLE = "attachment-double-extension" Error MayBeFiltered, "RFC 2183 section 5",
        "A name with two extensions shows the harmless one to those whose system hides the last.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=invoice.v2.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=invoice.pdf.exe\n\nMZ\n"
            at "attachment; filename=invoice.pdf.exe";
    MACRO = "attachment-with-macros" Warning MayBeFiltered, "RFC 2183 section 5",
        "Documents with macros are programs: many receivers take none from outside.",
        pass "MIME-Version: 1.0\nContent-Disposition: attachment; filename=plan.xlsx\n\nPK\n",
        fail "MIME-Version: 1.0\nContent-Disposition: attachment; filename=plan.xlsm\n\nPK\n" at "attachment; filename=plan.xlsm";
    PAGE = "attachment-html" Warning MayBeFiltered, "RFC 2183 section 5",
        "An HTML page in an attachment is how phishing gets past filters: many of them hold it back.",
        pass "MIME-Version: 1.0\nContent-Disposition: attachment; filename=form.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Disposition: attachment; filename=form.html\n\n<p>\n" at "attachment; filename=form.html";
    DISGUISED = "attachment-disguised" Error WillBeRefused, "RFC 2183 section 5",
        "The content is a program, and the name and type say something else.",
        pass "MIME-Version: 1.0\nContent-Type: image/png\nContent-Disposition: attachment; filename=cat.png\nContent-Transfer-Encoding: base64\n\niVBORw0KGgo=\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png\nContent-Disposition: attachment; filename=cat.png\nContent-Transfer-Encoding: base64\n\nTVqQAAMAAAAEAAAA\n"
            at "TVqQ";
    ENCRYPTED = "attachment-encrypted-archive" Warning MayBeFiltered, "RFC 2183 section 5",
        "No filter can look into an archive with a password: large receivers refuse some, and warn of all.",
        pass "MIME-Version: 1.0\nContent-Type: application/zip\nContent-Disposition: attachment; filename=a.zip\n\nPK{03}{04}{14}{00}{00}{00}\n",
        fail "MIME-Version: 1.0\nContent-Type: application/zip\nContent-Disposition: attachment; filename=a.zip\n\nPK{03}{04}{14}{00}{01}{00}\n"
            at "PK{03}{04}";
    TYPE = "attachment-type-differs" Warning MayBeFiltered, "RFC 2046 section 1",
        "The type says something else than the extension of the name: programs do not agree on what it is.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n" at "image/png";
    GENERIC = "attachment-type-generic" Info Style, "RFC 2046 section 4.5.1",
        "This kind of file has a type of its own: with application/octet-stream, programs can only store it.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n"
            at "application/octet-stream";
    NO_NAME = "attachment-without-name" Info Style, "RFC 2183 section 2.3",
        "A file that is attached has a name in filename: without it, each program makes up one.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: application/pdf\nContent-Disposition: attachment\n\n%PDF\n" at "attachment";
    TWO_NAMES = "attachment-names-differ" Warning MayBeFiltered, "RFC 2183 section 2.3",
        "The name in Content-Type is another one than in Content-Disposition: a filter may look at one, and the reader's program use the other.",
        pass "MIME-Version: 1.0\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Type: application/pdf; name=a.pdf\nContent-Disposition: attachment; filename=b.pdf\n\n%PDF\n"
            at "application/pdf; name=a.pdf";
    PATH = "attachment-name-path" Warning MayBeFiltered, "RFC 2183 section 2.3",
        "A file's name has no folders in it: they are dropped, or tell about the sender's disk.",
        pass "MIME-Version: 1.0\nContent-Disposition: attachment; filename=a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Disposition: attachment; filename=\"../a.pdf\"\n\n%PDF\n" at "attachment; filename=\"../a.pdf\"";
    BIDI = "attachment-name-bidi" Error MayBeFiltered, "UAX #9 section 2",
        "A character in this file's name turns the direction of text around, so that its extension looks like another.",
        pass "MIME-Version: 1.0\nContent-Disposition: attachment; filename*=utf-8''a.pdf\n\n%PDF\n",
        fail "MIME-Version: 1.0\nContent-Disposition: attachment; filename*=utf-8''a%E2%80%AEfdp.js\n\nx\n"
            at "attachment; filename*=utf-8''a%E2%80%AEfdp.js";
    LARGE = "message-over-25-mb" Warning WillBeRefused, "RFC 1870",
        "Most receivers bound messages at 25 MB or less, as they are sent: base64 makes a file a third larger.",
        pass "Subject: Lunch\n\nHello\n",
        fail "Subject: Lunch\n\n{x*26214401}\n" at "Subject";
}

/// What Gmail and Outlook block by extension.
const PROGRAMS: &str = "ade adp apk appx appxbundle application bat cab cer chm cmd com cpl crt der diagcab dll dmg ex ex_ exe gadget \
    hlp hta img inf ins isp iso its jar jnlp js jse ksh lib library-ms lnk mad mam maq mat mau mda mde mdt mdz msc msh msi msix \
    msixbundle msp mst nsh ops pcd pif pl plg prf ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw reg scf scr sct settingcontent-ms \
    shb shs sys theme url vb vbe vbs vhd vhdx vsmacros vxd wsc wsf wsh xbap xll xnk";
const WITH_MACROS: &str = "docm dotm xlsm xltm xlam pptm potm ppam ppsm sldm one";
const DOCUMENTS: &str = "pdf doc docx xls xlsx ppt pptx txt rtf csv jpg jpeg png gif mp3 mp4 zip";
const PAGES: &str = "htm html shtml xhtml svg mht mhtml";
/// Extensions and the types they have, in pairs.
const TYPES: &str = "pdf application/pdf png image/png jpg image/jpeg jpeg image/jpeg gif image/gif zip application/zip txt text/plain \
    html text/html csv text/csv ics text/calendar mp4 video/mp4 mp3 audio/mpeg webp image/webp xml text/xml json application/json \
    docx application/vnd.openxmlformats-officedocument.wordprocessingml.document \
    xlsx application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
/// Types that are written in place of others and mean the same.
const ALSO: &str = "image/jpg image/pjpeg image/x-png application/x-pdf application/x-zip-compressed application/x-zip \
    application/xml application/csv application/vnd.ms-excel audio/mp3 text/x-csv application/zip application/ics";
const LARGEST: usize = 25 << 20;

fn check(checker: &mut Checker) {
    if checker.octets.len() > LARGEST {
        checker.add(&LARGE, checker.top());
    }
    let message = checker.message;
    for part in message.parts().iter().filter(|part| part.kind == Kind::Leaf) {
        let kind = place(checker, part, "content-type");
        let disposition = place(checker, part, "content-disposition");
        let named = disposition.clone().or(kind.clone());
        let Some(place) = named else { continue };
        if part.is_attachment() && part.file_name().is_none() && part.media_type() != "message/rfc822" {
            checker.add(&NO_NAME, place.clone());
        }
        content(checker, part);
        let Some(name) = part.file_name() else { continue };
        names(checker, part, name, place);
        let Some(kind) = kind else { continue };
        let said = kind.start
            ..kind.start + checker.octets[kind.clone()].iter().take_while(|octet| **octet != b';').count();
        types(checker, part, name, said);
        let inner = part.content_type.as_ref().and_then(|value| value.param("name"));
        let outer = part.disposition.as_ref().and_then(|value| value.param("filename"));
        if let (Some(inner), Some(outer)) = (inner, outer)
            && inner != outer
            && inner.is_ascii()
            && outer.is_ascii()
        {
            checker.add(&TWO_NAMES, kind);
        }
    }
}

fn place(checker: &Checker, part: &Part, name: &str) -> Option<Range<usize>> {
    checker.message.field(part.number, name).map(|field| checker.value(field))
}

fn extension(name: &str) -> Option<(&str, &str)> {
    // Systems drop dots and spaces at the end.
    name.trim_end_matches(['.', ' ']).rsplit_once('.')
}

fn names(checker: &mut Checker, part: &Part, name: &str, place: Range<usize>) {
    if name.contains(hosts::is_bidi) {
        checker.add(&BIDI, place.clone());
    }
    let given = [("filename", &part.disposition), ("name", &part.content_type)];
    let path = given.iter().any(|(name, value)| {
        let value = value.as_ref().and_then(|value| value.param(name));
        value.is_some_and(|value| value.contains(['/', '\\']))
    });
    if path {
        checker.add(&PATH, place.clone());
    }
    let Some((stem, last)) = extension(name) else { return };
    if listed(PROGRAMS, last) {
        checker.tell(&EXECUTABLE, place.clone(), last);
    } else if listed(WITH_MACROS, last) {
        checker.add(&MACRO, place.clone());
    } else if part.is_attachment() && listed(PAGES, last) {
        checker.add(&PAGE, place.clone());
    }
    let harmless = extension(stem).is_some_and(|(_, inner)| listed(DOCUMENTS, inner.trim_end()));
    if harmless && (listed(PROGRAMS, last) || listed(PAGES, last) || listed(WITH_MACROS, last)) {
        checker.add(&DOUBLE, place);
    }
}

fn types(checker: &mut Checker, part: &Part, name: &str, said: Range<usize>) {
    let Some((_, last)) = extension(name) else { return };
    let mut words = TYPES.split(' ').filter(|word| !word.is_empty());
    while let (Some(known), Some(media_type)) = (words.next(), words.next()) {
        if !known.eq_ignore_ascii_case(last) {
            continue;
        }
        let is = part.media_type();
        if is == "application/octet-stream" {
            checker.add(&GENERIC, said);
        } else if is != media_type && !listed(ALSO, is) {
            checker.add(&TYPE, said);
        }
        return;
    }
}

/// What the first octets of a part say.
fn content(checker: &mut Checker, part: &Part) {
    let body = super::trimmed(checker.octets, part.body.clone());
    let head = body.start..body.end.min(body.start + 64);
    let raw = &checker.octets[head.clone()];
    let mut decoded = Vec::new();
    let base64 = part.transfer == Transfer::As(Encoding::Base64);
    if base64 {
        let _ = crate::message::base64::decode(raw, &mut decoded);
    } else {
        decoded.extend_from_slice(raw);
    }
    let letters = |octets: usize| {
        let octets = if base64 { octets.div_ceil(3) * 4 } else { octets };
        head.start..(head.start + octets).min(head.end)
    };
    let name = part.file_name().unwrap_or_default();
    let program = extension(name).is_some_and(|(_, last)| listed(PROGRAMS, last));
    // Text may begin with these letters as well.
    let binary = decoded.iter().any(|octet| *octet < 9);
    if (decoded.starts_with(b"MZ") || decoded.starts_with(b"\x7FELF")) && binary && !program {
        checker.add(&DISGUISED, letters(2));
    }
    if let Some([b'P', b'K', 3, 4, _, _, flags, ..]) = decoded.get(..8)
        && flags & 1 == 1
    {
        checker.add(&ENCRYPTED, letters(4));
    }
}
