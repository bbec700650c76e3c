//! A backup as a file: lines of JSON, compressed with gzip. The last line holds the number of rows of each table and a SHA-256 of
//! all lines before it. `zcat FILE | less` shows it.

use std::{
    fs::{self, File, Permissions},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use data_encoding::HEXLOWER;
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use super::{
    error::TransferError,
    form::{Counts, Header, Sink},
    import,
    tables::Table,
};

/// The names of files that are being written begin with this.
pub(super) const UNFINISHED: &str = ".transcendence-unfinished-";
/// The longest line that is read, in bytes; the log of a match that lasts hours is far shorter.
const LONGEST: u64 = 64 * 1024 * 1024;

/// The last line.
#[derive(Serialize, Deserialize)]
struct End {
    rows: Counts,
    /// SHA-256 of all lines before, in hexadecimal digits.
    sha256: String,
}

/// A file that is being written, under another name until it is complete.
pub(super) struct Writer {
    out: GzEncoder<BufWriter<NamedTempFile>>,
    hash: Sha256,
}

impl Writer {
    /// A new file in this folder, readable only by its owner.
    pub fn new(folder: &Path) -> io::Result<Self> {
        let file = tempfile::Builder::new()
            .prefix(UNFINISHED)
            .permissions(Permissions::from_mode(0o600))
            .tempfile_in(folder)?;
        Ok(Self { out: GzEncoder::new(BufWriter::new(file), Compression::default()), hash: Sha256::new() })
    }

    fn line(&mut self, line: &str) -> Result<(), TransferError> {
        for part in [line, "\n"] {
            self.hash.update(part);
            self.out.write_all(part.as_bytes())?;
        }
        Ok(())
    }

    /// Gives the complete file its name, once it is safely on disk.
    pub fn keep_as(self, path: &Path) -> Result<(), TransferError> {
        let file = self.out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.as_file().sync_all()?;
        // What cannot be read back is not a backup.
        read(file.path(), &mut Nowhere)?;
        file.persist(path).map_err(|error| error.error)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
        Ok(())
    }
}

fn json(value: &impl Serialize) -> Result<String, TransferError> {
    serde_json::to_string(value).map_err(|error| TransferError::refused(error.to_string()))
}

impl Sink for Writer {
    fn begin(&mut self, header: &Header) -> Result<(), TransferError> {
        self.line(&json(header)?)
    }

    fn table(&mut self, table: &Table) -> Result<(), TransferError> {
        self.line(&json(table)?)
    }

    fn row(&mut self, row: &str) -> Result<(), TransferError> {
        self.line(row)
    }

    fn end(&mut self, counts: &Counts) -> Result<(), TransferError> {
        let sha256 = HEXLOWER.encode(&self.hash.clone().finalize());
        self.line(&json(&End { rows: counts.clone(), sha256 })?)
    }
}

/// Where the rows of a file go when it is only checked.
pub(super) struct Nowhere;

impl Sink for Nowhere {
    fn begin(&mut self, _: &Header) -> Result<(), TransferError> {
        Ok(())
    }

    fn table(&mut self, _: &Table) -> Result<(), TransferError> {
        Ok(())
    }

    fn row(&mut self, _: &str) -> Result<(), TransferError> {
        Ok(())
    }

    fn end(&mut self, _: &Counts) -> Result<(), TransferError> {
        Ok(())
    }
}

/// Gives `sink` the contents of a file. The checksum is compared before `sink` hears of the end.
pub(super) fn read(path: &Path, sink: &mut impl Sink) -> Result<(Header, Counts), TransferError> {
    let mut lines = Lines::open(path)?;
    if !lines.next()? {
        return Err(lines.damaged());
    }
    let header: Header = serde_json::from_str(&lines.line)
        .map_err(|_| TransferError::refused(format!("{} is not a Transcendence backup", path.display())))?;
    import::check(&header)?;
    sink.begin(&header)?;
    let mut counts = Counts::new();
    let mut present: Option<&mut u64> = None;
    loop {
        let before = lines.hash.clone();
        if !lines.next()? {
            return Err(TransferError::refused(format!("{} is incomplete: it has no end", path.display())));
        }
        if lines.line.starts_with('[') {
            sink.row(&lines.line)?;
            **present.as_mut().ok_or_else(|| lines.damaged())? += 1;
            continue;
        }
        if let Ok(table) = serde_json::from_str::<Table>(&lines.line) {
            sink.table(&table)?;
            present = Some(counts.entry(table.name).or_insert(0_u64));
            continue;
        }
        let end: End = serde_json::from_str(&lines.line).map_err(|_| lines.damaged())?;
        let complete = end.sha256 == HEXLOWER.encode(&before.finalize()) && end.rows == counts && !lines.next()?;
        if !complete {
            return Err(lines.damaged());
        }
        sink.end(&counts)?;
        return Ok((header, counts));
    }
}

/// The lines of a file, one at a time.
struct Lines<'p> {
    path: &'p Path,
    source: BufReader<MultiGzDecoder<BufReader<File>>>,
    /// The current line, without its line ending.
    line: String,
    /// Hash of all lines so far.
    hash: Sha256,
}

