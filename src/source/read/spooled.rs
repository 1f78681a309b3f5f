//! The stream of call-backs: out of the spool, without TikTok.

use std::sync::Arc;

use serde::Serialize;
use serde_json::{Value, json};

use super::emitter::Emitter;
use crate::clock::now_ms;
use crate::config::SourceConfig;
use crate::error::{Error, Kind, Result};
use crate::protocol::Output;
use crate::protocol::state::States;
use crate::source::plan::verdict::Failed;
use crate::streams::StreamDef;
use crate::webhook::notice::{self, EventRow};
use crate::webhook::spool::{Places, Spool};

/// The key of its state.
const PLACES: &str = "spool";

/// A spool that will be read from a place on.
pub(super) struct Spooled {
    stream: Arc<str>,
    /// None where none is set. Why it cannot be read fails its own stream, no other.
    spool: Option<Result<Spool>>,
    from: Places,
}

/// A RECORD message.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    record: Record<'a>,
}

#[derive(Serialize)]
struct Record<'a> {
    stream: &'a str,
    data: &'a EventRow,
    emitted_at: i64,
}

impl Spooled {
    /// Opens the spool of the config; the place where an earlier run ended comes from its state.
    /// Without a spool a run of this stream alone is a mistake; beside others, as when everything was chosen, it is told.
    pub(super) fn open(stream: &StreamDef, config: &SourceConfig, states: &States, is_alone: bool) -> Result<Self> {
        let from = match states.get(&*stream.name).and_then(|state| state.get(PLACES)) {
            None | Some(Value::Null) => Places::new(),
            Some(places) => serde_json::from_value(places.clone()).map_err(|_| {
                Error::config(format!("The state of stream `{}` holds no place in the spool", stream.name))
                    .advise("Pass the STATE of an earlier run unchanged, or leave it out to read from the start.")
            })?,
        };
        let spool = (is_alone || config.webhooks.has_spool()).then(|| Spool::open(&config.webhooks));
        if spool.is_none() {
            tracing::warn!(
                "Stream `{}` has no records: `webhooks.spool` names no folder that `tiktok-ads webhook serve` keeps call-backs \
                 in, and `webhooks.object_storage_config` no bucket",
                stream.name
            );
        }
        Ok(Self { stream: stream.name.clone(), spool, from })
    }

    /// Reads what is there now; what failed, if anything did.
    pub(super) async fn read(self, emitter: Emitter, output: Output) -> Option<Failed> {
        let Self { stream, spool, from: mut places } = self;
        let read = match spool {
            None => {
                emitter.finish(&state(&places), true);
                return None;
            }
            Some(Ok(spool)) => pass_on(&stream, &spool, &emitter, &mut places).await.map(|()| spool),
            Some(Err(error)) => Err(error),
        };
        emitter.finish(&state(&places), read.is_ok());
        match read {
            Err(error) => Some(Failed { stream, errors: vec![error], partitions: 1 }),
            Ok(spool) => {
                mark_read(&spool, &places, &output).await;
                None
            }
        }
    }
}

/// What a sync has passed on may be taken away once it is old.
async fn mark_read(spool: &Spool, places: &Places, output: &Output) {
    if output.written().await
        && let Err(error) = spool.mark_read(places).await
    {
        tracing::info!("`tiktok-ads webhook prune` does not learn what was read: {error}");
    }
}

async fn pass_on(stream: &str, spool: &Spool, emitter: &Emitter, places: &mut Places) -> Result<()> {
    let mut reader = spool.reader(places.clone()).await?;
    reader.remember().await?;
    while let Some(notices) = reader.next().await? {
        let rows: Vec<EventRow> = notices.iter().flat_map(notice::rows).collect();
        let mut lines = Vec::new();
        for row in &rows {
            line(stream, row, &mut lines)?;
        }
        emitter.records(lines, rows.len() as u64).await;
        reader.places().clone_into(places);
        emitter.checkpoint(|| state(places));
    }
    reader.places().clone_into(places);
    if reader.broken() > 0 {
        tracing::warn!(
            "The spool has {} that a crash left broken; nobody was told that they are stored",
            crate::words::counted(reader.broken(), "line")
        );
    }
    Ok(())
}

fn line(stream: &str, row: &EventRow, lines: &mut Vec<u8>) -> Result<()> {
    let record = Record { stream, data: row, emitted_at: now_ms() };
    serde_json::to_writer(&mut *lines, &Line { r#type: "RECORD", record })
        .map_err(|error| Error::new(Kind::Unexpected, "A notice has no line").because(error))?;
    lines.push(b'\n');
    Ok(())
}
fn state(places: &Places) -> Value {
    json!({PLACES: places})
}
