//! Gives every error answer (400 and above) without a page of its own one: designed, translated, with a way onwards; as JSON on
//! request.

use std::sync::Arc;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use serde_json::json;
use tower_http::request_id::RequestId;

use super::Page;
use crate::{
    config::Config,
    language::Language,
    players::{Players, viewer::Viewer},
    web,
};

#[derive(Template, WebTemplate)]
#[template(path = "error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    digits: Vec<char>,
    title_key: String,
    text_key: String,
    /// The path to try again, where that may help.
    retry: Option<String>,
    /// The site's address, when the request was for another one; else empty.
    site: String,
    /// The request's id in the log, for our own faults.
    request_id: Option<String>,
}

/// The layer.
pub async fn render(
    State(players): State<Players>,
    State(config): State<Arc<Config>>,
    request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let request = Request::from_parts(parts.clone(), body);
    let bare = next.run(request).await;
    let status = bare.status();
    if !(status.is_client_error() || status.is_server_error()) || has_own_body(&bare) {
        return bare;
    }
    // When the database is away, it must not be asked who is viewing.
    let viewer = if status.is_server_error() { None } else { Viewer::of(&mut parts, &players).await.ok() };
    dress(bare, viewer, &parts, &config)
}

/// The answer to a request that ended in a bare status: a page, or JSON.
pub fn dress(bare: Response, viewer: Option<Viewer>, parts: &Parts, config: &Config) -> Response {
    let status = bare.status();
    let page = Page::new(viewer.unwrap_or_default(), parts, config);
    let kind = kind(status);
    let mut response = if web::wants_json(&parts.headers) {
        let message = page.t(&format!("error-{kind}-text"));
        (status, axum::Json(json!({ "status": status.as_u16(), "error": kind, "message": message }))).into_response()
    } else {
        let safe = parts.method.is_safe();
        let again = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
        let id = parts.extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
        let error_page = ErrorPage {
            retry: (safe && again).then(|| page.path.clone()),
            site: if status == StatusCode::MISDIRECTED_REQUEST { page.base_url.clone() } else { String::new() },
            request_id: id.filter(|_| status == StatusCode::INTERNAL_SERVER_ERROR).map(str::to_owned),
            title_key: format!("error-{kind}-title"),
            text_key: format!("error-{kind}-text"),
            page,
            status: status.as_u16(),
            digits: status.as_str().chars().collect(),
        };
        (status, error_page).into_response()
    };
    if status == StatusCode::SERVICE_UNAVAILABLE {
        // Overridden below when the handler knows better.
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    for name in [header::ALLOW, header::RETRY_AFTER, header::UPGRADE, header::CONNECTION] {
        if let Some(value) = bare.headers().get(&name) {
            response.headers_mut().insert(name, value.clone());
        }
    }
    response
}

/// An error page for a web server in front, which shows it when the site itself cannot.
///
/// # Errors
/// When the template cannot be rendered.
pub fn stand_in(status: StatusCode, language: Language) -> askama::Result<String> {
    // The web server's own page cannot tell the site's address.
    let kind = if status == StatusCode::MISDIRECTED_REQUEST { "not-found" } else { kind(status) };
    let error_page = ErrorPage {
        retry: None,
        site: String::new(),
        request_id: None,
        title_key: format!("error-{kind}-title"),
        text_key: format!("error-{kind}-text"),
        page: Page { viewer: Viewer::default(), language, notice: None, path: "/".to_owned(), base_url: String::new() },
        status: status.as_u16(),
        digits: status.as_str().chars().collect(),
    };
    error_page.render()
}
/// Marks an answer, in its extensions, as meant for machines, to be left unchanged.
#[derive(Clone, Copy)]
pub struct ForMachines;

fn has_own_body(response: &Response) -> bool {
    response.extensions().get::<ForMachines>().is_some()
        || web::is_html(response.headers())
        || response.headers().get(header::CONTENT_TYPE).is_some_and(|v| v.as_bytes().starts_with(b"application/json"))
}

fn kind(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 | 403 => "forbidden",
        404 | 410 => "not-found",
        405 => "method",
        408 | 502..=504 => "unavailable",
        413 | 414 => "too-large",
        400 | 415 | 416 | 422 | 426 => "unprocessable",
        421 => "misdirected",
        429 => "too-many",
        400..500 => "unprocessable",
        _ => "internal",
    }
}
