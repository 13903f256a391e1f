//! Pictures as files hold them, without OpenCV: how large one is, and a form that every browser shows.
//!
//! In: the bytes of a PNG, JPEG or PPM picture, or pixels. Out: its size, whether it is whole, bytes for a browser. Not here:
//! the pixels of PNG and JPEG; whoever looks at them unpacks them.

use super::frame::{SIDE_MAX, SIDE_MIN};

/// A picture that a browser can show.
#[derive(Clone, PartialEq, Eq)]
pub struct Still {
    /// Width and height, px.
    pub size_px: [u32; 2],
    /// What its bytes are: `image/png` and the like.
    pub media_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}

// Pictures do not get into messages, not even as numbers.
impl std::fmt::Debug for Still {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [width, height] = self.size_px;
        write!(f, "Still({width} × {height}, {})", self.media_type)
    }
}

/// Kinds of picture files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Png,
    Jpeg,
    Ppm,
}

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const JPEG: &[u8] = b"\xff\xd8\xff";

fn format(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(PNG) {
        Some(Format::Png)
    } else if bytes.starts_with(JPEG) {
        Some(Format::Jpeg)
    } else if bytes.starts_with(b"P6") {
        Some(Format::Ppm)
    } else {
        None
    }
}

/// Whether these are the first bytes of a picture that [`Still::of_file`] takes; a video otherwise, or nothing known.
#[must_use]
pub fn is_picture(first: &[u8]) -> bool {
    format(first).is_some()
}

impl Still {
    /// The picture in a file.
    ///
    /// # Errors
    /// Why it is none.
    pub fn of_file(bytes: Vec<u8>) -> Result<Self, String> {
        let cut = |kind: &str| format!("a {kind} picture that ends too early");
        let still = match format(&bytes) {
            Some(Format::Png) => Self {
                size_px: png_size(&bytes).ok_or_else(|| cut("PNG"))?,
                media_type: "image/png",
                bytes,
            },
            Some(Format::Jpeg) => Self {
                size_px: jpeg_size(&bytes).ok_or_else(|| cut("JPEG"))?,
                media_type: "image/jpeg",
                bytes,
            },
            Some(Format::Ppm) => return of_ppm(&bytes),
            None => return Err("no PNG, JPEG or PPM picture".to_owned()),
        };
        check_size(still.size_px)?;
        Ok(still)
    }

    /// A picture from its pixels: blue, green and red, row by row.
    ///
    /// # Errors
    /// It is too small or too large, or the bytes are not as many as they should be.
    pub fn of_pixels(width: usize, height: usize, bgr: &[u8]) -> Result<Self, String> {
        let side = |side: usize| u32::try_from(side).unwrap_or(u32::MAX);
        let size_px = [side(width), side(height)];
        check_size(size_px)?;
        if bgr.len() != width * height * 3 {
            return Err("a picture that ends too early".to_owned());
        }
        Ok(Self {
            size_px,
            media_type: "image/bmp",
            bytes: bitmap(size_px, bgr.chunks_exact(width * 3)),
        })
    }
}

fn check_size([width, height]: [u32; 2]) -> Result<(), String> {
    let fits =
        |side: u32| usize::try_from(side).is_ok_and(|it| (SIDE_MIN..=SIDE_MAX).contains(&it));
    match fits(width) && fits(height) {
        true => Ok(()),
        false => Err(format!(
            "a picture of {width} × {height} pixels; allowed: sides of {SIDE_MIN} to {SIDE_MAX}"
        )),
    }
}

fn big_endian(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Size of a PNG picture (ISO/IEC 15948) whose pieces are all there, to the last.
fn png_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let mut at = PNG.len();
    let size = [big_endian(bytes, at + 8)?, big_endian(bytes, at + 12)?];
    loop {
        let length = usize::try_from(big_endian(bytes, at)?).ok()?;
        // Length and name before, checksum behind.
        let end = at.checked_add(length)?.checked_add(12)?;
        if end > bytes.len() {
            return None;
        }
        if bytes.get(at + 4..at + 8)? == b"IEND" {
            return Some(size);
        }
        at = end;
    }
}

