/** Names of hosts by UTS 46, from Rust: its tables are as large as all of the other modules together. */
const DOMAIN_TO_ASCII = 18;
const DOMAIN_TO_UNICODE = 19;

/** ASCII that UTS 46 leaves as it is, but for the case: no `xn--`, which it checks. */
const BEYOND_ASCII = /[\u0080-\uffff]/;
const ENCODED = /(?:^|\.)xn--/i;

function refuse() {
  throw refuse;
}

function mapped(op, domain) {
  try {
    return native.op(op, 0, domain, null, refuse);
  } catch (error) {
    if (error === refuse) return null;
    throw error;
  }
}

exports.toASCII = (domain) =>
  !BEYOND_ASCII.test(domain) && !ENCODED.test(domain)
    ? domain.toLowerCase()
    : mapped(DOMAIN_TO_ASCII, domain);

exports.toUnicode = (domain) => ({ domain: mapped(DOMAIN_TO_UNICODE, domain) ?? '' });
