//! How long a server bears with a client that does wrong, says nothing or never ends (RFC 5321 sections 4.5.3.2 and 7.8).

use edgepost::server::{Answer, Ask, Auth, Config, Failure, Output, ProtocolError, Server};
use edgepost::time::Millis;
use edgepost::wire::reply::{EnhancedCode, Reply};

/// What a server does when it has said what it has to say.
#[derive(Debug, PartialEq)]
enum Then {
    Waits(Option<u64>),
    IsOver(Option<Failure>),
}

impl Then {
    fn goes_on(&self) -> bool {
        matches!(self, Self::Waits(_))
    }
}

/// A server, its client and a clock that the test moves.
struct Session {
    server: Server,
    now: u64,
}

impl Session {
    fn new(config: Config) -> Self {
        let mut session = Self { server: Server::new(config, Millis::new(0)).unwrap(), now: 0 };
        assert!(session.run().0.starts_with("220 "));
        session
    }

    /// What the server says until it waits or is over: the codes, and until when it waits.
    fn run(&mut self) -> (String, Then) {
        let mut said = Vec::new();
        loop {
            match self.server.poll(Millis::new(self.now)) {
                Output::Send(bytes) => said.extend(bytes),
                Output::Ask(Ask::Rcpt { to, .. }) if to.as_str().starts_with("nobody") => {
                    let reply = Reply::new(550, Some(EnhancedCode::new(5, 1, 1)), "no such user");
                    self.server.answer(Answer::Refuse(reply)).unwrap();
                }
                Output::Ask(Ask::Mail { from, .. }) if from.as_str().starts_with("nobody") => {
                    let reply = Reply::new(550, Some(EnhancedCode::new(5, 7, 1)), "not you");
                    self.server.answer(Answer::Refuse(reply)).unwrap();
                }
                Output::Ask(_) => self.server.answer(Answer::accept()).unwrap(),
                Output::Wait { until, .. } => {
                    return (String::from_utf8(said).unwrap(), Then::Waits(until.map(Millis::get)));
                }
                Output::Closed(failure) => return (String::from_utf8(said).unwrap(), Then::IsOver(failure)),
                Output::Body(_) | Output::Event(_) | Output::StartTls => {}
            }
        }
    }

    fn say(&mut self, line: &str) -> (String, Then) {
        self.server.receive(format!("{line}\r\n").as_bytes());
        self.run()
    }
}

fn config() -> Config {
    Config::named("mx.example")
}

fn quick() -> Config {
    let mut config = config();
    config.tarpit.delay = 0;
    config
}

#[test]
fn replies_to_faults_are_late_after_the_first_ten() {
    let mut session = Session::new(config());
    for _ in 0..10 {
        assert!(session.say("XYZZY").0.starts_with("500 "));
    }
    for late in 1..=3 {
        assert_eq!(session.say("XYZZY"), (String::new(), Then::Waits(Some(late * 1_000))));
        session.now = late * 1_000 - 1;
        assert_eq!(session.run(), (String::new(), Then::Waits(Some(late * 1_000))));
        session.now += 1;
        assert!(session.run().0.starts_with("500 "));
    }
    assert!(session.say("NOOP").0.starts_with("250 "), "what is right is answered at once");
}

#[test]
fn a_reply_that_is_late_does_not_keep_a_server_that_stops() {
    let mut session = Session::new(config());
    for _ in 0..11 {
        session.say("XYZZY");
    }
    session.server.close(Reply::new(421, None, "bye"));
    let (said, over) = session.run();
    assert!(said.ends_with("421 bye\r\n"), "{said}");
    assert_eq!(over, Then::IsOver(None));
}

