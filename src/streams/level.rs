//! The levels of TikTok's hierarchy that reports are about.

/// The object of a row, from the top of the hierarchy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Advertiser,
    Campaign,
    AdGroup,
    Ad,
}

impl Level {
    pub const ALL: [Self; 4] = [Self::Advertiser, Self::Campaign, Self::AdGroup, Self::Ad];

    /// TikTok's `data_level`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Advertiser => "AUCTION_ADVERTISER",
            Self::Campaign => "AUCTION_CAMPAIGN",
            Self::AdGroup => "AUCTION_ADGROUP",
            Self::Ad => "AUCTION_AD",
        }
    }

    /// The dimensions that name an object of this level, the usual one first.
    #[must_use]
    pub fn ids(self) -> &'static [&'static str] {
        match self {
            Self::Advertiser => &["advertiser_id"],
            Self::Campaign => &["campaign_id"],
            Self::AdGroup => &["adgroup_id"],
            Self::Ad => &["ad_id", "ad_id_v2"],
        }
    }

    /// The filter field that includes deleted objects. An advertiser's totals include them anyway.
    #[must_use]
    pub fn status_field(self) -> Option<&'static str> {
        match self {
            Self::Advertiser => None,
            Self::Campaign => Some("campaign_status"),
            Self::AdGroup => Some("adgroup_status"),
            Self::Ad => Some("ad_status"),
        }
    }
}
