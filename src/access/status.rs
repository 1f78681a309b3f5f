//! TikTok's words for the state of an advertiser (docs/tiktok-api.md 3.5), as what they mean for a sync. Pure.

/// What an advertiser can be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    Enabled,
    /// Its data are there and audiences can be filled, but ads do not run yet.
    InReview,
    /// TikTok or its owner closed it.
    Closed,
    /// A word that nobody here knows.
    Unknown,
}

/// TikTok's word, what it means, and how to say it.
const TABLE: [(&str, Standing, &str); 13] = [
    ("STATUS_ENABLE", Standing::Enabled, "enabled"),
    ("STATUS_PENDING_CONFIRM", Standing::InReview, "pending review"),
    ("STATUS_PENDING_VERIFIED", Standing::InReview, "pending verification"),
    ("STATUS_PENDING_CONFIRM_MODIFY", Standing::InReview, "pending review of its changes"),
    ("STATUS_WAIT_FOR_BPM_AUDIT", Standing::InReview, "pending review"),
    ("STATUS_WAIT_FOR_PUBLIC_AUTH", Standing::InReview, "pending proof of its business"),
    ("STATUS_SELF_SERVICE_UNAUDITED", Standing::InReview, "pending review"),
    ("STATUS_CONTRACT_PENDING", Standing::InReview, "pending a contract"),
    ("STATUS_CONFIRM_MODIFY_FAIL", Standing::InReview, "changes refused in review"),
    ("STATUS_CONFIRM_FAIL", Standing::Closed, "refused in review"),
    ("STATUS_CONFIRM_FAIL_END", Standing::Closed, "refused in review for good"),
    ("STATUS_LIMIT", Standing::Closed, "suspended"),
    ("STATUS_DISABLE", Standing::Closed, "disabled"),
];

/// What a status means, and how to say it.
#[must_use]
pub(crate) fn meaning(status: &str) -> (Standing, &'static str) {
    let row = TABLE.iter().find(|(word, ..)| *word == status);
    row.map_or((Standing::Unknown, "in a state unknown to this connector"), |(_, standing, said)| (*standing, *said))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_meaning() {
        for (status, standing) in [
            ("STATUS_ENABLE", Standing::Enabled),
            ("STATUS_PENDING_CONFIRM", Standing::InReview),
            ("STATUS_LIMIT", Standing::Closed),
            ("STATUS_DISABLE", Standing::Closed),
            ("STATUS_CONFIRM_FAIL", Standing::Closed),
            ("STATUS_TELEPORTED", Standing::Unknown),
        ] {
            assert_eq!(meaning(status).0, standing, "{status}");
        }
    }
}
