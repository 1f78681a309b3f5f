//! What a field's name says of its value: whether it is about a person, describes one, or is a code. Pure.

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::RandomState;

/// The last words of the names of fields about people, in lower case and joined; those of a few languages beside
/// English, for columns are called as people speak.
const NAMES: [&str; 123] = [
    "achternaam",
    "addr",
    "address",
    "addressline",
    "adresse",
    "anschrift",
    "apellido",
    "birthdate",
    "birthday",
    "birthname",
    "cardholder",
    "cardnumber",
    "cell",
    "cellphone",
    "cellulare",
    "codepostal",
    "codigopostal",
    "cognome",
    "correo",
    "correoelectronico",
    "courriel",
    "cpf",
    "creditcard",
    "creditcardnumber",
    "customerid",
    "customername",
    "datedenaissance",
    "dateofbirth",
    "deviceid",
    "direccion",
    "dirección",
    "dob",
    "email",
    "emailaddr",
    "emailaddress",
    "endereco",
    "endereço",
    "externalid",
    "familyname",
    "fechadenacimiento",
    "firstname",
    "fname",
    "forename",
    "fullname",
    "gaid",
    "geboortedatum",
    "geburtsdatum",
    "givenname",
    "handynummer",
    "iban",
    "idfa",
    "idfv",
    "indirizzo",
    "ip",
    "ipaddress",
    "ipv",
    "lastname",
    "lname",
    "maidenname",
    "mail",
    "mailaddress",
    "middlename",
    "mobile",
    "mobileno",
    "mobilenumber",
    "mobilephone",
    "mobilnummer",
    "movil",
    "msisdn",
    "móvil",
    "nachname",
    "nationalid",
    "passport",
    "passportno",
    "passportnumber",
    "phone",
    "phoneno",
    "phonenum",
    "phonenumber",
    "plz",
    "postalcode",
    "postcode",
    "postleitzahl",
    "prenom",
    "prénom",
    "sobrenome",
    "ssn",
    "strasse",
    "straße",
    "street",
    "streetaddress",
    "surname",
    "taxid",
    "tel",
    "telefon",
    "telefone",
    "telefonnummer",
    "telefono",
    "telefoonnummer",
    "telephone",
    "telephonenumber",
    "teléfono",
    "useragent",
    "userid",
    "username",
    "voornaam",
    "vorname",
    "whatsapp",
    "zip",
    "zipcode",
    "почта",
    "телефон",
    "фамилия",
    "メールアドレス",
    "住所",
    "地址",
    "姓名",
    "手机",
    "手机号",
    "氏名",
    "电话",
    "邮箱",
    "電話番号",
];
/// Such names when nothing parts their words: `useremail`.
const ENDINGS: [&str; 5] = ["email", "emailaddress", "phonenumber", "firstname", "lastname"];
/// Objects that describe a person; what is harmless elsewhere is not within them.
const OWNERS: [&str; 18] = [
    "billing",
    "buyer",
    "client",
    "contact",
    "customer",
    "guest",
    "lead",
    "member",
    "people",
    "person",
    "profile",
    "purchaser",
    "recipient",
    "shipping",
    "shopper",
    "subscriber",
    "traits",
    "user",
];
/// What it is not harmless to say of a person.
const OF_OWNERS: [&str; 8] = ["age", "city", "country", "gender", "name", "province", "sex", "state"];
/// The last words of names of codes, whose digits may be a phone number's by chance.
const CODES: [&str; 16] = [
    "barcode",
    "code",
    "count",
    "date",
    "ean",
    "gtin",
    "id",
    "ids",
    "isbn",
    "key",
    "number",
    "ref",
    "sku",
    "time",
    "timestamp",
    "upc",
];
/// Words of a name that are looked at together.
const WORDS_MAX: usize = 3;

/// What a name says.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Called {
    /// Its value is about a person.
    pub about_person: bool,
    /// The same within an object that describes a person.
    pub about_owner: bool,
    /// An object of this name describes a person.
    pub owner: bool,
    /// Its value is a code.
    pub code: bool,
}

static KNOWN: LazyLock<HashMap<&'static str, Called, RandomState>> = LazyLock::new(|| {
    let mut known: HashMap<&str, Called, RandomState> = HashMap::default();
    NAMES.iter().for_each(|name| known.entry(name).or_default().about_person = true);
    OF_OWNERS.iter().for_each(|name| known.entry(name).or_default().about_owner = true);
    OWNERS.iter().for_each(|name| known.entry(name).or_default().owner = true);
    CODES.iter().for_each(|name| known.entry(name).or_default().code = true);
    known
});

impl Called {
    /// Reads a name by its last words, of which the last may be a plural.
    #[must_use]
    pub(crate) fn read(name: &str) -> Self {
        let words = Words::of(name);
        let mut called = Self::default();
        for last in words.last() {
            called.add(last);
            last.strip_suffix('s').into_iter().for_each(|one| called.add(one));
        }
        called.about_person |= words.last().next().is_some_and(|last| ENDINGS.iter().any(|end| last.ends_with(end)));
        called
    }

