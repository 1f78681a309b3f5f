//! The destination's verbs.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use super::args::{DestinationVerb, WriteArgs};
use super::outputs::{self, flag};
use super::telling::Telling;
use super::{End, answer_check, connect, in_time, print_spec, text};
use crate::access::ASKING_TIME_MAX;
use crate::config::{DestinationConfig, spec};
use crate::destination::shell::rejects::Rejects;
use crate::destination::shell::results::Results;
use crate::destination::shell::send::Post;
use crate::destination::shell::write;
use crate::destination::{check, discover, lanes as opened, route};
use crate::error::{Error, Kind, Result};
use crate::progress::{Gauge, Progress};
use crate::protocol::{Message, Output, lines};
use crate::report::Notes;
use crate::report::summary::Role;
use crate::tiktok::Client;

pub(super) async fn run(verb: DestinationVerb, output: &Output, telling: &Telling) -> Result<End> {
    match verb {
        DestinationVerb::Spec => print_spec(spec::DESTINATION, output),
        DestinationVerb::Check(files) => Ok(answer_check(in_time(check(&files.config, output)).await, output)),
        DestinationVerb::Discover(files) => discover(&files.config, output).await,
        DestinationVerb::Write(files) => {
            check_outputs(&files)?;
            telling.begin(&files.told);
            write(&files, output, telling.notes()).await
        }
        // `main` runs it elsewhere, because it prints plain text.
        DestinationVerb::Audit(_) => Ok(End::Done),
    }
}

fn check_outputs(files: &WriteArgs) -> Result<()> {
    let written = [flag("--report", files.told.report.as_ref()), flag("--summary", files.told.summary.as_ref())];
    let read = [flag("--config", Some(&files.config.config)), flag("--catalog", Some(&files.catalog))];
    let given = |flags: [_; 2]| flags.into_iter().flatten().collect::<Vec<_>>();
    outputs::check(&given(written), &given(read))
}

fn connect(config: &DestinationConfig, given: &str, output: &Output) -> Result<Client> {
    output.redaction().add(config.object_storage_config.secrets());
    connect::role(config, given, output)
}

async fn check(config: &Path, output: &Output) -> Result<()> {
    let given = text(config, "--config")?;
    let config = connect::destination_config(&given)?;
    Rejects::open(&config, 0)?;
    let client = connect(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    check::check(&client, &config).await
}

async fn discover(config: &Path, output: &Output) -> Result<End> {
    let given = text(config, "--config")?;
    let config = connect::destination_config(&given)?;
    let client = connect(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    let catalog = discover::catalog(&client, &config).await?;
    output.message(&Message::DestinationCatalog { destination_catalog: &catalog });
    Ok(End::Done)
}

async fn write(files: &WriteArgs, output: &Output, notes: &Arc<Notes>) -> Result<End> {
    notes.is(Role::Destination, false);
    let given = text(&files.config.config, "--config")?;
    let config = connect::destination_config(&given)?;
    let catalog = text(&files.catalog, "--catalog")?;
    note_settings(notes, &config);
    let client = connect(&config, &given, output)?;
    let writing = Writing { config: &config, catalog: &catalog, client: &client, output, notes };
    let planned = || connect::destination_config(&given).map(|config| DestinationConfig { dry_run: true, ..config });
    let whole = match &config.ads.apply_plan {
        None => writing.write(lines::read(std::io::stdin())).await?,
        Some(plan) => writing.apply(plan, &planned()?).await?,
    };
    Ok(if whole { End::Done } else { End::Told })
}

/// One `write`, with what it works with.
struct Writing<'a> {
    config: &'a DestinationConfig,
    catalog: &'a str,
    client: &'a Client,
    output: &'a Output,
    notes: &'a Arc<Notes>,
}

impl Writing<'_> {
    async fn write(&self, chunks: write::Chunks) -> Result<bool> {
        let sync = route::sync_id(self.catalog);
        let rejects = Rejects::open(self.config, sync)?;
        self.run(self.config, rejects, Arc::new(Results::open(self.config, sync)?), chunks).await
    }

    async fn run(
        &self,
        config: &DestinationConfig,
        rejects: Rejects,
        results: Arc<Results>,
        chunks: write::Chunks,
    ) -> Result<bool> {
        let progress = Progress::new(std::iter::once("records".into()), std::io::stderr().is_terminal());
        let gauge = progress.gauge(0).unwrap_or_else(|| Arc::new(Gauge::new("records".into())));
        self.notes.is(Role::Destination, config.dry_run);
        self.notes.streams(progress.gauges());
        let run = write::Run {
            lanes: opened::open(config, route::routes(self.catalog, config)?)?,
            at_once: config.quota.at_once(),
            rejects,
            post: Post::new(self.client.clone(), gauge, config.dry_run, results),
            output: self.output.clone(),
            notes: self.notes.clone(),
        };
        write::write(run, chunks, &progress).await
    }

    /// Plans all of the input first, and writes it only if the plan is the one that was looked at.
    async fn apply(&self, wanted: &str, planned: &DestinationConfig) -> Result<bool> {
        let spool = spool(std::io::stdin())?;
        let again = || spool.reopen().map_err(|error| unspooled(&error));
        let plan = Arc::new(Results::open(self.config, route::sync_id(self.catalog))?);
        plan.hold();
        if !self.run(planned, Rejects::default(), plan.clone(), lines::read(again()?)).await? {
            return Ok(false);
        }
        let digest = plan.digest();
        if digest == wanted {
            return self.write(lines::read(again()?)).await;
        }
        plan.let_go().await?;
        Err(Error::config(format!(
            "The plan is another one now: its digest is {digest}, and `ads.apply_plan` is {wanted}"
        ))
        .advise(
            "Nothing was written. Look at the new plan in `result_records`, and set its digest if it is what you want.",
        ))
    }
}

/// What the page says of the settings; never a secret.
fn note_settings(notes: &Notes, config: &DestinationConfig) {
    let quota = &config.quota;
    notes.quota(quota.requests_per_second.get());
    notes.setting("Requests at once", quota.max_concurrent_requests.to_string());
}

/// The whole input in a file, to be read twice.
fn spool(mut input: impl std::io::Read) -> Result<tempfile::NamedTempFile> {
    let mut file = tempfile::NamedTempFile::new().map_err(|error| unspooled(&error))?;
    std::io::copy(&mut input, &mut file).map_err(|error| unspooled(&error))?;
    Ok(file)
}

fn unspooled(error: &std::io::Error) -> Error {
    Error::new(Kind::Local, format!("The input cannot be kept in a temporary file to be planned first: {error}"))
        .advise("Make room in the folder for temporary files (TMPDIR).")
}
