//! A page whose rows look alike, written by their template.
//!
//! Only the rows are read here. What is around them, the envelope and the page info, is parsed as ever: the answer
//! without the rows that are written already is an answer, too, and the writer goes on with its rows. So nothing is
//! decided here about codes, counts, keys that come twice, or whether the whole is valid. Whatever looks unusual
//! is `None`: then all of the answer is parsed.

use std::sync::{Arc, Mutex};

use serde::de::Deserializer;

use super::data::DataVisitor;
use super::format::Lines;
use super::rows::Rows;
use super::scan::{SPACE, parsed};
use super::template::learn;
use super::writer::Writer;
use crate::lock::lock;
use crate::tiktok::envelope::{Decode, success};

/// Rows of another form than the one before cost more than parsing does. A page in which they are more than these, and
/// more than one in so many, is parsed from there on.
const MISSES_MAX: usize = 4;
const ROWS_PER_MISS_MIN: usize = 4;

/// The rows of an answer that is a success.
pub(super) fn read(lines: &Lines<'_>, text: &str) -> Option<Rows> {
    let list = Some(lines.format.list).filter(|list| !list.is_empty())?;
    let start = list_start(text, list)?;
    let mut writer = Writer::new(lines);
    let rest = write_rows(&mut writer, lines, text, start)?;
    let around = [text.get(..start)?, text.get(rest..)?].concat();
    success(&around, &Around { lines, writer: Mutex::new(Some(writer)) })
}

/// An answer whose first rows are written already.
struct Around<'a> {
    lines: &'a Lines<'a>,
    writer: Mutex<Option<Writer<'a>>>,
}

impl Decode for Around<'_> {
    type Out = Rows;

    fn decode<'de, D: Deserializer<'de>>(&self, data: D) -> Result<Rows, D::Error> {
        data.deserialize_map(DataVisitor { lines: self.lines, begun: Some(&self.writer) })
    }
}

/// Where the list of `data` begins, behind its bracket. It is the first list of that name in the answer, if the answer
/// is valid JSON: its name stands behind no other in the same words, and behind nothing that is escaped.
fn list_start(text: &str, name: &str) -> Option<usize> {
    let name = format!("\"{name}\"");
    let at = memchr::memmem::find(text.as_bytes(), name.as_bytes())?;
    let (before, list) = text.split_at_checked(at)?;
    let list = list.get(name.len()..)?.trim_start_matches(SPACE).strip_prefix(':')?;
    let list = list.trim_start_matches(SPACE).strip_prefix('[')?;
    is_in_data(before).then_some(text.len() - list.len())
}

