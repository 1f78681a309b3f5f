//! Names of events (tiktok-api.md 6.2). Pure.

use crate::config::destination::EventSource;
use crate::destination::fault::Fault;

/// TikTok's own, old names among them; TikTok still takes these.
pub const STANDARD: [&str; 22] = [
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "ApplicationApproval",
    "ClickButton",
    "CompletePayment",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Download",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "PlaceAnOrder",
    "Purchase",
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "SubmitForm",
    "Subscribe",
    "ViewContent",
];
/// Letters by which a slip of the pen may differ from a name, per this many letters of the name.
const LETTERS_A_SLIP: usize = 6;

/// Refuses a name that the source does not take, and a slip of a standard one, which would be counted as an event
/// of its own that no campaign optimises for.
pub fn check(name: &str, source: EventSource) -> Result<(), Fault> {
    let is_standard = STANDARD.contains(&name);
    match source {
        EventSource::Offline if is_standard => Ok(()),
        EventSource::Offline => Err(unknown(nearest(name), "Offline events have TikTok's standard names only")),
        EventSource::Crm if is_standard => {
            Err(unknown(None, "CRM events have names of your own only, none of TikTok's"))
        }
        EventSource::Crm => Ok(()),
        EventSource::Web | EventSource::App if is_standard => Ok(()),
        EventSource::Web | EventSource::App => match slip_of(name) {
            Some(meant) => Err(unknown(Some(meant), "The name is a slip of a standard one")),
            None => Ok(()),
        },
    }
}

fn unknown(nearest: Option<&str>, why: &str) -> Fault {
    let offer = nearest.map_or_else(String::new, |name| format!(" The nearest is {name}."));
    Fault { field: Some("event"), reason: "unknown_event", message: format!("{why}.{offer}").into() }
}

/// The standard name that was surely meant.
fn slip_of(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    let distance = |standard: &str| strsim::damerau_levenshtein(&folded, &fold(standard));
    STANDARD.into_iter().find(|standard| distance(standard) <= standard.len() / LETTERS_A_SLIP)
}

fn nearest(name: &str) -> Option<&'static str> {
    let folded = fold(name);
    let likeness = |standard: &&str| strsim::jaro_winkler(&folded, &fold(standard));
    STANDARD.into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)))
}

/// Letters and digits in lower case: `add_to_cart` is `AddToCart`.
fn fold(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, source: EventSource) -> String {
        check(name, source).map_or_else(|fault| fault.message.into_owned(), |()| "fine".into())
    }

    #[test]
    fn standard_and_custom_names() {
        use EventSource::{App, Crm, Offline, Web};
        for (name, source, expected) in [
            ("Purchase", Web, "fine"),
            ("Purchase", Offline, "fine"),
            ("LoyaltyPointsEarned", Web, "fine"),
            ("level_10_reached", App, "fine"),
            ("Qualified", Crm, "fine"),
            ("purchase", Web, "The name is a slip of a standard one. The nearest is Purchase."),
            ("add_to_cart", App, "The name is a slip of a standard one. The nearest is AddToCart."),
            ("CompletePaymnet", Web, "The name is a slip of a standard one. The nearest is CompletePayment."),
            ("Purchas", Offline, "Offline events have TikTok's standard names only. The nearest is Purchase."),
            ("Lead", Crm, "CRM events have names of your own only, none of TikTok's."),
        ] {
            assert_eq!(told(name, source), expected, "{name}");
        }
    }
}
