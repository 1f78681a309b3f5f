//! What went wrong, where, and what to do: `kind × context × advice`.
//!
//! This room knows nobody. The wire of TikTok turns codes into a [`Kind`], the wire of Airbyte turns a
//! [`Kind`] into a `failure_type`, and a person reads the sentence that [`Error`] prints.

use std::fmt;
use std::io;
use std::time::Duration;

/// The result of everything that can fail here.
pub(crate) type Result<T, E = Error> = std::result::Result<T, E>;

/// How far a limit of TikTok reaches, and so who has to wait (docs/tiktok-api.md 1.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LimitScope {
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
    Throttled(LimitScope),
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

/// One failure with its place and its cure. Boxed: results of what mostly succeeds stay small.
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
    /// A failure of `kind`; `message` says what happened, without a full stop.
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

    /// A fault in what the user gave us.
    #[must_use]
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// Adds the other side's number for it.
    #[must_use]
    pub fn coded(mut self, code: i64) -> Self {
        self.0.code = Some(code);
        self
    }

    /// Adds the other side's words for it, which the message quotes.
    #[must_use]
    pub fn quoting(mut self, said: &str) -> Self {
        self.0.said = Some(said.to_owned()).filter(|said| !said.is_empty());
        self
    }

    /// Adds where it happened. Never a secret, never an identifier of a person.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl fmt::Display) -> Self {
        self.0.context.push((key, value.to_string()));
        self
    }

    /// Adds what to do, as a sentence in the second person.
    #[must_use]
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.0.advice = Some(advice.into());
        self
    }

    /// Puts what it is about in front of the message.
    #[must_use]
    pub fn about(mut self, what: impl fmt::Display) -> Self {
        self.0.message = format!("{what}: {}", self.0.message);
        self
    }

    /// Adds the failure beneath.
    #[must_use]
    pub fn because(mut self, source: impl Into<anyhow::Error>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Adds how long the other side asked to wait.
    #[must_use]
    pub fn not_before(mut self, wait: Duration) -> Self {
        self.0.wait = wait;
        self
    }

    /// How long the other side asked to wait before the same is tried again.
    #[must_use]
    pub fn wait(&self) -> Duration {
        self.0.wait
    }

    /// Makes it another kind of failure.
    #[must_use]
    pub fn of(mut self, kind: Kind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The same in other words: message, context and causes, each put through `reword`.
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

    /// The other side's number for it, where it gave one.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// The other side's words for it, where it said any.
    #[must_use]
    pub fn said(&self) -> Option<&str> {
        self.0.said.as_deref()
    }

    /// The failure of this machine's I/O beneath it, if there is one.
    #[must_use]
    pub fn io(&self) -> Option<io::ErrorKind> {
        let mut causes = self.0.source.as_ref()?.chain();
        causes.find_map(|cause| cause.downcast_ref::<io::Error>()).map(io::Error::kind)
    }

    /// What happened, in words, without the context.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// What to do, if anything can be done.
    #[must_use]
    pub fn advice(&self) -> Option<&str> {
        self.0.advice.as_deref()
    }

    /// The value of one piece of context.
    #[must_use]
    pub fn context(&self, key: &str) -> Option<&str> {
        self.0.context.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }

    /// Code, context and causes, for the reader of `internal_message`.
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

/// The sentence a person reads: what happened and what to do.
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
