//! Signing up, logging in and out, guests.

use std::time::Duration;

use axum::http::{Method, StatusCode};
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl, SelectableHelper};
use time::OffsetDateTime;
use transcendence::{
    accounts::{
        guests,
        limits::{GUESTS_PER_NETWORK, LOG_INS_PER_ACCOUNT, LOG_INS_PER_NETWORK, SIGN_UPS_PER_NETWORK},
        model::{Player, PlayerKind},
    },
    clock,
    db::schema::{credentials, players, seats, sessions},
    id::Id,
};

use crate::support::{Answer, Site, Visitor};

const PASSWORD: &str = "quite-a-long-rally-of-1972";

async fn sign_up(visitor: &mut Visitor, name: &str) -> Answer {
    let email = format!("{name}@example.org");
    visitor.post("/signup", &[("name", name), ("email", &email), ("password", PASSWORD)]).await
}

async fn log_in(visitor: &mut Visitor, login: &str, password: &str) -> Answer {
    visitor.post("/login", &[("login", login), ("password", password)]).await
}

/// Whether the header offers to log out.
async fn is_signed_in(visitor: &mut Visitor) -> bool {
    visitor.get("/about").await.body.contains(r#"action="/logout""#)
}

fn session_cookie(visitor: &Visitor) -> Option<String> {
    visitor.cookies.iter().find(|(name, _)| name.ends_with("session")).map(|(_, value)| value.clone())
}

fn set_cookie<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let cookies = answer.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok());
    cookies.into_iter().find(|cookie| cookie.starts_with(&format!("{name}="))).unwrap_or_default()
}

impl Site {
    async fn players(&self) -> Vec<Player> {
        let people = players::table.filter(players::kind.ne(PlayerKind::Bot)).order(players::id);
        self.state.db.run(move |c| people.select(Player::as_select()).load(c)).await.unwrap()
    }

    async fn session_rows(&self) -> Vec<(String, String, clock::Moment)> {
        self.state.db.run(|c| sessions::table.load(c)).await.unwrap()
    }

    /// Makes every session look as if its visitor was last here so long ago.
    async fn let_sessions_rest(&self, seconds: i64) {
        for (id, data, expires_at) in self.session_rows().await {
            let mut data: serde_json::Value = serde_json::from_str(&data).unwrap();
            data["terms"]["seen"] = (OffsetDateTime::now_utc().unix_timestamp() - seconds).into();
            let change = (
                sessions::data.eq(data.to_string()),
                sessions::expires_at.eq(expires_at - time::Duration::seconds(seconds)),
            );
            self.state.db.run(move |c| diesel::update(sessions::table.find(id)).set(change).execute(c)).await.unwrap();
        }
    }
}

