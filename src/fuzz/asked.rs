//! What a platform or a user asks with: states, catalogues, reports of one's own, and the lines of a destination's input.

use serde_json::{Value, json};

use super::is_json;
use crate::config::SourceConfig;
use crate::protocol::catalog;
use crate::protocol::input::{self, Line};
use crate::protocol::state;
use crate::protocol::state_book::StateBook;
use crate::source::plan::cursors::Cursors;
use crate::source::plan::query::{METRICS_MAX, metrics_of};
use crate::source::plan::withdrawn::Names;
use crate::source::plan::{self, offer, select};
use crate::streams::{self, Read};

const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

/// A state that is read and written again says the same.
pub(super) fn states(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(states) = state::parse(text) else { return };
    let kept = StateBook::of(&states).snapshot().text;
    assert_eq!(state::parse(&kept).expect("what is kept is a state"), states);
    for (name, state) in &states {
        let Some(form) = streams::find(name).and_then(|stream| plan::form(stream)) else { continue };
        let Ok(cursors) = Cursors::read(&form, Some(state)) else { continue };
        let written = cursors.to_json();
        let again = Cursors::read(&form, Some(&written)).expect("what is written is a state");
        assert_eq!(again.to_json(), written);
    }
}

/// A catalogue that is read and written again is the same, and what is chosen is what was asked for.
pub(super) fn catalogues(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(configured) = catalog::parse(text) else { return };
    let stream = |one: &catalog::ConfiguredStream| {
        let mode = if one.overwrites { "overwrite" } else { "append" };
        json!({"stream": {"name": one.name}, "sync_mode": one.sync_mode.as_str(), "destination_sync_mode": mode})
    };
    let written = json!({"streams": configured.iter().map(stream).collect::<Vec<_>>()}).to_string();
    assert_eq!(catalog::parse(&written).expect("what is written is a catalogue"), configured);
    if let Ok(chosen) = select::streams(&configured, &offer::default()) {
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let asked: Vec<&str> = configured.iter().map(|one| one.name.as_str()).collect();
        let chosen: Vec<&str> = chosen.iter().map(|stream| &*stream.name).collect();
        assert_eq!(names(&chosen), names(&asked));
    }
}

/// A report of one's own that is taken can be asked for, and its schema has its key and its metrics.
pub(super) fn custom_reports(bytes: &[u8]) {
    let Ok(report) = serde_json::from_slice::<Value>(bytes) else { return };
    let credentials = json!({"auth_type": "oauth2.0", "app_id": "a1", "secret": "s1", "access_token": TOKEN});
    let config = json!({"credentials": credentials, "custom_reports": [report]}).to_string();
    let all = SourceConfig::parse(&config).and_then(|config| offer::streams(&config));
    let all = match all {
        Ok(all) => all,
        Err(error) => {
            assert!(!error.message().is_empty() && !error.to_string().contains(TOKEN));
            return;
        }
    };
    let Some(stream) = all.iter().find(|stream| streams::find(&stream.name).is_none()) else {
        assert!(is_blank(&report), "only a form without a word is no report");
        return;
    };
    let Read::Report(own) = &stream.read else { panic!("it is a report") };
    let schema: Value = serde_json::from_str(&stream.schema()).expect("a schema is JSON");
    for name in stream.primary_key.iter().copied().chain(own.metrics().map(|metric| metric.name)) {
        assert!(schema["properties"][name].is_object(), "the schema has `{name}`");
    }
    for part in metrics_of(stream, 1, &Names::default()) {
        let names: Vec<String> = serde_json::from_str(&part).expect("metrics are a list");
        assert!(names.len() <= METRICS_MAX);
    }
}

/// A form that nobody filled in.
fn is_blank(report: &Value) -> bool {
    let says_nothing = |value: &Value| value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    says_nothing(report) || report.as_object().is_some_and(|fields| fields.values().all(says_nothing))
}

/// A line is what its JSON says; its data and a state's own fields stay as they came.
pub(super) fn lines(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for line in text.lines() {
        let whole = serde_json::from_str::<Value>(line).ok();
        match input::parse(line) {
            Line::Record { data, .. } => {
                assert!(is_json(line), "a record is JSON");
                if let Some(whole) = whole {
                    assert_eq!(serde_json::from_str::<Value>(data.get()).ok().as_ref(), Some(&whole["record"]["data"]));
                }
            }
            Line::State { state, .. } => {
                assert!(is_json(line), "a state is JSON");
                let echo = input::echo(state, 3, 1);
                assert!(std::str::from_utf8(&echo).is_ok_and(is_json), "an echo is JSON");
                if let Some(mut whole) = whole
                    && let Some(expected) = whole["state"].as_object_mut()
                {
                    let echo: Value = serde_json::from_slice(&echo).expect("its numbers are those of the line");
                    let stats = json!({"recordCount": 3.0, "rejectedRecordCount": 1.0});
                    expected.insert("destinationStats".to_owned(), stats);
                    assert_eq!(echo["state"].as_object(), Some(&*expected));
                }
            }
            Line::Blank => assert!(line.trim().is_empty()),
            Line::Noise | Line::Other | Line::Broken | Line::Ended { .. } => {}
        }
        if let Some(whole) = serde_json::from_str::<Value>(line).ok().filter(is_record) {
            // Written anew, no name comes twice.
            assert!(matches!(input::parse(&whole.to_string()), Line::Record { .. }), "no record is lost");
        }
    }
}

fn is_record(message: &Value) -> bool {
    let is_text = |value: &Value| value.is_null() || value.is_string();
    let record = &message["record"];
    message["type"] == "RECORD" && record["stream"].is_string() && record.is_object() && is_text(&record["namespace"])
}
