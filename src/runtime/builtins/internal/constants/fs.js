export { constants } from 'unenv/node/fs';
