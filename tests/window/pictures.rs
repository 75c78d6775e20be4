//! The pictures of the README and the docs, of made-up data and without a secret in sight. Taken anew, where the
//! window's tests run, with `LATCHKEY_SCREENSHOTS=docs/screenshots` and `--ignored pictures`.

use serde_json::{Value, json};

use super::by::{By, button, combobox, dialog, heading, option, radio, row, tab, textbox};
use super::desk::Desk;
use super::page::Page;
use super::served::Served;
use super::session::Session;
use super::shared::{open, save};
use super::steps::{copy_token, done, go_to, open_key};

/// The line's time settles after the first questions, and toasts leave.
const SETTLES: std::time::Duration = std::time::Duration::from_secs(8);

async fn settled(page: &Page, name: &str, theme: &str) {
    tokio::time::sleep(SETTLES).await;
    page.picture(&format!("{name}-{theme}")).await;
}

fn desk(theme: &str) -> Desk {
    let gtk = if theme == "dark" { "Adwaita:dark" } else { "Adwaita" };
    Desk::in_session(Session::unlocked()).with("GTK_THEME", gtk)
}

async fn sample_data(theme: &str) {
    let desk = desk(theme);
    let window = desk.open().await;
    let page = &window.page;
    page.click(&button("Explore with sample data")).await;
    page.see(&row("n8n production, ").part()).await;
    settled(page, "keys", theme).await;
    open_key(page, "n8n production").await;
    page.click(&tab("Usage")).await;
    page.says("Requests per day, last 30 days").await;
    settled(page, "usage", theme).await;
    go_to(page, "Security events").await;
    page.see(&row("Stopped key used, ").part()).await;
    settled(page, "security-events", theme).await;
    go_to(page, "Keys").await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.pick(&combobox("Tenant").within(sheet.clone()), "Acme").await;
    page.fill(&textbox("Name").within(sheet.clone()), "Weekly report").await;
    page.tick(&radio("Custom scopes").within(sheet.clone())).await;
    page.fill(&textbox("Another scope").within(sheet.clone()), "posts:read").await;
    page.press("Enter").await;
    page.click(&button("Create key").within(sheet)).await;
    page.see(&dialog("Save this key now")).await;
    settled(page, "reveal", theme).await;
}

#[tokio::test]
#[ignore = "takes pictures for the README"]
async fn pictures_of_the_sample_data_in_the_light_theme() {
    sample_data("light").await;
}

#[tokio::test]
#[ignore = "takes pictures for the README"]
async fn pictures_of_the_sample_data_in_the_dark_theme() {
    sample_data("dark").await;
}

#[tokio::test]
#[ignore = "takes pictures for the README"]
async fn pictures_of_the_operators_of_a_server() {
    let served = Served::plain().await;
    let dana = served.operator("Dana Okafor", "admin", "90d").await;
    served.operator("Mira Lindqvist", "admin", "30d").await;
    served.operator("Release pipeline", "issuer", "90d").await;
    served.operator("Weekly audit", "viewer", "never").await;
    let desk = desk("light").beside(&served.store_url());
    super::steps::seed(&desk);
    super::steps::seed_key(&desk, "n8n production");
    let window = desk.open().await;
    let page = &window.page;
    let id = save(page, &served.draft("Acme keys"), &dana.token).await;
    open(page, &id).await;
    go_to(page, "Operators").await;
    page.see(&row("Release pipeline, ").part()).await;
    // That Dana is here is written a moment after she came.
    tokio::time::sleep(SETTLES).await;
    page.press("F5").await;
    // The focus leaves the navigation, which shows it after a key was pressed.
    page.click(&heading("Operators")).await;
    settled(page, "operators", "light").await;
    page.click(&button("New operator")).await;
    let sheet = dialog("New operator");
    page.fill(&textbox("Name").within(sheet.clone()), "Lee Tanaka").await;
    page.click(&button("Create operator").within(sheet)).await;
    page.see(&dialog("Save this token now")).await;
    settled(page, "token", "light").await;
    copy_token(page).await;
    done(page).await;
    super::desk::copy_elsewhere("nothing");
}

fn postgres(name: &str, environment: &str, host: &str, read_only: bool) -> Value {
    json!({
        "id": null, "name": name, "environment": environment, "keep": "keychain", "read_only": read_only,
        "lock_after_minutes": 15, "kind": "postgres", "host": host, "port": 5432, "database": "keys", "user": "dana",
        "schema": "latchkey", "encryption": "verify_full", "ca_file": null, "client_certificate": null,
        "client_key": null,
    })
}

#[tokio::test]
#[ignore = "takes pictures for the README"]
async fn pictures_of_saved_connections() {
    let desk = desk("light");
    let window = desk.open().await;
    let page = &window.page;
    let server = json!({
        "id": null, "name": "Acme keys", "environment": "production", "keep": "keychain", "read_only": false,
        "lock_after_minutes": 15, "kind": "server", "url": "https://keys.acme.example", "ca_file": null,
    });
    for draft in [
        server,
        postgres("Acme platform, looking", "production", "replica.acme.example", true),
        postgres("Staging", "staging", "db.staging.acme.example", false),
        postgres("Workbench", "development", "10.0.4.12", false),
    ] {
        save(page, &draft, "made up").await;
    }
    let chosen: By = option("Acme keys").part();
    page.click(&chosen).await;
    page.see(&heading("Acme keys")).await;
    settled(page, "connections", "light").await;
}
