export { constants } from 'unenv/node/http2';
