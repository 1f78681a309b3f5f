//! Advertising ids of devices: UUIDs with dashes.

use super::hash::{Algorithm, Hash};
use super::prehashed;
use super::reject::Reject;
use super::text::Normal;

const ZERO: &str = "00000000-0000-0000-0000-000000000000";

/// The lower-case form of a trimmed id, which is the one that is hashed (docs/tiktok-api.md 5.3).
pub(super) fn normalise(id: &str) -> Result<Normal, Reject> {
    if id.is_empty() {
        return Err(Reject::Empty);
    }
    if is_zero(id) {
        return Err(Reject::ZeroAdvertisingId);
    }
    let mut lower = Normal::copy(id).filter(|_| is_uuid(id)).ok_or(Reject::InvalidAdvertisingId)?;
    lower.make_ascii_lowercase();
    Ok(lower)
}

/// Plain or already hashed, into a slot of `algorithm`.
pub(super) fn hash(id: &str, algorithm: Algorithm) -> Result<Hash, Reject> {
    match prehashed::find(id) {
        Some(found) if found.form == prehashed::Form::Hex && found.is(Algorithm::Md5) && lacks_dashes(id) => {
            Err(if is_zero(id) { Reject::ZeroAdvertisingId } else { Reject::InvalidAdvertisingId })
        }
        Some(found) => found.accept(algorithm),
        None => normalise(id).map(|normal| algorithm.digest(normal.as_bytes())),
    }
}

fn is_zero(id: &str) -> bool {
    id == ZERO || (id.len() == 32 && id.bytes().all(|byte| byte == b'0'))
}

/// 8-4-4-4-12.
fn is_uuid(id: &str) -> bool {
    id.len() == ZERO.len()
        && id
            .bytes()
            .zip(ZERO.bytes())
            .all(|(byte, shape)| if shape == b'-' { byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// A UUID that lost its dashes looks like an MD5, but carries the marks of version 1 or 4, which devices use, and
/// of its variant. One MD5 in 32 looks the same; refusing those is better than to send ids that match nobody, and a
/// field that promises an MD5 (`idfa_md5`) is not asked.
fn lacks_dashes(id: &str) -> bool {
    let at = |place| id.as_bytes().get(place).copied().unwrap_or_default();
    is_zero(id) || (matches!(at(12), b'1' | b'4') && matches!(at(16), b'8' | b'9' | b'a' | b'b' | b'A' | b'B'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DB";

    #[test]
    fn ids_are_hashed_in_lower_case() {
        let hash = hash(ID, Algorithm::Sha256).unwrap();
        assert_eq!(hash.hex(), "08f1f8e9e433f685c514154e1a5b0dfe1885c6f140a7e3eff08a037bda13dcc1");
        assert_eq!(normalise(ID).ok().unwrap().as_str(), ID.to_lowercase());
    }

    #[test]
    fn what_is_no_id_is_refused() {
        for (id, why) in [
            ("", Reject::Empty),
            (ZERO, Reject::ZeroAdvertisingId),
            ("00000000000000000000000000000000", Reject::ZeroAdvertisingId),
            ("7a3cbea0bdf511e48dfcaa07a5b093db", Reject::InvalidAdvertisingId),
            ("{7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DB}", Reject::InvalidAdvertisingId),
            ("7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093D", Reject::InvalidAdvertisingId),
            ("7A3CBEA0-BDF5-11E4-8DFC-AA07A5B093DG", Reject::InvalidAdvertisingId),
            ("7A3CBEA0-BDF5-11E4-8DFCA-A07A5B093DB", Reject::InvalidAdvertisingId),
            ("NULL", Reject::InvalidAdvertisingId),
            ("4242", Reject::InvalidAdvertisingId),
            ("0850a4cffb73cbc53fd33e8990c2184c915ff041", Reject::WrongHashAlgorithm),
            ("d41d8cd98f00b204e9800998ecf8427e", Reject::HashOfPlaceholder),
        ] {
            assert_eq!(hash(id, Algorithm::Md5), Err(why), "{id}");
        }
    }

    #[test]
    fn a_hash_of_the_other_algorithm_is_refused() {
        let md5 = "e0325b8b05ba7d9db78391834c48cec0";
        assert_eq!(hash(md5, Algorithm::Md5).unwrap().hex(), md5);
        assert_eq!(hash(md5, Algorithm::Sha256), Err(Reject::WrongHashAlgorithm));
    }
}
