//! What a run said.

use std::process::Output;

use serde_json::Value;

use super::{protocol, secrets};

/// The messages of a run, its exit code (none: killed by a signal) and what it said on stderr.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) messages: Vec<Value>,
    pub(crate) exit: Option<i32>,
    pub(crate) stderr: String,
}

impl Run {
    /// A process that ended by itself: everything on its stdout is checked.
    pub(crate) fn finished(output: Output, secrets: &[String]) -> Self {
        let run = Self::quiet(output, secrets);
        protocol::check_order(&run.messages);
        protocol::check_ends(&run.messages);
        run
    }

    /// Whole messages, and nothing told that must never be.
    pub(crate) fn quiet(output: Output, never: &[String]) -> Self {
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        secrets::assert_none_in_lines(&stdout, never);
        secrets::assert_none(&stderr, never);
        assert!(stdout.is_empty() || stdout.ends_with('\n'), "the last line has no end");
        Self { messages: protocol::messages(stdout.lines()), exit: output.status.code(), stderr }
    }

    /// The whole lines of a process that was stopped from outside.
    pub(crate) fn cut(lines: &[String]) -> Self {
        lines.iter().for_each(|line| secrets::assert_none_in_lines(line, &[]));
        let messages = protocol::messages(lines.iter().map(String::as_str));
        protocol::check_order(&messages);
        Self { messages, exit: None, stderr: String::new() }
    }

    /// Everything that was asked for was done.
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.exit, Some(0), "{:#?}\n{}", self.errors(), self.stderr);
        assert!(self.errors().is_empty(), "{:#?}", self.errors());
        assert_eq!(self.stderr, "", "stderr is quiet when it is no terminal");
        self
    }

    pub(crate) fn of_type<'r>(&'r self, kind: &'r str) -> impl Iterator<Item = &'r Value> {
        self.messages.iter().filter(move |message| message["type"] == kind)
    }

    /// `data` of a stream's records.
    pub(crate) fn records<'r>(&'r self, stream: &'r str) -> impl Iterator<Item = &'r Value> {
        let records = self.of_type("RECORD").filter(move |message| message["record"]["stream"] == stream);
        records.map(|message| &message["record"]["data"])
    }

    /// A stream's states, oldest first.
    pub(crate) fn states<'r>(&'r self, stream: &'r str) -> impl DoubleEndedIterator<Item = &'r Value> {
        let all = self.messages.iter().filter(|message| message["type"] == "STATE").map(|message| &message["state"]);
        all.filter(move |state| state["stream"]["stream_descriptor"]["name"] == stream)
    }

    /// What a platform hands to the next run: the last state of each stream that has one.
    pub(crate) fn state(&self) -> Value {
        let mut last: Vec<&Value> = Vec::new();
        for state in self.of_type("STATE").map(|message| &message["state"]) {
            let name = &state["stream"]["stream_descriptor"];
            last.retain(|other| other["stream"]["stream_descriptor"] != *name);
            last.push(state);
        }
        last.into_iter().cloned().collect()
    }

    /// `error` of the TRACE ERRORs.
    pub(crate) fn errors(&self) -> Vec<&Value> {
        let errors = self.of_type("TRACE").filter(|message| message["trace"]["type"] == "ERROR");
        errors.map(|message| &message["trace"]["error"]).collect()
    }

    /// The one error there is, as `failure_type: message`.
    pub(crate) fn error(&self) -> String {
        let [error] = self.errors()[..] else { panic!("one error is expected: {:#?}", self.errors()) };
        told(error)
    }

    /// The statuses of a stream without those that say "rate limited".
    pub(crate) fn statuses(&self, stream: &str) -> Vec<&str> {
        let all = self.of_type("TRACE").map(|message| &message["trace"]["stream_status"]);
        let own = all.filter(|status| status["stream_descriptor"]["name"] == stream && status["reasons"].is_null());
        own.filter_map(|status| status["status"].as_str()).collect()
    }

    /// LOG messages as `LEVEL message`.
    pub(crate) fn logs(&self) -> Vec<String> {
        let logs = self.of_type("LOG").map(|message| &message["log"]);
        logs.map(|log| format!("{} {}", log["level"].as_str().unwrap(), log["message"].as_str().unwrap())).collect()
    }

    /// The answer of `check`, as `STATUS: message`.
    pub(crate) fn connection_status(&self) -> String {
        let all: Vec<_> = self.of_type("CONNECTION_STATUS").map(|message| &message["connectionStatus"]).collect();
        let [one] = all[..] else { panic!("one answer is expected: {:#?}", self.messages) };
        let status = one["status"].as_str().unwrap();
        one["message"].as_str().map_or_else(|| status.to_owned(), |message| format!("{status}: {message}"))
    }
}

/// A TRACE ERROR as `failure_type: message`.
pub(crate) fn told(error: &Value) -> String {
    format!("{}: {}", error["failure_type"].as_str().unwrap(), error["message"].as_str().unwrap())
}
