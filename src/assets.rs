//! Static files: embedded in the binary, served under a path with a hash of their contents, compressed once.

use std::{collections::HashMap, io::Write, sync::OnceLock};

use axum::{
    body::Body,
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use include_dir::{Dir, include_dir};
use sha2::{Digest, Sha256};

use crate::error::Error;

static FOLDER: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/static");

/// Files smaller than this are not worth compressing.
const COMPRESS_FROM: usize = 512;
/// A year; caches keep nothing longer.
const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

struct Asset {
    content_type: String,
    plain: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

struct Assets {
    hash: String,
    files: HashMap<String, Asset>,
}

fn assets() -> &'static Assets {
    static ASSETS: OnceLock<Assets> = OnceLock::new();
    ASSETS.get_or_init(|| {
        let mut files = Vec::new();
        collect(&FOLDER, &mut files);
        files.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut hasher = Sha256::new();
        for (name, file) in &files {
            hasher.update(name.as_bytes());
            hasher.update(&file.plain);
        }
        let hash = HEXLOWER.encode(hasher.finalize().get(..6).unwrap_or_default());
        Assets { hash, files: files.into_iter().collect() }
    })
}

fn collect(folder: &'static Dir<'static>, into: &mut Vec<(String, Asset)>) {
    for file in folder.files() {
        let name = file.path().to_string_lossy().replace('\\', "/");
        let guess = mime_guess::from_path(file.path()).first_or_octet_stream();
        let text = guess.type_() == mime_guess::mime::TEXT;
        let content_type = if text { format!("{guess}; charset=utf-8") } else { guess.to_string() };
        let plain = Bytes::from_static(file.contents());
        into.push((name, Asset { content_type, plain, brotli: OnceLock::new(), gzip: OnceLock::new() }));
    }
    for inner in folder.dirs() {
        collect(inner, into);
    }
}

/// The URL of a file in `static/`, such as `/static/<hash of all assets>/site.css`.
#[must_use]
pub fn url(name: &str) -> String {
    format!("/static/{}/{name}", assets().hash)
}

/// The hash in [`url`].
#[must_use]
pub fn hash() -> &'static str {
    &assets().hash
}

/// A file of `static/` in every form in which it is sent.
pub struct Forms {
    /// Its path relative to `static/`.
    pub name: &'static str,
    /// Uncompressed.
    pub plain: Bytes,
    /// Compressed with brotli, where that is smaller.
    pub brotli: Option<Bytes>,
    /// Compressed with gzip, where that is smaller.
    pub gzip: Option<Bytes>,
}

/// Every file of `static/`, for a web server that sends them itself.
pub fn all() -> impl Iterator<Item = Forms> {
    let form = |(name, asset): (&'static String, &'static Asset)| Forms {
        name,
        plain: asset.plain.clone(),
        brotli: asset.brotli(),
        gzip: asset.gzip(),
    };
    assets().files.iter().map(form)
}

/// `GET /static/{hash}/{*name}`.
///
/// # Errors
/// [`Error::NotFound`] when there is no such file.
pub async fn serve(Path((hash, name)): Path<(String, String)>, headers: HeaderMap) -> Result<Response, Error> {
    file(&name, hash == assets().hash, &headers)
}

/// `GET /favicon.ico` and the like: files that browsers request at the root.
///
/// # Errors
/// [`Error::NotFound`] when there is no such file.
pub async fn serve_root(uri: axum::http::Uri, headers: HeaderMap) -> Result<Response, Error> {
    file(uri.path().trim_start_matches('/'), false, &headers)
}

fn file(name: &str, current: bool, headers: &HeaderMap) -> Result<Response, Error> {
    let Assets { hash, files } = assets();
    let asset = files.get(name).ok_or(Error::NotFound)?;
    let accepts = |coding: &str| {
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|v| v.to_str().ok()).any(|v| v.contains(coding))
    };
    let packed = accepts("br").then(|| (asset.brotli(), "br"));
    let packed = packed.or_else(|| accepts("gzip").then(|| (asset.gzip(), "gzip")));
    let (body, coding) = match packed {
        Some((Some(body), coding)) => (body, Some(coding)),
        Some((None, _)) | None => (asset.plain.clone(), None),
    };
    let etag = format!("\"{hash}{}\"", coding.map(|c| format!("-{c}")).unwrap_or_default());
    let mut response = if headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == etag.as_bytes()) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(body).into_response()
    };
    let out = response.headers_mut();
    out.insert(
        header::CACHE_CONTROL,
        if current { IMMUTABLE } else { HeaderValue::from_static("public, max-age=300") },
    );
    out.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let (Ok(etag), Ok(content_type)) = (etag.parse(), asset.content_type.parse()) {
        out.insert(header::ETAG, etag);
        out.insert(header::CONTENT_TYPE, content_type);
    }
    if let Some(coding) = coding {
        out.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    Ok(response)
}

impl Asset {
    fn brotli(&self) -> Option<Bytes> {
        self.brotli
            .get_or_init(|| {
                self.pack(|plain, out| {
                    let mut writer = brotli::CompressorWriter::new(out, 4096, 9, 20);
                    writer.write_all(plain)
                })
            })
            .clone()
    }

    fn gzip(&self) -> Option<Bytes> {
        self.gzip
            .get_or_init(|| {
                self.pack(|plain, out| {
                    let mut writer = flate2::write::GzEncoder::new(out, flate2::Compression::best());
                    writer.write_all(plain)?;
                    writer.finish().map(drop)
                })
            })
            .clone()
    }

    /// The compressed form, where it is smaller.
    fn pack(&self, packer: impl FnOnce(&[u8], &mut Vec<u8>) -> std::io::Result<()>) -> Option<Bytes> {
        if self.plain.len() < COMPRESS_FROM {
            return None;
        }
        let mut out = Vec::new();
        packer(&self.plain, &mut out).ok()?;
        (out.len() < self.plain.len()).then(|| Bytes::from(out))
    }
}
