//! Who is in an audience: hashes by type of identifier, kept as raw bytes.

use std::collections::HashSet;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};

/// A column of `id_schema` (`docs/tiktok-api.md` 5.1), or of a file (5.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum IdType {
    IdfaMd5,
    AaidMd5,
    IdfaSha256,
    AaidSha256,
    EmailSha256,
    PhoneSha256,
    /// Of a file only, which has one column for the devices of both kinds.
    MaidSha256,
    /// The same.
    MaidMd5,
}

impl IdType {
    /// Those of `id_schema`.
    pub const ALL: [IdType; 6] = [
        IdType::IdfaMd5,
        IdType::AaidMd5,
        IdType::IdfaSha256,
        IdType::AaidSha256,
        IdType::EmailSha256,
        IdType::PhoneSha256,
    ];

    /// Those of files, too.
    pub(crate) const EVERY: [IdType; 8] = [
        IdType::IdfaMd5,
        IdType::AaidMd5,
        IdType::IdfaSha256,
        IdType::AaidSha256,
        IdType::EmailSha256,
        IdType::PhoneSha256,
        IdType::MaidSha256,
        IdType::MaidMd5,
    ];

    /// As `id_schema` names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            IdType::IdfaMd5 => "IDFA_MD5",
            IdType::AaidMd5 => "AAID_MD5",
            IdType::IdfaSha256 => "IDFA_SHA256",
            IdType::AaidSha256 => "AAID_SHA256",
            IdType::EmailSha256 => "EMAIL_SHA256",
            IdType::PhoneSha256 => "PHONE_SHA256",
            IdType::MaidSha256 => "MAID_SHA256",
            IdType::MaidMd5 => "MAID_MD5",
        }
    }

    /// The type of a name in any letter case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|id_type| id_type.name().eq_ignore_ascii_case(name))
    }

    pub(crate) fn is_md5(self) -> bool {
        matches!(self, IdType::IdfaMd5 | IdType::AaidMd5 | IdType::MaidMd5)
    }
}

/// A hash; an MD5 fills the first half.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Digest([u8; 32]);

const SHA256_DIGITS: usize = 64;
const MD5_DIGITS: usize = 32;

impl Digest {
    /// From the hex digits that a column of this type holds, in either case.
    pub(crate) fn of(id_type: IdType, hex: &str) -> Option<Self> {
        let digits = if id_type.is_md5() { MD5_DIGITS } else { SHA256_DIGITS };
        (hex.len() == digits).then(|| Self::parse(hex)).flatten()
    }

    /// From the hex digits of a SHA-256 or an MD5.
    pub(crate) fn parse(hex: &str) -> Option<Self> {
        if hex.len() != SHA256_DIGITS && hex.len() != MD5_DIGITS {
            return None;
        }
        let (pairs, _) = hex.as_bytes().as_chunks::<2>();
        let (mut bytes, mut wrong) = ([0; 32], 0);
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let (high, low) = (nibble(*high), nibble(*low));
            wrong |= (high | low) & 0xf0;
            *byte = (high << 4) | (low & 0x0f);
        }
        (wrong == 0).then_some(Self(bytes))
    }

    /// Lower-case hex, as long as the type wants it.
    pub(crate) fn hex(&self, id_type: IdType) -> String {
        let digits = if id_type.is_md5() { MD5_DIGITS } else { SHA256_DIGITS };
        let mut text = self.to_string();
        text.truncate(digits);
        text
    }
}

/// No table and no branch: hashes are random, so a predicted branch would be wrong often.
fn nibble(digit: u8) -> u8 {
    let (number, letter) = (digit.wrapping_sub(b'0'), (digit | 0x20).wrapping_sub(b'a'));
    if number < 10 {
        number
    } else if letter < 6 {
        letter + 10
    } else {
        0xff
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// Folds a hash into eight bytes; mixed, because a test's hashes may be small numbers.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Fold(u64);

impl Hasher for Fold {
    fn write(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks::<8>();
        self.0 = words.iter().fold(self.0, |hash, word| {
            (hash.rotate_left(5) ^ u64::from_le_bytes(*word)).wrapping_mul(0x9e37_79b9_7f4a_7c15)
        });
    }

    /// The length of the array, always the same.
    fn write_usize(&mut self, _: usize) {}

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 32)
    }
}

pub(crate) type Digests = HashSet<Digest, BuildHasherDefault<Fold>>;

/// A set of hashes for each type.
#[derive(Clone, Debug, Default)]
pub(crate) struct Members([Digests; 8]);

impl Members {
    pub(crate) fn of(&self, id_type: IdType) -> Option<&Digests> {
        self.0.get(id_type as usize)
    }

    pub(crate) fn count(&self, id_type: IdType) -> usize {
        self.of(id_type).map_or(0, HashSet::len)
    }

    pub(crate) fn put(&mut self, id_type: IdType, digest: Digest, there: bool) {
        let Some(set) = self.0.get_mut(id_type as usize) else {
            return;
        };
        if there {
            set.insert(digest);
        } else {
            set.remove(&digest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_hex_of_the_right_length() {
        let sha = "AB".repeat(32);
        let digest = Digest::of(IdType::EmailSha256, &sha).unwrap();
        assert_eq!(digest.hex(IdType::EmailSha256), "ab".repeat(32));
        assert_eq!(Some(digest), Digest::of(IdType::PhoneSha256, &"ab".repeat(32)));
        assert_eq!(Digest::of(IdType::IdfaMd5, &sha), None);
        let md5 = Digest::of(IdType::AaidMd5, "0123456789abcdefABCDEF9876543210").unwrap();
        assert_eq!(md5.hex(IdType::AaidMd5), "0123456789abcdefabcdef9876543210");
        for digit in ["g", "G", "/", ":", "@", "`", " ", "\u{1}"] {
            assert_eq!(Digest::parse(&format!("{digit}{}", "0".repeat(63))), None, "{digit:?}");
        }
        assert_eq!(Digest::parse(&"é".repeat(32)), None);
    }

    #[test]
    fn a_set_knows_no_twice() {
        let mut members = Members::default();
        let digests: Vec<_> = (0..1_000_u32).filter_map(|n| Digest::parse(&format!("{n:064x}"))).collect();
        for digest in digests.iter().chain(&digests) {
            members.put(IdType::EmailSha256, *digest, true);
        }
        assert_eq!((members.count(IdType::EmailSha256), members.count(IdType::PhoneSha256)), (1_000, 0));
        members.put(IdType::EmailSha256, digests[0], false);
        members.put(IdType::PhoneSha256, digests[0], false);
        assert_eq!(members.count(IdType::EmailSha256), 999);
    }
}
