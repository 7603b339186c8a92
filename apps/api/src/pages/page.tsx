import type { ReactNode } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import type { Reader } from './reader.js';

export interface PageProps {
  readonly reader: Reader;
  readonly title: string;
  readonly exercise?: boolean;
  readonly children: ReactNode;
}

/** The frame of every page: skip link, banners, header, main and footer. */
export const Page = ({ reader, title, exercise = false, children }: PageProps) => (
  <html lang={reader.language}>
    <head>
      <meta charSet="utf-8" />
      <title>{`${exercise ? `${reader.say('exercise')} – ` : ''}${title} – Tocsin`}</title>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="referrer" content="same-origin" />
      <link rel="stylesheet" href={STYLES_PATH} />
      <link rel="icon" href="data:," />
    </head>
    <body className={exercise ? 'exercise' : undefined}>
      <a className="skip" href="#main">
        {reader.say('skip')}
      </a>
      <Header reader={reader} exercise={exercise} />
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <Footer reader={reader} />
    </body>
  </html>
);

export const STYLES_PATH = '/pages.css';

const Header = ({ reader, exercise }: Pick<PageProps, 'reader'> & { readonly exercise: boolean }) => {
  const other = reader.otherLanguage;
  return (
    <header className="top">
      {reader.settings.openAccess ? (
        <p className="access" role="note">
          {reader.say('openAccess')}
        </p>
      ) : null}
      <nav aria-label="Tocsin">
        <a className="home" href={reader.link('/')}>
          Tocsin
        </a>
        <a href={reader.link('/')}>{reader.say('board')}</a>
        <a href={other.href} lang={other.language} hrefLang={other.language}>
          {reader.say('otherLanguage')}
        </a>
      </nav>
      {exercise ? (
        <p className="exercise-band" role="note">
          <strong>{reader.say('exerciseBand')}</strong>
        </p>
      ) : null}
    </header>
  );
};

const Footer = ({ reader }: { readonly reader: Reader }) => (
  <footer>
    <Pen reader={reader} />
    <p>
      {reader.say('footerVersion', { version: reader.settings.version })} · {reader.say('footerLicence')} ·{' '}
      {reader.say('footerA11y')}
    </p>
    <p className="print-only">{reader.say('edited', { at: reader.at(reader.settings.now) })}</p>
  </footer>
);

/** Who holds the pen on this machine. With open access it is a label, not a proof. */
const Pen = ({ reader }: { readonly reader: Reader }) => {
  const { pen, openAccess } = reader.settings;
  if (!openAccess) return null;
  return (
    <div className="pen">
      <p>
        {reader.say('penIs')}{' '}
        <strong>{pen ? [pen.name, pen.role].filter(Boolean).join(', ') : reader.say('penNobody')}</strong>
      </p>
      <details>
        <summary>{reader.say('penChange')}</summary>
        <form method="post" action={reader.link('/pen')} className="inline">
          <p>
            <label htmlFor="pen-name">{reader.say('name')}</label>
            <input
              id="pen-name"
              name="name"
              defaultValue={pen?.name ?? ''}
              maxLength={100}
              required
              autoComplete="name"
            />
          </p>
          <p>
            <label htmlFor="pen-role">{reader.say('role')}</label>
            <input
              id="pen-role"
              name="role"
              defaultValue={pen?.role ?? ''}
              maxLength={90}
              autoComplete="organization-title"
            />
          </p>
          <button>{reader.say('penSave')}</button>
        </form>
      </details>
    </div>
  );
};

export const renderPage = (page: ReactNode): string => `<!doctype html>\n${renderToStaticMarkup(page)}`;
