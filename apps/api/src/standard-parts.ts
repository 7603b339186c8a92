import { RandomIds, shippedCatalogue, SystemClock, type ApplicationOptions } from '#libs/application';
import type { Config } from './config.js';

/** The parts that tests replace. */
export const standardParts = ({ data }: Config): ApplicationOptions => ({
  clock: new SystemClock(),
  ids: new RandomIds(),
  catalogue: shippedCatalogue(data),
});
