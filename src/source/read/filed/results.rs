//! The stream of what became of the destination's rows, out of its results and rejected rows.

use super::files::{Files, Mouth, state};
use crate::config::SourceConfig;
use crate::error::Result;
use crate::source::results;
use crate::words::counted;
use crate::written::{Places, Written};

impl Files for Written {
    type Places = Places;
    const KEY: &'static str = "results";
    const UNSET: &'static str = "`write_results.result_records` and `write_results.rejected_records` name no folder of the \
                                 destination, and `write_results.object_storage_config` no bucket";

    fn is_set(config: &SourceConfig) -> bool {
        config.write_results.is_set()
    }

    fn open(config: &SourceConfig) -> Result<Self> {
        Self::open(&config.write_results)
    }

    async fn pass_on(&self, mouth: &Mouth, places: &mut Places) -> Result<()> {
        for missing in self.missing() {
            tracing::warn!("Stream `{}`: {missing}", mouth.stream);
        }
        let mut reader = self.reader(places).await?;
        if self.missing().is_empty() && reader.files() == 0 {
            tracing::warn!("Stream `{}` has no records: {}", mouth.stream, results::EMPTY);
        }
        while let Some(rows) = reader.next(places).await? {
            mouth.records(&rows).await?;
            mouth.emitter.checkpoint(|| state::<Self>(places));
        }
        for fault in reader.faults() {
            tracing::warn!("Stream `{}`: {fault}", mouth.stream);
        }
        if reader.broken() > 0 {
            let lines = counted(reader.broken(), "line");
            tracing::warn!("Stream `{}` leaves out {lines} of no meaning: a crash left them", mouth.stream);
        }
        Ok(())
    }

    async fn told(&self, _: &Places) {}
}
