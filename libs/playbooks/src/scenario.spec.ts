import { listScenarios, loadScenario } from './index.js';
describe('The scenarios in the box', () => {
  it('load', () => {
    for (const { id } of listScenarios()) {
      const s = loadScenario(id);
      expect(s.events.length).toBeGreaterThan(5);
    }
  });
});
