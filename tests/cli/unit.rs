//! The systemd unit that is shipped: its words start the program, its credentials are those that the shipped
//! configuration reads, and systemd knows every line of it.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::program::{Program, path};
use crate::served::{Served, only_line};

const UNIT: &str = include_str!("../../crates/latchkey-server/dist/latchkey.service");
const CONFIGURATION: &str = include_str!("../../crates/latchkey-server/dist/latchkey.toml");
const INSTALLED: &str = "/usr/bin/latchkey";

/// What stands behind a key of the unit, each time it does.
fn said(key: &str) -> impl Iterator<Item = &str> {
    UNIT.lines().filter_map(move |line| line.strip_prefix(key)?.strip_prefix('='))
}

#[test]
fn the_unit_starts_a_server_on_the_store_and_with_the_pepper_of_its_credentials() {
    let program = Program::without_store();
    let token = only_line(program.run(&["init", "--operator", "dana"]).is(0));
    let folder = program.folder.path();
    let mut configuration = format!("listen = \"127.0.0.1:0\"\n{CONFIGURATION}");
    let credentials: Vec<&str> = said("LoadCredentialEncrypted").collect();
    assert_eq!(credentials, ["store", "pepper"]);
    for (name, value) in [
        ("store", program.store.clone()),
        ("pepper", fs::read_to_string(folder.join("keys.db.pepper")).unwrap()),
    ] {
        let file = folder.join(name);
        fs::write(&file, value).unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
        // As the unit's header has it: the marks are taken away.
        let marked = format!("#{name}_file = \"/run/credentials/latchkey.service/{name}\"");
        assert!(configuration.contains(&marked), "{marked}");
        configuration = configuration.replace(&marked, &format!("{name}_file = \"{}\"", file.display()));
    }
    // Where it would be looked for otherwise.
    fs::rename(folder.join("keys.db.pepper"), folder.join("elsewhere")).unwrap();
    let file = folder.join("latchkey.toml");
    fs::write(&file, configuration).unwrap();
    let [start] = said("ExecStart").collect::<Vec<_>>()[..] else { panic!("one ExecStart") };
    let words: Vec<&str> = start.strip_prefix(INSTALLED).unwrap().split_whitespace().collect();
    let shown = file.display().to_string();
    let words: Vec<&str> =
        words.into_iter().map(|word| if word.ends_with("latchkey.toml") { &*shown } else { word }).collect();
    let mut serve = program.command(&words);
    serve.env_remove("LATCHKEY_STORE");
    let served = Served::told(program, token, serve);
    served.run(&["tenants", "create", "acme", "--name", "ACME Corp"]).is(0);
    assert!(!served.log().contains("no pepper"), "{}", served.log());
}

#[test]
fn systemd_knows_every_line_of_the_unit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latchkey.service");
    // What it starts must be there.
    fs::write(&file, UNIT.replace(INSTALLED, &path().into_string().unwrap())).unwrap();
    let told = Command::new("systemd-analyze").arg("verify").arg(&file).output();
    let told = told.expect("systemd-analyze is not here; `cargo xtask test` installs the package systemd");
    assert_eq!(String::from_utf8_lossy(&told.stderr), "");
    assert!(told.status.success());
}
