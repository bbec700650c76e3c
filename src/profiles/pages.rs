//! `GET /players/{name}`: a player and their matches, newest first.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Path, Query, State},
    response::{IntoResponse, Redirect, Response},
};
use fluent_templates::fluent_bundle::FluentValue;
use serde::Deserialize;

use crate::{
    error::Error,
    matches::{
        cached::CachedMatches,
        cursor::Cursor,
        model::{Profile, SideResult},
        wording,
    },
    page::Page,
    paths,
};

/// Longest name that is looked up, in bytes; real names are shorter.
const LONGEST_NAME: usize = 64;

/// The stretch of a history to show.
#[derive(Deserialize)]
pub struct Stretch {
    /// The place just above the first match to show.
    before: Option<String>,
}

/// A player's page.
#[derive(Template, WebTemplate)]
#[template(path = "profiles/profile.html")]
pub struct ProfilePage {
    page: Page,
    profile: Arc<Profile>,
    /// Whether it is the viewer's own page.
    own: bool,
    /// Whether newer matches are left out.
    continued: bool,
}

impl ProfilePage {
    /// The numbers as a sentence, for link previews.
    fn summary(&self) -> String {
        let player = &self.profile.player;
        let values = [
            ("name", FluentValue::from(player.name.clone())),
            ("won", FluentValue::from(player.won)),
            ("lost", FluentValue::from(player.lost)),
        ];
        self.page.language.with("profile-summary", &values)
    }
}

/// `GET /players/{name}`.
///
/// # Errors
/// [`Error::NotFound`] for a name that nobody has, and for a place in the history that none of our pages links to.
pub async fn profile(
    page: Page,
    State(matches): State<CachedMatches>,
    Path(name): Path<String>,
    Query(stretch): Query<Stretch>,
) -> Result<Response, Error> {
    let from = stretch.before.as_deref().map(str::parse::<Cursor>).transpose().map_err(|_| Error::NotFound)?;
    // PostgreSQL refuses text that contains NUL.
    if name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(Error::NotFound);
    }
    let continued = from.is_some();
    let from = from.unwrap_or(Cursor::NEWEST);
    let is_own = page.viewer.0.as_ref().is_some_and(|viewer| viewer.name.eq_ignore_ascii_case(&name));
    let profile =
        if is_own { matches.profile_now(name.clone(), from).await? } else { matches.profile(&name, from).await? };
    if profile.player.name != name {
        let query = stretch.before.map(|before| format!("?before={before}")).unwrap_or_default();
        return Ok(Redirect::permanent(&format!("{}{query}", paths::player(&profile.player.name))).into_response());
    }
    let own = page.viewer.is(profile.player.id);
    Ok(ProfilePage { page, profile, own, continued }.into_response())
}
