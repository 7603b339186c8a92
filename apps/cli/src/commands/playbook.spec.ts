import { loadPlaybooks } from '#libs/playbooks';
import { graphOf } from './playbook.js';

describe.each(['mermaid', 'dot'] as const)('The graph of a playbook as %s', (format) => {
  it.each(loadPlaybooks().map((playbook) => [playbook.id, playbook] as const))(
    'has every step of %s',
    (_id, playbook) => {
      const graph = graphOf(playbook, format, 'fr');
      for (const step of playbook.steps)
        expect(graph).toContain(`${step.id}${format === 'dot' ? '\\n' : ' '}${step.title.fr}`);
      const arrows = graph.match(/-->|-\.->|->/g) ?? [];
      expect(arrows).toHaveLength(playbook.steps.flatMap(({ after, requires }) => [...after, ...requires]).length);
    },
  );
});
