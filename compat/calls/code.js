'use strict';

const { html, plainScript, script, typescript } = require('../inputs.js');

// Parsers, compilers and formatters of code.

exports.acorn = {
  args: [script],
  call: (code) => {
    const { parse, tokenizer } = require('acorn');
    const tree = parse(code, { ecmaVersion: 'latest', locations: true });
    return {
      tree: JSON.stringify(tree, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      tokens: Array.from(tokenizer(code, { ecmaVersion: 'latest' }), ({ start }) => start),
    };
  },
};

exports.esprima = {
  args: [plainScript],
  call: (code) => {
    const { parseScript } = require('esprima');
    return JSON.stringify(parseScript(code, { range: true, tokens: true }));
  },
};

exports.escodegen = {
  with: ['esprima'],
  args: [plainScript],
  call: (code) => {
    const { parseScript } = require('esprima');
    const { generate } = require('escodegen');
    return generate(parseScript(code), { format: { indent: { style: '  ' }, quotes: 'double' } });
  },
};

exports['@babel/core'] = {
  with: ['@babel/preset-env'],
  args: [script],
  call: (code) => {
    const babel = require('@babel/core');
    const { code: result, map } = babel.transformSync(code, {
      babelrc: false,
      configFile: false,
      filename: 'sample.js',
      sourceMaps: true,
      presets: [[require('@babel/preset-env'), { targets: 'ie 11' }]],
    });
    return { result, mappings: map.mappings };
  },
};

exports.terser = {
  args: [script],
  call: async (code) => {
    const { minify } = require('terser');
    const { code: small, map } = await minify(
      { 'sample.js': code },
      { sourceMap: true, toplevel: true, compress: { passes: 2 } },
    );
    return { small, map };
  },
};

exports['uglify-js'] = {
  args: [plainScript],
  call: (code) => {
    const { minify } = require('uglify-js');
    const { code: small, error } = minify(code, { compress: true, mangle: true });
    if (error) throw error;
    return small;
  },
};

exports.typescript = {
  args: [typescript],
  call: (code) => {
    const ts = require('typescript');
    const { outputText, diagnostics } = ts.transpileModule(code, {
      reportDiagnostics: true,
      compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2017 },
    });
    const file = ts.createSourceFile('a.ts', code, ts.ScriptTarget.Latest, true);
    return {
      outputText,
      problems: diagnostics.length,
      statements: file.statements.map(({ kind }) => ts.SyntaxKind[kind]),
    };
  },
};

exports.prettier = {
  args: [script, html],
  call: async (code, page) => {
    const prettier = require('prettier');
    return [
      await prettier.format(code, { parser: 'babel', printWidth: 60 }),
      await prettier.format(page, { parser: 'html' }),
    ];
  },
};

exports.eslint = {
  args: [script],
  call: (code) => {
    const { Linter } = require('eslint');
    return new Linter().verify(code, [
      {
        languageOptions: { sourceType: 'commonjs' },
        rules: {
          'no-unused-vars': 'error',
          'prefer-template': 'warn',
          'no-plusplus': 'error',
          complexity: ['error', 3],
        },
      },
    ]);
  },
};

exports['js-beautify'] = {
  args: [script, html],
  call: (code, page) => {
    const beautify = require('js-beautify');
    return [beautify.js(code, { indent_size: 4 }), beautify.html(page, { indent_size: 2 })];
  },
};

exports['magic-string'] = {
  args: [script],
  call: async (code) => {
    const { default: MagicString } = await import('magic-string');
    const text = new MagicString(code);
    text.replaceAll('const ', 'let ').prepend('/* made */\n').indent('  ');
    return {
      code: text.toString(),
      map: text.generateMap({ hires: true, source: 'a' }).toString(),
    };
  },
};

exports.graphql = {
  args: [
    Array.from(
      { length: 40 },
      (_, index) => `  item${index}: item(id: ${index}) { id name size }`,
    ).join('\n'),
  ],
  call: async (fields) => {
    const { buildSchema, graphql, parse, print } = require('graphql');
    const schema = buildSchema(
      'type Item { id: Int! name: String size(unit: Unit = MB): Float } enum Unit { KB MB } type Query { item(id: Int!): Item }',
    );
    const source = `query All {\n${fields}\n}`;
    const rootValue = { item: ({ id }) => ({ id, name: `item ${id}`, size: () => id * 1.5 }) };
    const { data, errors } = await graphql({ schema, source, rootValue });
    return { data: JSON.stringify(data), errors, printed: print(parse(source)) };
  },
};
