//! How a fresh key is copied or saved: alone, as a line of `.env`, or inside the few lines that use it.
//! Pure texts; the UI shows the same ones with the variable in place of the key. Keeps no key.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// The variable every text names.
pub const VARIABLE: &str = "LATCHKEY_API_KEY";

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// The key alone.
    Plain,
    /// The key alone, as a text file.
    Txt,
    /// `LATCHKEY_API_KEY=…`
    Env,
    /// A request on the command line.
    Curl,
    /// A request with `fetch`.
    Javascript,
    /// A request with `requests`.
    Python,
    /// A request with `HttpClient`.
    Csharp,
    /// A `v1/Secret`.
    Kubernetes,
    /// An object with the key and what it is called.
    Json,
}

/// What a text may say about the key beside its plaintext.
#[derive(Clone, Debug)]
pub struct About {
    /// Its id.
    pub key_id: String,
    /// What uses it.
    pub name: String,
    /// Its tenant's short name.
    pub tenant: String,
}

/// The text with `key` filled in. Wiped when dropped.
pub fn fill_in(format: Format, key: &str, about: &About) -> Zeroizing<String> {
    let text = match format {
        Format::Plain => key.to_owned(),
        Format::Txt => format!("{key}\n"),
        Format::Env => format!("{VARIABLE}={key}\n"),
        Format::Curl => {
            format!("curl https://api.example.com/v1/posts \\\n  -H \"Authorization: Bearer {key}\"\n")
        }
        Format::Javascript => format!(
            "const response = await fetch(\"https://api.example.com/v1/posts\", {{\n  \
             headers: {{ Authorization: \"Bearer {key}\" }},\n}});\n"
        ),
        Format::Python => format!(
            "import requests\n\nresponse = requests.get(\n    \"https://api.example.com/v1/posts\",\n    \
             headers={{\"Authorization\": \"Bearer {key}\"}},\n)\n"
        ),
        Format::Csharp => format!(
            "var client = new HttpClient();\nclient.DefaultRequestHeaders.Authorization = \
             new AuthenticationHeaderValue(\n    \"Bearer\", \"{key}\");\n"
        ),
        Format::Kubernetes => format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: {}\ntype: Opaque\nstringData:\n  {VARIABLE}: {key}\n",
            label(&about.name)
        ),
        Format::Json => json(key, about),
    };
    Zeroizing::new(text)
}

fn json(key: &str, about: &About) -> String {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "{{\n  \"key_id\": {},\n  \"name\": {},\n  \"tenant\": {},\n  \"{VARIABLE}\": \"{key}\"\n}}\n",
        quoted(&about.key_id),
        quoted(&about.name),
        quoted(&about.tenant),
    )
}

/// The file name that is proposed for saving `name` in `format`.
pub fn file_name(format: Format, name: &str) -> String {
    let ending = match format {
        Format::Plain | Format::Txt => "txt",
        Format::Env => "env",
        Format::Curl => "sh",
        Format::Javascript => "js",
        Format::Python => "py",
        Format::Csharp => "cs",
        Format::Kubernetes => "yaml",
        Format::Json => "json",
    };
    format!("{}.{ending}", label(name))
}

/// `n8n Production` as `n8n-production`: what Kubernetes and every file system take as a name.
fn label(name: &str) -> String {
    let mut label = String::new();
    for character in name.chars() {
        if label.len() >= 50 {
            break;
        }
        if character.is_ascii_alphanumeric() {
            label.push(character.to_ascii_lowercase());
        } else if !label.is_empty() && !label.ends_with('-') {
            label.push('-');
        }
    }
    let label = label.trim_end_matches('-');
    if label.is_empty() { "latchkey-api-key".to_owned() } else { label.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Format; 9] = [
        Format::Plain,
        Format::Txt,
        Format::Env,
        Format::Curl,
        Format::Javascript,
        Format::Python,
        Format::Csharp,
        Format::Kubernetes,
        Format::Json,
    ];
    /// Not a key: its checksum is wrong.
    const STAND_IN: &str = "sk_test_STANDIN";

    fn about(name: &str) -> About {
        About { key_id: "key_1".into(), name: name.into(), tenant: "acme".into() }
    }

    #[test]
    fn every_form_holds_the_key_once_and_whole() {
        for format in ALL {
            let text = fill_in(format, STAND_IN, &about("n8n Production"));
            assert_eq!(text.matches(STAND_IN).count(), 1, "{format:?}");
        }
        assert_eq!(*fill_in(Format::Plain, STAND_IN, &about("x")), STAND_IN);
        assert_eq!(*fill_in(Format::Env, STAND_IN, &about("x")), "LATCHKEY_API_KEY=sk_test_STANDIN\n");
    }

    #[test]
    fn a_hostile_name_stays_inside_its_place() {
        let name = "a\": {}, \"x</script>\n${HOME}`id` Ü";
        let json: serde_json::Value =
            serde_json::from_str(&fill_in(Format::Json, STAND_IN, &about(name))).unwrap();
        assert_eq!(json["name"], name);
        assert_eq!(json["LATCHKEY_API_KEY"], STAND_IN);
        let yaml = fill_in(Format::Kubernetes, STAND_IN, &about(name));
        assert!(yaml.contains("\n  name: a-x-script-home-id\n"), "name line is not as expected");
        for format in ALL {
            let name = file_name(format, "../../etc/passwd");
            assert!(name.starts_with("etc-passwd."), "{name}");
        }
        assert_eq!(file_name(Format::Env, "キー"), "latchkey-api-key.env");
    }

    #[test]
    fn the_words_on_the_wire_are_the_windows() {
        for word in ["plain", "txt", "env", "curl", "javascript", "python", "csharp", "kubernetes", "json"] {
            let format: Format = serde_json::from_value(word.into()).unwrap();
            assert_eq!(serde_json::to_value(format).unwrap(), word);
        }
        assert!(serde_json::from_value::<Format>("exe".into()).is_err());
    }
}
