//! The request that a gateway asks about: its address, as each gateway passes it on. A key that stands in it has been
//! written into logs already, so the request does not pass. Reads no key that counts.

use http::HeaderMap;
use latchkey_verify::credentials::{self, BadCredential};

/// What the snippet of nginx sets, what Caddy, Traefik and the snippet of `HAProxy` set, what Envoy sets.
const ADDRESSES: [&str; 3] = ["x-original-uri", "x-forwarded-uri", "x-envoy-original-path"];

/// No address that is shorter holds a key of ours, and none without a query holds a named one.
const SHORTEST: usize = 32;

/// Refuses a request whose original address holds a key. `behind` is that address where it came behind the path of
/// the question. Who sent the header does not matter: it only ever refuses.
///
/// # Errors
/// [`BadCredential::InUrl`].
pub(super) fn refuse_key(
    headers: &HeaderMap,
    behind: Option<(&str, Option<&str>)>,
) -> Result<(), BadCredential> {
    if let Some((path, query)) = behind {
        credentials::refuse_in_original(path, query)?;
    }
    // Gateways send few headers: looking at each name is cheaper than looking three up.
    for (_, address) in headers.iter().filter(|(name, _)| ADDRESSES.contains(&name.as_str())) {
        // What is not text is read as far as it is: a key of ours is ASCII.
        let address = String::from_utf8_lossy(address.as_bytes());
        if address.len() >= SHORTEST || address.contains('?') {
            let (path, query) = match address.split_once('?') {
                Some((path, query)) => (path, Some(query)),
                None => (&*address, None),
            };
            credentials::refuse_in_original(path, query)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use latchkey_core::key_format::KeyFormat;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;

    #[test]
    fn a_key_in_the_original_address_is_found_wherever_it_stands() {
        let (key, _) = KeyFormat::with_head("sk_live_").draw(&mut StdRng::seed_from_u64(3));
        let key = key.expose();
        let escaped = key.replace('_', "%5F");
        let told = |name: &'static str, address: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_str(address).unwrap());
            refuse_key(&headers, None)
        };
        for name in ["x-original-uri", "x-forwarded-uri", "x-envoy-original-path"] {
            for address in [
                format!("/orders?api_key={key}"),
                format!("/orders?x=1&session={escaped}"),
                format!("/orders/{key}/lines"),
                "/orders?api_key=secret".to_owned(),
                "/orders?X-Api-Key=secret".to_owned(),
            ] {
                assert_eq!(told(name, &address), Err(BadCredential::InUrl), "{name}: {address}");
            }
            // A service may have parameters of its own.
            for address in ["/", "/orders?token=reset&key=cover&secret=x", "/a/b/c?api_key=", "", "/?"] {
                assert_eq!(told(name, address), Ok(()), "{name}: {address}");
            }
        }
        let behind = format!("x={key}");
        assert_eq!(refuse_key(&HeaderMap::new(), Some(("orders", Some(&behind)))), Err(BadCredential::InUrl));
        assert_eq!(refuse_key(&HeaderMap::new(), Some(("orders", None))), Ok(()));
    }
}
