//! The fields of a body: their types, sizes and choices, as the pages of 7.2–7.5 list them. A form is a table of a
//! line a field, what is inside an object indented below it:
//!
//! `campaign_name text ! name=512` – a text that must be there, a name of at most 512.
//!
//! Fields that no table has are ignored (`docs/tiktok-api.md` 1.1).

use crate::answer::Refusal;
use crate::params;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::ops::RangeInclusive;
use std::sync::{Mutex, OnceLock, PoisonError};

pub(super) type Body = Map<String, Value>;

/// A table of fields, read once.
pub(super) struct Form(pub(super) &'static str);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Text,
    Texts,
    Flag,
    Number,
    Whole,
    Numbers,
    /// `YYYY-MM-DD HH:MM:SS`.
    Time,
    /// A number, or digits in a text.
    Id,
    Object,
    Objects,
}

impl Kind {
    fn of(word: &str) -> Self {
        match word {
            "texts" => Kind::Texts,
            "flag" => Kind::Flag,
            "number" => Kind::Number,
            "whole" => Kind::Whole,
            "numbers" => Kind::Numbers,
            "time" => Kind::Time,
            "id" => Kind::Id,
            "object" => Kind::Object,
            "objects" => Kind::Objects,
            _ => Kind::Text,
        }
    }
}

#[derive(Debug)]
struct Field {
    name: &'static str,
    kind: Kind,
    needed: bool,
    /// Characters a text may have.
    length: Option<usize>,
    /// The same of a name, in which wide characters count twice and emoji are refused.
    name_length: Option<usize>,
    /// Things a list may have.
    count: Option<RangeInclusive<usize>>,
    from: Option<f64>,
    to: Option<f64>,
    above: Option<f64>,
    choices: Vec<&'static str>,
    inside: Vec<Field>,
}

impl Form {
    /// Refuses a body that does not fit; what is missing is told first.
    pub(super) fn check(&self, body: &Body) -> Result<(), Refusal> {
        all(self.fields(), body, "")
    }

    fn fields(&self) -> &'static [Field] {
        static READ: OnceLock<Mutex<HashMap<&'static str, &'static [Field]>>> = OnceLock::new();
        let mut read = READ.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        read.entry(self.0).or_insert_with(|| Vec::leak(fields(&mut self.0.lines().peekable(), 0)))
    }

    /// The names of its fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.fields().iter().map(|field| field.name)
    }
}

fn fields(lines: &mut std::iter::Peekable<std::str::Lines<'static>>, depth: usize) -> Vec<Field> {
    let mut all = Vec::new();
    while let Some(line) = lines.next_if(|line| indent(line) == depth) {
        let mut field = field(line.trim());
        if lines.peek().is_some_and(|next| indent(next) > depth) {
            field.inside = fields(lines, depth + 1);
        }
        all.push(field);
    }
    all
}

fn indent(line: &str) -> usize {
    (line.len() - line.trim_start().len()) / 2
}

fn field(line: &'static str) -> Field {
    let mut words = line.split(' ');
    let (name, kind) = (words.next().unwrap_or_default(), Kind::of(words.next().unwrap_or_default()));
    let mut field = Field {
        name,
        kind,
        needed: false,
        length: None,
        name_length: None,
        count: None,
        from: None,
        to: None,
        above: None,
        choices: Vec::new(),
        inside: Vec::new(),
    };
    for word in words {
        match word.split_once('=').unwrap_or((word, "")) {
            ("!", _) => field.needed = true,
            ("length", most) => field.length = most.parse().ok(),
            ("name", most) => field.name_length = most.parse().ok(),
            ("count", range) => field.count = count(range),
            ("from", least) => field.from = least.parse().ok(),
            ("to", most) => field.to = most.parse().ok(),
            ("above", least) => field.above = least.parse().ok(),
            (_, choices) => field.choices = choices.split('|').collect(),
        }
    }
    field
}

fn count(range: &str) -> Option<RangeInclusive<usize>> {
    let (least, most) = range.split_once('-')?;
    Some(least.parse().ok()?..=most.parse().ok()?)
}

