//! Finds the place where a response differs from its schema, and describes what stands there. Pure.

use serde_json::Error;

/// Describes the fault if the response is valid JSON of an unexpected shape. It never repeats a value, which may be
/// personal data.
#[must_use]
pub(super) fn fault(text: &str, error: &Error) -> Option<String> {
    if !error.is_data() {
        return None;
    }
    let line: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let place = place(text.as_bytes(), line + error.column());
    let said = error.to_string();
    let missing = said.strip_prefix("missing field `").and_then(|rest| rest.split('`').next());
    let path = if place.path.is_empty() { "the answer".to_owned() } else { format!("`{}`", place.path) };
    Some(match missing {
        Some(field) => format!("{path} has no `{field}`"),
        None => format!("{path} is {}", place.found),
    })
}

/// A value in the response.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct ValueAt {
    path: String,
    found: &'static str,
}

/// An object or a list that is still open.
struct OpenValue {
    place: ValueAt,
    /// In an object, the latest key.
    name: Option<String>,
    index: usize,
    is_list: bool,
}

/// The value that ends or begins at `end`, where the parser stopped.
fn place(text: &[u8], end: usize) -> ValueAt {
    let (mut open, mut last): (Vec<OpenValue>, ValueAt) = (Vec::new(), ValueAt::default());
    let mut at = 0;
    while let Some(byte) = text.get(at).copied().filter(|_| at <= end) {
        let ends = matches!(byte, b'}' | b']');
        if at == end && ends {
            break;
        }
        match byte {
            b',' => open.iter_mut().rev().take(1).for_each(OpenValue::next),
            b'}' | b']' => last = open.pop().map_or(last, |one| one.place),
            b'{' | b'[' => {
                last = inside(&open, found(byte));
                open.push(OpenValue { place: last.clone(), name: None, index: 0, is_list: byte == b'[' });
            }
            b':' | b' ' | b'\t' | b'\r' | b'\n' => {}
            _ => {
                let length = length(text.get(at..).unwrap_or_default());
                match open.last_mut().filter(|one| !one.is_list && one.name.is_none()) {
                    Some(object) => object.name = Some(name(text.get(at..at + length).unwrap_or_default())),
                    None => last = inside(&open, found(byte)),
                }
                at += length;
                continue;
            }
        }
        at += 1;
    }
    last
}

impl OpenValue {
    fn next(&mut self) {
        self.index += 1;
        self.name = None;
    }
}

/// The next value in the innermost open object or list.
fn inside(open: &[OpenValue], found: &'static str) -> ValueAt {
    let path = open.last().map_or_else(String::new, |one| match (&one.name, one.place.path.as_str()) {
        _ if one.is_list => format!("{}[{}]", one.place.path, one.index),
        (Some(name), "") => name.clone(),
        (name, path) => format!("{path}.{}", name.as_deref().unwrap_or_default()),
    });
    ValueAt { path, found }
}

fn found(first: u8) -> &'static str {
    match first {
        b'{' => "an object",
        b'[' => "a list",
        b'"' => "text",
        b'n' => "null",
        b't' | b'f' => "true or false",
        _ => "a number that does not fit",
    }
}

/// A key, safe to print in a message.
fn name(raw: &[u8]) -> String {
    const CHARS_MAX: usize = 60;
    let text = String::from_utf8_lossy(raw);
    text.trim_matches('"').chars().filter(|c| !c.is_control()).take(CHARS_MAX).collect()
}

/// The length of a key, a string, a number or a literal.
fn length(text: &[u8]) -> usize {
    if text.first() != Some(&b'"') {
        let ends = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b':') || byte.is_ascii_whitespace();
        return text.iter().position(ends).unwrap_or(text.len()).max(1);
    }
    let mut escaped = false;
    let closes = |byte: &u8| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    };
    text.iter().skip(1).position(closes).map_or(text.len(), |at| at + 2)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Answer {
        code: i64,
        data: Data,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Data {
        list: Vec<Row>,
        page_info: Info,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Row {
        id: String,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only whether it can be read matters")]
    struct Info {
        total: u32,
    }

    fn told(text: &str) -> Option<String> {
        fault(text, &serde_json::from_str::<Answer>(text).unwrap_err())
    }

    #[test]
    fn the_place_and_what_stands_there_are_told() {
        let of = |list: &str, info: &str| told(&format!("{{\"code\": 0,\n \"data\": {{\"list\": {list}, {info}}}}}"));
        let info = r#""page_info":{"total":1}"#;
        for (list, info, said) in [
            (r#"[{"id":"a,]}\"{"},null]"#, info, "`data.list[1]` is null"),
            (r#"[{"id":"a"},{"id":[1,2]}]"#, info, "`data.list[1].id` is a list"),
            (r#"[{"id":"a"},{"id":{"x":1}}]"#, info, "`data.list[1].id` is an object"),
            (r#"[{"id":"a"},{"x":1}]"#, info, "`data.list[1]` has no `id`"),
            (r#"[{"id":7}]"#, info, "`data.list[0].id` is a number that does not fit"),
            (r#""many""#, info, "`data.list` is text"),
            ("{}", info, "`data.list` is an object"),
            ("[]", r#""x":{"total":1}"#, "`data` has no `page_info`"),
            ("[]", r#""page_info":{"total":"1"}"#, "`data.page_info.total` is text"),
            ("[]", r#""page_info":{"total":-1}"#, "`data.page_info.total` is a number that does not fit"),
            ("[]", r#""page_info":{"total":true}"#, "`data.page_info.total` is true or false"),
            ("[]", r#""page_info":"none""#, "`data.page_info` is text"),
            ("[]", r#""page_info":null"#, "`data.page_info` is null"),
        ] {
            assert_eq!(of(list, info).as_deref(), Some(said), "{list} {info}");
        }
        assert_eq!(told("[]").as_deref(), Some("the answer is a list"));
        assert_eq!(told("\"x\"").as_deref(), Some("the answer is text"));
        assert_eq!(told("{}").as_deref(), Some("the answer has no `code`"));
        assert_eq!(told(r#"{"code":0,"data":{"list":[{"id"#), None, "cut");
        assert_eq!(told("<html>"), None);
    }

    proptest! {
        #[test]
        fn nothing_panics_and_no_value_is_told(text in ".{0,40}", end in 0_usize..60) {
            place(text.as_bytes(), end);
            place(format!("{{\"a\":[{text}]}}").as_bytes(), end);
            let body = serde_json::json!({"code": format!("secret {text}")}).to_string();
            prop_assert!(!told(&body).unwrap_or_default().contains("secret"));
        }
    }
}
