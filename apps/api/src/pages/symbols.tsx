import { valueLabel, type StatusLabel } from '#libs/domain';
import type { Reader } from './reader.js';

/** A status in a symbol and words: never by colour or symbol alone. */
export const Status = ({
  reader,
  label,
  kind,
}: {
  readonly reader: Reader;
  readonly label: StatusLabel;
  readonly kind: string;
}) => (
  <span className={`status status-${kind}`}>
    <span aria-hidden="true">{label.symbol}</span> {reader.of(label)}
  </span>
);

export const Time = ({
  reader,
  at,
  text,
}: {
  readonly reader: Reader;
  readonly at: string;
  readonly text?: string;
}) => <time dateTime={at}>{text ?? reader.at(at)}</time>;

/** Marks what the event that is shown has changed. */
export const ChangedHere = ({ reader }: { readonly reader: Reader }) => (
  <mark className="changed">{reader.say('changedHere')}</mark>
);

/** What is known of the attack now; what was declared at first may have been "unknown". */
export const kindText = (reader: Reader, declared: string, stated: string): string => {
  const kind = stated === 'unknown' ? declared : stated;
  return kind === 'unknown' ? reader.say('kindUnknown') : reader.of(valueLabel('kind', kind));
};
