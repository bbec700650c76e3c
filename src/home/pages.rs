//! `GET /`.

use askama::Template;
use askama_web::WebTemplate;

use crate::page::Page;

/// The home page.
#[derive(Template, WebTemplate)]
#[template(path = "home/home.html")]
pub struct HomePage {
    page: Page,
}

/// `GET /`.
pub async fn home(page: Page) -> HomePage {
    HomePage { page }
}
