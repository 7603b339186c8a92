/** The whole style sheet of the pages, served as one file: nothing is fetched from elsewhere. */
export const styles = `
:root {
  color-scheme: light dark;
  --ink: light-dark(#1b1f24, #e8eaed);
  --soft: light-dark(#4a5560, #b3bcc6);
  --paper: light-dark(#ffffff, #14181d);
  --panel: light-dark(#f4f6f8, #1d232a);
  --line: light-dark(#c3ccd5, #3c4650);
  --edge: light-dark(#6b7783, #8a96a3);
  --accent: light-dark(#0b4f8a, #8cc4ff);
  --on-accent: light-dark(#ffffff, #0c1824);
  --bad: light-dark(#a3140f, #ff9f97);
  --bad-soft: light-dark(#fdeceb, #3a1a18);
  --warn: light-dark(#7a4b00, #ffc970);
  --warn-soft: light-dark(#fff4dd, #33270f);
  --good: light-dark(#1c6434, #86d8a0);
  --good-soft: light-dark(#e9f6ed, #16301f);
  --mark: light-dark(#ffe08a, #5c4a00);
  font: 1.0625rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Liberation Sans", sans-serif;
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0; color: var(--ink); background: var(--paper); overflow-wrap: anywhere; }
main, .top nav, footer, .access, .exercise-band { padding-inline: clamp(0.9rem, 3vw, 2rem); max-width: 84rem; margin-inline: auto; }
main:focus { outline: none; }
h1 { font-size: clamp(1.4rem, 1.1rem + 1.6vw, 2rem); line-height: 1.2; margin: 1rem 0 0.5rem; text-wrap: balance; }
h2 { font-size: 1.25rem; line-height: 1.3; margin: 2rem 0 0.6rem; }
h3 { font-size: 1.0625rem; margin: 1rem 0 0.3rem; }
p { margin: 0.4rem 0; max-width: 70ch; }
ul, ol { padding-inline-start: 1.4rem; }
a { color: var(--accent); text-underline-offset: 0.15em; }
a:hover { text-decoration-thickness: 0.15em; }
:focus-visible, input[type="datetime-local"]:focus-within { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: 2px; }
:target { background: var(--warn-soft); box-shadow: 0 0 0 0.3rem var(--warn-soft); }
q { quotes: "«\\00a0" "\\00a0»" "“" "”"; }
[lang="en"] q { quotes: "“" "”" "‘" "’"; }
.minor, .hint { color: var(--soft); font-size: 0.925rem; }
.lead { font-size: 1.2rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.print-only { display: none; }
.skip { position: absolute; inset-inline-start: -100vw; padding: 0.7rem 1rem; background: var(--accent); color: var(--on-accent); }
.skip:focus { inset: 0 auto auto 0; z-index: 2; }
.top { border-bottom: 1px solid var(--line); }
.top nav { display: flex; flex-wrap: wrap; gap: 0 1.4rem; align-items: center; }
.top nav a { padding-block: 0.7rem; }
.home { font-weight: 700; letter-spacing: 0.02em; text-decoration: none; color: var(--ink); }
.top nav a:last-child { margin-inline-start: auto; }
.access { max-width: none; margin: 0; padding-block: 0.45rem; background: var(--warn-soft); color: var(--warn); font-size: 0.925rem; }
.exercise-band { max-width: none; border-top: 1px solid var(--line); margin: 0; padding-block: 0.5rem; color: var(--ink); background: repeating-linear-gradient(-45deg, var(--mark) 0 14px, var(--paper) 14px 28px); }
.exercise-band strong { background: var(--paper); padding: 0.15rem 0.6rem; }
.tag { background: var(--mark); padding: 0.05rem 0.4rem; border-radius: 3px; font-size: 0.875rem; letter-spacing: 0.04em; }
footer { border-top: 1px solid var(--line); margin-top: 3rem; padding-block: 1rem 2rem; color: var(--soft); font-size: 0.925rem; }
.columns { display: grid; gap: 0 2.5rem; grid-template-columns: minmax(0, 1fr); }
@media (min-width: 64rem) { .columns { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
.contents ul { display: flex; flex-wrap: wrap; gap: 0 1.2rem; list-style: none; padding: 0; margin: 0.5rem 0; }
.contents a, .links a { display: inline-block; padding-block: 0.55rem; }
.links { display: flex; flex-wrap: wrap; gap: 0 1.4rem; }
.status { font-weight: 600; }
.status-unknown, .status-todo, .status-not_applicable, .status-waived { font-weight: 400; }
.status-done, .status-met, .status-operational { color: var(--good); }
.status-outage, .status-missed, .status-blocked { color: var(--bad); }
.status-degraded, .status-late, .status-started, .status-in_progress, .status-restoring, .status-intended { color: var(--warn); }
mark { background: var(--mark); color: var(--ink); padding: 0 0.25rem; border-radius: 2px; }
mark.changed { font-size: 0.85rem; font-weight: 600; }
.clocks, .steps, .milestones, .entries, .cards, .marks, .moves, .bodies { list-style: none; padding: 0; }
.clock { border-inline-start: 5px solid var(--line); padding: 0.35rem 0 0.35rem 0.8rem; margin: 0.6rem 0; }
.clock-open { border-color: var(--warn); }
.clock-missed { border-color: var(--bad); background: var(--bad-soft); }
.clock-met { border-color: var(--good); }
.now { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: 0.2rem 1.1rem 0.8rem; margin-top: 1.6rem; }
.now h2 { margin-top: 0.9rem; }
.now li { margin-block: 0.8rem; }
.milestones { display: grid; gap: 0.7rem; grid-template-columns: repeat(auto-fill, minmax(min(17rem, 100%), 1fr)); align-items: start; }
.milestone, .card { border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.9rem 0.7rem; background: var(--paper); }
.milestone h3 { margin-top: 0.3rem; }
.milestone-done { border-color: var(--good); }
.cards { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(min(25rem, 100%), 1fr)); }
.card-title { font-size: 1.15rem; font-weight: 600; }
.exercise-card { border-style: dashed; border-width: 2px; }
.card dl { margin: 0.5rem 0; }
.card dl div { margin-block: 0.35rem; }
.card dt, .facts dt { color: var(--soft); font-size: 0.925rem; }
.card dd, .facts dd { margin: 0; }
.marks { font-size: 0.925rem; columns: 2 14rem; column-gap: 1.2rem; }
.marks li { break-inside: avoid; }
.facts { display: grid; gap: 0.2rem 1.5rem; grid-template-columns: repeat(auto-fill, minmax(min(18rem, 100%), 1fr)); }
.facts > div { border-top: 1px solid var(--line); padding-block: 0.45rem; }
.facts dd { display: flex; justify-content: space-between; gap: 0.8rem; }
.unstated strong { font-weight: 400; color: var(--soft); font-style: italic; }
.act a, a.act { display: inline-block; padding-block: 0.3rem; margin-inline-end: 1.1rem; white-space: nowrap; font-size: 0.925rem; }
.choices { list-style: none; padding: 0; }
.choices a, .now li p:first-child a, .card-title a { display: inline-block; padding-block: 0.35rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: start; vertical-align: top; padding: 0.5rem 0.6rem 0.5rem 0; border-bottom: 1px solid var(--line); }
thead th { color: var(--soft); font-size: 0.925rem; font-weight: 600; }
@media (min-width: 44.01rem) {
  .stacked thead th, .stacked .status, .stacked time { white-space: nowrap; }
  .stacked th[scope=row] { min-width: 8rem; }
}
@media (max-width: 44rem) {
  .stacked thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .stacked, .stacked tbody, .stacked tr, .stacked th, .stacked td { display: block; }
  .stacked tr { border: 1px solid var(--line); border-radius: 6px; padding: 0.5rem 0.9rem; margin-bottom: 0.7rem; }
  .stacked th, .stacked td { border: 0; padding: 0.15rem 0; }
  .stacked td::before { content: attr(data-label) " "; color: var(--soft); font-size: 0.875rem; margin-inline-end: 0.4rem; }
}
summary { cursor: pointer; padding-block: 0.6rem; }
.milestone summary, .menus summary, form summary, .pen summary { color: var(--accent); }
.steps > li { border-bottom: 1px solid var(--line); }
.step summary .step-title { font-weight: 600; }
.step-done .step-title, .step-not_applicable .step-title { font-weight: 400; }
.advice { margin: 0 0 0.6rem; padding-inline-start: 0.9rem; border-inline-start: 3px solid var(--line); }
.gate { border-inline-start: 4px solid var(--warn); background: var(--warn-soft); padding: 0.1rem 0.9rem; margin-block: 0.7rem; }
.gate-form { margin-bottom: 1.5rem; }
.advice dt { color: var(--soft); font-size: 0.925rem; }
.advice dd { margin: 0 0 0.4rem; max-width: 70ch; }
.menus { columns: 2 20rem; column-gap: 2rem; }
.menus details { break-inside: avoid; border-bottom: 1px solid var(--line); }
.menus ul { list-style: none; padding: 0 0 0.5rem; margin: 0; }
.menus li { padding-block: 0.3rem; }
.menus li a { display: inline-block; padding-block: 0.2rem; }
.entries > li { border-inline-start: 3px solid var(--line); padding: 0.2rem 0 0.3rem 0.8rem; margin-block: 0.7rem; }
.entries > li.current { border-color: var(--accent); background: var(--panel); }
.entries p { margin: 0.1rem 0; }
.entries .automatic { margin-block: 0.4rem; border-inline-start-style: dotted; }
.entries .automatic p { font-size: 0.925rem; }
.entries .act { display: block; }
.superseded { color: var(--soft); }
.quoted { border-inline-start: 4px solid var(--edge); padding-inline-start: 0.8rem; }
form.command, .quick, .declare { max-width: 46rem; }
.declare, .quick { border: 2px solid var(--accent); border-radius: 6px; padding: 0.1rem 1.1rem 1rem; margin-top: 1.6rem; }
.declare h2, .quick h2 { margin-top: 0.8rem; }
.field { margin: 0.9rem 0; }
.field > label, legend { display: block; font-weight: 600; }
label.minor { font-weight: 400; display: block; }
legend { padding: 0; }
fieldset { border: 0; padding: 0; margin: 0.9rem 0; min-width: 0; }
fieldset.group, fieldset.rows { border-inline-start: 3px solid var(--line); padding-inline-start: 0.9rem; }
fieldset.row legend { font-weight: 400; color: var(--soft); }
.needed { font-weight: 400; color: var(--soft); font-size: 0.925rem; }
.hint { display: block; }
.menus .hint, .moment .hint { display: inline; }
input, select, textarea, button { font: inherit; color: inherit; }
input:not([type=radio], [type=checkbox]), select, textarea { width: 100%; max-width: 100%; min-height: 2.75rem; padding: 0.45rem 0.6rem; border: 1px solid var(--edge); border-radius: 4px; background: var(--paper); }
/* A link to a field shows its name, and what is wrong with it, above it. */
.field input, .field select, .field textarea { scroll-margin-top: 9rem; }
textarea { resize: vertical; field-sizing: content; min-height: 4.2rem; }
input[type=radio], input[type=checkbox] { width: 1.25rem; height: 1.25rem; margin: 0 0.45rem 0 0; accent-color: var(--accent); vertical-align: -0.2rem; }
.option, .field > .option { display: inline-block; padding: 0.55rem 1.4rem 0.55rem 1.75rem; text-indent: -1.75rem; font-weight: 400; }
.option input { text-indent: 0; }
.tall > .option { display: block; }
.pair { display: grid; gap: 0.6rem; grid-template-columns: repeat(auto-fit, minmax(min(13rem, 100%), 1fr)); }
button { min-height: 2.75rem; padding: 0.5rem 1.3rem; border: 2px solid var(--accent); border-radius: 4px; background: var(--accent); color: var(--on-accent); font-weight: 600; cursor: pointer; }
button.quiet { background: transparent; color: var(--accent); }
.buttons { display: flex; flex-wrap: wrap; gap: 0.6rem; align-items: center; }
.wrong { border-inline-start: 4px solid var(--bad); padding-inline-start: 0.8rem; }
.error { display: block; color: var(--bad); font-weight: 600; }
.summary { border: 2px solid var(--bad); background: var(--bad-soft); border-radius: 6px; padding: 0.2rem 1.1rem 0.6rem; margin-block: 1rem; }
.summary h2 { margin-top: 0.7rem; font-size: 1.1rem; }
.notice { border: 2px solid var(--good); background: var(--good-soft); border-radius: 6px; padding: 0.2rem 1.1rem; margin-block: 1rem; }
.replay { border: 2px solid var(--edge); border-radius: 6px; padding: 0 1.1rem 0.7rem; background: var(--panel); margin-top: 1rem; }
.replay h2 { margin-top: 0.8rem; }
.moves { display: flex; flex-wrap: wrap; gap: 0.2rem 1.3rem; }
.moves a, .off { display: inline-block; padding-block: 0.6rem; }
.off { color: var(--soft); }
.moment { display: flex; flex-wrap: wrap; gap: 0.2rem 1.8rem; align-items: end; }
.moment fieldset, .moment p { margin: 0.3rem 0; }
.moment .option { display: block; padding-block: 0.35rem; }
.inline { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: end; }
@media (prefers-contrast: more) { :root { --soft: var(--ink); --line: var(--ink); --edge: var(--ink); } }
@media (forced-colors: active) { .clock, .milestone, .card { border-color: CanvasText; } }
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; } }
@media print {
  :root { color-scheme: light; font-size: 10.5pt; }
  .no-print, .skip, .top nav, .pen, form:not(.sheet), .sheet button, .access { display: none !important; }
  .sheet textarea { min-height: 25mm; }
  .sheet details::details-content { content-visibility: visible; block-size: auto; }
  .sheet .field { break-inside: avoid; }
  .print-only { display: block; }
  .columns { display: block; }
  body, main { background: #fff; color: #000; }
  main { padding: 0; max-width: none; }
  h1 { font-size: 17pt; } h2 { font-size: 13pt; margin-top: 6mm; } h2, h3 { break-after: avoid; }
  li, tr, .card, .milestone { break-inside: avoid; }
  .milestone details, .step details > :not(summary) { display: none; }
  .on-paper::details-content { content-visibility: visible; block-size: auto; }
  .milestones { grid-template-columns: repeat(3, 1fr); }
  a { color: inherit; text-decoration: none; }
  .exercise-band { border: 2pt dashed #000; background: none; }
  summary { list-style: none; padding-block: 1mm; }
}
`;
