/** In place of those of path-unified: errors with Node's codes and words. */
import { checkObject, checkString } from '../errors';

export const validateString = checkString;
export const validateObject = checkObject;
