//! Bodies of `multipart/form-data`; files stand in the request's own memory.

use super::super::form::Body;
use crate::answer::Refusal;
use crate::call::Call;
use bytes::Bytes;
use memchr::memmem;
use serde_json::json;

/// A body: its texts, and its files with their names.
#[derive(Debug, Default)]
pub(super) struct FormData {
    pub(super) texts: Body,
    files: Vec<(String, String, Bytes)>,
}

impl FormData {
    /// Texts without a file.
    pub(super) fn of(texts: Body) -> Self {
        Self { texts, files: Vec::new() }
    }

    /// The name and content of the file in a field.
    pub(super) fn file(&self, field: &str) -> Option<(&str, &Bytes)> {
        self.files.iter().find(|(name, ..)| name == field).map(|(_, file, content)| (file.as_str(), content))
    }
}

/// Reads the body of a call.
pub(super) fn read(call: &Call) -> Result<FormData, Refusal> {
    let kind = call.content_type.as_deref().unwrap_or_default();
    let boundary = kind.starts_with("multipart/form-data").then(|| boundary(kind)).flatten();
    let boundary = boundary.ok_or_else(|| {
        Refusal::param("The Content-Type of the request must be multipart/form-data with a boundary.")
    })?;
    parts(&call.body, boundary).ok_or_else(|| Refusal::param("The request body is not a valid form."))
}

fn boundary(kind: &str) -> Option<&str> {
    let (_, after) = kind.split_once("boundary=")?;
    let text = after.split(';').next()?.trim().trim_matches('"');
    (!text.is_empty()).then_some(text)
}

fn parts(body: &Bytes, boundary: &str) -> Option<FormData> {
    let mark = format!("--{boundary}");
    let between = format!("\r\n{mark}");
    let mut form = FormData::default();
    let mut rest = body.slice(memmem::find(body, mark.as_bytes())? + mark.len()..);
    while rest.starts_with(b"\r\n") {
        let end = memmem::find(&rest, between.as_bytes())?;
        part(&rest.slice(2..end), &mut form)?;
        rest = rest.slice(end + between.len()..);
    }
    rest.starts_with(b"--").then_some(form)
}

fn part(part: &Bytes, form: &mut FormData) -> Option<()> {
    let end = memmem::find(part, b"\r\n\r\n")?;
    let (head, content) = (part.slice(..end), part.slice(end + 4..));
    let head = std::str::from_utf8(&head).ok()?;
    let disposition = head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"))?;
    let name = quoted(disposition, "name")?;
    match quoted(disposition, "filename") {
        Some(file) => form.files.push((name, file, content)),
        None => {
            let text = String::from_utf8(content.to_vec()).ok()?;
            form.texts.insert(name, json!(text));
        }
    }
    Some(())
}

/// `name="value"`; `%22` stands for a quote.
fn quoted(line: &str, name: &str) -> Option<String> {
    let mut pairs = line.split(';').map(str::trim);
    let pair = pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))?;
    Some(pair.trim_matches('"').replace("%22", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_has_texts_and_files() {
        let body = "--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\n--B\r\n\
            Content-Disposition: form-data; name=\"f\"; filename=\"x.png\"\r\nContent-Type: image/png\r\n\r\n\r\n--Bytes\r\n--B--\r\n";
        let form = parts(&Bytes::from_static(body.as_bytes()), "B");
        // A boundary inside a file is the client's fault.
        assert!(form.is_none());
        let form = parts(&Bytes::from(body.replace("--Bytes", "bytes")), "B").unwrap();
        assert_eq!(
            (form.texts.get("a"), form.file("f").unwrap()),
            (Some(&json!("one")), ("x.png", &Bytes::from_static(b"\r\nbytes")))
        );
        assert!(parts(&Bytes::from_static(b"--B\r\nx"), "B").is_none());
        assert_eq!(boundary("multipart/form-data; boundary=\"x y\""), Some("x y"));
    }
}
