//! Which permission an endpoint needs (`docs/tiktok-api.md` 2.5 and appendix E [AE scopes]).

use crate::answer::Refusal;
use crate::world::Token;
use crate::world::scopes::{CRM_EVENTS, MEASUREMENT, OFFLINE_EVENTS};

/// A permission: one of these ids is enough; the last is its own, the others are the parents,
/// which grant their children.
#[derive(Clone, Copy)]
pub(super) struct Scope {
    pub(super) name: &'static str,
    pub(super) ids: &'static [u64],
}

const fn scope(name: &'static str, ids: &'static [u64]) -> Scope {
    Scope { name, ids }
}

const READ_CAMPAIGNS: Scope = scope("Read Campaigns", &[2, 20, 200]);
const READ_ADGROUPS: Scope = scope("Read Ad Groups", &[2, 21, 210]);
const READ_ADS: Scope = scope("Read Ads", &[2, 22, 220]);
const WRITE_CAMPAIGNS: Scope = scope("Create and Update Campaigns", &[2, 20, 201]);
const WRITE_ADGROUPS: Scope = scope("Create and Update Ad Groups", &[2, 21, 211]);
const WRITE_ADS: Scope = scope("Create and Update Ads", &[2, 22, 221]);
/// [?] Files in pieces are of any kind; the list has no permission for them alone.
const FILES: Scope = scope("Create and Update Videos", &[6, 60, 61, 601, 611]);
const REPORTS: Scope = scope("Consolidated Report", &[4, 44]);
/// [?] The two belong to the creative reports; no page names their permission.
const CREATIVE_REPORTS: Scope = scope("Get Creative Report", &[6, 65]);
const READ_AUDIENCES: Scope = scope("Read Custom Audiences", &[3, 30]);
const READ_APPS: Scope = scope("Read Apps", &[7, 70, 700]);
const STORES: Scope = scope("Onsite Commerce Store", &[19_000_000]);
/// [?] A child of Measurement; the list does not say whose child it is.
const REPORT_EVENTS: Scope = scope("Report Conversion Event", &[MEASUREMENT, 7_224_195_155_857_866_754]);

/// The beginning of a path and what it needs. The first row that fits counts; a path that none
/// fits needs nothing.
const NEEDED: &[(&str, Scope)] = &[
    ("/advertiser/info/", scope("Read Ad Account Information", &[1, 10, 100])),
    ("/advertiser/balance/", scope("Ad Account Balance and Transaction", &[1, 15, 152])),
    ("/bc/asset/", scope("Business Center Asset", &[1, 15, 153])),
    ("/bc/advertiser/attribute/", scope("Create Ad Account", &[1, 15, 151])),
    ("/bc/member/", scope("Business Center Member Management", &[1, 15, 156])),
    ("/bc/", scope("Read Business Center", &[1, 15, 150])),
    ("/changelog/", scope("Change Log", &[2, 23, 230])),
    ("/search/region/", READ_ADGROUPS),
    ("/campaign/get/", READ_CAMPAIGNS),
    ("/campaign/quota/", READ_CAMPAIGNS),
    ("/campaign/", WRITE_CAMPAIGNS),
    ("/gmv_max/campaign/", READ_CAMPAIGNS),
    ("/gmv_max/report/", REPORTS),
    ("/gmv_max/store/", STORES),
    ("/store/", STORES),
    ("/adgroup/get/", READ_ADGROUPS),
    ("/adgroup/review_info/", READ_ADGROUPS),
    ("/adgroup/quota/", READ_ADGROUPS),
    ("/adgroup/", WRITE_ADGROUPS),
    ("/ad/get/", READ_ADS),
    ("/ad/", WRITE_ADS),
    ("/smart_plus/campaign/get/", READ_CAMPAIGNS),
    ("/smart_plus/campaign/", WRITE_CAMPAIGNS),
    ("/smart_plus/adgroup/get/", READ_ADGROUPS),
    ("/smart_plus/adgroup/", WRITE_ADGROUPS),
    ("/smart_plus/ad/create/", WRITE_ADS),
    ("/smart_plus/ad/update/", WRITE_ADS),
    ("/smart_plus/ad/status/", WRITE_ADS),
    ("/smart_plus/ad/material_status/", WRITE_ADS),
    ("/smart_plus/material_report/", REPORTS),
    ("/smart_plus/", READ_ADS),
    ("/split_test/", scope("Split Test", &[2, 24, 240])),
    ("/report/ad_benchmark/", CREATIVE_REPORTS),
    ("/report/video_performance/", CREATIVE_REPORTS),
    ("/report/", REPORTS),
    ("/dmp/custom_audience/list/", READ_AUDIENCES),
    ("/dmp/custom_audience/get/", READ_AUDIENCES),
    ("/dmp/custom_audience/apply/log/", READ_AUDIENCES),
    ("/dmp/custom_audience/apply/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/dmp/custom_audience/lookalike/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/dmp/custom_audience/share/", scope("Share Custom Audiences", &[3, 32])),
    ("/dmp/custom_audience/file/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/dmp/custom_audience/create/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/dmp/custom_audience/update/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/dmp/saved_audience/", READ_AUDIENCES),
    ("/segment/", scope("Create and Update Custom Audiences", &[3, 31])),
    ("/file/image/ad/up", scope("Create and Update Images", &[6, 60, 601])),
    ("/file/video/ad/up", scope("Create and Update Videos", &[6, 61, 611])),
    ("/file/start/", FILES),
    ("/file/transfer/", FILES),
    ("/file/finish/", FILES),
    ("/file/name/check/", scope("File Name Check", &[6, 7_176_833_266_039_685_122])),
    ("/file/image/", scope("Read Image Library", &[6, 60, 600])),
    ("/file/video/", scope("Read Video Library", &[6, 61, 610])),
    ("/file/music/", scope("Read music library", &[6, 63, 630])),
    ("/creative/portfolio/", scope("Creative tool", &[6, 64])),
    ("/tt_video/", scope("Query TikTok Posts", &[6, 69, 690])),
    ("/identity/", scope("Query Identity", &[6, 69, 693])),
    ("/pixel/list/", scope("Read Pixels", &[8, 80, 800])),
    ("/pixel/event/stats/", scope("Pixel Level Reporting", &[8, 80, 802])),
    ("/pixel/instant_page/", scope("Create and Update Pixels", &[8, 80, 801])),
    ("/app/list/", READ_APPS),
    ("/app/info/", READ_APPS),
    ("/comment/", scope("Read Comments", &[15_000_000, 15_010_000, 15_010_100])),
    ("/offline/get/", scope("Read Offline Events", &[OFFLINE_EVENTS, 7_224_195_155_857_833_986])),
    ("/crm/list/", scope("Read CRM Event Sets", &[CRM_EVENTS, 7_294_180_478_502_846_465])),
    ("/event/track/", REPORT_EVENTS),
];

