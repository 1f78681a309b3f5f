//! The page of a summary: one file that needs no other and asks nobody. Every text is escaped by the templates.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{Layer, Paint, Plot};
use super::figures::{bytes, count, counted, percent, share, time};
use super::pieces::{badge, name, number, sentence, tile};
use super::summary::{Outcome, Problem, ReadStream, Role, Spent, Status, Step, Summary};
use super::written::written;

const STYLE: &str = include_str!("page.css");

/// Refusals beyond this share, in per cent, are worth a sentence.
const MANY_REFUSALS: u64 = 10;

/// The page as HTML.
#[must_use]
pub(crate) fn page(summary: &Summary) -> String {
    let verb = match summary.role {
        Role::Source => "read",
        Role::Destination => "write",
    };
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                // Whatever stands in it, nothing is loaded and nothing runs.
                meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'";
                title { "TikTok Ads: " (verb) ", " (outcome(summary).1) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    (head(summary, verb))
                    (problems(&summary.problems))
                    (tiles(summary))
                    (requests(summary))
                    (spent(summary))
                    @match &summary.written {
                        Some(all) => (written(all, summary.dry_run)),
                        None => (streams(summary)),
                    }
                    (foot(summary))
                }
            }
        }
    };
    markup.into_string()
}

/// The class and the words for how a run ended.
fn outcome(summary: &Summary) -> (&'static str, &'static str) {
    match summary.outcome {
        Outcome::Complete => ("ok", "complete"),
        Outcome::Incomplete => ("bad", "incomplete"),
        Outcome::Failed => ("bad", "failed"),
        Outcome::Stopped => ("warn", "stopped before its end"),
    }
}

fn head(summary: &Summary, verb: &str) -> Markup {
    let (class, word) = outcome(summary);
    html! {
        header {
            h1 { "TikTok Ads: " (verb) " " span class={ "badge " (class) } { (word) }
                @if summary.dry_run { " " span.badge.plan { "dry run: nothing was sent" } } }
            p.soft { (moment(&summary.began_at)) " to " (moment(&summary.ended_at)) " · " (time(summary.seconds)) }
        }
    }
}

/// `2026-03-10 16:00:00 UTC`
fn moment(text: &str) -> String {
    text.replace('T', " ").replace('Z', " UTC")
}

fn problems(problems: &[Problem]) -> Markup {
    if problems.is_empty() {
        return html! {};
    }
    let who_mends = |kind: &str| match kind {
        "temporary" => "passes by itself: run it again",
        "settings" => "needs you",
        _ => "needs a look",
    };
    html! {
        section.problems {
            h2 { "What went wrong" }
            @for problem in problems {
                article {
                    h3 { (problem.stream.as_deref().unwrap_or("The run")) " " span.badge.bad { (who_mends(&problem.kind)) } }
                    p { (sentence(&problem.message)) }
                    @if let Some(advice) = &problem.advice { p.advice { strong { "What to do: " } (sentence(advice)) } }
                }
            }
        }
    }
}

