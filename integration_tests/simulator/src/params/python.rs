//! Reads a value the way Python prints it (`['a', True, None]`).

use serde_json::{Map, Value};

/// The value, if the whole text is one.
pub(super) fn parse(text: &str) -> Option<Value> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0)?;
    reader.rest.trim().is_empty().then_some(value)
}

struct Reader<'t> {
    rest: &'t str,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Value> {
        if depth > 16 {
            return None;
        }
        match self.peek()? {
            '[' => self.list(depth),
            '{' => self.dict(depth),
            '\'' | '"' => self.string().map(Value::String),
            _ => self.word(),
        }
    }

    fn list(&mut self, depth: usize) -> Option<Value> {
        self.take('[')?;
        let mut items = Vec::new();
        while self.peek()? != ']' {
            items.push(self.value(depth + 1)?);
            if self.peek()? != ']' {
                self.take(',')?;
            }
        }
        self.take(']')?;
        Some(Value::Array(items))
    }

    fn dict(&mut self, depth: usize) -> Option<Value> {
        self.take('{')?;
        let mut map = Map::new();
        while self.peek()? != '}' {
            let key = self.string()?;
            self.take(':')?;
            map.insert(key, self.value(depth + 1)?);
            if self.peek()? != '}' {
                self.take(',')?;
            }
        }
        self.take('}')?;
        Some(Value::Object(map))
    }

    fn string(&mut self) -> Option<String> {
        let quote = self.peek().filter(|c| matches!(c, '\'' | '"'))?;
        let mut out = String::new();
        let mut chars = self.rest.char_indices();
        chars.next();
        while let Some((at, c)) = chars.next() {
            match c {
                '\\' => out.push(match chars.next()?.1 {
                    'n' => '\n',
                    't' => '\t',
                    'r' => '\r',
                    other => other,
                }),
                c if c == quote => {
                    self.rest = self.rest.get(at + 1..)?;
                    return Some(out);
                }
                c => out.push(c),
            }
        }
        None
    }

    fn word(&mut self) -> Option<Value> {
        let end = self
            .rest
            .find(|c: char| ",]}: ".contains(c))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest;
        match word {
            "True" => Some(Value::Bool(true)),
            "False" => Some(Value::Bool(false)),
            "None" => Some(Value::Null),
            number => serde_json::from_str(number).ok().filter(Value::is_number),
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: char) -> Option<()> {
        self.peek().filter(|c| *c == wanted)?;
        self.rest = self.rest.get(wanted.len_utf8()..)?;
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn reads_what_python_prints() {
        let text = r#"[{'field_name': 'ad_status', 'filter_value': '["STATUS_ALL"]', 'n': [1, None, True]}]"#;
        let wanted = json!([{"field_name": "ad_status", "filter_value": "[\"STATUS_ALL\"]", "n": [1, null, true]}]);
        assert_eq!(parse(text), Some(wanted));
        assert_eq!(parse(r"['it\'s']"), Some(json!(["it's"])));
    }

    #[test]
    fn refuses_the_rest() {
        for text in ["", "[", "['a'", "['a' 'b']", "[a]", "['a'] x", "{1: 2}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
