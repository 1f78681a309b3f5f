//! Feeds the destination, and holds what it says against what it was given.

use std::collections::{BTreeSet, HashMap};
use std::io::Write;
use std::process::{Child, Stdio};

use serde_json::{Value, json};

use super::{Connector, Run, protocol};

/// Identifiers of an input that are looked for in everything that is said; more would only take time.
const IDENTIFIERS_MAX: usize = 400;
/// Columns that hold no identifier of a person.
const NO_IDENTIFIERS: [&str; 14] = [
    "smart_plus_ad_id",
    "ad_material_id",
    "shared_advertiser_id",
    "id",
    "event_id",
    "advertiser_id",
    "audience_id",
    "custom_audience_id",
    "adgroup_id",
    "audience_name",
    "external_id",
    "event_source_id",
    "test_event_code",
    "_ab_cdc_deleted_at",
];

/// A RECORD's line.
pub(crate) fn record(stream: &str, data: &Value) -> String {
    json!({"type": "RECORD", "record": {"stream": stream, "data": data, "emitted_at": 1_760_000_000_000_u64}})
        .to_string()
}

/// A STATE's line of a stream, with whatever the source keeps in it.
pub(crate) fn state(stream: &str, kept: &Value) -> String {
    let stream = json!({"stream_descriptor": {"name": stream, "namespace": null}, "stream_state": kept});
    json!({"type": "STATE", "state": {"type": "STREAM", "stream": stream}}).to_string()
}

/// The platform's word that a stream was sent to its end.
pub(crate) fn complete(stream: &str) -> String {
    let status = json!({"stream_descriptor": {"name": stream}, "status": "COMPLETE"});
    json!({"type": "TRACE", "trace": {"type": "STREAM_STATUS", "emitted_at": 1.0, "stream_status": status}}).to_string()
}

/// A catalogue's entry; `object` is named where the platform activates data.
pub(crate) fn entry(stream: &str, object: Option<&str>, mode: &str) -> Value {
    let mut entry = super::catalog::one(stream, "incremental", mode);
    if let Some(object) = object {
        entry["destination_object_name"] = object.into();
    }
    entry
}

pub(crate) fn catalog_of(entries: impl IntoIterator<Item = Value>) -> Value {
    json!({"streams": entries.into_iter().collect::<Vec<_>>()})
}

/// Lines as stdin has them.
pub(crate) fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

impl Connector {
    pub(crate) fn advertiser(self, id: u64) -> Self {
        self.with("advertiser_id", id.to_string())
    }

    pub(crate) fn destination(&self, verb: &str) -> Run {
        self.run(&["destination", verb, "--config", "config.json"])
    }

    /// Starts `write` with stdin in the caller's hands.
    pub(crate) fn start_write(&self, catalog: &Value) -> Child {
        self.file("catalog.json", &catalog.to_string());
        let args = ["write", "--config", "config.json", "--catalog", "catalog.json"];
        self.command(&args).stdin(Stdio::piped()).spawn().unwrap()
    }

    /// Writes a whole input; what is said is held against it.
    pub(crate) fn write(&self, catalog: &Value, lines: &[String]) -> Run {
        self.write_text(catalog, &text(lines))
    }

    pub(crate) fn write_text(&self, catalog: &Value, input: &str) -> Run {
        let mut child = self.start_write(catalog);
        let mut stdin = child.stdin.take().unwrap();
        let output = std::thread::scope(|scope| {
            // One that stops early reads no further, so the pipe may break.
            scope.spawn(move || stdin.write_all(input.as_bytes()));
            child.wait_with_output().unwrap()
        });
        self.written(output, input)
    }

    /// What a `write` said that ended by itself.
    pub(crate) fn written(&self, output: std::process::Output, input: &str) -> Run {
        let mut never = self.secrets();
        never.extend(identifiers(input));
        let run = Run::quiet(output, &never);
        check_echo(&run, input);
        for file in self.rejected_files() {
            let text = std::fs::read_to_string(file).unwrap();
            assert!(!never.iter().any(|never| text.contains(never)), "a rejected row tells an identifier");
        }
        run
    }

