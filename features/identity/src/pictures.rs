//! Pictures of people: whatever is sent is unpacked within limits, cut square, and written anew, so that nothing of the
//! file but what is seen is kept: no place where it was taken, no camera, no second file behind the first.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use kernel::{Error, Message, Result};

use crate::limits;

/// How much of a picture's detail is kept.
const QUALITY: u8 = 86;

/// A picture as it is kept: a square JPEG. Takes a while; not for threads that others wait for.
pub(crate) fn avatar(bytes: &[u8]) -> Result<Vec<u8>> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|_| kind())?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    if !reader
        .format()
        .is_some_and(|format| known.contains(&format))
    {
        return Err(kind());
    }
    let mut bounds = Limits::no_limits();
    bounds.max_image_width = Some(limits::AVATAR_SIDE_MAX);
    bounds.max_image_height = Some(limits::AVATAR_SIDE_MAX);
    bounds.max_alloc = Some(limits::AVATAR_MEMORY_MAX);
    reader.limits(bounds);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let large = width.max(height) > limits::AVATAR_SIDE_MAX;
    // Asked before anything is unpacked: a small file can claim to be very large.
    if large || decoder.total_bytes() > limits::AVATAR_MEMORY_MAX {
        return Err(too_large());
    }
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(turned);
    let side = picture.width().min(picture.height());
    if side == 0 {
        return Err(kind());
    }
    let (left, top) = ((picture.width() - side) / 2, (picture.height() - side) / 2);
    let (small, filter) = (limits::AVATAR_SIDE, FilterType::Triangle);
    let square = picture
        .crop_imm(left, top, side, side)
        .resize_exact(small, small, filter);
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, QUALITY)
        .encode_image(&on_white(&square))
        .map_err(Error::internal)?;
    Ok(file)
}

/// JPEG has no transparency: what shows through is white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, cover] = picture.get_pixel(x, y).0;
        let mix = |colour: u8| {
            let (colour, cover) = (u16::from(colour), u16::from(cover));
            let mixed = (colour * cover + 255 * (255 - cover)) / 255;
            u8::try_from(mixed).unwrap_or(u8::MAX)
        };
        Rgb([mix(red), mix(green), mix(blue)])
    })
}

fn kind() -> Error {
    Error::invalid("avatar", "identity-avatar-kind")
}

fn too_large() -> Error {
    let most = Message::new("identity-avatar-large").with("side", limits::AVATAR_SIDE_MAX);
    Error::invalid("avatar", most)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn broken(error: image::ImageError) -> Error {
    match error {
        image::ImageError::Limits(_) => too_large(),
        _ => kind(),
    }
}

#[cfg(test)]
mod tests {
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
