//! Whether the audiences that mappings name can be written to; it says what `write` would say.

use chrono::NaiveDateTime;
use futures::future::{BoxFuture, FutureExt};

use super::bound::{Audience, Bound};
use super::choose::{self, AUDIENCES_MAX, Count};
use super::listed::{Filled, Listed};
use super::{audiences, directory, mirror};
use crate::access::CheckReport;
use crate::config::DestinationConfig;
use crate::config::destination::AudienceOptions;
use crate::destination::objects::def::{Looked, Looking, Route, topic};
use crate::error::Result;
use crate::tiktok::endpoint::AUDIENCES;
use crate::words::counted;

/// Lists the account's audiences, once, and looks every mapping up among them.
pub(super) fn look<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let (mut looked, named) = look_at_audiences(looking).await;
        check_ledger(looking.config, looking.advertiser, &named, &mut looked.report).await;
        looked
    }
    .boxed()
}

/// Whether the ledger can be written, by one run at a time, and whether a run would believe what is in it. What the
/// mappings name must be sound; of the rest it is told.
async fn check_ledger(config: &DestinationConfig, advertiser: &str, named: &[String], report: &mut CheckReport) {
    let place = match mirror::place(config) {
        Ok(None) => return,
        Ok(Some(place)) => place,
        Err(error) => return report.fail("ledger", error),
    };
    if let Err(error) = place.check().await {
        return report.fail("ledger", error);
    }
    let there = match place.audiences_of(advertiser).await {
        Ok(there) => there,
        Err(error) => return report.fail("ledger", error),
    };
    let (mut sound, mut odd) = (0, false);
    for audience in there {
        match place.look(advertiser, &audience).await {
            Ok(there) => sound += u64::from(there),
            Err(error) if config.mappings.is_empty() || named.contains(&audience) => {
                odd = true;
                report.fail("ledger", error);
            }
            Err(error) => report.warn("ledger", error.to_string()),
        }
    }
    if !odd {
        let of = if sound == 0 { String::new() } else { format!(", and holds {}", counted(sound, "audience")) };
        report.ok("ledger", format!("it can be written, by one run at a time{of}"));
    }
}

/// What is found, and the ids of the audiences that mappings name.
fn look_at_audiences<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, (Looked, Vec<String>)> {
    async move {
        let Looking { client, config, advertiser, routes } = *looking;
        match audiences::list(client, advertiser).await {
            Err(error) => (Looked { kept: Some(("audiences", error)), ..Looked::default() }, Vec::new()),
            Ok(listed) => {
                let mut report = CheckReport::default();
                let (now, options, filled) = (directory::now(), &config.audience, Filled::Streaming);
                let audiences = Audiences { advertiser, listed: &listed, now, options, filled };
                audiences.count(&mut report);
                audiences.check(routes, &mut report);
                (Looked { report, answered: Some(&AUDIENCES), kept: None }, audiences.named(routes))
            }
        }
    }
    .boxed()
}

/// The same of audiences that files fill; without mappings there is nothing to look up.
pub(crate) fn look_files<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let Looking { client, config, advertiser, routes } = *looking;
        if routes.is_empty() {
            return Looked::default();
        }
        match audiences::list(client, advertiser).await {
            Err(error) => Looked { kept: Some(("audiences", error)), ..Looked::default() },
            Ok(listed) => {
                let mut report = CheckReport::default();
                let (now, options, filled) = (directory::now(), &config.audience, Filled::Files);
                Audiences { advertiser, listed: &listed, now, options, filled }.check(routes, &mut report);
                Looked { report, answered: Some(&AUDIENCES), kept: None }
            }
        }
    }
    .boxed()
}

/// An advertiser's audiences at a time.
struct Audiences<'a> {
    advertiser: &'a str,
    listed: &'a [Listed],
    now: NaiveDateTime,
    options: &'a AudienceOptions,
    filled: Filled,
}

impl Audiences<'_> {
    /// Tells how many there are, and whether there is room for more.
    fn count(&self, report: &mut CheckReport) {
        let (all, target) = (self.listed.len(), self.advertiser);
        let streaming = self.listed.iter().filter(|one| one.is_streaming()).count();
        report.ok("audiences", format!("{all} of advertiser {target}, {streaming} of them for streaming"));
        if all >= AUDIENCES_MAX {
            report.warn(
                "audiences",
                format!(
                    "Advertiser {target} has {all} audiences, and TikTok allows {AUDIENCES_MAX}; delete some before new ones are needed"
                ),
            );
        }
    }

    /// Looks every mapping up; each that cannot be written to is a fault to mend.
    fn check(&self, routes: &[Route], report: &mut CheckReport) {
        let mut missing = Vec::new();
        for route in routes {
            let topic = topic(&route.stream);
            let Some(audience) = Bound::of(route).audience else { continue };
            if let Err(error) = self.look_up(&topic, &audience, &mut missing, report) {
                report.fail(&topic, error);
            }
        }
    }

    /// The ids of the audiences that routes name. Where a column does, it may be any of them.
    fn named(&self, routes: &[Route]) -> Vec<String> {
        let all = || self.listed.iter().map(|one| one.audience_id.clone()).collect::<Vec<_>>();
        let of = |route: &Route| match Bound::of(route).audience {
            None => all(),
            Some(audience) => {
                let found = choose::find(self.listed, self.advertiser, &audience, self.now, self.filled);
                found.ok().and_then(|found| found.one).map(|one| one.audience_id.clone()).into_iter().collect()
            }
        };
        routes.iter().flat_map(of).collect()
    }

    fn look_up(
        &self,
        topic: &str,
        audience: &Audience,
        missing: &mut Vec<String>,
        report: &mut CheckReport,
    ) -> Result<()> {
        let found = choose::find(self.listed, self.advertiser, audience, self.now, self.filled)?;
        for doubt in found.doubts {
            report.warn(topic, doubt);
        }
        match (found.one, audience) {
            (Some(one), _) => {
                report.ok(topic, format!("its members go to the audience {:?} ({})", one.name, one.audience_id));
            }
            (None, Audience::Name(name)) if !missing.contains(name) => {
                let count = Count { there: self.listed.len() + missing.len(), created: missing.len() };
                choose::may_create(self.options, count, self.advertiser, name)?;
                report.ok(topic, format!("the audience {name:?} is not there yet and will be created"));
                missing.push(name.clone());
            }
            (None, _) => {}
        }
        Ok(())
    }
}
