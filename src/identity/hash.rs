//! The only thing that leaves this room: a digest.

use sha2::Digest as _;

/// TikTok takes SHA-256 everywhere, and MD5 in the device slots (docs/tiktok-api.md 5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Algorithm {
    Sha256,
    Md5,
}

impl Algorithm {
    /// Bytes of a digest.
    pub(super) const fn width(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Md5 => 16,
        }
    }

    pub(super) fn digest(self, bytes: &[u8]) -> Hash {
        match self {
            Self::Sha256 => Hash::of_digest(&sha2::Sha256::digest(bytes)),
            Self::Md5 => Hash::of_digest(&md5::Md5::digest(bytes)),
        }
    }
}

/// A digest that is made with a salt.
pub(super) fn salted(salt: &[u8], bytes: &[u8]) -> [u8; 32] {
    sha2::Sha256::new().chain_update(salt).chain_update(bytes).finalize().into()
}

/// 32 bytes of a SHA-256, or an MD5 that fills the first half of them. A hash still stands for a person: `Debug` shows
/// its length only.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Hash {
    bytes: [u8; 32],
    len: u8,
}

impl Hash {
    /// `digest` has 16 or 32 bytes; what does not fit is left out, which cannot happen in this room.
    pub(super) fn of_digest(digest: &[u8]) -> Self {
        let (mut bytes, mut len) = ([0; 32], 0);
        for (byte, given) in bytes.iter_mut().zip(digest) {
            *byte = *given;
            len += 1;
        }
        Self { bytes, len }
    }

    /// 64 (SHA-256) or 32 (MD5) lower-case hexadecimal characters.
    pub fn hex(&self) -> String {
        const_hex::encode(self.bytes.get(..usize::from(self.len)).unwrap_or_default())
    }

    /// The bytes of the digest, and zeros behind those of an MD5.
    pub(crate) fn bytes(&self) -> [u8; 32] {
        self.bytes
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Hash({} bytes)", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_the_published_ones() {
        // docs/tiktok-api.md 5.3
        let sha256 = "848a771458438fc2ec420560d769fb9b9b86851ee338ec56517baabd79d3bb4f";
        assert_eq!(Algorithm::Sha256.digest(b"alice_abc@gmail.com").hex(), sha256);
        assert_eq!(Algorithm::Md5.digest(b"").hex(), "d41d8cd98f00b204e9800998ecf8427e");
    }

    #[test]
    fn a_hash_does_not_show_itself() {
        assert_eq!(format!("{:?}", Algorithm::Md5.digest(b"x")), "Hash(16 bytes)");
    }
}
