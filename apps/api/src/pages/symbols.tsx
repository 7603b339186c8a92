import type { StatusLabel } from '#libs/domain';
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
