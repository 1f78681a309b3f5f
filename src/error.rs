//! Errors: what went wrong, where, and what to do (`kind × context × advice`).
//!
//! This room uses no other. TikTok's wire turns codes into a [`Kind`], Airbyte's wire turns a [`Kind`] into a
//! `failure_type`, and a person reads the sentence that [`Error`] prints.

use std::fmt;
use std::io;
use std::time::Duration;

/// The result of every function that can fail.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// The scope of one of TikTok's rate limits, and so of the wait (docs/tiktok-api.md 1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitScope {
    /// All requests of the developer app.
    App,
    /// All requests to one path.
    Path,
    /// All requests to one path for one advertiser.
    AdvertiserPath,
}

/// The kind of a failure. Kinds differ where the reactions to them differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A setting, catalogue, state or command line that only the user can fix.
    Config,
    /// The access token is missing, expired, revoked or belongs to another app.
    Token,
    /// The token is valid but may not do this.
    Permission,
    /// The object of the request is gone or never existed, so a role on it cannot help.
    Gone,
    /// TikTok refused the request itself: a bug of the connector, or an object that is gone.
    Request,
    /// TikTok accepted a part of the request and does not reliably say which.
    Partial,
    /// The response would be too large. The same request in smaller parts may succeed.
    TooLarge,
    /// TikTok throttles requests: wait.
    Throttled(LimitScope),
    /// TikTok's service is out of order for the moment.
    Unavailable,
    /// TikTok announces maintenance: out of order for longer.
    Maintenance,
    /// The response did not arrive, or not completely.
    Network,
    /// The response arrived and does not match its schema.
    Malformed,
    /// The response took too long.
    Timeout,
    /// The list changed in every pass over it.
    Drift,
    /// An unknown code or response. Never a success.
    Unexpected,
    /// A failure of this machine, such as a full disk or a closed pipe.
    Local,
}

impl Kind {
    /// Whether a retry of the same request may succeed.
    #[must_use]
    pub fn is_temporary(self) -> bool {
        matches!(
            self,
            Self::Throttled(_)
                | Self::Unavailable
                | Self::Maintenance
                | Self::Network
                | Self::Malformed
                | Self::Timeout
        )
    }

    /// Whether only the user can fix it, so that a platform must not retry by itself.
    #[must_use]
    pub fn is_users(self) -> bool {
        matches!(self, Self::Config | Self::Token | Self::Permission | Self::Gone)
    }
}

/// One failure, with its context and advice. Boxed, so that results stay small.
pub struct Error(Box<Parts>);

struct Parts {
    kind: Kind,
    code: Option<i64>,
    said: Option<String>,
    message: String,
    context: Vec<(&'static str, String)>,
    advice: Option<String>,
    wait: Duration,
    source: Option<anyhow::Error>,
}

impl Error {
    /// A failure of `kind`. `message` says what happened, without a full stop.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            code: None,
            said: None,
            message: message.into(),
            context: Vec::new(),
            advice: None,
            wait: Duration::ZERO,
            source: None,
        }))
    }

    /// A catalogue or a mapping that does not fit.
    #[must_use]
    pub(crate) fn mapping(message: String) -> Self {
        Self::config(message).advise("Mend the catalog or the `mappings` of the config, and run the command again.")
    }

    /// A mistake in the user's input.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// Adds the other side's code.
    #[must_use]
    pub fn coded(mut self, code: i64) -> Self {
        self.0.code = Some(code);
        self
    }

    /// Adds the other side's text, which the message quotes.
    #[must_use]
    pub fn quoting(mut self, said: &str) -> Self {
        self.0.said = Some(said.to_owned()).filter(|said| !said.is_empty());
        self
    }

    /// Adds context: where it happened. Never a secret, never an identifier of a person.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// Adds advice: what to do, as a sentence in the second person.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Puts the subject in front of the message.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds the wait that the other side asked for.
    #[must_use]
    pub fn not_before(mut self, wait: Duration) -> Self {
        self.0.wait = wait;
        self
    }

    /// The wait before a retry that the other side asked for.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.0.wait
    }

    /// Changes the kind.
    #[must_use]
    pub fn of(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// A copy whose message, context and causes went through `reword`.
    #[must_use]
    pub fn reworded(&self, reword: impl Fn(&str) -> String) -> Self {
        let context = self.0.context.iter().map(|(key, value)| (*key, reword(value)));
        let cause = self.0.source.as_ref().map(|source| ("cause", reword(&format!("{source:#}"))));
        Self(Box::new(Parts {
            kind: self.0.kind,
            code: self.0.code,
            said: self.0.said.as_deref().map(&reword),
            message: reword(&self.0.message),
            context: context.chain(cause).collect(),
            advice: self.0.advice.clone(),
            wait: self.0.wait,
            source: None,
        }))
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// The other side's code, if there is one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// The other side's text, if there is one.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        self.0.said.as_deref()
    }

    /// The kind of the I/O error among its causes, if there is one.
    #[must_use]
    pub fn io(&self) -> Option<io::ErrorKind> {
        let mut causes = self.0.source.as_ref()?.chain();
        causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
    }

    /// What happened, without context and advice.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do, if something can be done.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The value of one context key.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        self.0.context.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// Code, context and causes, for `internal_message`.
    #[must_use]
    pub fn details(&self) -> String {
        let mut parts: Vec<String> = self.0.code.map(|code| format!("code: {code}")).into_iter().collect();
        parts.extend(self.0.context.iter().map(|(key, value)| format!("{key}: {value}")));
        if let Some(source) = &self.0.source {
            parts.push(format!("cause: {source:#}"));
        }
        parts.join("; ")
    }
}

/// The sentence that a person reads: what happened and what to do.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)?;
        if !self.0.message.ends_with(['.', '!', '?']) {
            f.write_str(".")?;
        }
        match &self.0.advice {
            Some(advice) => write!(f, " {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self} [{}]", self.0.kind, self.details())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| &**source as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sentence_is_message_then_advice() {
        let error = Error::config("`start_date` is \"x\"").advise("Write YYYY-MM-DD.");
        assert_eq!(error.to_string(), "`start_date` is \"x\". Write YYYY-MM-DD.");
    }

    #[test]
    fn the_details_are_context_then_causes() {
        let error = Error::new(Kind::Network, "No answer").with("path", "/ad/get/").because(anyhow::anyhow!("reset"));
        assert_eq!(error.details(), "path: /ad/get/; cause: reset");
    }
}