#[test]
fn refused_recipients_are_slow_too_and_end_the_session_when_there_are_too_many() {
    let mut session = Session::new(config());
    session.say("EHLO client.example");
    session.say("MAIL FROM:<alice@a.example>");
    for _ in 0..10 {
        assert!(session.say("RCPT TO:<nobody@b.example>").0.starts_with("550 "));
    }
    assert_eq!(session.say("RCPT TO:<nobody@b.example>"), (String::new(), Then::Waits(Some(1_000))));

    let mut session = Session::new(quick());
    session.say("EHLO client.example");
    session.say("MAIL FROM:<alice@a.example>");
    for _ in 0..99 {
        assert!(session.say("RCPT TO:<nobody@b.example>").0.starts_with("550 "));
    }
    let (said, over) = session.say("RCPT TO:<nobody@b.example>");
    assert!(said.starts_with("550 ") && said.contains("\r\n421 4.7.0 too many errors"), "{said}");
    assert_eq!(over, Then::IsOver(Some(Failure::Protocol(ProtocolError::TooManyFaults))));
}

#[test]
fn a_session_ends_after_fifty_faults() {
    let mut session = Session::new(quick());
    for _ in 0..49 {
        assert!(session.say("XYZZY").1.goes_on());
    }
    let (said, over) = session.say("XYZZY");
    assert!(said.contains("\r\n421 4.7.0 "), "{said}");
    assert_eq!(over, Then::IsOver(Some(Failure::Protocol(ProtocolError::TooManyFaults))));
}

#[test]
fn commands_that_say_nothing_end_the_session_unless_there_are_messages_between_them() {
    for command in
        ["NOOP", "RSET", "VRFY bob", "EXPN list", "HELP", "EHLO client.example", "HELO client.example"]
    {
        let mut session = Session::new(quick());
        session.say("EHLO client.example");
        for _ in 0..99 {
            assert!(session.say(command).1.goes_on(), "{command}");
        }
        let (said, over) = session.say(command);
        assert!(said.starts_with("421 4.7.0 too many commands"), "{command}: {said}");
        assert_eq!(over, Then::IsOver(Some(Failure::Protocol(ProtocolError::TooManyCommands))));
    }
    let mut session = Session::new(quick());
    session.say("EHLO client.example");
    for _ in 0..10 {
        for _ in 0..90 {
            assert!(session.say("NOOP").1.goes_on());
        }
        for line in ["MAIL FROM:<alice@a.example>", "RCPT TO:<bob@b.example>", "BDAT 0 LAST"] {
            assert!(session.say(line).0.starts_with("250 "));
        }
    }
}

#[test]
fn commands_that_are_refused_end_the_session_unless_there_are_messages_between_them() {
    const MAIL: &str = "MAIL FROM:<alice@a.example>";
    const RCPT: &str = "RCPT TO:<bob@b.example>";
    let begin = || {
        let mut config = quick();
        config.auth = Some(Auth { insecure: true, ..Auth::default() });
        config.limits.recipients = 1;
        let mut session = Session::new(config);
        session.say("EHLO client.example");
        session
    };
    for (before, command) in [
        (&[][..], RCPT),
        (&[], "DATA"),
        (&[], "BDAT 2\r\n"),
        (&[], "BDAT 0 LAST"),
        (&[], "MAIL FROM:<nobody@a.example>"),
        (&[], "MAIL FROM:<alice@a.example> X=Y"),
        (&[], "MAIL FROM:<alice@a.example> SIZE=99999999999"),
        (&[], "AUTH PLAIN\r\n*"),
        (&[MAIL], MAIL),
        (&[MAIL], "DATA"),
        (&[MAIL], "AUTH PLAIN"),
        (&[MAIL, RCPT], RCPT),
    ] {
        let mut session = begin();
        before.iter().for_each(|line| assert!(session.say(line).0.starts_with("250 ")));
        for _ in 0..999 {
            assert!(session.say(command).1.goes_on(), "{command}");
        }
        let (said, over) = session.say(command);
        assert!(said.contains("\r\n421 4.7.0 too many commands"), "{command}: {said}");
        assert_eq!(over, Then::IsOver(Some(Failure::Protocol(ProtocolError::TooManyCommands))));
    }
    let mut session = begin();
    for _ in 0..3 {
        for _ in 0..900 {
            assert!(session.say("DATA").0.starts_with("503 "));
        }
        for line in [MAIL, RCPT, "BDAT 0 LAST"] {
            assert!(session.say(line).0.starts_with("250 "));
        }
    }
}

