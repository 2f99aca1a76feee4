//! A host that plays the client's part of AUTH (RFC 4954): what it is asked, what it may answer, and what happens meanwhile.
//! That nobody outside sees who plays it is shown in tests/transcripts.rs, tests/choice.rs and tests/secrets.rs.

use edgepost::client::{
    Cause, Client, Config, Event, Exchange, Failure, Misuse, Output, ProtocolError, Stage, Timeouts, Tls,
};
use edgepost::sasl::binding::Flag;
use edgepost::sasl::{Credentials, ExchangeError, Mechanism, Wiped};
use edgepost::time::Millis;
use edgepost::wire::reply::{EnhancedCode, Reply};

const NOW: Millis = Millis::new(0);

/// A client whose host is asked to begin.
fn asked(mechanism: Mechanism) -> Client {
    let config = Config {
        tls: Tls::Off,
        auth: Some(Credentials::new("ann", "secret")),
        mechanisms: vec![mechanism],
        delegated: Mechanism::ALL,
        ..Config::named("client.example")
    };
    let mut client = Client::new(config, NOW).unwrap();
    client.receive(format!("220 mx\r\n250-mx\r\n250 AUTH {}\r\n", mechanism.name()).as_bytes());
    let asked = Exchange::Begin { mechanism, flag: Flag::Unsupported };
    assert_eq!(next(&mut client), Output::Exchange(asked));
    client
}

/// The first output that is of the exchange, or the end.
fn next(client: &mut Client) -> Output {
    loop {
        let output = client.poll(NOW);
        if !matches!(&output, Output::Event(Event::Offered { .. }))
            && !matches!(&output, Output::Send(line) if line.starts_with(b"EHLO ") || line == b"QUIT\r\n")
        {
            return output;
        }
    }
}

/// Up to the server's challenge.
fn challenged() -> Client {
    let mut client = asked(Mechanism::CramMd5);
    client.respond(Ok(None), None).unwrap();
    assert_eq!(next(&mut client), Output::Send(b"AUTH CRAM-MD5\r\n".to_vec()));
    client.receive(b"334 PDE+\r\n");
    assert_eq!(next(&mut client), Output::Exchange(Exchange::Challenge(Wiped::new(b"<1>".to_vec()))));
    client
}

/// Up to the server's word that all is well.
fn done() -> Client {
    let mut client = challenged();
    client.respond(response(), None).unwrap();
    assert_eq!(next(&mut client), Output::Send(b"cmVzcG9uc2U=\r\n".to_vec()));
    client.receive(b"235 2.7.0 OK\r\n");
    assert_eq!(next(&mut client), Output::Exchange(Exchange::Success));
    client
}

fn failure(cause: Cause) -> Output {
    Output::Closed(Some(Failure { stage: Stage::Auth, cause }))
}

/// A host's answer, and whether it has a response.
type Answer = Result<Option<Wiped>, ExchangeError>;

fn response() -> Answer {
    Ok(Some(Wiped::new(b"response".to_vec())))
}

/// A question, the session up to it, and the answers that are none.
type Asked = (&'static str, Client, Vec<Answer>);

fn questions() -> [Asked; 3] {
    [
        ("begin", asked(Mechanism::CramMd5), vec![]),
        ("challenge", challenged(), vec![Ok(None)]),
        ("success", done(), vec![response()]),
    ]
}

// covers: RFC 4954 client
#[test]
fn only_an_answer_to_the_question_is_taken() {
    for (question, mut client, wrong) in questions() {
        for answer in wrong {
            assert_eq!(client.respond(answer, None), Err(Misuse::NotNow), "{question}");
        }
        let right = if question == "challenge" { response() } else { Ok(None) };
        assert_eq!(client.respond(right, None), Ok(()), "{question}");
        assert_eq!(client.respond(Ok(None), None), Err(Misuse::NotNow), "{question}, once more");
    }
}

#[test]
fn nothing_but_the_hosts_word_lets_it_succeed() {
    let mut client = done();
    assert!(matches!(client.poll(NOW), Output::Wait { .. }));
    client.respond(Ok(None), None).unwrap();
    assert!(matches!(next(&mut client), Output::Event(Event::Ready { authenticated: true, .. })));
}

#[test]
fn a_host_that_cannot_go_on_says_why() {
    for (question, mut client, _) in questions() {
        client.respond(Err(ExchangeError::Signature), None).unwrap();
        let cause = match question {
            "begin" => Cause::Unsupported(ExchangeError::Signature.to_string()),
            _ => Cause::Protocol(ProtocolError::Exchange(ExchangeError::Signature)),
        };
        assert_eq!(next(&mut client), failure(cause), "{question}");
        assert_eq!(client.respond(Ok(None), None), Err(Misuse::NotNow), "{question}");
    }
}

// covers: RFC 4954 section 4 client
#[test]
fn a_server_that_says_more_is_not_waiting_for_an_answer() {
    for (question, mut client, _) in questions() {
        client.receive(b"421 4.3.2 going away\r\n");
        let reply = Reply::new(421, Some(EnhancedCode::new(4, 3, 2)), "going away");
        assert_eq!(next(&mut client), failure(Cause::Refused(reply)), "{question}");
    }
    for (question, mut client, _) in questions() {
        client.receive(b"235 2.7.0 so be it\r\n");
        let reply = Reply::new(235, Some(EnhancedCode::new(2, 7, 0)), "so be it");
        let cause = Cause::Protocol(ProtocolError::Unexpected(reply));
        assert_eq!(next(&mut client), failure(cause), "{question}");
    }
}

#[test]
fn a_server_that_goes_while_the_host_is_asked_has_gone() {
    for (question, mut client, _) in questions() {
        assert!(matches!(client.poll(NOW), Output::Wait { read: true, .. }), "{question}");
        client.end();
        assert_eq!(next(&mut client), failure(Cause::Closed), "{question}");
    }
}

#[test]
fn the_hosts_time_counts_for_auth_and_begins_anew_with_each_question() {
    for (question, mut client, _) in questions() {
        let Output::Wait { until: Some(until), .. } = client.poll(Millis::new(1_000)) else {
            panic!("{question}: no limit")
        };
        assert_eq!(until.get(), 1_000 + Timeouts::default().auth, "{question}");
        let late = client.poll(until);
        assert_eq!(late, failure(Cause::Timeout(Timeouts::default().auth)), "{question}");
    }
}
