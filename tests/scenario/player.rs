//! A host that plays the client's part of AUTH by itself, as a program does that has a mechanism which the engine lacks.

use edgepost::client::{Client, Config, Exchange};
use edgepost::sasl::{self, Credentials, ExchangeError, Terms, Wiped};

pub struct Player {
    credentials: Option<Credentials>,
    terms: Terms,
    client: Option<sasl::Client>,
}

impl Player {
    pub fn new(config: &Config) -> Self {
        let terms = Terms {
            nonce: config.nonce.clone(),
            iterations: config.iterations.clone(),
            server: config.server.clone(),
            unicode: config.unicode,
            ..Terms::default()
        };
        Self { credentials: config.auth.clone(), terms, client: None }
    }

    /// Answers a question of the engine.
    pub fn answer(&mut self, engine: &mut Client, asked: Exchange) {
        let answer = self.play(asked);
        let said = self.client.as_ref().and_then(sasl::Client::said).map(String::from);
        engine.respond(answer, said).expect("it was asked for");
    }

    fn play(&mut self, asked: Exchange) -> Result<Option<Wiped>, ExchangeError> {
        match asked {
            Exchange::Begin { mechanism, flag } => {
                let credentials = self.credentials.take().expect("one exchange in a session");
                let terms = Terms { flag, ..self.terms.clone() };
                let client = self.client.insert(mechanism.client(credentials, terms)?);
                Ok(client.initial())
            }
            Exchange::Challenge(challenge) => self.client().respond(&challenge).map(Some),
            Exchange::Success => self.client().succeeded().map(|()| None),
        }
    }

    fn client(&mut self) -> &mut sasl::Client {
        self.client.as_mut().expect("an exchange that has begun")
    }
}
