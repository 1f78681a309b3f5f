//! What an event may have: one row per field (`docs/tiktok-api.md` 6.1 [DOC 1771101303285761]
//! [GO model/event][SEG]).

use super::forms;

/// A field.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) is: Is,
    pub(super) fact: Option<Fact>,
}

/// What a field must be.
pub(super) enum Is {
    Text,
    /// Text that is not empty.
    Filled,
    /// Text of a form, and what another form is told.
    Form(fn(&str) -> bool, &'static str),
    Choice(&'static [&'static str]),
    Currency,
    /// A SHA-256 in hex.
    Hash,
    /// One, or a list that is not empty.
    OneOrMany(&'static Field),
    List(&'static Field),
    Number,
    Whole,
    Flag,
    Object(&'static [Field]),
}

/// What the rules of a source want to know about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Name,
    Time,
    Id,
    Url,
    AppId,
    LeadId,
    /// An e-mail address or a phone number.
    Contact,
}

impl Is {
    /// What a value of the wrong type is told.
    pub(super) fn wanted(&self) -> &'static str {
        match self {
            Is::Number => "Not a valid number",
            Is::Whole => "Not a valid integer",
            Is::Flag => "Not a valid boolean",
            Is::Object(_) => "Field must be set to object",
            Is::List(_) => "Field must be set to array",
            _ => "Not a valid string",
        }
    }
}

const fn field(name: &'static str, is: Is) -> Field {
    Field { name, is, fact: None }
}

const fn known(name: &'static str, is: Is, fact: Fact) -> Field {
    Field { name, is, fact: Some(fact) }
}

/// An element of `data`.
pub(super) static EVENT: Field = field("data", Is::Object(EVENT_FIELDS));

static EVENT_FIELDS: &[Field] = &[
    known("event", Is::Filled, Fact::Name),
    known("event_time", Is::Whole, Fact::Time),
    known("event_id", Is::Filled, Fact::Id),
    field("user", Is::Object(USER)),
    field("properties", Is::Object(PROPERTIES)),
    field("page", Is::Object(PAGE)),
    field("app", Is::Object(APP)),
    field("ad", Is::Object(AD)),
    field("limited_data_use", Is::Flag),
    field("lead", Is::Object(LEAD)),
];

/// `city`, `state` and `country` are plain; names and the zip code are hashed.
static USER: &[Field] = &[
    field("email", Is::OneOrMany(&CONTACT)),
    field("phone", Is::OneOrMany(&CONTACT)),
    field("external_id", Is::OneOrMany(&HASH)),
    field("ttclid", Is::Text),
    field("ttp", Is::Text),
    field("ip", Is::Form(forms::is_ip, "Not a valid public IP address")),
    field("user_agent", Is::Text),
    field("idfa", Is::Form(forms::is_idfa, "Not a valid IDFA")),
    field("idfv", Is::Text),
    field("gaid", Is::Form(forms::is_gaid, "Not a valid GAID")),
    field("locale", Is::Form(forms::is_locale, "Not a valid BCP 47 language tag")),
    field("att_status", Is::Choice(ATT_STATUS)),
    field("first_name", Is::Hash),
    field("last_name", Is::Hash),
    field("zip_code", Is::Hash),
    field("city", Is::Text),
    field("state", Is::Text),
    field("country", Is::Text),
];

// Elements of lists have no name.
static CONTACT: Field = known("", Is::Hash, Fact::Contact);
static HASH: Field = field("", Is::Hash);
static TEXT: Field = field("", Is::Text);
static CONTENT: Field = field("", Is::Object(CONTENT_FIELDS));

const ATT_STATUS: &[&str] = &["AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED", "NOT_APPLICABLE"];

static PROPERTIES: &[Field] = &[
    field("contents", Is::List(&CONTENT)),
    field("content_ids", Is::List(&TEXT)),
    field("content_type", Is::Choice(&["product", "product_group"])),
    field("currency", Is::Currency),
    field("value", Is::Number),
    field("num_items", Is::Whole),
    field("search_string", Is::Text),
    field("description", Is::Text),
    field("order_id", Is::Text),
    field("shop_id", Is::Text),
    field("customer_type", Is::Choice(&["new", "returning"])),
    field("query", Is::Text),
];

static CONTENT_FIELDS: &[Field] = &[
    field("price", Is::Number),
    field("quantity", Is::Whole),
    field("content_id", Is::Text),
    field("content_category", Is::Text),
    field("content_name", Is::Text),
    field("brand", Is::Text),
];

static PAGE: &[Field] = &[known("url", Is::Filled, Fact::Url), field("referrer", Is::Text)];

static APP: &[Field] =
    &[known("app_id", Is::Filled, Fact::AppId), field("app_name", Is::Text), field("app_version", Is::Text)];

static AD: &[Field] = &[
    field("callback", Is::Text),
    field("campaign_id", Is::Text),
    field("ad_id", Is::Text),
    field("creative_id", Is::Text),
    field("is_retargeting", Is::Flag),
    field("attributed", Is::Flag),
    field("attribution_type", Is::Text),
    field("attribution_provider", Is::Text),
    field("attribution_share", Is::Number),
];

static LEAD: &[Field] = &[known("lead_id", Is::Filled, Fact::LeadId), field("lead_event_source", Is::Text)];

/// Names of Events API 2.0 that web, offline and CRM events share.
const STANDARD: &[&str] = &[
    "AddPaymentInfo",
    "AddToCart",
    "AddToWishlist",
    "ApplicationApproval",
    "CompleteRegistration",
    "Contact",
    "CustomizeProduct",
    "Download",
    "FindLocation",
    "InitiateCheckout",
    "Lead",
    "Purchase",
    "Schedule",
    "Search",
    "StartTrial",
    "SubmitApplication",
    "Subscribe",
    "ViewContent",
];

/// Names of the first Events API that the second calls otherwise.
const OLD: &[&str] = &["ClickButton", "CompletePayment", "PlaceAnOrder", "SubmitForm"];

/// Whether a name is a standard event's; letter case counts.
pub(super) fn is_standard(name: &str) -> bool {
    STANDARD.contains(&name) || (crate::assumptions::OLD_NAMES_ARE_STANDARD && OLD.contains(&name))
}

/// The currencies that the page lists [GO model/event].
pub(super) const CURRENCIES: &[&str] = &[
    "AED", "ARS", "AUD", "BDT", "BHD", "BIF", "BOB", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CRC", "CZK", "DKK",
    "DZD", "EGP", "EUR", "GBP", "GTQ", "HKD", "HNL", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KHR", "KRW",
    "KWD", "KZT", "MAD", "MOP", "MXN", "MYR", "NGN", "NIO", "NOK", "NZD", "OMR", "PEN", "PHP", "PKR", "PLN", "PYG",
    "QAR", "RON", "RUB", "SAR", "SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "VES", "VND", "ZAR",
];
