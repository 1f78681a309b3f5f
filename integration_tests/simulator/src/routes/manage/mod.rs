//! Campaigns, ad groups and ads that are made, changed, paused and deleted, and files for them
//! and split tests (`docs/tiktok-api.md` 7.1–7.7).

mod ad;
mod adgroup;
mod apply;
mod budget;
mod campaign;
pub(super) mod files;
mod form;
mod lookalike;
mod media;
mod order;
mod share;
mod smart_plus;
mod smart_plus_ad;
mod split_test;
mod status;

use super::{Route, get, own};

pub(super) static ROUTES: &[Route] = &[
    own("/campaign/create/", campaign::create),
    own("/campaign/update/", campaign::update),
    own("/campaign/status/update/", status::campaigns),
    own("/adgroup/create/", adgroup::create),
    own("/adgroup/update/", adgroup::update),
    own("/adgroup/status/update/", status::adgroups),
    own("/adgroup/budget/update/", budget::update),
    get("/adgroup/quota/", adgroup::quota),
    own("/ad/create/", ad::create),
    own("/ad/update/", ad::update),
    own("/ad/status/update/", status::ads),
    own("/smart_plus/campaign/create/", smart_plus::create_campaign),
    own("/smart_plus/campaign/update/", smart_plus::update_campaign),
    own("/smart_plus/campaign/status/update/", status::smart_plus_campaigns),
    own("/smart_plus/adgroup/create/", smart_plus::create_adgroup),
    own("/smart_plus/adgroup/update/", smart_plus::update_adgroup),
    own("/smart_plus/adgroup/status/update/", status::smart_plus_adgroups),
    own("/smart_plus/adgroup/budget/update/", budget::update),
    own("/smart_plus/ad/create/", smart_plus_ad::create),
    own("/smart_plus/ad/update/", smart_plus_ad::update),
    own("/smart_plus/ad/status/update/", smart_plus_ad::status),
    own("/smart_plus/ad/material_status/update/", smart_plus_ad::materials),
    own("/split_test/create/", split_test::create),
    own("/split_test/update/", split_test::update),
    own("/split_test/end/", split_test::end),
    own("/split_test/promote/", split_test::promote),
    get("/split_test/result/get/", split_test::result),
    own("/dmp/custom_audience/apply/", apply::apply),
    get("/dmp/custom_audience/apply/log/", apply::log),
    own("/dmp/custom_audience/lookalike/create/", lookalike::create),
    own("/dmp/custom_audience/lookalike/update/", lookalike::update),
    own("/dmp/custom_audience/share/", share::share),
    own("/dmp/custom_audience/share/cancel/", share::cancel),
    get("/dmp/custom_audience/share/log/", share::log),
];
