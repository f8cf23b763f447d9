/** In place of unenv's: host names as URLs have them, without `xn--` checks that Node's url.parse does not make. */
import { toASCII as ascii, toUnicode as unicode } from './tr46';

export const toASCII = (domain) => ascii(domain) ?? '';
export const toUnicode = (domain) => unicode(domain).domain;
