//! The destination's verbs.

use std::io::IsTerminal;
use std::path::Path;
use std::sync::Arc;

use super::args::{DestinationVerb, WriteArgs};
use super::{End, answer_check, connect, in_time, print_spec, text};
use crate::access::ASKING_TIME_MAX;
use crate::config::{DestinationConfig, spec};
use crate::destination::objects::audience;
use crate::destination::record::country;
use crate::destination::shell::rejects::Rejects;
use crate::destination::shell::send::Post;
use crate::destination::shell::write;
use crate::destination::{check, discover, lanes as opened, route};
use crate::error::Result;
use crate::progress::{Gauge, Progress};
use crate::protocol::{Message, Output, lines};
use crate::tiktok::Client;

pub(super) async fn run(verb: DestinationVerb, output: &Output) -> Result<End> {
    match verb {
        DestinationVerb::Spec => print_spec(spec::DESTINATION, output),
        DestinationVerb::Check(files) => Ok(answer_check(in_time(check(&files.config, output)).await, output)),
        DestinationVerb::Discover(files) => discover(&files.config, output).await,
        DestinationVerb::Write(files) => write(&files, output).await,
    }
}

fn parse(given: &str) -> Result<DestinationConfig> {
    DestinationConfig::parse_with(given, &[country::country_faults, audience::name::faults])
}

fn connect(config: &DestinationConfig, given: &str, output: &Output) -> Result<Client> {
    output.redaction().add(config.object_storage_config.secrets());
    connect::role(config, given, output)
}

async fn check(config: &Path, output: &Output) -> Result<()> {
    let given = text(config, "--config")?;
    let config = parse(&given)?;
    Rejects::open(&config, 0)?;
    let client = connect(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    check::check(&client, &config).await
}

async fn discover(config: &Path, output: &Output) -> Result<End> {
    let given = text(config, "--config")?;
    let config = parse(&given)?;
    let client = connect(&config, &given, output)?.watched().within(ASKING_TIME_MAX);
    let catalog = discover::catalog(&client, &config).await?;
    output.message(&Message::DestinationCatalog { destination_catalog: &catalog });
    Ok(End::Done)
}

async fn write(files: &WriteArgs, output: &Output) -> Result<End> {
    let given = text(&files.config.config, "--config")?;
    let config = parse(&given)?;
    let catalog = text(&files.catalog, "--catalog")?;
    let progress = Progress::new(std::iter::once("records".into()), std::io::stderr().is_terminal());
    let gauge = progress.gauge(0).unwrap_or_else(|| Arc::new(Gauge::new("records".into())));
    let run = write::Run {
        lanes: opened::open(&config, route::routes(&catalog, &config)?)?,
        at_once: config.quota.at_once(),
        rejects: Rejects::open(&config, route::sync_id(&catalog))?,
        post: Post::new(connect(&config, &given, output)?, gauge, config.dry_run),
        output: output.clone(),
    };
    let whole = write::write(run, lines::read(std::io::stdin()), &progress).await?;
    Ok(if whole { End::Done } else { End::Told })
}
