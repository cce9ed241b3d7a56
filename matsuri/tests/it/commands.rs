use crate::process::{Server, folder, matsuri, run, text};

#[test]
fn a_command_works_without_a_server_and_through_one() {
    let data = folder("anywhere");
    let path = data.to_str().expect("text");
    let alone = run(&[
        "user",
        "add",
        "ken@example.org",
        "--name",
        "Ken",
        "--data",
        path,
    ]);
    assert!(alone.status.success(), "{}", text(&alone.stderr));
    let server = Server::start(&data, &[]);
    let through = server.command(&["user", "add", "ken@example.org"]);
    assert_eq!(text(&through.stdout), text(&alone.stdout));
    let link = text(
        &server
            .command(&["user", "sign-in", "ken@example.org"])
            .stdout,
    );
    let path = link
        .trim()
        .strip_prefix(&format!("http://localhost:{}", server.http.port()));
    assert_eq!(server.get(path.expect("a link to this server")).0, 200);
    assert!(!server.log().contains(link.trim()), "a link is a secret");
}

#[test]
fn a_refusal_is_told_in_the_caller_s_language() {
    let data = folder("language");
    let server = Server::start(&data, &[]);
    let refused = |language: &str| {
        let output = matsuri(&["user", "sign-in", "nobody", "--data"])
            .arg(&data)
            .env("LC_ALL", language)
            .output()
            .expect("runs");
        assert_eq!(output.status.code(), Some(1));
        text(&output.stderr)
    };
    let (english, japanese) = (refused("en_GB.UTF-8"), refused("ja_JP.UTF-8"));
    assert!(
        english.starts_with("email: ") && english.is_ascii(),
        "{english}"
    );
    assert!(
        japanese.starts_with("email: ") && !japanese.is_ascii(),
        "{japanese}"
    );
    let nowhere = [
        "user",
        "add",
        "a@example.org",
        "--role",
        "broadcast",
        "--conference",
        "none",
    ];
    let nowhere = server.command(&nowhere);
    assert!(
        text(&nowhere.stderr).contains("no conference of that name"),
        "{nowhere:?}"
    );
    let role = server.command(&["user", "add", "a@example.org", "--role", "king"]);
    assert_eq!(role.status.code(), Some(2));
    assert!(
        text(&role.stderr).contains("chair, contents, broadcast"),
        "{role:?}"
    );
}

#[test]
fn the_control_socket_works_in_folders_with_long_names() {
    let data = folder(&"long".repeat(40));
    let server = Server::start(&data, &[]);
    let added = server.command(&["user", "add", "mika@example.org"]);
    assert!(added.status.success(), "{}", text(&added.stderr));
}
