//! A member as the ledger keeps it: a key, and the hashed identifiers that were sent. Pure.
//!
//! ```text
//!   key 12 B │ head 1 B │ e-mails, phones 32 B each │ IDFA SHA-256, MD5 │ AAID SHA-256, MD5
//!   head: e-mails 2 bits, phones 2 bits, one bit for each kind of device id
//!   head 0: the long form, for what is in doubt or is more than that: count 1 B, then slot 1 B and hash 32 B each
//! ```

use std::hash::{Hash, Hasher};

use sha2::{Digest, Sha256};

/// Bytes of a key: of ten million members, two share one with a chance of 10⁻¹⁵.
pub(crate) const KEY_BYTES: usize = 12;
/// What the external id of a member becomes.
pub(crate) type Key = [u8; KEY_BYTES];

/// Bytes of a SHA-256.
const HASH_BYTES: usize = 32;
/// Bytes of an MD5, which fills the first half of a hash.
const MD5_BYTES: usize = 16;
/// Kinds of identifiers, in the order of the columns of `/segment/mapping/`.
const SLOTS: u8 = 6;
/// The most identifiers of a member: three rows of six. What is in doubt may hold those of several rows.
const IDS_MAX: usize = 255;
/// The first kind of device id: kinds before it may have three values.
const FIRST_DEVICE: u8 = 2;
const VALUES_MAX: u8 = 3;

/// A hashed identifier of one kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Id {
    pub slot: u8,
    pub hash: [u8; HASH_BYTES],
}

/// Eight bytes of a hash tell identifiers apart well enough.
impl Hash for Id {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.hash.first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes)));
    }
}

/// Bytes of a hash of a kind.
const fn width(slot: u8) -> usize {
    if slot == 3 || slot == 5 { MD5_BYTES } else { HASH_BYTES }
}

/// A member of an audience.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub key: Key,
    /// In order, each once.
    pub ids: Vec<Id>,
    /// Whether TikTok may lack some of them: a run ended before it heard.
    pub doubtful: bool,
}

/// The key of a member without an external id: whoever has just these identifiers.
#[must_use]
pub(crate) fn key_of(salt: &[u8], ids: &[Id]) -> Key {
    let mut sorted = ids.to_vec();
    order(&mut sorted);
    let mut digest = Sha256::new().chain_update(salt).chain_update([0]);
    for id in &sorted {
        digest.update([id.slot]);
        digest.update(id.hash);
    }
    digest.finalize().first_chunk().copied().unwrap_or_default()
}

/// Puts identifiers into the one order that they are compared in.
pub(crate) fn order(ids: &mut Vec<Id>) {
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(IDS_MAX);
}

impl Entry {
    /// Appends its bytes.
    pub(crate) fn write(&self, out: &mut Vec<u8>) {
        write(&self.key, &self.ids, self.doubtful, out);
    }

    /// Reads one from the front of some bytes, and gives how many it took. `None`: there is not a whole one.
    #[must_use]
    pub(crate) fn read(bytes: &[u8]) -> Option<(Self, usize)> {
        let (key, rest) = bytes.split_first_chunk::<KEY_BYTES>()?;
        let (head, rest) = rest.split_first()?;
        let mut ids = Vec::new();
        let before = rest.len();
        let rest = match *head {
            0 => long(rest, &mut ids)?,
            head => short(head, rest, &mut ids)?,
        };
        let taken = KEY_BYTES + 1 + before - rest.len();
        Some((Self { key: *key, ids, doubtful: *head == 0 }, taken))
    }
}

/// How many bytes the member at the front of some bytes has. `None`: there is not a whole one.
#[must_use]
pub(crate) fn length(bytes: &[u8]) -> Option<usize> {
    let head = *bytes.get(KEY_BYTES)?;
    let length = if head == 0 {
        let count = usize::from(*bytes.get(KEY_BYTES + 1)?);
        KEY_BYTES + 2 + count * (1 + HASH_BYTES)
    } else {
        let of_kind = |slot| values(head, slot) * width(slot);
        KEY_BYTES + 1 + (0..SLOTS).map(of_kind).sum::<usize>()
    };
    (length <= bytes.len()).then_some(length)
}