fn all(fields: &[Field], body: &Body, path: &str) -> Result<(), Refusal> {
    let absent = |field: &&Field| match body.get(field.name) {
        None | Some(Value::Null) => true,
        Some(Value::String(text)) => text.is_empty(),
        Some(Value::Array(list)) => list.is_empty(),
        _ => false,
    };
    let missing: Vec<String> = fields
        .iter()
        .filter(|field| field.needed)
        .filter(absent)
        .map(|field| format!("{path}{}", field.name))
        .collect();
    if !missing.is_empty() {
        return Err(Refusal::missing(&missing.iter().map(String::as_str).collect::<Vec<_>>()));
    }
    for field in fields {
        match body.get(field.name) {
            None | Some(Value::Null) => {}
            Some(value) => field.check(value, &format!("{path}{}", field.name))?,
        }
    }
    Ok(())
}

impl Field {
    fn check(&self, value: &Value, path: &str) -> Result<(), Refusal> {
        match (self.kind, value) {
            (Kind::Text, Value::String(text)) => self.text(text, path),
            (Kind::Time, Value::String(text)) => params::moment(path, text).map(drop),
            (Kind::Flag, Value::Bool(_)) => Ok(()),
            (Kind::Id, Value::String(text)) => params::id(path, text).map(drop),
            (Kind::Id, Value::Number(number)) if number.is_u64() => Ok(()),
            (Kind::Number | Kind::Whole, Value::Number(_)) => self.number(value, path),
            (Kind::Object, Value::Object(body)) => all(&self.inside, body, &format!("{path}.")),
            (Kind::Texts | Kind::Numbers | Kind::Objects, Value::Array(list)) => self.list(list, path),
            _ => Err(Refusal::param(format!("{path}: {}", self.wanted()))),
        }
    }

    fn wanted(&self) -> &'static str {
        match self.kind {
            Kind::Text => "Not a valid string",
            Kind::Flag => "Not a valid boolean",
            Kind::Number => "Not a valid number",
            Kind::Whole | Kind::Id => "Not a valid integer",
            Kind::Time => "Not a valid datetime, expected YYYY-MM-DD HH:MM:SS",
            Kind::Object => "Field must be set to object",
            Kind::Texts | Kind::Numbers | Kind::Objects => "Field must be set to array",
        }
    }

    fn text(&self, text: &str, path: &str) -> Result<(), Refusal> {
        if !self.choices.is_empty() && !self.choices.contains(&text) {
            return Err(Refusal::choice(path, &self.choices, text));
        }
        if self.name_length.is_some() && text.chars().any(is_emoji) {
            return Err(Refusal::param(format!("{path}: Emojis are not supported")));
        }
        let most = self.name_length.or(self.length);
        let length: usize =
            if self.name_length.is_some() { text.chars().map(width).sum() } else { text.chars().count() };
        match most {
            Some(most) if length > most => Err(Refusal::param(format!("{path}: Length must be between 1 and {most}"))),
            _ => Ok(()),
        }
    }

    fn number(&self, value: &Value, path: &str) -> Result<(), Refusal> {
        let number = value.as_f64().unwrap_or(f64::NAN);
        if self.kind == Kind::Whole && !value.is_i64() && !value.is_u64() {
            return Err(Refusal::param(format!("{path}: {}", self.wanted())));
        }
        let low = self.from.is_some_and(|least| number < least) || self.above.is_some_and(|least| number <= least);
        let high = self.to.is_some_and(|most| number > most);
        if low || high || !number.is_finite() {
            return Err(Refusal::param(format!("{path}: The value {value} is out of range")));
        }
        Ok(())
    }

    fn list(&self, list: &[Value], path: &str) -> Result<(), Refusal> {
        if let Some(range) = self.count.as_ref().filter(|range| !range.contains(&list.len())) {
            let text = format!("{path}: Length must be between {} and {}", range.start(), range.end());
            return Err(Refusal::param(text));
        }
        list.iter().enumerate().try_for_each(|(at, value)| self.item(value, &format!("{path}.{at}")))
    }

    fn item(&self, value: &Value, path: &str) -> Result<(), Refusal> {
        match (self.kind, value) {
            (Kind::Texts, Value::String(text)) => self.text(text, path),
            (Kind::Numbers, Value::Number(_)) => Ok(()),
            (Kind::Objects, Value::Object(body)) => all(&self.inside, body, &format!("{path}.")),
            (Kind::Texts, _) => Err(Refusal::param(format!("{path}: Not a valid string"))),
            (Kind::Numbers, _) => Err(Refusal::param(format!("{path}: Not a valid number"))),
            _ => Err(Refusal::param(format!("{path}: Field must be set to object"))),
        }
    }
}

