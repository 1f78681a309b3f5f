//! What follows from an event's products. Pure.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::members::{Members, Product, Sent};

/// Price × quantity over all products; nothing when one of them has no price, for a part of a sum is no sum.
#[must_use]
pub(crate) fn worth(products: &[Product]) -> Option<Value> {
    let (mut sum, mut digits) = (0.0, 0);
    for product in products {
        let Some(Sent::Value(Value::Number(price))) = product.members.get("price") else { return None };
        let amount = product.amount?;
        sum += price.as_f64()? * amount;
        digits = digits.max(digits_of(&price.to_string()) + digits_of(&amount.to_string()));
    }
    // Rounded to the digits of the prices, so that 3 × 0.1 is 0.3.
    let rounded: f64 = format!("{sum:.digits$}").parse().ok()?;
    Number::from_f64(rounded).map(Value::Number)
}

fn digits_of(number: &str) -> usize {
    number.split_once('.').map_or(0, |(_, fraction)| fraction.len())
}

/// How many items all products are; nothing when one of them is told in parts.
#[must_use]
#[expect(clippy::cast_possible_truncation, reason = "whole numbers only")]
pub(crate) fn count(products: &[Product]) -> Option<Value> {
    let sum: f64 = products.iter().map(|product| product.amount).sum::<Option<f64>>()?;
    let is_whole = products.iter().all(|product| product.amount.is_some_and(|amount| amount.fract() == 0.0));
    (is_whole && sum > 0.0 && sum < 1e15).then(|| Value::from(sum as i64))
}

/// Adds what peers derive, where nobody said otherwise.
pub(crate) fn derive(all: &mut Members) {
    for (name, from) in DERIVED {
        if all.get(name).is_none()
            && let Some(value) = from(all)
        {
            all.set(Cow::Borrowed(name), value.into());
        }
    }
}

type Derive = fn(&Members) -> Option<Value>;

/// What follows from other properties, and how.
const DERIVED: [(&str, Derive); 4] = [
    ("content_type", |all| (products(all).is_some() || all.get("content_ids").is_some()).then(|| "product".into())),
    ("num_items", |all| count(products(all)?)),
    ("value", |all| worth(products(all)?)),
    ("search_string", |all| match all.get("query") {
        Some(Sent::Value(query)) => Some(query.clone()),
        _ => None,
    }),
];

fn products(all: &Members) -> Option<&[Product]> {
    match all.get("contents") {
        Some(Sent::Products(products)) => Some(products),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::destination::objects::event::personal::People;
    use crate::destination::objects::event::sieve::Sieve;
    use crate::destination::record::columns::given;
    use crate::identity::Rules;

    /// The properties that follow from `contents`, and how much was left out.
    fn told(contents: &Value) -> (Value, usize) {
        let rules = Rules::events(None);
        let mut sieve = Sieve::new(People { rules: &rules, country: None });
        let raw = contents.to_string();
        let mut all = Members::default();
        if let Some(products) = given(&raw).and_then(|given| sieve.products(&given)) {
            all.set("contents".into(), products);
        }
        derive(&mut all);
        (serde_json::to_value(&all).unwrap(), sieve.left_out.len())
    }

    #[test]
    fn products_and_what_follows() {
        for (contents, expected, left_out) in [
            (
                json!([{"price": "9.5", "quantity": "2", "content_id": 7, "x": [1], "brand": null}]),
                json!({"contents": [{"price": 9.5, "quantity": 2, "content_id": "7", "x": [1]}],
                    "content_type": "product", "num_items": 2, "value": 19.0}),
                0,
            ),
            (
                json!("{\"content_id\":7}"),
                json!({"contents": [{"content_id": "7"}], "content_type": "product", "num_items": 1}),
                0,
            ),
            (
                json!([{"price": 10, "quantity": 1.5}]),
                json!({"contents": [{"price": 10}], "content_type": "product", "value": 15.0}),
                1,
            ),
            (
                json!([{"price": "(null)", "content_id": "a"}, {"price": 2}]),
                json!({"contents": [{"content_id": "a"}, {"price": 2}], "content_type": "product", "num_items": 2}),
                1,
            ),
            (
                json!([{}, {"price": null}, {"price": 0.1, "quantity": 3}]),
                json!({"contents": [{"price": 0.1, "quantity": 3}], "content_type": "product", "num_items": 3, "value": 0.3}),
                0,
            ),
            (
                json!([{"content_name": "jane@example.com", "email": "x", "content_id": "jane@example.com", "price": 1}]),
                json!({"contents": [{"price": 1}], "content_type": "product", "num_items": 1, "value": 1.0}),
                3,
            ),
            (
                json!([{"product_id": 1, "sku": "s", "name": "Boots", "category": "Shoes", "brand": "B", "price": 2, "quantity": 3, "position": 1}]),
                json!({"contents": [{"content_id": "1", "content_name": "Boots", "content_category": "Shoes", "brand": "B",
                    "price": 2, "quantity": 3}], "content_type": "product", "num_items": 3, "value": 6.0}),
                0,
            ),
            (
                json!([{"item_id": "S", "item_name": "Tee", "item_category": "A", "item_brand": "G", "item_price": 5, "qty": 2}]),
                json!({"contents": [{"content_id": "S", "content_name": "Tee", "content_category": "A", "brand": "G",
                    "price": 5, "quantity": 2}], "content_type": "product", "num_items": 2, "value": 10.0}),
                0,
            ),
            (json!(["boots"]), json!({}), 1),
            (json!("[broken"), json!({}), 1),
            (json!([{"price": "much"}]), json!({}), 1),
            (json!([]), json!({}), 0),
        ] {
            assert_eq!(told(&contents), (expected, left_out), "{contents}");
        }
    }
}
