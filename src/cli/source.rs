//! The source's verbs.

use std::io::IsTerminal;
use std::path::Path;

use super::args::{ReadArgs, SourceVerb};
use super::{End, answer_check, connect, in_time, print_spec, text};
use crate::access::ASKING_TIME_MAX;
use crate::config::{SourceConfig, spec};
use crate::error::Result;
use crate::protocol::{Message, Output, catalog, state};
use crate::source::plan::{offer, select};
use crate::source::{check, discover, read};

pub(super) async fn run(verb: SourceVerb, output: &Output) -> Result<End> {
    match verb {
        SourceVerb::Spec => print_spec(spec::SOURCE, output),
        SourceVerb::Check(files) => Ok(answer_check(Box::pin(in_time(check(&files.config, output))).await, output)),
        SourceVerb::Discover(files) => discover(files.config.as_deref(), output),
        SourceVerb::Read(files) => read(&files, output).await,
        // `main` runs it elsewhere, because it prints plain text.
        SourceVerb::Plan(_) => Ok(End::Done),
    }
}

async fn check(config: &Path, output: &Output) -> Result<()> {
    let given = text(config, "--config")?;
    let config = SourceConfig::parse(&given)?;
    offer::streams(&config)?;
    output.redaction().add(config.secrets());
    let client = connect::role(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    check::check(&client, &config).await
}

fn discover(config: Option<&Path>, output: &Output) -> Result<End> {
    let offered = match config {
        Some(config) => offer::shown(&SourceConfig::parse(&text(config, "--config")?)?)?,
        None => offer::default(),
    };
    output.message(&Message::Catalog { catalog: &discover::catalog(&offered)? });
    Ok(End::Done)
}

async fn read(files: &ReadArgs, output: &Output) -> Result<End> {
    let given = text(&files.config.config, "--config")?;
    let config = SourceConfig::parse(&given)?;
    let offered = offer::streams(&config)?;
    let streams = select::streams(&catalog::parse(&text(&files.catalog, "--catalog")?)?, &offered)?;
    let states = match &files.state {
        Some(path) => state::parse(&text(path, "--state")?)?,
        None => state::States::default(),
    };
    output.redaction().add(config.secrets());
    let run = read::Run::new(connect::role(&config, &given, output)?, config, output.clone());
    let outcome = read::read(run, streams, &states, std::io::stderr().is_terminal()).await?;
    Ok(if outcome.is_ok() { End::Done } else { End::Told })
}
