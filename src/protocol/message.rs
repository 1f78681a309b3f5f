//! The messages that a connector sends, as borrowed values that are only written.
//!
//! The mixed casing of the keys is Airbyte's. Every timestamp is epoch milliseconds.

use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::clock::now_ms;
use crate::error::{Error, Kind};

/// One line on stdout. `source::record` writes RECORD lines itself.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Message<'a> {
    Log {
        log: Log<'a>,
    },
    Spec {
        spec: &'a Value,
    },
    ConnectionStatus {
        #[serde(rename = "connectionStatus")]
        connection_status: ConnectionStatus<'a>,
    },
    Catalog {
        catalog: &'a RawValue,
    },
    DestinationCatalog {
        destination_catalog: &'a RawValue,
    },
    State {
        state: State<'a>,
    },
    Trace {
        trace: Trace<'a>,
    },
    Control {
        control: Control<'a>,
    },
}

#[derive(Debug, Serialize)]
pub(crate) struct Log<'a> {
    pub level: LogLevel,
    pub message: &'a str,
}

/// Airbyte's log levels, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum LogLevel {
    Fatal,
    Error,
    Warn,
    Info,
    Debug,
    Trace,
}

#[derive(Debug, Serialize)]
pub(crate) struct ConnectionStatus<'a> {
    pub status: CheckStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<&'a str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum CheckStatus {
    Succeeded,
    Failed,
}

/// A per-stream STATE. The platform wants a decimal point in counts, so they are `f64`.
#[derive(Debug, Serialize)]
pub(crate) struct State<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub stream: StreamState<'a>,
    #[serde(rename = "sourceStats")]
    pub source_stats: Stats,
}

#[derive(Debug, Serialize)]
pub(crate) struct StreamState<'a> {
    pub stream_descriptor: StreamDescriptor<'a>,
    pub stream_state: &'a Value,
}

#[derive(Debug, Serialize)]
pub(crate) struct StreamDescriptor<'a> {
    pub name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<&'a str>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Stats {
    #[serde(rename = "recordCount")]
    pub record_count: f64,
}

#[derive(Debug, Serialize)]
pub(crate) struct Trace<'a> {
    #[serde(rename = "type")]
    pub kind: TraceKind,
    pub emitted_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<TraceError<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_status: Option<StreamStatus<'a>>,
}

#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum TraceKind {
    Error,
    Estimate,
    StreamStatus,
}

#[derive(Debug, Serialize)]
pub(crate) struct TraceError<'a> {
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_message: Option<String>,
    pub failure_type: FailureType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stream_descriptor: Option<StreamDescriptor<'a>>,
}

/// Who must act. `config_error` stops the platform's retries, so only errors that a user must fix have it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[expect(clippy::enum_variant_names, reason = "Airbyte's words")]
pub(crate) enum FailureType {
    ConfigError,
    TransientError,
    SystemError,
}

impl From<Kind> for FailureType {
    fn from(kind: Kind) -> Self {
        match kind {
            kind if kind.is_users() => Self::ConfigError,
            kind if kind.is_temporary() => Self::TransientError,
            Kind::Drift => Self::TransientError,
            _ => Self::SystemError,
        }
    }
}

#[derive(Debug, Serialize)]
pub(crate) struct Estimate<'a> {
    pub name: &'a str,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub row_estimate: u64,
}

#[derive(Debug, Serialize)]
pub(crate) struct StreamStatus<'a> {
    pub stream_descriptor: StreamDescriptor<'a>,
    pub status: Status,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasons: Option<[Reason; 1]>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub(crate) enum Status {
    Started,
    Running,
    Complete,
    Incomplete,
}

/// The only reason that the protocol knows.
#[derive(Debug, Serialize)]
pub(crate) struct Reason {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub rate_limited: RateLimited,
}

#[derive(Debug, Serialize)]
pub(crate) struct RateLimited {
    pub quota_reset: i64,
}

/// The whole config, which replaces the stored one.
#[derive(Debug, Serialize)]
pub(crate) struct Control<'a> {
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub emitted_at: i64,
    #[serde(rename = "connectorConfig")]
    pub connector_config: ConnectorConfig<'a>,
}

#[derive(Debug, Serialize)]
pub(crate) struct ConnectorConfig<'a> {
    pub config: &'a Value,
}

/// A stream's name in the protocol's form. Our streams have no namespace.
#[must_use]
pub(crate) fn descriptor(name: &str) -> StreamDescriptor<'_> {
    StreamDescriptor { name, namespace: None }
}

impl<'a> Message<'a> {
    /// LOG.
    #[must_use]
    pub(crate) fn log(level: LogLevel, message: &'a str) -> Self {
        Self::Log { log: Log { level, message } }
    }

    /// CONNECTION_STATUS.
    #[must_use]
    pub(crate) fn connection_status(status: CheckStatus, message: Option<&'a str>) -> Self {
        Self::ConnectionStatus { connection_status: ConnectionStatus { status, message } }
    }

