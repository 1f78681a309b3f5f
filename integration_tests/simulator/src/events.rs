//! The settings of `/event/track/`, and what a person needs to try it by hand.

use crate::Index;
use clap::ValueEnum;
use simulator::{EventAges, EventOptions, EventSource, PoisonedEvents, World};
use std::io::{self, Write};

#[derive(clap::Args)]
#[command(next_help_heading = "Conversion events")]
pub(crate) struct Events {
    /// Calls a second to /event/track/ (--qps does not count them)
    #[arg(long, default_value_t = EventOptions::default().qps.unwrap_or(u32::MAX))]
    event_qps: u32,
    /// Events a call may have
    #[arg(long, default_value_t = EventOptions::default().max_events)]
    max_events: usize,
    /// Bytes a body may have
    #[arg(long, default_value_t = EventOptions::default().max_body)]
    event_max_body: usize,
    /// Days after which an event of any source is too old (web and app 7, offline and CRM 28 when absent)
    #[arg(long, conflicts_with = "event_any_time")]
    event_days: Option<u32>,
    /// No event is too old or in the future
    #[arg(long)]
    event_any_time: bool,
    /// Fields of an event that TikTok does not name are ignored, not refused
    #[arg(long)]
    event_unknown_fields: bool,
    /// Any three capital letters are a currency
    #[arg(long)]
    event_any_currency: bool,
    /// App events get 40118
    #[arg(long)]
    no_app_events: bool,
    /// Repeats of an event are counted too, and no event takes memory
    #[arg(long)]
    no_event_dedup: bool,
    /// How a refused batch of events says where it is wrong
    #[arg(long, value_enum, default_value_t = Index::Batch)]
    event_index_style: Index,
    /// What becomes of a batch with a poisonous event
    #[arg(long, value_enum, default_value_t = Poisoned::Refused)]
    poisoned_events: Poisoned,
}

#[derive(Clone, Copy, ValueEnum)]
enum Poisoned {
    /// 40002, nothing is stored
    Refused,
    /// 20001, the others are stored, nobody says which were not
    Dropped,
    /// 20001, the others are stored, the dropped ones are listed
    Listed,
}

impl From<Poisoned> for PoisonedEvents {
    fn from(poisoned: Poisoned) -> Self {
        match poisoned {
            Poisoned::Refused => PoisonedEvents::Refused,
            Poisoned::Dropped => PoisonedEvents::Dropped,
            Poisoned::Listed => PoisonedEvents::Listed,
        }
    }
}

impl From<Events> for EventOptions {
    fn from(events: Events) -> Self {
        let ages = match events.event_days {
            _ if events.event_any_time => EventAges::NONE,
            None => EventOptions::default().ages,
            days => EventAges { web: days, app: days, offline: days, crm: days },
        };
        EventOptions {
            qps: Some(events.event_qps),
            max_events: events.max_events,
            max_body: events.event_max_body,
            ages,
            future: events.event_any_time,
            unknown_fields: events.event_unknown_fields,
            any_currency: events.event_any_currency,
            app_allowed: !events.no_app_events,
            index_style: events.event_index_style.into(),
            poisoned: events.poisoned_events.into(),
            // Nobody can ask a process for them.
            remember: 0,
            dedup: !events.no_event_dedup,
            ..EventOptions::default()
        }
    }
}

/// What an account can send events from.
pub(crate) fn sources(out: &mut impl Write, world: &World, advertiser: u64) -> io::Result<()> {
    for source in EventSource::ALL {
        if let Some(id) = world.event_source_id(advertiser, source) {
            writeln!(out, "  event_source {} event_source_id {id}", source.name())?;
        }
    }
    Ok(())
}