fn tiles(summary: &Summary) -> Markup {
    let totals = &summary.totals;
    let refused = match totals.refusals {
        0 => "none refused".to_owned(),
        some => format!("{} refused as too many ({})", count(some), share(some, totals.requests)),
    };
    let speed = if summary.seconds >= 1.0 && totals.records > 0 {
        format!("{} a second", count(per_second(totals.records, summary.seconds)))
    } else {
        String::new()
    };
    let waits =
        format!("{}, {}", counted(totals.retries, "retry").replace("retrys", "retries"), counted(totals.waits, "wait"));
    html! {
        div.tiles {
            (tile("Records", &count(totals.records), &speed))
            @match &summary.written {
                Some(written) => {
                    @let (accepted, rejected) = taken(written);
                    (tile("Accepted", &count(accepted), &share(accepted, totals.records)))
                    (tile("Rejected", &count(rejected), &counted(written.rejects.len() as u64, "reason")))
                }
                None => (tile("Data", &bytes(totals.bytes), &progress(&summary.read))),
            }
            (tile("Requests", &count(totals.requests), &refused))
            (tile("Time", &time(summary.seconds), &waits))
        }
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a rate")]
fn per_second(number: u64, seconds: f64) -> u64 {
    (number as f64 / seconds).round() as u64
}

fn taken(written: &super::summary::Written) -> (u64, u64) {
    written
        .streams
        .iter()
        .fold((0, 0), |(accepted, rejected), stream| (accepted + stream.accepted, rejected + stream.rejected))
}

fn progress(streams: &[ReadStream]) -> String {
    let whole = streams.iter().filter(|stream| stream.status == Status::Complete).count() as u64;
    format!("{} of {} complete", count(whole), counted(streams.len() as u64, "stream"))
}

#[expect(clippy::cast_precision_loss, reason = "a picture")]
fn requests(summary: &Summary) -> Markup {
    let (timeline, totals) = (&summary.timeline, &summary.totals);
    if timeline.steps.is_empty() || totals.requests == 0 {
        return html! {};
    }
    let layers = [
        Layer { paint: Paint(4), of: |step: &Step| step.requests.saturating_sub(step.refusals) as f64 },
        Layer { paint: Paint(5), of: |step: &Step| step.refusals as f64 },
    ];
    let quota = timeline.requests_per_second;
    let says =
        format!("Requests a second over time: {} in all, {} refused.", count(totals.requests), count(totals.refusals));
    let plot = Plot {
        timeline,
        layers: &layers,
        line: (quota > 0.0).then_some(quota),
        label: |value| if value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.1}") },
        says: &says,
        per_second: true,
        top: None,
    };
    let many = totals.refusals * 100 > totals.requests * MANY_REFUSALS;
    let is_app = totals.refusals_by_app * 2 >= totals.refusals;
    html! {
        section {
            h2 { "Requests a second" }
            p.legend {
                span { i.swatch.f4 {} "taken" } span { i.swatch.f5 {} "refused as too many" }
                @if quota > 0.0 { span { i.swatch.line {} "the quota that this run tries: " (quota) " a second" } }
            }
            (plot.draw(summary.seconds))
            @if many && !is_app {
                p.note { (share(totals.refusals, totals.requests)) " of the requests were refused, most of them by a limit of one path, advertiser or pixel: another quota of the app changes nothing. Fewer streams of these advertisers at once, or a longer time between runs, mean fewer refusals." }
            }
            @if many && is_app {
                p.note { (share(totals.refusals, totals.requests)) " of the requests were refused: other runs or programs use the same app, or its quota is lower than " code { "requests_per_second" } " says." }
            }
        }
    }
}

/// The kinds of time with their class and a sentence for the longest.
fn kinds(spent: &Spent) -> [(u8, &'static str, f64, &'static str); 5] {
    [
        (4, "asking TikTok", spent.asking, "Most of the time TikTok worked on answers."),
        (
            6,
            "waiting for the quota",
            spent.waiting_for_quota,
            "The quota was the brake: fewer streams, advertisers or days make a run shorter, and a larger machine does not.",
        ),
        (
            7,
            "waiting for TikTok's work",
            spent.waiting_for_tiktok,
            "Most of the time TikTok worked on what it was given.",
        ),
        (
            5,
            "waiting to try again",
            spent.retrying,
            "Most of the time went into failures: TikTok or the network between was out of order.",
        ),
        (
            8,
            "own work, input and output",
            spent.own,
            "Most of the time the connector worked, or waited for whoever is at its other end.",
        ),
    ]
}

fn spent(summary: &Summary) -> Markup {
    let whole = summary.spent.whole();
    if whole <= 0.0 {
        return html! {};
    }
    let layers = [
        Layer { paint: Paint(4), of: |step: &Step| percent_of(step, step.spent.asking) },
        Layer { paint: Paint(6), of: |step: &Step| percent_of(step, step.spent.waiting_for_quota) },
        Layer { paint: Paint(7), of: |step: &Step| percent_of(step, step.spent.waiting_for_tiktok) },
        Layer { paint: Paint(5), of: |step: &Step| percent_of(step, step.spent.retrying) },
        Layer { paint: Paint(8), of: |step: &Step| percent_of(step, step.spent.own) },
    ];
    let kinds = kinds(&summary.spent);
    let told: Vec<String> = kinds.iter().map(|(_, name, seconds, _)| format!("{name} {}", time(*seconds))).collect();
    let says = format!("Where the time went: {}.", told.join(", "));
    let plot = Plot {
        timeline: &summary.timeline,
        layers: &layers,
        line: None,
        label: |value| format!("{value:.0} %"),
        says: &says,
        per_second: false,
        top: Some(100.0),
    };
    let longest = kinds.iter().max_by(|(_, _, one, _), (_, _, other, _)| one.total_cmp(other));
    html! {
        section {
            h2 { "Where the time went" }
            div.stack.tall aria-hidden="true" {
                @for (paint, name, seconds, _) in kinds.iter().filter(|(_, _, seconds, _)| *seconds > 0.0) {
                    i class={ "b" (paint) } style={ "flex-grow:" (format!("{seconds:.3}")) } title={ (name) ", " (time(*seconds)) } {}
                }
            }
            p.legend {
                @for (paint, name, seconds, _) in kinds.iter().filter(|(_, _, seconds, _)| *seconds > 0.0) {
                    span { i.swatch.{ "f" (paint) } {} (name) ": " strong { (time(*seconds)) } " (" (percent(*seconds, whole)) ")" }
                }
            }
            @if summary.timeline.steps.len() > 1 { (plot.draw(summary.seconds)) }
            @if let Some((_, _, _, sentence)) = longest { p.note { (sentence) } }
        }
    }
}

fn percent_of(step: &Step, part: f64) -> f64 {
    match step.spent.whole() {
        whole if whole > 0.0 => part * 100.0 / whole,
        _ => 0.0,
    }
}

fn streams(summary: &Summary) -> Markup {
    let mut sorted: Vec<&ReadStream> = summary.read.iter().collect();
    sorted.sort_by_key(|stream| stream.status);
    html! {
        section {
            h2 { "Streams" }
            @if sorted.is_empty() { p.soft { "None was begun." } } @else {
                table {
                    thead { tr {
                        th { "Stream" } th { "Status" } th.n { "Records" } th.n { "Data" } th.n { "Requests" } th.n { "Retries" }
                        th.n { "Waits" } th.n { "Partitions" } th.n { "Days" } th.n { "Time" } th { "When" }
                    } }
                    tbody { @for stream in sorted { (read_stream(stream, summary.seconds)) } }
                }
                p.soft { "Partitions: advertisers, or other parts with a cursor of their own, read to their end. Days: of reports, over all partitions; those known to be empty are not asked for." }
            }
        }
    }
}

fn read_stream(stream: &ReadStream, run: f64) -> Markup {
    let partitions = match (stream.partitions_whole, stream.partitions) {
        (whole, all) if whole == all => count(all),
        (whole, all) => format!("{} of {}", count(whole), count(all)),
    };
    html! {
        tr {
            th scope="row" { (name(&stream.stream)) }
            td { (badge(stream.status)) }
            (number("Records", stream.records))
            td.n.zero[stream.bytes == 0] data-label="Data" { (bytes(stream.bytes)) }
            (number("Requests", stream.requests))
            (number("Retries", stream.retries))
            (number("Waits", stream.waits))
            td.n.zero[stream.partitions == 0] data-label="Partitions" { (partitions) }
            td.n.zero[stream.days + stream.days_skipped == 0] data-label="Days" {
                (count(stream.days))
                @if stream.days_skipped > 0 { span.soft { "+ " (count(stream.days_skipped)) " empty" } }
            }
            td.n data-label="Time" { (time(stream.seconds)) }
            td.bar data-label="" { (when(stream, run)) }
        }
    }
}

/// When a stream was read, on the run's length. A moment is wide enough to be seen.
fn when(stream: &ReadStream, run: f64) -> Markup {
    if stream.status == Status::NotBegun || run <= 0.0 {
        return html! { div.track {} };
    }
    let class = match stream.status {
        Status::Complete => "ok",
        Status::Stopped => "warn",
        Status::Incomplete | Status::NotBegun => "bad",
    };
    let left = (stream.began_after * 100.0 / run).clamp(0.0, 98.0);
    let width = (stream.seconds * 100.0 / run).clamp(2.0, 100.0 - left);
    let title =
        format!("from {} to {} of the run", time(stream.began_after), time(stream.began_after + stream.seconds));
    html! { div.track title=(title) { i.(class) style={ "left:" (format!("{left:.1}")) "%;width:" (format!("{width:.1}")) "%" } {} } }
}

fn foot(summary: &Summary) -> Markup {
    html! {
        footer {
            dl.facts {
                div { dt { "Connector" } dd { "tiktok-ads " (summary.connector_version) } }
                @for (name, value) in &summary.settings { div { dt { (name) } dd { (value) } } }
            }
        }
    }
}

#[cfg(test)]
mod tests;
