//! Whether the audiences that mappings name can be written to. Pure; it says what `write` would say.

use chrono::NaiveDateTime;

use super::bound::Audience;
use super::choose::{self, Count};
use super::listed::Listed;
use crate::access::CheckReport;
use crate::config::destination::AudienceOptions;
use crate::destination::shell::streams::StreamName;
use crate::error::Result;

/// What one mapping says.
pub(crate) struct Mapped {
    pub stream: StreamName,
    pub audience: Result<Option<Audience>>,
}

/// An advertiser's audiences at a time.
pub(crate) struct Audiences<'a> {
    pub advertiser: &'a str,
    pub listed: &'a [Listed],
    pub now: NaiveDateTime,
    pub options: &'a AudienceOptions,
}

impl Audiences<'_> {
    /// Looks every mapping up; each that cannot be written to is a fault to mend.
    pub(crate) fn check(&self, mapped: Vec<Mapped>, report: &mut CheckReport) {
        let mut missing = Vec::new();
        for Mapped { stream, audience } in mapped {
            let topic = format!("mapping of `{stream}`");
            let audience = match audience {
                Ok(audience) => audience,
                Err(error) => {
                    report.fail(&topic, error);
                    continue;
                }
            };
            let Some(audience) = audience else { continue };
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
        let found = choose::find(self.listed, self.advertiser, audience, self.now)?;
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
