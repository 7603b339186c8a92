export * from './contract.js';
export * from './follow.js';
export * from './problem-error.js';
export * from './retry.js';
export * from './tocsin-client.js';
export * from './transport.js';
export * from './verify-webhook.js';
