//! A person's identifiers as lines of a file that holds several types (docs/tiktok-api.md 5.2). Pure.

use crate::destination::objects::audience::row::{Cells, Hash};
use crate::identity::{Algorithm, Slot};

/// The first line of every file; the columns that TikTok knows, as far as they hold hashes.
pub(super) const HEADER: &str = "email_SHA256,phone_SHA256,MAID_SHA256,MAID_MD5\n";

/// A device's hashes by their columns.
type Device = [Option<Hash>; 2];

/// Writes a person's lines: one, and a second where two devices are known.
pub(super) fn write(cells: &Cells, lines: &mut Vec<u8>) {
    let at = |slot: Slot| cells.get(slot as usize).copied().flatten();
    let person = [at(Slot::EmailSha256), at(Slot::PhoneSha256)];
    let ios: Device = [at(Slot::IdfaSha256), at(Slot::IdfaMd5)];
    let android: Device = [at(Slot::AaidSha256), at(Slot::AaidMd5)];
    let is_there = |device: &Device| device.iter().any(Option::is_some);
    let (first, second) = if is_there(&ios) { (ios, android) } else { (android, Device::default()) };
    if person.iter().any(Option::is_some) || is_there(&first) {
        line(person, first, lines);
    }
    // A device of either kind has one column: the same id needs no second line.
    if is_there(&second) && second != first {
        line([None; 2], second, lines);
    }
}

fn line(person: [Option<Hash>; 2], device: Device, lines: &mut Vec<u8>) {
    let columns = person.into_iter().chain(device);
    let algorithms = [Algorithm::Sha256, Algorithm::Sha256, Algorithm::Sha256, Algorithm::Md5];
    for (place, (hash, algorithm)) in columns.zip(algorithms).enumerate() {
        if place > 0 {
            lines.push(b',');
        }
        let Some(Hash(bytes)) = hash else { continue };
        let length = if algorithm == Algorithm::Md5 { 16 } else { 32 };
        let mut digits = [0; 64];
        if let (Some(bytes), Some(digits)) = (bytes.get(..length), digits.get_mut(..2 * length))
            && const_hex::encode_to_slice(bytes, digits).is_ok()
        {
            lines.extend_from_slice(digits);
        }
    }
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lines of a person whose cells are made of a byte each.
    fn lines(cells: [Option<u8>; 6]) -> Vec<String> {
        let mut text = Vec::new();
        write(&cells.map(|cell| cell.map(|byte| Hash([byte; 32]))), &mut text);
        String::from_utf8(text).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn every_hash_stands_in_its_column_and_every_line_has_all_columns() {
        let sha = |byte: &str| byte.repeat(32);
        let md5 = |byte: &str| byte.repeat(16);
        let told = [
            ([Some(1), None, None, None, None, None], vec![format!("{},,,", sha("01"))]),
            ([None, Some(0xAB), Some(3), None, Some(3), None], vec![format!(",{},{},", sha("ab"), sha("03"))]),
            ([None, None, None, Some(4), None, None], vec![format!(",,,{}", md5("04"))]),
            ([None, None, None, None, None, Some(6)], vec![format!(",,,{}", md5("06"))]),
            (
                [Some(1), None, Some(3), None, Some(5), None],
                vec![format!("{},,{},", sha("01"), sha("03")), format!(",,{},", sha("05"))],
            ),
            ([None; 6], vec![]),
        ];
        let commas = HEADER.matches(',').count();
        for (cells, expected) in told {
            let lines = lines(cells);
            assert_eq!(lines, expected);
            assert!(lines.iter().all(|line| line.matches(',').count() == commas));
        }
    }
}