#[tokio::test]
async fn somebody_signs_up_leaves_and_comes_back_by_name_or_email() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    let welcome = sign_up(&mut ada, "Ada").await;
    assert_eq!((welcome.status, welcome.location()), (StatusCode::SEE_OTHER, "/"), "{}", welcome.body);
    let home = ada.get("/about").await;
    assert!(home.body.contains("Welcome! Your account is ready."));
    assert!(home.body.contains(r#"href="/players/Ada""#));
    assert!(!ada.get("/about").await.body.contains("Welcome!"), "said once");

    let gone = ada.post("/logout", &[]).await;
    assert_eq!((gone.status, gone.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(!is_signed_in(&mut ada).await);
    assert!(site.session_rows().await.is_empty(), "the session is gone from the database too");

    for login in ["ada", "ADA", " ada@EXAMPLE.org "] {
        let mut again = site.visitor();
        assert_eq!(log_in(&mut again, login, PASSWORD).await.status, StatusCode::SEE_OTHER, "{login}");
        assert!(is_signed_in(&mut again).await, "{login}");
    }
}

#[tokio::test]
async fn a_form_with_mistakes_comes_back_with_a_message_at_each_field_and_no_password() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    sign_up(&mut ada, "ada").await;
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
        r#"id="email-error">An account with this e-mail exists already."#,
        r#"id="password-error">This is one of the ten most common passwords."#,
        r#"value="ADA" aria-invalid="true" aria-describedby="name-hint name-error""#,
        r#"value="Ada@Example.org""#,
        r#"name="next" value="/play?bots=1""#,
        r#"href="/login?next=%2Fplay%3Fbots%3D1""#,
    ] {
        assert!(answer.body.contains(part), "{part} in {}", answer.body);
    }
    assert!(!answer.body.contains(r#"value="password""#));
    assert!(session_cookie(&visitor).is_none());
    assert_eq!(site.players().await.len(), 1);
}

#[tokio::test]
async fn names_emails_and_passwords_outside_the_rules_are_refused() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    let mut visitor = site.visitor();
    let long = "x".repeat(129);
    let just_right = "größer als jedes Übungsfeld: der 🏓 fliegt, ".repeat(3).chars().take(128).collect::<String>();
    for (name, email, password, message) in [
        ("al", "a@example.org", PASSWORD, "A name has 3 to 20 characters."),
        ("a23456789012345678901", "a@example.org", PASSWORD, "A name has 3 to 20 characters."),
        ("zoé", "a@example.org", PASSWORD, "letters without accents"),
        ("ada\0x", "a@example.org", PASSWORD, "letters without accents"),
        ("Admin", "a@example.org", PASSWORD, "This name is reserved."),
        ("bot-ada", "a@example.org", PASSWORD, "This name is reserved."),
        ("Guest-12345", "a@example.org", PASSWORD, "This name is reserved."),
        ("ada", "ada@example", PASSWORD, "This is not an e-mail address."),
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
    assert_eq!(log_in(&mut site.visitor(), "ada", &just_right).await.status, StatusCode::SEE_OTHER);
    let cut = just_right.chars().take(127).collect::<String>();
    assert_eq!(
        log_in(&mut site.visitor(), "ada", &cut).await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "all of them count"
    );
}

#[tokio::test]
async fn advice_on_passwords_speaks_french() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    visitor.language = "fr";
    let fields = [("name", "ada"), ("email", "a@example.org"), ("password", "qwertyuiop")];
    let answer = visitor.post("/signup", &fields).await;
    assert!(answer.body.contains("C’est l’un des cent mots de passe les plus courants."), "{}", answer.body);
    assert!(answer.body.contains("Ajoutez un mot ou deux"), "{}", answer.body);
    assert!(answer.body.contains("Une chose à corriger"), "{}", answer.body);
}

#[tokio::test]
async fn a_form_that_no_page_sends_gets_a_designed_answer() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    for (kind, body) in [
        ("application/x-www-form-urlencoded", ""),
        ("application/x-www-form-urlencoded", "name=%ff%fe&password=%ff%00"),
        ("application/x-www-form-urlencoded", "name=a&name=b"),
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
    let answer =
        visitor.send(Method::POST, "/login", &[("content-type", "application/x-www-form-urlencoded")], huge).await;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(answer.body.contains("<h1>"));
    assert_eq!(log_in(&mut visitor, "a\0da", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_the_same_and_cost_the_same() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    sign_up(&mut site.visitor(), "ada").await;
    let mut bodies = Vec::new();
    for login in ["ada", "nobody-at-all", "nobody@example.org", "not a name", ""] {
        let before = site.state.accounts.hasher.hashed();
        let answer = log_in(&mut site.visitor(), login, "wrong-password-here").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.state.accounts.hasher.hashed() - before, 1, "one hash for {login:?}");
        bodies.push(answer.body.replace(&format!(r#"value="{login}""#), ""));
    }
    assert!(bodies[0].contains("No account has this name or e-mail with this password."));
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
}

#[tokio::test]
async fn a_password_hashed_with_older_parameters_is_hashed_anew_at_log_in() {
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
    let site = Site::new().await;
    sign_up(&mut site.visitor(), "ada").await;
    let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    let old = old.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let change = credentials::password_hash.eq(old.clone());
    site.state.db.run(|c| diesel::update(credentials::table).set(change).execute(c)).await.unwrap();
    let stored = async || -> String {
        site.state.db.run(|c| credentials::table.select(credentials::password_hash).first(c)).await.unwrap()
    };

    assert_eq!(log_in(&mut site.visitor(), "ada", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stored().await, old, "only who knows the password changes its hash");
    assert_eq!(log_in(&mut site.visitor(), "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let new = stored().await;
    assert!(new.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{new}");
    assert_eq!(log_in(&mut site.visitor(), "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored().await, new, "and once is enough");
}

#[tokio::test]
async fn cookies_over_https_are_bound_to_the_host() {
    let site = Site::with(&["--base-url", "https://pong.example"]).await;
    let mut ada = site.visitor();
    let answer = sign_up(&mut ada, "ada").await;
    let cookie = set_cookie(&answer, "__Host-session");
    for attribute in ["HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert!(!cookie.contains("Domain"), "{cookie}");
    assert!(set_cookie(&answer, "notice").contains("Secure"));
    let gone = ada.post("/logout", &[]).await;
    let removal = set_cookie(&gone, "__Host-session");
    assert!(removal.contains("Max-Age=0") && removal.contains("Secure"), "browsers ignore it otherwise: {removal}");
    assert!(session_cookie(&ada).is_none());
}

#[tokio::test]
async fn staying_signed_in_is_a_choice() {
    let site = Site::with(&["--session-days", "10"]).await;
    sign_up(&mut site.visitor(), "ada").await;
    let fields = |stay| [("login", "ada"), ("password", PASSWORD), ("stay", stay)];
    let (mut stays, mut goes) = (site.visitor(), site.visitor());
    let answer = stays.post("/login", &fields("yes")).await;
    assert!(set_cookie(&answer, "session").contains("Max-Age=864000"), "{}", set_cookie(&answer, "session"));
    let answer = goes.post("/login", &fields("")).await;
    assert!(!set_cookie(&answer, "session").contains("Max-Age"), "ends with the browser");

    let before = site.session_rows().await;
    assert!(is_signed_in(&mut stays).await && is_signed_in(&mut goes).await);
    assert_eq!(site.session_rows().await, before, "a visit writes nothing");

    site.let_sessions_rest(23 * 3600).await;
    assert!(is_signed_in(&mut stays).await && is_signed_in(&mut goes).await);
    site.let_sessions_rest(23 * 3600).await;
    assert!(is_signed_in(&mut goes).await, "a visit each day keeps the session");
    site.let_sessions_rest(25 * 3600).await;
    assert!(!is_signed_in(&mut goes).await, "a browser may keep the cookie, the server does not");
    let renewed = stays.get("/about").await;
    assert!(set_cookie(&renewed, "session").contains("Max-Age=864000"), "the cookie lasts from the last visit on");
    site.let_sessions_rest(9 * 86_400).await;
    assert!(is_signed_in(&mut stays).await);
    site.let_sessions_rest(11 * 86_400).await;
    assert!(!is_signed_in(&mut stays).await);
}

#[tokio::test]
async fn a_session_gets_a_new_id_when_somebody_logs_in() {
    let site = Site::new().await;
    sign_up(&mut site.visitor(), "ada").await;
    let mut ada = site.visitor();
    log_in(&mut ada, "ada", PASSWORD).await;
    let first = session_cookie(&ada).unwrap();
    let mut thief = ada.clone();
    log_in(&mut ada, "ada", PASSWORD).await;
    assert_ne!(session_cookie(&ada).unwrap(), first);
    assert!(is_signed_in(&mut ada).await);
    assert!(!is_signed_in(&mut thief).await, "the old id opens nothing");

    let mut planted = site.visitor();
    planted.cookies.push(("session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned()));
    log_in(&mut planted, "ada", PASSWORD).await;
    assert_ne!(session_cookie(&planted).unwrap(), "AAAAAAAAAAAAAAAAAAAAAA");
}

#[tokio::test]
async fn who_logs_out_is_out_even_where_a_request_was_under_way() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    sign_up(&mut ada, "ada").await;
    let mut elsewhere = ada.clone();
    // As the other request does: it read the session before and writes it after.
    let (_, data, _) = site.session_rows().await.remove(0);
    ada.post("/logout", &[]).await;
    let record = tower_sessions::session::Record {
        id: session_cookie(&elsewhere).unwrap().parse().unwrap(),
        data: serde_json::from_str(&data).unwrap(),
        expiry_date: OffsetDateTime::now_utc() + Duration::from_secs(3600),
    };
    tower_sessions::SessionStore::save(&site.state.sessions, &record).await.unwrap();
    assert!(!is_signed_in(&mut elsewhere).await);
}

#[tokio::test]
async fn who_reads_the_table_of_sessions_has_nothing_to_log_in_with() {
    use sha2::{Digest, Sha256};

    let secret = "a secret of the application, long enough";
    let site = Site::with(&["--secret", secret]).await;
    let mut ada = site.visitor();
    sign_up(&mut ada, "ada").await;
    let id = session_cookie(&ada).unwrap();
    let rows = site.session_rows().await;
    let [(key, data, _)] = &rows[..] else { panic!("one session") };
    assert!(!key.contains(&id) && !data.contains(&id));
    let plain = transcendence::hex::encode(&Sha256::digest(id.as_bytes()));
    assert_ne!(*key, plain, "a hash that anybody can compute would let who writes to the table make sessions");
    assert!(is_signed_in(&mut ada).await);

    let mut thief = site.visitor();
    thief.cookies.push(("session".to_owned(), key.clone()));
    assert!(!is_signed_in(&mut thief).await);
}

#[tokio::test]
async fn where_somebody_wanted_to_go_is_kept_but_never_off_the_site() {
    let site = Site::new().await;
    let mut ada = site.visitor();
    let form = ada.get("/signup?next=%2Fplay%2Finvite%2Fabc").await;
    assert!(form.body.contains(r#"name="next" value="/play/invite/abc""#));
    assert!(form.body.contains(r#"href="/login?next=%2Fplay%2Finvite%2Fabc""#));
    let fields = [("name", "ada"), ("email", "ada@example.org"), ("password", PASSWORD), ("next", "/play/invite/abc")];
    assert_eq!(ada.post("/signup", &fields).await.location(), "/play/invite/abc");
    for page in ["/login", "/signup"] {
        let answer = ada.get(page).await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "signed in already");
    }
    assert_eq!(sign_up(&mut ada, "bob").await.location(), "/");
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
    log_in(&mut reader, "ada", "not-her-password").await;
    assert!(session_cookie(&reader).is_none());
    assert!(site.session_rows().await.is_empty() && site.players().await.is_empty());
}

#[tokio::test]
async fn passwords_cannot_be_tried_without_end() {
    let site = Site::new().await;
    sign_up(&mut site.visitor(), "ada").await;
    for _ in 0..LOG_INS_PER_ACCOUNT {
        assert_eq!(log_in(&mut site.visitor(), "ada", "a-wrong-one").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut elsewhere = site.visitor();
    elsewhere.address = "203.0.113.7:1".parse().unwrap();
    let answer = log_in(&mut elsewhere, "ADA", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "from any address, in any case");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=90).contains(&wait), "{wait}");
    assert!(answer.body.contains("Too many attempts. Try again in"), "{}", answer.body);
    assert!(answer.body.contains(r#"value="ADA""#), "what was typed is kept");
    assert!(!answer.body.contains(PASSWORD));
    assert!(session_cookie(&elsewhere).is_none());

    // What fifty log-ins to fifty accounts would do, without the time that their hashes take.
    let network = "127.0.0.1".parse().unwrap();
    let mut more = 0;
    while site.state.accounts.limits.log_in_network.count(&network).await.is_ok() {
        more += 1;
    }
    assert!((LOG_INS_PER_NETWORK - LOG_INS_PER_ACCOUNT..LOG_INS_PER_NETWORK).contains(&more), "{more}");
    let hashed = site.state.accounts.hasher.hashed();
    assert_eq!(
        log_in(&mut site.visitor(), "bob", "x").await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "nor many accounts from one"
    );
    assert_eq!(site.state.accounts.hasher.hashed(), hashed, "what is refused costs no hash");
    assert_eq!(
        log_in(&mut elsewhere, "bob", "x").await.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "others are not concerned"
    );
}

#[tokio::test]
async fn sign_ups_and_guests_from_one_network_are_limited() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    for _ in 0..SIGN_UPS_PER_NETWORK {
        assert_eq!(visitor.post("/signup", &[("name", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer =
        visitor.post("/signup", &[("name", "ada"), ("email", "ada@example.org"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header("retry-after").is_empty());
    assert!(
        answer.body.contains(r#"value="ada@example.org""#) && answer.body.contains("Too many attempts."),
        "{}",
        answer.body
    );
    assert!(site.players().await.is_empty());

    for n in 0..GUESTS_PER_NETWORK {
        // One household: addresses of one /64 network.
        let mut guest = site.visitor();
        guest.address = format!("[2001:db8::{n:x}]:1").parse().unwrap();
        assert_eq!(guest.post("/play/link", &[("points", "3")]).await.status, StatusCode::SEE_OTHER);
    }
    let mut one_more = site.visitor();
    one_more.address = "[2001:db8::ffff]:1".parse().unwrap();
    assert_eq!(one_more.post("/play/link", &[("points", "3")]).await.status, StatusCode::TOO_MANY_REQUESTS);
    one_more.address = "[2001:db8:0:1::1]:1".parse().unwrap();
    assert_eq!(one_more.post("/play/link", &[("points", "3")]).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_guest_who_signs_up_keeps_the_matches() {
    let site = Site::new().await;
    let mut guest = site.visitor();
    let answer = guest.post("/play/bot", &[("strength", "weak"), ("points", "3")]).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
    assert!(!set_cookie(&answer, "session").contains("Max-Age"), "a guest lasts as long as the browser");
    let before = site.players().await;
    assert_eq!(before.len(), 1);
    assert_eq!(before[0].kind, PlayerKind::Guest);
    assert!(before[0].name.starts_with("Guest-") && before[0].name.len() == 11, "{}", before[0].name);
    assert!(!is_signed_in(&mut guest).await);
    let form = guest.get("/signup").await;
    assert!(form.body.contains(&format!("You play as {}.", before[0].name)), "{}", form.body);
    let id = session_cookie(&guest).unwrap();

    assert_eq!(sign_up(&mut guest, "ada").await.status, StatusCode::SEE_OTHER);
    let after = site.players().await;
    assert_eq!(after.len(), 1, "no second row");
    assert_eq!((after[0].id, after[0].kind, after[0].name.as_str()), (before[0].id, PlayerKind::Account, "ada"));
    assert!(is_signed_in(&mut guest).await);
    assert_ne!(session_cookie(&guest).unwrap(), id);
    let account = after[0].id;
    let mine: i64 = site
        .state
        .db
        .run(move |c| seats::table.filter(seats::player_id.eq(account)).count().get_result(c))
        .await
        .unwrap();
    assert_eq!(mine, 1, "the match against the bot");

    assert_eq!(log_in(&mut site.visitor(), "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_guest_who_logs_in_becomes_the_account() {
    let site = Site::new().await;
    sign_up(&mut site.visitor(), "ada").await;
    let mut guest = site.visitor();
    guest.post("/play/link", &[("points", "3")]).await;
    assert_eq!(log_in(&mut guest, "ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert!(guest.get("/about").await.body.contains(r#"href="/players/ada""#));
    assert_eq!(site.players().await.len(), 2, "the guest's row is nobody's now");
}

#[tokio::test]
async fn guests_who_never_played_are_removed_after_their_session() {
    let site = Site::new().await;
    site.visitor().post("/play/link", &[("points", "3")]).await;
    site.visitor().post("/play/bot", &[("strength", "weak"), ("points", "3")]).await;
    sign_up(&mut site.visitor(), "ada").await;
    let (db, now) = (&site.state.db, clock::now());
    assert_eq!(guests::remove_idle(db, now + time::Duration::days(14)).await.unwrap(), 0, "their session may live");
    assert_eq!(guests::remove_idle(db, now + time::Duration::days(16)).await.unwrap(), 1);
    let left: Vec<PlayerKind> = site.players().await.iter().map(|player| player.kind).collect();
    assert_eq!(left, [PlayerKind::Guest, PlayerKind::Account], "a guest with a match and an account stay");
}

#[tokio::test]
async fn of_many_who_want_one_name_at_once_exactly_one_gets_it() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    let mut tries = tokio::task::JoinSet::new();
    for n in 0..6 {
        let (mut visitor, email) = (site.visitor(), format!("ada{n}@example.org"));
        tries.spawn(async move {
            let fields = [("name", if n % 2 == 0 { "ada" } else { "ADA" }), ("email", &email), ("password", PASSWORD)];
            visitor.post("/signup", &fields).await
        });
    }
    let answers = tries.join_all().await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::SEE_OTHER).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != StatusCode::SEE_OTHER) {
        assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(lost.body.contains("This name is taken."), "{}", lost.body);
    }
    let rows: i64 = site.state.db.run(|c| credentials::table.count().get_result(c)).await.unwrap();
    assert_eq!((site.players().await.len(), rows), (1, 1), "and nothing half-made is left");
}

#[tokio::test]
async fn a_session_of_a_player_who_is_gone_is_nobodys() {
    let site = Site::new().await;
    let mut guest = site.visitor();
    guest.post("/play/link", &[("points", "3")]).await;
    let id: Id = site.players().await[0].id;
    site.state.db.run(move |c| diesel::delete(players::table.find(id)).execute(c)).await.unwrap();
    assert_eq!(guest.get("/").await.status, StatusCode::OK);
    assert_eq!(sign_up(&mut guest, "ada").await.status, StatusCode::SEE_OTHER);
    assert!(is_signed_in(&mut guest).await);
}
