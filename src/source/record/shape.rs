//! A stream's JSON schema, made ready to type values by.
//!
//! TikTok sends ids and metrics as text; the schema says what each becomes. The rules are those of Airbyte's
//! connector, so that a warehouse column keeps its type, except where these lose or invent something: null
//! stays null, an empty text is no number, numbers keep every digit.

use serde_json::Value;

use super::timestamp::Timestamp;
use crate::protocol::json::write_raw;
use crate::words;

/// What a value becomes.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Passed through to the byte.
    Raw,
    Integer,
    Number,
    Text,
    /// Text that is a date or a moment.
    Time,
    Boolean,
    /// Elements by their own shape; a lone scalar becomes a list of one.
    List(Box<Shape>),
    Object(Fields),
    /// An object whose fields stand in the place of itself.
    Inline(Fields),
}

/// The declared fields of an object. Others pass through.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fields {
    pub list: Vec<Field>,
    /// Numbers the objects of one schema, for the record writer to remember the order of keys by.
    pub id: usize,
}

#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub name: String,
    /// `"name":`, ready to be written.
    pub key: Vec<u8>,
    pub shape: Shape,
    /// `"-"` is how reports say "nothing" (docs/tiktok-api.md 4.1).
    pub dash_is_null: bool,
    /// Where the written value is wanted again; see [`Fields::watch`].
    pub slot: Option<usize>,
}

impl Fields {
    /// Compiles the `properties` of a draft-07 object schema. The fields of the objects in `inline` may stand
    /// for the schema's own.
    #[must_use]
    pub(crate) fn compile(schema: &Value, inline: &[&str]) -> Self {
        let mut objects = 0;
        let mut row = fields(schema, &mut objects, false);
        for name in inline {
            let shape = Shape::Inline(fields(schema, &mut objects, *name == METRICS));
            row.list.push(field(name, shape, false));
        }
        row
    }

    /// The place of a field by name.
    #[must_use]
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        self.list.iter().position(|field| field.name == name)
    }

    /// Remembers what is written at `path` under `slot`.
    pub(crate) fn watch(&mut self, path: &[&str], slot: usize) {
        let Some((name, rest)) = path.split_first() else { return };
        let Some(field) = self.list.iter_mut().find(|field| field.name == *name) else { return };
        match (&mut field.shape, rest) {
            (_, []) => field.slot = Some(slot),
            (Shape::Object(fields) | Shape::Inline(fields), rest) => fields.watch(rest, slot),
            _ => {}
        }
    }
}

fn fields(schema: &Value, objects: &mut usize, dash_is_null: bool) -> Fields {
    let id = *objects;
    *objects += 1;
    let properties = schema.get("properties").and_then(Value::as_object);
    let list = properties.into_iter().flatten();
    Fields { list: list.map(|(name, schema)| field(name, shape(name, schema, objects), dash_is_null)).collect(), id }
}

/// The object of a report's row in which `"-"` is nothing.
const METRICS: &str = "metrics";

fn field(name: &str, shape: Shape, dash_is_null: bool) -> Field {
    let mut key = Value::from(name).to_string().into_bytes();
    key.push(b':');
    Field { name: name.to_owned(), key, shape, dash_is_null, slot: None }
}

fn shape(name: &str, schema: &Value, objects: &mut usize) -> Shape {
    match the_type(schema) {
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("string") if schema.get("format").is_some() => Shape::Time,
        Some("string") => Shape::Text,
        Some("boolean") => Shape::Boolean,
        Some("array") => {
            let item = schema.get("items").map_or(Shape::Raw, |items| shape("", items, objects));
            Shape::List(Box::new(item))
        }
        Some("object") if schema.get("properties").is_some() => Shape::Object(fields(schema, objects, name == METRICS)),
        _ => Shape::Raw,
    }
}

/// The one type beside null; several leave the value alone.
fn the_type(schema: &Value) -> Option<&str> {
    match schema.get("type")? {
        Value::String(one) => Some(one),
        Value::Array(several) => {
            let mut others = several.iter().filter_map(Value::as_str).filter(|name| *name != "null");
            others.next().filter(|_| others.next().is_none())
        }
        _ => None,
    }
}

