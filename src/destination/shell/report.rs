//! What a run did: a line per target and one for the rest, in the log and as a table on a terminal.

use std::io::{IsTerminal, Write as _};

use super::any_lane::AnyLane;
use super::rejects::{self, Rejects};
use super::send::Post;
use crate::report::summary::Audience;

/// Tells the summary, and then what TikTok itself says of what was written; its word on audiences.
pub(crate) async fn close(lanes: &[Box<dyn AnyLane>], post: &Post, rejects: &Rejects) -> Vec<Audience> {
    let (requests, waits) = post.traffic.0.traffic();
    let mut lines: Vec<String> = lanes.iter().flat_map(|lane| lane.summary()).collect();
    lines.push(format!("rejected: {}; requests: {requests}; waits: {waits}", rejects::list_or_none(rejects.counts())));
    if let Some(digest) = post.results.plan().filter(|_| post.dry_run) {
        lines.push(format!("the plan's digest, for `ads.apply_plan`: {digest}"));
    }
    let table = lines.join("\n");
    tracing::info!("{}{table}", if post.dry_run { "Dry run, nothing was sent. " } else { "" });
    if std::io::stderr().is_terminal() {
        // A terminal that is gone needs no table.
        let _ = writeln!(std::io::stderr(), "{table}");
    }
    let mut audiences = Vec::new();
    if !post.dry_run {
        for lane in lanes {
            audiences.extend(lane.report_status(&post.client).await);
        }
    }
    audiences
}
