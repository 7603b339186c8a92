export * from './expectation.js';
export * from './mistakes.js';
export * from './scenario.js';
