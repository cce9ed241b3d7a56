//! Files in one file: tar (POSIX ustar), as any tar unpacks it, without compression, so that what is the same in two
//! archives is the same in their bytes and whoever stores them can tell.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::Path;

const BLOCK: usize = 512;

/// An archive that is being written.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    /// Where the header of the open member is, and its name.
    open: Option<(u64, String)>,
    /// How many bytes there are.
    at: u64,
    modified_s: u64,
}

impl<W: Write> Writer<W> {
    /// Begins one; its members have this time, in seconds since 1970.
    pub fn new(out: W, modified_s: u64) -> Self {
        Self {
            out,
            open: None,
            at: 0,
            modified_s,
        }
    }

    /// A whole member.
    pub fn member(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.stream(name, bytes.len() as u64, &mut &*bytes)
    }

    /// A member of so many bytes; that there are as many is the caller's word, which is checked.
    pub fn stream(&mut self, name: &str, bytes: u64, source: &mut impl Read) -> io::Result<()> {
        self.put(&header(name, bytes, self.modified_s)?)?;
        let copied = io::copy(&mut source.take(bytes), &mut self.out)?;
        self.at += copied;
        if copied != bytes {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.fill(bytes)
    }

    /// Ends the archive and gives back what it was written to.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(&[0; 2 * BLOCK])?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// What is missing of the last block of so many bytes.
    fn fill(&mut self, bytes: u64) -> io::Result<()> {
        let over = usize::try_from(bytes % BLOCK as u64).unwrap_or(0);
        match over {
            0 => Ok(()),
            over => self.put([0; BLOCK].get(over..).unwrap_or_default()),
        }
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }
}

impl<W: Write + Seek> Writer<W> {
    /// Begins a member whose length is not known yet; what is written until [`end`](Self::end) is in it.
    pub fn begin(&mut self, name: &str) -> io::Result<()> {
        self.open = Some((self.at, name.to_owned()));
        self.put(&[0; BLOCK])
    }

    /// Ends the open member.
    pub fn end(&mut self) -> io::Result<()> {
        let Some((start, name)) = self.open.take() else {
            return Ok(());
        };
        let bytes = self.at - start - BLOCK as u64;
        let header = header(&name, bytes, self.modified_s)?;
        self.fill(bytes)?;
        self.out.seek(SeekFrom::Start(start))?;
        self.out.write_all(&header)?;
        self.out.seek(SeekFrom::Start(self.at))?;
        Ok(())
    }
}

impl<W: Write> Write for Writer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.put(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// An archive that is being read.
#[derive(Debug)]
pub struct Reader {
    input: BufReader<File>,
    /// Bytes until the next header.
    skip: u64,
}

/// A member of an archive; it reads as its bytes.
#[derive(Debug)]
pub struct Member<'r> {
    /// Its name.
    pub name: String,
    left: u64,
    reader: &'r mut Reader,
}

impl Reader {
    /// Opens one.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self {
            input: BufReader::with_capacity(256 * 1024, File::open(path)?),
            skip: 0,
        })
    }

    /// The next member; whatever was not read of the last one is passed over.
    #[expect(clippy::should_implement_trait, reason = "members borrow the reader")]
    pub fn next(&mut self) -> io::Result<Option<Member<'_>>> {
        if let Ok(skip) = i64::try_from(self.skip) {
            self.input.seek_relative(skip)?;
        }
        self.skip = 0;
        let mut block = [0; BLOCK];
        self.input.read_exact(&mut block)?;
        if block == [0; BLOCK] {
            self.input.read_exact(&mut block)?;
            return if block == [0; BLOCK] {
                Ok(None)
            } else {
                Err(malformed())
            };
        }
        let (name, bytes) = read_header(&block)?;
        self.skip = bytes.next_multiple_of(BLOCK as u64);
        Ok(Some(Member {
            name,
            left: bytes,
            reader: self,
        }))
    }
}

impl Read for Member<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left)
            .unwrap_or(usize::MAX)
            .min(buffer.len());
        let Some(buffer) = buffer.get_mut(..most).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let read = self.reader.input.read(buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        self.reader.skip -= read as u64;
        Ok(read)
    }
}

