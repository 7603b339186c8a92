import { obligationView, type Language, type ObligationView } from '#libs/domain';
import type { ObligationItem } from '#libs/read-models';

/** A clock as the list across incidents shows it. */
export const obligationRowView = (
  { incidentId, title, organisation, standsAt, obligation }: ObligationItem,
  now: string,
  language: Language,
): ObligationView & { readonly incidentId: string; readonly incidentTitle: string } => ({
  incidentId,
  incidentTitle: title,
  ...obligationView(obligation, organisation, standsAt ?? now, language),
});
