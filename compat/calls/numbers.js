'use strict';

const { numbers, people } = require('../inputs.js');

// Numbers, matrices, maps and dates.

exports.mathjs = {
  args: [numbers],
  call: async (values) => {
    const { create, all } = await import('mathjs');
    const math = create(all, { number: 'BigNumber', precision: 40 });
    return {
      text: math.format(math.evaluate('(sqrt(2) * 12.7 cm + det([1, 2; 3, 4]) * 1 inch) to inch')),
      derivative: math.derivative('x^3 * sin(x) + 2x', 'x').toString(),
      simple: math.simplify('3 + 2 * x + x * 4 - 1').toString(),
      spread: math.std(values),
      inverse: math.inv([
        [2, 1, 1],
        [1, 3, 2],
        [1, 0, 4],
      ]),
      sum: math.sum(values.map((value) => math.bignumber(value))).toString(),
      complex: math.evaluate('(2 + 3i) / (1 - i)').toString(),
    };
  },
};

exports['decimal.js'] = {
  args: [numbers],
  call: (values) => {
    const { Decimal } = require('decimal.js');
    const Precise = Decimal.clone({ precision: 60 });
    return values.map((value) => {
      const number = new Precise(value).plus('1e-30');
      return [number.sqrt().toString(), number.ln().toString(), number.pow(3.5).toString()];
    });
  },
};

exports['bignumber.js'] = {
  args: [numbers],
  call: (values) => {
    const { BigNumber } = require('bignumber.js');
    let product = new BigNumber(1);
    for (const value of values) product = product.times(value + 1);
    return {
      product: product.toFixed(),
      roots: values.map((value) => new BigNumber(value).sqrt().toFormat(25)),
      base: values.map((value) => new BigNumber(Math.round(value * 1000)).toString(36)),
    };
  },
};

exports['big.js'] = {
  args: [numbers],
  call: (values) => {
    const Big = require('big.js');
    Big.DP = 40;
    return values.map((value) => [Big(value).div(7).toString(), Big(value).sqrt().toString()]);
  },
};

exports.d3 = {
  args: [people, numbers],
  call: async (list, values) => {
    const d3 = await import('d3');
    const scale = d3.scaleLinear([0, 1000], [0, 640]).nice();
    const line = d3
      .line(
        (_, index) => index,
        (value) => scale(value),
      )
      .curve(d3.curveBasis);
    const root = d3
      .hierarchy({ children: list.map(({ score, name }) => ({ name, score })) })
      .sum(({ score = 0 }) => score);
    d3.treemap().size([800, 600]).padding(1)(root);
    return {
      path: line(values),
      ticks: scale.ticks(12).map(scale.tickFormat(12, '$,.2f')),
      bins: d3
        .bin()
        .thresholds(20)(values)
        .map(({ x0, x1, length }) => [x0, x1, length]),
      boxes: root.leaves().map(({ x0, y0, x1, y1 }) => [x0, y0, x1, y1]),
      groups: d3.rollup(
        list,
        (group) => d3.mean(group, ({ age }) => age),
        ({ address }) => address.city,
      ),
      parsed: d3.csvParse(d3.csvFormat(list.map(({ id, name }) => ({ id, name })))).slice(),
      when: d3.utcFormat('%Y-%m-%d %H:%M')(new Date(1e12)),
      hull: d3.polygonHull(values.map((value, index) => [value, (index * 37) % 101])),
    };
  },
};

exports['simple-statistics'] = {
  args: [numbers],
  call: (values) => {
    const stats = require('simple-statistics');
    return {
      mean: stats.mean(values),
      deviation: stats.standardDeviation(values),
      quantiles: stats.quantile(values, [0.05, 0.5, 0.95]),
      clusters: stats.ckmeans(values.slice(0, 200), 5),
      line: stats.linearRegression(values.map((value, index) => [index, value])),
      skew: stats.sampleSkewness(values),
      density: stats.kernelDensityEstimation(values)(500),
    };
  },
};

