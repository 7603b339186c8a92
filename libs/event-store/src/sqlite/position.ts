import { InvalidPosition, type Position } from '../port.js';

const POSITION = /^p([1-9]\d{0,15})$/;

export const toPosition = (number: number): Position => `p${number}`;

/** @throws {InvalidPosition} */
export function toNumber(position: Position): number {
  const number = Number(POSITION.exec(position)?.[1]);
  if (!Number.isSafeInteger(number)) throw new InvalidPosition(position);
  return number;
}