    /// STATE of one stream with the number of records since its last STATE.
    #[must_use]
    pub(crate) fn state(stream: &'a str, state: &'a Value, records: u64) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "the protocol counts in JSON numbers with a decimal point")]
        let record_count = records as f64;
        Self::State {
            state: State {
                kind: "STREAM",
                stream: StreamState { stream_descriptor: descriptor(stream), stream_state: state },
                source_stats: Stats { record_count },
            },
        }
    }

    /// TRACE ERROR. `stream` names the stream if the error concerns only one.
    #[must_use]
    pub(crate) fn error(error: &Error, stream: Option<StreamDescriptor<'a>>) -> Self {
        let details = error.details();
        Self::trace(TraceKind::Error, |trace| {
            trace.error = Some(TraceError {
                message: error.to_string(),
                internal_message: (!details.is_empty()).then_some(details),
                failure_type: error.kind().into(),
                stream_descriptor: stream,
            });
        })
    }

    /// TRACE ESTIMATE of a stream's rows.
    #[must_use]
    pub(crate) fn estimate(stream: &'a str, rows: u64) -> Self {
        Self::trace(TraceKind::Estimate, |trace| {
            trace.estimate = Some(Estimate { name: stream, kind: "STREAM", row_estimate: rows });
        })
    }

    /// TRACE STREAM_STATUS.
    #[must_use]
    pub(crate) fn stream_status(stream: &'a str, status: Status) -> Self {
        Self::status_with(stream, status, None)
    }

    /// TRACE STREAM_STATUS RUNNING with the reason RATE_LIMITED: the stream waits for quota until `quota_reset`.
    #[must_use]
    pub(crate) fn rate_limited(stream: &'a str, quota_reset: i64) -> Self {
        let reason = Reason { kind: "RATE_LIMITED", rate_limited: RateLimited { quota_reset } };
        Self::status_with(stream, Status::Running, Some([reason]))
    }

    /// CONTROL CONNECTOR_CONFIG: `config` must be complete.
    #[must_use]
    pub(crate) fn control(config: &'a Value) -> Self {
        Self::Control {
            control: Control {
                kind: "CONNECTOR_CONFIG",
                emitted_at: now_ms(),
                connector_config: ConnectorConfig { config },
            },
        }
    }

    fn status_with(stream: &'a str, status: Status, reasons: Option<[Reason; 1]>) -> Self {
        Self::trace(TraceKind::StreamStatus, |trace| {
            trace.stream_status = Some(StreamStatus { stream_descriptor: descriptor(stream), status, reasons });
        })
    }

    fn trace(kind: TraceKind, fill: impl FnOnce(&mut Trace<'a>)) -> Self {
        let mut trace = Trace { kind, emitted_at: now_ms(), error: None, estimate: None, stream_status: None };
        fill(&mut trace);
        Self::Trace { trace }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(message: &Message<'_>) -> Value {
        let mut value = serde_json::to_value(message).unwrap();
        if let Some(trace) = value.get_mut("trace") {
            trace["emitted_at"] = 0.into();
        }
        value
    }

    #[test]
    fn a_state_counts_with_a_decimal_point() {
        let state = serde_json::json!({"a": 1});
        let line = serde_json::to_string(&Message::state("ads", &state, 3)).unwrap();
        assert_eq!(
            line,
            r#"{"type":"STATE","state":{"type":"STREAM","stream":{"stream_descriptor":{"name":"ads"},"stream_state":{"a":1}},"sourceStats":{"recordCount":3.0}}}"#
        );
    }

    #[test]
    fn messages_look_as_the_protocol_wants() {
        let error = Error::new(Kind::Token, "Expired").coded(40102);
        insta::assert_json_snapshot!([
            json(&Message::log(LogLevel::Warn, "careful")),
            json(&Message::connection_status(CheckStatus::Failed, Some("no"))),
            json(&Message::error(&error, Some(descriptor("ads")))),
            json(&Message::estimate("ads", 7)),
            json(&Message::stream_status("ads", Status::Started)),
            json(&Message::rate_limited("ads", 5)),
        ]);
    }

    #[test]
    fn only_what_users_mend_stops_the_platforms_retries() {
        use crate::error::LimitScope;
        for kind in [Kind::Config, Kind::Token, Kind::Permission] {
            assert_eq!(FailureType::from(kind), FailureType::ConfigError);
        }
        for kind in [Kind::Throttled(LimitScope::App), Kind::Unavailable, Kind::Maintenance, Kind::Network, Kind::Drift]
        {
            assert_eq!(FailureType::from(kind), FailureType::TransientError);
        }
        for kind in [Kind::Request, Kind::TooLarge, Kind::Unexpected, Kind::Local] {
            assert_eq!(FailureType::from(kind), FailureType::SystemError);
        }
    }
}
