use super::support::Folder;
use crate::modules::resolver::Resolver;
use crate::modules::{Code, Failure, Format, Found, Request};

const PACKAGE: &[(&str, &str)] = &[
    ("app/main.js", ""),
    ("app/lib/part.js", ""),
    ("app/lib/index.js", ""),
    ("app/data.json", "{}"),
    (
        "app/package.json",
        r##"{"name":"app","imports":{"#part":"./lib/part.js"},"exports":{".":"./main.js"}}"##,
    ),
    (
        "app/node_modules/dual/package.json",
        r#"{"type":"module","exports":{".":{"import":"./i.js","require":"./r.cjs"},"./gone":"./gone.js","./private/*":null}}"#,
    ),
    ("app/node_modules/dual/i.js", ""),
    ("app/node_modules/dual/r.cjs", ""),
    ("app/node_modules/dual/private/x.js", ""),
    (
        "app/node_modules/old/package.json",
        r#"{"main":"lib/start"}"#,
    ),
    ("app/node_modules/old/lib/start.js", ""),
    ("app/node_modules/broken/package.json", "{ no json"),
    ("app/typed.ts", ""),
    ("outside.js", ""),
];

fn ask(folder: &Folder, specifier: &str, request: Request) -> Result<Found, Failure> {
    Resolver::default().resolve(specifier, &folder.path("app/main.js"), request, None)
}

/// The path below the folder, with its format.
fn found(folder: &Folder, specifier: &str, request: Request) -> (String, Format) {
    match ask(folder, specifier, request) {
        Ok(Found::File { path, format, .. }) => {
            let below = path.strip_prefix(folder.root()).unwrap();
            (below.to_str().unwrap().to_owned(), format)
        }
        other => panic!("{specifier}: {other:?}"),
    }
}

fn refused(folder: &Folder, specifier: &str, request: Request) -> Code {
    ask(folder, specifier, request).unwrap_err().code
}

#[test]
fn require_tries_extensions_and_index_files_and_import_does_not() {
    let folder = Folder::with(PACKAGE);
    let require = |specifier| found(&folder, specifier, Request::Require).0;
    assert_eq!(require("./lib/part"), "app/lib/part.js");
    assert_eq!(require("./lib"), "app/lib/index.js");
    assert_eq!(require("./data"), "app/data.json");
    assert_eq!(require("old"), "app/node_modules/old/lib/start.js");
    for specifier in ["./lib/part", "./lib", "./data", "old/lib/start", "old/lib"] {
        assert_eq!(
            refused(&folder, specifier, Request::Import),
            Code::EsNotFound,
            "{specifier}"
        );
    }
    assert_eq!(refused(&folder, "./lib", Request::Import), Code::EsNotFound);
    assert_eq!(
        found(&folder, "./lib/part.js", Request::Import).0,
        "app/lib/part.js"
    );
}

#[test]
fn an_import_of_a_package_finds_its_main_as_require_does() {
    let folder = Folder::with(PACKAGE);
    folder.write("app/node_modules/bare/index.js", "");
    let import = |specifier| found(&folder, specifier, Request::Import).0;
    assert_eq!(import("old"), "app/node_modules/old/lib/start.js");
    assert_eq!(import("bare"), "app/node_modules/bare/index.js");
    assert_eq!(
        import("old/lib/start.js"),
        "app/node_modules/old/lib/start.js"
    );
}

#[test]
fn conditions_of_exports_tell_import_from_require() {
    let folder = Folder::with(PACKAGE);
    assert_eq!(
        found(&folder, "dual", Request::Import),
        ("app/node_modules/dual/i.js".to_owned(), Format::Module)
    );
    assert_eq!(
        found(&folder, "dual", Request::Require),
        ("app/node_modules/dual/r.cjs".to_owned(), Format::CommonJs)
    );
}

#[test]
fn a_package_may_name_itself_and_its_imports() {
    let folder = Folder::with(PACKAGE);
    for request in [Request::Import, Request::Require] {
        assert_eq!(found(&folder, "#part", request).0, "app/lib/part.js");
        assert_eq!(found(&folder, "app", request).0, "app/main.js");
        assert_eq!(refused(&folder, "#other", request), Code::ImportNotDefined);
    }
}

