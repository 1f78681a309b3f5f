//! Values that are hashed already, in all the forms that databases print: hex of any case, `\x…` (Postgres),
//! `0x…` (SQL Server), base64 (BigQuery). They are never hashed again.

use base64::Engine as _;
use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::hash::{Algorithm, Hash};
use super::reject::Reject;
use super::{placeholder, text};

/// Bytes of MD5, SHA-1, SHA-224, SHA-256, SHA-384 and SHA-512.
const WIDTHS: [usize; 6] = [16, 20, 28, 32, 48, 64];
const WIDEST: usize = 64;
/// Base64 decodes in groups of three bytes.
const ROOM: usize = 66;

const CONFIG: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
const BASE64: [GeneralPurpose; 2] = [GeneralPurpose::new(&STANDARD, CONFIG), GeneralPurpose::new(&URL_SAFE, CONFIG)];

/// How sure the form makes us that a text is a hash.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Hex,
    Base64,
}

/// The bytes of a digest of any algorithm, as found in a text.
pub(super) struct Found {
    bytes: [u8; ROOM],
    len: usize,
    pub(super) form: Form,
}

impl Found {
    /// The hash, when it is one that this slot takes and stands for someone.
    pub(super) fn accept(&self, slot: Algorithm) -> Result<Hash, Reject> {
        if self.len != slot.width() {
            return Err(Reject::WrongHashAlgorithm);
        }
        let hash = Hash::of_digest(self.bytes.get(..self.len).unwrap_or_default());
        if placeholder::is_hash(&hash) { Err(Reject::HashOfPlaceholder) } else { Ok(hash) }
    }

    /// Free text can have the length of a hash by chance: count hex, and base64 with its padding.
    pub(super) fn is_beyond_doubt(&self, text: &str) -> bool {
        self.form == Form::Hex || text.ends_with('=')
    }

    pub(super) fn is(&self, algorithm: Algorithm) -> bool {
        self.len == algorithm.width()
    }
}

/// Looks for a digest in a trimmed text; nothing when the text is something else.
pub(super) fn find(text: &str) -> Option<Found> {
    // The shortest is an MD5 in base64 without padding. Almost every address and number ends here.
    if text.len() < 22 || text.len() > 2 + 2 * WIDEST || text.contains('@') {
        return None;
    }
    find_hex(text).or_else(|| find_base64(text))
}

fn find_hex(text: &str) -> Option<Found> {
    let prefixed = ["\\x", "\\X", "0x", "0X"].iter().find_map(|prefix| text.strip_prefix(prefix));
    let hex = prefixed.unwrap_or(text).as_bytes();
    let len = hex.len() / 2;
    if !hex.len().is_multiple_of(2) || !WIDTHS.contains(&len) {
        return None;
    }
    let mut bytes = [0; ROOM];
    const_hex::decode_to_slice(hex, bytes.get_mut(..len)?).ok()?;
    Some(Found { bytes, len, form: Form::Hex })
}

fn find_base64(text: &str) -> Option<Found> {
    // Four characters for three bytes, the last group padded or cut.
    let bare = text.trim_end_matches('=').len();
    if text.len() != bare && !text.len().is_multiple_of(4) {
        return None;
    }
    let len = bare * 3 / 4;
    if !WIDTHS.contains(&len) || !(text.len() != bare || has_both_cases(text)) {
        return None;
    }
    let mut bytes = [0; ROOM];
    let decoded = BASE64.iter().find_map(|engine| engine.decode_slice(text, &mut bytes).ok())?;
    (decoded == len).then_some(Found { bytes, len, form: Form::Base64 })
}

/// Without padding, words and digits can pass for base64; hardly any of them mix the cases, and all digests do.
fn has_both_cases(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_lowercase()) && text.bytes().any(|byte| byte.is_ascii_uppercase())
}

/// A value of a field that promises a hash (`email_sha256`, `idfa_md5`, …).
pub(super) fn declared_hash(raw: &str, slot: Algorithm) -> Result<Hash, Reject> {
    let text = text::read(raw)?;
    if placeholder::is_nobody(text) {
        return Err(Reject::Empty);
    }
    find(text).ok_or(Reject::WrongHashAlgorithm)?.accept(slot)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEX: &str = "8c87b489ce35cf2e2f39f80e282cb2e804932a56a213983eeeb428407d43b52d";

    #[test]
    fn one_hash_in_all_its_disguises() {
        let base64 = "jIe0ic41zy4vOfgOKCyy6ASTKlaiE5g+7rQoQH1DtS0=";
        let disguises = [
            HEX.to_owned(),
            HEX.to_uppercase(),
            format!("\\x{HEX}"),
            format!("0X{}", HEX.to_uppercase()),
            format!("\u{FEFF} {HEX}\r\n"),
            base64.to_owned(),
            base64.trim_end_matches('=').to_owned(),
            base64.replace('+', "-"),
        ];
        for disguise in &disguises {
            assert_eq!(declared_hash(disguise, Algorithm::Sha256).unwrap().hex(), HEX, "{disguise}");
        }
    }

    #[test]
    fn other_lengths_and_other_texts_are_refused() {
        for (text, why) in [
            ("", Reject::Empty),
            ("NULL", Reject::Empty),
            ("9e26471d35a78862c17e467d87cddedf", Reject::WrongHashAlgorithm),
            ("0x0850a4cffb73cbc53fd33e8990c2184c915ff041", Reject::WrongHashAlgorithm),
            ("jane@example.com", Reject::WrongHashAlgorithm),
            ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Reject::HashOfPlaceholder),
            ("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", Reject::HashOfPlaceholder),
        ] {
            assert_eq!(declared_hash(text, Algorithm::Sha256), Err(why), "{text}");
        }
        assert_eq!(declared_hash(HEX, Algorithm::Md5), Err(Reject::WrongHashAlgorithm));
        assert_eq!(declared_hash("D41D8CD98F00B204E9800998ECF8427E", Algorithm::Md5), Err(Reject::HashOfPlaceholder));
    }

    #[test]
    fn a_hash_inside_a_longer_text_is_no_hash() {
        assert!(find(&format!("x{HEX}")).is_none());
        assert!(find(&format!("{HEX}=")).is_none());
        for text in ["jane.doe+promotions@example.com", "not-an-email-address-x", "12133734253/1415555013", "===="] {
            assert!(find(text).is_none(), "{text}");
        }
    }
}
