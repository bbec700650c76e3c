//! Findings about a public server that follow from the settings alone.

use super::finding::Finding;
use crate::{
    config::{Config, secret::Secret},
    db::Kind,
};

/// Shortest secret, in characters.
const SECRET_LENGTH: usize = 32;
/// Fewest guesses that a secret should take, as a power of ten; zxcvbn counts no further than 10^19.
const SECRET_GUESSES: u64 = 18;
/// How many characters of a secret are estimated; the cost of the estimate grows with them.
const SECRET_LOOK: usize = 64;

/// Every finding.
pub(super) fn settings(config: &Config, replicas: u16) -> Vec<Finding> {
    let found = [
        secret(config.accounts.secret.as_ref()),
        https(config),
        any_host(config),
        own_host(config),
        proxies(config),
        everybody_a_proxy(config),
        rate_limits(config),
        log(config),
        shared(config, replicas),
        password_in_url(config),
        ports(config),
        debug(),
    ];
    found.into_iter().flatten().collect()
}

fn secret(secret: Option<&Secret>) -> Option<Finding> {
    let make = "make one with `openssl rand -base64 48` and put it in a file named by SECRET_FILE";
    let Some(secret) = secret else {
        let problem = "is not set: anyone who can read the database or a backup can compute the ids of session rows";
        return Some(Finding::new("SECRET_FILE", problem, make));
    };
    let text = secret.expose();
    let length = text.chars().count();
    if length < SECRET_LENGTH {
        return Some(Finding::new("SECRET", format!("has {length} characters, fewer than {SECRET_LENGTH}"), make));
    }
    let look: String = text.chars().take(SECRET_LOOK).collect();
    let guesses = zxcvbn::zxcvbn(&look, &["transcendence", "pong", "secret"]).guesses_log10();
    // At least zero, and far below the bounds of u64.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
    let guesses = guesses.max(0.0) as u64;
    (guesses < SECRET_GUESSES)
        .then(|| Finding::new("SECRET", format!("is not random: about 10^{guesses} guesses would find it"), make))
}

fn https(config: &Config) -> Option<Finding> {
    (!config.is_https()).then(|| {
        Finding::new(
            "BASE_URL",
            "is not https://: passwords cross the network unencrypted, cookies are not Secure, there is no HSTS",
            "put TLS in front (docs/deploy.md) and write https:// here",
        )
    })
}

fn any_host(config: &Config) -> Option<Finding> {
    config.network.hosts.iter().any(|host| host == "*").then(|| {
        Finding::new(
            "HOSTS",
            "is *: requests for any host name are answered",
            "name the hosts, or leave it unset to use the host of BASE_URL",
        )
    })
}

fn own_host(config: &Config) -> Option<Finding> {
    let own = config.base_host();
    let served = config.network.hosts.is_empty() || config.network.hosts.iter().any(|host| host == "*" || host == own);
    (!served).then(|| {
        Finding::new(
            "HOSTS",
            format!("lacks {own}, the host of BASE_URL: requests to it get 421"),
            format!("add {own}"),
        )
    })
}

fn proxies(config: &Config) -> Option<Finding> {
    (config.is_https() && config.network.trusted_proxies.is_empty()).then(|| {
        Finding::new(
            "TRUSTED_PROXIES",
            "is empty behind HTTPS: all visitors appear to have the proxy's address, so they share its limits",
            "name the proxy's address or network",
        )
    })
}

fn everybody_a_proxy(config: &Config) -> Option<Finding> {
    config.network.trusted_proxies.iter().any(|network| network.prefix_len() == 0).then(|| {
        Finding::new(
            "TRUSTED_PROXIES",
            "covers every address: anyone can claim to be anyone",
            "name only the proxy's network",
        )
    })
}

fn rate_limits(config: &Config) -> Option<Finding> {
    (!config.limits.rate_limits.is_on())
        .then(|| Finding::new("RATE_LIMITS", "is off: anyone can try passwords without limit", "set it to on"))
}

fn log(config: &Config) -> Option<Finding> {
    let filter = config.log.filter.to_ascii_lowercase();
    if filter.contains("debug") || filter.contains("trace") {
        let problem = "includes debug lines, which may reveal more about people than a log should, and fill the disk";
        return Some(Finding::new("LOG_FILTER", problem, "set it to info"));
    }
    let silent = ["off", "error"].contains(&filter.as_str());
    silent.then(|| Finding::new("LOG_FILTER", "hides warnings and requests", "set it to info"))
}

