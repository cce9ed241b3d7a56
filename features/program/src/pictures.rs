//! What becomes of a picture that somebody brings for a conference: the sizes that its pages want, and nothing of the
//! file that was sent.

use image::imageops::FilterType;
use image::{DynamicImage, RgbaImage};
use kernel::{Error, Message, Result};
use platform::picture::{self, Bounds, Picture, Refused};

use crate::limits;
use crate::model::{Format, Spot};
use crate::svg;

/// How much of a photograph's detail is kept.
const QUALITY: u8 = 80;

/// What a picture may unpack to.
const BOUNDS: Bounds = Bounds {
    side_max: limits::LOOK_SIDE_MAX,
    memory_max: limits::LOOK_MEMORY_MAX,
};

/// One size of it, to be stored.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) bytes: Vec<u8>,
    pub(crate) format: Format,
    pub(crate) width: u32,
    pub(crate) height: u32,
}

/// A picture in all its sizes, smallest first, and as other sites show it.
#[derive(Debug)]
pub(crate) struct Sizes {
    pub(crate) sizes: Vec<Made>,
    pub(crate) card: Option<Made>,
}

/// Makes the sizes of a picture. Takes seconds; not for threads that others wait for.
///
/// # Errors
/// `Invalid` with what is wrong with the file.
pub(crate) fn make(spot: Spot, bytes: &[u8]) -> Result<Sizes> {
    let is_logo = matches!(spot, Spot::Logo | Spot::LogoDark);
    if svg::is_drawing(bytes) {
        if !is_logo {
            return Err(Error::invalid("file", "program-look-kind"));
        }
        return Ok(Sizes {
            sizes: vec![drawing(bytes)?],
            card: None,
        });
    }
    if bytes.len() > limits::LOOK_BYTES_MAX {
        let most = Message::new("web-file-too-large")
            .with("megabytes", limits::LOOK_BYTES_MAX / 1024 / 1024);
        return Err(Error::invalid("file", most));
    }
    let picture = picture::unpack(bytes, BOUNDS).map_err(refused)?;
    let (mut sizes, mut card) = (Vec::new(), None);
    match spot {
        Spot::Logo | Spot::LogoDark => {
            let (width, height) = limits::LOGO_BOX;
            sizes.push(smallest(&fitted(&picture, width, height))?);
        }
        Spot::Hero => {
            for width in limits::HERO_WIDTHS {
                let known = sizes.last().map_or(0, |made: &Made| made.width);
                let size = fitted(&picture, *width, u32::MAX);
                if size.width() > known {
                    sizes.push(smallest(&size)?);
                }
            }
            let (width, height) = limits::CARD_SIZE;
            let filled = picture.resize_to_fill(width, height, FilterType::CatmullRom);
            card = Some(made(
                picture::jpeg(&filled, QUALITY)?,
                Format::Jpeg,
                &filled,
            ));
        }
        Spot::Icon => {
            for side in limits::ICON_SIDES {
                let icon = squared(&picture, *side);
                sizes.push(made(picture::png(&icon)?, Format::Png, &icon));
            }
        }
    }
    Ok(Sizes { sizes, card })
}

fn drawing(bytes: &[u8]) -> Result<Made> {
    let own = svg::clean(bytes).map_err(|message| Error::invalid("file", message))?;
    // Drawings have units of their own; pages want pixels of the same shape.
    let (width, height) = own.size;
    let (most_wide, most_high) = limits::LOGO_BOX;
    let scale = (f64::from(most_wide) / width).min(f64::from(most_high) / height);
    Ok(Made {
        bytes: own.text.into_bytes(),
        format: Format::Svg,
        width: pixels(width * scale),
        height: pixels(height * scale),
    })
}

/// A length in whole pixels, at least one.
fn pixels(length: f64) -> u32 {
    let whole = length.round().clamp(1.0, f64::from(limits::LOOK_SIDE_MAX));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "1 to 10,000"
    )]
    let pixels = whole as u32;
    pixels
}

/// Within so many pixels, never larger than it was.
fn fitted(picture: &Picture, width: u32, height: u32) -> Picture {
    if picture.width() <= width && picture.height() <= height {
        return picture.clone();
    }
    picture.resize(
        width,
        height.min(limits::LOOK_SIDE_MAX),
        FilterType::CatmullRom,
    )
}

