//! Which shard an advertiser falls to. Pure.
//!
//! Rendezvous hashing: of all shards the one whose hash with the advertiser's id is the highest. One more shard takes its
//! share from all others alike, 1/n of the advertisers in all, and no advertiser moves between the old ones.
//!
//! The hash never changes between versions, since states are kept by shard: it is the first eight bytes of SHA-256 of
//! `{shard} {advertiser id}`, both in decimal digits, as a big-endian number. Of two that are alike the lower shard wins.

use std::cmp::Reverse;

use sha2::{Digest, Sha256};

use crate::config::shard::Shard;

/// Whether this shard reads an advertiser.
#[must_use]
pub(crate) fn reads(shard: Shard, advertiser: &str) -> bool {
    !shard.is_part() || of(advertiser, shard.count) == shard.index
}

/// The shard of so many that reads an advertiser.
#[must_use]
fn of(advertiser: &str, count: u32) -> u32 {
    (0..count).max_by_key(|shard| (weight(*shard, advertiser), Reverse(*shard))).unwrap_or_default()
}

fn weight(shard: u32, advertiser: &str) -> u64 {
    let digest = Sha256::digest(format!("{shard} {advertiser}"));
    digest.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Known values, from another program.
    const WEIGHTS: [(u32, &str, u64); 4] = [
        (0, "7011111111111111111", 0x3093_e0eb_ffc1_5061),
        (1, "7011111111111111111", 0xe4f0_2530_ae78_de3e),
        (2, "1", 0xe57a_cc10_f53c_55bd),
        (999, "18446744073709551615", 0xa8e5_cd60_2d36_e7e9),
    ];
    const SHARDS_OF_FOUR: [u32; 12] = [1, 1, 3, 0, 2, 1, 0, 2, 2, 0, 2, 2];

    /// Ids as TikTok gives them.
    fn ids(count: u64) -> impl Iterator<Item = String> {
        (0..count).map(|number| (7_011_111_111_111_111_111 + number * 7_919).to_string())
    }

    #[test]
    fn the_hash_is_the_same_in_every_version() {
        // printf '0 7011111111111111111' | sha256sum | cut -c1-16
        for (shard, id, known) in WEIGHTS {
            assert_eq!(weight(shard, id), known, "{shard} {id}");
        }
        let shards: Vec<u32> = ids(12).map(|id| of(&id, 4)).collect();
        assert_eq!(shards, SHARDS_OF_FOUR);
    }

    #[test]
    fn one_more_shard_takes_its_share_from_all_others() {
        let ids: Vec<String> = ids(6_000).collect();
        for count in [1, 2, 3, 7, 19] {
            let moved: Vec<_> =
                ids.iter().map(|id| (of(id, count), of(id, count + 1))).filter(|(a, b)| a != b).collect();
            assert!(moved.iter().all(|(_, new)| *new == count), "to the new one alone");
            let share = ids.len() / (count as usize + 1);
            assert!(moved.len().abs_diff(share) < share / 4, "{count}: {} of {share}", moved.len());
            for old in 0..count {
                assert!(moved.iter().any(|(from, _)| *from == old), "{count}: from {old}");
            }
        }
    }

    proptest! {
        #[test]
        fn every_advertiser_is_in_exactly_one_shard(id in "[1-9][0-9]{0,19}", count in 1_u32..40) {
            let readers = (0..count).filter(|index| reads(Shard { index: *index, count }, &id)).count();
            prop_assert_eq!(readers, 1);
        }
    }
}
