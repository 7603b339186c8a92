import type { Actor } from '#libs/domain';

/** Who records what the legal clocks notice. */
export const CLOCKS: Actor = { id: 'tocsin:clocks', name: 'Tocsin', role: 'clocks' };