fn shared(config: &Config, replicas: u16) -> Option<Finding> {
    if replicas < 2 {
        return None;
    }
    if Kind::of(config.database.url.expose()) == Kind::Sqlite {
        let problem = format!("is SQLite, which {replicas} replicas cannot share");
        return Some(Finding::new("DATABASE_URL", problem, "use PostgreSQL, or check with --replicas 1"));
    }
    config.cluster.valkey_url.is_none().then(|| {
        let problem = format!("is not set: {replicas} replicas cannot reach each other");
        Finding::new("VALKEY_URL", problem, "set it, or check with --replicas 1")
    })
}

fn password_in_url(config: &Config) -> Option<Finding> {
    let written = config.database.password_file.is_none()
        && config.database.url.expose().split_once("://").is_some_and(|(_, rest)| {
            let authority = rest.split(['/', '?']).next().unwrap_or_default();
            authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'))
        });
    written.then(|| {
        Finding::new(
            "DATABASE_URL",
            "contains its password, which anyone who can list processes or containers can read",
            "put it in a file named by DATABASE_PASSWORD_FILE",
        )
    })
}

fn ports(config: &Config) -> Option<Finding> {
    (config.network.metrics_listen == Some(config.network.listen)).then(|| {
        Finding::new(
            "METRICS_LISTEN",
            "is the same as LISTEN",
            "choose a port that only the internal network can reach",
        )
    })
}

fn debug() -> Option<Finding> {
    cfg!(debug_assertions)
        .then(|| Finding::new("the program", "is a debug build: slow, with extra checks", "build it with --release"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const RANDOM: &str = "q0Tf9vKzX1mB7sLwE4uYhR8nPc2JdG5aVi6oZk3xQeM";
    const GOOD: [&str; 12] = [
        "--base-url",
        "https://pong.example",
        "--trusted-proxies",
        "10.0.0.0/8",
        "--secret",
        RANDOM,
        "--database-url",
        "postgres://pong@db/pong",
        "--valkey-url",
        "redis://valkey",
        "--rate-limits",
        "on",
    ];

    /// The findings for good settings with one option replaced or added.
    fn findings(option: &str, value: Option<&str>) -> Vec<&'static str> {
        let kept = GOOD.chunks(2).filter(|pair| pair[0] != option).flatten().copied();
        let words: Vec<&str> = kept.chain(value.into_iter().flat_map(|value| [option, value])).collect();
        let config = Config::of(&words);
        let all = settings(&config, 2).into_iter().map(|finding| finding.setting);
        // The tests themselves run in a debug build.
        all.filter(|setting| *setting != "the program").collect()
    }

    #[test]
    fn good_settings_have_no_finding() {
        assert_eq!(findings("--max-requests", Some("100")), Vec::<&str>::new());
    }

    #[test]
    fn each_bad_setting_is_found_by_its_name() {
        for (option, value, found) in [
            ("--secret", None, "SECRET_FILE"),
            ("--secret", Some("short"), "SECRET"),
            ("--secret", Some("passwordpasswordpasswordpassword"), "SECRET"),
            ("--secret", Some("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "SECRET"),
            ("--base-url", Some("http://pong.example"), "BASE_URL"),
            ("--hosts", Some("*"), "HOSTS"),
            ("--hosts", Some("other.example"), "HOSTS"),
            ("--trusted-proxies", None, "TRUSTED_PROXIES"),
            ("--trusted-proxies", Some("0.0.0.0/0"), "TRUSTED_PROXIES"),
            ("--rate-limits", Some("off"), "RATE_LIMITS"),
            ("--log-filter", Some("info,transcendence=debug"), "LOG_FILTER"),
            ("--log-filter", Some("off"), "LOG_FILTER"),
            ("--database-url", Some("data/site.sqlite3"), "DATABASE_URL"),
            ("--database-url", Some("postgres://pong:hunter2@db/pong"), "DATABASE_URL"),
            ("--valkey-url", None, "VALKEY_URL"),
            ("--metrics-listen", Some("127.0.0.1:8080"), "METRICS_LISTEN"),
        ] {
            assert_eq!(findings(option, value), [found], "{option} {value:?}");
        }
    }

    #[test]
    fn a_finding_tells_no_secret() {
        let config = Config::of(&["--secret", "short-hunter2"]);
        let all: String = settings(&config, 2).iter().map(ToString::to_string).collect();
        assert!(all.contains("SECRET: has 13 characters") && !all.contains("hunter2"), "{all}");
    }
}
