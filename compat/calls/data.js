'use strict';

const { people, prose } = require('../inputs.js');

// What works on lists and objects, and what checks them.

exports.lodash = {
  args: [people],
  call: (list) => {
    const _ = require('lodash');
    return {
      groups: _.mapValues(_.groupBy(list, 'address.city'), (group) => _.sumBy(group, 'score')),
      chain: _(list).filter('active').orderBy(['age', 'name'], ['desc', 'asc']).take(9).value(),
      merged: _.merge({}, list[0], { address: { zip: 0 }, tags: ['x'] }),
      words: _.map(list, ({ name }) => _.kebabCase(_.startCase(name))),
      equal: _.isEqual(_.cloneDeep(list), list),
    };
  },
};

exports.ramda = {
  args: [people],
  call: (list) => {
    const R = require('ramda');
    const summary = R.pipe(
      R.filter(R.prop('active')),
      R.groupBy(R.path(['address', 'city'])),
      R.map(R.applySpec({ count: R.length, ages: R.pluck('age'), first: R.head })),
    );
    return [summary(list), R.sortWith([R.descend(R.prop('age')), R.ascend(R.prop('id'))])(list)];
  },
};

exports.immutable = {
  args: [people],
  call: (list) => {
    const { fromJS, Map, Set } = require('immutable');
    const data = fromJS(list).map((each) => each.updateIn(['address', 'zip'], (zip) => `Z${zip}`));
    return {
      grouped: data.groupBy((each) => each.getIn(['address', 'city'])).toJS(),
      tags: Set(data.flatMap((each) => each.get('tags')))
        .sort()
        .toArray(),
      hash: data.hashCode(),
      merged: Map({ a: 1 })
        .mergeDeep({ b: { c: 2 } })
        .toJS(),
    };
  },
};

exports.rxjs = {
  args: [people],
  call: async (list) => {
    const { from, lastValueFrom, timer } = require('rxjs');
    const {
      filter,
      groupBy,
      map,
      mergeMap,
      reduce,
      scan,
      take,
      toArray,
      zipWith,
    } = require('rxjs/operators');
    const totals = from(list).pipe(
      groupBy(({ active }) => active),
      mergeMap((group) =>
        group.pipe(
          scan((sum, { score }) => sum + score, 0),
          toArray(),
        ),
      ),
      reduce((all, each) => all.concat(each), []),
    );
    const ticks = timer(0, 2).pipe(
      zipWith(from(list)),
      filter(([index]) => index % 2 === 0),
      map(([, { name }]) => name),
      take(3),
      toArray(),
    );
    return [await lastValueFrom(totals), await lastValueFrom(ticks)];
  },
};

exports.zod = {
  args: [people],
  call: (list) => {
    const { z } = require('zod');
    const Person = z.object({
      id: z.number().int().positive(),
      name: z
        .string()
        .min(3)
        .transform((text) => text.toUpperCase()),
      email: z.email(),
      age: z.number().max(70),
      score: z.number(),
      active: z.boolean(),
      tags: z.array(z.enum(['loop', 'thread', 'isolate', 'request', 'queue'])),
      address: z.strictObject({ city: z.string(), zip: z.string().regex(/^\d{5}$/) }),
    });
    const result = z.array(Person).safeParse(list);
    return {
      issues: JSON.parse(JSON.stringify(result.error.issues)),
      first: Person.omit({ tags: true }).parse(list[0]),
      schema: z.toJSONSchema(z.array(Person.omit({ name: true }))),
    };
  },
};

exports.ajv = {
  args: [people],
  call: (list) => {
    const Ajv = require('ajv');
    const ajv = new Ajv({ allErrors: true });
    const validate = ajv.compile({
      type: 'array',
      items: {
        type: 'object',
        required: ['id', 'name', 'missing'],
        properties: {
          id: { type: 'integer', maximum: 50 },
          email: { type: 'string', pattern: '^user[0-9]+@' },
          tags: { type: 'array', uniqueItems: true, items: { enum: ['loop', 'thread'] } },
        },
      },
    });
    return { valid: validate(list), errors: validate.errors };
  },
};

