//! Heads of images and videos.

use std::io::Cursor;

use md5::{Digest, Md5};

use super::choice::chosen;
use crate::destination::engines::library::Kind;
use crate::destination::objects::creative::inspect::inspect;

const IMAGE_MAX: u64 = 1 << 20;

/// A file that may be sent is told with its own length and signature, and an image with its pixels.
pub(super) fn media(bytes: &[u8]) {
    let Some((case, file)) = chosen(bytes, 2) else { return };
    let kind = [Kind::Image, Kind::Video][case];
    let found = inspect(kind, Cursor::new(file), IMAGE_MAX).expect("memory can be read");
    match found {
        Ok(inspected) => {
            assert_eq!(inspected.bytes, file.len() as u64);
            assert_eq!(inspected.signature, const_hex::encode(Md5::digest(file)));
            let pixels = inspected.width.zip(inspected.height);
            assert!(pixels.is_none_or(|(width, height)| width > 0 && height > 0));
            assert!(kind == Kind::Video || pixels.is_some_and(|(width, height)| width.checked_mul(height).is_some()));
        }
        Err(fault) => assert!(!fault.reason.is_empty() && !fault.message.is_empty()),
    }
}
