//! Where a key stands in an HTTP request, and which requests are refused for how they carry one. Shared by the
//! server and the layer, so that both read alike. Decides nothing about the key itself and logs nothing.

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use http::header::AUTHORIZATION;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use latchkey_core::id::KeyId;
use latchkey_core::key_format::is_well_spelled;
use latchkey_core::plaintext::PLAINTEXT_MAX;
use latchkey_core::{ErrorCode, PlaintextKey};
use zeroize::Zeroizing;

/// The header that holds nothing but a key.
pub const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");

/// Base64 as clients write it, with the padding or without.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Names in a query that only ever hold a key.
const KEY_NAMES: [&str; 4] = ["api_key", "apikey", "api-key", "x-api-key"];
/// Names that only ever hold a credential where the address is ours; a service behind a gateway may mean something
/// else by them.
const TOKEN_NAMES: [&str; 4] = ["token", "access_token", "auth_token", "secret"];

/// From where a key is taken. A way that is off is not looked at: what stands there is none of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ways {
    /// `Authorization: Bearer …`
    pub bearer: bool,
    /// `Authorization: Basic …`, the key as the user name and no password.
    pub basic: bool,
    /// `X-Api-Key: …`
    pub x_api_key: bool,
}

impl Ways {
    /// All three.
    pub const ALL: Self = Self { bearer: true, basic: true, x_api_key: true };
    /// A bearer token alone, as operators present theirs.
    pub const BEARER: Self = Self { bearer: true, basic: false, x_api_key: false };
    /// `X-Api-Key` alone.
    pub const X_API_KEY: Self = Self { bearer: false, basic: false, x_api_key: true };
}

/// A key as it came: where it stands in the request, or decoded.
pub enum Given<'a> {
    /// In the header itself.
    Plain(&'a str),
    /// Out of Basic authentication; wiped when dropped.
    Decoded(PlaintextKey),
}

impl Given<'_> {
    /// The text itself. Every use of this name is a place where a key can leak.
    #[must_use]
    pub fn expose(&self) -> &str {
        match self {
            Self::Plain(text) => text,
            Self::Decoded(key) => key.expose(),
        }
    }
}

/// Why a request is refused for how it carries a key, before anybody looks at the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadCredential {
    /// None came.
    #[error("Send the key in a header; none came with this request.")]
    Missing,
    /// The header is there and what it says is no key.
    #[error("The credential cannot be a key: write one space after the scheme, then the whole key.")]
    Malformed,
    /// Twice the same header, or two headers.
    #[error("More than one credential came with this request. Send one.")]
    Conflict,
    /// Bytes that no key has.
    #[error("The credential has characters that no key has.")]
    Unreadable,
    /// Longer than any key.
    #[error("The credential is longer than any key.")]
    TooLong,
    /// In the address.
    #[error(
        "A credential stands in the address, where logs and histories keep it. Send it in a header, and rotate it."
    )]
    InUrl,
}

impl BadCredential {
    /// What programs match; the status follows from it.
    #[must_use]
    pub const fn code(self) -> ErrorCode {
        match self {
            Self::Missing => ErrorCode::CredentialNeeded,
            Self::Malformed => ErrorCode::AuthFailed,
            Self::Conflict => ErrorCode::CredentialsConflict,
            Self::Unreadable | Self::TooLong => ErrorCode::Unreadable,
            Self::InUrl => ErrorCode::CredentialInUrl,
        }
    }
}

/// The key that came with a request, by the ways that count.
///
/// # Errors
/// [`BadCredential`], but for `InUrl`, which [`refuse_in_url`] finds.
pub fn read(headers: &HeaderMap, ways: Ways) -> Result<Given<'_>, BadCredential> {
    let by_header = if ways.x_api_key { one(headers, &X_API_KEY)? } else { None };
    let authorization = if ways.bearer || ways.basic { one(headers, &AUTHORIZATION)? } else { None };
    let by_authorization = match authorization {
        Some(value) => of_authorization(text_of(value)?, ways)?,
        None => None,
    };
    match (by_header, by_authorization) {
        (Some(_), Some(_)) => Err(BadCredential::Conflict),
        (Some(value), None) => plain(text_of(value)?),
        (None, Some(given)) => Ok(given),
        (None, None) => Err(BadCredential::Missing),
    }
}

/// The only value of a header.
fn one<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a HeaderValue>, BadCredential> {
    let mut values = headers.get_all(name).iter();
    let first = values.next();
    if values.next().is_some() { Err(BadCredential::Conflict) } else { Ok(first) }
}

fn text_of(value: &HeaderValue) -> Result<&str, BadCredential> {
    // Basic needs four bytes for three, its scheme and a colon.
    if value.len() > PLAINTEXT_MAX * 4 / 3 + 16 {
        return Err(BadCredential::TooLong);
    }
    let bytes = value.as_bytes();
    if !bytes.is_ascii() {
        return Err(BadCredential::Unreadable);
    }
    std::str::from_utf8(bytes).map_err(|_| BadCredential::Unreadable)
}

