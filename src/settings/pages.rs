//! `POST /language`: a person's choice of language, remembered in a cookie.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{config::Config, error::Error, language::Language, web};

/// The switch in the page's footer.
#[derive(Deserialize)]
pub struct Choice {
    language: String,
    next: String,
}

/// Sets the cookie for a year and redirects back.
///
/// # Errors
/// [`Error::Unprocessable`] for a language that the site does not have.
pub async fn choose_language(State(config): State<Arc<Config>>, Form(choice): Form<Choice>) -> Result<Response, Error> {
    let language = Language::ALL.into_iter().find(|l| l.code() == choice.language).ok_or(Error::Unprocessable)?;
    let secure = if config.is_https() { "; Secure" } else { "" };
    let cookie =
        format!("{}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}", web::LANGUAGE, language.code());
    let mut response = Redirect::to(web::local_path(&choice.next)).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|_| Error::Unprocessable)?);
    Ok(response)
}
