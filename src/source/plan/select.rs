//! Which streams a catalogue asks for. Pure.

use std::sync::Arc;

use crate::error::{Error, Result};
use crate::protocol::catalog::{ConfiguredStream, SyncMode};
use crate::streams::{self, StreamDef};
use crate::words::nearest;

/// The streams of a catalogue, in its order; what is not `offered` or cannot be read that way is the user's to mend.
pub(crate) fn streams(configured: &[ConfiguredStream], offered: &[Arc<StreamDef>]) -> Result<Vec<Arc<StreamDef>>> {
    if configured.is_empty() {
        return Err(Error::config("The catalog asks for no stream")
            .advise("Put at least one stream of `discover` into `streams`."));
    }
    let mut chosen: Vec<Arc<StreamDef>> = Vec::with_capacity(configured.len());
    for one in configured {
        let stream = offered.iter().find(|stream| *stream.name == *one.name);
        let stream = stream.ok_or_else(|| unknown(&one.name, offered))?;
        check_mode(one, stream)?;
        if chosen.iter().any(|other| other.name == stream.name) {
            return Err(Error::config(format!("The catalog asks for stream `{}` twice", one.name))
                .advise("Leave one of them out."));
        }
        chosen.push(stream.clone());
    }
    Ok(chosen)
}

/// Incremental without a cursor would append the whole stream each time. PyAirbyte asks for it everywhere
///, but overwrites, and then reading whole is what is meant.
fn check_mode(one: &ConfiguredStream, stream: &StreamDef) -> Result<()> {
    if one.sync_mode == SyncMode::FullRefresh || stream.is_incremental() {
        return Ok(());
    }
    if one.overwrites {
        tracing::info!("Stream `{}` has no sync mode incremental; it is read whole", one.name);
        return Ok(());
    }
    Err(Error::config(format!("Stream `{}` has no sync mode incremental", one.name))
        .advise("Choose full_refresh for it; it has no field that tells what is new."))
}

fn unknown(name: &str, offered: &[Arc<StreamDef>]) -> Error {
    if *streams::leads().name == *name {
        return Error::config(format!("Stream `{name}` is off, for it holds what people answered to forms"))
            .advise("Set `leads.read` to true; answers are hashed unless `leads.plain` is true.");
    }
    if streams::find(name).is_some() {
        let (whose, other) = match streams::tables().iter().any(|table| *table.name == *name) {
            true => ("a table as Fivetran's connector has it", "fivetran"),
            false => ("a stream of this connector's own", "airbyte"),
        };
        return Error::config(format!("Stream `{name}` is {whose}, which `tables` leaves out"))
            .advise(format!("Set `tables` to \"{other}\" or \"both\"."));
    }
    let advice = match nearest(name, offered.iter().map(|stream| &*stream.name)) {
        Some(near) => format!("Did you mean `{near}`? `tiktok-ads discover` lists all streams."),
        None => "`tiktok-ads discover` lists all streams.".to_owned(),
    };
    Error::config(format!("There is no stream `{name}`")).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(names: &[(&str, SyncMode)]) -> Result<Vec<Arc<str>>> {
        let configured: Vec<_> = names
            .iter()
            .map(|(name, sync_mode)| ConfiguredStream {
                name: (*name).to_owned(),
                sync_mode: *sync_mode,
                overwrites: false,
            })
            .collect();
        Ok(super::streams(&configured, streams::all())?.iter().map(|stream| stream.name.clone()).collect())
    }

    #[test]
    fn the_catalogues_order_is_kept() {
        assert_eq!(
            ask(&[("ads", SyncMode::Incremental), ("advertisers", SyncMode::FullRefresh)]).unwrap(),
            ["ads".into(), "advertisers".into()]
        );
    }

    #[test]
    fn a_mode_that_a_stream_lacks_is_forgiven_where_all_is_replaced() {
        let one = ConfiguredStream { name: "advertisers".into(), sync_mode: SyncMode::Incremental, overwrites: true };
        assert_eq!(super::streams(&[one], streams::all()).unwrap().len(), 1);
    }

    #[test]
    fn each_fault_has_its_sentence() {
        let told = |names| ask(names).unwrap_err().to_string();
        assert_eq!(told(&[]), "The catalog asks for no stream. Put at least one stream of `discover` into `streams`.");
        assert_eq!(
            told(&[("campaign", SyncMode::FullRefresh)]),
            "There is no stream `campaign`. Did you mean `campaigns`? `tiktok-ads discover` lists all streams."
        );
        assert_eq!(
            told(&[("zzz", SyncMode::FullRefresh)]),
            "There is no stream `zzz`. `tiktok-ads discover` lists all streams."
        );
        assert_eq!(
            told(&[("campaign_history", SyncMode::FullRefresh)]),
            "Stream `campaign_history` is a table as Fivetran's connector has it, which `tables` leaves out. Set `tables` to \"fivetran\" or \"both\"."
        );
        assert_eq!(
            told(&[("advertisers", SyncMode::Incremental)]),
            "Stream `advertisers` has no sync mode incremental. Choose full_refresh for it; it has no field that tells what is new."
        );
        assert_eq!(
            told(&[("ads", SyncMode::FullRefresh); 2]),
            "The catalog asks for stream `ads` twice. Leave one of them out."
        );
    }
}
