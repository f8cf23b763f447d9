//! Loading: the ABI check and the environment's wiring.

use std::path::PathBuf;

use napi::bindgen_prelude::{Env, Error, JsObjectValue, Object, Result, Unknown};
use napi_derive::napi;

use super::environment::Environment;
use super::value;
use crate::modules::library;

/// `NODE_MODULE_VERSION` that this binary was compiled for; `abi` in JavaScript.
const ABI: u32 = match u32::from_str_radix(env!("OFFLOOP_ABI"), 10) {
    Ok(abi) => abi,
    Err(_) => panic!("build.rs sets OFFLOOP_ABI to a number"),
};

/// Runs once per environment, before anything else here.
#[napi(module_exports)]
pub fn init(mut exports: Object<'_>, env: Env) -> Result<()> {
    // Node does not check the ABI of an addon that registers through Node-API, and with another
    // one every V8 call would be undefined behaviour.
    let process: Object<'_> = env.get_global()?.get_named_property("process")?;
    let versions: Object<'_> = process.get_named_property("versions")?;
    let running: String = versions.get_named_property("modules")?;
    if running != ABI.to_string() {
        return Err(Error::from_reason(format!(
            "this offloop binary is for Node ABI {ABI}, and this Node has ABI {running}"
        )));
    }
    exports.set("abi", ABI)?;
    super::pin::pin_image().map_err(Error::from_reason)?;
    Environment::open().map_err(Error::from_reason)
}

/// `drain` is called once per wake-up of the event loop; it calls `takeCompletions`.
#[napi(ts_args_type = "drain: () => void")]
pub fn on_wake(drain: Unknown<'_>) {
    if let Some(environment) = Environment::current() {
        environment.on_wake(value::to_bridge(&drain));
    }
}

/// Holds the event loop while work is in flight, or releases it.
#[napi(js_name = "ref")]
pub fn hold(on: bool) {
    if let Some(environment) = Environment::current() {
        environment.hold(on);
    }
}

/// The code that the process is about to exit with (from `process.on('exit')`).
#[napi]
pub fn set_exit_code(code: i32) {
    if let Some(environment) = Environment::current() {
        environment.set_exit_code(code);
    }
}

/// The source map of a file that was compiled for tasks, as JSON.
#[napi]
pub fn module_source_map(path: String) -> Option<String> {
    library().source_map(&PathBuf::from(path))
}

/// Where the modules are that stand in for Node's own, in this process.
#[napi]
pub fn use_builtins(folder: String) {
    library().use_builtins(folder.into());
}
