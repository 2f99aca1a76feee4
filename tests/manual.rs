//! The chapters of the manual that are drawn from the engine's own tables: states and limits.
//!
//! `npm run manual` writes them, by `EDGEPOST_MANUAL=write`; a plain run fails when a file is not what the code says.

use std::fmt::{Debug, Write};
use std::fs;
use std::path::{Path, PathBuf};

use edgepost::message::check;
use edgepost::{client, server};

const GENERATED: &str = "<!-- Generated: do not edit. -->";

/// Holds a chapter against what the code says, or writes it.
fn hold(chapter: &str, text: &str) {
    let path = root().join("src/manual").join(chapter);
    if std::env::var_os("EDGEPOST_MANUAL").is_some_and(|mode| mode == "write") {
        return fs::write(path, text).unwrap();
    }
    let there = fs::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(there == text, "src/manual/{chapter} is not what the code says: run npm run manual");
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_chapter_on_states_is_what_the_tables_say() {
    let mut text = format!(
        "# The states of both engines\n\n\
        Drawn from `TRANSITIONS` of [`client`](crate::client::TRANSITIONS) and [`server`](crate::server::TRANSITIONS) by\n\
        `npm run manual`. The transcripts prove the tables: each way in them is gone, and no other. What a failure does is not\n\
        drawn: it leads to `Closed` from everywhere.\n\n{GENERATED}\n"
    );
    for (title, edges) in [("client", edges(client::TRANSITIONS)), ("server", edges(server::TRANSITIONS))] {
        write!(text, "\n## The {title}\n\n```text\n{}```\n", diagram(&edges)).unwrap();
    }
    hold("states.md", &text);
}

#[test]
fn the_chapter_on_rules_is_what_the_tables_say() {
    let mut text = format!(
        "# What the linter looks for\n\n\
        The rules of [`check`](crate::message::check::check), each with a message that keeps to it and one that does not,\n\
        written by `npm run manual`; a test holds every rule to its examples. They are no whole messages, so that other rules\n\
        find something in them, too. A line's end in them is CRLF, `{{0A}}` is the octet 0A, and `{{x*999}}` are 999 times x.\n\n\
        {GENERATED}\n"
    );
    let mut examples = check::examples();
    for (family, rules) in check::families() {
        write!(text, "\n## {family}\n").unwrap();
        for rule in rules {
            let check::Example { pass, fail, .. } = examples.next().unwrap();
            let check::Rule { name, reference, summary, .. } = rule;
            let (severity, group) = (rule.severity.name(), rule.group.name());
            write!(
                text,
                "\n### {name}\n\n{summary} ({reference}; {severity}, {group})\n\nPasses:\n\n```text\n{}```\n\nFails:\n\n```text\n{}```\n",
                ended(pass),
                ended(fail)
            )
            .unwrap();
        }
    }
    hold("rules.md", &text);
}

/// Spaces at ends of lines are shown, so that nobody's editor takes them away.
fn ended(text: &str) -> String {
    let line = |line: &str| {
        let kept = line.trim_end_matches(' ');
        format!("{kept}{}\n", "{20}".repeat(line.len() - kept.len()))
    };
    let shown: String = text.lines().map(line).collect();
    if text.ends_with('\n') { shown } else { format!("{}{{no line end}}\n", shown.trim_end()) }
}

type Edge = (String, String, String);

fn edges<P: Debug>(table: &[(P, &str, P)]) -> Vec<Edge> {
    table.iter().map(|(from, by, to)| (format!("{from:?}"), by.to_string(), format!("{to:?}"))).collect()
}

/// The phases in the order of the table, each with its ways out.
fn diagram(edges: &[Edge]) -> String {
    let mut phases: Vec<&str> = edges.iter().map(|(from, ..)| from.as_str()).collect();
    let mut seen = Vec::new();
    phases.retain(|phase| !seen.contains(phase) && (seen.push(phase), true).1);
    let width = edges.iter().map(|(_, by, _)| by.chars().count()).max().unwrap_or(0) + 3;
    let mut text = String::new();
    for phase in phases {
        writeln!(text, "{phase}").unwrap();
        let ways: Vec<&Edge> = edges.iter().filter(|(from, ..)| from == phase).collect();
        for (index, (_, by, to)) in ways.iter().enumerate() {
            let branch = if index + 1 == ways.len() { '└' } else { '├' };
            let line = "─".repeat(width - by.chars().count());
            writeln!(text, " {branch}─ {by} {line}▶ {to}").unwrap();
        }
    }
    text
}

#[test]
fn the_chapter_on_limits_is_what_the_defaults_are() {
    let mut text = format!(
        "# Timeouts and limits\n\n\
        Every number that bounds a session, with its default, read from the configurations by `npm run manual`. All are\n\
        options of [`client::Config`](crate::client::Config) and [`server::Config`](crate::server::Config), and of `connect` and\n\
        `serve` in JavaScript, in its spelling (`startTls`).\n\n{GENERATED}\n"
    );
    let client = format!("{:?}", client::Config::named("client.example"));
    let server = format!("{:?}", server::Config::named("mx.example"));
    for (title, debug) in [("client", client), ("server", server)] {
        // What is inside of another structure is defined in a lower layer.
        let (own, lower) = (sources(&[title]), sources(&["wire", "sasl"]));
        write!(text, "\n## The {title}\n\n| option | default | what |\n|---|---|---|\n").unwrap();
        for field in fields(&debug) {
            let docs = docs(if field.is_nested() { &lower } else { &own }, &field)
                .unwrap_or_else(|| panic!("{title}: {field:?} is not described"));
            let default = field.default();
            if let Some(said) = default_in(&docs) {
                assert_eq!(said, default, "{title}: the comment on {} says another default", field.path);
            }
            writeln!(text, "| `{}` | {default} | {} |", field.path, in_a_cell(&docs)).unwrap();
        }
    }
    hold("limits.md", &text);
}

/// A field with a number in it.
#[derive(Debug)]
struct Field {
    path: String,
    /// The structure that it is a field of.
    owner: String,
    value: u64,
}

impl Field {
    fn name(&self) -> &str {
        self.path.rsplit('.').next().unwrap_or_default()
    }

    /// In a structure within a structure of the configuration.
    fn is_nested(&self) -> bool {
        self.path.matches('.').count() > 1
    }

    fn default(&self) -> String {
        let time = self.path.starts_with("timeouts.");
        match self.value {
            value if time && value >= 60_000 && value % 60_000 == 0 => counted(value / 60_000, "minute"),
            value if time && value >= 1_000 && value % 1_000 == 0 => counted(value / 1_000, "second"),
            value if time => format!("{value} ms"),
            value if value >= 1 << 20 && value % (1 << 20) == 0 => format!("{} MiB", value >> 20),
            value => grouped(value),
        }
    }
}

fn counted(count: u64, unit: &str) -> String {
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Digits in groups of three.
fn grouped(value: u64) -> String {
    let digits = value.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().map(|group| str::from_utf8(group).unwrap()).collect();
    groups.join(",")
}

/// The numbers in the debug output of a structure, with the names that lead to them.
fn fields(debug: &str) -> Vec<Field> {
    let mut fields = Vec::new();
    let mut open: Vec<(String, String)> = Vec::new();
    let (mut name, mut word, mut quoted, mut escaped) = (String::new(), String::new(), false, false);
    for c in debug.chars() {
        match c {
            _ if quoted => (quoted, escaped) = (c != '"' || escaped, c == '\\' && !escaped),
            '"' => quoted = true,
            ':' => name = std::mem::take(&mut word),
            '{' | '[' | '(' => open.push((std::mem::take(&mut name), std::mem::take(&mut word))),
            ',' | '}' | ']' | ')' => {
                if let (Ok(value), false) = (word.parse(), name.is_empty()) {
                    let path: Vec<&str> =
                        open.iter().skip(1).map(|(name, _)| name.as_str()).chain([name.as_str()]).collect();
                    let owner = open.last().map(|(_, owner)| owner.clone()).unwrap_or_default();
                    fields.push(Field { path: path.join("."), owner, value });
                }
                name.clear();
                word.clear();
                if c != ',' {
                    open.pop();
                }
            }
            ' ' => {}
            c => word.push(c),
        }
    }
    fields
}

/// The sources of these modules, one after the other.
fn sources(modules: &[&str]) -> Vec<String> {
    let mut files: Vec<PathBuf> = Vec::new();
    for module in modules {
        let mut folders = vec![root().join("src").join(module)];
        while let Some(folder) = folders.pop() {
            let mut entries: Vec<_> =
                fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
            entries.sort();
            let (inner, outer): (Vec<_>, Vec<_>) = entries.into_iter().partition(|path| path.is_dir());
            folders.extend(inner);
            files.extend(outer);
        }
    }
    files.iter().map(|file| fs::read_to_string(file).unwrap()).collect()
}

/// The comment on a field, in one line.
fn docs(sources: &[String], field: &Field) -> Option<String> {
    sources.iter().find_map(|source| {
        let head = format!("pub struct {} {{", field.owner);
        let body = &source[source.find(&head)? + head.len()..];
        let body = &body[..body.find("\n}")?];
        let line = body.find(&format!("    pub {}: ", field.name()))?;
        let comment = body[..line].lines().rev().map(str::trim);
        let mut lines: Vec<&str> =
            comment.map_while(|line| line.strip_prefix("///")).map(str::trim).collect();
        lines.reverse();
        Some(lines.join(" ")).filter(|docs| !docs.is_empty())
    })
}

/// The default that a comment states behind a colon, as in `For the greeting: 5 minutes (RFC ...)`.
fn default_in(docs: &str) -> Option<String> {
    let stated = docs
        .rmatch_indices(": ")
        .map(|(at, _)| &docs[at + 2..])
        .find(|text| text.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut words = stated.split(' ');
    let number = words.next()?.trim_end_matches(['.', ',', ';']);
    let unit = words.next().map(|word| word.trim_end_matches(['.', ',', ';']));
    match unit.filter(|unit| ["minute", "minutes", "second", "seconds", "ms", "MiB"].contains(unit)) {
        Some(unit) => Some(format!("{number} {unit}")),
        None => Some(number.to_string()),
    }
}

/// Without the links of rustdoc, which lead nowhere from here.
fn in_a_cell(docs: &str) -> String {
    let mut text = String::new();
    let mut rest = docs;
    while let Some(at) = rest.find("](") {
        let (head, tail) = rest.split_at(at);
        text.push_str(&head.replacen('[', "", 1));
        rest = tail.split_once(')').map_or("", |(_, rest)| rest);
    }
    text.push_str(rest);
    text.replace("[`", "`").replace("`]", "`").replace('|', "\\|")
}
