import { isInstant, valueLabel } from '#libs/domain';
import type { FactName } from '#libs/client';
import type { Output } from './output.js';
import { absolute } from './times.js';

/** The value of a fact in words: a label, a time, or a span of two times. */
export const factText = (name: FactName, value: string, zone: string, out: Output): string => {
  const [from, to] = value.split('/');
  if (isInstant(from) && isInstant(to)) {
    const [start, end] = [absolute(from, zone, out.language), absolute(to, zone, out.language)];
    return out.say(`du ${start} au ${end}`, `${start} to ${end}`);
  }
  return isInstant(value) ? absolute(value, zone, out.language) : valueLabel(name, value)[out.language];
};
