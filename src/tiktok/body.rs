//! What a POST request carries: JSON, or a form with a file.

/// The body of a request.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Body<'a> {
    /// Of GET requests.
    None,
    Json(&'a [u8]),
    Form(&'a Form),
}

impl Body<'_> {
    /// The JSON, if there is any.
    #[must_use]
    pub(crate) fn json(&self) -> &[u8] {
        match self {
            Self::Json(json) => json,
            Self::None | Self::Form(_) => &[],
        }
    }
}

/// A form of `multipart/form-data` (RFC 7578), as TikTok takes files (docs/tiktok-api.md 7.6).
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub fields: Vec<(&'static str, String)>,
    pub file: FilePart,
}

/// A file, or a piece of one. Clones share its bytes, so that another attempt costs no memory.
#[derive(Clone)]
pub(crate) struct FilePart {
    /// The name of the field.
    pub field: &'static str,
    pub file_name: String,
    pub bytes: bytes::Bytes,
}

impl std::fmt::Debug for FilePart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes in {}", self.bytes.len(), self.field)
    }
}
