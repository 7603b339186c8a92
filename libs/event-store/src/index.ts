export * from './port.js';
export * from './event-store.module.js';
