//! `transcendence backup`: everything in one compressed file, once or at regular intervals.

use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use clap::Args;
use time::OffsetDateTime;
use tokio::time::sleep;

use super::{
    error::TransferError,
    export::export,
    file,
    form::{connect, in_words},
    keep,
};
use crate::{
    config::Config,
    ops::{Failure, signals::StopSignals},
};

/// The wait after a failed backup, when repeating; doubled after each further failure.
const AGAIN: Duration = Duration::from_secs(15);
/// The longest wait.
const LONGEST: Duration = Duration::from_secs(600);
const DAY: u32 = 24 * 3600;

/// What to back up, and where.
#[derive(Args, Clone)]
pub struct BackupOptions {
    /// A file, or a folder in which the backup is named after the current time
    #[arg(long)]
    to: PathBuf,
    /// Remove backups in that folder that are older; the newest is always kept
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=36_500))]
    keep_days: Option<u32>,
    /// Keep making backups at this interval, such as 24h, 90m or 7d, counted from the newest in the folder
    #[arg(long, value_name = "TIME", value_parser = every)]
    every: Option<Duration>,
}

/// Makes a backup; with `every`, keeps making them until told to stop.
///
/// # Errors
/// One line that says why; no file is left behind.
pub async fn backup(config: Config, options: BackupOptions) -> Result<(), Failure> {
    let mut stop = StopSignals::new()?;
    let folder = file::is_folder(&options.to);
    if !folder && (options.every.is_some() || options.keep_days.is_some()) {
        return Err(Failure("--to: must be a folder (ending in /) with --every or --keep-days".to_owned()));
    }
    let Some(every) = options.every else {
        return tokio::select! {
            made = once(&config, &options) => made,
            () = stop.told() => Err(Failure("stopped before the backup was complete".to_owned())),
        };
    };
    let loop_for_ever = async {
        let mut again = AGAIN;
        loop {
            if let Some(wait) = due_in(&options.to, every) {
                sleep(wait).await;
            } else if let Err(failure) = once(&config, &options).await {
                tracing::error!(%failure, seconds = again.as_secs(), "Could not make a backup; trying again");
                sleep(again).await;
                again = (again * 2).min(LONGEST);
            } else {
                again = AGAIN;
            }
        }
    };
    tokio::select! {
        () = loop_for_ever => {}
        () = stop.told() => {}
    }
    Ok(())
}

/// How long until the next backup is due; `None` when one is due now.
fn due_in(folder: &Path, every: Duration) -> Option<Duration> {
    let newest = keep::newest(folder).ok().flatten()?;
    let age = Duration::try_from(OffsetDateTime::now_utc() - newest).unwrap_or_default();
    every.checked_sub(age).filter(|left| !left.is_zero())
}

async fn once(config: &Config, options: &BackupOptions) -> Result<(), Failure> {
    let (url, options) = (config.database.url.expose().to_owned(), options.clone());
    let work = move || make(&url, &options).map_err(|error| error.into_failure("backup"));
    tokio::task::spawn_blocking(work).await.map_err(|error| Failure(error.to_string()))?
}

fn make(url: &str, options: &BackupOptions) -> Result<(), TransferError> {
    let (began, now) = (Instant::now(), OffsetDateTime::now_utc());
    let path = if file::is_folder(&options.to) { options.to.join(keep::name(now)?) } else { options.to.clone() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    file::make_folder(folder)?;
    let mut connection = connect(url)?;
    let mut writer = file::Writer::new(folder)?;
    let counts = export(&mut connection, &mut writer)?;
    writer.keep_as(&path)?;
    let (size, seconds) = (std::fs::metadata(&path)?.len(), began.elapsed().as_secs_f64());
    println!("{}: {} in {size} bytes and {seconds:.1} s", path.display(), in_words(&counts));
    if let Some(days) = options.keep_days {
        let removed = keep::remove_older(folder, now, Duration::from_secs(u64::from(days) * u64::from(DAY)))?;
        if removed > 0 {
            println!("Removed backups older than {days} days: {removed}");
        }
    }
    Ok(())
}

/// Parses `24h`, `90m`, `30s`, `7d`.
fn every(value: &str) -> Result<Duration, String> {
    let wrong = || "must be a number followed by s, m, h or d, such as 24h".to_owned();
    let unit = value.chars().next_back().ok_or_else(wrong)?;
    let number = value.strip_suffix(unit).and_then(|number| number.parse::<u32>().ok()).filter(|number| *number > 0);
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => DAY,
        _ => return Err(wrong()),
    };
    Ok(Duration::from_secs(u64::from(number.ok_or_else(wrong)?) * u64::from(unit)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_numbers_with_a_unit() {
        assert_eq!(every("24h"), Ok(Duration::from_secs(86_400)));
        assert_eq!(every("90m"), Ok(Duration::from_secs(5_400)));
        assert_eq!(every("7d"), Ok(Duration::from_secs(604_800)));
        for wrong in ["", "h", "0h", "-1h", "24", "1 h", "1w", "1é"] {
            assert!(every(wrong).is_err(), "{wrong}");
        }
    }
}
