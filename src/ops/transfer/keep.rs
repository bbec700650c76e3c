//! The backups in a folder: their names, which is the newest, and which are too old.

use std::{fs, io, path::Path, time::Duration};

use time::{OffsetDateTime, PrimitiveDateTime, format_description::BorrowedFormatItem, macros::format_description};

use super::file::UNFINISHED;

/// `transcendence-20261122T151032Z.backup.gz`.
const NAME: &[BorrowedFormatItem<'_>] =
    format_description!(version = 2, r"transcendence-[year][month][day]T[hour][minute][second]Z.backup.gz");

/// The name of a backup made now.
pub(super) fn name(now: OffsetDateTime) -> io::Result<String> {
    now.to_offset(time::UtcOffset::UTC).format(NAME).map_err(io::Error::other)
}

fn made_at(name: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(name, NAME).ok().map(PrimitiveDateTime::assume_utc)
}

/// When the newest backup in a folder was made.
pub(super) fn newest(folder: &Path) -> io::Result<Option<OffsetDateTime>> {
    if !folder.exists() {
        return Ok(None);
    }
    let names = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    Ok(names.iter().filter_map(|entry| made_at(entry.file_name().to_str()?)).max())
}

/// Removes backups older than `age`, but never the newest, and unfinished files that a killed process left a day ago or earlier.
/// Returns how many backups it removed. Other files are left alone.
pub(super) fn remove_older(folder: &Path, now: OffsetDateTime, age: Duration) -> io::Result<usize> {
    let newest = newest(folder)?;
    let mut removed = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if let Some(made) = made_at(name) {
            if now - made > age && Some(made) != newest {
                fs::remove_file(entry.path())?;
                removed += 1;
            }
        } else if name.starts_with(UNFINISHED) {
            let age = entry.metadata()?.modified()?.elapsed().unwrap_or_default();
            if age > Duration::from_secs(24 * 3600) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 3600);

    #[test]
    fn old_backups_go_and_everything_else_stays() {
        let folder = tempfile::tempdir().unwrap();
        let now = OffsetDateTime::now_utc();
        for days in [0, 3, 8, 40] {
            fs::write(folder.path().join(name(now - DAY * days).unwrap()), "").unwrap();
        }
        fs::write(folder.path().join("transcendence-notes.txt"), "").unwrap();
        assert_eq!(remove_older(folder.path(), now, DAY * 7).unwrap(), 2);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
        assert_eq!(newest(folder.path()).unwrap().unwrap().unix_timestamp(), now.unix_timestamp());
    }

    #[test]
    fn the_newest_stays_however_old_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let now = OffsetDateTime::now_utc();
        assert_eq!(newest(folder.path()).unwrap(), None);
        for days in [50, 60] {
            fs::write(folder.path().join(name(now - DAY * days).unwrap()), "").unwrap();
        }
        assert_eq!(remove_older(folder.path(), now, DAY * 7).unwrap(), 1);
        assert!(newest(folder.path()).unwrap().is_some());
    }
}
