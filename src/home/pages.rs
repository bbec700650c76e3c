//! `GET /`.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::extract::State;

use crate::{live::model::Summary, page::Page, state::AppState};

/// The home page.
#[derive(Template, WebTemplate)]
#[template(path = "home/home.html")]
pub struct HomePage {
    page: Page,
    live: Arc<[Summary]>,
}

/// `GET /`.
pub async fn home(State(state): State<AppState>, page: Page) -> HomePage {
    HomePage { page, live: state.live.in_progress() }
}
