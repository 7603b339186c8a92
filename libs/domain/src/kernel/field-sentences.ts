import type { Broken } from './fields.js';
export const sentenceOf = (broken: Broken, _language: 'fr' | 'en'): string => broken.code;
