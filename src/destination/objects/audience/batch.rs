//! Members that are sent together, with the last word on every identifier. Pure.
//!
//! Within a batch an identifier is either added to an audience or deleted from it, as its last record says: that
//! is what sending the records one by one would end in, and it lets both calls of a batch run side by side.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;
use std::sync::Arc;

use futures::future::{BoxFuture, FutureExt};

use super::known::{AudienceAt, Known};
use super::mapping;
use super::row::{Hash, Row};
use crate::config::destination::Operation;
use crate::destination::engines::waiting::BatchLimits;
use crate::destination::shell::bisect::named;
use crate::destination::shell::lane::{Batch, RecordRef};
use crate::destination::shell::outcome::Outcome;
use crate::destination::shell::posts::{Items, Posts};
use crate::destination::shell::send;
use crate::destination::shell::sending;
use crate::destination::shell::targets::Part;
use crate::error::{Error, Kind, Result};
use crate::membership::change::Change;
use crate::membership::{Fate, Ledger};
use crate::tiktok::endpoint::{Endpoint, SEGMENT_MAPPING};

/// The SHA-256 of “tiktok-ads: nobody”, which is no address, so no audience holds it.
pub(super) const NOBODY: [u8; 32] = [
    0xe1, 0xdb, 0xaa, 0xa0, 0xda, 0x78, 0x9e, 0x53, 0x49, 0x1b, 0x80, 0x35, 0x1a, 0x74, 0x82, 0x9c, 0x13, 0xfa, 0x82,
    0xcc, 0x1c, 0xd6, 0x54, 0x1c, 0xb8, 0x36, 0x48, 0xc2, 0x85, 0x20, 0x91, 0xa1,
];

/// Members of one call. TikTok names no limit [?]; peers send as many (docs/tiktok-api.md 5.1).
pub const ROWS_MAX: usize = 1_000;
/// Rows that one record can make: its second and third values of a type stand in rows of their own.
pub const ROWS_PER_RECORD_MAX: usize = 3;
/// Bytes of one call's rows, a cautious guess beforehand [?] (a peer stops at 1 MB, docs/tiktok-api.md 5.1).
pub(crate) const BYTES_MAX: usize = 1 << 20;
/// Bytes of a cell: a hash, an audience's id and what stands around them.
const CELL_BYTES: usize = 128;

/// Members of one advertiser that wait to be sent.
#[derive(Debug, Default)]
pub(crate) struct MemberBatch {
    pub rows: Vec<Row>,
    pub records: Vec<RecordRef>,
    /// Records whose word on an identifier a later record of the batch took over.
    superseded: Vec<(usize, MemberId)>,
    bytes: usize,
    /// What the ledger is told of records, by their place.
    pub changes: Vec<Told>,
    last_by_id: HashMap<MemberId, usize, Quick>,
}

/// What the ledger of an audience is told of a record.
#[derive(Debug, Clone)]
pub(crate) struct Told {
    pub record: usize,
    pub audience: AudienceAt,
    pub change: Change,
}

/// An identifier of an audience.
type MemberId = (AudienceAt, u8, Hash);

/// The keys are hashes already, so eight bytes of one are hash enough.
type Quick = std::hash::BuildHasherDefault<First>;

#[derive(Default)]
struct First(u64);

