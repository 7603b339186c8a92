import { Nested, OneOf, Sha256, Text, Time, Whole, YesNo } from '../../kernel/fields.js';
import type { YesNoUnknown } from './detection.js';

const SCOPES = ['all', 'partial'] as const;
export type Scope = (typeof SCOPES)[number] | 'unknown';

export class NetworkIsolation {
  @OneOf(SCOPES) scope: Scope;
  @Text({ optional: true, list: true }) what?: string[];
}

export class BackupIsolation {
  @Text({ optional: true, list: true }) media?: string[];
  @Time({ optional: true, past: true }) lastGoodAt?: string;
}

export class StoppedSystem {
  @Text() name: string;
  @OneOf(['network_isolated', 'suspended', 'powered_off']) mode: 'network_isolated' | 'suspended' | 'powered_off' | 'unknown';
}

export class Shutdown {
  @OneOf(SCOPES) scope: Scope;
  @Nested(() => StoppedSystem, { optional: true, list: true }) systems?: StoppedSystem[];
  @Text({ optional: true }) reason?: string;
  @Text({ optional: true }) decidedBy?: string;
  @YesNo({ optional: true }) memoryCaptured?: YesNoUnknown;
}

export class StaffInstruction {
  @Text() text: string;
  @Text({ optional: true }) medium?: string;
  @Whole({ optional: true }) headcount?: number;
}

export class EvidencePreservation {
  @Text() what: string;
  @Text({ optional: true }) custodian?: string;
  @Sha256({ optional: true, list: true }) hashes?: string[];
}

export class Evidence {
  @Text() name: string;
  @Sha256() sha256: string;
  /** Bytes. */
  @Whole({ optional: true }) size?: number;
  @Text({ optional: true }) storedAt?: string;
}

export class Indicator {
  @OneOf(['ip', 'domain', 'url', 'hash', 'email', 'file', 'other']) kind: string;
  @Text({ optional: true }) value?: string;
}
