export * from './clock-process.js';
export * from './clocks-watch.js';
export * from './clocks-watch.module.js';
export * from './clocks.module.js';