impl<'p> Lines<'p> {
    fn open(path: &'p Path) -> Result<Self, TransferError> {
        let file = File::open(path).map_err(|error| TransferError::refused(format!("{}: {error}", path.display())))?;
        let source = BufReader::with_capacity(128 * 1024, MultiGzDecoder::new(BufReader::new(file)));
        Ok(Self { path, source, line: String::new(), hash: Sha256::new() })
    }

    /// Reads the next line; false at the end.
    fn next(&mut self) -> Result<bool, TransferError> {
        self.line.clear();
        let read = (&mut self.source).take(LONGEST).read_line(&mut self.line);
        if read.map_err(|_| self.damaged())? == 0 {
            return Ok(false);
        }
        self.hash.update(&self.line);
        if self.line.pop() != Some('\n') {
            return Err(self.damaged());
        }
        Ok(true)
    }

    fn damaged(&self) -> TransferError {
        TransferError::refused(format!("{} is damaged or incomplete: none of it was used", self.path.display()))
    }
}

/// Whether a path names a folder: it is one, or it ends like one.
pub(super) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// Creates the folder for a file, where it is missing.
pub(super) fn make_folder(folder: &Path) -> io::Result<()> {
    if folder.as_os_str().is_empty() { Ok(()) } else { fs::create_dir_all(folder) }
}

#[cfg(test)]
mod tests {
    use super::{super::tables, *};
    use crate::db::migrations;

    fn written(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("whole.gz");
        let mut writer = Writer::new(folder).unwrap();
        let header = Header {
            format: super::super::form::FORMAT.to_owned(),
            version: super::super::form::VERSION,
            made_at: String::new(),
            program: "0".to_owned(),
            migrations: migrations::known().unwrap(),
        };
        writer.begin(&header).unwrap();
        writer.table(&tables::all().unwrap()[0]).unwrap();
        for number in 0..2_000 {
            writer.row(&format!("[{number},\"one\"]")).unwrap();
        }
        writer.end(&Counts::from([(tables::all().unwrap()[0].name.clone(), 2_000)])).unwrap();
        writer.keep_as(&path).unwrap();
        path
    }

    #[test]
    fn only_a_whole_file_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        assert_eq!(read(&path, &mut Nowhere).unwrap().1.values().sum::<u64>(), 2_000);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let bytes = fs::read(&path).unwrap();
        let other = folder.path().join("other.gz");
        for cut in [0, 1, bytes.len() / 2, bytes.len() - 1] {
            fs::write(&other, &bytes[..cut]).unwrap();
            assert!(read(&other, &mut Nowhere).is_err(), "cut after {cut} bytes");
        }
        for place in (0..bytes.len()).step_by(97) {
            let mut bytes = bytes.clone();
            bytes[place] ^= 1;
            // The gzip header contains bytes without meaning.
            if place > 10 {
                fs::write(&other, &bytes).unwrap();
                assert!(read(&other, &mut Nowhere).is_err(), "changed byte {place}");
            }
        }
    }

    #[test]
    fn a_row_that_somebody_changed_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let mut text = String::new();
        MultiGzDecoder::new(BufReader::new(File::open(&path).unwrap())).read_to_string(&mut text).unwrap();
        let other = folder.path().join("other.gz");
        for changed in [text.replace("[7,", "[8,"), text.replace("[7,\"one\"]\n", ""), text.clone() + "[1]\n"] {
            let mut file = GzEncoder::new(File::create(&other).unwrap(), Compression::fast());
            file.write_all(changed.as_bytes()).unwrap();
            file.finish().unwrap();
            assert!(read(&other, &mut Nowhere).is_err());
        }
    }
}
