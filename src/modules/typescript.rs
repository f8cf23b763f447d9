//! TypeScript without its types.

use std::path::Path;

use oxc_allocator::Allocator;
use oxc_ast::ast::Statement;
use oxc_codegen::{Codegen, CodegenOptions};
use oxc_parser::Parser;
use oxc_semantic::SemanticBuilder;
use oxc_span::SourceType;
use oxc_transformer::{TransformOptions, Transformer};

use super::failure::{Code, Failure};

/// JavaScript made of TypeScript.
pub(super) struct Compiled {
    pub(super) text: String,
    pub(super) source_map: Option<String>,
    /// Whether the file was an ECMAScript module, of which types may be all that was imported.
    pub(super) is_module: bool,
}

/// Whether a file has to be compiled: by its name.
pub(super) fn is_typescript(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str());
    matches!(extension, Some("ts" | "tsx" | "mts" | "cts" | "jsx"))
}

/// Compiles one file by itself, as `isolatedModules` would: enums, namespaces and parameter
/// properties become what they do, JSX becomes calls, newer syntax stays.
///
/// # Errors
/// The parser's words, with file, line and column.
pub(super) fn compile(path: &Path, text: &str) -> Result<Compiled, Failure> {
    let failure = |diagnostic: &oxc_diagnostics::OxcDiagnostic| syntax(path, text, diagnostic);
    let source_type = SourceType::from_path(path).unwrap_or_else(|_| SourceType::ts());
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, source_type).parse();
    if let Some(first) = parsed.diagnostics.first() {
        return Err(failure(first));
    }
    // `import x = require(…)` and `export =` are CommonJS's, in whatever else they are written.
    let is_module = parsed.module_record.has_module_syntax
        && !parsed.program.body.iter().any(|statement| {
            matches!(
                statement,
                Statement::TSExportAssignment(_) | Statement::TSImportEqualsDeclaration(_)
            )
        });
    let mut program = parsed.program;
    let scoping = SemanticBuilder::new()
        .with_enum_eval(true)
        .build(&program)
        .semantic
        .into_scoping();
    let options = TransformOptions::default();
    let transformed =
        Transformer::new(&allocator, path, &options).build_with_scoping(scoping, &mut program);
    if let Some(first) = transformed.diagnostics.first() {
        return Err(failure(first));
    }
    let printed = Codegen::new()
        .with_options(CodegenOptions {
            source_map_path: Some(path.to_owned()),
            ..CodegenOptions::default()
        })
        .build(&program);
    Ok(Compiled {
        text: printed.code,
        source_map: printed.map.map(|map| map.to_json_string()),
        is_module,
    })
}

fn syntax(path: &Path, text: &str, diagnostic: &oxc_diagnostics::OxcDiagnostic) -> Failure {
    let at = diagnostic
        .labels
        .first()
        .map_or(0, |label| label.offset() as usize);
    let before = text.get(..at).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before
        .rsplit('\n')
        .next()
        .map_or(0, |line| line.encode_utf16().count())
        + 1;
    let path = path.display();
    Failure::new(
        Code::Syntax,
        format!(
            "'{path}' cannot be parsed: {} ({path}:{line}:{column})",
            diagnostic.message
        ),
    )
}
