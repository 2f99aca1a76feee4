//! The linter for JavaScript.

use wasm_bindgen::prelude::*;

use super::charsets::CHARSETS;
use super::json::{Object, Value, array};
use crate::message::Limits;
use crate::message::check::{Diagnostic, Edit, Rule, check_message, rules};
use crate::message::parse::Message;

/// What there is to say of a message: `[{ rule, severity, group, message, span, line, column, reference, fix? }]`.
#[wasm_bindgen(js_name = checkMessage)]
pub fn check(octets: &[u8]) -> Result<JsValue, JsValue> {
    let message = Message::parse_within(octets, Limits::default(), CHARSETS);
    Ok(array(check_message(&message).iter().map(finding)).into())
}

/// All rules: `[{ name, severity, group, reference, summary }]`.
#[wasm_bindgen(js_name = checkRules)]
pub fn all_rules() -> Result<JsValue, JsValue> {
    Ok(array(rules().map(|rule| about(rule, "name").field("summary", rule.summary).done())).into())
}

fn about(rule: &Rule, name: &str) -> Object {
    let mut object = Object::new();
    object
        .field(name, rule.name)
        .field("severity", rule.severity.name())
        .field("group", rule.group.name())
        .field("reference", rule.reference);
    object
}

fn finding(found: &Diagnostic) -> Value {
    let edit = |edit: &Edit| {
        let (start, end) = (edit.span.start, edit.span.end);
        Object::new().field("start", start).field("end", end).field("text", &*edit.text).done()
    };
    let fix = found.fix.as_ref().map(|fix| {
        Object::new()
            .field("description", fix.description)
            .field("edits", array(fix.edits.iter().map(edit)))
            .done()
    });
    let span = Object::new().field("start", found.span.start).field("end", found.span.end).done();
    about(found.rule, "rule")
        .field("message", found.message.as_str())
        .field("span", span)
        .field("line", found.line)
        .field("column", found.column)
        .field("fix", fix)
        .done()
}
