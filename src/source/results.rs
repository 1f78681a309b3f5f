//! What `check` says of the destination's results.

use crate::access::CheckReport;
use crate::config::SourceConfig;
use crate::error::Result;
use crate::words::counted;
use crate::written::Written;

/// The line of `check`.
const RESULTS: &str = "write results";
/// What places without a file come to.
pub(super) const EMPTY: &str = "there are no results and no rejected rows yet; see that `write_results` names the places of the \
                                destination's `result_records` and `rejected_records`";

/// Whether results can be read; nothing, if the config names no place of them.
pub(super) async fn check(config: &SourceConfig, report: &mut CheckReport) {
    if !config.write_results.is_set() {
        return;
    }
    match files(config).await {
        Ok(0) => report.warn(RESULTS, EMPTY.to_owned()),
        Ok(files) => report.ok(RESULTS, format!("{} can be read", counted(files, "file"))),
        Err(error) => report.fail(RESULTS, error),
    }
}

async fn files(config: &SourceConfig) -> Result<usize> {
    Written::open(&config.write_results)?.look().await
}
