//! Bad input, typed in the window: what is wrong is said at the field, what was typed stays, and what looks
//! like markup is only ever text. The rules themselves are tested in core and in the contract.

use super::by::{By, button, combobox, dialog, grid, group, heading, radio, row, textbox};
use super::desk::Desk;
use super::page::Page;
use super::steps::{copy, done, first_start, go_to, seed, seed_key};

const MARKUP: &str = "<img src=x onerror=alert(1)>";

async fn open_sheet(page: &Page) -> By {
    go_to(page, "Keys").await;
    page.click(&button("Create key")).await;
    let sheet = dialog("Create key");
    page.pick(&combobox("Tenant").within(sheet.clone()), "ACME Corp").await;
    page.pick(&combobox("Role").within(sheet.clone()), "Read-Only").await;
    sheet
}

async fn submit(page: &Page) {
    page.click(&button("Create key").within(dialog("Create key"))).await;
}

/// Types a name, sends the form, and reads what is said at the field; the name must still stand there.
async fn refused_name(page: &Page, typed: &str) -> String {
    let field = textbox("Name").within(dialog("Create key"));
    page.fill(&field, typed).await;
    submit(page).await;
    let said = page.complaint(&field).await;
    assert_eq!(page.value(&field).await, typed);
    said
}

#[tokio::test]
async fn a_name_that_will_not_do_is_refused_at_its_field_and_stays_to_be_mended() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    seed_key(&desk, "taken");
    open_sheet(page).await;
    submit(page).await;
    let name = textbox("Name").within(dialog("Create key"));
    assert!(page.complaint(&name).await.contains("Enter a name"), "{}", page.complaint(&name).await);
    page.focused("Name").await; // what has to be mended first is in sight
    let long = "n".repeat(101);
    for (typed, wanted) in [
        (long.as_str(), "At most 100 characters; this has 101."),
        ("n8n\u{202e}gnp.exe", "Character 4 (U+202E) is invisible and changes how text reads. Remove it."),
        ("taken", "already has a key with this name"),
    ] {
        let said = refused_name(page, typed).await;
        // The complaint of the field before may stand until the answer comes.
        let said = if said.contains(wanted) { said } else { wait_for_complaint(page, &name, wanted).await };
        assert!(said.contains(wanted), "{said}");
    }
    page.picture("field-error").await;
    page.fill(&name, "mended").await;
    submit(page).await;
    page.see(&dialog("Save this key now")).await;
    page.is_quiet().await;
}

async fn wait_for_complaint(page: &Page, field: &By, wanted: &str) -> String {
    let said = super::page::within(super::page::PATIENCE, async || {
        let said = page.complaint(field).await;
        said.contains(wanted).then_some(said)
    });
    match said.await {
        Some(said) => said,
        None => page.complaint(field).await,
    }
}

#[tokio::test]
async fn a_name_that_looks_like_markup_is_shown_as_the_text_it_is() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let sheet = open_sheet(page).await;
    page.fill(&textbox("Name").within(sheet), MARKUP).await;
    submit(page).await;
    page.see(&dialog("Save this key now")).await;
    page.says(MARKUP).await;
    copy(page).await;
    done(page).await;
    page.see(&row(MARKUP).part().within(grid("Keys"))).await;
    page.click(&row(MARKUP).part()).await;
    page.see(&heading(MARKUP)).await;
    page.click(&super::by::tab("Activity")).await;
    page.says(&format!("created {MARKUP}")).await;
    let images = page.run("return document.querySelectorAll('img').length", vec![]).await;
    assert_eq!(images, 0);
    page.is_quiet().await;
}

#[tokio::test]
async fn past_and_impossible_dates_are_refused_at_the_expiry() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let sheet = open_sheet(page).await;
    page.fill(&textbox("Name").within(sheet.clone()), "n8n").await;
    let expires = group("Expires").within(sheet);
    page.tick(&radio("Custom").within(expires.clone())).await;
    let date = textbox("Date").within(expires.clone());
    for (typed, wanted) in [
        ("2020-01-01", "This lies in the past."),
        ("2027-02-30", "There is no 2027-02-30 in the calendar."),
        ("tomorrow", "Write the date as year-month-day"),
        ("9999-12-31", "The latest expiry is 9999-12-30."),
    ] {
        page.fill(&date, typed).await;
        submit(page).await;
        let said = wait_for_complaint(page, &expires, wanted).await;
        assert!(said.contains(wanted), "{typed}: {said}");
        assert_eq!(page.value(&date).await, typed);
    }
}

#[tokio::test]
async fn malformed_scopes_and_address_ranges_are_refused_at_their_fields() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    let sheet = open_sheet(page).await;
    page.fill(&textbox("Name").within(sheet.clone()), "n8n").await;
    let ip = textbox("Allowed IP ranges").within(sheet.clone());
    page.fill(&ip, "10.0.0.0/99").await;
    page.press("Enter").await;
    submit(page).await;
    let said = wait_for_complaint(page, &ip, "is not an address range").await;
    assert!(said.contains("“10.0.0.0/99” is not an address range"), "{said}");
    page.see(&button("Remove 10.0.0.0/99")).await;
    page.click(&button("Remove 10.0.0.0/99")).await;

    page.tick(&radio("Custom scopes").within(sheet.clone())).await;
    let scopes = group("Custom scopes").within(sheet.clone());
    page.fill(&textbox("Another scope").within(scopes.clone()), "posts::read").await;
    page.press("Enter").await;
    submit(page).await;
    let said = page.complaint(&scopes).await;
    assert!(said.contains("posts::read"), "{said}");
    page.see(&button("Remove posts::read")).await;
    page.picture("scope-error").await;
}

#[tokio::test]
async fn a_tenants_short_name_is_refused_at_its_field_when_it_is_malformed_or_taken() {
    let desk = Desk::new();
    let window = first_start(&desk).await;
    let page = &window.page;
    seed(&desk);
    go_to(page, "Tenants").await;
    page.click(&button("Create tenant")).await;
    let sheet = dialog("Create tenant");
    let name = textbox("Name").within(sheet.clone());
    let slug = textbox("Short name").within(sheet.clone());
    let submit = button("Create tenant").within(sheet.clone());
    page.click(&submit).await;
    assert!(page.complaint(&name).await.contains("Enter a name."));
    assert!(page.complaint(&slug).await.contains("Enter a short name"));
    page.fill(&name, "Globex").await;
    for (typed, wanted) in [("Glo bex!", "lower-case letters, digits and hyphens"), ("acme", "acme")] {
        page.fill(&slug, typed).await;
        page.click(&submit).await;
        let said = wait_for_complaint(page, &slug, wanted).await;
        assert!(said.contains(wanted), "{said}");
        assert_eq!(page.value(&slug).await, typed);
        assert_eq!(page.value(&name).await, "Globex");
    }
    page.press("Escape").await;
    page.see(&super::by::alert_dialog("Discard what you typed?")).await;
    page.picture("leave-question").await;
}
