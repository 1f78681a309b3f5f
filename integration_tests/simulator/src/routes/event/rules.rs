//! What each source asks of its events (`docs/tiktok-api.md` 6.1 [DOC 1771101303285761]).

use super::reader::{Facts, Reader};
use super::schema::is_standard;
use crate::answer::Refusal;
use crate::assumptions::{CRM_IS_CUSTOM_ONLY, CUSTOM_NAMES_ARE_PLAIN, EVENT_CLOCK_SKEW};
use crate::options::EventOptions;
use crate::world::EventSource;

const DAY: i64 = 86_400;
/// From here on a number is milliseconds: as seconds it would be after the year 5000.
const MILLISECONDS: i64 = 100_000_000_000;

const MISSING: &str = "Missing data for required field";

/// The rules of one call.
pub(super) struct Rules<'r> {
    pub(super) source: EventSource,
    pub(super) options: &'r EventOptions,
    /// Epoch seconds.
    pub(super) now: i64,
}

impl Rules<'_> {
    /// Checks the event that was read last.
    pub(super) fn check(&self, reader: &Reader<'_>, facts: &Facts<'_>) -> Result<(), Refusal> {
        let name = facts.name.as_deref().ok_or_else(|| reader.about("event", MISSING))?;
        let time = facts.time.ok_or_else(|| reader.about("event_time", MISSING))?;
        if let Some(told) = self.wrong_time(time) {
            return Err(reader.about("event_time", told));
        }
        let is_custom = self.source != EventSource::Offline && !is_standard(name);
        if CUSTOM_NAMES_ARE_PLAIN && is_custom && !is_plain(name) {
            return Err(reader.about("event", "Not a valid event name"));
        }
        let need = |there: bool, path: &str, told: &str| if there { Ok(()) } else { Err(reader.about(path, told)) };
        match self.source {
            EventSource::Web => need(facts.url, "page.url", MISSING),
            EventSource::App => need(facts.app_id, "app.app_id", MISSING),
            EventSource::Offline => {
                need(is_standard(name), "event", "Offline events must be standard events")?;
                need(facts.contact, "user", "At least one of email and phone is required")
            }
            EventSource::Crm => {
                need(!(CRM_IS_CUSTOM_ONLY && is_standard(name)), "event", "CRM events must be custom events")?;
                need(facts.lead_id, "lead.lead_id", MISSING)
            }
        }
    }

    fn wrong_time(&self, time: i64) -> Option<&'static str> {
        let oldest = self.options.ages.of(self.source).map(|days| self.now - i64::from(days) * DAY);
        if !(0..MILLISECONDS).contains(&time) {
            Some("Not a valid timestamp in seconds")
        } else if !self.options.future && time > self.now + EVENT_CLOCK_SKEW {
            Some("The event must not be in the future")
        } else if oldest.is_some_and(|oldest| time < oldest) {
            Some("The event is too old")
        } else {
            None
        }
    }
}

/// Characters of the name of a custom event [HELP 2026].
const NAME_MAX: usize = 50;

fn is_plain(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    name.chars().count() <= NAME_MAX && name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(rest)
}
