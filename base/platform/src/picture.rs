//! Pictures that people bring: unpacked within bounds that are asked before anything is unpacked, and written anew, so
//! that nothing of the file but what is seen is kept: no place where it was taken, no camera, no second file behind it.
//!
//! All of this takes a while; not for threads that others wait for.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder};
use image::codecs::webp::WebPEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageFormat, ImageReader, Limits, Rgb, RgbImage};
use kernel::{Error, Result};

pub use image::DynamicImage as Picture;

/// How large a picture may be, unpacked.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    /// Width and height, pixels.
    pub side_max: u32,
    /// Memory that unpacking may take.
    pub memory_max: u64,
}

/// Why a file is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no picture, broken, or of a kind that is not read.
    #[error("no JPEG, PNG or WebP picture")]
    Kind,
    /// It unpacks to more than it may.
    #[error("the picture is too large")]
    Large,
}

/// Reads a JPEG, PNG or WebP picture, by what it is and not by what it is called; upright.
pub fn unpack(bytes: &[u8], bounds: Bounds) -> Result<Picture, Refused> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|_| Refused::Kind)?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    if !reader.format().is_some_and(|kind| known.contains(&kind)) {
        return Err(Refused::Kind);
    }
    let mut limits = Limits::no_limits();
    limits.max_image_width = Some(bounds.side_max);
    limits.max_image_height = Some(bounds.side_max);
    limits.max_alloc = Some(bounds.memory_max);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    // Asked before anything is unpacked: a small file can claim to be very large.
    if width.max(height) > bounds.side_max || decoder.total_bytes() > bounds.memory_max {
        return Err(Refused::Large);
    }
    let turned = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(turned);
    if picture.width() == 0 || picture.height() == 0 {
        return Err(Refused::Kind);
    }
    Ok(picture)
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of `map_err`")]
fn broken(error: image::ImageError) -> Refused {
    match error {
        image::ImageError::Limits(_) => Refused::Large,
        _ => Refused::Kind,
    }
}

/// As a JPEG; what shows through is white.
pub fn jpeg(picture: &Picture, quality: u8) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, quality)
        .encode_image(&on_white(picture))
        .map_err(Error::internal)?;
    Ok(file)
}

/// As a PNG.
pub fn png(picture: &Picture) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let encoder =
        PngEncoder::new_with_quality(&mut file, CompressionType::Default, PngFilter::Adaptive);
    DynamicImage::from(picture.to_rgba8())
        .write_with_encoder(encoder)
        .map_err(Error::internal)?;
    Ok(file)
}

/// As a WebP, without loss: small for drawings, large for photographs.
pub fn webp(picture: &Picture) -> Result<Vec<u8>> {
    let mut file = Vec::new();
    let encoder = WebPEncoder::new_lossless(&mut file);
    let flat = if is_opaque(picture) {
        DynamicImage::from(picture.to_rgb8())
    } else {
        DynamicImage::from(picture.to_rgba8())
    };
    flat.write_with_encoder(encoder).map_err(Error::internal)?;
    Ok(file)
}

/// Whether nothing shows through.
pub fn is_opaque(picture: &Picture) -> bool {
    !picture.color().has_alpha() || picture.to_rgba8().pixels().all(|own| own.0[3] == u8::MAX)
}

/// JPEG has no transparency: what shows through is white.
fn on_white(picture: &Picture) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use image::{Rgba, RgbaImage};

    const BOUNDS: Bounds = Bounds {
        side_max: 1_000,
        memory_max: 8 * 1024 * 1024,
    };

    fn drawn(width: u32, height: u32) -> Picture {
        RgbaImage::from_pixel(width, height, Rgba([200, 10, 10, 128])).into()
    }

    #[test]
    fn what_is_written_is_read_again_and_nothing_that_was_hidden_behind_it() {
        let mut sent = png(&drawn(30, 20)).expect("written");
        sent.extend_from_slice(b"GPS 35.68 139.76 <script>");
        let read = unpack(&sent, BOUNDS).expect("a picture");
        assert!(!is_opaque(&read));
        for file in [jpeg(&read, 80), png(&read), webp(&read)] {
            let file = file.expect("written");
            assert!(!file.windows(3).any(|bytes| bytes == b"GPS"));
            let again = unpack(&file, BOUNDS).expect("still one");
            assert_eq!((again.width(), again.height()), (30, 20));
        }
    }

    #[test]
    fn what_is_larger_than_it_may_be_is_not_unpacked() {
        let wide = png(&drawn(1_001, 1)).expect("written");
        assert_eq!(unpack(&wide, BOUNDS).err(), Some(Refused::Large));
        let heavy = png(&drawn(1_000, 1_000)).expect("written");
        let small = Bounds {
            memory_max: 1_000_000,
            ..BOUNDS
        };
        assert!(unpack(&heavy, BOUNDS).is_ok());
        assert_eq!(unpack(&heavy, small).err(), Some(Refused::Large));
    }

    #[test]
    fn only_three_kinds_are_read() {
        for bad in [
            b"".as_slice(),
            b"<svg xmlns='http://www.w3.org/2000/svg'/>",
            b"GIF89a\x01\x00\x01\x00",
            b"\x89PNG\r\n\x1a\n",
        ] {
            assert_eq!(unpack(bad, BOUNDS).err(), Some(Refused::Kind));
        }
    }
}
