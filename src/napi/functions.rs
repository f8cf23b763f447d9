//! The functions that one pool's or isolate's code may call, interned by ids of the caller's.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use napi::bindgen_prelude::{Env, Result, Unknown};
use napi_derive::napi;

use super::pool::to_id;
use super::refusal::{Refusal, no_refusal, refuse_packing};
use super::value;
use crate::isolate::ffi::{self, OlValue};
use crate::isolate::{ContextValues, FunctionSpec, Link, Payload, Source, Unit};

/// A function's wrapped source.
#[napi(object)]
pub struct NativeSource {
    /// Text before the function.
    pub prefix: String,
    /// The function's text.
    pub body: String,
    /// Text after it.
    pub suffix: String,
    /// Script name.
    pub resource_name: String,
    /// Line of the prefix's first character, 0-based.
    pub line: i32,
    /// Its column, 0-based; may be negative.
    pub column: i32,
    /// Whether the text takes the link, the way to modules, as its argument.
    pub linked: bool,
    /// Path of the file that modules resolve from.
    pub from: String,
    /// Specifiers of the modules that it is given.
    pub imports: Vec<String>,
    /// Whose declarations the units are: the script's number.
    pub module: f64,
    /// Declarations that travel with it, in the order of the source.
    pub units: Vec<NativeUnit>,
}

/// A declaration that travels with a function.
#[napi(object)]
pub struct NativeUnit {
    /// The same for every function of its script.
    pub id: u32,
    /// Text before it.
    pub prefix: String,
    /// Its text.
    pub body: String,
    /// Text after it.
    pub suffix: String,
    /// Line of the prefix's first character, 0-based.
    pub line: i32,
    /// Its column, 0-based; may be negative.
    pub column: i32,
}

/// A function of the `context` option.
#[napi(object)]
pub struct NativeContextFunction {
    /// The name it is given.
    pub name: String,
    /// Its source.
    pub source: NativeSource,
}

/// The `context` option.
#[napi(object)]
pub struct NativeContext<'env> {
    /// Identity of the object.
    pub id: f64,
    /// Names of values, in the order of `values`.
    pub names: Vec<String>,
    /// The values.
    pub values: Unknown<'env>,
    /// Those that are functions.
    pub functions: Vec<NativeContextFunction>,
}

/// What one owner has defined.
pub struct Functions {
    owner: u32,
    /// What values must not be, as bridge.h numbers it.
    forbidden: u32,
    known: HashMap<u64, Arc<FunctionSpec>>,
    contexts: HashMap<u64, Weak<ContextValues>>,
}

impl Functions {
    /// None yet.
    pub fn new(owner: u32, forbidden: u32) -> Self {
        Self {
            owner,
            forbidden,
            known: HashMap::new(),
            contexts: HashMap::new(),
        }
    }

    /// Interns a function under an id that the caller chose.
    pub fn define<'env>(
        &mut self,
        env: &'env Env,
        function_id: f64,
        name: String,
        source: NativeSource,
        context: Option<NativeContext<'env>>,
    ) -> Result<Refusal<'env>> {
        let context = match context {
            None => None,
            Some(given) => match self.context(env, given)? {
                Ok(context) => Some(context),
                Err(refusal) => return Ok(refusal),
            },
        };
        let id = to_id(function_id);
        let spec = FunctionSpec {
            id: globally(self.owner, id),
            name,
            source: source.into(),
            context,
        };
        self.known.insert(id, Arc::new(spec));
        Ok(None)
    }

    /// Drops it. Tasks that have it keep it.
    pub fn forget(&mut self, function_id: f64) {
        self.known.remove(&to_id(function_id));
        self.contexts
            .retain(|_, context| context.strong_count() > 0);
    }

    /// The function with this id.
    pub fn get(&self, function_id: f64) -> Option<&Arc<FunctionSpec>> {
        self.known.get(&to_id(function_id))
    }

    /// The context's values, packed once for all functions that are given the same object.
    fn context<'env>(
        &mut self,
        env: &'env Env,
        given: NativeContext<'env>,
    ) -> Result<std::result::Result<Arc<ContextValues>, Refusal<'env>>> {
        let id = to_id(given.id);
        if let Some(known) = self.contexts.get(&id).and_then(Weak::upgrade) {
            return Ok(Ok(known));
        }
        let mut refusal = no_refusal();
        let raw: OlValue = value::to_bridge(&given.values);
        // SAFETY: called by JavaScript; any value may be packed.
        let payload = unsafe {
            ffi::ol_pack_allowed(
                raw,
                0,
                std::ptr::null_mut(),
                self.forbidden,
                &raw mut refusal,
            )
        };
        if refusal.code != 0 {
            return refuse_packing(env, &refusal, "context").map(Err);
        }
        let values = given.names.into_iter().map(|name| (name, None));
        let functions = given
            .functions
            .into_iter()
            .map(|function| (function.name, Some(Source::from(function.source))));
        let context = Arc::new(ContextValues {
            id: globally(self.owner, id),
            entries: values.chain(functions).collect(),
            values: Payload::from_raw(payload),
        });
        self.contexts.insert(id, Arc::downgrade(&context));
        Ok(Ok(context))
    }
}

impl From<NativeSource> for Source {
    fn from(source: NativeSource) -> Self {
        Self {
            prefix: source.prefix,
            body: source.body,
            suffix: source.suffix,
            resource: source.resource_name,
            line: source.line,
            column: source.column,
            link: Link {
                linked: source.linked,
                from: source.from,
                imports: source.imports,
            },
            module: to_id(source.module),
            units: source.units.into_iter().map(Unit::from).collect(),
        }
    }
}

impl From<NativeUnit> for Unit {
    fn from(unit: NativeUnit) -> Self {
        Self {
            id: unit.id,
            prefix: unit.prefix,
            body: unit.body,
            suffix: unit.suffix,
            line: unit.line,
            column: unit.column,
        }
    }
}

/// Ids are the caller's; isolates belong to one pool, but ids in messages and maps should not meet.
fn globally(pool: u32, id: u64) -> u64 {
    (u64::from(pool) << 40) | id
}