    /// The lines of a `write` that was stopped from outside.
    pub(crate) fn cut(lines: &[String], input: &str) -> Run {
        let run =
            Run { messages: protocol::messages(lines.iter().map(String::as_str)), exit: None, stderr: String::new() };
        check_echo(&run, input);
        run
    }

    /// Where rejected rows go, and the config that says so.
    pub(crate) fn keeping_rejects(self) -> Self {
        let folder = self.dir().join("rejected");
        self.with("rejected_records", folder.to_str().unwrap())
    }

    /// Where results go, and the config that says so.
    pub(crate) fn keeping_results(self) -> Self {
        let folder = self.dir().join("results");
        self.with("result_records", folder.to_str().unwrap())
    }

    /// The lines of results on disk.
    pub(crate) fn results(&self) -> Vec<Value> {
        lines_of(&self.files_of("result_records"))
    }

    fn rejected_files(&self) -> Vec<std::path::PathBuf> {
        self.files_of("rejected_records")
    }

    fn files_of(&self, setting: &str) -> Vec<std::path::PathBuf> {
        let folder = self.config[setting].as_str().and_then(|folder| std::fs::read_dir(folder).ok());
        folder.into_iter().flatten().map(|file| file.unwrap().path()).collect()
    }

    /// The rejected rows on disk.
    pub(crate) fn rejects(&self) -> Vec<Value> {
        lines_of(&self.rejected_files())
    }
}

fn lines_of(files: &[std::path::PathBuf]) -> Vec<Value> {
    let texts: Vec<String> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// E-mail addresses, phone numbers and device ids of an input, as they stand there.
fn identifiers(input: &str) -> BTreeSet<String> {
    let records = input.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let data = records.filter_map(|message| message["record"]["data"].as_object().cloned());
    let values = data.flatten().filter(|(name, _)| !NO_IDENTIFIERS.contains(&name.as_str())).map(|(_, value)| value);
    let texts = values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    texts
        .filter(|text| (8..200).contains(&text.len()) && text.chars().any(|c| c == '@' || c.is_ascii_digit()))
        .take(IDENTIFIERS_MAX)
        .collect()
}

/// States come back whole, in their order, each with the number of records since its stream's last one; a stream that
/// failed is told nothing of from there on.
fn check_echo(run: &Run, input: &str) {
    assert_eq!(run.of_type("RECORD").count(), 0, "a destination has no records to tell");
    let mut echoed = run.of_type("STATE").map(|message| &message["state"]).peekable();
    let errors = run.errors();
    let failed: Vec<&Value> = errors.iter().map(|error| &error["stream_descriptor"]).collect();
    let mut since: HashMap<(String, String), f64> = HashMap::new();
    let of = |named: &Value, name: &str| {
        let namespace = named["namespace"].as_str().unwrap_or_default();
        Some((namespace.to_owned(), named[name].as_str()?.to_owned()))
    };
    let lines = input.lines().map(|line| line.trim_start_matches('\u{feff}'));
    for message in lines.filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        if let Some(stream) = of(&message["record"], "stream").filter(|_| message["type"] == "RECORD") {
            *since.entry(stream).or_default() += 1.0;
        } else if message["state"].is_object() {
            let stream = of(&message["state"]["stream"]["stream_descriptor"], "name");
            let Some(found) = echoed.peek() else { return };
            let is_failed = failed.iter().any(|named| stream.is_none() || of(named, "name") == stream);
            if is_failed && without_stats(found) != without_stats(&message["state"]) {
                continue;
            }
            let Some(found) = echoed.next() else { return };
            let count = match stream {
                Some(stream) => since.remove(&stream).unwrap_or_default(),
                None => since.drain().map(|(_, count)| count).sum(),
            };
            check_state(found, &message["state"], count);
        }
    }
    assert_eq!(echoed.next(), None, "a state that nobody sent");
}

fn check_state(found: &Value, sent: &Value, count: f64) {
    let stats = &found["destinationStats"];
    let number = |name: &str| stats[name].as_f64().filter(|_| stats[name].is_f64()).unwrap();
    assert_eq!(number("recordCount") + number("rejectedRecordCount"), count, "{found}");
    assert_eq!(without_stats(found), without_stats(sent));
}

fn without_stats(state: &Value) -> serde_json::Map<String, Value> {
    let mut state = state.as_object().unwrap().clone();
    state.remove("destinationStats");
    state
}
