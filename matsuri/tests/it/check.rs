use crate::process::{folder, matsuri, run, text};

#[test]
fn every_complaint_is_one_line_that_names_its_place() {
    let file = folder("broken.toml");
    std::fs::write(
        &file,
        "http = \"0.0.0.0:80\"\nhtpt = \"1\"\n\n[media]\npart_ms = \"soon\"\n",
    )
    .expect("written");
    let path = file.to_str().expect("text");
    let output = matsuri(&["check", "--config", path, "--rtmp", "everywhere"])
        .env("MATSURI_PUBLIC_URL", "conf.example.org")
        .output()
        .expect("runs");
    assert_eq!(output.status.code(), Some(2));
    let complaints = text(&output.stderr);
    let lines: Vec<&str> = complaints.lines().collect();
    assert_eq!(lines.len(), 4, "{complaints}");
    assert_eq!(
        lines[0],
        format!("{path}:2: htpt is no setting; did you mean http?")
    );
    assert!(lines[1].starts_with(&format!("{path}:5: media.part_ms: \"soon\" is no number")));
    assert!(lines[2].starts_with("MATSURI_PUBLIC_URL: public_url: write it with https://"));
    assert!(lines[3].starts_with("--rtmp: rtmp: \"everywhere\" is no address to listen on"));
    let serve = run(&["serve", "--config", path]);
    assert_eq!(
        serve.status.code(),
        Some(2),
        "a server does not begin with it either"
    );
}

#[test]
fn a_good_configuration_is_shown_without_its_passwords() {
    let file = folder("good.toml");
    let settings = "[mail]\nserver = \"smtps://ken:secret@mail.example.org\"\nfrom = \"Ken <ken@example.org>\"\n";
    std::fs::write(&file, settings).expect("written");
    let data = folder("check-data");
    let output = matsuri(&["check", "--config", file.to_str().expect("text"), "--data"])
        .arg(&data)
        .env("MATSURI_LANGUAGE", "ja")
        .output()
        .expect("runs");
    let shown = text(&output.stdout);
    assert!(output.status.success(), "{shown}{}", text(&output.stderr));
    assert!(shown.contains("smtps://ken:…@mail.example.org") && !shown.contains("secret"));
    assert!(
        shown
            .lines()
            .any(|line| line.starts_with("language") && line.contains("ja"))
    );
    assert!(shown.ends_with("nothing is wrong with it\n"));
    assert!(!data.exists(), "a check changes nothing");
}

#[test]
fn a_database_that_is_not_there_is_told_by_the_check() {
    let output = run(&["check", "--database", "postgres://nobody@127.0.0.1:1/none"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("database: cannot be opened"));
}

#[test]
fn a_sign_in_provider_that_does_not_answer_is_told_by_the_check() {
    let file = folder("provider.toml");
    let settings = "[sign_in.oidc.staff]\nissuer = \"http://127.0.0.1:1/realms/days\"\nclient_id = \"us\"\nclient_secret = \"hidden\"\n";
    std::fs::write(&file, settings).expect("written");
    let path = file.to_str().expect("text");
    let output = run(&["check", "--config", path]);
    assert_eq!(output.status.code(), Some(1));
    let told = text(&output.stderr) + &text(&output.stdout);
    assert!(
        told.contains("sign_in.oidc.staff: the provider cannot be used"),
        "{told}"
    );
    assert!(
        told.contains("PUBLIC_URL/sign-in/oidc/staff/callback") && !told.contains("hidden"),
        "{told}"
    );
    std::fs::write(&file, "[sign_in.oidc.staff]\nisuer = \"x\"\n").expect("written");
    let output = run(&["check", "--config", path]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(lines.len(), 3, "{told}");
    assert!(lines[0].starts_with(&format!("{path}:2: sign_in.oidc.staff.isuer: ")));
}

#[test]
fn a_file_that_was_named_must_be_there() {
    let output = run(&["check", "--config", "nowhere.toml"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).starts_with("nowhere.toml: cannot be read: "));
}
