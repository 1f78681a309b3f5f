//! What a file really is, before a byte of it is sent: its type by content, its pixels and length. Pure but for reading.

use std::io::{BufReader, Read, Seek, SeekFrom};

use md5::{Digest, Md5};
use mp4_atom::{FourCC, Header, Moov, ReadAtom, ReadFrom};

use crate::destination::engines::library::Kind;
use crate::destination::record::fault::Fault;

/// Bytes at the head that tell a type.
const HEAD: usize = 8 << 10;
/// Pixels of an image (docs/tiktok-api.md 7.6).
const PIXELS_MAX: usize = 3_686_400;
/// No PNG or JPEG with a pixel in it is smaller.
const IMAGE_BYTES_MIN: usize = 67;
/// Bytes of a video (docs/tiktok-api.md 7.6).
const VIDEO_BYTES_MAX: u64 = 500 << 20;
/// The largest index of an MP4 that is read.
const MOOV_BYTES_MAX: usize = 16 << 20;
const CHUNK: usize = 1 << 16;

/// A file that may be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Inspected {
    pub bytes: u64,
    /// MD5 in hexadecimal digits, which TikTok calls a signature.
    pub signature: String,
    pub width: Option<usize>,
    pub height: Option<usize>,
}

fn reject(reason: &'static str, message: String) -> Fault {
    Fault { field: None, reason, message: message.into() }
}

/// Looks at a file. `image_max` bounds images, in bytes. An error of the disk is told as such.
pub(crate) fn inspect(
    kind: Kind,
    mut file: impl Read + Seek,
    image_max: u64,
) -> std::io::Result<Result<Inspected, Fault>> {
    let bytes = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let most = if kind == Kind::Image { image_max } else { VIDEO_BYTES_MAX };
    if bytes > most {
        return Ok(Err(reject("too_large", format!("The file has {bytes} bytes, and {most} are taken."))));
    }
    let mut head = Vec::with_capacity(HEAD);
    file.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
    let size = match size(kind, &head, &mut file) {
        Ok(size) => size,
        Err(fault) => return Ok(Err(fault)),
    };
    file.rewind()?;
    let signature = signature(&mut file)?;
    let (width, height) = size.map_or((None, None), |(width, height)| (Some(width), Some(height)));
    Ok(Ok(Inspected { bytes, signature, width, height }))
}

fn size(kind: Kind, head: &[u8], file: &mut (impl Read + Seek)) -> Result<Option<(usize, usize)>, Fault> {
    let found = infer::get(head).map(|kind| kind.mime_type());
    match kind {
        Kind::Image => {
            if head.len() < IMAGE_BYTES_MIN && matches!(found, Some("image/jpeg" | "image/png")) {
                return Err(reject("not_an_image", "The image is cut: it has no more than its head.".to_owned()));
            }
            if !matches!(found, Some("image/jpeg" | "image/png")) {
                let is = found.unwrap_or("none that is known");
                return Err(reject(
                    "not_an_image",
                    format!("The content is no JPEG or PNG, whatever its name; its type is {is}."),
                ));
            }
            let size = imagesize::blob_size(head).ok();
            let size = size
                .or_else(|| image_size(file))
                .ok_or_else(|| reject("not_an_image", "The image has no size: its head is broken.".to_owned()))?;
            if size.width == 0 || size.height == 0 {
                return Err(reject("not_an_image", "The image has no pixels: its head says 0.".to_owned()));
            }
            if size.width.saturating_mul(size.height) > PIXELS_MAX {
                let what =
                    format!("The image has {} × {} pixels, and TikTok takes {PIXELS_MAX}.", size.width, size.height);
                return Err(reject("too_many_pixels", what));
            }
            Ok(Some((size.width, size.height)))
        }
        Kind::Video => match found {
            Some("video/mp4" | "video/quicktime" | "video/x-m4v") => movie(file),
            Some("video/mpeg" | "video/x-msvideo") => Ok(None),
            other => {
                let is = other.unwrap_or("none that is known");
                Err(reject(
                    "not_a_video",
                    format!("The content is no MP4, MOV, MPEG or AVI, whatever its name; its type is {is}."),
                ))
            }
        },
    }
}

