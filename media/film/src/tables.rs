//! The tables of an MP4 file (ISO/IEC 14496-12): which frame lies where, when it is due, and how it is coded.

use crate::facts::Refusal;
use crate::limits;

/// The boxes in some bytes, until they end or are damaged.
pub(crate) struct Boxes<'a>(pub(crate) &'a [u8]);

impl<'a> Iterator for Boxes<'a> {
    type Item = ([u8; 4], &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let head = self.0.get(..8)?;
        let kind = [head[4], head[5], head[6], head[7]];
        let (begin, end) = match number(head.get(..4)?) {
            0 => (8, self.0.len()),
            1 => (16, usize::try_from(number(self.0.get(8..16)?)).ok()?),
            size => (8, usize::try_from(size).ok()?),
        };
        let body = self.0.get(begin..end)?;
        self.0 = self.0.get(end..).unwrap_or_default();
        Some((kind, body))
    }
}

/// The first box of a kind.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "kinds are byte strings")]
pub(crate) fn find<'a>(bytes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes(bytes)
        .find(|(found, _)| found == kind)
        .map(|(_, body)| body)
}

/// A big-endian number of up to eight bytes.
pub(crate) fn number(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// One frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    pub(crate) offset: u64,
    pub(crate) bytes: u32,
    /// Decoding time in ticks of the track.
    pub(crate) dts: i64,
    pub(crate) ticks: u32,
    /// Presentation minus decoding time.
    pub(crate) cts: i64,
    pub(crate) key: bool,
}

/// One stream.
#[derive(Debug)]
pub(crate) struct Track {
    pub(crate) timescale: u32,
    /// Where presentation begins in it, in its ticks.
    pub(crate) start: i64,
    /// The four letters of its coding, and what stands in its description.
    pub(crate) coding: [u8; 4],
    pub(crate) entry: Vec<u8>,
    pub(crate) samples: Vec<Sample>,
}

/// What a track is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handler {
    Pictures,
    Sound,
    Other,
}

fn damaged(what: &str) -> Refusal {
    Refusal::Damaged(what.to_owned())
}

/// The body of a box that begins with version and flags.
fn versioned(body: &[u8]) -> Option<(u8, &[u8])> {
    Some((*body.first()?, body.get(4..)?))
}

/// A table: how many rows are announced, and their bytes.
fn table(body: &[u8]) -> Option<(usize, &[u8])> {
    let (_, rest) = versioned(body)?;
    let count = usize::try_from(number(rest.get(..4)?)).ok()?;
    Some((count, rest.get(4..)?))
}

/// Rows of `width` bytes; none where they are cut off.
fn rows(body: &[u8], width: usize) -> Option<impl Iterator<Item = &[u8]>> {
    let (count, rest) = table(body)?;
    let bytes = rest.get(..count.checked_mul(width)?)?;
    Some(bytes.chunks_exact(width))
}

/// What a `trak` box is for.
pub(crate) fn handler(trak: &[u8]) -> Handler {
    let hdlr = find(trak, b"mdia").and_then(|mdia| find(mdia, b"hdlr"));
    match hdlr.and_then(|hdlr| hdlr.get(8..12)) {
        Some(b"vide") => Handler::Pictures,
        Some(b"soun") => Handler::Sound,
        _ => Handler::Other,
    }
}

/// Reads a `trak` box; times of the film count `film_scale` per second.
pub(crate) fn track(trak: &[u8], film_scale: u32) -> Result<Track, Refusal> {
    let mdia = find(trak, b"mdia").ok_or_else(|| damaged("mdia"))?;
    let timescale = timescale(mdia).ok_or_else(|| damaged("mdhd"))?;
    let stbl = find(mdia, b"minf").and_then(|minf| find(minf, b"stbl"));
    let stbl = stbl.ok_or_else(|| damaged("stbl"))?;
    let stsd = find(stbl, b"stsd").ok_or_else(|| damaged("stsd"))?;
    let (count, entries) = table(stsd).ok_or_else(|| damaged("stsd"))?;
    let (coding, entry) = Boxes(entries).next().ok_or_else(|| damaged("stsd"))?;
    if count != 1 {
        return Err(damaged("it changes its coding on the way"));
    }
    let edits = find(trak, b"edts").and_then(|edts| find(edts, b"elst"));
    let start = edits.map_or(Some(0), |elst| start(elst, timescale, film_scale));
    Ok(Track {
        timescale,
        start: start.ok_or_else(|| damaged("elst"))?,
        coding,
        entry: entry.to_vec(),
        samples: samples(stbl)?,
    })
}

/// Ticks per second, from `mdhd` or `mvhd`.
pub(crate) fn scale(header: &[u8]) -> Option<u32> {
    let (version, rest) = versioned(header)?;
    let at = if version == 1 { 16 } else { 8 };
    let scale = u32::try_from(number(rest.get(at..at + 4)?)).ok()?;
    (scale > 0).then_some(scale)
}

fn timescale(mdia: &[u8]) -> Option<u32> {
    scale(find(mdia, b"mdhd")?)
}

