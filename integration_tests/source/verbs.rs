//! The command line: verbs, roles, flags.

use std::os::unix::fs::symlink;

use serde_json::Value;

use crate::harness::{BINARY, Connector, Run, catalog, small};

fn spec(run: &Run) -> &Value {
    let [message] = &run.messages[..] else { panic!("{:#?}", run.messages) };
    &message["spec"]
}

#[test]
fn spec_needs_neither_network_nor_config() {
    let run = Connector::offline().run(&["spec"]).succeeded();
    insta::assert_json_snapshot!(spec(&run));
}

#[test]
fn the_role_is_said_or_implied_by_the_verb_or_by_the_name() {
    let connector = Connector::offline();
    let expected = connector.run(&["source", "spec"]).succeeded();
    let link = connector.dir().join("source-tiktok-ads");
    symlink(BINARY, &link).unwrap();
    for command in [
        connector.command(&["spec"]),
        connector.command_of(&link, &["spec"]),
        connector.command_of(&link, &["source", "spec"]),
    ] {
        let told = format!("{command:?}");
        let output = { command }.output().unwrap();
        assert_eq!(spec(&connector.finished(output).succeeded()), spec(&expected), "{told}");
    }
}

#[test]
fn flags_come_in_any_order_and_in_either_form() {
    let sim = small();
    let connector = Connector::to(&sim);
    connector.file("catalog.json", &catalog::some(&["advertisers"]).to_string());
    connector.file("state.json", "[]");
    for args in [
        ["read", "--config", "config.json", "--catalog", "catalog.json", "--state", "state.json"].as_slice(),
        &["read", "--state=state.json", "--catalog=catalog.json", "--config=config.json"],
        &["source", "read", "--catalog", "catalog.json", "--config=config.json"],
    ] {
        let run = connector.run(args).succeeded();
        assert_eq!(run.records("advertisers").count(), 4, "{args:?}");
    }
}

#[test]
fn unknown_flags_are_ignored_with_a_warning_that_hides_their_values() {
    let sim = small();
    let run = Connector::to(&sim).run(&["check", "--debug", "--config", "config.json", "--password=hunter2"]);
    assert_eq!(run.connection_status(), "SUCCEEDED");
    let warnings: Vec<_> = run.logs().into_iter().filter(|log| log.starts_with("WARN")).collect();
    assert!(warnings.iter().any(|log| log.contains("--debug")), "{warnings:?}");
    assert!(warnings.iter().any(|log| log.contains("--password")), "{warnings:?}");
    assert!(!format!("{:?}", run.messages).contains("hunter2"));
}

#[test]
fn a_command_line_that_is_none_is_the_users_to_mend() {
    let mut told = String::new();
    for args in [
        [].as_slice(),
        &["sync"],
        &["source"],
        &["source", "write"],
        &["read", "--config", "config.json"],
        &["check"],
        &["check", "--config"],
    ] {
        let run = Connector::offline().run(args);
        assert!(run.exit.is_some_and(|code| code != 0), "{args:?}");
        told += &format!("{args:?}\n  {}\n", run.error());
    }
    insta::assert_snapshot!(told);
}

#[test]
fn help_and_version_are_for_people() {
    let connector = Connector::offline();
    for (args, word) in
        [(["--help"].as_slice(), "Usage"), (&["read", "--help"], "--catalog"), (&["--version"], "tiktok-ads")]
    {
        let output = connector.command(args).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains(word), "{args:?}: {text}");
    }
}

#[test]
fn check_succeeds_and_says_which_advertisers_there_are() {
    let sim = small();
    let run = Connector::to(&sim).check().succeeded();
    assert_eq!(run.connection_status(), "SUCCEEDED");
    let logs = run.logs().join("\n");
    for name in ["Tokyo \"Shop\" 東京店", "London Tea House 🫖", "Empty Shelf"] {
        assert!(logs.contains(name), "{logs}");
    }
}
