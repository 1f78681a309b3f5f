//! Several connectors on one app's quota, which know nothing of each other.

use simulator::{Options, QuotaOptions, Simulator};

use crate::harness::{Connector, catalog, options};

/// Calls a second that TikTok allows here: enough for the test to be short.
const QUOTA: u32 = 40;
/// Far above what paces that learn take, far below what the same runs got at full pace: two in five.
const REFUSED_SHARE_MAX: f64 = 0.2;

#[test]
fn four_connectors_on_one_quota_all_finish_and_few_requests_are_refused() {
    let quota = QuotaOptions { qps: Some(QUOTA), ..QuotaOptions::default() };
    let sim = Simulator::start(Options { quota, quiet_accounts: 30, ..options() }).unwrap();
    let connectors: Vec<_> = (0..4).map(|_| Connector::to(&sim).with("requests_per_second", QUOTA)).collect();
    let streams = catalog::some(&["campaigns", "ad_groups"]);
    let children: Vec<_> = connectors.iter().map(|connector| connector.start_read(&streams, None)).collect();
    let ended = connectors.iter().zip(children);
    let records: Vec<_> = ended
        .map(|(connector, child)| connector.finished(child.wait_with_output().unwrap()).succeeded())
        .map(|run| run.of_type("RECORD").count())
        .collect();
    assert!(records.iter().all(|count| *count > 0 && *count == records[0]), "{records:?}");
    let asked = sim.requests();
    let refused = asked.iter().filter(|request| request.code == Some(40100)).count();
    let share = refused as f64 / asked.len() as f64;
    assert!(asked.len() > 100 && share < REFUSED_SHARE_MAX, "{refused} of {}", asked.len());
}
