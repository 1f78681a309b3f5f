//! The page that the browser shows at the end. It says what happened and holds nothing worth copying.

use hyper::StatusCode;

/// A page.
pub(super) struct HtmlPage {
    pub(super) status: StatusCode,
    title: &'static str,
    text: String,
}

impl HtmlPage {
    pub(super) fn worked(text: impl Into<String>) -> Self {
        Self { status: StatusCode::OK, title: "Authorization worked", text: text.into() }
    }

    pub(super) fn failed(text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, title: "Authorization failed", text: text.into() }
    }

    pub(super) fn waiting() -> Self {
        let text = "Nothing came from TikTok yet. Open the address that the command printed.";
        Self { status: StatusCode::OK, title: "Waiting for TikTok", text: text.to_owned() }
    }

    pub(super) fn another() -> Self {
        let text = "This answer does not belong to the login that waits here: its state is another one. It may come from a \
                    page of an earlier try: close it, and open the address that the command printed last.";
        Self { status: StatusCode::BAD_REQUEST, title: "Another login", text: text.to_owned() }
    }

    pub(super) fn not_found() -> Self {
        Self { status: StatusCode::NOT_FOUND, title: "Not found", text: "There is nothing here.".to_owned() }
    }

    /// The whole page, without scripts or external files.
    pub(super) fn html(&self) -> String {
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
             <style>body{{font:1.1rem/1.5 sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}}</style></head>\n\
             <body><h1>{title}</h1><p>{text}</p></body>\n</html>\n",
            title = self.title,
            text = escaped(&self.text),
        )
    }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            c => out.push(c),
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_tiktok_or_a_name_says_is_text() {
        let html = HtmlPage::failed("<script>alert(1)</script> & \"x\"").html();
        assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"), "{html}");
        assert!(html.contains("<h1>Authorization failed</h1>"));
    }
}
