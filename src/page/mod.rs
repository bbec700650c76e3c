//! What every page needs: who is viewing it, in which language, a notice from the last step, assets.

pub mod errors;
pub mod events;

use std::sync::Arc;

use axum::{
    extract::{FromRef, FromRequestParts},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use fluent_templates::fluent_bundle::FluentValue;

use crate::{
    assets,
    clock::Moment,
    config::Config,
    error::Error,
    language::Language,
    paths,
    players::{Players, viewer::Viewer},
    web::{self, NOTICE},
};

/// The frame of a page; templates call it `page`.
#[derive(Clone)]
pub struct Page {
    /// Who is viewing.
    pub viewer: Viewer,
    /// The language to render in.
    pub language: Language,
    /// Key of a text to show once.
    pub notice: Option<String>,
    /// Path and query, to return to.
    pub path: String,
    /// The site's origin, for link previews and invitations.
    pub base_url: String,
}

impl Page {
    /// The frame for a request whose viewer is known (or cannot be determined).
    #[must_use]
    pub fn new(viewer: Viewer, parts: &Parts, config: &Config) -> Self {
        let notice = web::cookie(&parts.headers, NOTICE).filter(|key| is_notice(key)).map(str::to_owned);
        let own = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        // The answer to a form may be at an address that cannot be requested with GET: return to where the form was.
        let path = if parts.method.is_safe() { own } else { referring_path(parts, config).unwrap_or("/") };
        Self {
            viewer,
            language: web::language(&parts.headers),
            notice,
            path: web::local_path(path).to_owned(),
            base_url: config.network.base_url.clone(),
        }
    }

    /// The text of a key.
    #[must_use]
    pub fn t(&self, key: &str) -> String {
        self.language.t(key)
    }

    /// The text of a key with a value inserted.
    #[must_use]
    pub fn t1<'v>(&self, key: &str, name: &'static str, value: impl Into<FluentValue<'v>>) -> String {
        self.language.t1(key, name, value)
    }

    /// The text of a key with two values inserted.
    #[must_use]
    pub fn t2<'v>(
        &self,
        key: &str,
        name1: &'static str,
        value1: impl Into<FluentValue<'v>>,
        name2: &'static str,
        value2: impl Into<FluentValue<'v>>,
    ) -> String {
        self.language.t2(key, name1, value1, name2, value2)
    }

    /// The URL of a static file.
    #[must_use]
    pub fn asset(&self, name: &str) -> String {
        assets::url(name)
    }

    /// Whether this page's path is the given one.
    #[must_use]
    pub fn is_at(&self, path: &str) -> bool {
        self.path.split('?').next() == Some(path)
    }

    /// Whether this page is a player's page.
    #[must_use]
    pub fn is_at_player(&self, name: &str) -> bool {
        self.is_at(&paths::player(name))
    }

    /// A date as text.
    #[must_use]
    pub fn date(&self, moment: &Moment) -> String {
        self.language.date(moment)
    }

    /// A date for lists: as text, with the month abbreviated.
    #[must_use]
    pub fn date_short(&self, moment: &Moment) -> String {
        self.language.date_short(moment)
    }

    /// A count, with thousands separators.
    #[must_use]
    pub fn number(&self, count: i64) -> String {
        self.language.number(count)
    }

    /// A duration of play in minutes and seconds.
    #[must_use]
    pub fn duration(&self, seconds: i64) -> String {
        self.language.duration(seconds)
    }

    /// How long ago, up to a week; from then on a short date.
    #[must_use]
    pub fn ago(&self, moment: &Moment) -> String {
        self.language.ago(moment)
    }

    /// A moment for `<time datetime>`, to the second: HTML allows at most three digits of a fraction.
    #[must_use]
    pub fn iso(&self, moment: &Moment) -> String {
        let moment = moment.assume_utc();
        moment
            .replace_nanosecond(0)
            .unwrap_or(moment)
            .format(&time::format_description::well_known::Rfc3339)
            .unwrap_or_default()
    }
}

impl<S> FromRequestParts<S> for Page
where
    Players: FromRef<S>,
    Arc<Config>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let viewer = Viewer::of(parts, &Players::from_ref(state)).await?;
        Ok(Self::new(viewer, parts, &Arc::<Config>::from_ref(state)))
    }
}

/// The path of the page on this site that a request came from.
fn referring_path<'p>(parts: &'p Parts, config: &Config) -> Option<&'p str> {
    let referrer = parts.headers.get(header::REFERER)?.to_str().ok()?;
    referrer.strip_prefix(config.origin()).filter(|path| path.starts_with('/'))
}

fn is_notice(key: &str) -> bool {
    key.starts_with("notice-")
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        && Language::English.has(key)
}

/// Redirects to `path` (303), where the text of `notice` is shown once.
#[must_use]
pub fn redirect_with(path: &str, notice: &'static str) -> Response {
    let cookie = format!("{NOTICE}={notice}; Path=/; Max-Age=30; HttpOnly; SameSite=Lax");
    let mut response = Redirect::to(path).into_response();
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The layer that removes a notice once a page has shown it.
pub async fn forget_notice(request: axum::extract::Request, next: axum::middleware::Next) -> Response {
    let has_notice = web::cookie(request.headers(), NOTICE).is_some();
    let mut response = next.run(request).await;
    if has_notice && web::is_html(response.headers()) {
        let gone = HeaderValue::from_static("notice=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}