/// The key after its scheme; none where the scheme is not one of ours.
fn of_authorization(value: &str, ways: Ways) -> Result<Option<Given<'_>>, BadCredential> {
    let (scheme, rest) =
        value.split_at(value.bytes().position(|byte| byte == b' ' || byte == b'\t').unwrap_or(value.len()));
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    let (bearer, basic) = (ways.bearer && is("bearer"), ways.basic && is("basic"));
    if !bearer && !basic {
        return Ok(None);
    }
    let credential = rest.strip_prefix(' ').ok_or(BadCredential::Malformed)?;
    if bearer { plain(credential).map(Some) } else { decoded(credential).map(Some) }
}

fn plain(text: &str) -> Result<Given<'_>, BadCredential> {
    check(text).map(|()| Given::Plain(text))
}

/// The user name of Basic authentication.
fn decoded(credential: &str) -> Result<Given<'static>, BadCredential> {
    let bytes = Zeroizing::new(BASE64.decode(credential).map_err(|_| BadCredential::Malformed)?);
    let text = std::str::from_utf8(&bytes).map_err(|_| BadCredential::Unreadable)?;
    let key = text.strip_suffix(':').ok_or(BadCredential::Malformed)?;
    check(key)?;
    Ok(Given::Decoded(PlaintextKey::new(key.to_owned())))
}

/// A key is 1 to 512 visible ASCII characters.
fn check(text: &str) -> Result<(), BadCredential> {
    if text.len() > PLAINTEXT_MAX {
        Err(BadCredential::TooLong)
    } else if !text.is_ascii() {
        Err(BadCredential::Unreadable)
    } else if text.is_empty() || !is_visible(text.as_bytes()) {
        Err(BadCredential::Malformed)
    } else {
        Ok(())
    }
}

/// Looks at every byte whatever it finds, which compilers make of one step for many of them.
fn is_visible(bytes: &[u8]) -> bool {
    bytes.iter().fold(true, |all, byte| all & byte.is_ascii_graphic())
}

/// Refuses a request to us whose address holds a credential: by its name in the query, or a key of ours anywhere.
///
/// # Errors
/// [`BadCredential::InUrl`].
pub fn refuse_in_url(uri: &Uri) -> Result<(), BadCredential> {
    refuse_in_address(uri.path(), uri.query())
}

/// The same for an address in its parts.
///
/// # Errors
/// [`BadCredential::InUrl`].
pub fn refuse_in_address(path: &str, query: Option<&str>) -> Result<(), BadCredential> {
    refuse(path, query, |name, value| {
        let named = TOKEN_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        // A key's id is asked for by the same name, and is no secret.
        named || (name.eq_ignore_ascii_case("key") && value.parse::<KeyId>().is_err())
    })
}

/// The same for the address of somebody else's service, as gateways pass it on: its own parameters are its own, so
/// only what can be nothing but a key counts.
///
/// # Errors
/// [`BadCredential::InUrl`].
pub fn refuse_in_original(path: &str, query: Option<&str>) -> Result<(), BadCredential> {
    refuse(path, query, |_, _| false)
}

fn refuse(path: &str, query: Option<&str>, also: impl Fn(&str, &str) -> bool) -> Result<(), BadCredential> {
    let in_query = |pair: &str| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (unescape(name), unescape(value));
        let named = KEY_NAMES.iter().any(|known| name.eq_ignore_ascii_case(known));
        (!value.is_empty() && (named || also(&name, &value)))
            || is_well_spelled(&value)
            || is_well_spelled(&name)
    };
    let found = path.split('/').any(|part| is_well_spelled(&unescape(part)))
        || query.is_some_and(|query| query.split(['&', ';']).any(in_query));
    if found { Err(BadCredential::InUrl) } else { Ok(()) }
}

