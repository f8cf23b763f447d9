'use strict';

const { markdown, people } = require('../inputs.js');

// Templates and components, rendered to text.

exports.handlebars = {
  args: [people, markdown],
  call: (list, note) => {
    const Handlebars = require('handlebars').create();
    Handlebars.registerHelper('loud', (text) => text.toUpperCase());
    Handlebars.registerPartial('tag', '<i>{{this}}</i>');
    const template = Handlebars.compile(
      '<h1>{{title}}</h1>{{#each list}}<p class="{{#if active}}on{{else}}off{{/if}}">{{@index}} {{loud name}} ' +
        '{{address.city}}{{#each tags}}{{> tag}}{{/each}}</p>{{/each}}<pre>{{note}}</pre>{{{note}}}',
    );
    return template({ title: 'People & more', list, note });
  },
};

exports.ejs = {
  args: [people],
  call: (list) => {
    const ejs = require('ejs');
    return ejs.render(
      '<ul><% for (const each of list) { -%><li><%= each.name %> <%- each.email %><% if (each.active) { %> on<% } %></li>\n<% } -%></ul>',
      { list },
    );
  },
};

exports.mustache = {
  args: [people],
  call: (list) => {
    const Mustache = require('mustache');
    return Mustache.render(
      '{{#list}}<p>{{name}} &lt;{{email}}&gt; {{#active}}on{{/active}}{{^active}}off{{/active}} {{>city}}</p>\n{{/list}}',
      { list },
      { city: '{{address.city}} {{{address.zip}}}' },
    );
  },
};

exports.pug = {
  args: [people],
  call: (list) => {
    const pug = require('pug');
    const template = [
      'doctype html',
      'mixin person(each)',
      '  li(class=each.active ? "on" : "off" data-id=each.id)= each.name',
      '    each tag in each.tags',
      '      | #[b #{tag}]!{" "}',
      'html: body',
      '  h1 People',
      '  ul',
      '    each each in list',
      '      +person(each)',
    ].join('\n');
    return pug.render(template, { list, pretty: true });
  },
};

exports.nunjucks = {
  args: [people],
  call: (list) => {
    const nunjucks = require('nunjucks');
    const environment = new nunjucks.Environment(null, { autoescape: true });
    environment.addFilter('shout', (text) => `${text.toUpperCase()}!`);
    return environment.renderString(
      '{% macro line(each) %}<b>{{ each.name | shout }}</b> {{ each.score | round(1) }}{% endmacro %}' +
        '{% for each in list | sort(false, false, "age") %}{{ loop.index }} {{ line(each) }} {{ each.tags | join(", ") }}\n{% endfor %}',
      { list },
    );
  },
};

exports.liquidjs = {
  args: [people],
  call: async (list) => {
    const { Liquid } = require('liquidjs');
    return new Liquid().parseAndRender(
      '{% assign top = list | sort: "score" | reverse %}{% for each in top %}{{ forloop.index }}. {{ each.name | capitalize | escape }} ' +
        '{% if each.active %}on{% else %}off{% endif %} {{ each.score | times: 2 | round: 1 }}\n{% endfor %}',
      { list },
    );
  },
};

exports['react-dom'] = {
  with: ['react'],
  args: [people],
  call: (list) => {
    const { createElement, useMemo } = require('react');
    const { renderToString, renderToStaticMarkup } = require('react-dom/server');
    const Person = ({ person }) => {
      const label = useMemo(() => `${person.name} <${person.email}>`, [person]);
      return createElement('li', { className: person.active ? 'on' : 'off' }, label);
    };
    const App = () =>
      createElement(
        'ul',
        { style: { color: 'red', marginTop: 4 } },
        list.map((person) => createElement(Person, { key: person.id, person })),
      );
    return [renderToString(createElement(App)), renderToStaticMarkup(createElement(App))];
  },
};

exports['preact-render-to-string'] = {
  with: ['preact'],
  args: [people],
  call: async (list) => {
    const { h } = await import('preact');
    const { renderToString } = await import('preact-render-to-string');
    const Person = ({ person }) =>
      h('li', { class: person.active ? 'on' : 'off' }, person.name, ' ', h('b', null, person.age));
    return renderToString(
      h(
        'ul',
        { style: { color: 'red' } },
        list.map((person) => h(Person, { person, key: person.id })),
      ),
    );
  },
};

exports.vue = {
  args: [people],
  call: async (list) => {
    const { createSSRApp, computed } = require('vue');
    const { renderToString } = require('vue/server-renderer');
    const app = createSSRApp({
      data: () => ({ list }),
      setup: () => ({ total: computed(() => list.length) }),
      template:
        '<section><h1>{{ total }} people</h1><ul><li v-for="each in list" :key="each.id" :class="{ on: each.active }">' +
        '{{ each.name }} <b v-if="each.score > 50">{{ each.score }}</b></li></ul></section>',
    });
    return renderToString(app);
  },
};
