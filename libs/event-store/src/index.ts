export * from './port.js';
export * from './event-store.module.js';
export { weightOf } from './event-weight.js';
