//! The source's settings: a superset of Airbyte's `source-tiktok-marketing`.
//!
//! `spec/source.json` is generated from these types. Titles, order and examples are for the form that a platform draws.

use chrono::NaiveDate;
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use super::credentials::Credentials;
use super::custom_report::{CustomReport, ReportLayout, Tables};
use super::fault::{self, Checks};
use super::leads::LeadOptions;
use super::ledger::{self, AudienceLedger};
use super::results::{self, WriteResults};
use super::shard::{self, Shard, ShardOptions};
use super::start::StartDate;
use super::webhook::{self, WebhookOptions};
use super::{Quota, Reread, spec};
use crate::error::Result;

/// TikTok Ads Source
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[schemars(title = "TikTok Ads Source", extend("additionalProperties" = true))]
pub(crate) struct SourceConfig {
    /// How to reach your advertiser accounts.
    #[schemars(title = "Authentication Method", extend("order" = 0))]
    pub credentials: Credentials,

    /// Only these advertisers. Leave it empty to read every advertiser that the token sees, looked up anew on
    /// each run.
    #[serde(default)]
    #[schemars(title = "Advertiser IDs", inner(regex(pattern = "^[0-9]+$|[?&]aadvid=[0-9]+")), extend("order" = 1, "pattern_descriptor" = "digits, or an address of TikTok Ads Manager", "default" = [], "examples" = [["7011111111111111111"]]))]
    pub advertiser_ids: Vec<String>,

    /// The advertisers of these Business Centers, too, looked up anew on each run.
    #[serde(default)]
    #[schemars(title = "Business Center IDs", inner(regex(pattern = "^[0-9]+$")), extend("order" = 15, "pattern_descriptor" = "digits", "default" = [], "examples" = [["7022222222222222222"]]))]
    pub bc_ids: Vec<String>,

    // There is no `format: date`, because a platform that checks formats would refuse `-90d`.
    /// The first day of reports, as YYYY-MM-DD, or as -90d for so many days before the day of the sync; in each
    /// advertiser's own time zone. Campaigns, ad groups and ads that were last changed before it are left out, too.
    #[serde(default = "default_start_date")]
    #[schemars(title = "Start Date", with = "String", regex(pattern = "^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$|^-0*([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)d$"), extend("order" = 2, "default" = "2016-09-01", "pattern_descriptor" = "YYYY-MM-DD, or -90d", "examples" = ["2024-01-01", "-90d"]))]
    pub start_date: StartDate,

    // There is no `format: date`, because a platform that checks formats would refuse an empty field.
    /// The last day of reports, as YYYY-MM-DD, in each advertiser's own time zone. Leave it empty to read up to
    /// the day of the sync.
    #[serde(default)]
    #[schemars(title = "End Date", with = "String", regex(pattern = "^$|^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), extend("order" = 3, "pattern_descriptor" = "YYYY-MM-DD", "examples" = ["2024-12-31"]))]
    pub end_date: Option<NaiveDate>,

    /// Days that an incremental sync reads again, because TikTok still attributes conversions to them.
    #[serde(default = "default_attribution_window")]
    #[schemars(title = "Attribution Window", range(min = 0, max = 364), extend("order" = 4, "default" = 3))]
    pub attribution_window: u16,

    /// What of the attribution window a report reads again. "all" is every day. "changed" asks for each advertiser's own
    /// sums by day and reads only the days whose sums have moved since, today and yesterday, and everything once a week.
    /// What moves between objects of an advertiser and leaves its sums alone is then seen within a week, or not at all
    /// where the day has left the window by then.
    #[serde(default)]
    #[schemars(title = "Days Read Again", extend("order" = 14, "default" = "all"))]
    pub reread: Reread,

    /// Read deleted campaigns, ad groups and ads as well, and their reports.
    #[serde(default)]
    #[schemars(title = "Include Deleted Objects", extend("order" = 5, "default" = false))]
    pub include_deleted: bool,

    /// The shape of report records. Nested is that of Airbyte's own connector; flat has every dimension and metric as
    /// a column of its own, with numbers as numbers.
    #[serde(default)]
    #[schemars(title = "Report Layout", extend("order" = 6, "default" = "nested"))]
    pub report_layout: ReportLayout,

    /// Which tables there are to be read. "airbyte" are those of Airbyte's own connector, and more; "fivetran" are the eleven
    /// that the dbt package fivetran/tiktok_ads reads, with Fivetran's names and columns; "both" are all of them. Custom
    /// reports and leads are there either way.
    #[serde(default)]
    #[schemars(title = "Tables", extend("order" = 18, "default" = "airbyte"))]
    pub tables: Tables,