    fn add(&mut self, name: &str) {
        let Some(known) = KNOWN.get(name) else { return };
        self.about_person |= known.about_person;
        self.about_owner |= known.about_owner;
        self.owner |= known.owner;
        self.code |= known.code;
    }
}

/// The words of a name, joined: `customerEmail_2` is customer, email.
struct Words {
    joined: String,
    /// Where the last of them begin, the very last first.
    starts: [usize; WORDS_MAX],
    count: usize,
}

impl Words {
    fn of(name: &str) -> Self {
        let mut words = Self { joined: String::with_capacity(name.len()), starts: [0; WORDS_MAX], count: 0 };
        let (mut is_new, mut was_lower) = (true, false);
        for c in name.chars() {
            is_new |= !c.is_alphabetic() || (c.is_uppercase() && was_lower);
            if c.is_alphabetic() {
                words.push(c, std::mem::take(&mut is_new));
            }
            was_lower = c.is_lowercase();
        }
        words
    }

    fn push(&mut self, c: char, is_new: bool) {
        if is_new {
            self.starts.rotate_right(1);
            self.starts[0] = self.joined.len();
            self.count = (self.count + 1).min(WORDS_MAX);
        }
        match c.is_ascii() {
            true => self.joined.push(c.to_ascii_lowercase()),
            false => self.joined.extend(c.to_lowercase()),
        }
    }

    /// The last word, the last two joined, …
    fn last(&self) -> impl Iterator<Item = &str> {
        self.starts.iter().take(self.count).filter_map(|start| self.joined.get(*start..))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_name(name: &str) -> bool {
        Called::read(name).about_person
    }

    #[test]
    fn names_of_fields_about_people() {
        for name in [
            "email",
            "EMAIL",
            "customerEmail",
            "customer_email_2",
            "user-mail",
            "useremail",
            "Phone Number",
            "emails",
            "phone1",
            "firstName",
            "LAST_NAME",
            "billing_address",
            "addressLine1",
            "zip_code",
            "postalCode",
            "ip",
            "dob",
            "username",
            "Telefon",
            "Geburtsdatum",
            "code_postal",
            "teléfono",
            "手机号",
            "ipv4",
        ] {
            assert!(is_name(name), "{name}");
        }
        for name in [
            "email_opt_in",
            "phone_model",
            "headphone",
            "headphones",
            "brand",
            "name",
            "content_name",
            "order_id",
            "city",
            "description",
            "zipper",
            "shipping",
            "vip",
            "mailing_list_size",
            "recipe",
        ] {
            assert!(!is_name(name), "{name}");
        }
        assert!(
            Called::read("customer").owner && Called::read("shippingContact").owner && !Called::read("product").owner
        );
        assert!(Called::read("name").about_owner && Called::read("order_id").code && Called::read("gtin").code);
        assert_eq!(Called::read("note"), Called::default());
    }

    /// The same word by word, as slowly as it is plain.
    fn thorough(name: &str) -> Called {
        let mut words: Vec<String> = vec![String::new()];
        let mut was_lower = false;
        for c in name.chars() {
            if !c.is_alphabetic() || (c.is_uppercase() && was_lower) {
                words.push(String::new());
            }
            if c.is_alphabetic() {
                words.last_mut().unwrap().extend(c.to_lowercase());
            }
            was_lower = c.is_lowercase();
        }
        words.retain(|word| !word.is_empty());
        let ends_with = |known: &[&str]| {
            (1..=words.len().min(WORDS_MAX)).any(|count| {
                let last = words[words.len() - count..].concat();
                known.contains(&last.as_str()) || last.strip_suffix('s').is_some_and(|one| known.contains(&one))
            })
        };
        let has_ending = words.last().is_some_and(|last| ENDINGS.iter().any(|ending| last.ends_with(ending)));
        Called {
            about_person: ends_with(&NAMES) || has_ending,
            about_owner: ends_with(&OF_OWNERS),
            owner: ends_with(&OWNERS),
            code: ends_with(&CODES),
        }
    }

    proptest! {
        #[test]
        fn the_fast_way_says_what_the_thorough_one_says(
            words in prop::collection::vec(
                prop_oneof![
                    prop::sample::select(NAMES.to_vec()),
                    prop::sample::select(OWNERS.to_vec()),
                    prop::sample::select(OF_OWNERS.to_vec()),
                    prop::sample::select(CODES.to_vec()),
                    prop::sample::select(vec!["Email", "E", "Mail", "s", "é", "ẞ", "İ", "_", "2", "-", "Phone", "NUMBER", "x"]),
                ],
                0..6,
            ),
            between in prop::sample::select(vec!["", "_", "-", " ", "."]),
        ) {
            let name = words.join(between);
            prop_assert_eq!(Called::read(&name), thorough(&name), "{}", name);
        }
    }
}
