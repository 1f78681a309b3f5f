//! The file of the change log → rows. Pure.
//!
//! TikTok's page says that it is a table as text; peers see text that holds an object, whose `file_data` is such a table as
//! Python writes bytes (`b'…'`), or has `logs` (docs/tiktok-api.md 3.8). All are read. Above the table's head stand counts.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The column that the table's head begins with, in any case.
const FIRST: &str = "time";
/// A mark before a text's first character, which is none of it.
const BYTE_ORDER_MARK: char = '\u{feff}';
/// The column whose text is JSON.
const DETAILS: &str = "activity_details";
/// Bytes of a row's name.
const ID_BYTES: usize = 16;

/// The rows of a file; why, if it is none. What nobody understands is never a file without rows: the cursor would move over
/// changes that nobody has read.
pub(crate) fn read(advertiser: &str, file: &Value) -> Result<Vec<Value>, &'static str> {
    let mut rows = match file {
        Value::Null => Vec::new(),
        Value::String(text) if bare(text).starts_with('{') => {
            let object: Value = serde_json::from_str(bare(text)).map_err(|_| "its text is no JSON")?;
            of_object(&object)?
        }
        Value::String(text) => of_table(&from_bytes(text))?,
        object @ Value::Object(_) => of_object(object)?,
        _ => return Err("it is neither text nor an object"),
    };
    name(advertiser, &mut rows);
    Ok(rows.into_iter().map(Value::Object).collect())
}

fn of_object(object: &Value) -> Result<Vec<Map<String, Value>>, &'static str> {
    match object.get("file_data") {
        None => Err("it has no `file_data`"),
        Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => of_table(&from_bytes(text)),
        Some(data) => {
            let logs = data.get("logs").and_then(Value::as_array).ok_or("it has no table")?;
            let rows = logs.iter().map(|log| log.as_object().map(|log| log.iter().map(named).collect()));
            rows.collect::<Option<_>>().ok_or("a change in it is no object")
        }
    }
}

/// A field of a change as the table has it.
fn named((name, given): (&String, &Value)) -> (String, Value) {
    match given.as_str() {
        Some(text) => value(name.clone(), text.to_owned()),
        None => (name.clone(), given.clone()),
    }
}

/// Text without what may stand before it.
fn bare(text: &str) -> &str {
    text.trim_start_matches(|c: char| c == BYTE_ORDER_MARK || c.is_whitespace())
}

/// The rows below the head. Without a head there are none where nothing stands but counts of zero.
fn of_table(text: &str) -> Result<Vec<Map<String, Value>>, &'static str> {
    let lines = cells(bare(text))?;
    let is_head = |line: &Vec<String>| line.first().is_some_and(|first| first.trim().eq_ignore_ascii_case(FIRST));
    let Some(at) = lines.iter().position(is_head) else {
        return if lines.iter().all(|line| counts_nothing(line)) {
            Ok(Vec::new())
        } else {
            Err("its table has no head")
        };
    };
    let mut lines = lines.into_iter().skip(at);
    let head = lines.next().unwrap_or_default();
    let names: Vec<String> = head.iter().map(|name| name.trim().to_lowercase().replace(' ', "_")).collect();
    let mut rows = Vec::new();
    for line in lines.filter(|line| line.iter().any(|cell| !cell.is_empty())) {
        if line.len() != names.len() {
            return Err("a line has more or fewer cells than its head");
        }
        rows.push(names.iter().cloned().zip(line).map(|(name, cell)| value(name, cell)).collect());
    }
    Ok(rows)
}

/// A line above the head that says of no change: none, or a name and zero.
fn counts_nothing(line: &[String]) -> bool {
    match line {
        [] => true,
        [only] => only.trim().is_empty(),
        [.., count] => count.trim() == "0",
    }
}

fn value(name: String, cell: String) -> (String, Value) {
    let value = match name.as_str() {
        _ if cell.is_empty() => Value::Null,
        DETAILS => details(&cell),
        // Seconds make it a moment that warehouses take.
        "time" if cell.len() == "2026-02-02 04:05".len() => json!(format!("{cell}:00")),
        _ => json!(cell),
    };
    (name, value)
}

