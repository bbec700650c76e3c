//! `GET /`.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::{
    error::Error,
    live::{Live, model::Summary},
    matches::{cached::CachedMatches, model::LatestResult},
    page::Page,
};

/// How many matches in progress, and how many results, are listed.
pub const LISTED: usize = 6;

/// The home page.
#[derive(Template, WebTemplate)]
#[template(path = "home/home.html")]
pub struct HomePage {
    page: Page,
    live: Arc<[Summary]>,
    latest: Arc<Vec<LatestResult>>,
}

/// `GET /`.
///
/// # Errors
/// Database errors.
pub async fn home(
    State(live): State<Live>,
    State(matches): State<CachedMatches>,
    page: Page,
) -> Result<HomePage, Error> {
    let latest = matches.latest_results(LISTED).await?;
    Ok(HomePage { page, live: live.in_progress(), latest })
}
