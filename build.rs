//! Compiles the V8 bridge against one Node's headers and tells the crate which ABI that is.
//!
//! `scripts/build.mjs` finds the headers and hands them over in `OFFLOOP_NODE_INCLUDE`. Without it
//! (a plain `cargo test`, an editor) the headers beside the `node` on `PATH` are used.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

const INCLUDE_VARIABLE: &str = "OFFLOOP_NODE_INCLUDE";
const SANITIZER_VARIABLE: &str = "OFFLOOP_SANITIZE";
const BRIDGE: &str = "src/bridge";
const ABI_TABLE: &str = "scripts/abi.json";

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ABI_TABLE}");
    println!("cargo::rerun-if-changed={BRIDGE}");
    println!("cargo::rerun-if-env-changed={INCLUDE_VARIABLE}");
    println!("cargo::rerun-if-env-changed={SANITIZER_VARIABLE}");

    if env::var("CARGO_CFG_TARGET_ENV").as_deref() == Ok("msvc") {
        fail("the bridge cannot be built with MSVC yet: use Linux, macOS or WSL.");
    }
    napi_build::setup();

    let include = node_include();
    let abi = module_version(&include);
    let standard = cpp_standard(&abi);
    compile_bridge(&include, &standard);
    let_tests_link();

    println!("cargo::rustc-env=OFFLOOP_ABI={abi}");
}

/// The folder that holds `node.h`, `v8.h` and `uv.h` of the Node to build for.
fn node_include() -> PathBuf {
    let include = match env::var_os(INCLUDE_VARIABLE) {
        Some(path) => PathBuf::from(path),
        None => include_beside_node().unwrap_or_else(|| {
            fail(&format!(
                "no Node headers: {INCLUDE_VARIABLE} is not set and the node on PATH has no \
                 include/node beside it. Run `npm run build`, which finds or installs them."
            ))
        }),
    };
    let version_header = include.join("node_version.h");
    if !version_header.is_file() {
        fail(&format!(
            "{} is not a folder of Node headers: it has no node_version.h. Run `npm run build`, \
             which finds or installs them.",
            include.display()
        ));
    }
    println!("cargo::rerun-if-changed={}", version_header.display());
    include
}

fn include_beside_node() -> Option<PathBuf> {
    let output = Command::new("node")
        .args(["-p", "process.execPath"])
        .output()
        .ok()?;
    let binary = fs::canonicalize(String::from_utf8(output.stdout).ok()?.trim()).ok()?;
    let include = binary.parent()?.parent()?.join("include/node");
    include.join("node_version.h").is_file().then_some(include)
}

/// `NODE_MODULE_VERSION` of the headers: the one definition of it that is a number.
fn module_version(include: &Path) -> String {
    let header = include.join("node_version.h");
    let text = fs::read_to_string(&header)
        .unwrap_or_else(|error| fail(&format!("cannot read {}: {error}", header.display())));
    text.lines()
        .filter_map(|line| line.trim().strip_prefix("#define NODE_MODULE_VERSION "))
        .map(str::trim)
        .find(|value| value.parse::<u32>().is_ok())
        .unwrap_or_else(|| {
            fail(&format!(
                "{} defines no NODE_MODULE_VERSION",
                header.display()
            ))
        })
        .to_owned()
}

/// The C++ dialect that Node itself was built with: headers of one refuse the other.
fn cpp_standard(abi: &str) -> String {
    let text = fs::read_to_string(ABI_TABLE)
        .unwrap_or_else(|error| fail(&format!("cannot read {ABI_TABLE}: {error}")));
    let table: serde_json::Value = serde_json::from_str(&text)
        .unwrap_or_else(|error| fail(&format!("{ABI_TABLE} is not JSON: {error}")));
    match table[abi]["std"].as_str() {
        Some(standard) => standard.to_owned(),
        None => fail(&format!(
            "the headers are of Node ABI {abi}, which {ABI_TABLE} does not list. Build with one \
             of the Node versions it names, or add a row."
        )),
    }
}

fn compile_bridge(include: &Path, standard: &str) {
    let mut sources: Vec<PathBuf> = fs::read_dir(BRIDGE)
        .unwrap_or_else(|error| fail(&format!("cannot list {BRIDGE}: {error}")))
        .map(|entry| {
            entry
                .expect("a readable entry of the bridge's folder")
                .path()
        })
        .filter(|path| path.extension().is_some_and(|extension| extension == "cc"))
        .collect();
    // The order of a folder's entries is the file system's; a build should not depend on it.
    sources.sort();

    let mut build = cc::Build::new();
    build
        .cpp(true)
        .std(standard)
        .files(&sources)
        // A system folder: its headers' warnings are Node's business.
        .flag("-isystem")
        .flag(include)
        .warnings(true)
        .extra_warnings(true)
        .flag("-fno-rtti")
        .flag("-fno-exceptions")
        .flag("-fvisibility=hidden")
        .flag("-fvisibility-inlines-hidden");
    if let Some(sanitizer) = env::var_os(SANITIZER_VARIABLE) {
        let flag = format!("-fsanitize={}", sanitizer.to_string_lossy());
        build.flag(&flag).flag("-fno-omit-frame-pointer").flag("-g");
        println!("cargo::rustc-cdylib-link-arg={flag}");
    }
    build.compile("offloop_bridge");
}

/// The symbols of V8 and Node-API are in the node executable, which a unit test is not. Tests
/// never call them, so its linker may leave them open, as it does for the addon anyway.
fn let_tests_link() {
    match env::var("CARGO_CFG_TARGET_OS").as_deref() {
        Ok("linux") => println!("cargo::rustc-link-arg=-Wl,--unresolved-symbols=ignore-all"),
        Ok("macos") => println!("cargo::rustc-link-arg=-Wl,-undefined,dynamic_lookup"),
        _ => {}
    }
}

fn fail(message: &str) -> ! {
    println!("cargo::error={message}");
    std::process::exit(1);
}