/// Whether a name behind this is one of the object `data`, at the top of the answer.
fn is_in_data(before: &str) -> bool {
    let (mut depth, mut name, mut inside) = (0_usize, "", true);
    // Every other piece is inside of quotation marks.
    for piece in before.split('"') {
        inside = !inside;
        if inside {
            name = if depth == 1 { piece } else { name };
            continue;
        }
        for byte in piece.bytes() {
            match byte {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
    }
    depth == 2 && name == "data" && !inside && !before.contains('\\')
}

/// Writes rows from `at` on, where the list begins. Returns where the first row begins that is not written, or the end
/// of the list.
fn write_rows(writer: &mut Writer<'_>, lines: &Lines<'_>, text: &str, at: usize) -> Option<usize> {
    let kept = &lines.format.template;
    let mut template = lock(kept).clone();
    let (mut rows, mut misses) = (0, 0);
    let mut at = skip_space(text, at);
    if text.as_bytes().get(at) == Some(&b']') {
        return Some(at);
    }
    loop {
        let formed = template.as_ref().and_then(|template| writer.formed(template, text, at));
        let end = match formed {
            Some(end) => end,
            None if misses >= MISSES_MAX && misses * ROWS_PER_MISS_MIN > rows => return Some(at),
            None => {
                misses += 1;
                let row = parsed(text, at)?;
                writer.parsed(row)?;
                template = learn(row, &lines.format.row).map(Arc::new);
                lock(kept).clone_from(&template);
                at + row.len()
            }
        };
        rows += 1;
        let next = skip_space(text, end);
        match text.as_bytes().get(next)? {
            b',' => at = skip_space(text, next + 1),
            b']' => return Some(next),
            _ => return None,
        }
    }
}

fn skip_space(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches(SPACE).len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::Format;
    use super::super::shape::{Fields, Shape};
    use super::*;
    use crate::streams;

    /// What a value may look like: first what TikTok sends, then what it should not.
    const VALUES: [&str; 48] = [
        r#""12""#,
        r#""1790000000000000001""#,
        r#""14.68""#,
        r#""0""#,
        r#""-""#,
        r#""""#,
        "null",
        r#""a name""#,
        r#""a name of more than eight bytes – é""#,
        r#""2026-01-02 00:00:00""#,
        r#""2026-01-02""#,
        "[]",
        "12",
        "0",
        "true",
        "false",
        "50.0",
        r#"["12","13"]"#,
        "{}",
        r#"[{"a":"1"},null]"#,
        r#"{"a":"1"}"#,
        r#"{"a" : 1, "a":2}"#,
        r#""a\"b""#,
        r#""\u2028\ud83d\ude00""#,
        "\"\u{2028}\u{2029}\u{85}\"",
        r#""0000-00-00 00:00:00""#,
        r#""2026-02-30""#,
        r#""007""#,
        r#""-5""#,
        r#""12.00""#,
        r#""12.50""#,
        r#"" 12""#,
        r#""ON""#,
        "99999999999999999999999",
        "-0",
        "1e3",
        "1E400",
        "12.7",
        "[ ]",
        r#"[[1],["2"],{"b":[]}]"#,
        "[\n1,\r\n\"2\" ]",
        "{\n\"a\":\"b\n\"}",
        r#""\q""#,
        r#""\u12""#,
        "\"\t\"",
        "012",
        "1.",
        "tru",
    ];
    /// So many of them are usual.
    const USUAL: usize = 22;
    const UNDECLARED: [&str; 5] = ["new_metric", "x", "é–", "list", "data"];

    /// Bytes that decide.
    struct Dice<'a>(std::slice::Iter<'a, u8>);

    impl Dice<'_> {
        fn roll(&mut self, sides: usize) -> usize {
            usize::from(*self.0.next().unwrap_or(&1)) % sides
        }

        /// Seldom true.
        fn odd(&mut self) -> bool {
            self.roll(32) == 0
        }

        fn value(&mut self) -> String {
            let few = if self.odd() { VALUES.len() } else { USUAL };
            VALUES[self.roll(few)].to_owned()
        }

        /// Names of an object, and those in the objects inside.
        fn names<'f>(&mut self, fields: &'f Fields) -> Vec<(&'f str, Option<&'f Fields>)> {
            let mut names = Vec::new();
            for field in &fields.list {
                let inside = match &field.shape {
                    Shape::Object(fields) | Shape::Inline(fields) => Some(fields),
                    _ => None,
                };
                if self.roll(3) == 0 || inside.is_some() || field.slot.is_some() {
                    names.push((field.name.as_str(), inside));
                }
            }
            if self.roll(2) == 0 {
                names.push((UNDECLARED[self.roll(UNDECLARED.len())], None));
            }
            names
        }

        fn space(&mut self) -> &'static str {
            if self.odd() { ["", " ", "\n", "\t\r "][self.roll(4)] } else { "" }
        }

        /// An object with these names, in another order or with others now and then.
        fn object(&mut self, names: &[(&str, Option<&Fields>)], inside: &[Vec<(&str, Option<&Fields>)>]) -> String {
            let mut names = names.to_vec();
            if self.odd() && !names.is_empty() {
                let (one, other) = (self.roll(names.len()), self.roll(names.len()));
                match self.roll(4) {
                    0 => names.swap(one, other),
                    1 => drop(names.remove(one)),
                    2 => names.insert(other, names[one]),
                    _ => names.insert(one, (UNDECLARED[self.roll(UNDECLARED.len())], None)),
                }
            }
            let mut inside = inside.iter();
            let fields: Vec<String> = names
                .iter()
                .map(|(name, fields)| {
                    let value = match (fields, inside.next()) {
                        (Some(_), Some(names)) if !self.odd() => self.object(names, &[]),
                        _ => self.value(),
                    };
                    let name = if self.odd() { name.replacen('a', "\\u0061", 1) } else { (*name).to_owned() };
                    format!("{}\"{name}\"{}:{}{value}{}", self.space(), self.space(), self.space(), self.space())
                })
                .collect();
            format!("{{{}}}", fields.join(","))
        }

        fn answer(&mut self, list: &str, rows: &str) -> String {
            let info = r#""page_info":{"page":1,"page_size":10,"total_number":3,"total_page":1}"#;
            let empty = r#""page_info":{"total_number":0}"#;
            let list = format!("\"{list}\"{}:{}[{rows}]", self.space(), self.space());
            let data = match self.roll(12) {
                0 => format!("{{{list}}}"),
                1 => format!("{{{list},{info},{list}}}"),
                2 => format!("{{{list},{info},\"list\":[],\"list\":null}}"),
                3 => format!("{{\"x\":{{{list}}},{empty}}}"),
                4 => format!("{{\"x\":[\"list\"],{info},{list}}}"),
                5 | 6 => format!("{{{info},{list}}}"),
                _ => format!("{{{list},{info}}}"),
            };
            let whole = match self.roll(16) {
                0 => format!(r#"{{"data":{data},"code":40001,"message":"m"}}"#),
                1 => format!(r#"{{"code":0,"data":{data},"data":{{{empty}}}}}"#),
                2 => format!(r#"{{"code":0,"data":{{{empty}}},"data":{data}}}"#),
                3 => format!(r#"{{"code":0,"message":"\"list\":[","data":{data}}}"#),
                4 => format!(r#"{{"code":0,"message":"data",{list},"data":{data}}}"#),
                5 => format!(r#"{{"code":0,"x":"data","y":{data},"data":{data}}}"#),
                6 => format!(r#"{{"code":0,"data":[{data}]}}"#),
                7 => format!(r#"{{"data":{data},"code":"0"}}"#),
                _ => format!(r#"{{"code":0,"message":"OK","request_id":"2026X","data":{data}}}"#),
            };
            let cut = if self.odd() { self.roll(256) * 8 } else { whole.len() };
            whole.get(..cut).map_or(whole.clone(), str::to_owned)
        }
    }

    /// All that is known of rows, but for when they were written.
    fn told(rows: Rows) -> (Vec<String>, String) {
        let Rows { lines, marks, keys, keyless, info, .. } = rows;
        let lines = String::from_utf8(lines).unwrap();
        let keys: Vec<_> = keys.into_iter().map(|key| key.all()).collect();
        let cut = |line: &str| {
            let row = line.rsplit_once(",\"emitted_at\":").map_or(line, |(row, _)| row);
            row.split_once(",\"_fivetran_synced\":").map_or(row, |(row, _)| row).to_owned()
        };
        (lines.lines().map(cut).collect(), format!("{marks:?} {keys:?} {keyless} {info:?}"))
    }

    fn formats() -> Vec<Format> {
        let streams = [
            "ads_reports_daily",
            "ad_groups",
            "business_centers",
            "spark_ads",
            "creative_assets_images",
            "advertisers",
            "creative_history",
            "smart_plus_ad_history",
        ];
        let flat = streams::find("ads_reports_daily").unwrap().flat();
        streams.iter().map(|name| Format::new(streams::find(name).unwrap())).chain([Format::new(&flat)]).collect()
    }

    fn lines(format: &Format) -> Lines<'_> {
        Lines { format, advertiser: Some("7000000000000000001"), parent: None, output: None }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]
        #[test]
        fn rows_are_written_as_the_parser_writes_them(at in 0_usize..9, dice in prop::collection::vec(any::<u8>(), 2000)) {
            let format = &formats()[at];
            let mut dice = Dice(dice.iter());
            let names = dice.names(&format.row);
            let inside: Vec<_> =
                names.iter().map(|(_, fields)| fields.map(|fields| dice.names(fields)).unwrap_or_default()).collect();
            for _page in 0..3 {
                let rows: Vec<String> = (0..dice.roll(12)).map(|_| dice.object(&names, &inside)).collect();
                let text = dice.answer(format.list, &rows.join(","));
                let Some(quick) = read(&lines(format), &text) else { continue };
                let parsed = success(&text, &lines(format));
                prop_assert!(parsed.is_some(), "{}", text);
                prop_assert_eq!(told(quick), told(parsed.unwrap()), "{}", text);
            }
        }
    }

    #[test]
    fn rows_that_look_alike_are_not_parsed() {
        for format in formats() {
            let mut dice = Dice([].iter());
            let names = dice.names(&format.row);
            let inside: Vec<_> =
                names.iter().map(|(_, fields)| fields.map(|fields| dice.names(fields)).unwrap_or_default()).collect();
            let row = dice.object(&names, &inside);
            let template = learn(&row, &format.row).unwrap();
            let lines = lines(&format);
            let mut writer = Writer::new(&lines);
            let other = row.replace("1790000000000000001", "3");
            assert_eq!(writer.formed(&template, &format!("{other},{other}"), 0), Some(other.len()), "{row}");
        }
    }

    #[test]
    fn rows_that_differ_do_not_stop_the_others() {
        let format = &formats()[1];
        let row = |at: usize| format!("{{\"adgroup_id\":\"{at}\",\"x{}\":1}}", at % 7);
        let rows: Vec<_> = (0..40).map(row).collect();
        let info = r#""page_info":{"total_number":40,"total_page":1}"#;
        let text = format!(r#"{{"code":0,"data":{{"list":[{}],{info}}}}}"#, rows.join(","));
        assert_eq!(told(read(&lines(format), &text).unwrap()), told(success(&text, &lines(format)).unwrap()));
    }
}
