//! Which streams a catalogue asks for. Pure.

use crate::error::{Error, Result};
use crate::protocol::catalog::{ConfiguredStream, SyncMode};
use crate::streams::{self, StreamDef};

/// How alike two names must be for one to be offered for the other.
const LIKENESS_MIN: f64 = 0.7;

/// The streams of a catalogue, in its order; what is not there or cannot be read that way is the user's to mend.
pub fn streams(configured: &[ConfiguredStream]) -> Result<Vec<&'static StreamDef>> {
    if configured.is_empty() {
        return Err(Error::config("The catalog asks for no stream")
            .advise("Put at least one stream of `discover` into `streams`."));
    }
    let mut chosen: Vec<&'static StreamDef> = Vec::with_capacity(configured.len());
    for one in configured {
        let stream = streams::find(&one.name).ok_or_else(|| unknown(&one.name))?;
        check_mode(one, stream)?;
        if chosen.iter().any(|other| other.name == stream.name) {
            return Err(Error::config(format!("The catalog asks for stream `{}` twice", one.name))
                .advise("Leave one of them out."));
        }
        chosen.push(stream);
    }
    Ok(chosen)
}

/// Incremental without a cursor would append the whole stream each time. PyAirbyte asks for it everywhere
/// (airbyte.md 6.2), but overwrites, and then reading whole is what is meant.
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

fn unknown(name: &str) -> Error {
    let likeness = |stream: &&StreamDef| strsim::jaro_winkler(name, stream.name);
    let nearest = streams::all().iter().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    let advice = match nearest.filter(|stream| likeness(stream) >= LIKENESS_MIN) {
        Some(stream) => format!("Did you mean `{}`? `tiktok-ads discover` lists all streams.", stream.name),
        None => "`tiktok-ads discover` lists all streams.".to_owned(),
    };
    Error::config(format!("There is no stream `{name}`")).advise(advice)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(names: &[(&str, SyncMode)]) -> Result<Vec<&'static str>> {
        let configured: Vec<_> = names
            .iter()
            .map(|(name, sync_mode)| ConfiguredStream {
                name: (*name).to_owned(),
                sync_mode: *sync_mode,
                overwrites: false,
            })
            .collect();
        Ok(streams(&configured)?.iter().map(|stream| stream.name).collect())
    }

    #[test]
    fn the_catalogues_order_is_kept() {
        assert_eq!(
            ask(&[("ads", SyncMode::Incremental), ("advertisers", SyncMode::FullRefresh)]).unwrap(),
            ["ads", "advertisers"]
        );
    }

    #[test]
    fn a_mode_that_a_stream_lacks_is_forgiven_where_all_is_replaced() {
        let one = ConfiguredStream { name: "advertisers".into(), sync_mode: SyncMode::Incremental, overwrites: true };
        assert_eq!(streams(&[one]).unwrap().len(), 1);
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
            told(&[("advertisers", SyncMode::Incremental)]),
            "Stream `advertisers` has no sync mode incremental. Choose full_refresh for it; it has no field that tells what is new."
        );
        assert_eq!(
            told(&[("ads", SyncMode::FullRefresh); 2]),
            "The catalog asks for stream `ads` twice. Leave one of them out."
        );
    }
}
