export * from './event-hash.js';
