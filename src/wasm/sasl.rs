//! The client's part of a SASL exchange for JavaScript, whoever speaks SMTP (RFC 4422).

use alloc::string::{String, ToString};
use alloc::vec::Vec;

use wasm_bindgen::prelude::*;

use super::value::{self, Options};
use crate::sasl::binding::{BindingType, ChannelBinding, Flag};
use crate::sasl::{Client, ExchangeError, Mechanism, Terms};
use crate::wire::base64;

/// What its methods throw is the number of an [`ExchangeError`], from 1 on.
#[wasm_bindgen]
pub struct SaslClient(Client);

#[wasm_bindgen]
impl SaslClient {
    /// `flag` is `n`, `y` or a type of channel binding, whose `data` is in base64; `auth` is what the engine that sends was
    /// told.
    #[wasm_bindgen(constructor)]
    pub fn new(
        mechanism: &str,
        flag: &str,
        data: Option<String>,
        auth: JsValue,
    ) -> Result<SaslClient, JsValue> {
        let auth = Options::new(auth);
        let mechanism = Mechanism::parse(mechanism).ok_or_else(|| thrown(ExchangeError::NotBuiltIn))?;
        let flag = match flag {
            "n" => Flag::Unsupported,
            "y" => Flag::NotOffered,
            kind => {
                let kind = BindingType::parse(kind).ok_or_else(|| thrown(ExchangeError::BindingType))?;
                let data = base64::decode(&data.unwrap_or_default());
                Flag::Bound(ChannelBinding {
                    kind,
                    data: data.map_err(|_| thrown(ExchangeError::Malformed))?,
                })
            }
        };
        let terms = Terms {
            nonce: auth.octets("nonce").unwrap_or_default(),
            flag,
            iterations: value::iterations(&auth),
            server: value::server(&auth),
            unicode: value::UNICODE,
        };
        mechanism.client(value::credentials(&auth), terms).map(Self).map_err(thrown)
    }

    /// What is said first, if the mechanism lets the client speak first.
    pub fn initial(&mut self) -> Option<Vec<u8>> {
        self.0.initial().map(|initial| initial.to_vec())
    }

    /// Answers a challenge, in base64.
    pub fn respond(&mut self, challenge: &str) -> Result<Vec<u8>, JsValue> {
        let challenge = base64::decode(challenge).map_err(|_| thrown(ExchangeError::Malformed))?;
        self.0.respond(&challenge).map(|response| response.to_vec()).map_err(thrown)
    }

    /// Throws unless the server may say that all is well.
    pub fn succeeded(&self) -> Result<(), JsValue> {
        self.0.succeeded().map_err(thrown)
    }

    /// What the server has said about a failure.
    pub fn said(&self) -> Option<String> {
        self.0.said().map(ToString::to_string)
    }
}

fn thrown(error: ExchangeError) -> JsValue {
    JsValue::from(error as u32 + 1)
}
