//! The source's verbs.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use super::args::{ReadArgs, ReadRunArgs, SourceVerb};
use super::outputs::{self, flag};
use super::state_keeper::Keeping;
use super::state_place::{self, StatePlace};
use super::{Around, End, answer_check, connect, in_time, print_spec, text};
use crate::access::ASKING_TIME_MAX;
use crate::config::shard::INDEX_VARIABLE;
use crate::config::{SourceConfig, spec};
use crate::error::Result;
use crate::protocol::state_book::StateBook;
use crate::protocol::{Message, Output, catalog};
use crate::report::Notes;
use crate::report::summary::Role;
use crate::source::plan::{offer, select};
use crate::source::{check, discover, read};
use crate::words::counted;

pub(super) async fn run(verb: SourceVerb, output: &Output, around: &Around) -> Result<End> {
    match verb {
        SourceVerb::Spec => print_spec(spec::SOURCE, output),
        SourceVerb::Check(files) => Ok(answer_check(Box::pin(in_time(check(&files.config, output))).await, output)),
        SourceVerb::Discover(files) => discover(files.config.as_deref(), output),
        SourceVerb::Read(run) => {
            check_outputs(&run)?;
            around.telling.begin(&run.told);
            read(&run.read, output, around).await
        }
        // `main` runs them elsewhere, because they print plain text.
        SourceVerb::Plan(_) | SourceVerb::Audit(_) => Ok(End::Done),
    }
}

fn check_outputs(run: &ReadRunArgs) -> Result<()> {
    let (files, told) = (&run.read, &run.told);
    let written = [
        flag("--state-out", files.state_out.as_ref()),
        flag("--report", told.report.as_ref()),
        flag("--summary", told.summary.as_ref()),
    ];
    let read = [
        flag("--config", Some(&files.config.config)),
        flag("--catalog", Some(&files.catalog)),
        flag("--state", files.state.as_ref()),
    ];
    let given = |flags: [_; 3]| flags.into_iter().flatten().collect::<Vec<_>>();
    outputs::check(&given(written), &given(read))
}

async fn check(config: &Path, output: &Output) -> Result<()> {
    let given = text(config, "--config")?;
    let mut config = SourceConfig::parse(&given)?;
    offer::streams(&config)?;
    settle_shard(&mut config)?;
    output.redaction().add(config.secrets());
    let client = connect::role(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    check::check(&client, &config).await
}

/// Keeps the states of the run in the place that `--state-out` names, once it is sure that this can be done.
async fn keep(out: &Path, config: &SourceConfig, book: StateBook, output: &Output, keeping: &Keeping) -> Result<()> {
    let (book, shard) = (Arc::new(book), config.shard().index);
    let place = StatePlace::open(out, "--state-out", config)?;
    place.try_out(shard, book.snapshot().text).await?;
    keeping.begin(place, shard, output, book);
    Ok(())
}

/// Asks config and environment which shard this run is.
fn settle_shard(config: &mut SourceConfig) -> Result<()> {
    config.settle_shard(std::env::var(INDEX_VARIABLE).ok().as_deref()).map(drop)
}

fn discover(config: Option<&Path>, output: &Output) -> Result<End> {
    let offered = match config {
        Some(config) => offer::shown(&SourceConfig::parse(&text(config, "--config")?)?)?,
        None => offer::default(),
    };
    output.message(&Message::Catalog { catalog: &discover::catalog(&offered)? });
    Ok(End::Done)
}

async fn read(files: &ReadArgs, output: &Output, around: &Around) -> Result<End> {
    let notes = around.telling.notes();
    notes.is(Role::Source, false);
    let given = text(&files.config.config, "--config")?;
    let mut config = SourceConfig::parse(&given)?;
    settle_shard(&mut config)?;
    let offered = offer::streams(&config)?;
    note_settings(notes, &config);
    let configured = catalog::parse(&text(&files.catalog, "--catalog")?)?;
    let streams = select::streams(&configured, &offered)?;
    output.redaction().add(config.secrets());
    let (state, out) = (files.state.as_deref(), files.state_out.as_deref());
    if let Some(out) = out {
        state_place::check(out, &config)?;
    }
    let whole = catalog::full_refreshes(&configured);
    let states = state_place::given(state, out, &config, &whole).await?;
    let client = connect::role(&config, &given, output)?;
    if let Some(out) = out {
        let book = StateBook::of(&states).dropping(whole);
        keep(out, &config, book, output, &around.keeping).await?;
    }
    let run = read::Run::new(client, config, output.clone()).noted_in(notes.clone());
    let outcome = read::read(run, streams, &states, std::io::stderr().is_terminal()).await?;
    Ok(if outcome.is_ok() { End::Done } else { End::Told })
}

/// What the page says of the settings; never a secret.
fn note_settings(notes: &Notes, config: &SourceConfig) {
    let quota = &config.quota;
    notes.quota(quota.requests_per_second.get());
    notes.setting("Requests at once", quota.max_concurrent_requests.to_string());
    notes.setting("Start date", config.start_date.to_string());
    if let Some(end) = config.end_date {
        notes.setting("End date", end.to_string());
    }
    notes.setting("Attribution window", counted(config.attribution_window, "day"));
    let shard = config.shard();
    if shard.is_part() {
        notes.setting("Shard", format!("{} of {}", shard.index + 1, shard.count));
    }
}