exports['ml-matrix'] = {
  args: [numbers],
  call: (values) => {
    const { Matrix, SVD, EVD, LU, inverse } = require('ml-matrix');
    const matrix = Matrix.from1DArray(20, 20, values.slice(0, 400));
    return {
      product: matrix.mmul(matrix.transpose()).to2DArray(),
      inverse: inverse(matrix).to2DArray(),
      singular: new SVD(matrix).diagonal,
      eigen: new EVD(matrix.mmul(matrix.transpose())).realEigenvalues,
      determinant: new LU(matrix).determinant,
    };
  },
};

exports['@turf/turf'] = {
  args: [people],
  call: (list) => {
    const turf = require('@turf/turf');
    const points = turf.featureCollection(
      list.map(({ id, age, score }) => turf.point([age / 10, score / 10], { id })),
    );
    const hull = turf.convex(points);
    return {
      area: turf.area(hull),
      buffered: turf.buffer(turf.point([8, 50]), 20, { units: 'kilometers' }),
      distance: turf.distance(points.features[0], points.features[1]),
      nearest: turf.nearestPoint([3, 3], points),
      triangles: turf.tin(points).features.length,
      overlap: turf.intersect(turf.featureCollection([hull, turf.bboxPolygon([2, 2, 6, 6])])),
    };
  },
};

exports['date-fns'] = {
  args: [people],
  call: (list) => {
    const {
      addBusinessDays,
      differenceInDays,
      format,
      formatDistance,
      intervalToDuration,
      parse,
      startOfISOWeek,
    } = require('date-fns');
    const { de } = require('date-fns/locale');
    const base = new Date(2024, 0, 31, 12, 30);
    return list.map(({ age }) => {
      const then = addBusinessDays(base, age * 7);
      return [
        format(then, "EEEE, do MMMM yyyy 'at' HH:mm", { locale: de }),
        differenceInDays(then, base),
        formatDistance(then, base, { addSuffix: true }),
        intervalToDuration({ start: base, end: then }),
        startOfISOWeek(then),
        parse(`${1 + (age % 28)}/02/2024`, 'd/MM/yyyy', base),
      ];
    });
  },
};

exports.luxon = {
  args: [people],
  call: (list) => {
    const { DateTime, Duration, Interval } = require('luxon');
    return list.map(({ age, score }) => {
      const start = DateTime.fromISO('2024-03-30T23:15:00', { zone: 'Europe/Berlin' });
      const end = start.plus({ days: age, hours: score });
      return [
        end.toISO(),
        end.setLocale('fr').toLocaleString(DateTime.DATETIME_FULL),
        end.diff(start, ['weeks', 'days', 'hours']).toObject(),
        Interval.fromDateTimes(start, end).splitBy({ days: 9 }).length,
        Duration.fromObject({ minutes: age * 77 })
          .shiftTo('hours', 'minutes')
          .toHuman(),
        end.setZone('America/New_York').toFormat('ccc d LLL yyyy HH:mm ZZZZ'),
      ];
    });
  },
};

exports.dayjs = {
  args: [people],
  call: (list) => {
    const dayjs = require('dayjs');
    dayjs.extend(require('dayjs/plugin/utc'));
    dayjs.extend(require('dayjs/plugin/timezone'));
    dayjs.extend(require('dayjs/plugin/relativeTime'));
    const base = dayjs.utc('2024-01-31T12:30:00Z');
    return list.map(({ age }) => {
      const then = base.add(age, 'month');
      return [
        then.format('dddd, D MMMM YYYY HH:mm:ss'),
        then.tz('Asia/Tokyo').format(),
        then.from(base),
        then.diff(base, 'week', true),
      ];
    });
  },
};

exports.moment = {
  args: [people],
  call: (list) => {
    const moment = require('moment');
    require('moment/locale/de');
    const base = moment.utc('2024-01-31T12:30:00Z').locale('de');
    return list.map(({ age }) => {
      const then = base.clone().add(age, 'weeks');
      return [
        then.format('LLLL'),
        then.from(base),
        then.isoWeek(),
        moment.duration(age, 'hours').humanize(),
      ];
    });
  },
};
