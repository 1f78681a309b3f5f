//! The ledger of audiences, for people: what differs from TikTok, and to forget somebody.

use std::io::Read;
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::file::{ConfigFile, FileStore};
use crate::cli::connect;
use crate::cli::console::Console;
use crate::config::DestinationConfig;
use crate::destination::objects::audience::people;
use crate::error::{Error, Kind, Result};
use crate::tiktok::Client;
use crate::tiktok::token::TokenStore;

/// The most bytes of ids on stdin.
const IDS_BYTES_MAX: u64 = 64 << 20;

fn open(path: &Path, console: &Console) -> Result<(DestinationConfig, Client)> {
    let file = ConfigFile::existing(path)?;
    let config = connect::destination_config(&file.text())?;
    console.redaction.add(config.credentials.secrets());
    console.redaction.add(config.object_storage_config.secrets());
    let store: Arc<dyn TokenStore> = Arc::new(FileStore(Mutex::new(file)));
    let client = connect::client(&connect::Terms::from(&config), &store)?;
    Ok((config, client))
}

/// Says per audience what differs, and what to do.
pub(super) async fn audit(path: &Path, console: &Console) -> Result<()> {
    let (config, client) = open(path, console)?;
    tell(&people::audit(&client, &config).await?, console)
}

/// Forgets those whose external ids are on stdin.
pub(super) async fn forget(path: &Path, console: &Console) -> Result<()> {
    let (config, client) = open(path, console)?;
    let mut ids = String::new();
    std::io::stdin().take(IDS_BYTES_MAX).read_to_string(&mut ids).map_err(|error| {
        Error::new(Kind::Local, format!("The ids on standard input cannot be read: {error}"))
            .advise("Write an external id a line, as UTF-8 text.")
    })?;
    tell(&people::forget(&client, &config, &ids).await?, console)
}

/// Prints what was done; what failed was told among it.
fn tell(said: &people::Said, console: &Console) -> Result<()> {
    console.line(said.text.trim_end());
    if said.failed {
        return Err(Error::new(Kind::Local, "Not every audience of the ledger could be worked on")
            .advise("What is wrong with each stands above; the others are done."));
    }
    Ok(())
}
