//! The page on which a user consents (`docs/tiktok-api.md` 2.1 [AE authentication][OWOX]). It is beside
//! the endpoints, not one of them.

use crate::assumptions::{CANCELLED, CONSENT_NEEDS_STATE};
use crate::call::Call;
use crate::world::{App, Flow, World};

/// Where it is.
pub(crate) const PATH: &str = "/portal/auth";

/// A page of HTML and its HTTP status.
pub(crate) struct Page {
    pub(crate) status: u16,
    pub(crate) html: String,
}

/// Two links, `authorize` and `cancel`, that lead back to the app; each view makes a new code.
pub(crate) fn page(world: &mut World, call: &Call) -> Page {
    match back(world, call) {
        Ok((app, target)) => {
            let consents_as = world.grants.consents_as.clone();
            let code = world.code(&consents_as, Flow::Advertiser);
            // The code is for the app that asks, whoever's token the user had before.
            if let Some(code) = world.code_mut(&code) {
                code.app = app;
            }
            consent(&target, &code)
        }
        Err(text) => document(400, "Something went wrong", &format!("<p id=\"error\">{}</p>", escaped(text))),
    }
}

/// Where the user is sent back to, and with which state.
struct Target<'c> {
    uri: &'c str,
    state: Option<&'c str>,
}

impl Target<'_> {
    fn with(&self, pairs: &[(&str, &str)]) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(pairs).extend_pairs(self.state.map(|state| ("state", state)));
        let joint = if self.uri.contains('?') { '&' } else { '?' };
        format!("{}{joint}{}", self.uri, query.finish())
    }
}

fn back<'c>(world: &World, call: &'c Call) -> Result<(App, Target<'c>), &'static str> {
    let text = |name| call.params.text(name);
    let id = text("app_id").ok_or("app_id is missing.")?;
    let app = world.apps.iter().copied().find(|app| app.id == id).ok_or("There is no app with this app_id.")?;
    let uri = text("redirect_uri").ok_or("redirect_uri is missing.")?;
    if !world.redirects_to(uri) {
        return Err("redirect_uri is not one of the app's redirect URLs.");
    }
    let state = text("state");
    if state.is_none() && CONSENT_NEEDS_STATE {
        return Err("state is missing.");
    }
    if call.params.all().contains_key("scope") {
        return Err("There is no parameter scope: the permissions are those of the app.");
    }
    Ok((app, Target { uri, state }))
}

fn consent(target: &Target<'_>, code: &str) -> Page {
    let yes = target.with(&[("auth_code", code), ("code", code)]);
    let no = target.with(&[("error", CANCELLED)]);
    let link = |id: &str, url: &str, text: &str| format!("<p><a id=\"{id}\" href=\"{}\">{text}</a></p>", escaped(url));
    let links = link("authorize", &yes, "Confirm") + &link("cancel", &no, "Cancel");
    document(200, "An app asks for access to your ad accounts", &links)
}

fn document(status: u16, title: &str, body: &str) -> Page {
    let head = format!("<head><meta charset=\"utf-8\"><title>{title}</title></head>");
    Page {
        status,
        html: format!("<!DOCTYPE html>\n<html lang=\"en\">{head}<body><h1>{title}</h1>{body}</body></html>\n"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

impl World {
    /// Whether an app may be sent back to a URL.
    pub(crate) fn redirects_to(&self, uri: &str) -> bool {
        match &self.grants.redirects {
            Some(list) => list.iter().any(|known| known == uri),
            None => is_local(uri) || uri.starts_with("https://"),
        }
    }
}

fn is_local(uri: &str) -> bool {
    let rest = uri.strip_prefix("http://").unwrap_or_default();
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit_once(':').map_or(authority, |(host, _)| host);
    ["localhost", "127.0.0.1"].contains(&host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_machines_do_without_tls() {
        for uri in ["http://localhost:8080", "http://localhost/x?y", "http://127.0.0.1:1/"] {
            assert!(is_local(uri), "{uri}");
        }
        for uri in ["http://localhost.example.com/", "http://example.com/", "javascript:alert(1)", "localhost"] {
            assert!(!is_local(uri), "{uri}");
        }
    }
}
