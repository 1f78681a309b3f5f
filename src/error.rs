//! What went wrong, where, and what to do: `kind × context × advice`.
//!
//! This room knows nobody. The wire of TikTok turns codes into a [`Kind`], the wire of Airbyte turns a
//! [`Kind`] into a `failure_type`, and a person reads the sentence that [`Error`] prints.

use std::fmt;
use std::time::Duration;

/// The result of everything that can fail here.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// How far a limit of TikTok reaches, and so who has to wait (docs/tiktok-api.md 1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// Every request of the developer app.
    App,
    /// Every request to one path.
    Path,
    /// Requests to one path for one advertiser.
    AdvertiserPath,
}

/// What happened, as coarse as the reactions to it differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A setting, catalogue, state or command line that only the user can mend.
    Config,
    /// The access token is missing, expired, revoked or another app's.
    Token,
    /// The token lives, but may not do this.
    Permission,
    /// What the request is about exists no more, or never did: nobody can be given a role on it.
    Gone,
    /// TikTok refused the request itself: a fault of ours, or an object that is gone.
    Request,
    /// TikTok took a part of the request and does not reliably say which.
    Partial,
    /// The answer would be too large; the same question in smaller parts may pass.
    TooLarge,
    /// Asked too often; wait.
    Throttled(Scope),
    /// TikTok's side is out of order for the moment.
    Unavailable,
    /// TikTok announces maintenance: out of order for longer.
    Maintenance,
    /// The answer did not arrive, or not whole.
    Network,
    /// The answer arrived whole and is not what was agreed.
    Malformed,
    /// The answer took longer than we waited.
    Timeout,
    /// The list changed while it was read, again and again.
    Drift,
    /// A code or an answer that nothing here knows. Never a success.
    Unexpected,
    /// Something on this machine: a full disk, a closed pipe.
    Local,
}

impl Kind {
    /// Whether the very same request may pass when it is sent again.
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

    /// Whether only the user can mend it, so that a platform must not try again by itself.
    #[must_use]
    pub fn is_users(self) -> bool {
        matches!(self, Self::Config | Self::Token | Self::Permission | Self::Gone)
    }
}

/// One failure with its place and its cure.
pub struct Error {
    kind: Kind,
    code: Option<i64>,
    message: String,
    context: Vec<(&'static str, String)>,
    advice: Option<String>,
    wait: Duration,
    source: Option<anyhow::Error>,
}

impl Error {
    /// A failure of `kind`; `message` says what happened, without a full stop.
    #[must_use]
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { kind, code: None, message, context: Vec::new(), advice: None, wait: Duration::ZERO, source: None }
    }

    /// A fault in what the user gave us.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// Adds the other side's number for it.
    #[must_use]
    pub fn coded(mut self, code: i64) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds where it happened. Never a secret, never an identifier of a person.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.context.push((key, value.to_string()));
        self
    }

    /// Adds what to do, as a sentence in the second person.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    /// Puts what it is about in front of the message.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.message = format!("{what}: {}", self.message);
        self
    }

    /// Adds the failure beneath.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Adds how long the other side asked to wait.
    #[must_use]
    pub fn not_before(mut self, wait: Duration) -> Self {
        self.wait = wait;
        self
    }

    /// How long the other side asked to wait before the same is tried again.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// Makes it another kind of failure.
    #[must_use]
    pub fn of(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same in other words: message, context and causes, each put through `reword`.
    #[must_use]
    pub fn reworded(&self, reword: impl Fn(&str) -> String) -> Self {
        let context = self.context.iter().map(|(key, value)| (*key, reword(value)));
        let cause = self.source.as_ref().map(|source| ("cause", reword(&format!("{source:#}"))));
        Self {
            kind: self.kind,
            code: self.code,
            message: reword(&self.message),
            context: context.chain(cause).collect(),
            advice: self.advice.clone(),
            wait: self.wait,
            source: None,
        }
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// The other side's number for it, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// What happened, in words, without the context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What to do, if anything can be done.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.advice.as_deref()
    }

    /// The value of one piece of context.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        self.context.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// Code, context and causes, for the reader of `internal_message`.
    #[must_use]
    pub fn details(&self) -> String {
        let mut parts: Vec<String> = self.code.map(|code| format!("code: {code}")).into_iter().collect();
        parts.extend(self.context.iter().map(|(key, value)| format!("{key}: {value}")));
        if let Some(source) = &self.source {
            parts.push(format!("cause: {source:#}"));
        }
        parts.join("; ")
    }
}

/// The sentence a person reads: what happened and what to do.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.message.ends_with(['.', '!', '?']) {
            f.write_str(".")?;
        }
        match &self.advice {
            Some(advice) => write!(f, " {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {self} [{}]", self.kind, self.details())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| &**source as _)
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
