//! The settings of tokens and their surroundings, and what a person needs to try them by hand.

use clap::ValueEnum;
use simulator::{
    AccessOptions, Flow, Options, Rotation, SANDBOX_APP, Sandbox, Simulator, TOKEN_GOOD, Terms, WireOptions,
};
use std::io::{self, Write};

#[derive(Clone, clap::Args)]
#[command(next_help_heading = "Tokens and permissions")]
pub(crate) struct Access {
    /// Seconds after which the good token, and tokens given for a code, get 40102; they come with a refresh token
    #[arg(long)]
    token_expires_in: Option<i64>,
    /// Seconds after which the refresh tokens get 40103
    #[arg(long, requires = "token_expires_in")]
    refresh_expires_in: Option<i64>,
    /// What becomes of a refresh token that was used
    #[arg(long, value_enum, default_value_t = Rotate::New)]
    refresh_rotation: Rotate,
    /// A renewed token dies at once
    #[arg(long)]
    refresh_kills_old: bool,
    /// Ids of the permissions that the good token was given (all when absent)
    #[arg(long, value_delimiter = ',')]
    scopes: Option<Vec<u64>>,
    /// The code of a missing permission
    #[arg(long, default_value_t = Options::default().access.missing_scope_code)]
    missing_scope_code: i64,
    /// The sandbox: one account, few endpoints, each once a second
    #[arg(long)]
    sandbox: bool,
    /// The code of what the sandbox does not have
    #[arg(long, requires = "sandbox", default_value_t = Sandbox::default().code)]
    sandbox_code: i64,
    /// The sandbox's endpoints may be called any number of times
    #[arg(long, requires = "sandbox")]
    no_sandbox_limits: bool,
    /// Seconds by which the Date of the answers is ahead
    #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
    date_skew: i64,
}

#[derive(Clone, Copy, ValueEnum)]
enum Rotate {
    /// The answer has a new one, the old one gets 40107
    New,
    /// The answer repeats it
    Same,
    /// The answer has none, it works on
    Absent,
}

impl From<Rotate> for Rotation {
    fn from(rotate: Rotate) -> Self {
        match rotate {
            Rotate::New => Rotation::New,
            Rotate::Same => Rotation::Same,
            Rotate::Absent => Rotation::Absent,
        }
    }
}

impl Access {
    fn terms(&self) -> Terms {
        Terms {
            expires_in: self.token_expires_in,
            refresh: self.token_expires_in.is_some(),
            refresh_expires_in: self.refresh_expires_in,
            rotation: self.refresh_rotation.into(),
            kills_old: self.refresh_kills_old,
        }
    }

    /// The options with these settings.
    pub(crate) fn set(&self, options: Options) -> Options {
        let limits = Sandbox::default().limits.filter(|_| !self.no_sandbox_limits);
        Options {
            access: AccessOptions {
                terms: self.terms(),
                missing_scope_code: self.missing_scope_code,
                sandbox: self.sandbox.then_some(Sandbox { code: self.sandbox_code, limits }),
            },
            wire: WireOptions { date_skew: chrono::TimeDelta::seconds(self.date_skew), ..options.wire },
            ..options
        }
    }

    /// What the good token was given, as it is set; how it is renewed, and how another is had.
    pub(crate) fn apply(&self, simulator: &Simulator) -> io::Result<()> {
        let mut err = io::stderr().lock();
        let refresh = simulator.mutate(|world| {
            if let (Some(token), Some(scopes)) = (world.token_mut(TOKEN_GOOD), &self.scopes) {
                token.scopes.clone_from(scopes);
            }
            let terms = self.terms();
            terms.refresh.then(|| world.refresh_token(TOKEN_GOOD, Flow::Advertiser, terms))
        });
        if let Some(refresh) = refresh {
            writeln!(err, "refresh token of {TOKEN_GOOD}: {refresh}")?;
        }
        let query = format!("app_id={}&state=any&redirect_uri=http://localhost:8080/", SANDBOX_APP.id);
        writeln!(err, "consent page: {}?{query}", simulator.portal())
    }
}
