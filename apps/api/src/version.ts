import { readFileSync } from 'node:fs';
import { projectRoot } from './project-root.js';

/** Version of this program, as package.json has it. */
export const version = (JSON.parse(readFileSync(`${projectRoot}/package.json`, 'utf8')) as { version: string }).version;