#[test]
fn failures_have_the_codes_that_packages_look_at() {
    let folder = Folder::with(PACKAGE);
    assert_eq!(
        refused(&folder, "nowhere", Request::Require),
        Code::NotFound
    );
    assert_eq!(
        refused(&folder, "nowhere", Request::Import),
        Code::EsNotFound
    );
    assert_eq!(
        refused(&folder, "dual/inner", Request::Require),
        Code::NotExported
    );
    assert_eq!(
        refused(&folder, "dual/private/x.js", Request::Import),
        Code::NotExported
    );
    assert_eq!(
        refused(&folder, "broken", Request::Require),
        Code::InvalidConfig
    );
    assert_eq!(
        refused(&folder, "", Request::Require),
        Code::InvalidSpecifier
    );
    let failure = ask(&folder, "nowhere", Request::Require).unwrap_err();
    let main = folder.path("app/main.js");
    assert_eq!(
        failure.message,
        format!(
            "cannot find module 'nowhere', needed by '{}'",
            main.display()
        )
    );
}

#[test]
fn an_import_in_typescript_may_leave_out_the_extension() {
    let folder = Folder::with(PACKAGE);
    let resolver = Resolver::default();
    for (specifier, file) in [("./typed", "app/typed.ts"), ("./lib", "app/lib/index.js")] {
        let found = resolver.resolve(specifier, &folder.path("app/x.ts"), Request::Import, None);
        let Ok(Found::File { path, .. }) = found else {
            panic!("{specifier}: {found:?}");
        };
        assert_eq!(path, folder.path(file));
    }
    assert_eq!(
        refused(&folder, "./typed", Request::Import),
        Code::EsNotFound
    );
}

#[test]
fn built_in_modules_are_told_by_name() {
    let folder = Folder::with(PACKAGE);
    for specifier in ["fs", "node:fs"] {
        assert_eq!(
            ask(&folder, specifier, Request::Require),
            Ok(Found::Builtin("fs".to_owned()))
        );
    }
    assert_eq!(
        ask(&folder, "util/types", Request::Import),
        Ok(Found::Builtin("util/types".to_owned()))
    );
}

#[test]
fn file_urls_are_paths_for_import() {
    let folder = Folder::with(PACKAGE);
    folder.write("app/a b.js", "");
    let url = format!("file://{}/app/a%20b.js", folder.root().display());
    assert_eq!(found(&folder, &url, Request::Import).0, "app/a b.js");
    assert_eq!(refused(&folder, &url, Request::Require), Code::NotFound);
    for bad in [
        "file:relative.js",
        "file:///a%2fb.js",
        "file:///%ff.js",
        "file:///%4",
    ] {
        assert_eq!(
            refused(&folder, bad, Request::Import),
            Code::InvalidSpecifier,
            "{bad}"
        );
    }
}

#[test]
fn an_import_of_compiled_names_finds_the_typescript_that_is_there() {
    let folder = Folder::with(PACKAGE);
    assert_eq!(
        found(&folder, "./typed.js", Request::Import).0,
        "app/typed.ts"
    );
    assert_eq!(
        found(&folder, "./typed", Request::Require).0,
        "app/typed.ts"
    );
}

#[test]
fn queries_and_fragments_of_imports_are_kept() {
    let folder = Folder::with(PACKAGE);
    let Ok(Found::File { suffix, .. }) = ask(&folder, "./lib/part.js?v=2#x", Request::Import)
    else {
        panic!("not found");
    };
    assert_eq!(suffix, "?v=2#x");
}

#[cfg(unix)]
#[test]
fn symbolic_links_lead_to_real_paths_and_do_not_leave_the_root() {
    let folder = Folder::with(PACKAGE);
    folder.link("app/alias.js", "app/lib/part.js");
    folder.link("app/escape.js", "outside.js");
    assert_eq!(
        found(&folder, "./alias.js", Request::Require).0,
        "app/lib/part.js"
    );
    let resolver = Resolver::default();
    let confined = |specifier| {
        let from = folder.path("app/main.js");
        resolver.resolve(
            specifier,
            &from,
            Request::Require,
            Some(&folder.path("app")),
        )
    };
    assert!(confined("./alias.js").is_ok());
    assert!(confined("old").is_ok());
    for outside in [
        "./escape.js",
        "../outside.js",
        folder.path("outside.js").to_str().unwrap(),
    ] {
        let failure = confined(outside).unwrap_err();
        assert_eq!(failure.code, Code::Confined, "{outside}");
    }
}
