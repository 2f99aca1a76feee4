//! JSON (RFC 8259), as far as the vectors need it: no numbers.

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Json {
    Null,
    Bool(bool),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

impl Json {
    pub fn get(&self, name: &str) -> Option<&Json> {
        match self {
            Self::Object(fields) => fields.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The text of a field; empty if there is none.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).map_or("", Self::as_text)
    }

    pub fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub fn is_true(&self, name: &str) -> bool {
        self.get(name) == Some(&Self::Bool(true))
    }

    pub fn list(&self, name: &str) -> &[Json] {
        match self.get(name) {
            Some(Self::List(list)) => list,
            _ => &[],
        }
    }
}

/// The lines of a file below `tests/vectors`.
pub fn cases(file: &str) -> Vec<Json> {
    let path = format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(&path).expect(&path);
    text.lines().map(|line| Parser { rest: line }.value()).collect()
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip(&mut self, word: &str) -> bool {
        self.rest = self.rest.trim_start();
        let rest = self.rest.strip_prefix(word);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn value(&mut self) -> Json {
        if self.skip("{") {
            let mut fields = Vec::new();
            while !self.skip("}") {
                let Json::Text(name) = self.value() else { panic!("a name is a text: {}", self.rest) };
                assert!(self.skip(":"));
                fields.push((name, self.value()));
                self.skip(",");
            }
            return Json::Object(fields);
        }
        if self.skip("[") {
            let mut list = Vec::new();
            while !self.skip("]") {
                list.push(self.value());
                self.skip(",");
            }
            return Json::List(list);
        }
        if self.skip("\"") {
            return Json::Text(self.string());
        }
        for (word, value) in [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
        {
            if self.skip(word) {
                return value;
            }
        }
        panic!("no value: {}", self.rest)
    }

    fn string(&mut self) -> String {
        let mut units = Vec::new();
        let mut chars = self.rest.chars();
        loop {
            let c = match chars.next().expect("a closing quote") {
                '"' => break,
                '\\' => match chars.next().expect("an escape") {
                    'n' => '\n',
                    'r' => '\r',
                    't' => '\t',
                    'b' => '\u{8}',
                    'f' => '\u{C}',
                    'u' => {
                        let digits: String = chars.by_ref().take(4).collect();
                        units.push(u16::from_str_radix(&digits, 16).unwrap());
                        continue;
                    }
                    c => c,
                },
                c => c,
            };
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
        }
        self.rest = chars.as_str();
        String::from_utf16_lossy(&units)
    }
}
