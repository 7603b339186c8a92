import { incidentBoard } from './incident-board/incident-board.projection.js';
import { incidentClocks } from './incident-clocks/incident-clocks.projection.js';
import type { Projection } from './projection.js';

/** Every view. A new one is a folder and a line here. */
export const projections: readonly Projection[] = [incidentBoard, incidentClocks];
