//! The settings of what is managed: campaigns, ad groups, ads, files and split tests.

use chrono::TimeDelta;
use clap::ValueEnum;
use simulator::{AdsOptions, FileOptions, Immutable, IndexLag, Options, UniqueNames};

#[derive(clap::Args)]
#[command(next_help_heading = "Managed objects")]
pub(crate) struct Ads {
    /// The least budget of a campaign
    #[arg(long, default_value_t = AdsOptions::default().least_campaign_budget)]
    least_campaign_budget: f64,
    /// The least budget of an ad group
    #[arg(long, default_value_t = AdsOptions::default().least_adgroup_budget)]
    least_adgroup_budget: f64,
    /// Among which objects a name must be the only one
    #[arg(long, value_enum, default_value_t = Names::Account)]
    unique_names: Names,
    /// Seconds in which a request_id counts once
    #[arg(long, default_value_t = AdsOptions::default().twin_window.num_seconds())]
    twin_seconds: i64,
    /// Fields that an update cannot change get 40002
    #[arg(long)]
    refuse_immutable: bool,
    /// An update that changes nothing gets 40012
    #[arg(long)]
    no_update: bool,
    /// Ads may name videos and images that the account does not have
    #[arg(long)]
    any_media: bool,
    /// Lists that do not have a new object yet
    #[arg(long, default_value_t = 0)]
    index_lag_lists: u32,
    /// Seconds in which lists do not have a new object yet
    #[arg(long, default_value_t = 0)]
    index_lag_seconds: i64,
    /// What the key metric of a split test will show
    #[arg(long, default_value_t = AdsOptions::default().split_test_p_value)]
    split_test_p_value: f64,
    /// Bytes of a piece of an upload
    #[arg(long, default_value_t = FileOptions::default().piece)]
    piece: u64,
    /// Seconds in which a new video is in work
    #[arg(long, default_value_t = 0)]
    video_seconds: i64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Names {
    Account,
    Parent,
    Nowhere,
}

impl From<Names> for UniqueNames {
    fn from(names: Names) -> Self {
        match names {
            Names::Account => UniqueNames::Account,
            Names::Parent => UniqueNames::Parent,
            Names::Nowhere => UniqueNames::Nowhere,
        }
    }
}

impl Ads {
    /// The options with these settings.
    pub(crate) fn set(&self, options: Options) -> Options {
        let ads = AdsOptions {
            least_campaign_budget: self.least_campaign_budget,
            least_adgroup_budget: self.least_adgroup_budget,
            unique_names: self.unique_names.into(),
            twin_window: TimeDelta::seconds(self.twin_seconds),
            immutable: if self.refuse_immutable { Immutable::Refused } else { Immutable::Ignored },
            no_update: self.no_update,
            media_must_exist: !self.any_media,
            index_lag: IndexLag { lists: self.index_lag_lists, time: TimeDelta::seconds(self.index_lag_seconds) },
            split_test_p_value: self.split_test_p_value,
            ..options.ads
        };
        let video_time = TimeDelta::seconds(self.video_seconds);
        let files = FileOptions { piece: self.piece.max(1), video_time, ..options.files };
        Options { ads, files, ..options }
    }
}