/// Size of a JPEG picture (ITU-T T.81), from the header of its frame. It has to have an end.
fn jpeg_size(bytes: &[u8]) -> Option<[u32; 2]> {
    let mut at = 2;
    loop {
        let [0xff, marker] = *bytes.get(at..at + 2)? else {
            return None;
        };
        at += 2;
        match marker {
            0xff => at -= 1,
            0x01 | 0xd0..=0xd8 => {}
            // Start of frame, all kinds; C4, C8 and CC are tables.
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf => {
                let side = |at: usize| {
                    let bytes = bytes.get(at..at + 2)?;
                    Some(u32::from(u16::from_be_bytes(bytes.try_into().ok()?)))
                };
                let size = [side(at + 5)?, side(at + 3)?];
                let rest = bytes.get(at..)?;
                let has_end = rest.windows(2).any(|pair| pair == b"\xff\xd9");
                return has_end.then_some(size);
            }
            _ => {
                let length = bytes.get(at..at + 2)?;
                let length = usize::from(u16::from_be_bytes(length.try_into().ok()?));
                at += length.max(2);
            }
        }
    }
}

/// A PPM picture (`P6`, one byte per color), as `ffmpeg` and `convert` write it.
fn of_ppm(bytes: &[u8]) -> Result<Still, String> {
    let (mut numbers, mut at) = (Vec::new(), 2);
    while numbers.len() < 3 {
        let rest = bytes.get(at..).unwrap_or_default();
        let blank = rest
            .iter()
            .take_while(|byte| byte.is_ascii_whitespace())
            .count();
        let rest = rest.get(blank..).unwrap_or_default();
        at += blank;
        if rest.starts_with(b"#") {
            at += rest.iter().take_while(|byte| **byte != b'\n').count();
            continue;
        }
        let digits: Vec<u8> = rest
            .iter()
            .copied()
            .take_while(u8::is_ascii_digit)
            .collect();
        at += digits.len();
        let number = String::from_utf8(digits)
            .ok()
            .and_then(|text| text.parse().ok());
        numbers.push(number.ok_or("a PPM picture without a size")?);
    }
    let [width, height, most] = <[u32; 3]>::try_from(numbers).map_err(|_| "no size")?;
    if most != 255 {
        return Err(format!(
            "a PPM picture with values up to {most}; allowed: 255"
        ));
    }
    check_size([width, height])?;
    let [columns, rows] = [width, height].map(|side| usize::try_from(side).unwrap_or(0));
    let pixels = bytes
        .get(at + 1..)
        .and_then(|rest| rest.get(..columns * rows * 3));
    let mut bgr = pixels.ok_or("a PPM picture that ends too early")?.to_vec();
    bgr.chunks_exact_mut(3).for_each(<[u8]>::reverse);
    Still::of_pixels(columns, rows, &bgr)
}

/// A bitmap file: the plainest that every browser shows. Rows from the bottom, each filled up to four bytes.
fn bitmap<'p>(
    [width, height]: [u32; 2],
    rows: impl DoubleEndedIterator<Item = &'p [u8]>,
) -> Vec<u8> {
    const HEADER: u32 = 14 + 40;
    let stride = (width * 3).next_multiple_of(4);
    let length = HEADER + stride * height;
    let mut bytes = Vec::with_capacity(usize::try_from(length).unwrap_or(0));
    bytes.extend_from_slice(b"BM");
    // The file, then BITMAPINFOHEADER: its size, the picture's, one plane of 24 bits, not compressed, no palette.
    for field in [
        length,
        0,
        HEADER,
        40,
        width,
        height,
        1 | 24 << 16,
        0,
        stride * height,
        0,
        0,
        0,
        0,
    ] {
        bytes.extend_from_slice(&field.to_le_bytes());
    }
    let padding = [0; 3];
    let padding = padding.get(..usize::try_from(stride - width * 3).unwrap_or(0));
    for row in rows.rev() {
        bytes.extend_from_slice(row);
        bytes.extend_from_slice(padding.unwrap_or_default());
    }
    bytes
}