    /// Reports of your own: each becomes a stream with flat, typed records.
    #[serde(default)]
    #[schemars(title = "Custom Reports", extend("order" = 7, "default" = []))]
    pub custom_reports: Vec<CustomReport>,

    /// Ask for reports only on days on which the advertiser's own sums show that there is something. Nothing is lost
    /// by it.
    #[serde(default = "default_true")]
    #[schemars(title = "Skip Empty Days", extend("order" = 10, "default" = true))]
    pub skip_empty_days: bool,

    /// What TikTok tells by itself, kept by `tiktok-ads webhook serve` and read as the stream webhook_events.
    #[serde(default)]
    #[schemars(title = "Web Hooks", extend("order" = 11))]
    pub webhooks: WebhookOptions,

    /// The destination's ledger of audiences, read as the stream audience_syncs: what each run did to each audience.
    #[serde(default)]
    #[schemars(title = "Audience Ledger", extend("order" = 12))]
    pub audience_ledger: AudienceLedger,

    /// What became of the destination's rows, read as the stream write_results: its results and rejected rows.
    #[serde(default)]
    #[schemars(title = "Write Results", extend("order" = 16))]
    pub write_results: WriteResults,

    /// Answers of people to the forms of your ads, read from the spool of web hooks as the stream leads.
    #[serde(default)]
    #[schemars(title = "Leads", extend("order" = 17))]
    pub leads: LeadOptions,

    /// Several runs share the advertisers: each reads those that fall to it, with its part of the requests a second.
    #[serde(default)]
    #[schemars(title = "Shard", extend("order" = 13))]
    pub shard: ShardOptions,

    #[serde(flatten)]
    pub quota: Quota,
}

fn default_start_date() -> StartDate {
    // TikTok's first day, and Airbyte's default.
    StartDate::On(NaiveDate::from_ymd_opt(2016, 9, 1).unwrap_or_default())
}

fn default_attribution_window() -> u16 {
    3
}

fn default_true() -> bool {
    true
}

