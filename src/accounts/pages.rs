//! `/signup`, `/login` and `/logout`.

use std::time::Duration;

use askama::Template;
use askama_web::WebTemplate;
use axum::{
    Form,
    extract::{Query, State},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use tower_sessions::Session;

use super::{
    Accounts,
    email::EmailProblem,
    forms::{LogInForm, Messages, SignUp, SignUpForm},
    model::{Login, NewAccount},
    passwords::Verdict,
    queries,
};
use crate::{
    clock,
    db::{self, DbError},
    error::{self, Error},
    id::Id,
    page::{self, Page},
    players::{self, model::PlayerKind, name::NameProblem, session},
    web,
};

/// Where to continue after signing up or logging in.
#[derive(Deserialize)]
pub struct Next {
    #[serde(default)]
    next: String,
}

/// The sign-up form.
#[derive(Template, WebTemplate)]
#[template(path = "accounts/signup.html")]
pub struct SignUpPage {
    page: Page,
    name: String,
    email: String,
    stay: bool,
    next: String,
    messages: Messages,
    /// Why the form was not processed at all.
    refusal: Option<String>,
}

/// The log-in form.
#[derive(Template, WebTemplate)]
#[template(path = "accounts/login.html")]
pub struct LogInPage {
    page: Page,
    login: String,
    stay: bool,
    next: String,
    refusal: Option<String>,
}

/// `GET /signup`; visitors who are logged in are redirected.
///
/// # Errors
/// The redirect for visitors who are logged in.
pub async fn sign_up_form(page: Page, Query(Next { next }): Query<Next>) -> Result<SignUpPage, Redirect> {
    let next = web::local_path(&next).to_owned();
    if page.viewer.account().is_some() {
        return Err(Redirect::to(&next));
    }
    let (name, email) = (String::new(), String::new());
    Ok(SignUpPage { page, name, email, stay: true, next, messages: Messages::default(), refusal: None })
}

/// `POST /signup`: a guest's own row becomes the account; anybody else gets a new one.
///
/// # Errors
/// Errors of hashing; database errors.
pub async fn sign_up(
    State(accounts): State<Accounts>,
    page: Page,
    session: Session,
    address: web::address::ClientAddress,
    Form(form): Form<SignUpForm>,
) -> Result<Response, Error> {
    let next = web::local_path(&form.next).to_owned();
    if page.viewer.account().is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let stay = form.stay == "yes";
    let again = |messages, refusal| {
        let (page, next) = (page.clone(), next.clone());
        SignUpPage { page, name: form.name.clone(), email: form.email.clone(), stay, next, messages, refusal }
    };
    if let Err(error) = accounts.limits.sign_up.count(&address.network()).await {
        return too_many(error, |wait| again(Messages::default(), Some(wait_text(&page, wait))));
    }
    let checked = {
        let form = form.clone();
        accounts.hasher.work(move || form.check()).await?
    };
    let guest = page.viewer.0.as_ref().filter(|player| player.kind == PlayerKind::Guest).map(|player| player.id);
    match create(&accounts, checked, guest).await? {
        Ok(id) => {
            session::begin(&session, id, stay, &accounts.config).await?;
            accounts.figures.signed_up();
            Ok(page::redirect_with(&next, "notice-signed-up"))
        }
        Err(checked) => {
            let messages = Messages::of(&checked, page.language);
            Ok((StatusCode::UNPROCESSABLE_ENTITY, again(messages, None)).into_response())
        }
    }
}

/// Makes the account, or says which fields are wrong, and why.
async fn create(accounts: &Accounts, checked: SignUp, guest: Option<Id>) -> Result<Result<Id, SignUp>, Error> {
    let (name, email, password) = match find_taken(accounts, checked).await? {
        SignUp { name: Ok(name), email: Ok(email), password: Ok(password) } => (name, email, password),
        wrong => return Ok(Err(wrong)),
    };
    let password_hash = accounts.hasher.hash(password.0.clone()).await?;
    let account = NewAccount { name: name.clone(), email: email.clone(), password_hash };
    match accounts.db.write(move |connection| queries::insert_account(connection, &account, guest, clock::now())).await
    {
        Ok(id) => Ok(Ok(id)),
        // Somebody else took it between the check and the insertion.
        Err(DbError::Query(error)) if db::is_taken(&error) => {
            let wrong =
                find_taken(accounts, SignUp { name: Ok(name), email: Ok(email), password: Ok(password) }).await?;
            if wrong.name.is_ok() && wrong.email.is_ok() {
                return Err(Error::Unavailable("a sign-up collided with another that was rolled back".to_owned()));
            }
            Ok(Err(wrong))
        }
        Err(error) => Err(error.into()),
    }
}

async fn find_taken(accounts: &Accounts, mut checked: SignUp) -> Result<SignUp, Error> {
    let (name, email) = (checked.name.clone().ok(), checked.email.clone().ok());
    let (name_taken, email_taken) = accounts
        .db
        .run(move |connection| {
            let name_taken = name.map_or(Ok(false), |name| players::queries::is_name_taken(connection, &name))?;
            Ok((name_taken, email.map_or(Ok(false), |email| queries::is_email_taken(connection, &email))?))
        })
        .await?;
    if name_taken {
        checked.name = Err(NameProblem::Taken);
    }
    if email_taken {
        checked.email = Err(EmailProblem::Taken);
    }
    Ok(checked)
}

/// `GET /login`; visitors who are logged in are redirected.
///
/// # Errors
/// The redirect for visitors who are logged in.
pub async fn log_in_form(page: Page, Query(Next { next }): Query<Next>) -> Result<LogInPage, Redirect> {
    let next = web::local_path(&next).to_owned();
    if page.viewer.account().is_some() {
        return Err(Redirect::to(&next));
    }
    Ok(LogInPage { page, login: String::new(), stay: false, next, refusal: None })
}

/// `POST /login`: an unknown name and a wrong password look the same and take the same time.
///
/// # Errors
/// Errors of hashing; database errors.
pub async fn log_in(
    State(accounts): State<Accounts>,
    page: Page,
    session: Session,
    address: web::address::ClientAddress,
    Form(form): Form<LogInForm>,
) -> Result<Response, Error> {
    let next = web::local_path(&form.next).to_owned();
    let stay = form.stay == "yes";
    let again = |refusal| LogInPage {
        page: page.clone(),
        login: form.login.clone(),
        stay,
        next: next.clone(),
        refusal: Some(refusal),
    };
    let login = Login::parse(&form.login);
    let limits = &accounts.limits;
    let refuse = |error| {
        accounts.figures.log_in_limited();
        too_many(error, |wait| again(wait_text(&page, wait)))
    };
    if let Err(error) = limits.log_in(address.network(), login.as_ref()).await {
        return refuse(error);
    }
    let found = match login {
        Some(login) => accounts.db.run(move |connection| queries::account(connection, &login)).await?,
        None => None,
    };
    let (id, hash) = found.unzip();
    if let Some(id) = &id
        && let Err(error) = limits.log_in_id.count(id).await
    {
        return refuse(error);
    }
    let wrong = || {
        accounts.figures.log_in_failed();
        Ok((StatusCode::UNPROCESSABLE_ENTITY, again(page.t("login-wrong"))).into_response())
    };
    let verdict = accounts.hasher.verify(form.password.0.clone(), hash.clone()).await?;
    let (Some(id), Some(old)) = (id, hash) else { return wrong() };
    match verdict {
        Verdict::Wrong => return wrong(),
        Verdict::Right => {}
        Verdict::RightWithNewHash(new) => {
            accounts.db.run(move |connection| queries::replace_hash(connection, id, &old, &new)).await?;
        }
    }
    session::begin(&session, id, stay, &accounts.config).await?;
    accounts.figures.logged_in();
    Ok(page::redirect_with(&next, "notice-logged-in"))
}

/// `POST /logout`.
///
/// # Errors
/// [`Error::Unavailable`] when the session cannot be ended.
pub async fn log_out(session: Session) -> Result<Response, Error> {
    session::end(&session).await?;
    Ok(page::redirect_with("/", "notice-logged-out"))
}

/// The form again, with 429 and when to try again; any other error unchanged.
fn too_many<P: IntoResponse>(error: Error, form: impl FnOnce(Duration) -> P) -> Result<Response, Error> {
    let Error::TooMany { retry_after } = error else {
        return Err(error);
    };
    let seconds = error::whole_seconds(retry_after);
    Ok((StatusCode::TOO_MANY_REQUESTS, [(header::RETRY_AFTER, HeaderValue::from(seconds))], form(retry_after))
        .into_response())
}

fn wait_text(page: &Page, wait: Duration) -> String {
    match error::whole_seconds(wait) {
        seconds @ ..=90 => page.t1("too-many-seconds", "count", seconds),
        seconds => page.t1("too-many-minutes", "count", seconds.div_ceil(60)),
    }
}
