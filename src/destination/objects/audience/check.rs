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

/// Lists the account's audiences, once, and looks every mapping up among them.
pub(super) fn look<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let mut looked = look_at_audiences(looking).await;
        check_ledger(looking.config, &mut looked.report).await;
        looked
    }
    .boxed()
}

/// Whether the ledger can be written, by one run at a time.
async fn check_ledger(config: &DestinationConfig, report: &mut CheckReport) {
    let checked = match mirror::place(config) {
        Ok(None) => return,
        Ok(Some(place)) => place.check().await,
        Err(error) => Err(error),
    };
    match checked {
        Ok(()) => report.ok("ledger", "it can be written, by one run at a time".to_owned()),
        Err(error) => report.fail("ledger", error),
    }
}

fn look_at_audiences<'a>(looking: &'a Looking<'a>) -> BoxFuture<'a, Looked> {
    async move {
        let Looking { client, config, advertiser, routes } = *looking;
        match audiences::list(client, advertiser).await {
            Err(error) => Looked { kept: Some(("audiences", error)), ..Looked::default() },
            Ok(listed) => {
                let mut report = CheckReport::default();
                let (now, options, filled) = (directory::now(), &config.audience, Filled::Streaming);
                let audiences = Audiences { advertiser, listed: &listed, now, options, filled };
                audiences.count(&mut report);
                audiences.check(routes, &mut report);
                Looked { report, answered: Some(&AUDIENCES), kept: None }
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