/// What was changed; text that is no list stands alone.
fn details(cell: &str) -> Value {
    match serde_json::from_str(cell) {
        Ok(mut list @ Value::Array(_)) => {
            clean(&mut list);
            list
        }
        _ => json!([{"text": cell}]),
    }
}

/// Takes texts out of the form in which Python writes bytes.
fn clean(value: &mut Value) {
    match value {
        Value::String(text) => *text = from_bytes(text),
        Value::Array(items) => items.iter_mut().for_each(clean),
        Value::Object(fields) => fields.values_mut().for_each(clean),
        _ => {}
    }
}

/// `b'…'` as Python writes bytes → the text; anything else stays.
fn from_bytes(text: &str) -> String {
    let inner = ["'", "\""]
        .iter()
        .find_map(|quote| bare(text).trim_end().strip_prefix('b')?.strip_prefix(quote)?.strip_suffix(quote));
    let Some(inner) = inner else { return text.to_owned() };
    let (mut bytes, mut rest) = (Vec::with_capacity(inner.len()), inner.chars());
    let put = |c: char, bytes: &mut Vec<u8>| bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    while let Some(c) = rest.next() {
        if c != '\\' {
            put(c, &mut bytes);
            continue;
        }
        match rest.next() {
            Some('n') => bytes.push(b'\n'),
            Some('r') => bytes.push(b'\r'),
            Some('t') => bytes.push(b'\t'),
            Some('x') => {
                let hex: String = rest.by_ref().take(2).collect();
                bytes.extend(u8::from_str_radix(&hex, 16));
            }
            Some(other) => put(other, &mut bytes),
            None => {}
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The cells of a table (RFC 4180): quotes may hold commas, lines and doubled quotes.
fn cells(text: &str) -> Result<Vec<Vec<String>>, &'static str> {
    let (mut lines, mut line, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '"' if quoted && rest.next_if_eq(&'"').is_some() => cell.push('"'),
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\r' if !quoted => {}
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    if quoted {
        return Err("a quote is not closed");
    }
    if !cell.is_empty() || !line.is_empty() {
        line.push(cell);
        lines.push(line);
    }
    Ok(lines)
}

/// Gives each row a name, for TikTok gives none: what it says, and how many before it say the same.
fn name(advertiser: &str, rows: &mut [Map<String, Value>]) {
    let mut said: HashMap<String, usize> = HashMap::new();
    for row in rows {
        let text = json!(row).to_string();
        let count = said.entry(text.clone()).or_default();
        let hash = Sha256::digest(format!("{advertiser} {count} {text}"));
        *count += 1;
        let id = const_hex::encode(hash.get(..ID_BYTES).unwrap_or_default());
        row.insert("change_id".to_owned(), json!(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "Budget changes,0\r\nStatus changes,1\r\n\r\nTime,log_object_type,Object ID,Object,Operator,Source,App ID,Activity details\r\n\
        2026-02-02 04:05,Ad group,1846211451413538,On/Off Status,y***n@example.invalid,Marketing API,753,\"[{\"\"action\"\": \"\"Change \"\", \"\"name\"\": \"\"Ad, group\"\", \"\"before_after\"\": [{\"\"before\"\": \"\"b'Paused'\"\", \"\"after\"\": \"\"b'\\\\xe3\\\\x81\\\\x82'\"\"}]}]\"\r\n";

    fn bytes(text: &str) -> String {
        let escaped = text.replace('\\', "\\\\").replace('\'', "\\'").replace('\r', "\\r").replace('\n', "\\n");
        format!("b'{escaped}'")
    }

    #[test]
    fn every_form_of_the_file_is_the_same_rows() {
        let plain = read("7", &json!(TABLE)).unwrap();
        let row = &plain[0];
        assert_eq!(plain.len(), 1);
        assert_eq!((&row["time"], &row["object_id"]), (&json!("2026-02-02 04:05:00"), &json!("1846211451413538")));
        assert_eq!(
            row["activity_details"],
            json!([{"action": "Change ", "name": "Ad, group", "before_after": [{"before": "Paused", "after": "あ"}]}])
        );
        assert_eq!(row["change_id"].as_str().unwrap().len(), 2 * ID_BYTES);
        let object = json!({"file_data": bytes(TABLE), "file_name": "1.csv"});
        assert_eq!(read("7", &json!(object.to_string())).unwrap(), plain);
        assert_eq!(read("7", &object).unwrap(), plain);
        assert_eq!(read("7", &json!(bytes(TABLE))).unwrap(), plain);
    }

    #[test]
    fn what_has_no_rows_is_empty_and_what_is_cut_is_told() {
        for empty in [
            json!(null),
            json!(""),
            json!(" \r\n"),
            json!("\u{feff}"),
            json!("b''"),
            json!("Budget changes,0\r\nBid changes,0\r\n\r\n"),
            json!("Time,Object\r\n"),
            json!({"file_data": null}),
            json!({"file_data": ""}),
            json!({"file_data": {"logs": []}}),
        ] {
            assert_eq!(read("7", &empty), Ok(Vec::new()), "{empty}");
        }
        for broken in
            [json!("{"), json!("Time,Object\r\n1"), json!("Time,Object\r\n1,\"x"), json!([1]), json!({"file_data": 1})]
        {
            assert!(read("7", &broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn a_file_that_nobody_understands_is_no_file_without_rows() {
        for (what, file) in [
            ("another first column", json!("Log time,Object ID\n2026-02-02 04:05,1\n")),
            ("tabs", json!("Time\tObject\n2026-02-02 04:05\tA\n")),
            ("semicolons", json!("Time;Object\n2026-02-02 04:05;A\n")),
            ("another language", json!("\u{65f6}\u{95f4},\u{5bf9}\u{8c61}\n2026-02-02 04:05,1\n")),
            ("a page", json!("<html><body>Bad gateway</body></html>")),
            ("an apology", json!("Internal error, try later")),
            ("counts without a table", json!("Budget changes,0\r\nStatus changes,1\r\n")),
            ("an address", json!({"url": "https://x.example.invalid/1.csv"})),
            ("counts alone", json!({"file_name": "1.csv", "changes": 3})),
            ("an object as text", json!(r#"{"message": "later"}"#)),
            ("a change that is none", json!({"file_data": {"logs": [{"time": "2026-02-02 04:05"}, "A"]}})),
        ] {
            assert!(read("7", &file).is_err(), "{what}: {file}");
        }
    }

    #[test]
    fn what_stands_around_a_table_changes_nothing() {
        let plain = read("7", &json!(TABLE)).unwrap();
        let object = json!({"file_data": TABLE}).to_string();
        let lower = TABLE.replace("Time,", "time,");
        let quoted = TABLE.replace("Time,", "\"Time\",");
        for text in
            [format!("\u{feff}{TABLE}"), format!("\u{feff} {object}"), format!("\r\n{TABLE}\r\n"), lower, quoted]
        {
            assert_eq!(read("7", &json!(text)).unwrap(), plain, "{text}");
        }
        let logs =
            json!({"file_data": {"logs": [{"time": "2026-02-02 04:05", "object_id": 7, "activity_details": []}]}});
        assert_eq!(read("7", &logs).unwrap()[0]["time"], json!("2026-02-02 04:05:00"), "as in a table");
    }

    #[test]
    fn rows_that_say_the_same_have_names_of_their_own() {
        let rows =
            read("7", &json!("Time,Object\n2026-02-02 04:05,A\n2026-02-02 04:05,A\n2026-02-02 04:05,B\n")).unwrap();
        let ids: std::collections::HashSet<_> = rows.iter().map(|row| row["change_id"].as_str().unwrap()).collect();
        assert_eq!(ids.len(), 3);
        let other = read("8", &json!("Time,Object\n2026-02-02 04:05,A\n")).unwrap();
        assert!(!ids.contains(other[0]["change_id"].as_str().unwrap()));
    }
}