#[test]
fn empty_chunks_without_end_end_the_session() {
    let mut session = Session::new(quick());
    for line in ["EHLO client.example", "MAIL FROM:<alice@a.example>", "RCPT TO:<bob@b.example>"] {
        session.say(line);
    }
    for _ in 0..99 {
        assert!(session.say("BDAT 0").0.starts_with("250 "));
    }
    for _ in 0..1_000 {
        assert!(session.say("BDAT 2\r\n").0.starts_with("250 "), "octets are something");
    }
    assert_eq!(
        session.say("BDAT 0").1,
        Then::IsOver(Some(Failure::Protocol(ProtocolError::TooManyCommands)))
    );
}

// covers: RFC 9422 server
#[test]
fn recipients_of_more_domains_than_a_session_may_have_are_refused() {
    let mut config = quick();
    config.limits.recipient_domains = 2;
    let mut session = Session::new(config);
    assert!(session.say("EHLO client.example").0.contains("250-LIMITS RCPTMAX=100 RCPTDOMAINMAX=2\r\n"));
    for (line, code) in [
        ("MAIL FROM:<alice@a.example>", "250 "),
        ("RCPT TO:<nobody@refused.example>", "550 "),
        ("RCPT TO:<bob@b.example>", "250 "),
        ("RCPT TO:<postmaster>", "250 "),
        ("RCPT TO:<bob@[192.0.2.1]>", "250 "),
        ("RCPT TO:<bob@c.example>", "452 4.5.3 "),
        ("RCPT TO:<carol@B.Example>", "250 "),
        ("BDAT 0 LAST", "250 "),
        ("MAIL FROM:<alice@a.example>", "250 "),
        ("RCPT TO:<bob@c.example>", "452 4.5.3 "),
        ("RCPT TO:<dave@b.EXAMPLE>", "250 "),
        ("EHLO client.example", "250-"),
        ("MAIL FROM:<alice@a.example>", "250 "),
        ("RCPT TO:<bob@c.example>", "452 4.5.3 "),
    ] {
        let (said, then) = session.say(line);
        assert!(said.starts_with(code) && then.goes_on(), "{line}: {said}");
    }
}

// covers: RFC 9422 server
#[test]
fn limits_that_no_client_could_read_are_not_said() {
    for (recipients, messages, said) in [
        (999_999, 999_999, "250-LIMITS MAILMAX=999999 RCPTMAX=999999\r\n"),
        (1_000_000, 1, "250-LIMITS MAILMAX=1\r\n"),
        (1, 1_000_000, "250-LIMITS RCPTMAX=1\r\n"),
    ] {
        let mut config = quick();
        (config.limits.recipients, config.limits.messages) = (recipients, messages);
        assert!(Session::new(config).say("EHLO client.example").0.contains(said), "{said}");
    }
    let mut config = quick();
    config.limits.recipients = 1_000_000;
    let said = Session::new(config).say("EHLO client.example").0;
    assert!(!said.contains("LIMITS"), "a keyword without a limit says nothing: {said}");
}

// covers: RFC 5321 section 4.5.3.2 server
#[test]
fn a_session_is_over_in_time_however_slowly_it_goes_on() {
    let mut session = Session::new(quick());
    for line in ["EHLO client.example", "MAIL FROM:<alice@a.example>", "RCPT TO:<bob@b.example>", "DATA"] {
        session.say(line);
    }
    let four_hours = 4 * 3_600_000;
    while session.now < four_hours - 290_000 {
        session.now += 290_000;
        session.server.receive(b"x");
        assert!(session.run().1.goes_on());
    }
    session.now = four_hours;
    let (said, over) = session.run();
    assert!(said.starts_with("421 4.4.2 "), "{said}");
    assert_eq!(over, Then::IsOver(Some(Failure::Protocol(ProtocolError::Timeout))));
}

// covers: RFC 5321 section 4.5.3.2 server
#[test]
fn octets_that_trickle_do_not_make_a_command() {
    let mut session = Session::new(quick());
    for _ in 0..5 {
        session.now += 59_999;
        session.server.receive(b"N");
        assert!(session.run().1.goes_on());
    }
    session.now += 5;
    assert_eq!(session.run().1, Then::IsOver(Some(Failure::Protocol(ProtocolError::Timeout))));
}
