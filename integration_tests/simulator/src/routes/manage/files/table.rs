//! What is in a file of members (`docs/tiktok-api.md` 5.2 [DOC 1747012327159809]).

use crate::answer::Refusal;
use crate::assumptions::MEMBER_HASHES_ARE_LOWER_CASE;
use crate::world::{IdType, MemberDigest, Members};

/// The columns that a file of several types may have, in any letter case; of a plain id nothing is kept.
const COLUMNS: [(&str, Option<IdType>); 5] = [
    ("MAID", None),
    ("phone_SHA256", Some(IdType::PhoneSha256)),
    ("email_SHA256", Some(IdType::EmailSha256)),
    ("MAID_SHA256", Some(IdType::MaidSha256)),
    ("MAID_MD5", Some(IdType::MaidMd5)),
];

/// The types that one column without a header may have.
const SINGLE: [(&str, IdType); 4] = [
    ("EMAIL_SHA256", IdType::EmailSha256),
    ("PHONE_SHA256", IdType::PhoneSha256),
    ("MAID_SHA256", IdType::MaidSha256),
    ("MAID_MD5", IdType::MaidMd5),
];

/// The rows of a file and who is in them.
pub(super) fn read(bytes: &[u8], calculate_type: &str) -> Result<(usize, Members), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("The file is not UTF-8."))?;
    let mut lines = text.lines();
    let columns = match SINGLE.iter().find(|(name, _)| *name == calculate_type) {
        Some((_, id_type)) => vec![Some(*id_type)],
        None if calculate_type == "MULTIPLE_TYPES" => header(lines.next().unwrap_or_default())?,
        None => return Err(Refusal::new(40909, format!("calculate_type: {calculate_type} is not simulated."))),
    };
    let (mut members, mut rows) = (Members::default(), 0);
    for (at, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').collect();
        if fields.len() != columns.len() {
            let text = format!("Row {} has {} fields, the header has {}.", at + 1, fields.len(), columns.len());
            return Err(wrong(&text));
        }
        if fields.iter().all(|field| field.is_empty()) {
            return Err(wrong(&format!("Row {} is empty.", at + 1)));
        }
        for (field, column) in fields.iter().zip(&columns).filter(|(field, _)| !field.is_empty()) {
            let Some(id_type) = column else { continue };
            let lower = !MEMBER_HASHES_ARE_LOWER_CASE || !field.bytes().any(|byte| byte.is_ascii_uppercase());
            let digest = MemberDigest::of(*id_type, field).filter(|_| lower);
            let digest = digest.ok_or_else(|| wrong(&format!("Row {} has no {}.", at + 1, id_type.name())))?;
            members.put(*id_type, digest, true);
        }
        rows += 1;
    }
    Ok((rows, members))
}

fn header(line: &str) -> Result<Vec<Option<IdType>>, Refusal> {
    let mut seen: Vec<&str> = Vec::new();
    let mut columns = Vec::new();
    for name in line.split(',') {
        let known = COLUMNS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        let (known, id_type) = known.ok_or_else(|| wrong(&format!("The header has an unknown column {name:?}.")))?;
        if seen.contains(known) {
            return Err(wrong(&format!("The header has {known} twice.")));
        }
        seen.push(known);
        columns.push(*id_type);
    }
    Ok(columns)
}

fn wrong(what: &str) -> Refusal {
    Refusal::param(format!("file: File parsing failed, please check the format of the file. {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_a_header_and_as_many_fields_in_each_row() {
        let sha = "ab".repeat(32);
        let read = |text: &str| read(text.as_bytes(), "MULTIPLE_TYPES").map(|(rows, _)| rows);
        assert_eq!(read(&format!("email_sha256,maid_md5\n{sha},\n,{}\n", "cd".repeat(16))), Ok(2));
        for text in [
            "",
            "email\n",
            "email_SHA256,EMAIL_SHA256\n",
            "email_SHA256,phone_SHA256\n,\n",
            &format!("email_SHA256\n{sha},\n"),
            &format!("email_SHA256\n{}\n", sha.to_uppercase()),
            "email_SHA256\njane@example.com\n",
        ] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
