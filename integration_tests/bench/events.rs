//! Conversion events from stdin to TikTok.

use std::io::Write;
use std::sync::OnceLock;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use simulator::{EventOptions, EventSource, Options, Simulator};

use super::Result;
use super::write::{Load, MEMORY_MAX_MIB};

const CPU_PER_EVENT_MAX: Duration = Duration::from_micros(6);

pub(crate) fn run(events: u64) -> Result<()> {
    // Content is not kept, but each event is known again.
    let options = EventOptions { remember: 0, ..EventOptions::default() };
    let simulator = Simulator::start(Options { events: options, ..Options::default() })?;
    let pixel = simulator.read(|world| world.event_source_id(world.accounts.first()?.id, EventSource::Web));
    let pixel = pixel.ok_or("no pixel")?;
    let load = Load {
        stream: "orders",
        what: ("event", "e-mail, phone, ip, user agent and contents"),
        count: events,
        cpu_max: CPU_PER_EVENT_MAX,
        data,
        config: json!({}),
        is_whole: false,
        memory_max: MEMORY_MAX_MIB,
    };
    load.run(&simulator, json!({"object": "event_web", "event_source_id": pixel}))?;
    let counted = simulator.event_counts(&pixel).distinct;
    if counted == events { Ok(()) } else { Err(format!("{counted} events of {events} landed").into()) }
}

#[expect(clippy::disallowed_methods, reason = "a benchmark runs at the hour it is")]
fn now() -> DateTime<Utc> {
    Utc::now()
}

/// Web purchases of this hour.
fn data(out: &mut dyn Write, event: u64) -> std::io::Result<()> {
    static NOW: OnceLock<i64> = OnceLock::new();
    let time = NOW.get_or_init(|| now().timestamp()) - (event % 3_600) as i64;
    let price = event % 100;
    write!(
        out,
        "{{\"event\":\"Purchase\",\"event_time\":{time},\"event_id\":\"order-{event}\",\"email\":\"First.Last{event}@example{}.com\",\
         \"phone\":\"+1415{:07}\",\"ip\":\"13.57.{}.{}\",\
         \"user_agent\":\"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36\",\
         \"page_url\":\"https://shop.example/checkout?order={event}\",\"value\":{}.5,\"currency\":\"USD\",\
         \"contents\":[{{\"content_id\":\"sku-{}\",\"content_name\":\"Boots\",\"price\":{price}.25,\"quantity\":2}}]}}",
        event % 97,
        event % 10_000_000,
        event >> 8 & 255,
        event & 255,
        price * 2,
        event % 1_000,
    )
}
