//! `transcendence copy`: copies a site from one database to another, of the same kind or not.

use clap::Args;

use super::{
    export::export,
    form::{connect, in_words},
    restore,
};
use crate::{config::Config, ops::Failure};

/// Where to copy from, and where to.
#[derive(Args, Clone)]
pub struct CopyOptions {
    /// The database to read from, in the form of `DATABASE_URL`
    #[arg(long)]
    from: String,
    /// The database to write to [default: `DATABASE_URL`]
    #[arg(long)]
    to: Option<String>,
    /// Replace everything already in it
    #[arg(long)]
    force: bool,
}

/// Copies everything, in one transaction at each end.
///
/// # Errors
/// One line that says why; the target database is left unchanged.
pub fn copy(config: &Config, options: &CopyOptions) -> Result<(), Failure> {
    let mut source = connect(&options.from).map_err(|error| error.into_failure("--from"))?;
    let to = options.to.as_deref().unwrap_or(config.database.url.expose());
    let copied = restore::into(to, options.force, |importer| export(&mut source, importer));
    println!("Copied {}", in_words(&copied.map_err(|error| error.into_failure("copy"))?));
    Ok(())
}
