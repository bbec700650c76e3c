//! Limits on attempts: passwords, sign-ups, guests.

use axum::http::StatusCode;
use transcendence::{
    accounts::limits::{LOG_INS_PER_ACCOUNT, LOG_INS_PER_NETWORK, SIGN_UPS_PER_NETWORK},
    players::GUESTS_PER_NETWORK,
};

use crate::support::{Site, people::PASSWORD};

#[tokio::test]
async fn passwords_cannot_be_tried_endlessly() {
    let site = Site::new().await;
    site.visitor().sign_up("ada").await;
    for _ in 0..LOG_INS_PER_ACCOUNT {
        assert_eq!(site.visitor().log_in("ada", "a-wrong-one").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut elsewhere = site.visitor();
    elsewhere.address = "203.0.113.7:1".parse().unwrap();
    let answer = elsewhere.log_in("ADA", PASSWORD).await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "from any address, in any case");
    let wait: u64 = answer.header("retry-after").parse().unwrap();
    assert!((1..=90).contains(&wait), "{wait}");
    assert!(answer.body.contains("Too many attempts. Try again in"), "{}", answer.body);
    assert!(answer.body.contains(r#"value="ADA""#), "what was typed is kept");
    assert!(!answer.body.contains(PASSWORD));
    assert!(elsewhere.session().is_none());

    // As fifty log-ins to fifty accounts would, without the time that their hashes take.
    let network = "127.0.0.1".parse().unwrap();
    let mut more = 0;
    while site.state.accounts.limits.log_in_network.count(&network).await.is_ok() {
        more += 1;
    }
    assert!((LOG_INS_PER_NETWORK - LOG_INS_PER_ACCOUNT..LOG_INS_PER_NETWORK).contains(&more), "{more}");
    let hashed = site.state.accounts.hasher.hashed();
    assert_eq!(
        site.visitor().log_in("bob", "x").await.status,
        StatusCode::TOO_MANY_REQUESTS,
        "nor many accounts from one"
    );
    assert_eq!(site.state.accounts.hasher.hashed(), hashed, "what is refused costs no hash");
    assert_eq!(elsewhere.log_in("bob", "x").await.status, StatusCode::UNPROCESSABLE_ENTITY, "others are not affected");
}

#[tokio::test]
async fn sign_ups_and_guests_from_one_network_are_limited() {
    let site = Site::new().await;
    let mut visitor = site.visitor();
    for _ in 0..SIGN_UPS_PER_NETWORK {
        assert_eq!(visitor.post("/signup", &[("name", "x")]).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let answer = visitor.sign_up("ada").await;
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!answer.header("retry-after").is_empty());
    assert!(
        answer.body.contains(r#"value="ada@example.org""#) && answer.body.contains("Too many attempts."),
        "{}",
        answer.body
    );
    assert!(site.players().await.is_empty());

    for n in 0..GUESTS_PER_NETWORK.get() {
        // One household: addresses of one /64 network.
        let mut guest = site.visitor();
        guest.address = format!("[2001:db8::{n:x}]:1").parse().unwrap();
        assert_eq!(guest.try_invite("3").await.status, StatusCode::SEE_OTHER);
    }
    let mut one_more = site.visitor();
    one_more.address = "[2001:db8::ffff]:1".parse().unwrap();
    assert_eq!(one_more.try_invite("3").await.status, StatusCode::TOO_MANY_REQUESTS);
    one_more.address = "[2001:db8:0:1::1]:1".parse().unwrap();
    assert_eq!(one_more.try_invite("3").await.status, StatusCode::SEE_OTHER);
}