impl std::hash::Hasher for First {
    fn write(&mut self, bytes: &[u8]) {
        if let Some(first) = bytes.first_chunk::<8>() {
            self.0 ^= u64::from_le_bytes(*first);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = self.0.rotate_left(32) ^ u64::from(number);
    }

    fn write_u8(&mut self, number: u8) {
        self.0 = self.0.rotate_left(8) ^ u64::from(number);
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl MemberBatch {
    /// Takes in a record with the rows that it makes; their `record` is set here.
    pub(crate) fn push(&mut self, sender: RecordRef, rows: impl IntoIterator<Item = Row>) {
        let record = self.records.len();
        self.records.push(sender);
        for row in rows {
            let at = self.rows.len();
            for (kind, hash) in row.cells.iter().enumerate().filter_map(|(kind, cell)| Some((kind, (*cell)?))) {
                let key = (row.audience, u8::try_from(kind).unwrap_or(u8::MAX), hash);
                if let Some(before) = self.last_by_id.insert(key, at).filter(|before| *before != at) {
                    self.supersede(before, key);
                }
            }
            self.bytes += row.cells.iter().flatten().count() * CELL_BYTES;
            self.rows.push(Row { record, ..row });
        }
    }

    /// The same of a record that a ledger is told of; one that deletes waits for the ledger's settlement.
    pub(crate) fn tell(
        &mut self,
        sender: RecordRef,
        audience: AudienceAt,
        change: Change,
        rows: impl IntoIterator<Item = Row>,
    ) {
        self.changes.push(Told { record: self.records.len(), audience, change });
        self.push(sender, rows);
    }

    fn supersede(&mut self, row: usize, id: MemberId) {
        let Some(row) = self.rows.get_mut(row) else { return };
        if let Some(cell) = row.cells.get_mut(usize::from(id.1)) {
            *cell = None;
            self.superseded.push((row.record, id));
        }
    }

    /// Identifiers that a later record of the batch spoke of again.
    #[must_use]
    pub(crate) fn superseded(&self) -> u64 {
        self.superseded.len() as u64
    }

    /// Each superseded record with the one that had the last word.
    pub(crate) fn followers(&self) -> impl Iterator<Item = (usize, usize)> {
        let last = |id| self.last_by_id.get(id).and_then(|row| self.rows.get(*row)).map(|row| row.record);
        self.superseded.iter().filter_map(move |(record, id)| Some((*record, last(id)?)))
    }

    /// Whether it says of some identifier the opposite of `other`, so that they must not be on their way together.
    #[must_use]
    pub(crate) fn contradicts(&self, other: &Self) -> bool {
        let operation = |batch: &Self, at: &usize| batch.rows.get(*at).map(|row| row.operation);
        let deletes = |batch: &Self| batch.rows.iter().any(|row| row.operation == Operation::Delete);
        if !deletes(self) && !deletes(other) {
            return false;
        }
        let (few, many) = if self.last_by_id.len() < other.last_by_id.len() { (self, other) } else { (other, self) };
        few.last_by_id
            .iter()
            .any(|(key, at)| many.last_by_id.get(key).is_some_and(|there| operation(few, at) != operation(many, there)))
    }

    /// The rows of one operation that still say something.
    pub(crate) fn of(&self, operation: Operation) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.operation == operation && !row.is_empty())
    }
}

impl BatchLimits for MemberBatch {
    fn is_full(&self) -> bool {
        self.rows.len() + ROWS_PER_RECORD_MAX > ROWS_MAX || self.records.len() >= ROWS_MAX || self.bytes >= BYTES_MAX
    }

    fn records(&self) -> usize {
        self.records.len()
    }
}

/// A batch with where it goes.
pub(crate) struct Addressed {
    pub batch: MemberBatch,
    pub advertiser: String,
    /// The run's audiences, by their place.
    pub audiences: Arc<[Known]>,
    /// The ledgers of those that have one.
    pub ledgers: Arc<BTreeMap<AudienceAt, Arc<Ledger>>>,
}

impl Addressed {
    /// Writes down in each ledger what is about to be sent.
    async fn log(&self) -> Result<BTreeMap<AudienceAt, u64>> {
        let mut logs = BTreeMap::new();
        for (at, ledger) in self.ledgers.iter() {
            let changes: Vec<&Change> =
                self.batch.changes.iter().filter(|told| told.audience == *at).map(|told| &told.change).collect();
            if !changes.is_empty() {
                logs.insert(*at, ledger.log(changes.into_iter()).await?);
            }
        }
        Ok(logs)
    }

    /// Tells each ledger what became of it.
    async fn settle(&self, logs: &BTreeMap<AudienceAt, u64>, outcome: &Outcome) -> Result<()> {
        for (at, log) in logs {
            let Some(ledger) = self.ledgers.get(at) else { continue };
            let of = self.batch.changes.iter().filter(|told| told.audience == *at);
            let changes = of.map(|told| (told.change.clone(), self.fate(outcome, told.record))).collect();
            ledger.settled(*log, changes).await?;
        }
        Ok(())
    }

    /// Of a record with several rows TikTok may have taken some.
    fn fate(&self, outcome: &Outcome, record: usize) -> Fate {
        let rows = || self.batch.rows.iter().filter(|row| row.record == record).count();
        if outcome.failed.contains_key(&record) || outcome.undecided.contains_key(&record) {
            Fate::Unknown
        } else if outcome.refused.contains_key(&record) || outcome.rejected.contains_key(&record) {
            if rows() > 1 { Fate::Unknown } else { Fate::Refused }
        } else {
            Fate::Taken
        }
    }

    fn all_fail(&self, error: Error) -> Outcome {
        let error = Arc::new(error);
        let failed = (0..self.batch.records.len()).map(|record| (record, error.clone())).collect();
        Outcome { failed, ..Outcome::default() }
    }