fn header(name: &str, bytes: u64, modified_s: u64) -> io::Result<[u8; BLOCK]> {
    let mut block = [0; BLOCK];
    let mut field = |start: usize, text: &str| {
        for (slot, byte) in block.iter_mut().skip(start).zip(text.as_bytes()) {
            *slot = *byte;
        }
    };
    // Longer ones have headers of their own, which nothing here needs.
    if name.len() > 99 || bytes > 0o777_7777_7777 {
        return Err(io::Error::from(io::ErrorKind::FileTooLarge));
    }
    field(0, name);
    field(100, "0000600");
    field(108, "0000000");
    field(116, "0000000");
    field(124, &format!("{bytes:011o}"));
    field(136, &format!("{modified_s:011o}"));
    field(148, "        ");
    field(156, "0");
    field(257, "ustar");
    field(263, "00");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    for (slot, byte) in block
        .iter_mut()
        .skip(148)
        .zip(format!("{sum:06o}\0 ").bytes())
    {
        *slot = byte;
    }
    Ok(block)
}

fn read_header(block: &[u8; BLOCK]) -> io::Result<(String, u64)> {
    let text = |start: usize, length: usize| {
        let field = block.get(start..start + length).unwrap_or_default();
        let end = field
            .iter()
            .position(|byte| *byte == 0)
            .unwrap_or(field.len());
        std::str::from_utf8(field.get(..end).unwrap_or_default()).map_err(|_| malformed())
    };
    let octal = |start, length| {
        u64::from_str_radix(text(start, length)?.trim(), 8).map_err(|_| malformed())
    };
    let sum: u64 = block
        .iter()
        .enumerate()
        .map(|(index, byte)| {
            if (148..156).contains(&index) {
                32
            } else {
                u64::from(*byte)
            }
        })
        .sum();
    if text(257, 5)? != "ustar" || octal(148, 8)? != sum || block.get(156) != Some(&b'0') {
        return Err(malformed());
    }
    Ok((text(0, 100)?.to_owned(), octal(124, 12)?))
}

fn malformed() -> io::Error {
    io::ErrorKind::InvalidData.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_again_and_any_tar_reads_it_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("some.tar");
        let mut writer = Writer::new(File::create(&path).expect("made"), 1_795_309_200);
        let long = vec![7_u8; 3 * BLOCK];
        for (name, bytes) in [("a.json", &b"{}"[..]), ("b/empty", b""), ("b/long", &long)] {
            writer.member(name, bytes).expect("written");
        }
        writer.begin("pieces").expect("begins");
        writer.write_all(b"one ").expect("written");
        writer.write_all(b"two").expect("written");
        writer.end().expect("ends");
        let short = writer.stream("short", 9, &mut &b"too short"[..]);
        short.expect("as long as it said");
        writer.finish().expect("ends");

        let mut reader = Reader::open(&path).expect("opens");
        let mut found = Vec::new();
        while let Some(mut member) = reader.next().expect("read") {
            let mut bytes = Vec::new();
            // One of them is passed over.
            if member.name != "b/long" {
                member.read_to_end(&mut bytes).expect("read");
            }
            found.push((member.name.clone(), bytes.len()));
        }
        let wanted = [
            ("a.json", 2),
            ("b/empty", 0),
            ("b/long", 0),
            ("pieces", 7),
            ("short", 9),
        ];
        assert_eq!(
            found,
            wanted.map(|(name, length)| (name.to_owned(), length))
        );

        let listed = std::process::Command::new("tar")
            .arg("-tvf")
            .arg(&path)
            .output();
        let listed = listed.expect("tar is there");
        assert!(listed.status.success(), "{listed:?}");
        let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
        assert_eq!(listed.lines().count(), 5, "{listed}");
        assert!(
            listed.contains("1536") && listed.contains("pieces"),
            "{listed}"
        );
    }

    #[test]
    fn an_archive_that_ends_early_or_is_none_is_an_error() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("some.tar");
        let mut writer = Writer::new(Vec::new(), 0);
        writer.member("a", &[1; 700]).expect("written");
        let whole = writer.finish().expect("ends");
        let is_whole = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            let mut reader = Reader::open(&path).expect("opens");
            while let Some(mut member) = reader.next()? {
                io::copy(&mut member, &mut io::sink())?;
            }
            io::Result::Ok(())
        };
        assert!(is_whole(&whole).is_ok());
        for length in [0, 100, 512, 900, 1500, 1536, whole.len() - 1] {
            assert!(is_whole(&whole[..length]).is_err(), "{length}");
        }
        assert!(is_whole(&[b'x'; 4096]).is_err());
        assert!(header(&"n".repeat(100), 1, 0).is_err());
        assert!(header("n", u64::MAX, 0).is_err());
        let promised = Writer::new(Vec::new(), 0).stream("n", 10, &mut &b"less"[..]);
        assert!(promised.is_err(), "less than was said");
    }
}
