//! What a file is, by its first bytes (`docs/tiktok-api.md` 7.6).

/// The format and the pixels of an image that TikTok takes.
pub(super) fn image(head: &[u8]) -> Option<(&'static str, u64, u64)> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        return Some(("png", number(head, 16, 4)?, number(head, 20, 4)?));
    }
    let (width, height) = head.starts_with(b"\xff\xd8\xff").then(|| jpeg(head)).flatten()?;
    Some(("jpeg", width, height))
}

/// The format of a video that TikTok takes.
pub(super) fn video(head: &[u8]) -> Option<&'static str> {
    match (head.get(4..8), head.get(8..12)) {
        (Some(b"ftyp"), Some(b"qt  ")) => Some("mov"),
        (Some(b"ftyp"), Some(_)) => Some("mp4"),
        (_, Some(b"AVI ")) if head.starts_with(b"RIFF") => Some("avi"),
        _ if head.starts_with(b"\x00\x00\x01\xba") || head.starts_with(b"\x00\x00\x01\xb3") => Some("mpeg"),
        _ => None,
    }
}

/// A number of so many bytes, the highest first.
fn number(bytes: &[u8], at: usize, count: usize) -> Option<u64> {
    let bytes = bytes.get(at..at + count)?;
    Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

/// Width and height stand in the frame's own segment, behind others of any length.
fn jpeg(head: &[u8]) -> Option<(u64, u64)> {
    let mut at = 2;
    loop {
        let kind = number(head, at, 2)?;
        let frame = matches!(kind, 0xffc0..=0xffcf) && !matches!(kind, 0xffc4 | 0xffc8 | 0xffcc);
        if frame {
            return Some((number(head, at + 7, 2)?, number(head, at + 5, 2)?));
        }
        if kind < 0xff00 {
            return None;
        }
        at += 2 + usize::try_from(number(head, at + 2, 2)?).ok()?.max(2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_by_their_content() {
        let png = [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".as_slice(), &[0, 0, 2, 128, 0, 0, 1, 224]].concat();
        assert_eq!(image(&png), Some(("png", 640, 480)));
        let jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x01\xe0\x02\x80";
        assert_eq!(image(jpeg), Some(("jpeg", 640, 480)));
        for wrong in [b"GIF89a".as_slice(), b"", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n"] {
            assert_eq!(image(wrong), None);
        }
        for (head, format) in [
            (b"\0\0\0\x18ftypisom".as_slice(), Some("mp4")),
            (b"\0\0\0\x14ftypqt  ", Some("mov")),
            (b"RIFF\0\0\0\0AVI ", Some("avi")),
            (b"\0\0\x01\xba\x44\0\0\0\0\0\0\0", Some("mpeg")),
            (b"not a video at all", None),
        ] {
            assert_eq!(video(head), format);
        }
    }
}