/// Where presentation begins: what is edited away at the beginning, less what is waited before it.
fn start(elst: &[u8], timescale: u32, film_scale: u32) -> Option<i64> {
    let (version, _) = versioned(elst)?;
    let wide = if version == 1 { 8 } else { 4 };
    let mut waited = 0_i64;
    for row in rows(elst, 2 * wide + 4)? {
        let duration = i64::try_from(number(&row[..wide])).ok()?;
        let time = &row[wide..2 * wide];
        let time = if wide == 8 {
            number(time).cast_signed()
        } else {
            i64::from(u32::try_from(number(time)).ok()?.cast_signed())
        };
        if time >= 0 {
            return Some(time.saturating_sub(waited));
        }
        let ticks = i128::from(duration) * i128::from(timescale) / i128::from(film_scale.max(1));
        waited = waited.saturating_add(i64::try_from(ticks).ok()?);
    }
    Some(-waited)
}

fn samples(stbl: &[u8]) -> Result<Vec<Sample>, Refusal> {
    let sizes = sizes(stbl).ok_or_else(|| damaged("stsz"))?;
    let offsets = offsets(stbl, &sizes).ok_or_else(|| damaged("stco"))?;
    let times = times(stbl, sizes.len()).ok_or_else(|| damaged("stts"))?;
    let shifts = shifts(stbl, sizes.len()).ok_or_else(|| damaged("ctts"))?;
    let keys = keys(stbl, sizes.len()).ok_or_else(|| damaged("stss"))?;
    let each = sizes.into_iter().zip(offsets).zip(times);
    let each = each.zip(shifts).zip(keys);
    Ok(each
        .map(|((((bytes, offset), (dts, ticks)), cts), key)| Sample {
            offset,
            bytes,
            dts,
            ticks,
            cts,
            key,
        })
        .collect())
}

fn sizes(stbl: &[u8]) -> Option<Vec<u32>> {
    let (_, rest) = versioned(find(stbl, b"stsz")?)?;
    let (all, count) = (number(rest.get(..4)?), number(rest.get(4..8)?));
    let count = usize::try_from(count).ok()?;
    if count > limits::SAMPLES_MAX {
        return None;
    }
    let size = |bytes: &[u8]| u32::try_from(number(bytes)).ok();
    if all > 0 {
        return Some(vec![u32::try_from(all).ok()?; count]);
    }
    let bytes = rest.get(8..8 + count * 4)?;
    bytes.chunks_exact(4).map(size).collect()
}

fn offsets(stbl: &[u8], sizes: &[u32]) -> Option<Vec<u64>> {
    let chunks: Vec<u64> = match find(stbl, b"stco") {
        Some(stco) => rows(stco, 4)?.map(number).collect(),
        None => rows(find(stbl, b"co64")?, 8)?.map(number).collect(),
    };
    let runs: Vec<(usize, usize)> = rows(find(stbl, b"stsc")?, 12)?
        .map(|row| {
            let first = usize::try_from(number(&row[..4])).ok()?;
            Some((
                first.checked_sub(1)?,
                usize::try_from(number(&row[4..8])).ok()?,
            ))
        })
        .collect::<Option<_>>()?;
    let mut offsets = Vec::with_capacity(sizes.len());
    for (place, (first, each)) in runs.iter().enumerate() {
        let end = runs.get(place + 1).map_or(chunks.len(), |(next, _)| *next);
        for chunk in chunks.get(*first..end)? {
            let mut at = *chunk;
            for _ in 0..*each {
                let Some(size) = sizes.get(offsets.len()) else {
                    break;
                };
                offsets.push(at);
                at = at.checked_add(u64::from(*size))?;
            }
        }
    }
    (offsets.len() == sizes.len()).then_some(offsets)
}

/// Decoding time and length of each frame.
fn times(stbl: &[u8], count: usize) -> Option<Vec<(i64, u32)>> {
    let (mut times, mut at) = (Vec::with_capacity(count), 0_i64);
    for row in rows(find(stbl, b"stts")?, 8)? {
        let ticks = u32::try_from(number(&row[4..8])).ok()?;
        for _ in 0..number(&row[..4]) {
            if times.len() == count {
                break;
            }
            times.push((at, ticks));
            at = at.checked_add(i64::from(ticks))?;
        }
    }
    (times.len() == count).then_some(times)
}

fn shifts(stbl: &[u8], count: usize) -> Option<Vec<i64>> {
    let Some(ctts) = find(stbl, b"ctts") else {
        return Some(vec![0; count]);
    };
    let mut shifts = Vec::with_capacity(count);
    for row in rows(ctts, 8)? {
        // Version 0 says that they are not negative; some write negative ones all the same.
        let shift = i64::from(u32::try_from(number(&row[4..8])).ok()?.cast_signed());
        for _ in 0..number(&row[..4]) {
            if shifts.len() == count {
                break;
            }
            shifts.push(shift);
        }
    }
    shifts.resize(count, 0);
    Some(shifts)
}

fn keys(stbl: &[u8], count: usize) -> Option<Vec<bool>> {
    let Some(stss) = find(stbl, b"stss") else {
        return Some(vec![true; count]);
    };
    let mut keys = vec![false; count];
    for row in rows(stss, 4)? {
        let place = usize::try_from(number(row)).ok()?.checked_sub(1)?;
        *keys.get_mut(place)? = true;
    }
    Some(keys)
}
