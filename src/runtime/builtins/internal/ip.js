/** Which version of IP a text is an address of; 0 for none. */
const V4_PART = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]\\d|\\d)';
const V4 = `(?:${V4_PART}\\.){3}${V4_PART}`;
const V6_PART = '[0-9a-fA-F]{1,4}';
const isV4 = new RegExp(`^${V4}$`);
const isV6 = new RegExp(
  `^(?:(?:${V6_PART}:){7}(?:${V6_PART}|:)|` +
    `(?:${V6_PART}:){6}(?:${V4}|:${V6_PART}|:)|` +
    `(?:${V6_PART}:){5}(?::${V4}|(?::${V6_PART}){1,2}|:)|` +
    `(?:${V6_PART}:){4}(?:(?::${V6_PART}){0,1}:${V4}|(?::${V6_PART}){1,3}|:)|` +
    `(?:${V6_PART}:){3}(?:(?::${V6_PART}){0,2}:${V4}|(?::${V6_PART}){1,4}|:)|` +
    `(?:${V6_PART}:){2}(?:(?::${V6_PART}){0,3}:${V4}|(?::${V6_PART}){1,5}|:)|` +
    `(?:${V6_PART}:){1}(?:(?::${V6_PART}){0,4}:${V4}|(?::${V6_PART}){1,6}|:)|` +
    `(?::(?:(?::${V6_PART}){0,5}:${V4}|(?::${V6_PART}){1,7}|:)))(?:%[0-9a-zA-Z-.:]{1,})?$`,
);

exports.isIPv4 = (text) => isV4.test(`${text}`);
exports.isIPv6 = (text) => isV6.test(`${text}`);
exports.isIP = (text) => (exports.isIPv4(text) ? 4 : exports.isIPv6(text) ? 6 : 0);