fn unescape(text: &str) -> Zeroizing<String> {
    Zeroizing::new(percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Well spelled, and of no store.
    fn key() -> String {
        use rand::SeedableRng;
        let format = latchkey_core::key_format::KeyFormat::with_head("sk_live_");
        format.draw(&mut rand::rngs::StdRng::seed_from_u64(1)).0.expose().to_owned()
    }

    fn headers(pairs: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn outcome(pairs: &[(&'static str, &[u8])], ways: Ways) -> Result<String, BadCredential> {
        read(&headers(pairs), ways).map(|given| given.expose().to_owned())
    }

    #[test]
    fn a_key_is_read_from_each_way_and_the_scheme_in_any_case() {
        for (name, value) in [
            ("authorization", "Bearer abc"),
            ("authorization", "bearer abc"),
            ("authorization", "BEARER abc"),
            ("x-api-key", "abc"),
            ("authorization", "Basic YWJjOg=="),
            ("authorization", "basic YWJjOg"),
        ] {
            assert_eq!(outcome(&[(name, value.as_bytes())], Ways::ALL).unwrap(), "abc", "{value}");
        }
    }

    #[test]
    fn exactly_one_space_stands_after_the_scheme() {
        for value in [
            "Bearer",
            "Bearer ",
            "Bearer  abc",
            "Bearer\tabc",
            "Bearer abc ",
            "Bearer abc\t",
            "Bearer a bc",
            "Bearer \tabc",
            "Basic",
            "Basic ",
            "Basic !!!",
            "Basic YWJj",             // no colon
            "Basic YWJjOnNlY3JldA==", // a password
            "Basic Og==",             // no user name
        ] {
            let outcome = outcome(&[("authorization", value.as_bytes())], Ways::ALL);
            assert_eq!(outcome, Err(BadCredential::Malformed), "{value:?}");
        }
    }

    #[test]
    fn two_credentials_are_a_conflict_even_where_they_are_equal() {
        for pairs in [
            &[("authorization", &b"Bearer abc"[..]), ("authorization", b"Bearer abc")][..],
            &[("x-api-key", b"abc"), ("x-api-key", b"abc")],
            &[("authorization", b"Bearer abc"), ("x-api-key", b"abc")],
            &[("authorization", b"Basic YWJjOg=="), ("x-api-key", b"abc")],
        ] {
            assert_eq!(outcome(pairs, Ways::ALL), Err(BadCredential::Conflict));
        }
        // What is not asked for, and what is no scheme of ours, is not there.
        let other = [("authorization", &b"Digest abc"[..]), ("x-api-key", b"abc")];
        assert_eq!(outcome(&other, Ways::ALL).unwrap(), "abc");
        let token = [("authorization", &b"Bearer a.b.c"[..]), ("x-api-key", b"abc")];
        assert_eq!(outcome(&token, Ways::X_API_KEY).unwrap(), "abc");
        assert_eq!(outcome(&token[..1], Ways::X_API_KEY), Err(BadCredential::Missing));
        assert_eq!(outcome(&[], Ways::ALL), Err(BadCredential::Missing));
    }

    #[test]
    fn what_no_key_has_is_refused_before_it_is_looked_at() {
        let long = [b"Bearer ".to_vec(), vec![b'a'; 513]].concat();
        let huge = [b"Bearer ".to_vec(), vec![b'a'; 60_000]].concat();
        let basic = format!("Basic {}", BASE64.encode(format!("{}:", "a".repeat(512))));
        assert_eq!(outcome(&[("authorization", basic.as_bytes())], Ways::ALL).unwrap().len(), 512);
        for (value, expected) in [
            (&long[..], BadCredential::TooLong),
            (&huge, BadCredential::TooLong),
            (b"Bearer \xc3\xa9", BadCredential::Unreadable),
            (b"Bearer \xff", BadCredential::Unreadable),
            (b"Basic w6k6", BadCredential::Unreadable), // é:
            (b"Basic /zo=", BadCredential::Unreadable), // not UTF-8
            (b"Basic YQA6", BadCredential::Malformed),  // a NUL
        ] {
            assert_eq!(outcome(&[("authorization", value)], Ways::ALL), Err(expected));
        }
        assert_eq!(outcome(&[("x-api-key", b"")], Ways::ALL), Err(BadCredential::Malformed));
        assert_eq!(outcome(&[("x-api-key", b"a b")], Ways::ALL), Err(BadCredential::Malformed));
    }

    #[test]
    fn a_credential_in_the_address_is_found_by_its_name_or_its_look() {
        let key = key();
        let escaped = key.replace('_', "%5f");
        for address in [
            "/v1/check?api_key=x".to_owned(),
            "/v1/check?a=1&TOKEN=x".to_owned(),
            "/v1/check?api%5Fkey=x".to_owned(),
            "/v1/check?key=sk_live_x".to_owned(),
            format!("/v1/check?note={key}"),
            format!("/v1/check?{key}"),
            format!("/v1/check?note={escaped}"),
            format!("/orders/{key}/items"),
            format!("/orders/{escaped}"),
        ] {
            assert_eq!(refuse_in_url(&address.parse().unwrap()), Err(BadCredential::InUrl), "{address}");
        }
        for address in [
            "/v1/check",
            "/v1/check?permission=posts:read&token=",
            "/v1/audit?key=key_0190b5f00190b5f00190b5f00190b5f0",
            "/v1/keys/key_0190b5f00190b5f00190b5f00190b5f0/rotate?monkey=x",
        ] {
            assert_eq!(refuse_in_url(&address.parse().unwrap()), Ok(()), "{address}");
        }
    }
}
