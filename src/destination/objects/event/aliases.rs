//! What other tools call TikTok's fields, in JSON that is handed on as they wrote it. Pure.

use std::borrow::Cow;

use serde_json::value::RawValue;

use crate::destination::record::columns::given;
use crate::identity;

/// TikTok's name, and others for it; the first of them that holds something counts.
pub(crate) type Aliases = &'static [(&'static str, &'static [&'static str])];

/// Of a product: Segment and RudderStack (`product_id`), GA4 (`item_id`), Shopify (`vendor`), Meta (`item_price`).
pub(crate) const OF_PRODUCTS: Aliases = &[
    ("content_id", &["contentId", "product_id", "productId", "item_id", "itemId", "id", "sku", "variant_id"]),
    ("content_name", &["contentName", "name", "item_name", "itemName", "product_name", "title"]),
    ("content_category", &["contentCategory", "category", "item_category", "itemCategory", "product_type"]),
    ("brand", &["item_brand", "itemBrand", "vendor"]),
    ("price", &["item_price", "itemPrice", "unit_price", "unitPrice"]),
    ("quantity", &["qty"]),
];

/// Of the properties of an event.
pub(crate) const OF_PROPERTIES: Aliases = &[
    ("contents", &["products", "items", "line_items", "lineItems"]),
    ("content_ids", &["contentIds"]),
    ("content_type", &["contentType"]),
    ("value", &["revenue"]),
    ("num_items", &["numItems"]),
    ("order_id", &["orderId", "transaction_id", "transactionId"]),
    ("shop_id", &["shopId"]),
    ("search_string", &["searchString", "search_term"]),
    ("customer_type", &["customerType"]),
];

type Named<'t> = (Cow<'t, str>, &'t RawValue);

/// Gives members TikTok's names where nothing has these, neither among them nor `elsewhere`; says whether any got one.
pub(crate) fn translate(members: &mut [Named<'_>], aliases: Aliases, elsewhere: impl Fn(&str) -> bool) -> bool {
    let mut translated = false;
    for (known, others) in aliases {
        if elsewhere(known) || filled(members, known).is_some() {
            continue;
        }
        if let Some((name, _)) =
            others.iter().find_map(|other| filled(members, other)).and_then(|at| members.get_mut(at))
        {
            *name = Cow::Borrowed(*known);
            translated = true;
        }
    }
    translated
}

/// Where a member stands that holds something.
fn filled(members: &[Named<'_>], name: &str) -> Option<usize> {
    let holds = |raw: &RawValue| given(raw.get()).is_some_and(|given| !identity::is_nothing(given.written()));
    members.iter().position(|(known, raw)| known == name && holds(raw))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::destination::objects::event::value;

    #[test]
    fn the_first_that_holds_something_is_taken() {
        for (raw, expected, translated) in [
            (r#"{"product_id":7,"sku":"S","price":5}"#, "content_id=7 sku=\"S\" price=5", true),
            (r#"{"product_id":null,"id":"","sku":"S"}"#, "product_id=null id=\"\" content_id=\"S\"", true),
            (r#"{"content_id":1,"id":2}"#, "content_id=1 id=2", false),
            (r#"{"content_id":"","id":2}"#, "content_id=\"\" content_id=2", true),
            (r#"{"name":"Boots","brand":"B"}"#, "content_name=\"Boots\" brand=\"B\"", true),
        ] {
            let mut members = value::object(raw).unwrap();
            assert_eq!(translate(&mut members, OF_PRODUCTS, |_| false), translated, "{raw}");
            let told: Vec<String> = members.iter().map(|(name, raw)| format!("{name}={}", raw.get())).collect();
            assert_eq!(told.join(" "), expected);
        }
        let mut members = value::object(r#"{"revenue":5}"#).unwrap();
        assert!(!translate(&mut members, OF_PROPERTIES, |name| name == "value"), "a column has it");
    }
}
