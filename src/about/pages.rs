//! `GET /about` and `GET /privacy`.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::{config::Config, page::Page};

/// What the site is and how to play.
#[derive(Template, WebTemplate)]
#[template(path = "about/about.html")]
pub struct AboutPage {
    page: Page,
}

/// `GET /about`.
pub async fn about(page: Page) -> AboutPage {
    AboutPage { page }
}

/// What the site stores about people.
#[derive(Template, WebTemplate)]
#[template(path = "about/privacy.html")]
pub struct PrivacyPage {
    page: Page,
    session_days: u16,
}

/// `GET /privacy`.
pub async fn privacy(State(config): State<Arc<Config>>, page: Page) -> PrivacyPage {
    PrivacyPage { page, session_days: config.accounts.session_days }
}