/// All of it in the middle of a square, with nothing around it.
fn squared(picture: &Picture, side: u32) -> Picture {
    let small = picture.resize(side, side, FilterType::CatmullRom);
    let mut square = RgbaImage::new(side, side);
    let (left, top) = ((side - small.width()) / 2, (side - small.height()) / 2);
    image::imageops::replace(&mut square, &small.to_rgba8(), left.into(), top.into());
    DynamicImage::from(square)
}

/// Written so that it takes the least room: drawings without loss, photographs as JPEG.
fn smallest(picture: &Picture) -> Result<Made> {
    let exact = picture::webp(picture)?;
    if picture::is_opaque(picture) {
        let photograph = picture::jpeg(picture, QUALITY)?;
        if photograph.len() < exact.len() {
            return Ok(made(photograph, Format::Jpeg, picture));
        }
    }
    Ok(made(exact, Format::Webp, picture))
}

fn made(bytes: Vec<u8>, format: Format, picture: &Picture) -> Made {
    Made {
        bytes,
        format,
        width: picture.width(),
        height: picture.height(),
    }
}

fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Kind => Error::invalid("file", "program-look-kind"),
        Refused::Large => {
            let most = Message::new("program-look-large").with("side", limits::LOOK_SIDE_MAX);
            Error::invalid("file", most)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Rgba;

    fn png(width: u32, height: u32) -> Vec<u8> {
        let picture = RgbaImage::from_fn(width, height, |x, y| {
            let low = |number: u32| number.to_le_bytes()[0];
            Rgba([low(x), low(y), low(x * y), 255])
        });
        picture::png(&picture.into()).expect("written")
    }

    fn widths(sizes: &Sizes) -> Vec<(u32, u32)> {
        let all = sizes.sizes.iter();
        all.map(|made| (made.width, made.height)).collect()
    }

    #[test]
    fn each_spot_gets_the_sizes_that_its_pages_want() {
        let hero = make(Spot::Hero, &png(1_000, 500)).expect("taken");
        assert_eq!(widths(&hero), [(480, 240), (960, 480), (1_000, 500)]);
        let card = hero.card.expect("one for other sites");
        assert_eq!((card.width, card.height), limits::CARD_SIZE);
        assert_eq!(card.format, Format::Jpeg);
        let icon = make(Spot::Icon, &png(64, 40)).expect("taken");
        assert_eq!(widths(&icon), [(32, 32), (180, 180), (512, 512)]);
        assert!(icon.sizes.iter().all(|made| made.format == Format::Png));
        let logo = make(Spot::Logo, &png(400, 400)).expect("taken");
        assert_eq!(widths(&logo), [(144, 144)]);
        let small = make(Spot::LogoDark, &png(40, 20)).expect("taken");
        assert_eq!(widths(&small), [(40, 20)]);
        for made in hero.sizes.iter().chain(&icon.sizes).chain(&logo.sizes) {
            let seen = picture::unpack(&made.bytes, BOUNDS).expect("a picture");
            assert_eq!((seen.width(), seen.height()), (made.width, made.height));
        }
    }

    #[test]
    fn a_drawing_is_a_logo_and_nothing_else() {
        let drawing = br#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 20 10"><path d="M0 0h9"/></svg>"#;
        let logo = make(Spot::Logo, drawing).expect("taken");
        assert_eq!(widths(&logo), [(288, 144)]);
        assert!(make(Spot::Hero, drawing).is_err());
        assert!(make(Spot::Icon, drawing).is_err());
    }

    #[test]
    fn what_is_too_long_too_large_or_no_picture_is_refused() {
        let mut long = png(8, 8);
        long.resize(limits::LOOK_BYTES_MAX + 1, 0);
        let wide = png(limits::LOOK_SIDE_MAX + 1, 1);
        for bad in [
            long.as_slice(),
            &wide,
            b"",
            b"GIF89a",
            b"%PDF-1.7",
            b"<script>",
        ] {
            assert!(matches!(make(Spot::Logo, bad), Err(Error::Invalid(_))));
        }
    }
}
