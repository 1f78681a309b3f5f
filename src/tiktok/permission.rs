//! The table of TikTok's permissions (docs/tiktok-api.md 2.5, appendix E). Each endpoint names the permission it needs.
//!
//! An app has permissions; a token has those that its user granted. A permission of a higher level includes all below
//! it.

/// One permission.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// Some ids exceed 2^53.
    pub id: u64,
    /// Its name in TikTok's portal.
    pub name: &'static str,
    /// The ids of the higher levels, which include it.
    pub within: &'static [u64],
}

/// Declares a static for each row, and a table of all rows.
macro_rules! permissions {
    ($($name:ident = $id:literal, $title:literal, within [$($parent:literal),*];)*) => {
        $(pub static $name: Permission = Permission { id: $id, name: $title, within: &[$($parent),*] };)*

        /// All permissions that a connector may need.
        pub static TABLE: &[&Permission] = &[$(&$name),*];
    };
}

permissions! {
    READ_ADVERTISERS = 100, "Read Ad Account Information", within [1, 10];
    READ_BUSINESS_CENTERS = 150, "Read Business Center", within [1, 15];
    READ_BALANCES = 152, "Ad Account Balance and Transaction", within [1, 15];
    READ_BUSINESS_CENTER_ASSETS = 153, "Business Center Asset", within [1, 15];
    BUSINESS_CENTER_MEMBERS = 156, "Business Center Member Management", within [1, 15];
    READ_CAMPAIGNS = 200, "Read Campaigns", within [2, 20];
    WRITE_CAMPAIGNS = 201, "Create and Update Campaigns", within [2, 20];
    READ_AD_GROUPS = 210, "Read Ad Groups", within [2, 21];
    WRITE_AD_GROUPS = 211, "Create and Update Ad Groups", within [2, 21];
    READ_ADS = 220, "Read Ads", within [2, 22];
    WRITE_ADS = 221, "Create and Update Ads", within [2, 22];
    READ_CHANGE_LOG = 230, "Change Log", within [2, 23];
    SPLIT_TESTS = 240, "Split Test", within [2, 24];
    READ_AUDIENCES = 30, "Read Custom Audiences", within [3];
    WRITE_AUDIENCES = 31, "Create and Update Custom Audiences", within [3];
    SHARE_AUDIENCES = 32, "Share Custom Audiences", within [3];
    READ_REPORTS = 44, "Consolidated Report", within [4];
    WRITE_EVENTS = 7_224_195_155_857_866_754, "Report Conversion Event", within [5];
    READ_IMAGES = 600, "Read Image Library", within [6, 60];
    WRITE_IMAGES = 601, "Create and Update Images", within [6, 60];
    READ_VIDEOS = 610, "Read Video Library", within [6, 61];
    WRITE_VIDEOS = 611, "Create and Update Videos", within [6, 61];
    READ_MUSIC = 630, "Read music library", within [6, 63];
    CHECK_FILE_NAMES = 7_176_833_266_039_685_122, "File Name Check", within [6];
    CREATIVE_TOOLS = 64, "Creative tool", within [6];
    READ_CREATIVE_REPORTS = 65, "Get Creative Report", within [6];
    READ_POSTS = 690, "Query TikTok Posts", within [6, 69];
    READ_IDENTITIES = 693, "Query Identity", within [6, 69];
    READ_APPS = 700, "Read Apps", within [7, 70];
    INSTANT_PAGES = 680, "Instant Page Management", within [6, 68];
    READ_PIXELS = 800, "Read Pixels", within [8, 80];
    READ_PIXEL_STATISTICS = 802, "Pixel Level Reporting", within [8, 80];
    READ_CATALOGS = 900, "Read Catalogs", within [9, 90];
    READ_PRODUCTS = 910, "Read Products", within [9, 91];
    READ_PRODUCT_SETS = 920, "Get Catalog Set", within [9, 92];
    READ_FEEDS = 970, "Get Feed", within [9, 97];
    READ_OFFLINE_EVENT_SETS = 7_224_195_155_857_833_986, "Read Offline Events", within [7_043_626_160_646_946_818];
    READ_CRM_EVENT_SETS = 7_294_180_478_502_846_465, "Read CRM Event Sets", within [7_294_180_478_502_830_081];
    READ_STORES = 19_000_000, "Onsite Commerce Store", within [];
    READ_COMMENTS = 15_010_100, "Read Comments", within [15_000_000, 15_010_000];
}

impl Permission {
    /// Whether these granted ids include it.
    #[must_use]
    pub fn is_among(&self, granted: &[u64]) -> bool {
        granted.contains(&self.id) || self.within.iter().any(|parent| granted.contains(parent))
    }

    /// For messages, as in “Read Campaigns” (200).
    #[must_use]
    pub fn shown(&self) -> String {
        format!("“{}” ({})", self.name, self.id)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_there_once() {
        let ids: HashSet<_> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), TABLE.len());
    }

    #[test]
    fn a_parent_grants_its_children() {
        for (granted, has) in
            [(vec![200], true), (vec![20], true), (vec![2], true), (vec![201, 4], false), (vec![], false)]
        {
            assert_eq!(READ_CAMPAIGNS.is_among(&granted), has, "{granted:?}");
        }
        assert_eq!(READ_CAMPAIGNS.shown(), "“Read Campaigns” (200)");
    }
}
