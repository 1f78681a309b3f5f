//! The report of a check: one row per fact, in order. The first failure is the result of the check.

use crate::error::{Error, Result};

/// The status of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowStatus {
    Ok,
    /// Neither good nor bad, or unknown.
    Note,
    Warning,
    Failed,
}

impl RowStatus {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Failed => "failed",
        }
    }
}

#[derive(Debug)]
struct ReportRow {
    status: RowStatus,
    topic: String,
    finding: String,
}

/// All rows so far.
#[derive(Debug, Default)]
pub(crate) struct CheckReport {
    rows: Vec<ReportRow>,
    failed: Option<Error>,
}

impl CheckReport {
    pub(crate) fn ok(&mut self, topic: &str, finding: impl Into<String>) {
        self.row(RowStatus::Ok, topic, finding.into());
    }

    pub(crate) fn note(&mut self, topic: &str, finding: impl Into<String>) {
        self.row(RowStatus::Note, topic, finding.into());
    }

    pub(crate) fn warn(&mut self, topic: &str, finding: impl Into<String>) {
        self.row(RowStatus::Warning, topic, finding.into());
    }

    /// Adds a problem. The first one is the result of `check`.
    pub(crate) fn fail(&mut self, topic: &str, error: Error) {
        self.row(RowStatus::Failed, topic, error.to_string());
        self.failed = self.failed.take().or(Some(error));
    }

    #[must_use]
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.is_some()
    }

    fn row(&mut self, status: RowStatus, topic: &str, finding: String) {
        // Several checks may find the same; one row is enough.
        if !self.rows.iter().any(|row| row.topic == topic && row.finding == finding) {
            self.rows.push(ReportRow { status, topic: topic.to_owned(), finding });
        }
    }

    /// Adds what another report found.
    pub(crate) fn join(&mut self, other: Self) {
        other.rows.into_iter().for_each(|row| self.row(row.status, &row.topic, row.finding));
        self.failed = self.failed.take().or(other.failed);
    }

    /// The lines of the table.
    fn table(&self) -> impl Iterator<Item = (RowStatus, String)> {
        let width = self.rows.iter().map(|row| row.topic.chars().count()).max().unwrap_or_default();
        self.rows
            .iter()
            .map(move |row| (row.status, format!("{:<7} | {:<width$} | {}", row.status.word(), row.topic, row.finding)))
    }

    /// The table as text, one line per row.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        self.table().map(|(_, line)| line)
    }

    /// Logs the table, one line per row, and returns the first problem.
    pub(crate) fn finish(self) -> Result<()> {
        for (status, line) in self.table() {
            match status {
                RowStatus::Ok | RowStatus::Note => tracing::info!("{line}"),
                RowStatus::Warning => tracing::warn!("{line}"),
                RowStatus::Failed => tracing::error!("{line}"),
            }
        }
        self.failed.map_or(Ok(()), Err)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned_and_the_first_failure_is_the_answer() {
        let mut report = CheckReport::default();
        report.ok("access token", "valid");
        report.fail("app", Error::config("The first"));
        report.fail("advertiser 7", Error::config("The second"));
        report.warn("clock", "late");
        let lines: Vec<String> = report.lines().collect();
        assert_eq!(
            lines,
            [
                "ok      | access token | valid",
                "failed  | app          | The first.",
                "failed  | advertiser 7 | The second.",
                "warning | clock        | late",
            ]
        );
        assert_eq!(report.finish().unwrap_err().message(), "The first");
    }
}
