import { obligationView, type Language, type ObligationView } from '#libs/domain';
import type { ObligationRow } from '#libs/read-models';

/** A clock as the list across incidents shows it. */
export const obligationRowView = (
  row: ObligationRow,
  now: string,
  language: Language,
): ObligationView & { readonly incidentId: string; readonly incidentTitle: string } => {
  const name = row.organisations.find(({ id }) => id === row.obligation.organisation)?.name ?? '';
  return {
    incidentId: row.incidentId,
    incidentTitle: row.title,
    ...obligationView(row.obligation, name, row.standsAt ?? now, language),
  };
};
