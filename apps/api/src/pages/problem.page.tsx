import { Page } from './page.js';
import type { PageText } from './page-texts.js';
import type { Refusal } from './pages.port.js';
import type { Reader } from './reader.js';

/** What could not be shown or done, and the way back. */
export const ProblemPageView = ({
  reader,
  refusal,
  incident,
}: {
  readonly reader: Reader;
  readonly refusal: Refusal;
  /** Address of the incident that it is about. */
  readonly incident?: string | undefined;
}) => {
  const title = reader.say(titleOf(refusal));
  return (
    <Page reader={reader} title={title}>
      <h1>{title}</h1>
      <p className="lead">{refusal.detail}</p>
      <p className="links">
        {incident === undefined ? null : <a href={reader.link(incident)}>{reader.say('backToIncident')}</a>}
        <a href={reader.link('/')}>{reader.say('board')}</a>
      </p>
    </Page>
  );
};

const titleOf = ({ status, code }: Refusal): PageText => {
  if (code === 'not-yet') return 'notYet';
  return status === 404 ? 'notFound' : 'problem';
};
