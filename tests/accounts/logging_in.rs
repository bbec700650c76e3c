//! Logging in by name or e-mail and password, without telling strangers who has an account.

use axum::http::StatusCode;
use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
use transcendence::db::schema::credentials;

use crate::support::{Site, people::PASSWORD};

#[tokio::test]
async fn an_unknown_name_and_a_wrong_password_look_the_same_and_cost_the_same() {
    let site = Site::with(&["--rate-limits", "off"]).await;
    site.visitor().sign_up("ada").await;
    let mut bodies = Vec::new();
    for login in ["ada", "nobody-at-all", "nobody@example.org", "not a name", ""] {
        let before = site.state.accounts.hasher.hashed();
        let answer = site.visitor().log_in(login, "wrong-password-here").await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(site.state.accounts.hasher.hashed() - before, 1, "one hash for {login:?}");
        bodies.push(answer.body.replace(&format!(r#"value="{login}""#), ""));
    }
    assert!(bodies[0].contains("The name or e-mail and the password do not match."));
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0], bodies[2]);
}

#[tokio::test]
async fn a_password_hashed_with_older_parameters_is_hashed_anew_at_log_in() {
    use argon2::{Algorithm, Argon2, Params, Version, password_hash::PasswordHasher};
    let site = Site::new().await;
    site.visitor().sign_up("ada").await;
    let old = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::new(64, 1, 1, None).unwrap());
    let old = old.hash_password(PASSWORD.as_bytes()).unwrap().to_string();
    let change = credentials::password_hash.eq(old.clone());
    site.run(|connection| diesel::update(credentials::table).set(change).execute(connection)).await;
    let stored = async || -> String {
        site.run(|connection| credentials::table.select(credentials::password_hash).first(connection)).await
    };

    assert_eq!(site.visitor().log_in("ada", "wrong").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(stored().await, old, "only somebody who knows the password changes its hash");
    assert_eq!(site.visitor().log_in("ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    let new = stored().await;
    assert!(new.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{new}");
    assert_eq!(site.visitor().log_in("ada", PASSWORD).await.status, StatusCode::SEE_OTHER);
    assert_eq!(stored().await, new, "and once is enough");
}
