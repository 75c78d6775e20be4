//! `generate_api_key`: the words and the frame of the Django seed, line by line.

use latchkey_core::{Clock, Span, SystemClock};

use crate::program::Program;

#[test]
fn the_frame_is_the_seeds_line_by_line() {
    let program = Program::with_acme();
    let day = |days| SystemClock.now().plus(Span::days(days)).to_plain_text()[..10].to_owned();
    let expires = format!("--expires={}", day(300));
    let words = [
        "generate_api_key",
        "--tenant=acme",
        "--role=1",
        "--name=n8n Production",
        "--environment=live",
        &expires,
    ];
    let ran = program.run(&words);
    ran.is(0);
    assert!(ran.err.is_empty());
    let lines: Vec<&str> = ran.out.lines().collect();
    let listed = program.json(&["keys", "list"])["items"][0].clone();
    let hint = listed["hint"].as_str().unwrap().replace('…', "...");
    let created = listed["created_at"].as_str().unwrap();
    let created = format!("Created:     {} {}", &created[..10], &created[11..19]);
    let rule = "=".repeat(70);
    let edge = "─".repeat(68);
    let expected = [
        rule.as_str(),
        "API KEY GENERATED SUCCESSFULLY!",
        &rule,
        "",
        "IMPORTANT: Copy this key now. It will NEVER be shown again!",
        "",
        &format!("┌{edge}┐"),
        lines[7],
        &format!("└{edge}┘"),
        "",
        "Name:        n8n Production",
        "Tenant:      ACME Corp (acme)",
        "Role:        Integration",
        &format!("Prefix:      {hint}"),
        "Active:      True",
        &created,
    ];
    for (place, (ours, seed)) in lines.iter().zip(expected).enumerate() {
        assert!(*ours == seed, "line {} is not the seed's", place + 1);
    }
    assert_eq!(lines.len(), expected.len());
    // The seed's box: a space, the key padded to 66, the edge.
    let inside = lines[7].strip_prefix("│ ").and_then(|line| line.strip_suffix('│')).unwrap();
    assert_eq!(inside.len(), 66);
    let key = latchkey_core::PlaintextKey::new(inside.trim_end().to_owned());
    assert_eq!(program.outcome(&key, &[]), "valid");
    let end = format!("{}T00:00:00.000Z", day(301));
    assert_eq!(listed["expires_at"], end.as_str(), "the end of that day");
    assert_eq!(listed["status"], "active", "it was confirmed once it had been written");
}

#[test]
fn the_seeds_other_parameters_are_kept() {
    let program = Program::with_acme();
    let words = [
        "generate_api_key",
        "--tenant=acme",
        "--role=1",
        "--name=Staging",
        "--environment=test",
        "--notes=for the staging flows",
        "--integration=17",
    ];
    program.run(&words).is(0);
    let key = program.json(&["keys", "list"])["items"][0].clone();
    assert_eq!((&key["environment"], &key["integration"]), (&"test".into(), &"17".into()));
    assert_eq!(key["notes"], "for the staging flows");
    program.run(&["generate_api_key", "--tenant=acme", "--name=No role"]).is(2).says("--role");
    program.run(&["generate_api_key", "--tenant=acme", "--role=99", "--name=x"]).is(3);
    program.run(&["generate_api_key", "--tenant=acme", "--role=1", "--name=x", "--expires=2025-12-31"]).is(2);
}
