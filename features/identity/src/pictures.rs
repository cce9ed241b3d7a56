//! Pictures of people: cut square and small, whatever was sent.

use image::imageops::FilterType;
use kernel::{Error, Message, Result};
use platform::picture::{self, Bounds, Refused};

use crate::limits;

/// How much of a picture's detail is kept.
const QUALITY: u8 = 86;

/// What a picture may unpack to.
const BOUNDS: Bounds = Bounds {
    side_max: limits::AVATAR_SIDE_MAX,
    memory_max: limits::AVATAR_MEMORY_MAX,
};

/// A picture as it is kept: a square JPEG. Takes a while; not for threads that others wait for.
pub(crate) fn avatar(bytes: &[u8]) -> Result<Vec<u8>> {
    let picture = picture::unpack(bytes, BOUNDS).map_err(refused)?;
    let side = picture.width().min(picture.height());
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let (small, filter) = (limits::AVATAR_SIDE, FilterType::Triangle);
    let square = picture
        .crop_imm(left, top, side, side)
        .resize_exact(small, small, filter);
    picture::jpeg(&square, QUALITY)
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Kind => Error::invalid("avatar", "identity-avatar-kind"),
        Refused::Large => {
            let most = Message::new("identity-avatar-large").with("side", limits::AVATAR_SIDE_MAX);
            Error::invalid("avatar", most)
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbImage::from_pixel(width, height, Rgb([200, 10, 10]));
        let mut file = Cursor::new(Vec::new());
        DynamicImage::from(picture)
            .write_to(&mut file, ImageFormat::Png)
            .expect("written");
        file.into_inner()
    }

    #[test]
    fn a_picture_becomes_a_small_square_without_what_was_hidden_in_it() {
        let mut sent = png(300, 200);
        sent.extend_from_slice(b"GPS 35.68 139.76 <script>");
        let kept = avatar(&sent).expect("a picture");
        let seen = image::load_from_memory(&kept).expect("still one");
        assert_eq!(
            (seen.width(), seen.height()),
            (limits::AVATAR_SIDE, limits::AVATAR_SIDE)
        );
        assert!(!kept.windows(3).any(|bytes| bytes == b"GPS"));
    }

    #[test]
    fn what_is_no_picture_or_claims_to_be_a_huge_one_is_refused() {
        for bad in [
            b"".as_slice(),
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\x00\x01\x00",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert!(avatar(bad).is_err());
        }
        // A header that claims 60,000 × 60,000 pixels, with the checksum that belongs to it.
        let mut bomb = png(1, 1);
        bomb[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let sum = crc(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        let refused = avatar(&bomb).expect_err("too large");
        assert!(
            refused.to_string().contains("identity-avatar-large"),
            "{refused}"
        );
    }

    /// CRC-32 of a PNG chunk (PNG specification, annex D).
    fn crc(bytes: &[u8]) -> u32 {
        let step = |mut c: u32| {
            for _ in 0..8 {
                c = if c & 1 == 1 {
                    0xedb8_8320 ^ (c >> 1)
                } else {
                    c >> 1
                };
            }
            c
        };
        let sum = bytes.iter().fold(u32::MAX, |crc, byte| {
            step((crc ^ u32::from(*byte)) & 0xff) ^ (crc >> 8)
        });
        sum ^ u32::MAX
    }
}
