//! The fields of a conversion event: a row each, from which schemas and requests come (docs/tiktok-api.md 6.1).

use std::sync::LazyLock;

use crate::config::destination::EventSource;
use crate::destination::record::columns::Names;

/// One field.
#[derive(Debug)]
pub(crate) struct FieldDef {
    /// Its flat name.
    pub name: &'static str,
    pub place: Place,
    pub form: Form,
    pub sources: &'static [EventSource],
    /// Its description in the schema file, which a test writes.
    #[cfg_attr(not(test), expect(dead_code))]
    pub about: &'static str,
}

/// Where a field stands in TikTok's event object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// Handled by name: it decides about the event as a whole.
    Whole,
    /// The same, and the platform's: nobody is offered to fill it.
    Platforms,
    /// In one of the event's objects, under this name.
    In(Group, &'static str),
}

/// The objects of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Group {
    User,
    Page,
    App,
    Ad,
    Lead,
    Properties,
}

/// What TikTok wants a value to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text; numbers become text.
    Text,
    /// The address of a page.
    Address,
    /// The id of a click, or the cookie.
    Click,
    /// Text in lower case.
    Lower,
    /// One of these words.
    Word(&'static [&'static str]),
    Flag,
    Number,
    /// A number that an event is worth: a wrong one is worse than none of it.
    Money,
    Integer,
    /// A list of texts.
    Texts,
    /// A three-letter code of ISO 4217.
    Currency,
    /// A list of objects.
    Contents,
    /// Hashed here; a list is hashed one by one.
    Hashed(Identifier),
    /// A device id: plain, in upper or lower case, or its hash.
    Device {
        upper: bool,
    },
    /// A public address.
    Ip,
    /// A language tag.
    Locale,
    /// A country, sent as its two letters.
    Country,
    /// Read where it is used.
    Own(&'static str),
}

/// How an identifier is normalised before it is hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Identifier {
    Email,
    Phone,
    ExternalId,
    Name,
    Zip,
    Ready,
}

const ALL: &[EventSource] = &EventSource::ALL;
const WEB: &[EventSource] = &[EventSource::Web];
const APP: &[EventSource] = &[EventSource::App];
const ONLINE: &[EventSource] = &[EventSource::Web, EventSource::App];
/// [?] Whether offline events take what TikTok's page gives to other sources: the id of a person, the click, the machine
/// and the page. Clients send them, and TikTok's page on matching asks for as many as there are.
const OFFLINE_TAKES_MORE: bool = true;
const KNOWN_BY_ID: &[EventSource] = if OFFLINE_TAKES_MORE {
    &[EventSource::Web, EventSource::Offline, EventSource::Crm]
} else {
    &[EventSource::Web, EventSource::Crm]
};
const ON_PAGES: &[EventSource] = if OFFLINE_TAKES_MORE { &[EventSource::Web, EventSource::Offline] } else { WEB };
const FROM_MACHINES: &[EventSource] =
    if OFFLINE_TAKES_MORE { &[EventSource::Web, EventSource::App, EventSource::Offline] } else { ONLINE };
const CRM: &[EventSource] = &[EventSource::Crm];

const ATT: &[&str] = &["AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED", "NOT_APPLICABLE"];
const CONTENT_TYPES: &[&str] = &["product", "product_group"];
const CUSTOMER_TYPES: &[&str] = &["new", "returning"];

const fn whole(name: &'static str, json_type: &'static str, about: &'static str) -> FieldDef {
    FieldDef { name, place: Place::Whole, form: Form::Own(json_type), sources: ALL, about }
}

const fn within(
    group: Group,
    (name, inner): (&'static str, &'static str),
    form: Form,
    sources: &'static [EventSource],
    about: &'static str,
) -> FieldDef {
    FieldDef { name, place: Place::In(group, inner), form, sources, about }
}

const fn user(name: &'static str, form: Form, sources: &'static [EventSource], about: &'static str) -> FieldDef {
    within(Group::User, (name, name), form, sources, about)
}

const fn property(name: &'static str, form: Form, about: &'static str) -> FieldDef {
    within(Group::Properties, (name, name), form, ALL, about)
}

