//! Why sums may differ: a row a reason.

/// Why a difference may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Deleted,
    Moved,
    Fresh,
    Cut,
    Short,
    NoCampaign,
    BelowCampaigns,
    ConversionsAlone,
    TooMuch,
}

impl Reason {
    #[cfg(test)]
    pub(crate) const ALL: [Self; 9] = [
        Self::Deleted,
        Self::Moved,
        Self::Fresh,
        Self::Cut,
        Self::Short,
        Self::NoCampaign,
        Self::BelowCampaigns,
        Self::ConversionsAlone,
        Self::TooMuch,
    ];

    /// Its name for programs.
    #[must_use]
    pub(crate) fn code(self) -> &'static str {
        self.row().0
    }

    /// What it says to people.
    #[must_use]
    pub(crate) fn sentence(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::Deleted => (
                "deleted",
                "Deleted objects have it, or a part of it, and `include_deleted` leaves them out: set it to true.",
            ),
            Self::Moved => ("moved", "The numbers moved while they were read: audit these days again later."),
            Self::Fresh => (
                "fresh",
                "The day is not settled: most numbers are 30 minutes to 2 hours late, some 16 hours. Audit it two days later.",
            ),
            Self::Cut => (
                "cut",
                "TikTok reports only the newest 20,000 ads of an account and left out the others; the log of a read names them.",
            ),
            Self::Short => (
                "short",
                "TikTok counts more rows than it gives, also when it is asked again: rows are missing in the answer. Audit the \
                 days again later.",
            ),
            Self::NoCampaign => (
                "no_campaign",
                "No campaign's row has it. TikTok's reports of campaigns can leave out what is not an auction campaign of \
                 Ads Manager (GMV Max, TopView, Promote) and objects that are gone altogether; the advertiser's own row \
                 counts all.",
            ),
            Self::BelowCampaigns => (
                "below_campaigns",
                "The campaigns have it, their rows below do not. Rows of ads are of creatives where a campaign is Upgraded \
                 Smart+, and what belongs to no creative that is still there may have no row.",
            ),
            Self::ConversionsAlone => (
                "conversions_alone",
                "Only conversions differ. TikTok attributes them for up to 28 days, and may tell some of them, such as those \
                 that privacy rules report in bulk, for the objects above alone.",
            ),
            Self::TooMuch => (
                "too_much",
                "The rows have more than the advertiser's own row: its sums are behind, or something counts twice. Audit the \
                 days again later; if it stays, please report it.",
            ),
        }
    }
}
