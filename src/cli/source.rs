//! The source's verbs.

use std::io::IsTerminal;
use std::path::Path;

use super::args::{Read, Source};
use super::{End, answer_check, client, print_spec, text};
use crate::config::{SourceConfig, spec};
use crate::error::Result;
use crate::protocol::{Message, Output, catalog, state};
use crate::source::{check, discover, offer, read, select};
use crate::tiktok::Client;

pub(super) async fn run(verb: Source, output: &Output) -> Result<End> {
    match verb {
        Source::Spec => print_spec(spec::SOURCE, output),
        Source::Check(files) => Ok(answer_check(check(&files.config).await, output)),
        Source::Discover(files) => discover(files.config.as_deref(), output),
        Source::Read(files) => read(&files, output).await,
    }
}

async fn check(config: &Path) -> Result<()> {
    let config = SourceConfig::parse(&text(config, "--config")?)?;
    offer::streams(&config)?;
    check::check(&client_of(&config)?.watched(), &config).await
}

fn discover(config: Option<&Path>, output: &Output) -> Result<End> {
    let offered = match config {
        Some(config) => offer::streams(&SourceConfig::parse(&text(config, "--config")?)?)?,
        None => offer::default(),
    };
    output.message(&Message::Catalog { catalog: &discover::catalog(&offered)? });
    Ok(End::Done)
}

async fn read(files: &Read, output: &Output) -> Result<End> {
    let config = SourceConfig::parse(&text(&files.config.config, "--config")?)?;
    let offered = offer::streams(&config)?;
    let streams = select::streams(&catalog::parse(&text(&files.catalog, "--catalog")?)?, &offered)?;
    let states = match &files.state {
        Some(path) => state::parse(&text(path, "--state")?)?,
        None => state::States::default(),
    };
    let run = read::Run::new(client_of(&config)?, config, output.clone());
    let outcome = read::read(run, streams, &states, std::io::stderr().is_terminal()).await?;
    Ok(if outcome.is_ok() { End::Done } else { End::Told })
}

fn client_of(config: &SourceConfig) -> Result<Client> {
    client(&config.credentials, config.requests_per_second, config.max_concurrent_requests)
}