/// Some JPEGs tell their size behind a long head.
fn image_size(file: &mut (impl Read + Seek)) -> Option<imagesize::ImageSize> {
    file.rewind().ok()?;
    imagesize::reader_size(BufReader::new(file)).ok()
}

/// The width and height of the first picture track. The pictures themselves are not read.
fn movie(file: &mut (impl Read + Seek)) -> Result<Option<(usize, usize)>, Fault> {
    let broken = || reject("not_a_video", "The video has no index (moov): the file is cut or broken.".to_owned());
    let moov = moov(file).ok_or_else(broken)?;
    let sizes = moov
        .trak
        .iter()
        .map(|track| (usize::from(track.tkhd.width.integer()), usize::from(track.tkhd.height.integer())));
    Ok(sizes.into_iter().find(|(width, height)| *width > 0 && *height > 0))
}

fn moov(file: &mut (impl Read + Seek)) -> Option<Moov> {
    file.rewind().ok()?;
    loop {
        let header = Header::read_from(file).ok()?;
        if header.kind == FourCC::new(b"moov") {
            let size = header.size.filter(|size| *size <= MOOV_BYTES_MAX)?;
            let mut bytes = vec![0; size];
            file.read_exact(&mut bytes).ok()?;
            return Moov::read_atom(&header, &mut bytes.as_slice()).ok();
        }
        // What reaches to the end of the file is the last.
        let size = i64::try_from(header.size?).ok()?;
        file.seek(SeekFrom::Current(size)).ok()?;
    }
}

/// MD5, piece by piece.
pub(crate) fn signature(file: &mut impl Read) -> std::io::Result<String> {
    let mut hash = Md5::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => hash.update(chunk.get(..read).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use proptest::prelude::*;

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
        png.extend(width.to_be_bytes());
        png.extend(height.to_be_bytes());
        png.extend([8, 2, 0, 0, 0]);
        png.resize(IMAGE_BYTES_MIN, 0);
        png
    }

    fn told(kind: Kind, bytes: Vec<u8>) -> String {
        match inspect(kind, Cursor::new(bytes), 1_000).unwrap() {
            Ok(found) => format!("{:?} × {:?}", found.width, found.height),
            Err(fault) => fault.reason.to_owned(),
        }
    }

    #[test]
    fn files_are_what_they_hold() {
        for (kind, bytes, expected) in [
            (Kind::Image, png(640, 480), "Some(640) × Some(480)"),
            (Kind::Image, png(4_000, 4_000), "too_many_pixels"),
            (Kind::Image, b"hello, I am a .png".to_vec(), "not_an_image"),
            (Kind::Image, png(640, 480)[..20].to_vec(), "not_an_image"),
            (Kind::Image, png(640, 480)[..33].to_vec(), "not_an_image"),
            (Kind::Image, png(0, 480), "not_an_image"),
            (Kind::Image, png(640, 0), "not_an_image"),
            (Kind::Image, vec![0; 2_000], "too_large"),
            (Kind::Video, png(640, 480), "not_a_video"),
            (Kind::Video, b"\0\0\0\x14ftypisom\0\0\0\0isom".to_vec(), "not_a_video"),
            (Kind::Video, vec![], "not_a_video"),
        ] {
            assert_eq!(told(kind, bytes), expected);
        }
        let found = inspect(Kind::Image, Cursor::new(png(1, 1)), 1_000).unwrap().unwrap();
        assert_eq!(found.signature.len(), 32);
    }

    proptest! {
        #[test]
        fn nothing_panics(mut bytes: Vec<u8>, head in 0_usize..4) {
            let heads: [&[u8]; 4] = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\0\0\0\x14ftypisom\0\0\0\0isom\0\0\0\x40moov"];
            let mut file = heads[head].to_vec();
            file.append(&mut bytes);
            for kind in [Kind::Image, Kind::Video] {
                let _ = inspect(kind, Cursor::new(file.clone()), 1 << 20).unwrap();
            }
        }
    }
}