impl SourceConfig {
    /// Parses the text of `--config`.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let kept = [fault::homes, webhook::faults, ledger::faults, results::faults];
        let as_declared = &[&[fault::dates, fault::unnamed_advertisers, shard::faults][..], &kept].concat();
        fault::parse(text, &spec::schema_of(spec::SOURCE), Checks { as_declared, ..Checks::default() })
    }

    /// Learns which shard this run is, from the config or from [`shard::INDEX_VARIABLE`], and takes its part of the
    /// quota.
    pub(crate) fn settle_shard(&mut self, variable: Option<&str>) -> Result<Shard> {
        let shard = Shard::of(self.shard, variable)?;
        self.shard.index = Some(shard.index);
        self.quota.requests_per_second = shard.part_of(self.quota.requests_per_second);
        Ok(shard)
    }

    /// Which of several runs this one is.
    #[must_use]
    pub(crate) fn shard(&self) -> Shard {
        Shard { index: self.shard.index.unwrap_or_default(), count: self.shard.count }
    }

    /// Secrets beside the credentials, which must never be printed.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &SecretString> {
        self.webhooks.secrets().chain(self.audience_ledger.secrets()).chain(self.write_results.secrets())
    }

    /// The advertisers that the config names, each once. If empty, all that the token sees are meant.
    #[must_use]
    pub(crate) fn named_advertisers(&self) -> Vec<String> {
        let mut named: Vec<String> = Vec::new();
        for id in self.credentials.advertiser_id().into_iter().chain(self.advertiser_ids.iter().map(String::as_str)) {
            if !named.iter().any(|known| known == id) {
                named.push(id.to_owned());
            }
        }
        named
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;
    use serde_json::{Value, json};

    use super::*;

    const TOKEN: &str = "0123456789abcdef0123456789abcdef01234567";

    fn parse(value: &Value) -> Result<SourceConfig> {
        SourceConfig::parse(&value.to_string())
    }

    fn oauth() -> Value {
        json!({"auth_type": "oauth2.0", "app_id": "a1", "secret": "s1", "access_token": TOKEN})
    }

    fn fault(value: &Value) -> String {
        let text = parse(value).unwrap_err().to_string();
        assert!(!text.contains(TOKEN), "{text}");
        text
    }

    #[test]
    fn a_start_that_nobody_reads_is_told_by_its_name() {
        let of = |text: &str| parse(&json!({"credentials": oauth(), "start_date": text}));
        for text in ["-1d", "-90d", "-0090d", "-999d", "-1000d", "-2999d", "-3599d", "-3649d", "-3650d"] {
            assert!(of(text).is_ok(), "{text}");
        }
        for text in ["-0d", "-0000d", "-3651d", "-3700d", "-4000d", "-9999d", "-90000d", "-d", "90d"] {
            let told = of(text).unwrap_err().to_string();
            assert!(told.contains("`start_date`") && told.contains("-1d to -3650d"), "{text}: {told}");
        }
    }

    #[test]
    fn the_least_config_has_the_defaults() {
        let config = parse(&json!({"credentials": oauth()})).unwrap();
        assert_eq!(config.start_date.to_string(), "2016-09-01");
        assert_eq!((config.end_date, config.attribution_window, config.include_deleted), (None, 3, false));
        assert_eq!((config.quota.requests_per_second.get(), config.quota.at_once()), (10, 10));
        assert!(config.named_advertisers().is_empty());
        assert!(config.credentials.app().is_some());
    }

    #[test]
    fn empty_and_null_are_not_set() {
        let mut value = json!({"credentials": oauth(), "start_date": "", "end_date": null, "attribution_window": null, "advertiser_ids": null, "include_deleted": ""});
        value["credentials"]["advertiser_id"] = json!("");
        let config = parse(&value).unwrap();
        assert_eq!(config.start_date.to_string(), "2016-09-01");
        assert_eq!(config.end_date, None);
        assert!(config.named_advertisers().is_empty());
    }

    #[test]
    fn the_old_forms_are_taken() {
        let old = parse(&json!({"access_token": TOKEN, "environment": {"app_id": 12, "secret": "s", "advertiser_id": 77}, "start_date": "2021-01-01"})).unwrap();
        assert_eq!(old.credentials.access_token().expose_secret(), TOKEN);
        assert_eq!(old.credentials.app().unwrap().0.expose_secret(), "12");
        assert_eq!(old.named_advertisers(), ["77"]);
        let sandbox =
            parse(&json!({"access_token": TOKEN, "environment": {"environment": "sandbox", "advertiser_id": "77"}}))
                .unwrap();
        assert!(sandbox.credentials.is_sandbox());
        let untyped =
            parse(&json!({"credentials": {"app_id": "a", "secret": "s", "access_token": format!(" {TOKEN}\n")}}))
                .unwrap();
        assert_eq!(untyped.credentials.access_token().expose_secret(), TOKEN);
    }

    #[test]
    fn named_advertisers_need_no_app_and_count_once() {
        let value = json!({"credentials": {"auth_type": "oauth2.0", "access_token": TOKEN, "advertiser_id": "5"}, "advertiser_ids": ["6", 5, "6"]});
        assert_eq!(parse(&value).unwrap().named_advertisers(), ["5", "6"]);
    }

    #[test]
    fn secrets_are_not_shown() {
        let shown = format!("{:?}", parse(&json!({"credentials": oauth()})).unwrap());
        assert!(!shown.contains(TOKEN) && !shown.contains("s1"), "{shown}");
    }

    #[test]
    fn every_fault_names_field_finding_and_cure() {
        let mut value = json!({"credentials": oauth()});
        value["start_date"] = json!("2024-13-01");
        value["end_date"] = json!("yesterday");
        value["attribution_window"] = json!(999);
        value["include_deleted"] = json!("maybe");
        value["requests_per_second"] = json!(0);
        value["advertiser_ids"] = json!(["12a"]);
        insta::assert_snapshot!(fault(&value));
        insta::assert_snapshot!(fault(&json!({})));
        insta::assert_snapshot!(fault(&json!({"credentials": {"auth_type": "oauth2.0"}})));
        insta::assert_snapshot!(fault(
            &json!({"credentials": {"auth_type": "oauth2.0", "access_token": {"x": TOKEN}}, "advertiser_ids": ["1"]})
        ));
        insta::assert_snapshot!(fault(&json!({"credentials": {"auth_type": "oauth2.0", "access_token": TOKEN}})));
        insta::assert_snapshot!(fault(&json!({"credentials": {"auth_type": "password"}})));
        insta::assert_snapshot!(fault(&json!({"credentials": "x"})));
        insta::assert_snapshot!(fault(
            &json!({"credentials": {"auth_type": "sandbox_access_token", "access_token": TOKEN}})
        ));
        insta::assert_snapshot!(fault(
            &json!({"credentials": oauth(), "start_date": "2024-02-02", "end_date": "2024-02-01"})
        ));
        insta::assert_snapshot!(fault(
            &json!({"credentials": {"auth_type": "oauth2.0", "app_id": "a", "secret": "s", "access_token": "one two"}})
        ));
        insta::assert_snapshot!(SourceConfig::parse("{\"credentials\"").unwrap_err());
        insta::assert_snapshot!(SourceConfig::parse("[]").unwrap_err());
    }
}
