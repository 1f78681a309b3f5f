//! Which permission an endpoint needs (`tiktok-api.md` 2.5, appendix E [AE scopes]).

use crate::answer::Refusal;
use crate::assumptions::MISSING_SCOPE_CODE;
use crate::world::Token;

/// The beginning of a path; the permission and its parents, any of which is enough. The first row
/// that fits counts; a path that none fits needs nothing.
const NEEDED: &[(&str, &[u64])] = &[
    ("/advertiser/info/", &[1, 10, 100]),
    ("/advertiser/balance/", &[1, 15, 152]),
    ("/bc/asset/", &[1, 15, 153]),
    ("/bc/advertiser/attribute/", &[1, 15, 151]),
    ("/bc/", &[1, 15, 150]),
    ("/campaign/get/", &[2, 20, 200]),
    ("/campaign/gmv_max/", &[2, 20, 200]),
    ("/gmv_max/campaign/", &[2, 20, 200]),
    ("/gmv_max/report/", &[4, 44]),
    ("/gmv_max/store/", &[19_000_000]),
    ("/store/", &[19_000_000]),
    ("/adgroup/", &[2, 21, 210]),
    ("/ad/", &[2, 22, 220]),
    ("/smart_plus/campaign/", &[2, 20, 200]),
    ("/smart_plus/adgroup/", &[2, 21, 210]),
    ("/smart_plus/ad/", &[2, 22, 220]),
    ("/smart_plus/material/", &[2, 22, 220]),
    ("/smart_plus/material_report/", &[4, 44]),
    ("/report/", &[4, 44]),
    ("/dmp/custom_audience/list/", &[3, 30]),
    ("/dmp/custom_audience/get/", &[3, 30]),
    ("/dmp/saved_audience/", &[3, 30]),
    ("/segment/", &[3, 31]),
    ("/file/image/", &[6, 60, 600]),
    ("/file/video/", &[6, 61, 610]),
    ("/file/music/", &[6, 63, 630]),
    ("/creative/portfolio/", &[6, 64]),
    ("/tt_video/", &[6, 69, 690]),
    ("/identity/", &[6, 69, 693]),
    ("/pixel/list/", &[8, 80, 800]),
    ("/pixel/event/stats/", &[8, 80, 802]),
    ("/pixel/instant_page/", &[8, 80, 801]),
    ("/app/list/", &[7, 70, 700]),
    ("/app/info/", &[7, 70, 700]),
    ("/comment/", &[15_000_000, 15_010_000, 15_010_100]),
    ("/offline/get/", &[7_043_626_160_646_946_818, 7_224_195_155_857_833_986]),
    ("/crm/list/", &[7_294_180_478_502_830_081, 7_294_180_478_502_846_465]),
    ("/event/track/", &[5, 7_224_195_155_857_866_754]),
];

/// The permissions of which a path needs one, the narrowest last.
pub(super) fn needed(path: &str) -> Option<&'static [u64]> {
    NEEDED.iter().find(|(start, _)| path.starts_with(start)).map(|(_, ids)| *ids)
}

/// Refuses a token whose user did not grant what the path needs.
pub(crate) fn granted(token: &Token, path: &str) -> Result<(), Refusal> {
    match needed(path) {
        Some(ids) if !ids.iter().any(|id| token.scopes.contains(id)) => {
            let scope = ids.last().copied().unwrap_or(0);
            let text = format!("No permission to access {path}: the permission scope {scope} is not authorized.");
            Err(Refusal::new(MISSING_SCOPE_CODE, text))
        }
        _ => Ok(()),
    }
}
