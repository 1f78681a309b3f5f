//! How any stream is read out of files: from a place on, each record once.

use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::super::emitter::Emitter;
use crate::clock::now_ms;
use crate::config::SourceConfig;
use crate::error::{Error, Kind, Result};
use crate::protocol::Output;
use crate::protocol::state::States;
use crate::source::plan::verdict::Failed;
use crate::streams::StreamDef;

/// A stream that waits for its mouth and for stdout.
pub(crate) type Opening = Box<dyn FnOnce(Emitter, Output) -> BoxFuture<'static, Option<Failed>> + Send>;

/// Files that a stream reads from a place on.
pub(super) trait Files: Sized + Send + Sync + 'static {
    /// How far a sync has read.
    type Places: Serialize + DeserializeOwned + Default + Send + Sync + 'static;
    /// What the files are: the key of the state.
    const KEY: &'static str;
    /// Why there is nothing to read, where nothing is set.
    const UNSET: &'static str;

    fn is_set(config: &SourceConfig) -> bool;

    /// Opens the files of the config; where none are set, the error says what to set.
    fn open(config: &SourceConfig) -> Result<Self>;

    /// Passes on what is there now.
    fn pass_on(&self, mouth: &Mouth, places: &mut Self::Places) -> impl Future<Output = Result<()>> + Send;

    /// Hears that what was passed on is on stdout.
    fn told(&self, places: &Self::Places) -> impl Future<Output = ()> + Send;
}

/// What a stream says through.
pub(super) struct Mouth {
    pub stream: Arc<str>,
    pub emitter: Emitter,
}

/// A RECORD message.
#[derive(Serialize)]
struct Line<'a, R> {
    r#type: &'static str,
    record: Record<'a, R>,
}

#[derive(Serialize)]
struct Record<'a, R> {
    stream: &'a str,
    data: &'a R,
    emitted_at: i64,
}

impl Mouth {
    pub(super) async fn records<R: Serialize + Sync>(&self, rows: &[R]) -> Result<()> {
        let mut lines = Vec::new();
        for row in rows {
            let record = Record { stream: &self.stream, data: row, emitted_at: now_ms() };
            serde_json::to_writer(&mut lines, &Line { r#type: "RECORD", record })
                .map_err(|error| Error::new(Kind::Unexpected, "A row of a file has no line").because(error))?;
            lines.push(b'\n');
        }
        self.emitter.records(lines, rows.len() as u64).await;
        Ok(())
    }
}

/// Opens a stream at the place where an earlier run ended. Where nothing is set, it is a mistake if nothing else is read;
/// beside others, as when everything was chosen, it is told.
pub(super) fn open<F: Files>(
    stream: &StreamDef,
    config: &SourceConfig,
    states: &States,
    is_alone: bool,
) -> Result<Opening> {
    let places: F::Places = match states.get(&*stream.name).and_then(|state| state.get(F::KEY)) {
        None | Some(Value::Null) => F::Places::default(),
        Some(places) => serde_json::from_value(places.clone()).map_err(|_| {
            Error::config(format!("The state of stream `{}` holds no place in the {}", stream.name, F::KEY))
                .advise("Pass the STATE of an earlier run unchanged, or leave it out to read from the start.")
        })?,
    };
    // Why they cannot be opened fails their own stream, no other.
    let files = (is_alone || F::is_set(config)).then(|| F::open(config));
    if files.is_none() {
        tracing::warn!("Stream `{}` has no records: {}", stream.name, F::UNSET);
    }
    let stream = stream.name.clone();
    Ok(Box::new(move |emitter, output| read(Mouth { stream, emitter }, files, places, output).boxed()))
}

/// Reads what is there now; what failed, if anything did.
async fn read<F: Files>(
    mouth: Mouth,
    files: Option<Result<F>>,
    mut places: F::Places,
    output: Output,
) -> Option<Failed> {
    let read = match files {
        None => Ok(None),
        Some(Ok(files)) => files.pass_on(&mouth, &mut places).await.map(|()| Some(files)),
        Some(Err(error)) => Err(error),
    };
    let Mouth { stream, emitter } = mouth;
    emitter.finish(&state::<F>(&places), read.is_ok());
    match read {
        Err(error) => Some(Failed { stream, errors: vec![error], partitions: 1 }),
        Ok(files) => {
            if let Some(files) = files
                && output.written().await
            {
                files.told(&places).await;
            }
            None
        }
    }
}

pub(super) fn state<F: Files>(places: &F::Places) -> Value {
    json!({F::KEY: places})
}
