//! What comes in clear behind STARTTLS never counts as encrypted, on either side, however it is cut (RFC 3207 section 6).

use edgepost::client::{self, Cause, Client, ProtocolError};
use edgepost::server::{self, Answer, Ask, Server};
use edgepost::time::Millis;

const NOW: Millis = Millis::new(0);

/// Feeds the pieces and collects what the server says and asks.
fn serve(server: &mut Server, pieces: &[&[u8]]) -> (String, Vec<Ask>, bool) {
    let (mut said, mut asked, mut tls) = (Vec::new(), Vec::new(), false);
    for piece in pieces {
        server.receive(piece);
        loop {
            match server.poll(NOW) {
                server::Output::Send(bytes) => said.extend(bytes),
                server::Output::Ask(ask) => {
                    asked.push(ask);
                    server.answer(Answer::accept()).unwrap();
                }
                server::Output::StartTls => tls = true,
                server::Output::Body(_) | server::Output::Event(_) => {}
                server::Output::Wait { .. } | server::Output::Closed(_) => break,
            }
        }
    }
    (String::from_utf8(said).unwrap(), asked, tls)
}

// covers: RFC 3207 section 6 server
#[test]
fn a_server_throws_away_what_was_pipelined_behind_starttls() {
    let session = b"EHLO mallory.example\r\nSTARTTLS\r\nMAIL FROM:<mallory@evil.example>\r\nRSET\r\n";
    let end = session.windows(10).position(|line| line == b"STARTTLS\r\n").unwrap() + 10;
    for cut in 0..=session.len() {
        let config = server::Config { upgradable: true, ..server::Config::named("mx.example") };
        let mut server = Server::new(config, NOW).unwrap();
        let (said, asked, tls) = serve(&mut server, &[&session[..cut], &session[cut..]]);
        assert!(asked.iter().all(|ask| *ask == Ask::Connect), "cut at {cut}: {asked:?}");
        if tls {
            // The rest came after 220 was said: it is no TLS, and the session is over.
            assert_eq!(cut, end);
            assert!(server.secured().is_err());
            let failure = server::Failure::Protocol(server::ProtocolError::Residue);
            assert_eq!(server.poll(NOW), server::Output::Closed(Some(failure)));
        } else {
            assert!(said.contains("503 5.5.1 nothing may follow STARTTLS"), "cut at {cut}: {said}");
            if cut < end || cut == session.len() {
                assert!(!said.contains("250 2."), "cut at {cut}: something behind STARTTLS was done: {said}");
            }
        }
    }
}

// covers: RFC 3207 section 4.2 server
#[test]
fn a_server_forgets_what_was_said_in_clear() {
    let config = server::Config { upgradable: true, ..server::Config::named("mx.example") };
    let mut server = Server::new(config, NOW).unwrap();
    let (_, _, tls) = serve(&mut server, &[b"EHLO a\r\n", b"MAIL FROM:<a@a.example>\r\n", b"STARTTLS\r\n"]);
    assert!(tls);
    server.secured().unwrap();
    let (said, ..) = serve(&mut server, &[b"RCPT TO:<b@b.example>\r\nMAIL FROM:<a@a.example>\r\n"]);
    assert_eq!(said, "503 5.5.1 say MAIL first\r\n503 5.5.1 say EHLO first\r\n");
}

// covers: RFC 3207 section 6 client
#[test]
fn a_client_does_not_take_replies_in_clear_for_encrypted_ones() {
    let before = b"220 mx.example\r\n250-mx.example\r\n250 STARTTLS\r\n";
    let injected = b"220 go\r\n250-mx.example\r\n250 AUTH PLAIN\r\n";
    for cut in 0..=injected.len() {
        let config = client::Config { upgradable: true, ..client::Config::named("client.example") };
        let mut client = Client::new(config, NOW).unwrap();
        let (mut tls, mut closed) = (false, None);
        for piece in [&before[..], &injected[..cut], &injected[cut..]] {
            client.receive(piece);
            loop {
                match client.poll(NOW) {
                    client::Output::StartTls => tls = true,
                    client::Output::Wait { .. } => break,
                    client::Output::Closed(failure) => {
                        closed = failure;
                        break;
                    }
                    client::Output::Event(client::Event::Ready { .. }) => panic!("cut at {cut}: ready"),
                    _ => {}
                }
            }
        }
        let cause = closed.map(|failure| failure.cause);
        assert_eq!(cause, Some(Cause::Protocol(ProtocolError::Residue)), "cut at {cut}");
        assert_eq!(tls, cut == 8, "cut at {cut}");
        assert!(client.secured().is_err());
    }
}
