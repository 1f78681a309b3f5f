//! What TikTok's statuses of an advertiser (docs/tiktok-api.md 3.5) mean for a sync. Pure.

/// The use that an advertiser can be put to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AccountStatus {
    Enabled,
    /// Its data exist and audiences can be filled, but its ads do not run yet.
    InReview,
    /// TikTok or its owner closed it.
    Closed,
    /// A status that this connector does not know.
    Unknown,
}

/// TikTok's status, what it means, and the words for it.
const TABLE: [(&str, AccountStatus, &str); 13] = [
    ("STATUS_ENABLE", AccountStatus::Enabled, "enabled"),
    ("STATUS_PENDING_CONFIRM", AccountStatus::InReview, "pending review"),
    ("STATUS_PENDING_VERIFIED", AccountStatus::InReview, "pending verification"),
    ("STATUS_PENDING_CONFIRM_MODIFY", AccountStatus::InReview, "pending review of its changes"),
    ("STATUS_WAIT_FOR_BPM_AUDIT", AccountStatus::InReview, "pending review"),
    ("STATUS_WAIT_FOR_PUBLIC_AUTH", AccountStatus::InReview, "pending proof of its business"),
    ("STATUS_SELF_SERVICE_UNAUDITED", AccountStatus::InReview, "pending review"),
    ("STATUS_CONTRACT_PENDING", AccountStatus::InReview, "pending a contract"),
    ("STATUS_CONFIRM_MODIFY_FAIL", AccountStatus::InReview, "changes refused in review"),
    ("STATUS_CONFIRM_FAIL", AccountStatus::Closed, "refused in review"),
    ("STATUS_CONFIRM_FAIL_END", AccountStatus::Closed, "refused in review for good"),
    ("STATUS_LIMIT", AccountStatus::Closed, "suspended"),
    ("STATUS_DISABLE", AccountStatus::Closed, "disabled"),
];

/// The meaning of a status, and the words for it.
#[must_use]
pub(crate) fn meaning(status: &str) -> (AccountStatus, &'static str) {
    let row = TABLE.iter().find(|(word, ..)| *word == status);
    row.map_or((AccountStatus::Unknown, "in a state unknown to this connector"), |(_, standing, said)| {
        (*standing, *said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_meaning() {
        for (status, standing) in [
            ("STATUS_ENABLE", AccountStatus::Enabled),
            ("STATUS_PENDING_CONFIRM", AccountStatus::InReview),
            ("STATUS_LIMIT", AccountStatus::Closed),
            ("STATUS_DISABLE", AccountStatus::Closed),
            ("STATUS_CONFIRM_FAIL", AccountStatus::Closed),
            ("STATUS_TELEPORTED", AccountStatus::Unknown),
        ] {
            assert_eq!(meaning(status).0, standing, "{status}");
        }
    }
}
