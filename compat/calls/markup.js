'use strict';

const { css, html, markdown, script } = require('../inputs.js');

// Markdown, HTML and what is shown on pages.

exports.marked = {
  args: [markdown],
  call: async (text) => {
    const { marked } = await import('marked');
    return { html: marked.parse(text), tokens: marked.lexer(text).map(({ type }) => type) };
  },
};

exports['markdown-it'] = {
  args: [markdown],
  call: (text) => {
    const markdownIt = require('markdown-it')({ html: true, linkify: true, typographer: true });
    return markdownIt.render(text);
  },
};

exports.showdown = {
  args: [markdown],
  call: (text) => {
    const { Converter } = require('showdown');
    return new Converter({ tables: true, strikethrough: true }).makeHtml(text);
  },
};

exports.unified = {
  with: ['remark-parse', 'remark-gfm', 'remark-rehype', 'rehype-stringify'],
  args: [markdown],
  call: async (text) => {
    const [{ unified }, parse, gfm, rehype, stringify] = await Promise.all([
      import('unified'),
      import('remark-parse'),
      import('remark-gfm'),
      import('remark-rehype'),
      import('rehype-stringify'),
    ]);
    const file = await unified()
      .use(parse.default)
      .use(gfm.default)
      .use(rehype.default)
      .use(stringify.default)
      .process(text);
    return String(file);
  },
};

exports['sanitize-html'] = {
  args: [html],
  call: (text) => {
    const sanitize = require('sanitize-html');
    return sanitize(text, {
      allowedTags: sanitize.defaults.allowedTags.concat(['img']),
      allowedAttributes: { a: ['href'], img: ['src', 'alt'] },
    });
  },
};

exports.turndown = {
  args: [html],
  call: (text) => {
    const Turndown = require('turndown');
    return new Turndown({ headingStyle: 'atx', codeBlockStyle: 'fenced' }).turndown(text);
  },
};

exports['highlight.js'] = {
  args: [script],
  call: (code) => {
    const { default: hljs } = require('highlight.js');
    const { value, relevance } = hljs.highlight(code, { language: 'javascript' });
    return { value, relevance, guessed: hljs.highlightAuto(code.slice(0, 1500)).language };
  },
};

exports.prismjs = {
  args: [script, css],
  call: (code, styles) => {
    const Prism = require('prismjs');
    require('prismjs/components/')(['typescript']);
    return [
      Prism.highlight(code, Prism.languages.typescript, 'typescript'),
      Prism.highlight(styles, Prism.languages.css, 'css'),
    ];
  },
};

exports.katex = {
  args: [
    Array.from(
      { length: 20 },
      (_, index) =>
        `\\frac{\\partial f_{${index}}}{\\partial x} = \\int_0^\\infty e^{-${index}x^2}\\,\\mathrm{d}x + \\sqrt[3]{\\alpha_{${index}}}`,
    ),
  ],
  call: (formulas) => {
    const katex = require('katex');
    return formulas.map((formula) => katex.renderToString(formula, { displayMode: true }));
  },
};

exports.cheerio = {
  args: [html],
  call: (text) => {
    const cheerio = require('cheerio');
    const $ = cheerio.load(text);
    $('.row > h2').addClass('title').attr('data-seen', 'yes');
    $('img').remove();
    const rows = $('.row')
      .map((_, row) => ({ id: $(row).data('id'), text: $(row).find('h2').text() }))
      .get();
    return { rows, html: $.html() };
  },
};

exports.jsdom = {
  args: [html],
  call: (text) => {
    const { JSDOM } = require('jsdom');
    const { document } = new JSDOM(text, { url: 'https://example.org/page?x=1' }).window;
    for (const heading of document.querySelectorAll('div.row > h2')) heading.classList.add('seen');
    return {
      title: document.title,
      links: [...document.querySelectorAll('a')].map(({ href }) => href),
      html: document.documentElement.outerHTML,
    };
  },
};

exports['html-minifier-terser'] = {
  args: [html],
  call: async (text) => {
    const { minify } = require('html-minifier-terser');
    return minify(text, {
      collapseWhitespace: true,
      removeComments: true,
      minifyCSS: true,
      minifyJS: true,
    });
  },
};
