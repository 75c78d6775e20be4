//! A server that answers with texts that no store of ours takes: nothing that a terminal would obey comes out, and
//! what reads JSON gets the same text. What other servers are told is the client's.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use serde_json::{Value, json};

use crate::program::Ran;
use crate::served::Served;

/// Turns the direction round, clears the screen, ends the line.
const ODD: &str = "a\u{202e}gnp.exe\u{9b}2J\u{7f}\u{2028}\u{2066}b";

/// Answers everybody the same.
fn server(status: &'static str, media: &'static str, body: &Value) -> String {
    let body = body.to_string();
    begin(move |mut line| {
        let mut read = [0; 16 * 1024];
        let _ = line.read(&mut read);
        let head = format!(
            "HTTP/1.1 {status}\r\nlatchkey-api: 1\r\ncontent-type: {media}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        // Whoever has gone has what they wanted.
        let _ = line.write_all((head + &body).as_bytes());
    })
}

/// Passes on to a server what it is asked, and says `ODD` wherever that server says `plain`, which is as long.
fn liar(server: &str, plain: &str) -> String {
    let (server, plain) = (server.replace("http://", ""), plain.to_owned());
    assert_eq!(plain.len(), ODD.len(), "the length stands in the head");
    begin(move |mut client| {
        let mut server = TcpStream::connect(&server).unwrap();
        let (mut asked, mut asks) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut asked, &mut asks);
            let _ = asks.shutdown(Shutdown::Write);
        });
        let mut piece = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = server.read(&mut piece) {
            let said = String::from_utf8_lossy(&piece[..count]).replace(&plain, ODD);
            if client.write_all(said.as_bytes()).is_err() {
                break;
            }
        }
    })
}

fn begin(answer: impl Fn(TcpStream) + Send + Clone + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for line in listener.incoming() {
            let (line, answer) = (line.unwrap(), answer.clone());
            thread::spawn(move || answer(line));
        }
    });
    address
}

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|character| character != '\n' && latchkey_core::text::misleads(character))
}

#[test]
fn nothing_of_it_reaches_a_terminal_as_json_either() {
    let served = Served::begin();
    let plain = "x".repeat(ODD.len());
    served.run(&["tenants", "create", "acme", "--name", &plain]).is(0);
    let ask = |server: &str, more: &[&str]| {
        let mut command = served.program.command(&[&["tenants", "show", "acme"], more].concat());
        Ran::of(command.env("LATCHKEY_STORE", server).env("LATCHKEY_TOKEN", served.token.expose()))
    };
    let lying = liar(&served.address, &plain);
    let problem = json!({"type": "about:blank", "title": "Not Found", "status": 404, "detail": ODD, "code": "not_found", "field": ODD});
    let refusing = server("404 Not Found", "application/problem+json", &problem);
    for more in [&[][..], &["--json"]] {
        let ran = ask(&lying, more);
        assert!(is_harmless(&ran.is(0).out), "{:?}", ran.out);
        assert!(ran.out.contains("gnp.exe"), "{:?}", ran.out);
        if !more.is_empty() {
            let answer: Value = serde_json::from_str(&ran.out).unwrap();
            assert_eq!(answer["name"], ODD);
        }
        let ran = ask(&refusing, more);
        assert!(is_harmless(&ran.is(3).err), "{:?}", ran.err);
        assert!(ran.err.contains("gnp.exe"), "{:?}", ran.err);
    }
}
