//! Masks secrets in all output. TikTok's messages may repeat what they were sent.

use std::sync::Mutex;

use secrecy::{ExposeSecret, SecretString};

use crate::lock::lock;

/// The shortest secret to mask. A shorter one may be part of any word.
const CHARS_MIN: usize = 8;
/// The text that replaces a secret.
const MASK: &str = "***";

/// All secrets that this process knows.
#[derive(Default)]
pub(crate) struct Redaction(Mutex<Vec<SecretString>>);

impl Redaction {
    /// From now on masks these secrets.
    pub(crate) fn add<'s>(&self, secrets: impl IntoIterator<Item = &'s SecretString>) {
        let mut all = lock(&self.0);
        let long = |secret: &&SecretString| secret.expose_secret().chars().count() >= CHARS_MIN;
        all.extend(secrets.into_iter().filter(long).cloned());
    }

    /// Masks all secrets in the text.
    #[must_use]
    pub(crate) fn mask(&self, text: String) -> String {
        let all = lock(&self.0);
        all.iter()
            .map(ExposeSecret::expose_secret)
            .fold(text, |text, secret| if text.contains(secret) { text.replace(secret, MASK) } else { text })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_secret_is_masked_and_nothing_else() {
        let redaction = Redaction::default();
        redaction.add(&[SecretString::from("0123456789"), SecretString::from("short")]);
        assert_eq!(redaction.mask("token 0123456789, short".to_owned()), "token ***, short");
    }
}
