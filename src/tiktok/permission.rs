//! The table of TikTok's permissions: their ids, and the paths that need them (docs/tiktok-api.md 2.5, appendix E).
//!
//! An app has permissions, a token those that its user granted. A permission of a higher level grants all below it.

/// One permission.
#[derive(Debug, PartialEq, Eq)]
pub struct Permission {
    /// Beyond 2^53 for some.
    pub id: u64,
    /// As the portal calls it.
    pub name: &'static str,
    /// The higher levels, which grant it, too.
    pub within: &'static [u64],
    pub paths: &'static [&'static str],
}

const fn row(id: u64, name: &'static str, within: &'static [u64], paths: &'static [&'static str]) -> Permission {
    Permission { id, name, within, paths }
}

/// All that a connector may need; which paths, the reference tells by the names of both. [?] For GMV Max it tells
/// nothing; it is campaigns and reports.
pub static TABLE: &[Permission] = &[
    row(100, "Read Ad Account Information", &[1, 10], &["/advertiser/info/"]),
    row(150, "Read Business Center", &[1, 15], &["/bc/get/"]),
    row(152, "Ad Account Balance and Transaction", &[1, 15], &["/advertiser/balance/get/"]),
    row(153, "Business Center Asset", &[1, 15], &["/bc/asset/get/"]),
    row(200, "Read Campaigns", &[2, 20], &["/campaign/get/", "/smart_plus/campaign/get/", "/gmv_max/campaign/get/"]),
    row(
        201,
        "Create and Update Campaigns",
        &[2, 20],
        &["/campaign/create/", "/campaign/update/", "/campaign/status/update/"],
    ),
    row(210, "Read Ad Groups", &[2, 21], &["/adgroup/get/", "/smart_plus/adgroup/get/", "/adgroup/review_info/"]),
    row(
        211,
        "Create and Update Ad Groups",
        &[2, 21],
        &["/adgroup/create/", "/adgroup/update/", "/adgroup/status/update/"],
    ),
    row(220, "Read Ads", &[2, 22], &["/ad/get/", "/smart_plus/ad/get/", "/ad/review_info/"]),
    row(221, "Create and Update Ads", &[2, 22], &["/ad/create/", "/ad/update/", "/ad/status/update/"]),
    row(
        230,
        "Change Log",
        &[2, 23],
        &["/changelog/task/create/", "/changelog/task/check/", "/changelog/task/download/"],
    ),
    row(
        30,
        "Read Custom Audiences",
        &[3],
        &["/dmp/custom_audience/list/", "/dmp/custom_audience/get/", "/dmp/saved_audience/list/"],
    ),
    row(
        31,
        "Create and Update Custom Audiences",
        &[3],
        &["/segment/audience/", "/segment/mapping/", "/dmp/custom_audience/create/", "/dmp/custom_audience/update/"],
    ),
    row(
        44,
        "Consolidated Report",
        &[4],
        &[
            "/report/integrated/get/",
            "/report/task/create/",
            "/report/task/check/",
            "/report/task/download/",
            "/gmv_max/report/get/",
        ],
    ),
    row(7_224_195_155_857_866_754, "Report Conversion Event", &[5], &["/event/track/"]),
    row(600, "Read Image Library", &[6, 60], &["/file/image/ad/search/", "/file/image/ad/info/"]),
    row(601, "Create and Update Images", &[6, 60], &["/file/image/ad/upload/"]),
    row(610, "Read Video Library", &[6, 61], &["/file/video/ad/search/", "/file/video/ad/info/"]),
    row(611, "Create and Update Videos", &[6, 61], &["/file/video/ad/upload/"]),
    row(630, "Read music library", &[6, 63], &["/file/music/get/"]),
    row(64, "Creative tool", &[6], &["/creative/portfolio/list/", "/creative/portfolio/get/"]),
    row(65, "Get Creative Report", &[6], &["/creative/report/get/"]),
    row(690, "Query TikTok Posts", &[6, 69], &["/tt_video/list/", "/tt_video/info/"]),
    row(693, "Query Identity", &[6, 69], &["/identity/get/", "/identity/info/"]),
    row(700, "Read Apps", &[7, 70], &["/app/list/", "/app/info/"]),
    row(680, "Instant Page Management", &[6, 68], &["/pixel/instant_page/event/"]),
    row(800, "Read Pixels", &[8, 80], &["/pixel/list/"]),
    row(802, "Pixel Level Reporting", &[8, 80], &["/pixel/event/stats/"]),
    row(900, "Read Catalogs", &[9, 90], &["/catalog/get/"]),
    row(910, "Read Products", &[9, 91], &["/catalog/product/get/"]),
    row(920, "Get Catalog Set", &[9, 92], &["/catalog/set/get/"]),
    row(970, "Get Feed", &[9, 97], &["/catalog/feed/get/"]),
    row(7_224_195_155_857_833_986, "Read Offline Events", &[7_043_626_160_646_946_818], &["/offline/get/"]),
    row(7_294_180_478_502_846_465, "Read CRM Event Sets", &[7_294_180_478_502_830_081], &["/crm/list/"]),
    row(19_000_000, "Onsite Commerce Store", &[], &["/gmv_max/store/list/"]),
    row(15_010_100, "Read Comments", &[15_000_000, 15_010_000], &["/comment/list/"]),
];

/// The paths that TikTok's sandbox serves, of those that are called here (docs/tiktok-api.md 1.7).
const SANDBOX: [&str; 6] =
    ["/ad/get/", "/adgroup/get/", "/campaign/get/", "/identity/get/", "/report/integrated/get/", "/user/info/"];

/// What a path needs, when that is known.
#[must_use]
pub fn of(path: &str) -> Option<&'static Permission> {
    TABLE.iter().find(|permission| permission.paths.contains(&path))
}

/// Whether the sandbox has the path at all.
#[must_use]
pub fn in_sandbox(path: &str) -> bool {
    SANDBOX.contains(&path)
}

impl Permission {
    /// Whether a token with these ids has it.
    #[must_use]
    pub fn is_among(&self, granted: &[u64]) -> bool {
        granted.contains(&self.id) || self.within.iter().any(|parent| granted.contains(parent))
    }

    /// As in “Read Campaigns (200)”.
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
    fn ids_and_paths_are_there_once() {
        let ids: HashSet<_> = TABLE.iter().map(|row| row.id).collect();
        assert_eq!(ids.len(), TABLE.len());
        let paths: Vec<_> = TABLE.iter().flat_map(|row| row.paths).collect();
        assert_eq!(paths.iter().collect::<HashSet<_>>().len(), paths.len());
        assert!(paths.iter().all(|path| path.starts_with('/') && path.ends_with('/')));
    }

    #[test]
    fn a_parent_grants_its_children() {
        let campaigns = of("/campaign/get/").unwrap();
        for (granted, has) in
            [(vec![200], true), (vec![20], true), (vec![2], true), (vec![201, 4], false), (vec![], false)]
        {
            assert_eq!(campaigns.is_among(&granted), has, "{granted:?}");
        }
        assert_eq!(campaigns.shown(), "“Read Campaigns” (200)");
    }
}
