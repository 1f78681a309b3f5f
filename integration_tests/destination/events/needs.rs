//! What a source needs, checked before anything is sent: a row without it is rejected with its reason, alone.

use serde_json::{Value, json};
use simulator::{EventAges, EventOptions, EventSource, TrackedEvent};

use super::{an_hour_ago, calls, catalog, id_of, lines, object, row, strict, with, writing};
use crate::destination::sha;
use crate::harness::small;

const DAY: i64 = 86_400;

/// Rows of a source, each with one thing wrong.
fn bad_rows(source: EventSource) -> Vec<Value> {
    let days_ago = |days: i64| an_hour_ago() + 3_600 - days * DAY;
    let changes = match source {
        EventSource::Web => vec![
            json!({"page_url": null}),
            json!({"page_url": " "}),
            json!({"page_url": "undefined"}),
            json!({"page_url": {"x": 1}}),
            json!({"event": null}),
            json!({"event": "purchase"}),
            json!({"event": "CompletePaymnet"}),
            json!({"event": "Order completed"}),
            json!({"event": "a".repeat(51)}),
            json!({"event_time": null}),
            json!({"event_time": "yesterday"}),
            json!({"event_time": 0}),
            json!({"event_time": 20_261_125}),
            json!({"event_time": 45987.5}),
            json!({"event_time": {"seconds": 1}}),
            json!({"event_time": days_ago(8)}),
            json!({"event_time": days_ago(-1)}),
            json!({"currency": "Dollar"}),
            json!({"currency": "XXX"}),
            json!({"value": "1,299.00"}),
            json!({"properties": {"currency": "Euro"}}),
            json!({"event_source": "television"}),
        ],
        EventSource::App => vec![
            json!({"app_id": null}),
            json!({"gaid": null}),
            json!({"gaid": "00000000-0000-0000-0000-000000000000"}),
            json!({"gaid": "no device"}),
            json!({"event_time": days_ago(8)}),
        ],
        EventSource::Offline => vec![
            json!({"email": null}),
            json!({"email": "secret.person at example"}),
            json!({"email": sha("")}),
            json!({"email": null, "phone": "020 7946 0958"}),
            json!({"event": "LoyaltyPointsEarned"}),
            json!({"event": "Purchas"}),
            json!({"event_time": days_ago(29)}),
        ],
        EventSource::Crm => {
            vec![json!({"lead_id": null}), json!({"event": "Purchase"}), json!({"event_time": days_ago(29)})]
        }
    };
    changes.into_iter().enumerate().map(|(at, change)| with(row(source, 100 + at), change)).collect()
}

#[test]
fn each_refusal_has_its_reason_and_the_others_go() {
    let mut told = String::new();
    for source in EventSource::ALL {
        let sim = small();
        let bad = bad_rows(source);
        let (count, good) = (bad.len(), 3);
        let mut rows = vec![row(source, 0)];
        rows.extend(bad);
        rows.extend([row(source, 1), row(source, 2)]);
        let connector = writing(&sim).log_level("TRACE").keeping_rejects();
        let run = connector.write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
        assert_eq!(super::counts(&run, object(source)), (f64::from(good), count as f64), "{source:?}");
        assert_eq!(super::landed(&sim, &id_of(&sim, source)), super::ids(3), "{source:?}");
        assert_eq!(calls(&sim), [3], "what is wrong is not sent");
        told.extend(connector.rejects().iter().map(|row| format!("{row}\n")));
    }
    insta::assert_snapshot!(told);
}

#[test]
fn an_event_may_be_as_old_as_its_source_allows() {
    for (source, days) in
        [(EventSource::Web, 7), (EventSource::App, 7), (EventSource::Offline, 28), (EventSource::Crm, 28)]
    {
        let sim = strict(EventOptions { ages: EventAges::NONE, ..EventOptions::default() });
        let just = an_hour_ago() + 3_600 - days * DAY + 60;
        let rows = [(1, just), (2, just - 120)].map(|(at, time)| with(row(source, at), json!({"event_time": time})));
        let run = writing(&sim).write(&catalog(&[source]), &lines(object(source), rows)).succeeded();
        assert_eq!(super::counts(&run, object(source)), (1.0, 1.0), "{source:?}");
        let landed = sim.events(&id_of(&sim, source));
        assert_eq!(landed.iter().map(|event| event.time).collect::<Vec<_>>(), [just], "{source:?}");
    }
}

#[test]
fn what_tiktok_alone_knows_it_refuses_itself() {
    // A currency of ISO 4217 that is none of TikTok's, and a property that it does not know.
    let web = EventSource::Web;
    let rows = || {
        let changes = [json!({}), json!({"currency": "XOF"}), json!({"properties": {"colour": "red"}})];
        changes.into_iter().enumerate().map(|(at, change)| with(row(web, at), change))
    };
    let sim = small();
    let connector = writing(&sim).keeping_rejects();
    let run = connector.write(&catalog(&[web]), &lines(object(web), rows())).succeeded();
    assert_eq!(super::counts(&run, object(web)), (1.0, 2.0));
    let reasons: Vec<Value> = connector.rejects().into_iter().map(|row| row["reason"].clone()).collect();
    assert_eq!(reasons, ["refused_by_tiktok", "refused_by_tiktok"]);

    let sim = strict(EventOptions { any_currency: true, unknown_fields: true, ..EventOptions::default() });
    writing(&sim).write(&catalog(&[web]), &lines(object(web), rows())).succeeded();
    let landed = sim.events(&id_of(&sim, web));
    let properties: Vec<Value> =
        landed.iter().map(TrackedEvent::content).map(|event| event["properties"].clone()).collect();
    assert_eq!(properties, [json!(null), json!({"currency": "XOF"}), json!({"colour": "red"})]);
}
