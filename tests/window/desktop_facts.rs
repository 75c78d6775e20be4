//! What the desktop promises around the page: who may drive it, one instance, a window that stays where it
//! was put, saving to a file, a strict policy, and an access list. Holds no story.

use fantoccini::actions::{InputSource as _, MOUSE_BUTTON_LEFT, MouseActions, PointerAction};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use super::by::{button, dialog, heading, menu_item};
use super::desk::Desk;
use super::page::{eventually, within};
use super::steps::{copy, done, first_start, issue, seed};

#[tokio::test]
async fn a_program_as_it_is_shipped_lets_no_webdriver_in() {
    let ordinary = std::env::var_os("LATCHKEY_DESKTOP_ORDINARY").map(PathBuf::from);
    let ordinary = ordinary.expect("LATCHKEY_DESKTOP_ORDINARY names the program as it is shipped");
    let desk = Desk::new();
    assert!(desk.start(&ordinary).await.is_none(), "it let a WebDriver in");
    assert!(desk.data().join("latchkey-desktop.log").exists(), "it started, and then nobody could drive it");
}

#[tokio::test]
async fn a_second_start_shows_the_first_window_and_ends() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let mut second = Command::new(std::env::var_os("LATCHKEY_DESKTOP").unwrap());
    second
        .env("LATCHKEY_DATA_DIR", desk.data())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let mut second = second.spawn().unwrap();
    let ended = within(Duration::from_secs(10), async || second.try_wait().unwrap()).await;
    let _ = second.kill();
    assert!(ended.is_some_and(|status| status.success()), "the second start goes on: {ended:?}");
    assert!(window.desktop().is_some());
    window.page.see(&heading("Keys")).await;
}

#[tokio::test]
async fn the_window_is_as_large_as_it_was_left_even_after_a_crash() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    window.page.client.set_window_size(1100, 700).await.unwrap();
    let size = "return [innerWidth, innerHeight]";
    let left = eventually("another size", async || {
        let size = window.page.run(size, vec![]).await;
        (size[0] != 1280).then_some(size)
    })
    .await;
    eventually("the window's place in its file", async || {
        fs::read_to_string(desk.data().join("window.json"))
            .is_ok_and(|text| text.contains("1100"))
            .then_some(())
    })
    .await;
    window.crash().await;
    let window = desk.open().await;
    let found = within(Duration::from_secs(5), async || {
        let size = window.page.run(size, vec![]).await;
        (size == left).then_some(())
    });
    assert!(found.await.is_some(), "{} instead of {left}", window.page.run(size, vec![]).await);
}

#[tokio::test]
async fn a_key_is_saved_to_a_file_for_its_owner_alone_and_never_over_another() {
    let mut desk = Desk::new();
    let path = desk.path("acme.env");
    desk.set("LATCHKEY_SAVE_PATH", &path.display());
    fs::write(&path, "mine").unwrap();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    issue(page, "ACME Corp", "n8n", "Read-Only").await;
    page.click(&button("Save to file…")).await;
    page.click(&menu_item(".env file")).await;
    page.says("There is a file named acme.env already.").await;
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
    assert!(page.is_disabled(&button("Done")).await, "nothing is saved yet");

    fs::remove_file(&path).unwrap();
    page.click(&button("Save to file…")).await;
    page.click(&menu_item(".env file")).await;
    page.says(&format!("Saved to {}.", path.display())).await;
    done(page).await;
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let text = fs::read_to_string(&path).unwrap();
    let (_, key) = text.lines().find_map(|line| line.split_once('=')).unwrap();
    assert!(desk.accepts(key.trim_matches(['"', '\''])));
}

#[tokio::test]
async fn the_page_may_reach_nothing_but_its_program_and_of_that_only_what_is_listed() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    for command in [
        "plugin:window|set_title",
        "plugin:window|close",
        "plugin:fs|read_text_file",
        "plugin:dialog|open",
        "no_such",
    ] {
        let refused = page.invoke(command, json!({})).await;
        assert!(refused.is_err(), "{command} was allowed");
    }
    let refused = page.perform("keys.steal", json!({})).await.unwrap_err();
    assert_eq!(refused["code"], "not_found");
    assert!(page.noted("violations").await.is_empty());

    let fetched = page
        .client
        .execute_async("const done = arguments[0]; fetch('http://127.0.0.1:9/').then(() => done(true), () => done(false))", vec![])
        .await
        .unwrap();
    assert_eq!(fetched, false);
    let script = "const style = document.createElement('style'); style.textContent = 'h1 { color: red }';
        document.head.append(style); const blocked = style.sheet === null || getComputedStyle(document.querySelector('h1')).color !== 'rgb(255, 0, 0)';
        style.remove(); return blocked";
    assert_eq!(page.run(script, vec![]).await, true, "an inline style was applied");
    assert_eq!(page.run("return window.open('https://example.com/') === null", vec![]).await, true);
    eventually("the violations", async || (!page.noted("violations").await.is_empty()).then_some(())).await;
}

#[tokio::test]
async fn refreshing_reads_the_data_again_and_never_reloads_the_page() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    page.run("window.__stays = true", vec![]).await;
    for chord in ["F5", "Control+r"] {
        page.press(chord).await;
        tokio::time::sleep(Duration::from_millis(400)).await;
        assert_eq!(
            page.run("return window.__stays === true", vec![]).await,
            true,
            "{chord} reloaded the page"
        );
    }
    page.see(&heading("Keys")).await;
    page.is_quiet().await;
}

#[tokio::test]
async fn the_dialog_of_a_fresh_key_survives_a_press_beside_it_a_refresh_and_another_programs_change() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    issue(page, "ACME Corp", "n8n", "Read-Only").await;
    let reveal = dialog("Save this key now");
    page.press("F5").await;
    desk.says(&["tenants", "create", "globex", "--name", "Globex"]);
    let corner = MouseActions::new("mouse".to_owned());
    let press = corner
        .then(PointerAction::MoveTo { duration: None, x: 5.0, y: 300.0 })
        .then(PointerAction::Down { button: MOUSE_BUTTON_LEFT })
        .then(PointerAction::Up { button: MOUSE_BUTTON_LEFT });
    page.client.perform_actions(press).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1500)).await;
    page.see(&reveal).await;
    let refused = page.invoke("close_store", json!({})).await.unwrap_err();
    assert_eq!(refused["code"], "secret_unconfirmed");
    let key = copy(page).await;
    done(page).await;
    assert!(desk.accepts(&key));
}