    fn audience(&self, at: AudienceAt) -> Option<&Known> {
        self.audiences.get(usize::try_from(at).ok()?)
    }
}

impl Batch for Addressed {
    fn records(&self) -> &[RecordRef] {
        &self.batch.records
    }

    fn send<'a>(&'a self, post: &'a send::Post) -> BoxFuture<'a, Outcome> {
        async move {
            let logs = match self.log().await {
                Ok(logs) => logs,
                Err(error) => return self.all_fail(error),
            };
            let outcome = sending::send(post, self).await;
            match self.settle(&logs, &outcome).await {
                Ok(()) => outcome,
                Err(error) => self.all_fail(error),
            }
        }
        .boxed()
    }

    fn contradicts(&self, other: &Self) -> bool {
        self.batch.contradicts(&other.batch)
    }
}

impl Posts for Addressed {
    /// Deletes go first; no identifier is in both. Within a call the order of rows says nothing.
    fn posts(&self) -> Vec<Box<dyn Items + '_>> {
        let post = |operation| {
            let mut rows: Vec<&Row> = self.batch.of(operation).collect();
            rows.sort_by_key(|row| row.audience);
            Post { to: self, operation, rows }
        };
        let posts = [Operation::Delete, Operation::Add].map(post).into_iter();
        posts.filter(|post| !post.rows.is_empty()).map(|post| Box::new(post) as Box<dyn Items>).collect()
    }

    fn followers(&self) -> Vec<(usize, usize)> {
        self.batch.followers().collect()
    }
}

/// The rows of one operation.
struct Post<'a> {
    to: &'a Addressed,
    operation: Operation,
    rows: Vec<&'a Row>,
}

