//! Stand-in.
use super::charset::Charsets;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
/// Value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// v
    pub value: String,
    /// p
    pub params: Vec<(String, String)>,
}
impl Value {
    /// p
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}
/// r
pub fn read(value: &[u8], _: &Charsets) -> Value {
    let text = String::from_utf8_lossy(value).to_string();
    let mut it = text.split(';');
    Value {
        value: it.next().unwrap_or_default().trim().to_ascii_lowercase(),
        params: it
            .filter_map(|p| p.split_once('='))
            .map(|(n, v)| (n.trim().to_ascii_lowercase(), v.trim().trim_matches('"').to_string()))
            .collect(),
    }
}
