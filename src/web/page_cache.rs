//! Public pages as a visitor without a session gets them, kept briefly with their headers and compressed bodies. Visitors with a
//! session or a notice to read bypass the cache: no personal page is ever kept.

use std::sync::Arc;

use axum::{
    body::{self, Body},
    extract::{MatchedPath, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use moka::future::Cache;

use crate::{cache::PAGES_LIVE, config::Config, language::Language, web};

/// Routes whose pages are the same for every visitor without a session.
const PUBLIC: [&str; 3] = ["/", "/players/{name}", "/matches/{id}"];
/// The only query that these routes accept; pages with any other are not kept, so that nobody can fill the cache with copies.
const QUERY: &str = "before=";
/// Most bytes of kept pages in total.
const CAPACITY: u64 = 16 * 1024 * 1024;
/// Largest page in bytes; a larger one is a fault and answered 500.
const LARGEST: usize = 1024 * 1024;
/// Longest `Accept-Encoding` of a request whose answer is kept; browsers send about 20 bytes.
const LONGEST_ENCODING: usize = 64;

#[derive(PartialEq, Eq, Hash)]
struct Key {
    /// Path and query.
    path: String,
    language: Language,
    /// `Accept-Encoding` as it was sent.
    encoding: Bytes,
}

/// An answer that can be sent any number of times.
struct KeptPage {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// The kept pages.
#[derive(Clone)]
pub struct PageCache(Cache<Key, Arc<KeptPage>>);

impl Default for PageCache {
    fn default() -> Self {
        let weigh = |key: &Key, page: &Arc<KeptPage>| {
            u32::try_from(key.path.len() + page.body.len() + 1024).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().time_to_live(PAGES_LIVE).max_capacity(CAPACITY).weigher(weigh).build())
    }
}

/// The layer.
pub async fn keep(
    State(pages): State<PageCache>,
    State(config): State<Arc<Config>>,
    request: Request,
    next: Next,
) -> Response {
    let Some(key) = key(&request, &config) else {
        return next.run(request).await;
    };
    let request = anonymous(request, key.language);
    let make = async {
        let page = Arc::new(KeptPage::read(next.run(request).await).await);
        // A failure is given to everybody who waited for this page, and not kept.
        if page.status == StatusCode::OK { Ok(page) } else { Err(page) }
    };
    match pages.0.try_get_with(key, make).await {
        Ok(page) => page.answer(),
        Err(failed) => failed.answer(),
    }
}

/// The request without anything personal: whatever else reads cookies, however leniently, finds only the language.
fn anonymous(mut request: Request, language: Language) -> Request {
    request.headers_mut().remove(header::COOKIE);
    if let Ok(cookie) = format!("{}={}", web::LANGUAGE, language.code()).parse() {
        request.headers_mut().insert(header::COOKIE, cookie);
    }
    request
}

/// The key under which the answer to a request may be kept, if it may be.
fn key(request: &Request, config: &Config) -> Option<Key> {
    let headers = request.headers();
    let route = request.extensions().get::<MatchedPath>()?.as_str();
    let query = request.uri().query();
    let encoding = headers.get(header::ACCEPT_ENCODING).map(HeaderValue::as_bytes).unwrap_or_default();
    let public = request.method() == Method::GET
        && PUBLIC.contains(&route)
        && query.is_none_or(|query| query.starts_with(QUERY))
        && encoding.len() <= LONGEST_ENCODING
        && headers.get_all(header::ACCEPT_ENCODING).iter().nth(1).is_none()
        && !web::wants_json(headers)
        && web::cookie(headers, web::NOTICE).is_none()
        && web::cookie(headers, config.session_cookie()).is_none();
    public.then(|| Key {
        path: request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        language: web::language(headers),
        encoding: Bytes::copy_from_slice(encoding),
    })
}

impl KeptPage {
    async fn read(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let mut headers = parts.headers;
        // Nobody's cookie may reach anybody else.
        headers.remove(header::SET_COOKIE);
        match body::to_bytes(body, LARGEST).await {
            Ok(body) => Self { status: parts.status, headers, body },
            Err(error) => {
                tracing::error!(%error, "Could not read the body of a page");
                Self { status: StatusCode::INTERNAL_SERVER_ERROR, headers: HeaderMap::new(), body: Bytes::new() }
            }
        }
    }

    fn answer(&self) -> Response {
        (self.status, self.headers.clone(), Body::from(self.body.clone())).into_response()
    }
}
