//! Making an account: the form, its mistakes and where it leads.

use axum::http::{Method, StatusCode};
use diesel::{QueryDsl, RunQueryDsl};
use transcendence::db::schema::credentials;

use crate::support::{
    Site,
    people::{FORM, PASSWORD, sign_up_form},
};

#[tokio::test]
async fn somebody_signs_up_leaves_and_comes_back_by_name_or_email() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    let welcome = ada.sign_up("Ada").await;
    assert_eq!((welcome.status, welcome.location()), (StatusCode::SEE_OTHER, "/"), "{}", welcome.body);
    let home = ada.get("/about").await;
    assert!(home.body.contains("Welcome! Your account is ready."));
    assert!(home.body.contains(r#"href="/players/Ada""#));
    assert!(!ada.get("/about").await.body.contains("Welcome!"), "shown once");

    let gone = ada.post("/logout", &[]).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!ada.is_signed_in().await);
    assert!(site.session_rows().await.is_empty(), "the session is gone from the database too");

    for login in ["ada", "ADA", " ada@EXAMPLE.org "] {
        let mut again = site.visitor();
        assert_eq!(again.log_in(login, PASSWORD).await.status, StatusCode::SEE_OTHER, "{login}");
        assert!(again.is_signed_in().await, "{login}");
    }
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_a_message_at_each_field_and_no_password() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    ada.sign_up("ada").await;
    let mut visitor = site.visitor();
    let answer = visitor
        .post(
            "/signup",
            &[("name", "ADA"), ("email", "Ada@Example.org"), ("password", "password"), ("next", "/play?bots=1")],
        )
        .await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in [
        "3 things to correct",
        r##"<a href="#name">This name is taken."##,
        r#"id="email-error">An account with this e-mail already exists."#,
        r#"id="password-error">This is one of the ten most common passwords."#,
        r#"value="ADA" aria-invalid="true" aria-describedby="name-hint name-error""#,
        r#"value="Ada@Example.org""#,
        r#"name="next" value="/play?bots=1""#,
        r#"href="/login?next=%2Fplay%3Fbots%3D1""#,
    ] {
        assert!(answer.body.contains(part), "{part} in {}", answer.body);
    }
    assert!(!answer.body.contains(r#"value="password""#));
    assert!(visitor.session().is_none());
    assert_eq!(site.players().await.len(), 1);
}

#[tokio::test]
async fn names_emails_and_passwords_outside_the_rules_are_refused() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    let mut visitor = site.visitor();
    let long = "x".repeat(129);
    let just_right = "größer als jedes Übungsfeld: der 🏓 fliegt, ".repeat(3).chars().take(128).collect::<String>();
    for (name, email, password, message) in [
        ("al", "a@example.org", PASSWORD, "Use a name of 3 to 20 characters."),
        ("a23456789012345678901", "a@example.org", PASSWORD, "Use a name of 3 to 20 characters."),
        ("zoé", "a@example.org", PASSWORD, "Use only letters A–Z"),
        ("ada\0x", "a@example.org", PASSWORD, "Use only letters A–Z"),
        ("Admin", "a@example.org", PASSWORD, "This name is reserved."),
        ("bot-ada", "a@example.org", PASSWORD, "This name is reserved."),
        ("Guest-12345", "a@example.org", PASSWORD, "This name is reserved."),
        ("ada", "ada@example", PASSWORD, "Enter an e-mail address such as name@example.org."),
        ("ada", "a@example.org", "kX9$v2q", "at least 8 characters"),
        ("ada", "a@example.org", &long, "at most 128 characters"),
        ("lovelace72", "lovelace@example.org", "lovelace72", "Add another word or two"),
        ("", "", "", "3 things to correct"),
    ] {
        let answer = visitor.post("/signup", &[("name", name), ("email", email), ("password", password)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {email} {password}");
        assert!(answer.body.contains(message), "{message}: {}", answer.body);
    }
    assert!(site.players().await.is_empty());
    let fields = [("name", "ada"), ("email", "a@example.org"), ("password", just_right.as_str())];
    assert_eq!(visitor.post("/signup", &fields).await.status, StatusCode::SEE_OTHER, "128 characters of any kind");
    assert_eq!(site.visitor().log_in("ada", &just_right).await.status, StatusCode::SEE_OTHER);
    let cut = just_right.chars().take(127).collect::<String>();
    assert_eq!(site.visitor().log_in("ada", &cut).await.status, StatusCode::UNPROCESSABLE_ENTITY, "all of them count");
}

#[tokio::test]
async fn advice_on_passwords_is_given_in_french() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    visitor.language = "fr";
    let fields = [("name", "ada"), ("email", "a@example.org"), ("password", "qwertyuiop")];
    let answer = visitor.post("/signup", &fields).await;
    assert!(answer.body.contains("C’est l’un des cent mots de passe les plus courants."), "{}", answer.body);
    assert!(answer.body.contains("Ajoutez un mot ou deux"), "{}", answer.body);
    assert!(answer.body.contains("Un point à corriger"), "{}", answer.body);
}

#[tokio::test]
async fn a_form_that_no_page_sends_gets_a_designed_answer() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    for (kind, body) in [
        (FORM, ""),
        (FORM, "name=%ff%fe&password=%ff%00"),
        (FORM, "name=a&name=b"),
        ("application/json", "{}"),
        ("text/plain", "name=ada"),
    ] {
        for path in ["/signup", "/login"] {
            let answer = visitor.send(Method::POST, path, &[("content-type", kind)], body.to_owned()).await;
            assert!(matches!(answer.status.as_u16(), 415 | 422), "{path} {body}: {}", answer.status);
            assert!(answer.body.contains("<h1>"), "{}", answer.body);
        }
    }
    let huge = format!("login=ada&password={}", "x".repeat(100_000));
    let answer = visitor.send(Method::POST, "/login", &[("content-type", FORM)], huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<h1>"));
    assert_eq!(visitor.log_in("a\0da", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn the_page_that_somebody_wanted_is_kept_but_never_leads_off_the_site() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    let form = ada.get("/signup?next=%2Fplay%2Finvite%2Fabc").await;
    assert!(form.body.contains(r#"name="next" value="/play/invite/abc""#));
    assert!(form.body.contains(r#"href="/login?next=%2Fplay%2Finvite%2Fabc""#));
    let fields = [("name", "ada"), ("email", "ada@example.org"), ("password", PASSWORD), ("next", "/play/invite/abc")];
    assert_eq!(ada.post("/signup", &fields).await.location(), "/play/invite/abc");
    for page in ["/login", "/signup"] {
        let answer = ada.get(page).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "already signed in");
    }
    assert_eq!(ada.sign_up("bob").await.location(), "/");
    assert_eq!(site.players().await.len(), 1, "no second account by a form left open");
    for next in ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let mut again = site.visitor();
        let fields = [("login", "ada"), ("password", PASSWORD), ("next", next)];
        assert_eq!(again.post("/login", &fields).await.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn readers_of_the_forms_get_no_session() {
    let site = Site::new().await;
    let mut reader = site.visitor();
    for page in ["/", "/signup", "/login", "/about", "/privacy", "/play"] {
        let answer = reader.get(page).await;
        assert_eq!(answer.status, StatusCode::OK, "{page}");
        assert!(answer.headers.get("set-cookie").is_none(), "{page}");
    }
    reader.log_in("ada", "not-her-password").await;
    assert!(reader.session().is_none());
    assert!(site.session_rows().await.is_empty() && site.players().await.is_empty());
}

#[tokio::test]
async fn when_many_want_one_name_at_once_exactly_one_gets_it() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (mut visitor, email) = (site.visitor(), format!("ada{n}@example.org"));
        tries.spawn(async move {
            visitor.post("/signup", &sign_up_form(if n % 2 == 0 { "ada" } else { "ADA" }, &email)).await
        });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != StatusCode::SEE_OTHER) {
        assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(lost.body.contains("This name is taken."), "{}", lost.body);
    }
    let rows: i64 = site.run(|connection| credentials::table.count().get_result(connection)).await;
    assert_eq!((site.players().await.len(), rows), (1, 1), "and nothing incomplete is left");
}
