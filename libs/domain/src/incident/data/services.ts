import { OneOf, OrganisationRef, Text, Time, TITLE_CHARS_MAX } from '../../kernel/fields.js';

export const SERVICE_STATUSES = ['operational', 'degraded', 'outage', 'restoring', 'unchecked'] as const;
export type ServiceStatus = (typeof SERVICE_STATUSES)[number] | 'unknown';

export class ServiceStatusChange {
  @Text({ charsMax: TITLE_CHARS_MAX }) service: string;
  @OneOf(SERVICE_STATUSES) status: ServiceStatus;
  @OrganisationRef({ optional: true }) organisation?: string;
  @Text({ optional: true }) detail?: string;
  @Text({ optional: true }) publicAdvice?: string;
}

export class Workaround {
  @Text({ charsMax: TITLE_CHARS_MAX }) service: string;
  @OneOf(['phone_number', 'mobile_phone', 'paper', 'cash_cheque', 'in_person', 'other']) kind: string;
  @Text({ optional: true }) detail?: string;
  @Text({ optional: true, charsMax: TITLE_CHARS_MAX }) number?: string;
  @OrganisationRef({ optional: true }) organisation?: string;
}

export class WorkaroundEnd {
  @Text({ charsMax: TITLE_CHARS_MAX }) service: string;
  @OrganisationRef({ optional: true }) organisation?: string;
}

export class PublicStatement {
  @OneOf(['website', 'facebook', 'x', 'press', 'poster', 'sms', 'phone', 'email', 'other']) channel: string;
  @Text() text: string;
  @Text({ optional: true }) spokesperson?: string;
  @Time({ optional: true }) nextUpdateAt?: string;
}
