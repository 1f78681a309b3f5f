//! A record made ready: whom it is about, where it goes and whether it adds or deletes. Pure.

use std::borrow::Cow;

use super::bound::{Audience, Bound};
use super::identifiers::{self, Identifiers};
use crate::config::destination::Operation;
use crate::destination::record::columns::Record;
use crate::destination::record::fault::Fault;
use crate::identity::Rules;

/// A record made ready.
pub(crate) struct Member<'a> {
    pub(crate) advertiser: &'a str,
    pub(crate) audience: Cow<'a, Audience>,
    pub(crate) operation: Operation,
    pub(crate) identifiers: Identifiers,
}

/// Makes a record ready; `target` is the advertiser of records that name none. `leaves_by_key`: a ledger can tell who is
/// to leave.
pub(crate) fn prepare<'a>(
    bound: &'a Bound,
    record: &'a Record<'_>,
    rules: &Rules,
    target: Option<&'a str>,
    leaves_by_key: bool,
) -> Result<Member<'a>, Fault> {
    let operation = identifiers::operation(record, bound)?;
    let advertiser = identifiers::advertiser(record, target)?;
    let audience = identifiers::audience(record, bound)?;
    let identifiers = Identifiers::read(record, rules);
    // Who is deleted by the external id needs no identifier where a ledger knows what was sent.
    if identifiers.is_empty() && !(leaves_by_key && operation == Operation::Delete) {
        Err(identifiers.fault())
    } else {
        Ok(Member { advertiser, audience, operation, identifiers })
    }
}
