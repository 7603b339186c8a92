import type { Position as ServerPosition } from '@eventstore/db-client';
import { InvalidPosition, type Position } from '../port.js';

// Both numbers are kept: of a transaction of several records only both say where a reader stood (KurrentDB #4970).
const POSITION = /^c(0|[1-9]\d{0,18})-p(0|[1-9]\d{0,18})$/;

export const toPosition = ({ commit, prepare }: ServerPosition): Position => `c${commit}-p${prepare}`;

/** @throws {InvalidPosition} */
export function toServerPosition(position: Position): ServerPosition {
  const [, commit, prepare] = POSITION.exec(position) ?? [];
  if (commit === undefined || prepare === undefined) throw new InvalidPosition(position);
  return { commit: BigInt(commit), prepare: BigInt(prepare) };
}

/** @returns negative, 0 or positive. @throws {InvalidPosition} */
export function comparePositions(left: Position, right: Position): number {
  const [one, other] = [toServerPosition(left), toServerPosition(right)];
  return compare(one.commit, other.commit) || compare(one.prepare, other.prepare);
}

const compare = (left: bigint, right: bigint): number => Number(left > right) - Number(left < right);