impl Items for Post<'_> {
    fn endpoint(&self) -> &'static Endpoint {
        &SEGMENT_MAPPING
    }

    fn count(&self) -> usize {
        self.rows.len()
    }

    fn body(&self, range: Range<usize>) -> Vec<u8> {
        let id = |at| self.to.audience(at).map_or("", |known| known.id.as_str());
        mapping::body(&self.to.advertiser, self.operation, self.rows.get(range).unwrap_or_default(), id)
    }

    fn record(&self, item: usize) -> usize {
        self.rows.get(item).map_or(usize::MAX, |row| row.record)
    }

    fn target(&self) -> &str {
        &self.to.advertiser
    }

    fn whole(&self) -> String {
        self.to.advertiser.clone()
    }

    fn part(&self, item: usize) -> Part {
        self.rows.get(item).map_or(Part::MAX, |row| row.audience)
    }

    fn tell_where(&self, error: Error) -> Error {
        error.with("advertiser_id", &self.to.advertiser)
    }

    /// A row holds hashes and nothing else, so a message about audiences or accounts is not about a row.
    fn is_about_target(&self, part: Part, message: &str) -> bool {
        let id = self.to.audience(part).map(|known| known.id.as_str());
        let speaks = |text: &str| {
            let lower = text.to_ascii_lowercase();
            lower.contains("audience") || lower.contains("advertiser") || id.is_some_and(|id| text.contains(id))
        };
        speaks(named(message).map_or(message, |(_, path)| path))
    }

    fn blame(&self, part: Option<Part>, error: Error) -> Error {
        let advertiser = &self.to.advertiser;
        if !matches!(
            error.kind(),
            Kind::Permission | Kind::Config | Kind::Gone | Kind::Request | Kind::Partial | Kind::TooLarge
        ) {
            return error;
        }
        let Some(known) = part.and_then(|part| self.to.audience(part)) else {
            return error.about(format!("Advertiser {advertiser} takes no members"));
        };
        let Known { name, id, .. } = known;
        let kind = if error.kind() == Kind::Request { Kind::Config } else { error.kind() };
        error
            .of(kind)
            .with("audience_id", id)
            .about(format!("The audience {name:?} ({id}) of advertiser {advertiser} takes no members"))
            .advise(
                "Look in Ads Manager whether it was deleted, has expired or is of another kind, and name another one if it was.",
            )
    }

    /// Deletes nobody: TikTok takes that of any audience that takes members [?].
    fn probe(&self, part: Part) -> Option<Vec<u8>> {
        let cells = [Some(Hash(NOBODY)), None, None, None, None, None];
        let nobody = Row { audience: part, operation: Operation::Delete, cells, record: 0 };
        let id = |at| self.to.audience(at).map_or("", |known| known.id.as_str());
        Some(mapping::body(&self.to.advertiser, Operation::Delete, &[&nobody], id))
    }

    fn known(&self) -> Vec<&str> {
        let audiences = self.to.audiences.iter().flat_map(|known| [known.id.as_str(), known.name.as_str()]);
        audiences.chain([self.to.advertiser.as_str()]).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;
    use crate::destination::shell::ledger::Ledger;

    fn row(operation: Operation, email: Option<u8>, phone: Option<u8>) -> Row {
        let cell = |id: Option<u8>| id.map(|id| Hash([id; 32]));
        Row { audience: 0, operation, cells: [cell(email), cell(phone), None, None, None, None], record: 0 }
    }

    fn sender() -> RecordRef {
        RecordRef { ticket: Ledger::<()>::default().receive(0, 1), key: None }
    }

    #[test]
    fn the_last_word_on_each_identifier_counts() {
        let mut batch = MemberBatch::default();
        batch.push(sender(), [row(Operation::Add, Some(1), Some(2))]);
        batch.push(sender(), [row(Operation::Delete, Some(1), None)]);
        batch.push(sender(), [row(Operation::Add, Some(3), None)]);
        batch.push(sender(), [row(Operation::Add, Some(3), None)]);
        let adds: Vec<_> =
            batch.of(Operation::Add).map(|row| (row.cells[0].is_some(), row.cells[1].is_some(), row.record)).collect();
        assert_eq!(adds, [(false, true, 0), (true, false, 3)]);
        assert_eq!(batch.of(Operation::Delete).count(), 1);
        assert_eq!(batch.superseded(), 2);
        assert_eq!(batch.followers().collect::<Vec<_>>(), [(0, 1), (2, 3)]);
    }

    #[test]
    fn whoever_was_silenced_follows_the_last_word_and_nobody_between() {
        let mut batch = MemberBatch::default();
        for operation in [Operation::Add, Operation::Delete, Operation::Add] {
            batch.push(sender(), [row(operation, Some(1), None)]);
        }
        assert_eq!(batch.followers().collect::<Vec<_>>(), [(0, 2), (1, 2)]);
    }

    #[test]
    fn a_full_flush_has_room_for_no_further_record() {
        let mut batch = MemberBatch::default();
        while !batch.is_full() {
            batch.push(sender(), vec![row(Operation::Add, Some(1), None); ROWS_PER_RECORD_MAX]);
        }
        assert!((ROWS_MAX - ROWS_PER_RECORD_MAX..=ROWS_MAX).contains(&batch.rows.len()));
    }

    #[test]
    fn only_opposites_contradict() {
        let batch = |rows: Vec<Row>| {
            let mut batch = MemberBatch::default();
            rows.into_iter().for_each(|row| batch.push(sender(), [row]));
            batch
        };
        let add = batch(vec![row(Operation::Add, Some(1), None)]);
        assert!(!add.contradicts(&batch(vec![row(Operation::Add, Some(1), None)])));
        assert!(!add.contradicts(&batch(vec![row(Operation::Delete, Some(2), None)])));
        assert!(add.contradicts(&batch(vec![row(Operation::Delete, Some(1), None)])));
        assert!(
            batch(vec![row(Operation::Delete, Some(1), None), row(Operation::Add, Some(9), None)]).contradicts(&add)
        );
    }

    proptest! {
        /// However records are cut into batches, the audience ends as if they had been sent one by one.
        #[test]
        fn an_audience_ends_as_its_records_say(
            records in prop::collection::vec((any::<bool>(), prop::option::of(0_u8..6), prop::option::of(0_u8..6)), 0..60),
            size in 1_usize..20,
        ) {
            let (mut one_by_one, mut by_batch) = (BTreeSet::new(), BTreeSet::new());
            for chunk in records.chunks(size) {
                let mut batch = MemberBatch::default();
                for (add, email, phone) in chunk {
                    let operation = if *add { Operation::Add } else { Operation::Delete };
                    for id in [email.map(|id| (0, id)), phone.map(|id| (1, id))].into_iter().flatten() {
                        if *add { one_by_one.insert(id); } else { one_by_one.remove(&id); }
                    }
                    batch.push(sender(), [row(operation, *email, *phone)]);
                }
                let ids = |operation| batch.of(operation).flat_map(|row| row.cells.iter().enumerate().filter_map(|(kind, cell)| Some((kind, (*cell)?.0[0]))).collect::<Vec<_>>()).collect::<BTreeSet<_>>();
                let (adds, deletes) = (ids(Operation::Add), ids(Operation::Delete));
                prop_assert!(adds.is_disjoint(&deletes));
                by_batch.extend(adds);
                by_batch.retain(|id| !deletes.contains(id));
            }
            prop_assert_eq!(by_batch, one_by_one);
        }
    }
}
