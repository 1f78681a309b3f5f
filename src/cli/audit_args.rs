//! What `source audit` takes.

use std::path::PathBuf;

use chrono::NaiveDate;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// The config, as `spec` describes it.
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,
    /// The first day, in each advertiser's own time zone; else six days before the last.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub start_date: Option<NaiveDate>,
    /// The last day; else the newest that is settled, which is two or three days ago.
    #[arg(long, value_name = "YYYY-MM-DD")]
    pub end_date: Option<NaiveDate>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
}
