//! Names of events (docs/tiktok-api.md 6.2). Pure.

use crate::config::destination::EventSource;
use crate::destination::record::fault::Fault;
use crate::words::{folded, most_alike};

/// TikTok's own, old names among them; TikTok still takes these.
pub(crate) const STANDARD: [&str; 22] = [
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
/// Characters of a name of one's own (TikTok's help on custom events, 2026).
const CHARACTERS_MAX: usize = 50;

/// A name that the source takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Taken {
    Standard,
    Custom,
    /// A name of one's own that is nearly this standard one.
    Near(&'static str),
}

/// Refuses a name that the source does not take, and a slip of a standard one, which would be counted as an event
/// of its own that no campaign optimises for.
pub(crate) fn check(name: &str, source: EventSource) -> Result<Taken, Fault> {
    let is_standard = STANDARD.contains(&name);
    match source {
        EventSource::Crm if is_standard => {
            Err(unknown("CRM events have names of your own only, none of TikTok's.".to_owned()))
        }
        _ if is_standard => Ok(Taken::Standard),
        EventSource::Offline => {
            Err(unknown(format!("Offline events have TikTok's standard names only.{}", offer(nearest(name)))))
        }
        EventSource::Crm => check_own(name).map(|()| Taken::Custom),
        EventSource::Web | EventSource::App => match slip_of(name) {
            Some(meant) => Err(unknown(format!("The name is a slip of a standard one.{}", offer(Some(meant))))),
            None => check_own(name).map(|()| near(name).map_or(Taken::Custom, Taken::Near)),
        },
    }
}

fn unknown(message: String) -> Fault {
    Fault { field: Some("event"), reason: "unknown_event", message: message.into() }
}

fn offer(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!(" The nearest is {name}."))
}

/// The rules for names of one's own, each with its repair. The name itself is not told: it may come from any column.
fn check_own(name: &str) -> Result<(), Fault> {
    let odd = name.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'));
    let told = match odd {
        Some(c) if c.is_whitespace() => "it holds a blank: write _ instead",
        Some(c) if c.is_alphabetic() => "it holds a letter beyond a to z: write it with plain letters",
        Some(_) => "it holds another sign: write _ instead",
        None if !name.starts_with(|c: char| c.is_ascii_alphabetic()) => "its first sign is no letter: put one in front",
        None if name.len() > CHARACTERS_MAX => "it is longer than 50 characters: shorten it",
        None => return Ok(()),
    };
    let rule = "A name of your own has at most 50 letters, digits, _ and -, and begins with a letter; ";
    Err(Fault { field: Some("event"), reason: "invalid_event_name", message: format!("{rule}{told}.").into() })
}

/// The standard name that was surely meant: in other letter case or with signs between its words, or with letters
/// that are missing, doubled, mixed up or mistaken.
fn slip_of(name: &str) -> Option<&'static str> {
    let name = folded(name);
    STANDARD.into_iter().find(|standard| {
        let meant = folded(standard);
        name == meant || (is_near(&name, &meant) && !adds_to(&name, &meant))
    })
}

/// The standard name that a name is near to: `Subscribed`, `Contract`, `Purchase2` are words of their own.
fn near(name: &str) -> Option<&'static str> {
    let name = folded(name);
    STANDARD.into_iter().find(|standard| is_near(&name, &folded(standard)))
}

fn is_near(name: &str, standard: &str) -> bool {
    strsim::damerau_levenshtein(name, standard) <= standard.len() / LETTERS_A_SLIP
}

/// Whether a name is a standard one with letters more, none of which is a letter twice in a row.
fn adds_to(name: &str, standard: &str) -> bool {
    let mut left = standard.chars().peekable();
    let mut last = None;
    for c in name.chars() {
        if left.next_if_eq(&c).is_none() && last == Some(c) {
            return false;
        }
        last = Some(c);
    }
    left.peek().is_none() && name.len() > standard.len()
}

/// The standard name that comes nearest, however far that is: one of them it must be.
fn nearest(name: &str) -> Option<&'static str> {
    most_alike(name, STANDARD.into_iter()).map(|(found, _)| found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str, source: EventSource) -> String {
        check(name, source).map_or_else(
            |fault| fault.message.rsplit("; ").next().unwrap_or_default().to_owned(),
            |taken| match taken {
                Taken::Near(standard) => format!("near {standard}"),
                _ => "fine".into(),
            },
        )
    }

    const LONG: &str = "ThisNameHasExactlyFiftyOneCharactersWhichIsTooMuchX";

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
            ("order-completed", Web, "fine"),
            ("page_view", App, "fine"),
            ("Subscribed", Web, "near Subscribe"),
            ("Scheduled", App, "near Schedule"),
            ("Contacts", Web, "near Contact"),
            ("Contract", Web, "near Contact"),
            ("Purchase2", Web, "near Purchase"),
            ("Purchases", Web, "near Purchase"),
            ("Purchhase", Web, "The name is a slip of a standard one. The nearest is Purchase."),
            ("Purchsae", Web, "The name is a slip of a standard one. The nearest is Purchase."),
            ("Purchas", Web, "The name is a slip of a standard one. The nearest is Purchase."),
            ("Place an order", Web, "The name is a slip of a standard one. The nearest is PlaceAnOrder."),
            ("Order Completed", Web, "it holds a blank: write _ instead."),
            ("Closed Won", Crm, "it holds a blank: write _ instead."),
            ("order.completed", App, "it holds another sign: write _ instead."),
            ("Käufe", Web, "it holds a letter beyond a to z: write it with plain letters."),
            ("2nd_order", Web, "its first sign is no letter: put one in front."),
            ("_order", Web, "its first sign is no letter: put one in front."),
            (LONG, Web, "it is longer than 50 characters: shorten it."),
            (LONG.split_at(50).0, Web, "fine"),
            ("CompletePaymnet", Web, "The name is a slip of a standard one. The nearest is CompletePayment."),
            ("Purchas", Offline, "Offline events have TikTok's standard names only. The nearest is Purchase."),
            ("Lead", Crm, "CRM events have names of your own only, none of TikTok's."),
        ] {
            assert_eq!(told(name, source), expected, "{name}");
        }
    }
}
