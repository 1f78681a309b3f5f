//! Which streams there are under a config: the table in its layout, and the user's own reports. Pure.

use std::sync::Arc;

use crate::config::custom_report::{CustomReport, DataLevel, ReportFilter, ReportLayout, ReportType, Tables};
use crate::config::{SourceConfig, fault};
use crate::error::Result;
use crate::streams::custom::{self, Condition, CustomSpec};
use crate::streams::report::{Kind, Level};
use crate::streams::{self, StreamDef, sandbox};

/// What is there without a config.
#[must_use]
pub(crate) fn default() -> Vec<Arc<StreamDef>> {
    streams::all().to_vec()
}

/// What is shown to be chosen from: a sandbox account has fewer. A report of the user's own is the user's to choose.
pub(crate) fn shown(config: &SourceConfig) -> Result<Vec<Arc<StreamDef>>> {
    let mut all = streams(config)?;
    if config.credentials.is_sandbox() {
        all.retain(|stream| sandbox::has(stream) || stream.is_custom());
    }
    Ok(all)
}

/// What is there with it. All faults of all custom reports are told at once.
pub(crate) fn streams(config: &SourceConfig) -> Result<Vec<Arc<StreamDef>>> {
    let own = match config.report_layout {
        ReportLayout::Nested => default(),
        ReportLayout::Flat => streams::all().iter().map(|stream| Arc::new(stream.flat())).collect(),
    };
    let tables = streams::tables();
    let mut all = match config.tables {
        Tables::Airbyte => own,
        Tables::Fivetran => tables.to_vec(),
        Tables::Both => [own, tables.to_vec()].concat(),
    };
    all.extend(config.leads.read.then(|| streams::leads().clone()));
    let mut faults = Vec::new();
    // A report may have the name of a table that is not there.
    let mut taken: Vec<&str> =
        tables.iter().map(|table| &*table.name).filter(|_| config.tables != Tables::Airbyte).collect();
    for (at, report) in config.custom_reports.iter().enumerate() {
        match custom::stream(&spec(report, &conditions(report)), &taken) {
            Ok(stream) => all.push(Arc::new(stream)),
            Err(wrong) => {
                let told = wrong.iter().map(|one| format!("`custom_reports[{at}].{}` {}", one.field, one.sentence));
                faults.extend(told);
            }
        }
        taken.push(report.name.as_str());
    }
    if faults.is_empty() { Ok(all) } else { Err(fault::error(&faults)) }
}

fn spec<'a>(report: &'a CustomReport, filtering: &'a [Condition]) -> CustomSpec<'a> {
    let level = match report.data_level {
        DataLevel::AuctionAdvertiser => Level::Advertiser,
        DataLevel::AuctionCampaign => Level::Campaign,
        DataLevel::AuctionAdgroup => Level::AdGroup,
        DataLevel::AuctionAd => Level::Ad,
    };
    let kind = match report.report_type {
        ReportType::Basic => Kind::Basic(level),
        ReportType::Audience => Kind::Audience(level),
        ReportType::TtShop => Kind::Shop(level),
    };
    CustomSpec {
        name: &report.name,
        kind,
        dimensions: &report.dimensions,
        metrics: &report.metrics,
        filtering,
        lifetime: report.query_lifetime,
    }
}

fn conditions(report: &CustomReport) -> Vec<Condition> {
    let condition = |one: &ReportFilter| Condition {
        field_name: one.field_name.clone(),
        filter_type: one.filter_type.clone(),
        filter_value: one.filter_value.clone(),
    };
    report.filtering.iter().map(condition).collect()
}