/// Where the head of the short form counts a kind, and up to how many.
const fn counter(slot: u8) -> (u8, u8) {
    if slot < FIRST_DEVICE { (2 * slot, VALUES_MAX) } else { (slot + 2, 1) }
}

/// How many identifiers of a kind the head of the short form tells.
fn values(head: u8, slot: u8) -> usize {
    let (shift, most) = counter(slot);
    usize::from((head >> shift) & most)
}

/// The head of the short form. `None`: it has no room for these identifiers.
fn head(ids: &[Id]) -> Option<u8> {
    let mut head = 0_u8;
    for Id { slot, .. } in ids {
        let (shift, most) = counter(*slot);
        if *slot >= SLOTS || (head >> shift) & most == most {
            return None;
        }
        head += 1 << shift;
    }
    (head > 0).then_some(head)
}

/// Appends the bytes of a member whose identifiers are in order.
pub(crate) fn write(key: &Key, ids: &[Id], doubtful: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(key);
    let Some(head) = head(ids).filter(|_| !doubtful) else {
        out.push(0);
        out.push(u8::try_from(ids.len()).unwrap_or(u8::MAX));
        for id in ids.iter().take(IDS_MAX) {
            out.push(id.slot);
            out.extend_from_slice(&id.hash);
        }
        return;
    };
    out.push(head);
    for id in ids {
        out.extend_from_slice(id.hash.get(..width(id.slot)).unwrap_or_default());
    }
}

fn short<'a>(head: u8, mut rest: &'a [u8], ids: &mut Vec<Id>) -> Option<&'a [u8]> {
    for slot in 0..SLOTS {
        for _ in 0..values(head, slot) {
            rest = one(slot, width(slot), rest, ids)?;
        }
    }
    Some(rest)
}

fn long<'a>(rest: &'a [u8], ids: &mut Vec<Id>) -> Option<&'a [u8]> {
    let (count, mut rest) = rest.split_first()?;
    for _ in 0..*count {
        let (slot, behind) = rest.split_first()?;
        rest = one(*slot, HASH_BYTES, behind, ids)?;
    }
    Some(rest)
}

fn one<'a>(slot: u8, width: usize, rest: &'a [u8], ids: &mut Vec<Id>) -> Option<&'a [u8]> {
    let (bytes, rest) = rest.split_at_checked(width)?;
    let mut hash = [0; HASH_BYTES];
    hash.get_mut(..width)?.copy_from_slice(bytes);
    ids.push(Id { slot, hash });
    Some(rest)
}

#[cfg(test)]
pub(crate) fn id(slot: u8, byte: u8) -> Id {
    let mut hash = [0; HASH_BYTES];
    hash[..width(slot)].fill(byte);
    Id { slot, hash }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(given in prop::collection::vec((0..SLOTS, any::<u8>()), 0..20), key: Key, doubtful: bool) {
            let mut ids: Vec<Id> = given.into_iter().map(|(slot, byte)| id(slot, byte)).collect();
            order(&mut ids);
            let mut bytes = Vec::new();
            write(&key, &ids, doubtful, &mut bytes);
            let length = bytes.len();
            bytes.extend([7; 3]);
            let (entry, taken) = Entry::read(&bytes).unwrap();
            prop_assert_eq!(taken, length);
            prop_assert_eq!(super::length(&bytes), Some(length));
            prop_assert_eq!(&entry.ids, &ids);
            prop_assert!(entry.doubtful || !doubtful);
            for cut in 0..length {
                prop_assert!(Entry::read(&bytes[..cut]).is_none() && super::length(&bytes[..cut]).is_none());
            }
        }
    }

    #[test]
    fn an_email_and_a_phone_take_less_than_eighty_bytes() {
        let mut bytes = Vec::new();
        write(&[1; KEY_BYTES], &[id(0, 1), id(1, 2)], false, &mut bytes);
        assert_eq!(bytes.len(), 77);
    }
}
