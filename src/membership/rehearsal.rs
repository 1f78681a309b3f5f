//! What a dry run finds at the end of a generation: who would leave, though nothing is sent and nothing written.

use super::Ledger;
use super::entry::Entry;
use super::files::Cursor;
use super::names::PART;
use super::settlement::Survey;
use crate::error::Result;
use crate::lock::lock;

impl Ledger {
    /// Counts whom the generation named and whom it did not. Whoever rows changed or deleted counts as named.
    pub(crate) async fn rehearse(&self) -> Result<Survey> {
        let (mut said, seen, manifest) = {
            let state = &mut *lock(&self.state);
            let said = std::mem::take(&mut state.rehearsed);
            (said, std::mem::take(&mut state.known).into_seen(), state.manifest.clone())
        };
        said.sort_unstable();
        let mut survey = Survey { before: manifest.members, ..Survey::default() };
        let mut place = 0;
        for name in manifest.segments {
            let mut cursor = Cursor::new(name, PART);
            while let Some(entry) = cursor.next::<Entry>(&self.store).await? {
                let bit = seen.get(place / 64).copied().unwrap_or_default() >> (place % 64);
                place += 1;
                let is_named = bit & 1 == 1 || said.binary_search(&entry.key).is_ok();
                survey.named += u64::from(is_named);
                survey.unnamed += u64::from(!is_named);
            }
        }
        Ok(survey)
    }
}
