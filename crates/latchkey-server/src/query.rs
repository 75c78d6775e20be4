//! Requests whose fields travel in the query, and the fields of paths. Reads no body.

use std::borrow::Cow;

use latchkey_core::operation::{Operation, read_request};
use latchkey_core::{AdminError, ErrorCode};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// What `serde_html_form` says of a field that stands twice and takes one value.
const SAID_TWICE: &str = "unsupported value";

/// Reads a request from a query and the fields of its path.
///
/// # Errors
/// `unknown_field`, `invalid` with the field.
pub(crate) fn read<O: Operation>(path: &[(&'static str, String)], query: &str) -> Result<O, AdminError> {
    if let Some(name) = path.iter().map(|(name, _)| *name).find(|name| names(query).any(|said| said == *name))
    {
        let words = format!("{name} stands in the path. Leave it out of the query.");
        return Err(AdminError::new(ErrorCode::UnknownField, words).at_field(name));
    }
    if let Some(name) = with_nul(query) {
        return Err(AdminError::invalid(&name, "This holds a character that no value has."));
    }
    let mut whole = query.to_owned();
    for (name, value) in path {
        whole.extend(["&", name, "="]);
        whole.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
    }
    read_request(serde_html_form::Deserializer::from_bytes(whole.as_bytes())).map_err(|error| {
        let words = if error.message == SAID_TWICE { "Say this once.".to_owned() } else { error.message };
        AdminError { message: words, ..error }
    })
}

/// Refuses a query where fields travel in the body.
///
/// # Errors
/// `unknown_field`.
pub(crate) fn refuse(query: &str) -> Result<(), AdminError> {
    match names(query).next() {
        None => Ok(()),
        Some(name) => {
            let words = "Send this in the JSON body: this request has no query.";
            Err(AdminError::new(ErrorCode::UnknownField, words).at_field(&name))
        }
    }
}

/// The names that stand in a query.
fn names(query: &str) -> impl Iterator<Item = Cow<'_, str>> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let name = pair.split('=').next().unwrap_or_default();
        percent_decode_str(name).decode_utf8_lossy()
    })
}

/// The name of a value with a NUL in it, which no text of PostgreSQL may have.
fn with_nul(query: &str) -> Option<Cow<'_, str>> {
    query.split('&').filter(|pair| pair.contains("%00")).find_map(|pair| names(pair).next())
}

/// The fields of a path, by its template. What cannot be a value is no path of ours: `not_found`, as what is unknown.
///
/// # Errors
/// `not_found`.
pub(crate) fn fields(template: &'static str, path: &str) -> Result<Vec<(&'static str, String)>, AdminError> {
    let mut fields = Vec::new();
    for (name, said) in template.split('/').zip(path.split('/')) {
        let Some(name) = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')) else { continue };
        let value = percent_decode_str(said).decode_utf8().map_err(|_| AdminError::not_found(name))?;
        if value.chars().any(char::is_control) {
            return Err(AdminError::not_found(name));
        }
        fields.push((name, value.into_owned()));
    }
    Ok(fields)
}

#[cfg(test)]
mod tests {
    use latchkey_core::operations::{KeysList, RolesDelete, TenantsGet};

    use super::*;

    #[test]
    fn a_query_is_read_by_the_type_of_its_request() {
        let list: KeysList =
            read(&[], "tenant=acme&limit=7&status=active&status=expiring&search=a%20b").unwrap();
        assert_eq!((list.limit, list.status.len(), list.search.as_deref()), (Some(7), 2, Some("a b")));
        assert!(read::<KeysList>(&[], "").is_ok());
        for (query, code, field) in [
            ("limit=abc", ErrorCode::Invalid, "limit"),
            ("limit=-1", ErrorCode::Invalid, "limit"),
            ("limit=1e9", ErrorCode::Invalid, "limit"),
            ("limit=1&limit=2", ErrorCode::Invalid, "limit"),
            ("environment=prod", ErrorCode::Invalid, "environment"),
            ("status=asleep", ErrorCode::Invalid, "status"),
            ("Limit=1", ErrorCode::UnknownField, "Limit"),
            ("limit[]=1", ErrorCode::UnknownField, "limit[]"),
            ("search=a%00", ErrorCode::Invalid, "search"),
        ] {
            let error = read::<KeysList>(&[], query).map(drop).unwrap_err();
            assert_eq!(
                (error.code, error.field.as_deref()),
                (code, Some(field)),
                "{query}: {}",
                error.message
            );
        }
    }

    #[test]
    fn the_fields_of_a_path_are_decoded_and_not_said_again() {
        let template = "/v1/roles/{role}";
        let role = |path| fields(template, path).map(|fields| fields[0].1.clone());
        assert_eq!(role("/v1/roles/Read%20only").unwrap(), "Read only");
        assert_eq!(role("/v1/roles/%2e%2e").unwrap(), "..");
        assert!(role("/v1/roles/%ff").is_err() && role("/v1/roles/a%00").is_err());
        let path = fields(template, "/v1/roles/A%26tenant=x").unwrap();
        let delete: RolesDelete = read(&path, "tenant=acme").unwrap();
        assert_eq!((delete.role.to_string(), delete.version), ("A&tenant=x".to_owned(), None));
        let twice =
            read::<TenantsGet>(&[("tenant", "acme".to_owned())], "tenant=beta").map(drop).unwrap_err();
        assert_eq!(twice.code, ErrorCode::UnknownField);
        assert_eq!(refuse("a%20b=1").unwrap_err().field.as_deref(), Some("a b"));
    }
}
