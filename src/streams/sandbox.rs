//! The streams of a sandbox account: fewer lists, and reports of campaigns, ad groups and ads (docs/tiktok-api.md 1.7).
//! Where the sources contradict each other, the more generous one counts, as in Airbyte's connector. Pure.

use super::report::{Kind, Level, Report};
use super::{Read, StreamDef};
use crate::tiktok::endpoint::SandboxSupport;

/// Whether a sandbox account has the stream.
#[must_use]
pub fn has(stream: &StreamDef) -> bool {
    match &stream.read {
        Read::Report(report) => reports(report),
        Read::Files(_) => true,
        Read::Advertisers | Read::AdvertiserList | Read::Listing(_) | Read::ChangeLog => {
            stream.endpoint.sandbox != SandboxSupport::Absent
        }
    }
}

fn reports(report: &Report) -> bool {
    match report.kind {
        Kind::Basic(level) => level != Level::Advertiser && !report.dimensions.contains(&"country_code"),
        Kind::Audience(level) => level != Level::Advertiser,
        Kind::Shop(_) | Kind::GmvMax(_) | Kind::Material => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::streams;

    #[test]
    fn airbytes_own_are_the_ones_that_it_offers_there() {
        let own: Vec<&str> = streams::all()[..44].iter().filter(|one| has(one)).map(|one| &*one.name).collect();
        assert_eq!(own.len(), 28, "{own:?}");
        for name in ["advertisers", "ads_audience_reports_by_province_daily", "ads_reports_hourly", "audiences"] {
            assert!(own.contains(&name), "{name}");
        }
        for name in ["advertiser_ids", "ads_reports_by_country_daily", "advertisers_reports_daily", "pixels"] {
            assert!(!own.contains(&name), "{name}");
        }
    }
}
