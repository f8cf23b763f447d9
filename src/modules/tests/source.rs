use std::sync::Arc;

use super::support::Folder;
use crate::modules::source::Sources;
use crate::modules::{Code, Format};

#[test]
fn a_file_is_read_once_until_it_is_written() {
    let folder = Folder::with(&[("a.js", "1")]);
    let sources = Sources::default();
    let first = sources
        .load(&folder.path("a.js"), Format::CommonJs)
        .unwrap();
    let second = sources
        .load(&folder.path("a.js"), Format::CommonJs)
        .unwrap();
    assert!(Arc::ptr_eq(&first, &second));
    folder.write("a.js", "22");
    assert_eq!(
        sources
            .load(&folder.path("a.js"), Format::CommonJs)
            .unwrap()
            .text,
        "22"
    );
}

#[test]
fn the_text_decides_where_no_name_does() {
    let folder = Folder::with(&[
        ("both.js", "const x = 1; // import, export"),
        ("import.js", "import 'x'"),
        ("export.js", "export const x = 1"),
        ("meta.js", "console.log(import.meta.url)"),
        ("dynamic.js", "module.exports = () => import('x')"),
        ("broken.js", "export const = ;"),
    ]);
    let sources = Sources::default();
    for (file, format) in [
        ("both.js", Format::CommonJs),
        ("import.js", Format::Module),
        ("export.js", Format::Module),
        ("meta.js", Format::Module),
        ("dynamic.js", Format::CommonJs),
        // V8's own words are better than ours.
        ("broken.js", Format::CommonJs),
    ] {
        let source = sources
            .load(&folder.path(file), Format::Undeclared)
            .unwrap();
        assert_eq!(source.format, format, "{file}");
    }
}

#[test]
fn marks_and_interpreter_lines_do_not_reach_the_compiler() {
    let folder = Folder::with(&[("a.js", "\u{feff}#!/usr/bin/env node\nx")]);
    let source = Sources::default()
        .load(&folder.path("a.js"), Format::CommonJs)
        .unwrap();
    assert_eq!(source.text, "///usr/bin/env node\nx");
}

#[test]
fn typescript_becomes_javascript_with_a_map() {
    let folder = Folder::with(&[(
        "a.ts",
        "import type { T } from './t';\nimport { used } from './u';\nenum E { A = 1, B }\nexport const f = (x: T): number => used(x)! + E.B;\n",
    )]);
    let source = Sources::default()
        .load(&folder.path("a.ts"), Format::Undeclared)
        .unwrap();
    assert_eq!(source.format, Format::Module);
    assert!(!source.text.contains("./t"), "{}", source.text);
    assert!(source.text.contains("used(x)"), "{}", source.text);
    assert!(source.source_map.as_ref().unwrap().contains("a.ts"));
}

#[test]
fn typescript_that_cannot_be_parsed_names_file_line_and_column() {
    let folder = Folder::with(&[("a.ts", "const a = 1;\nconst b: = 2;\n")]);
    let path = folder.path("a.ts");
    let failure = Sources::default()
        .load(&path, Format::Undeclared)
        .unwrap_err();
    assert_eq!(failure.code, Code::Syntax);
    assert!(
        failure
            .message
            .contains(&format!("{}:2:10", path.display())),
        "{}",
        failure.message
    );
}

#[test]
fn what_cannot_be_loaded_says_what_to_do() {
    let folder = Folder::with(&[("addon.node", "")]);
    let sources = Sources::default();
    let addon = sources
        .load(&folder.path("addon.node"), Format::Addon)
        .unwrap_err();
    assert_eq!(addon.code, Code::NativeAddon);
    let gone = sources
        .load(&folder.path("gone.js"), Format::CommonJs)
        .unwrap_err();
    assert_eq!(gone.code, Code::Unreadable);
}

#[test]
fn a_code_cache_is_kept_once() {
    let folder = Folder::with(&[("a.js", "1")]);
    let source = Sources::default()
        .load(&folder.path("a.js"), Format::CommonJs)
        .unwrap();
    assert_eq!(source.code_cache(), None);
    source.keep_code_cache(&[1, 2]);
    source.keep_code_cache(&[3]);
    assert_eq!(source.code_cache().as_deref(), Some(&[1, 2][..]));
}
