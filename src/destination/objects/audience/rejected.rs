//! Rows that are rejected: they change nothing of their members, whom a mirror must not take for gone.

use std::borrow::Cow;

use super::bound::Audience;
use super::mirror::Opening;
use super::wanted::{Says, Wanted};
use super::{Field, Members, Stream, identifiers};
use crate::destination::record::columns::{Given, Record};
use crate::destination::shell::lane::Intake;
use crate::identity::Rules;

impl Members {
    /// Tells the ledger whom a rejected row of a mirror names; a question, if the ledger is to be opened first. A row
    /// without an external id names nobody.
    pub(super) fn names(&self, stream: &Stream, record: &Record<'_>, opening: Opening) -> Option<Intake<Wanted>> {
        opening.generation.filter(|_| self.ledgers.place.is_some())?;
        let external_id = Field::ExternalId.of(record).and_then(Given::id)?;
        let advertiser = identifiers::advertiser(record, self.target.as_deref()).ok()?;
        let audience = identifiers::audience(record, &stream.bound).ok()?;
        match self.directory.get(advertiser, &audience) {
            Some(Err(_)) => return None,
            Some(Ok(at)) if self.directory.is_planned(at) => return None,
            Some(Ok(at)) => {
                if let Some(ledger) = self.ledgers.of(at, opening.route) {
                    ledger.names(Rules::member_key(ledger.salt(), &external_id)?);
                    return None;
                }
            }
            None if self.directory.is_absent(advertiser, &audience) => return None,
            None => {}
        }
        let is_stranger = self.target.as_deref() != Some(advertiser);
        let own = is_stranger || matches!(audience, Cow::Owned(Audience::Id(_)));
        let wanted = (advertiser.to_owned(), audience.into_owned());
        if self.failed.contains_key(&wanted) {
            return None;
        }
        let (advertiser, audience) = wanted;
        Some(Intake::Asks(Wanted { own, is_stranger, says: Says::Names, advertiser, audience, opening }))
    }
}
