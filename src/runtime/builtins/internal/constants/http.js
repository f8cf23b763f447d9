export { METHODS, STATUS_CODES } from 'unenv/node/http';