/// Pictures, and what dresses them; what joins them joins letters, too.
fn is_emoji(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{fe0f}'  | '\u{20e3}')
}

/// How much of a name's length a character takes.
fn width(c: char) -> usize {
    let wide = matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}' | '\u{ffe0}'..='\u{ffe6}'
        | '\u{20000}'..='\u{3fffd}');
    if wide { 2 } else { 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FORM: Form = Form(
        "id text !\nname text name=4\nmode text of=ONE|TWO\nmany texts count=1-2 of=A|B\nmoney number from=0\n\
         days whole from=1 to=3\non flag\nat time\npage id\nbox object\n  word text ! length=3\nrows objects count=0-2\n  \
         word text !\n  deep object\n    code text of=X",
    );

    #[test]
    fn a_right_and_a_wrong_value_for_each_rule() {
        for (right, wrong, says) in [
            (json!({"id": "1"}), json!({"id": ""}), "Missing required field(s): id."),
            (json!({"name": "abcd"}), json!({"name": "abcde"}), "name: Length must be between 1 and 4"),
            (json!({"name": "東京"}), json!({"name": "東京x"}), "name: Length must be between 1 and 4"),
            (json!({"name": "a–b"}), json!({"name": "a🫖"}), "name: Emojis are not supported"),
            (json!({"mode": "TWO"}), json!({"mode": "two"}), "mode: one or more value of the param is not acceptable"),
            (json!({"many": ["A"]}), json!({"many": ["A", "B", "A"]}), "many: Length must be between 1 and 2"),
            (json!({"many": ["A"]}), json!({"many": ["A", "C"]}), "many.1: one or more value"),
            (json!({"many": ["A"]}), json!({"many": [1]}), "many.0: Not a valid string"),
            (json!({"many": ["A"]}), json!({"many": "A"}), "many: Field must be set to array"),
            (json!({"money": 0.5}), json!({"money": "0.5"}), "money: Not a valid number"),
            (json!({"money": 0}), json!({"money": -1}), "money: The value -1 is out of range"),
            (json!({"days": 3}), json!({"days": 4}), "days: The value 4 is out of range"),
            (json!({"days": 3}), json!({"days": 2.5}), "days: Not a valid integer"),
            (json!({"on": false}), json!({"on": "false"}), "on: Not a valid boolean"),
            (json!({"at": "2026-03-10 00:00:00"}), json!({"at": "2026-02-30 00:00:00"}), "at: Not a valid datetime"),
            (json!({"page": 7}), json!({"page": "x"}), "page: Not a valid integer"),
            (json!({"page": "7"}), json!({"page": 7.5}), "page: Not a valid integer"),
            (json!({"box": {"word": "abc"}}), json!({"box": {}}), "Missing required field(s): box.word."),
            (json!({"box": {"word": "abc"}}), json!({"box": {"word": "abcd"}}), "box.word: Length must be"),
            (
                json!({"rows": [{"word": "a"}]}),
                json!({"rows": [{"word": "a"}, {}]}),
                "Missing required field(s): rows.1.word",
            ),
            (
                json!({"rows": []}),
                json!({"rows": [{"word": "a", "deep": {"code": "Y"}}]}),
                "rows.0.deep.code: one or more",
            ),
            (json!({"unknown": 1}), json!({"id": 1}), "id: Not a valid string"),
        ] {
            let check = |value: &Value| {
                let mut body = value.as_object().unwrap().clone();
                body.entry("id").or_insert(json!("1"));
                FORM.check(&body)
            };
            assert_eq!(check(&right), Ok(()), "{right}");
            let refusal = check(&wrong).unwrap_err();
            assert!(refusal.code == 40002 && refusal.message.starts_with(says), "{wrong}: {}", refusal.message);
        }
    }
}
