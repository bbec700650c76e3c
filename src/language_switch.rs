//! `POST /language`: a person's choice of language, remembered in a cookie.

use axum::{
    Form,
    extract::State,
    http::{HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;

use crate::{
    error::Error,
    language::{self, Language},
    state::AppState,
    web,
};

/// The switch in the page's footer.
#[derive(Deserialize)]
pub struct Choice {
    language: String,
    next: String,
}

/// Sets the cookie for a year and goes back.
///
/// # Errors
/// [`Error::Unprocessable`] for a language that the site does not have.
pub async fn choose(State(state): State<AppState>, Form(choice): Form<Choice>) -> Result<Response, Error> {
    let language = Language::ALL.into_iter().find(|l| l.code() == choice.language).ok_or(Error::Unprocessable)?;
    let secure = if state.config.is_https() { "; Secure" } else { "" };
    let cookie =
        format!("{}={}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax{secure}", language::COOKIE, language.code());
    let mut response = Redirect::to(web::local_path(&choice.next)).into_response();
    response
        .headers_mut()
        .append(header::SET_COOKIE, HeaderValue::from_str(&cookie).map_err(|_| Error::Unprocessable)?);
    Ok(response)
}
