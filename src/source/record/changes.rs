//! The file of the change log → rows. Pure.
//!
//! TikTok's page says that it is a table as text; peers see text that holds an object, whose `file_data` is such a table as
//! Python writes bytes (`b'…'`), or has `logs` (docs/tiktok-api.md 3.8). All are read. Above the table's head stand counts.

use std::collections::HashMap;

use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The column that the table's head begins with.
const FIRST: &str = "Time";
/// The column whose text is JSON.
const DETAILS: &str = "activity_details";
/// Bytes of a row's name.
const ID_BYTES: usize = 16;

/// The rows of a file; why, if it is none.
pub(crate) fn read(advertiser: &str, file: &Value) -> Result<Vec<Value>, &'static str> {
    let mut rows = match file {
        Value::Null => Vec::new(),
        Value::String(text) if text.trim_start().starts_with('{') => {
            let object: Value = serde_json::from_str(text).map_err(|_| "its text is no JSON")?;
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
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => of_table(&from_bytes(text)),
        Some(data) => {
            let logs = data.get("logs").and_then(Value::as_array).ok_or("it has no table")?;
            Ok(logs.iter().filter_map(Value::as_object).cloned().collect())
        }
    }
}

/// The rows below the head. A file without a head has none.
fn of_table(text: &str) -> Result<Vec<Map<String, Value>>, &'static str> {
    let mut lines = cells(text)?.into_iter().skip_while(|line| line.first().is_none_or(|first| first != FIRST));
    let Some(head) = lines.next() else { return Ok(Vec::new()) };
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
    let inner =
        ["'", "\""].iter().find_map(|quote| text.trim().strip_prefix('b')?.strip_prefix(quote)?.strip_suffix(quote));
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
        for empty in [json!(null), json!(""), json!("Budget changes,0\r\n"), json!({"file_data": null})] {
            assert_eq!(read("7", &empty), Ok(Vec::new()), "{empty}");
        }
        for broken in
            [json!("{"), json!("Time,Object\r\n1"), json!("Time,Object\r\n1,\"x"), json!([1]), json!({"file_data": 1})]
        {
            assert!(read("7", &broken).is_err(), "{broken}");
        }
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