exports.yup = {
  args: [people],
  call: async (list) => {
    const yup = require('yup');
    const schema = yup.array(
      yup.object({
        id: yup.number().integer().max(50),
        name: yup.string().trim().uppercase().min(12),
        email: yup.string().email().required(),
        tags: yup.array(yup.string().oneOf(['loop', 'thread'])),
      }),
    );
    const errors = await schema
      .validate(list, { abortEarly: false })
      .catch((error) => error.errors);
    return { errors, cast: schema.cast(list) };
  },
};

exports.joi = {
  args: [people],
  call: (list) => {
    const Joi = require('joi');
    const schema = Joi.array().items(
      Joi.object({
        id: Joi.number().max(50),
        email: Joi.string().email({ tlds: false }),
        tags: Joi.array().items(Joi.string().valid('loop', 'thread')),
        age: Joi.number().min(30).default(1),
      }).unknown(),
    );
    const { error, value } = schema.validate(list, { abortEarly: false });
    return {
      value,
      details: error.details.map(({ message, path, type }) => ({ message, path, type })),
    };
  },
};

exports.validator = {
  args: [people],
  call: (list) => {
    const validator = require('validator');
    return list.map(({ email, name, address, id }) => [
      validator.isEmail(email),
      validator.isAlphanumeric(name, 'en-US', { ignore: ' ' }),
      validator.isPostalCode(address.zip, 'DE'),
      validator.normalizeEmail(`Some.One+${id}@GMAIL.com`),
      validator.isURL(`https://example.org/${id}?q=${name}`),
      validator.isIBAN('DE89370400440532013000'),
      validator.escape(`<b>${name}</b>`),
      validator.isISO8601(`2024-02-${10 + (id % 25)}`, { strict: true }),
    ]);
  },
};

exports.jsonpath = {
  args: [people],
  call: (list) => {
    const jsonpath = require('jsonpath');
    return {
      names: jsonpath.query({ list }, '$.list[?(@.age > 40 && @.active)].name'),
      nodes: jsonpath.nodes({ list }, '$..address.city').slice(0, 20),
      parsed: jsonpath.parse('$.list[1:3].tags[*]'),
    };
  },
};

exports.jmespath = {
  args: [people],
  call: (list) => {
    const jmespath = require('jmespath');
    return jmespath.search(
      { list },
      'list[?age > `40` && active].{name: name, city: address.city, tags: join(`,`, tags)} | sort_by(@, &name)',
    );
  },
};

exports['object-hash'] = {
  args: [people],
  call: (list) => {
    const hash = require('object-hash');
    return [
      hash(list),
      hash(list, { algorithm: 'md5', unorderedArrays: true, encoding: 'base64' }),
      hash({ when: new Date(0), map: new Map([['a', list]]), set: new Set([1, 2]) }),
      ...list.map((each) => hash.MD5(each)),
    ];
  },
};

exports.semver = {
  args: [
    Array.from(
      { length: 120 },
      (_, index) => `${index % 5}.${(index * 7) % 11}.${index}${index % 4 ? '' : '-rc.1'}`,
    ),
  ],
  call: (versions) => {
    const semver = require('semver');
    return {
      sorted: semver.rsort([...versions]),
      matching: versions.filter((version) => semver.satisfies(version, '^1.2.0 || >=3.1 <4')),
      next: versions.map((version) => semver.inc(version, 'minor')),
      greatest: semver.maxSatisfying(versions, '2.x'),
    };
  },
};

exports.qs = {
  args: [people, prose],
  call: (list, text) => {
    const qs = require('qs');
    const encoded = qs.stringify({ list, text, when: new Date(0) }, { arrayFormat: 'brackets' });
    return { encoded, decoded: qs.parse(encoded, { depth: 6, parameterLimit: 5000 }) };
  },
};
