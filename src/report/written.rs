//! The part of the page about what was written: streams, rejects, targets, audiences.

use maud::{Markup, html};

use super::figures::{count, counted, share};
use super::pieces::{Part, badge, name, number, stack};
use super::summary::{Audience, Reject, Target, Written, WrittenStream};

/// Reasons that the page shows; the rest is summed up.
const REASONS_MAX: usize = 20;

pub(super) fn written(written: &Written, dry_run: bool) -> Markup {
    html! {
        (streams(&written.streams))
        (rejects(&written.rejects))
        (audiences(&written.audiences))
        (targets(&written.targets))
        @if !written.left_out.is_empty() {
            section {
                h2 { "Fields left out" }
                p.soft { "Their rows were sent without them." }
                dl.facts { @for (reason, rows) in &written.left_out { div { dt { (reason) } dd { (count(*rows)) } } } }
            }
        }
        @if let Some(plan) = written.plan.as_ref().filter(|_| dry_run) {
            section { h2 { "The plan" } p { "Its digest, for " code { "ads.apply_plan" } ": " code { (plan) } } }
        }
    }
}

fn parts(stream: &WrittenStream) -> [Part; 4] {
    [
        Part { class: "ok", name: "accepted", value: stream.accepted },
        Part { class: "quiet", name: "passed over", value: stream.passed_over },
        Part { class: "warn", name: "rejected", value: stream.rejected },
        Part { class: "bad", name: "unknown", value: stream.failed },
    ]
}

fn streams(streams: &[WrittenStream]) -> Markup {
    let mut sorted: Vec<&WrittenStream> = streams.iter().collect();
    sorted.sort_by_key(|stream| stream.status);
    let row = |stream: &WrittenStream| {
        html! {
            tr {
                th scope="row" { (name(&stream.stream)) }
                td { (badge(stream.status)) }
                (number("Records", stream.records))
                (number("Accepted", stream.accepted))
                (number("Rejected", stream.rejected))
                (number("Passed over", stream.passed_over))
                (number("Unknown", stream.failed))
                td.bar data-label="" { (stack(&parts(stream))) }
            }
        }
    };
    html! {
        section {
            h2 { "Streams" }
            @if streams.is_empty() { p.soft { "None was begun." } } @else {
                table {
                    thead { tr {
                        th { "Stream" } th { "Status" } th.n { "Records" } th.n { "Accepted" } th.n { "Rejected" }
                        th.n { "Passed over" } th.n { "Unknown" } th { "" }
                    } }
                    tbody { @for stream in sorted { (row(stream)) } }
                }
            }
        }
    }
}

fn rejects(rejects: &[Reject]) -> Markup {
    if rejects.is_empty() {
        return html! {};
    }
    let all: u64 = rejects.iter().map(|reject| reject.rows).sum();
    let most = rejects.iter().map(|reject| reject.rows).max().unwrap_or_default();
    let more: u64 = rejects.iter().skip(REASONS_MAX).map(|reject| reject.rows).sum();
    let row = |reject: &Reject| {
        html! {
            li {
                div.named { code { (reject.reason) } span.figure { (count(reject.rows)) " · " (share(reject.rows, all)) } }
                (stack(&[
                    Part { class: "warn", name: "", value: reject.rows },
                    Part { class: "none", name: "", value: most - reject.rows },
                ]))
                @if let Some(meaning) = &reject.meaning { p.soft { (meaning) } }
                @if reject.streams.len() > 1 {
                    p.soft { @for (at, (stream, rows)) in reject.streams.iter().enumerate() {
                        @if at > 0 { ", " } (stream) " " (count(*rows))
                    } }
                }
            }
        }
    };
    html! {
        section {
            h2 { "Rejected, by reason" }
            p.soft { (counted(all, "row")) " " @if all == 1 { "was" } @else { "were" } " not taken. " code { "rejected_records" } " in the config keeps each of them with its reason." }
            ol.bars { @for reject in rejects.iter().take(REASONS_MAX) { (row(reject)) } }
            @if more > 0 { p.soft { "And " (counted(more, "row")) " for other reasons." } }
        }
    }
}

fn audiences(audiences: &[Audience]) -> Markup {
    if audiences.is_empty() {
        return html! {};
    }
    html! {
        section {
            h2 { "Audiences, as TikTok has them" }
            p.soft { "TikTok takes up to 48 hours to match members, and ads need 1,000 matched people." }
            div.cards { @for audience in audiences { (one_audience(audience)) } }
        }
    }
}

fn one_audience(audience: &Audience) -> Markup {
    let (class, word) = match (audience.expired, audience.usable) {
        (true, _) => ("bad", "expired"),
        (false, true) => ("ok", "ready for ads"),
        (false, false) => ("warn", "not ready yet"),
    };
    let filled = audience.members.filter(|_| audience.match_rate.is_some());
    html! {
        article {
            h3 { (audience.name) " " span class={ "badge " (class) } { (word) } }
            p.soft { "audience " (audience.id) " of advertiser " (audience.advertiser_id) }
            @if let Some(members) = filled {
                (stack(&[
                    Part { class: "ok", name: "matched", value: audience.tiktok_count.min(members) },
                    Part { class: "none", name: "", value: members.saturating_sub(audience.tiktok_count) },
                ]))
            }
            dl.facts {
                div { dt { "People, by TikTok" } dd { (count(audience.tiktok_count)) } }
                @if let Some(members) = audience.members { div { dt { "Members, by the ledger" } dd { (count(members)) } } }
                div { dt { "Match rate" } dd {
                    @match audience.match_rate {
                        Some(rate) => (format!("{rate:.0} %")),
                        None => "not known yet",
                    }
                } }
                @if let Some(day) = &audience.expires_on {
                    div { dt { @if audience.expired { "Expired on" } @else { "Expires on" } } dd { (day) } }
                }
                @if let Some(sync) = &audience.sync {
                    div { dt { "Added" } dd { (count(sync.added)) } }
                    div { dt { "Unchanged" } dd { (count(sync.unchanged)) } }
                    div { dt { "Identifiers removed" } dd { (count(sync.removed_identifiers)) } }
                    div { dt { "Rejected" } dd { (count(sync.rejected)) } }
                    div { dt { "Equals its stream" } dd { @if sync.complete { "yes" } @else { "not known" } } }
                }
            }
            @for note in &audience.notes { p.note { (note) } }
        }
    }
}

/// The words of what was done that are good, quiet or bad.
fn class(done: &str) -> &'static str {
    match done {
        "refused" => "warn",
        "unknown" | "not_taken" => "bad",
        "unchanged" | "to_add" | "to_delete" => "quiet",
        "planned" | "intent" => "plan",
        _ => "ok",
    }
}

fn targets(targets: &[Target]) -> Markup {
    if targets.is_empty() {
        return html! {};
    }
    // What is to be done is no part of what was done.
    let parts = |target: &Target| -> Vec<Part> {
        let done = target.done.iter().filter(|(done, _)| !done.starts_with("to_"));
        done.map(|(done, value)| Part { class: class(done), name: "", value: *value }).collect()
    };
    html! {
        section {
            h2 { "What was done to what" }
            ol.bars {
                @for target in targets {
                    li {
                        div.named { strong { (target.name) } @if let Some(id) = &target.id { span.soft { (id) } } }
                        (stack(&parts(target)))
                        p.legend { @for (done, value) in &target.done {
                            span { i.swatch.(class(done)) {} (count(*value)) " " (done.replace('_', " ")) }
                        } }
                    }
                }
            }
        }
    }
}