/// All fields; those of one group stand together.
pub(crate) static FIELDS: &[FieldDef] = &[
    whole("event", "string", "The event's name, such as Purchase."),
    whole("event_time", "string", "When it happened: ISO 8601, or seconds or milliseconds since 1970."),
    whole("event_id", "string", "Names the event once and for all; without it one is made of the key or the row."),
    whole("event_source", "string", "web, app, offline or crm, if not the object's own."),
    whole("event_source_id", "string", "The pixel code, TikTok App ID or event set, if not the config's."),
    whole("test_event_code", "string", "Sends the event as a test."),
    whole("limited_data_use", "boolean", "Asks TikTok to limit what it does with a web or app event."),
    whole("properties", "object", "Further properties as JSON; they win over columns."),
    whole("content_id", "string", "The one product, where there is no list."),
    whole("_op", "string", "add or delete; a row that is deleted is not sent."),
    FieldDef {
        name: "_ab_cdc_deleted_at",
        place: Place::Platforms,
        form: Form::Own("string"),
        sources: ALL,
        about: "When the source deleted the row.",
    },
    user("email", Form::Hashed(Identifier::Email), ALL, "Plain or hashed; a list for several."),
    user("phone", Form::Hashed(Identifier::Phone), ALL, "Plain or hashed; a list for several."),
    within(
        Group::User,
        ("email_sha256", "email"),
        Form::Hashed(Identifier::Ready),
        ALL,
        "A hash, where `email` holds nothing.",
    ),
    within(
        Group::User,
        ("phone_sha256", "phone"),
        Form::Hashed(Identifier::Ready),
        ALL,
        "A hash, where `phone` holds nothing.",
    ),
    user("external_id", Form::Hashed(Identifier::ExternalId), KNOWN_BY_ID, "Your own id of the person; sent hashed."),
    user("first_name", Form::Hashed(Identifier::Name), ALL, "Plain or hashed."),
    user("last_name", Form::Hashed(Identifier::Name), ALL, "Plain or hashed."),
    user("zip_code", Form::Hashed(Identifier::Zip), ALL, "Plain or hashed."),
    user("city", Form::Lower, ALL, "Sent in lower case."),
    user("state", Form::Lower, ALL, "Sent in lower case."),
    user("country", Form::Country, ALL, "A code of ISO 3166 or an English name; also the country of the phone number."),
    user("ttclid", Form::Click, ON_PAGES, "TikTok's click id; taken from `page_url` where it is missing."),
    user("ttp", Form::Click, WEB, "The cookie _ttp."),
    user("ip", Form::Ip, FROM_MACHINES, "A public IPv4 or IPv6 address; never hashed."),
    user("user_agent", Form::Text, FROM_MACHINES, "The browser's or app's own name; never hashed."),
    user("idfa", Form::Device { upper: true }, APP, "An iOS advertising id."),
    user("idfv", Form::Device { upper: true }, APP, "An iOS vendor id."),
    user("gaid", Form::Device { upper: false }, APP, "An Android advertising id."),
    user("locale", Form::Locale, ALL, "A language tag, such as en-US."),
    user("att_status", Form::Word(ATT), APP, "The answer to iOS's question about tracking."),
    within(Group::Page, ("page_url", "url"), Form::Address, ON_PAGES, "The page's address."),
    within(Group::Page, ("page_referrer", "referrer"), Form::Address, WEB, "The page before it."),
    within(Group::App, ("app_id", "app_id"), Form::Text, APP, "The app's id in its store."),
    within(Group::App, ("app_name", "app_name"), Form::Text, APP, "The app's name."),
    within(Group::App, ("app_version", "app_version"), Form::Text, APP, "The app's version."),
    within(Group::Ad, ("ad_callback", "callback"), Form::Click, ONLINE, "The click's callback."),
    within(Group::Ad, ("ad_campaign_id", "campaign_id"), Form::Text, ONLINE, "The campaign."),
    within(Group::Ad, ("ad_id", "ad_id"), Form::Text, ONLINE, "The ad group: TikTok calls it so here."),
    within(Group::Ad, ("ad_creative_id", "creative_id"), Form::Text, ONLINE, "The ad: TikTok calls it so here."),
    within(Group::Ad, ("ad_is_retargeting", "is_retargeting"), Form::Flag, APP, "Whether the user was won back."),
    within(Group::Ad, ("ad_attributed", "attributed"), Form::Flag, APP, "Whether the event is attributed to an ad."),
    within(Group::Ad, ("ad_attribution_type", "attribution_type"), Form::Text, APP, "How it was attributed."),
    within(Group::Ad, ("ad_attribution_provider", "attribution_provider"), Form::Text, APP, "Who attributed it."),
    within(Group::Ad, ("ad_attribution_share", "attribution_share"), Form::Number, ONLINE, "TikTok's share."),
    within(Group::Lead, ("lead_id", "lead_id"), Form::Text, CRM, "The lead, as TikTok's form named it."),
    within(Group::Lead, ("lead_event_source", "lead_event_source"), Form::Text, CRM, "The CRM's name."),
    property("contents", Form::Contents, "The products as JSON: content_id, price, quantity, …"),
    property("content_ids", Form::Texts, "The products' ids."),
    property(
        "content_type",
        Form::Word(CONTENT_TYPES),
        "What the ids are of: product or product_group; product where it is missing.",
    ),
    property("currency", Form::Currency, "Three letters, such as USD."),
    property("value", Form::Money, "The money's worth; price × quantity of `contents` where it is missing."),
    property(
        "num_items",
        Form::Integer,
        "How many items; the sum of the quantities of `contents` where it is missing.",
    ),
    property("search_string", Form::Text, "What was searched for; `query` where it is missing."),
    property("query", Form::Text, "What was searched for, under its older name."),
    property("description", Form::Text, "A description."),
    property("order_id", Form::Text, "The order."),
    property("shop_id", Form::Text, "The shop."),
    property("customer_type", Form::Word(CUSTOMER_TYPES), "new or returning."),
];

