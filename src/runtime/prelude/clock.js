/*
 * Where no clock may be finer than `Date`: `Temporal` counts nanoseconds, so it is made to follow `Date`.
 */
function makeClocksCoarse({ apply, defineProperty, hidden }) {
  // V8 has it since Node 26.
  if (typeof Temporal === 'undefined') return;
  const { Instant, Now, ZonedDateTime } = Temporal;
  const { now } = Date;
  const { fromEpochMilliseconds } = Instant;
  const { toZonedDateTimeISO } = Instant.prototype;
  const { timeZoneId } = Now;
  const { toPlainDate, toPlainDateTime, toPlainTime } = ZonedDateTime.prototype;

  const present = () => apply(fromEpochMilliseconds, Instant, [apply(now, undefined, [])]);
  const zoned = (zone) => {
    const there = zone === undefined ? apply(timeZoneId, Now, []) : zone;
    return apply(toZonedDateTimeISO, present(), [there]);
  };

  // Methods, because the originals are no constructors either.
  const coarse = {
    instant() {
      return present();
    },
    zonedDateTimeISO(zone = undefined) {
      return zoned(zone);
    },
    plainDateTimeISO(zone = undefined) {
      return apply(toPlainDateTime, zoned(zone), []);
    },
    plainDateISO(zone = undefined) {
      return apply(toPlainDate, zoned(zone), []);
    },
    plainTimeISO(zone = undefined) {
      return apply(toPlainTime, zoned(zone), []);
    },
  };
  for (const name in coarse) defineProperty(Now, name, hidden(coarse[name]));
}
