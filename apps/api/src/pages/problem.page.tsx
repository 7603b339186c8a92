import { Page } from './page.js';
import type { Refusal } from './pages.port.js';
import type { Reader } from './reader.js';

/** What could not be shown or done, and the way back. */
export const ProblemPageView = ({ reader, refusal }: { readonly reader: Reader; readonly refusal: Refusal }) => {
  const title = reader.say(refusal.status === 404 ? 'notFound' : 'problem');
  return (
    <Page reader={reader} title={title}>
      <h1>{title}</h1>
      <p className="lead">{refusal.detail}</p>
      <p>
        <a href={reader.link('/')}>{reader.say('board')}</a>
      </p>
    </Page>
  );
};
