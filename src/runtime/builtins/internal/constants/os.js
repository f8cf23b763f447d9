export { constants } from 'unenv/node/os';
