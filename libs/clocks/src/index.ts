export * from './clock-process.js';
export * from './clocks.module.js';
