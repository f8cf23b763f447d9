/** In place of unenv's own: errors with Node's codes and words. */
import { coded, invalidArgument, invalidValue } from '../errors';

export const ERR_INVALID_ARG_TYPE = function ERR_INVALID_ARG_TYPE(name, expected, actual) {
  const words = Array.isArray(expected) ? expected : [expected];
  return invalidArgument(name, words.map((word) => `of type ${word}`).join(' or '), actual);
};
export const ERR_INVALID_ARG_VALUE = function ERR_INVALID_ARG_VALUE(name, value, reason) {
  return invalidValue(name, value, reason);
};
export const ERR_INVALID_URL = function ERR_INVALID_URL(input, base) {
  const error = coded(TypeError, 'ERR_INVALID_URL', 'Invalid URL');
  error.input = input;
  if (base !== null && base !== undefined) error.base = base;
  return error;
};
export const ERR_INVALID_URL_SCHEME = function ERR_INVALID_URL_SCHEME(expected) {
  return coded(TypeError, 'ERR_INVALID_URL_SCHEME', `The URL must be of scheme ${expected}`);
};
export const ERR_INVALID_FILE_URL_PATH = function ERR_INVALID_FILE_URL_PATH(path) {
  return coded(TypeError, 'ERR_INVALID_FILE_URL_PATH', `File URL path ${path}`);
};
export const ERR_INVALID_FILE_URL_HOST = function ERR_INVALID_FILE_URL_HOST(host) {
  return coded(
    TypeError,
    'ERR_INVALID_FILE_URL_HOST',
    `File URL host must be "localhost" or empty on ${host}`,
  );
};
