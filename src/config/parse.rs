//! Parsers for the values of settings.

use std::net::IpAddr;

use ipnet::IpNet;

use super::secret::SecretUrl;

pub(super) fn database_url(value: &str) -> Result<SecretUrl, String> {
    let scheme = value.split_once("://").map(|(scheme, _)| scheme);
    match scheme {
        _ if value.is_empty() => Err("is empty".to_owned()),
        None | Some("sqlite" | "postgres" | "postgresql") => Ok(SecretUrl::new(value)),
        Some(other) => Err(format!("has the unknown scheme {other}://; use a path, sqlite:// or postgres://")),
    }
}

pub(super) fn base_url(value: &str) -> Result<String, String> {
    let value = value.trim_end_matches('/');
    let rest = value.strip_prefix("https://").or_else(|| value.strip_prefix("http://"));
    match rest {
        Some(host) if !host.is_empty() && !host.contains(['/', '?', '#', ' ', '@']) => Ok(value.to_ascii_lowercase()),
        _ => Err("must look like https://pong.example".to_owned()),
    }
}

pub(super) fn log_filter(value: &str) -> Result<String, String> {
    tracing_subscriber::EnvFilter::try_new(value).map(|_| value.to_owned()).map_err(|error| error.to_string())
}

/// A host name or address without a port, or `*`.
pub(super) fn host(value: &str) -> Result<String, String> {
    let value = value.trim().to_ascii_lowercase();
    let bare = value.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let sound = match bare {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            value == "*"
                || (!value.is_empty()
                    && value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_')))
        }
    };
    sound.then_some(value).ok_or_else(|| "must be a host name without scheme and port, such as pong.example".to_owned())
}

/// An address or a network.
pub(super) fn network(value: &str) -> Result<IpNet, String> {
    let value = value.trim();
    let address = value.parse::<IpAddr>().map(IpNet::from).ok();
    address
        .or_else(|| value.parse().ok())
        .ok_or_else(|| "must be an address or a network, such as 10.0.0.2 or 10.0.0.0/8".to_owned())
}

/// Whether an address is within one of the networks. An address that IPv6 sockets show as `::ffff:10.0.0.2` counts as `10.0.0.2`.
pub(crate) fn is_within(networks: &[IpNet], address: IpAddr) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

pub(super) fn valkey_url(value: &str) -> Result<SecretUrl, String> {
    let rest = value.strip_prefix("redis://").or_else(|| value.strip_prefix("rediss://"));
    let authority = rest.map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    let host = authority.map(|authority| authority.rsplit_once('@').map_or(authority, |(_, host)| host));
    match host {
        Some(host) if !host.is_empty() && !host.starts_with(':') => Ok(SecretUrl::new(value)),
        _ => Err("must look like redis://valkey:6379".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proxies_are_addresses_or_networks() {
        let networks: Vec<IpNet> = ["10.1.0.0/16", "192.0.2.7", "fd00::/8"].map(|text| network(text).unwrap()).into();
        let within = |text: &str| is_within(&networks, text.parse().unwrap());
        assert!(within("10.1.200.3") && within("192.0.2.7") && within("fd12::1") && within("::ffff:10.1.0.1"));
        assert!(!within("10.2.0.1") && !within("192.0.2.8") && !within("2001:db8::1"));
        assert!(network("10.0.0.0/33").is_err() && network("proxy").is_err() && network("").is_err());
    }

    #[test]
    fn hosts_are_names_without_anything_around_them() {
        assert_eq!(host(" Pong.Example").unwrap(), "pong.example");
        assert!(host("[::1]").is_ok() && host("127.0.0.1").is_ok() && host("*").is_ok());
        for wrong in ["", "https://pong.example", "pong.example:443", "pong.example/", "*.example", "[pong]", "a b"] {
            assert!(host(wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn valkey_has_a_host() {
        assert!(valkey_url("redis://valkey:6379").is_ok() && valkey_url("rediss://u:p@valkey/1").is_ok());
        for wrong in ["", "valkey:6379", "http://valkey", "redis://", "redis://:6379", "redis://user@"] {
            assert!(valkey_url(wrong).is_err(), "{wrong:?}");
        }
    }
}