/// Writes a value that is no object or list under a scalar shape. `raw` is valid JSON.
pub(crate) fn write_scalar(shape: &Shape, raw: &str, out: &mut Vec<u8>) {
    let text = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    match (shape, raw, text) {
        (_, "null", _) => out.extend_from_slice(b"null"),
        (Shape::Raw, ..) => write_raw(raw, out),
        (Shape::Time, _, Some(text)) if is_no_time(text) => out.extend_from_slice(b"null"),
        (Shape::Text | Shape::Time, _, Some(_)) => out.extend_from_slice(raw.as_bytes()),
        (Shape::Text | Shape::Time, "true", _) => out.extend_from_slice(b"\"True\""),
        (Shape::Text | Shape::Time, "false", _) => out.extend_from_slice(b"\"False\""),
        (Shape::Text | Shape::Time, ..) => write_quoted(raw, out),
        (_, _, Some("")) => out.extend_from_slice(b"null"),
        // An object or a list may bring white space that would break the line.
        (Shape::Boolean | Shape::Integer | Shape::Number, ..) if raw.starts_with(['{', '[']) => write_raw(raw, out),
        (Shape::Boolean, ..) => write_boolean(raw, text, out),
        (Shape::Integer | Shape::Number, "true", _) => out.push(b'1'),
        (Shape::Integer | Shape::Number, "false", _) => out.push(b'0'),
        (Shape::Integer, ..) => write_integer(raw, text, out),
        (Shape::Number, ..) => write_number(raw, text, out),
        (Shape::List(item), ..) => {
            out.push(b'[');
            write_scalar(item, raw, out);
            out.push(b']');
        }
        (Shape::Object(_) | Shape::Inline(_), ..) => write_raw(raw, out),
    }
}

/// Empty, a dash, zeros: how TikTok says that something has not happened (docs/tiktok-api.md 3.0, 4.1). Nor is a moment
/// of no calendar one: strict readers refuse it.
fn is_no_time(text: &str) -> bool {
    let is_nothing = !text.bytes().any(|byte| matches!(byte, b'1'..=b'9'));
    is_nothing || Timestamp::parse(text.as_bytes()).is_some_and(|time| !time.is_real())
}

fn write_quoted(raw: &str, out: &mut Vec<u8>) {
    let mut line = Vec::new();
    write_raw(raw, &mut line);
    // Only fails when the writer does, and a Vec does not.
    let _ = serde_json::to_writer(out, &String::from_utf8_lossy(&line));
}

fn write_boolean(raw: &str, text: Option<&str>, out: &mut Vec<u8>) {
    let word = match text {
        Some(text) => match words::yes_no(text) {
            Some(true) => "true",
            Some(false) => "false",
            None => raw,
        },
        None if raw.starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
            if raw.parse() == Ok(0.0) {
                "false"
            } else {
                "true"
            }
        }
        None => raw,
    };
    out.extend_from_slice(word.as_bytes());
}

/// Whole numbers to the digit, whatever their length; a fraction is dropped, in text only one that says nothing;
/// what is no number stays.
fn write_integer(raw: &str, text: Option<&str>, out: &mut Vec<u8>) {
    let number = text.map_or(raw, without_empty_fraction).trim();
    let digits = number.strip_prefix('-').unwrap_or(number);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        match (text, number.parse::<f64>()) {
            #[expect(clippy::cast_possible_truncation, reason = "that is what is asked for")]
            (None, Ok(fraction)) => out.extend_from_slice(format!("{}", fraction as i128).as_bytes()),
            _ => out.extend_from_slice(raw.as_bytes()),
        }
        return;
    }
    let significant = digits.trim_start_matches('0');
    if significant.is_empty() {
        out.push(b'0');
    } else {
        out.extend_from_slice(if number.starts_with('-') { b"-" } else { b"" });
        out.extend_from_slice(significant.as_bytes());
    }
}

/// `12.00` → `12`
fn without_empty_fraction(text: &str) -> &str {
    let whole = text.split_once('.').filter(|(_, fraction)| fraction.bytes().all(|digit| digit == b'0'));
    whole.map_or(text, |(whole, _)| whole)
}

