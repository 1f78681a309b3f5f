//! What is told of rows: verdicts for the shell, lines of `result_records`, and counts. Pure.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::change::Change;
use super::kind::KindDef;
use super::wish::Wish;
use crate::config::ads::Action;
use crate::destination::record::fault::Fault;
use crate::destination::shell::lane::{RecordRef, Verdict};
use crate::destination::shell::results::object_target;
use crate::destination::shell::results::{Done, ResultRow};
use crate::destination::shell::streams::StreamName;
use crate::error::Error;
use crate::report::summary::Target;

/// A row without its parent at the end.
pub(crate) const PARENT_MISSING: Fault = Fault::new(
    None,
    "parent_missing",
    "The object above it that the row names is not in the account, and no row of this sync made it.",
);

/// An ad without its file at the end.
pub(crate) const FILE_MISSING: Fault = Fault::new(
    None,
    "file_missing",
    "A file that the ad names is not in the account's library, and no row of this sync uploaded it.",
);

/// What is to be told, and what was.
#[derive(Default)]
pub(crate) struct Told {
    verdicts: Vec<(RecordRef, Verdict)>,
    results: Vec<ResultRow>,
    counts: BTreeMap<&'static str, BTreeMap<Done, u64>>,
}

/// What was done, by the action that was planned.
#[must_use]
pub(crate) fn done_of(action: Action) -> Done {
    match action {
        Action::Create => Done::Created,
        Action::Update => Done::Updated,
        Action::Pause => Done::Paused,
        Action::Resume => Done::Resumed,
        Action::Delete | Action::Broaden => Done::Deleted,
        Action::End => Done::Ended,
        Action::Promote => Done::Promoted,
    }
}

/// A row of a wish, without what is to be told.
#[must_use]
pub(crate) fn row(wish: &Wish, stream: StreamName, action: Done) -> ResultRow {
    ResultRow {
        stream,
        key: wish.key(),
        object: wish.kind.object,
        advertiser_id: wish.advertiser.clone(),
        action,
        id: wish.id.clone(),
        reason: None,
        changes: Map::new(),
    }
}

/// Each field's values before and after.
#[must_use]
pub(crate) fn changes(change: &Change) -> Map<String, Value> {
    let pair = |before: Option<Value>, after: Value| json!([before, after]);
    let fields = change.fields.iter().map(|changed| {
        let before = changed.before.as_ref().map(super::value::Held::json);
        (changed.field.to_owned(), pair(before, changed.after.json()))
    });
    let status = change.status.map(|status| {
        let before = change.was_enabled.map(|was| super::change::Status::of(was).word().into());
        ("operation_status".to_owned(), pair(before, status.word().into()))
    });
    fields.chain(status).collect()
}

impl Told {
    pub(crate) fn verdict(&mut self, sender: RecordRef, verdict: Verdict) {
        self.verdicts.push((sender, verdict));
    }

    pub(crate) fn verdicts(&mut self) -> Vec<(RecordRef, Verdict)> {
        std::mem::take(&mut self.verdicts)
    }

    pub(crate) fn results(&mut self) -> Vec<ResultRow> {
        std::mem::take(&mut self.results)
    }

    pub(crate) fn result(&mut self, row: ResultRow) {
        *self.counts.entry(row.object).or_default().entry(row.action).or_default() += 1;
        self.results.push(row);
    }

    /// A row that could not be read.
    pub(crate) fn unread(&mut self, stream: StreamName, kind: &KindDef, key: String, fault: &Fault) {
        self.result(ResultRow::refused(stream, kind.object, key, fault));
    }

    /// A row for which nothing is to be done.
    pub(crate) fn unchanged(&mut self, wish: &Wish, stream: StreamName, sender: RecordRef, id: Option<String>) {
        self.result(ResultRow { id, ..row(wish, stream, Done::Unchanged) });
        self.verdict(sender, Verdict::Accepted);
    }

    pub(crate) fn refused(&mut self, wish: &Wish, stream: StreamName, sender: RecordRef, fault: Fault) {
        let reason = Some(format!("{}: {}", fault.reason, fault.message));
        self.result(ResultRow { reason, ..row(wish, stream, Done::Refused) });
        self.verdict(sender, Verdict::Rejected(fault));
    }

    /// A row of an account to which nothing is written; its stream fails.
    pub(crate) fn failed(&mut self, wish: &Wish, stream: StreamName, sender: RecordRef, error: Arc<Error>) {
        self.result(ResultRow { reason: Some(error.message().to_owned()), ..row(wish, stream, Done::Refused) });
        self.verdict(sender, Verdict::Failed(error));
    }

    /// A change of a dry run.
    pub(crate) fn planned(&mut self, wish: &Wish, stream: StreamName, sender: RecordRef, change: &Change) {
        let reason = Some(change.action.word().to_owned());
        let id = change.id.clone();
        self.result(ResultRow { reason, id, changes: changes(change), ..row(wish, stream, Done::Planned) });
        self.verdict(sender, Verdict::Accepted);
    }

    /// A change that came back; the shell settles its record.
    pub(crate) fn done(&mut self, wish: &Wish, stream: StreamName, change: &Change, id: String) {
        let action = done_of(change.action);
        self.result(ResultRow { id: Some(id), changes: changes(change), ..row(wish, stream, action) });
    }

    pub(crate) fn refused_by_tiktok(&mut self, wish: &Wish, stream: StreamName, message: &str) {
        let reason = Some(format!("refused_by_tiktok: {message}"));
        self.result(ResultRow { reason, ..row(wish, stream, Done::Refused) });
    }

    pub(crate) fn lost(&mut self, wish: &Wish, stream: StreamName, error: &Arc<Error>) {
        let reason = Some(error.message().to_owned());
        self.result(ResultRow { reason, ..row(wish, stream, Done::Unknown) });
    }

    /// The same in numbers.
    #[must_use]
    pub(crate) fn targets(&self) -> Vec<Target> {
        self.counts.iter().map(|(object, counts)| object_target(object, counts.iter())).collect()
    }

    /// A line an object: what was done, and how often.
    #[must_use]
    pub(crate) fn summary(&self) -> Vec<String> {
        let line = |(object, counts): (&&str, &BTreeMap<Done, u64>)| {
            let counts: Vec<String> = counts.iter().map(|(done, count)| format!("{count} {}", done.word())).collect();
            format!("{object}: {}", counts.join(", "))
        };
        self.counts.iter().map(line).collect()
    }
}
