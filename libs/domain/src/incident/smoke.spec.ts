import {
  decide,
  decideDeclaration,
  readCommandBody,
  readDeclarationBody,
  statusView,
  type DecisionContext,
} from '../index.js';
let n = 0;
const ctx: DecisionContext = {
  incidentId: 'i',
  now: '2026-11-25T10:00:00.000Z',
  nextId: () => `0190a000-0000-7000-8000-${String(++n).padStart(12, '0')}`,
  derivedId: (...words) => words.join('/'),
  playbooks: [],
  rules: [],
};
it('declares and advances', () => {
  const actor = { id: 'a', name: 'Ana', role: 'dsi' };
  const d = readDeclarationBody({ title: 'Essai', detectedAt: '2026-11-25T08:00:00+01:00' }, ctx.now);
  const first = decideDeclaration({ type: 'DeclareIncident', actor, ...d.value! }, ctx);
  const c = readCommandBody(
    'ShutDownSystems',
    { scope: 'all', systems: [{ name: 'AD', mode: 'suspended' }], note: 'x' },
    ctx.now,
  );
  const second = decide(first.state, { type: 'ShutDownSystems', actor, ...c.value! }, ctx);
  const view = statusView(second.state, ctx.now, 'fr');
  expect(view.milestones.systemsShutDown.state).toBe('done');
  expect(view.milestones.detected.at).toBe('2026-11-25T08:00:00+01:00');
  const bad = readCommandBody(
    'ShutDownSystems',
    { scope: 'al', systems: [{ name: 'AD', mode: 'x', foo: 1 }], notee: 'x' },
    ctx.now,
  );
  expect(bad.errors?.map(({ path }) => path)).toEqual(['notee', 'scope', 'systems[0].foo', 'systems[0].mode']);
});
