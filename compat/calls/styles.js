'use strict';

const { css, svg } = require('../inputs.js');

// Style sheets, vector pictures, colours.

exports.postcss = {
  args: [css],
  call: async (text) => {
    const postcss = require('postcss');
    const plugin = {
      postcssPlugin: 'sample',
      Declaration(declaration) {
        if (declaration.prop === 'color') declaration.value = 'black';
      },
    };
    const result = await postcss([plugin]).process(text, { from: 'a.css', map: { inline: false } });
    return { css: result.css, map: result.map.toString() };
  },
};

exports.autoprefixer = {
  with: ['postcss'],
  args: [css],
  call: async (text) => {
    const postcss = require('postcss');
    const autoprefixer = require('autoprefixer');
    const plugins = [autoprefixer({ overrideBrowserslist: ['last 4 versions', 'ie 11'] })];
    return (await postcss(plugins).process(text, { from: undefined })).css;
  },
};

exports.csso = {
  args: [css],
  call: (text) => {
    const csso = require('csso');
    return csso.minify(text, { restructure: true }).css;
  },
};

exports.less = {
  args: [css],
  call: async (text) => {
    const less = require('less');
    const { css: result } = await less.render(
      `@base: #336699; .mixin(@n) when (@n > 1) { width: percentage((1 / @n)); color: darken(@base, 10%) }\n` +
        `.box { .mixin(3); &:hover { a { color: fade(@base, 50%) } } }\n${text}`,
    );
    return result;
  },
};

exports.sass = {
  args: [css],
  call: (text) => {
    const sass = require('sass');
    const { css: result } = sass.compileString(
      `@use "sass:math"; @use "sass:map"; $sizes: (small: 4px, large: 16px);\n` +
        `@mixin box($name) { padding: math.div(map.get($sizes, $name), 2); &:hover { a { color: red } } }\n` +
        `@each $name, $size in $sizes { .box-#{$name} { @include box($name); } }\n${text}`,
    );
    return result;
  },
};

exports.svgo = {
  args: [svg],
  call: (text) => {
    const { optimize } = require('svgo');
    return optimize(text, { multipass: true, js2svg: { pretty: true } }).data;
  },
};

exports['chroma-js'] = {
  short: 'it takes colours',
  args: [200],
  call: async (count) => {
    const { default: chroma } = await import('chroma-js');
    const scale = chroma.scale(['yellow', 'navy', '#f00']).mode('lch').correctLightness();
    return scale
      .colors(count)
      .map((color) => [
        color,
        chroma(color).luminance(),
        chroma(color).hsl(),
        chroma.contrast(color, 'white'),
      ]);
  },
};
