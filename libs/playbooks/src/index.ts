export * from './expectation.js';
export { ownFolders } from './folders.js';
export * from './mistakes.js';
export * from './playbook-loader.js';
export * from './rule-loader.js';
export * from './scenario.js';
export { readTextFile } from './yaml-file.js';