/// The fields of one object of `contents`.
pub(crate) static CONTENT: &[(&str, Form)] = &[
    ("price", Form::Number),
    ("quantity", Form::Integer),
    ("content_id", Form::Text),
    ("content_category", Form::Text),
    ("content_name", Form::Text),
    ("brand", Form::Text),
];

/// The places of what stands for a person.
pub(crate) static PERSONAL: LazyLock<Vec<usize>> = LazyLock::new(|| {
    let is_personal = |field: &FieldDef| {
        matches!(field.form, Form::Hashed(_) | Form::Device { .. } | Form::Ip) || CLICKS.contains(&field.name)
    };
    (0..).zip(FIELDS).filter(|(_, field)| is_personal(field)).map(|(at, _)| at).collect()
});
/// They follow a person from page to page.
const CLICKS: [&str; 2] = ["ttclid", "ttp"];

const COUNT: usize = FIELDS.len();

/// The names, in the order of [`FIELDS`].
#[expect(clippy::indexing_slicing, reason = "at compile time")]
pub(crate) static NAMES: Names = &{
    let mut names = [""; COUNT];
    let mut at = 0;
    while at < COUNT {
        names[at] = FIELDS[at].name;
        at += 1;
    }
    names
};

/// The place of a field; a constant of a name that does not exist does not compile.
#[expect(clippy::indexing_slicing, reason = "at compile time")]
pub(crate) const fn at(name: &str) -> usize {
    let mut at = 0;
    while !same(FIELDS[at].name, name) {
        at += 1;
    }
    at
}

#[expect(clippy::indexing_slicing, reason = "at compile time")]
const fn same(one: &str, other: &str) -> bool {
    let (one, other) = (one.as_bytes(), other.as_bytes());
    let mut at = 0;
    if one.len() != other.len() {
        return false;
    }
    while at < one.len() {
        if one[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}

impl Form {
    /// Whether an event whose value is wrong is refused: what it was worth cannot be mended afterwards.
    #[must_use]
    pub(crate) const fn is_money(self) -> bool {
        matches!(self, Self::Money | Self::Currency)
    }

    /// Whether a value of it may hold anything, a person's address or number, too.
    #[must_use]
    pub(crate) const fn is_free(self) -> bool {
        matches!(self, Self::Text | Self::Address | Self::Lower | Self::Texts | Self::Locale)
    }
}

impl Group {
    /// TikTok's name of the object.
    #[must_use]
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Page => "page",
            Self::App => "app",
            Self::Ad => "ad",
            Self::Lead => "lead",
            Self::Properties => "properties",
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::*;

    /// The schema of a source's object, as text that ends in a newline.
    fn schema(source: EventSource) -> String {
        let is_offered = |field: &&FieldDef| field.place != Place::Platforms && field.sources.contains(&source);
        let fields = FIELDS.iter().filter(is_offered);
        let properties: Map<String, Value> = fields
            .map(|field| {
                let types = json_types(field.form);
                (field.name.to_owned(), json!({"type": types, "description": field.about}))
            })
            .collect();
        let own: &[&str] = match source {
            EventSource::Web => &["page_url"],
            EventSource::App => &["app_id"],
            EventSource::Offline => &[],
            EventSource::Crm => &["lead_id"],
        };
        let required = [&["event", "event_time"], own].concat();
        let schema = json!({
            "$schema": "http://json-schema.org/draft-07/schema#",
            "type": "object",
            "additionalProperties": true,
            "required": required,
            "properties": properties,
        });
        format!("{schema:#}\n")
    }

    /// Warehouses send numbers as text and text as numbers, so both are taken.
    fn json_types(form: Form) -> Vec<&'static str> {
        match form {
            Form::Contents | Form::Own("object") => vec!["null", "array", "object", "string"],
            Form::Hashed(_) | Form::Texts => vec!["null", "string", "number", "array"],
            Form::Flag | Form::Own("boolean") => vec!["null", "boolean", "string", "number"],
            _ => vec!["null", "string", "number"],
        }
    }

    #[test]
    fn schemas_come_from_the_table() {
        for source in EventSource::ALL {
            let path = format!("{}/schemas/objects/event_{}.json", env!("CARGO_MANIFEST_DIR"), source.name());
            expect_test::expect_file![path].assert_eq(&schema(source));
        }
    }

    #[test]
    fn fields_of_a_group_stand_together_and_once() {
        let mut groups: Vec<Place> = Vec::new();
        for field in FIELDS {
            let group = match field.place {
                whole @ (Place::Whole | Place::Platforms) => whole,
                Place::In(group, _) => Place::In(group, ""),
            };
            if groups.last() != Some(&group) {
                assert!(!groups.contains(&group), "{}", field.name);
                groups.push(group);
            }
        }
        let mut names = NAMES.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FIELDS.len());
    }
}
