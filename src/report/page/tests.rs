use std::path::Path;

use expect_test::expect_file;

use super::super::sample;
use super::super::summary::{Reject, Spent, Timeline, Totals};
use super::*;

fn pages() -> [(&'static str, Summary); 4] {
    let empty = Summary { role: Role::Destination, written: Some(<_>::default()), ..Summary::default() };
    let hostile = |mut summary: Summary| {
        let name = sample::SCRIPT.to_owned();
        if let Some(written) = &mut summary.written {
            written.rejects.push(Reject {
                reason: name.clone(),
                meaning: Some(name.clone()),
                rows: 1,
                ..Reject::default()
            });
            written.left_out.insert(name.clone(), 1);
            written.plan = Some(name.clone());
        }
        summary.dry_run = true;
        summary.settings.insert(name.clone(), name);
        summary.with_texts(&|text| match &*text {
            "source" | "destination" | "complete" | "incomplete" | "failed" | "stopped" | "not_begun" => text,
            text if text.chars().any(char::is_uppercase) => format!("{text}{}", sample::SCRIPT),
            _ => text,
        })
    };
    [("read", sample::read()), ("write", sample::write()), ("hostile", hostile(sample::write())), ("empty", empty)]
}

#[test]
fn a_page_asks_nobody_and_runs_nothing() {
    for (name, summary) in pages() {
        let page = page(&summary);
        for outside in
            ["http://", "https://", "src=", "href=", "url(", "<script", "@import", "<link", "<img", "<iframe"]
        {
            assert!(!page.contains(outside), "{name}: {outside}");
        }
        assert!(page.contains("default-src 'none'"), "{name}");
    }
}

#[test]
fn a_name_that_would_be_a_script_is_text() {
    let [_, _, (_, hostile), _] = pages();
    let page = page(&hostile);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;"), "{page}");
}

#[test]
fn a_reader_finds_what_went_wrong_first() {
    let page = page(&sample::read());
    let place = |text: &str| page.find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(place("What went wrong") < place("Requests a second"));
    assert!(place("Add the permission to the app") < place("Where the time went"));
    assert!(place("1,284,332") < place("<table"));
}

#[test]
fn what_did_not_happen_is_not_drawn() {
    let quiet = Summary {
        spent: Spent::default(),
        timeline: Timeline::default(),
        totals: Totals::default(),
        ..sample::write()
    };
    let page = page(&quiet);
    assert!(!page.contains("<svg") && !page.contains("Where the time went"));
}

#[test]
fn many_refusals_blame_the_limit_that_refused() {
    for (refusals_by_app, blames, not) in [
        (900, "other runs or programs use", "one path, advertiser or pixel"),
        (0, "one path, advertiser or pixel", "other runs"),
    ] {
        let read = sample::read();
        let totals = Totals { requests: 4_000, refusals: 900, refusals_by_app, ..read.totals };
        let page = page(&Summary { totals, ..read });
        assert!(page.contains(blames) && !page.contains(not), "{refusals_by_app}");
    }
}

/// Programs read it, so a change shows in the difference.
#[test]
fn the_form_of_a_summary_is_documented() {
    let schema = serde_json::to_string_pretty(&schemars::schema_for!(Summary)).unwrap() + "\n";
    expect_file![Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/summary.schema.json")].assert_eq(&schema);
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (name, summary) in pages() {
        let value = serde_json::from_str(&summary.to_json()).unwrap();
        assert!(validator.is_valid(&value), "{name}");
        assert_eq!(summary.clone().with_texts(&|text| text), summary, "{name}");
    }
}

/// For the eye: `REPORT_SAMPLES=folder cargo test --lib report` writes the pages there.
#[test]
fn samples_can_be_looked_at() {
    let Some(folder) = std::env::var_os("REPORT_SAMPLES") else { return };
    for (name, summary) in pages() {
        std::fs::write(Path::new(&folder).join(format!("{name}.html")), page(&summary)).unwrap();
    }
}