/// What a path needs.
pub(super) fn needed(path: &str) -> Option<Scope> {
    NEEDED.iter().find(|(start, _)| path.starts_with(start)).map(|(_, scope)| *scope)
}

/// Refuses a token whose user did not grant what the path needs.
pub(crate) fn granted(token: &Token, path: &str, code: i64) -> Result<(), Refusal> {
    match needed(path) {
        Some(scope) if !scope.ids.iter().any(|id| token.scopes.contains(id)) => {
            let text = format!("No permission: the access token lacks the scope \"{}\".", scope.name);
            Err(Refusal::new(code, text))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{TOKEN_GOOD, World, WorldKind};

    #[test]
    fn every_endpoint_but_those_about_token_and_app_needs_a_permission() {
        for route in crate::routes::all() {
            // Subscriptions are the app's own: they take its id and secret.
            let free = ["/oauth2/", "/tt_user/", "/user/info/", "/subscription/"];
            let free = free.iter().any(|start| route.path.starts_with(start));
            assert_eq!(needed(route.path).is_none(), free, "{}", route.path);
        }
        for (start, _) in NEEDED {
            let used =
                |path: &str| NEEDED.iter().find(|(row, _)| path.starts_with(row)).is_some_and(|(row, _)| row == start);
            assert!(crate::routes::all().any(|route| used(route.path)), "{start}");
        }
    }

    #[test]
    fn one_of_the_ids_is_enough_and_no_other_helps() {
        let mut token = World::new(WorldKind::Small, 1, chrono::DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000))
            .token(TOKEN_GOOD)
            .unwrap()
            .clone();
        let all = token.scopes.clone();
        for (path, scope) in NEEDED {
            assert!(granted(&token, path, 40001).is_ok(), "{path}");
            for id in scope.ids {
                token.scopes = vec![*id];
                assert!(granted(&token, path, 40001).is_ok(), "{path} {id}");
            }
            token.scopes = NEEDED.iter().flat_map(|(_, other)| other.ids).copied().collect();
            token.scopes.retain(|id| !scope.ids.contains(id));
            assert_eq!(granted(&token, path, 40130).unwrap_err().code, 40130, "{path}");
            token.scopes = all.clone();
        }
        token.scopes.clear();
        assert!(granted(&token, "/user/info/", 40001).is_ok());
    }
}