/// A number keeps TikTok's own digits; what JSON would not take as a number stays text.
fn write_number(raw: &str, text: Option<&str>, out: &mut Vec<u8>) {
    let number = text.map(str::trim).filter(|text| is_json_number(text)).unwrap_or(raw);
    out.extend_from_slice(number.as_bytes());
}

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`, and not beyond what readers can hold.
fn is_json_number(number: &str) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = number.as_bytes();
    let rest = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(rest);
    if whole == 0 || (whole > 1 && rest.starts_with(b"0")) {
        return false;
    }
    let mut rest = rest.get(whole..).unwrap_or_default();
    if let Some(fraction) = rest.strip_prefix(b".") {
        let length = digits(fraction);
        if length == 0 {
            return false;
        }
        rest = fraction.get(length..).unwrap_or_default();
    }
    if let Some(exponent) = rest.strip_prefix(b"e").or_else(|| rest.strip_prefix(b"E")) {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let length = digits(exponent);
        return length > 0 && length == exponent.len() && number.parse().is_ok_and(f64::is_finite);
    }
    rest.is_empty()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(shape: &Shape, raw: &str) -> String {
        let mut out = Vec::new();
        write_scalar(shape, raw, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn values_become_what_the_schema_says() {
        for (shape, raw, expected) in [
            (Shape::Integer, "\"1790000000000000001\"", "1790000000000000001"),
            (Shape::Integer, "1790000000000000001", "1790000000000000001"),
            (Shape::Integer, "\"0\"", "0"),
            (Shape::Integer, "\"007\"", "7"),
            (Shape::Integer, "\"-5\"", "-5"),
            (Shape::Integer, "\"12.00\"", "12"),
            (Shape::Integer, "\"12.50\"", "\"12.50\""),
            (Shape::Integer, "12.7", "12"),
            (Shape::Integer, "1e3", "1000"),
            (Shape::Integer, "true", "1"),
            (Shape::Integer, "false", "0"),
            (Shape::Integer, "\"\"", "null"),
            (Shape::Integer, "null", "null"),
            (Shape::Integer, "\"abc\"", "\"abc\""),
            (Shape::Number, "\"14.68\"", "14.68"),
            (Shape::Number, "\"20.000\"", "20.000"),
            (Shape::Number, "\"1079\"", "1079"),
            (Shape::Number, "\"\"", "null"),
            (Shape::Number, "\"<5\"", "\"<5\""),
            (Shape::Number, "\"NaN\"", "\"NaN\""),
            (Shape::Number, "\".5\"", "\".5\""),
            (Shape::Number, "\"1E310\"", "\"1E310\""),
            (Shape::Number, "7.6e18", "7.6e18"),
            (Shape::Text, "\"a\\\"b\"", "\"a\\\"b\""),
            (Shape::Text, "17", "\"17\""),
            (Shape::Text, "false", "\"False\""),
            (Shape::Text, "null", "null"),
            (Shape::Text, "{\"a\":\"b\"}", "\"{\\\"a\\\":\\\"b\\\"}\""),
            (Shape::Time, "\"2026-01-02 03:04:05\"", "\"2026-01-02 03:04:05\""),
            (Shape::Time, "\"2026-01-02\"", "\"2026-01-02\""),
            (Shape::Time, "\"\"", "null"),
            (Shape::Time, "\" \"", "null"),
            (Shape::Time, "\"-\"", "null"),
            (Shape::Time, "\"0000-00-00 00:00:00\"", "null"),
            (Shape::Time, "\"0000-00-00\"", "null"),
            (Shape::Time, "\"0\"", "null"),
            (Shape::Time, "\"2026-02-30 00:00:00\"", "null"),
            (Shape::Time, "\"2026-02-30\"", "null"),
            (Shape::Time, "\"2026-01-02T25:00:00Z\"", "null"),
            (Shape::Time, "null", "null"),
            (Shape::Text, "\"-\"", "\"-\""),
            (Shape::Boolean, "\"ON\"", "true"),
            (Shape::Boolean, "\"0\"", "false"),
            (Shape::Boolean, "1", "true"),
            (Shape::Boolean, "0.0", "false"),
            (Shape::Boolean, "true", "true"),
            (Shape::Boolean, "\"maybe\"", "\"maybe\""),
            (Shape::List(Box::new(Shape::Integer)), "\"12\"", "[12]"),
            (Shape::List(Box::new(Shape::Integer)), "null", "null"),
            (Shape::Integer, "[\n1]", "[1]"),
            (Shape::Number, "{\r\n}", "{}"),
            (Shape::Boolean, "[\n]", "[]"),
            (Shape::Raw, "{\n \"a\\\"\\\\\" : \"b\n\"}", "{\"a\\\"\\\\\":\"b\n\"}"),
        ] {
            assert_eq!(written(&shape, raw), expected, "{shape:?} {raw}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_stays_json(value in "[-+0-9.eE]{0,12}") {
            let raw = serde_json::to_string(&value).unwrap();
            for shape in [Shape::Integer, Shape::Number, Shape::Text, Shape::Time, Shape::Boolean, Shape::Raw] {
                let out = written(&shape, &raw);
                prop_assert!(serde_json::from_str::<Value>(&out).is_ok(), "{:?} {} {}", shape, raw, out);
            }
        }
    }
}
