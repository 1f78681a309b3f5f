//! Answers that are not what was agreed, made of the right one.

use serde_json::{Map, Value, json};

/// What is wrong with an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mangle {
    /// The page lacks every tenth row, at least one; the total counts them.
    Short,
    /// `total_page` is one too small.
    FewPages,
    /// The first row comes once more at the end of the page, and is counted.
    Twice,
    /// The same, but its numbers say something else.
    TwiceOther,
    /// An empty page has no list.
    NoList,
    /// One row is null.
    NullRow,
    /// `code` and what is in `page_info` are text.
    Texts,
    /// `page_info` is text.
    TextInfo,
    /// There is no `page_info`.
    NoInfo,
    /// A mark of the byte order stands in front.
    Bom,
    /// Names end in half a surrogate pair.
    Half,
    /// Fields of accounts that few need are null, or of another type.
    Odd,
    /// `create_time` of accounts is in milliseconds.
    Millis,
    /// Times of objects that say nothing: empty, a dash, zeros.
    NoTimes,
    /// The last row of a report has dashes for numbers.
    NoNumbers,
    /// The first row of a report has a spend that is no number.
    OddNumber,
}

pub(super) const WORDS: &[(&str, Mangle)] = &[
    ("short", Mangle::Short),
    ("fewpages", Mangle::FewPages),
    ("twice", Mangle::Twice),
    ("twiceother", Mangle::TwiceOther),
    ("nolist", Mangle::NoList),
    ("nullrow", Mangle::NullRow),
    ("texts", Mangle::Texts),
    ("textinfo", Mangle::TextInfo),
    ("noinfo", Mangle::NoInfo),
    ("bom", Mangle::Bom),
    ("half", Mangle::Half),
    ("odd", Mangle::Odd),
    ("millis", Mangle::Millis),
    ("notimes", Mangle::NoTimes),
    ("nonumbers", Mangle::NoNumbers),
    ("oddnumber", Mangle::OddNumber),
];

/// Stands for half a pair until the answer is written: no name holds it.
const HALF: char = '\u{e0ff}';

impl Mangle {
    /// The body of an answer, wrong.
    pub(crate) fn body(self, body: &[u8]) -> Vec<u8> {
        let Ok(mut answer) = serde_json::from_slice::<Value>(body) else { return body.to_vec() };
        self.answer(&mut answer);
        let text = answer.to_string().replace(HALF, "\\ud83d");
        let mark = if self == Self::Bom { "\u{feff}" } else { "" };
        format!("{mark}{text}").into_bytes()
    }

    fn answer(self, answer: &mut Value) {
        match self {
            Self::Texts => {
                as_text(answer.get_mut("code"));
                let info = answer.pointer_mut("/data/page_info").and_then(Value::as_object_mut);
                info.into_iter().flat_map(Map::values_mut).for_each(|value| as_text(Some(value)));
            }
            Self::Half => each_text(answer, &mut |name, text| {
                if name.ends_with("name") {
                    text.push(HALF);
                }
            }),
            Self::NoTimes => no_times(answer),
            _ => answer.get_mut("data").and_then(Value::as_object_mut).into_iter().for_each(|data| self.data(data)),
        }
    }

    fn data(self, data: &mut Map<String, Value>) {
        match self {
            Self::FewPages => add(data, "total_page", -1),
            Self::TextInfo => drop(data.insert("page_info".to_owned(), json!("none"))),
            Self::NoInfo => drop(data.remove("page_info")),
            Self::NoList if data.get("list") == Some(&json!([])) => drop(data.remove("list")),
            Self::Twice | Self::TwiceOther => self.twice(data),
            _ => data.get_mut("list").and_then(Value::as_array_mut).into_iter().for_each(|list| self.list(list)),
        }
    }

    fn list(self, list: &mut Vec<Value>) {
        match self {
            Self::Short => list.truncate(list.len() - list.len().div_ceil(10)),
            Self::NullRow => list.iter_mut().last().into_iter().for_each(|row| *row = Value::Null),
            Self::Odd => list.iter_mut().filter_map(Value::as_object_mut).for_each(odd),
            Self::Millis => {
                let times = list.iter_mut().filter_map(|row| row.get_mut("create_time"));
                times.for_each(|time| *time = json!(time.as_i64().unwrap_or_default() * 1_000));
            }
            Self::NoNumbers => {
                let metrics = list.last_mut().and_then(|row| row.get_mut("metrics")).and_then(Value::as_object_mut);
                metrics.into_iter().flat_map(Map::values_mut).for_each(|value| *value = json!("-"));
            }
            Self::OddNumber => {
                let spend = list.first_mut().and_then(|row| row.pointer_mut("/metrics/spend"));
                spend.into_iter().for_each(|spend| *spend = json!("1,250.00"));
            }
            _ => {}
        }
    }

    fn twice(self, data: &mut Map<String, Value>) {
        let Some(list) = data.get_mut("list").and_then(Value::as_array_mut) else { return };
        let Some(mut row) = list.first().cloned() else { return };
        if self == Self::TwiceOther
            && let Some(spend) = row.pointer_mut("/metrics/spend")
        {
            *spend = json!("123456.78");
        }
        list.push(row);
        add(data, "total_number", 1);
    }
}

fn add(data: &mut Map<String, Value>, name: &str, number: i64) {
    if let Some(value) = data.get_mut("page_info").and_then(|info| info.get_mut(name)) {
        *value = json!(value.as_i64().unwrap_or_default() + number);
    }
}

fn as_text(value: Option<&mut Value>) {
    value.into_iter().for_each(|value| *value = json!(value.to_string()));
}

/// Everything but the id.
fn odd(account: &mut Map<String, Value>) {
    let values = [Value::Null, json!(7), json!({"x": 1}), json!(["y"]), json!(true)];
    let fields = account.iter_mut().filter(|(name, _)| *name != "advertiser_id");
    fields.zip(values.iter().cycle()).for_each(|((_, value), odd)| *value = odd.clone());
    if let Some(id) = account.get_mut("advertiser_id")
        && let Some(number) = id.as_str().and_then(|id| id.parse::<u64>().ok())
    {
        *id = json!(number);
    }
}

fn no_times(answer: &mut Value) {
    let mut forms = ["", "-", "0000-00-00 00:00:00"].into_iter().cycle();
    each_text(answer, &mut |name, text| {
        if name.ends_with("_time") {
            forms.next().unwrap_or_default().clone_into(text);
        }
    });
}

/// Every text below a name.
fn each_text(value: &mut Value, change: &mut impl FnMut(&str, &mut String)) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if let Value::String(text) = value {
                    change(name, text);
                }
                each_text(value, change);
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|value| each_text(value, change)),
        _ => {}
    }
}
