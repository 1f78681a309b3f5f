//! `source plan`, for people: what a read would ask.

use std::sync::{Arc, Mutex};

use super::file::{ConfigFile, FileStore};
use crate::cli::args::PlanArgs;
use crate::cli::console::Console;
use crate::cli::{connect, state_place, text};
use crate::config::SourceConfig;
use crate::config::shard::INDEX_VARIABLE;
use crate::error::Result;
use crate::protocol::catalog;
use crate::source::plan::{offer, select};
use crate::source::read;
use crate::tiktok::token::TokenStore;

/// Prints what a read of the catalogue would ask, from the state on.
pub(super) async fn plan(args: &PlanArgs, console: &Console) -> Result<()> {
    let file = ConfigFile::existing(&args.read.config.config)?;
    let mut config = SourceConfig::parse(&file.text())?;
    config.settle_shard(std::env::var(INDEX_VARIABLE).ok().as_deref())?;
    console.redaction.add(config.secrets());
    let offered = offer::streams(&config)?;
    let configured = catalog::parse(&text(&args.read.catalog, "--catalog")?)?;
    let streams = select::streams(&configured, &offered)?;
    let (state, out) = (args.read.state.as_deref(), args.read.state_out.as_deref());
    let states = state_place::given(state, out, &config, &catalog::full_refreshes(&configured)).await?;
    let store: Arc<dyn TokenStore> = Arc::new(FileStore(Mutex::new(file)));
    let client = connect::client(&connect::Terms::from(&config), &store)?;
    let forecast = read::foresee(&client, &config, &streams, &states).await?;
    console.line(if args.json { forecast.json() } else { forecast.text().trim_end().to_owned() });
    Ok(())
}
