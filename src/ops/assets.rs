//! `transcendence assets`: what a web server in front needs to answer by itself: the static files in every encoding, the error
//! pages in every language, and the headers. The nginx image is built with it, so nothing is written twice.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use axum::http::StatusCode;

use crate::{assets, language::Language, ops::Failure, page::errors, web};

/// The errors that nginx itself generates.
const ERRORS: [u16; 14] = [400, 403, 404, 405, 408, 413, 414, 416, 421, 429, 500, 502, 503, 504];

/// Writes to the folder `to`:
///
/// - `static/{plain,br,gzip}/NAME`: each file of `static/`, and its compressed forms where they are smaller
/// - `errors/{en,fr}/STATUS.html`
/// - `nginx/headers.conf`, `nginx/headers-https.conf`: the security headers of every answer
/// - `nginx/https.conf`: the one header that is about the connection, for answers that already have the others
/// - `nginx/assets.conf`: `$static_cache`, how long `/static/$static_hash/…` may be kept
///
/// # Errors
/// When a file cannot be written.
pub fn run(to: &Path) -> Result<(), Failure> {
    for file in assets::all() {
        let forms = [("plain", Some(file.plain)), ("br", file.brotli), ("gzip", file.gzip)];
        for (coding, content) in forms {
            if let Some(content) = content {
                write(to.join("static").join(coding).join(file.name), &content)?;
            }
        }
    }
    for language in Language::ALL {
        for status in ERRORS {
            let page = StatusCode::from_u16(status).map_err(io::Error::other);
            let page = page.and_then(|status| errors::stand_in(status, language).map_err(io::Error::other));
            let page = page.map_err(|error| Failure(format!("the error page for {status}: {error}")))?;
            write(to.join("errors").join(language.code()).join(format!("{status}.html")), page.as_bytes())?;
        }
    }
    write(to.join("nginx/headers.conf"), headers(false).as_bytes())?;
    write(to.join("nginx/headers-https.conf"), headers(true).as_bytes())?;
    write(to.join("nginx/https.conf"), https().as_bytes())?;
    write(to.join("nginx/assets.conf"), cache().as_bytes())
}

fn headers(https: bool) -> String {
    web::headers::security(https).map(line).collect()
}

fn https() -> String {
    let (name, value) = web::headers::STRICT_TRANSPORT_SECURITY;
    format!("proxy_hide_header {name};\n{}", line((name, value)))
}

/// A header in the syntax of nginx's configuration.
fn line((name, value): (&str, &str)) -> String {
    format!("add_header {name} \"{value}\" always;\n")
}

/// As the site itself answers: a year for the current hash, five minutes for any other.
fn cache() -> String {
    format!(
        "map $static_hash $static_cache {{\n    default \"public, max-age=300\";\n    {} \"public, max-age=31536000, immutable\";\n}}\n",
        assets::hash()
    )
}

fn write(path: PathBuf, content: &[u8]) -> Result<(), Failure> {
    let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
    folder.and_then(|()| fs::write(&path, content)).map_err(|error| Failure(format!("{}: {error}", path.display())))
}
