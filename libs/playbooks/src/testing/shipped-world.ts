import { givenWith, type Incident, type Said } from '../../../domain/src/testing/given.js';
import { loadPlaybooks, loadRules } from '../index.js';

/** The box as a server finds it, with NIS 2 switched on: its rules are data that must work on the day. */
export const shippedWorld = {
  rules: loadRules().map((rule) => (rule.id.startsWith('nis2-') ? { ...rule, enabled: true } : rule)),
  playbooks: loadPlaybooks().map((definition) => ({ definition, sha256: '0'.repeat(64) })),
};

export const givenShipped = (...words: Said[]): Incident => givenWith(shippedWorld, ...words);
