import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeInBrowser, visits } from './browser.js';

const FOLDER = process.env['TOCSIN_SCREENSHOTS'];
const IMAGES = join(import.meta.dirname, '../../docs/images');

/** `npm run docs:screenshots` writes the pictures of the documents; any other run only sees that they can be taken. */
describeInBrowser('The pictures of the documents', () => {
  const all = visits();

  it('show the board, an incident and a replay, on a desk and on a phone', async () => {
    const organisations = [{ name: 'Ville de Valmont', insured: 'yes' }];
    const { incidentId } = await all.site.post('/incidents', {
      title: 'Fichiers illisibles à l’accueil',
      kind: 'ransomware',
      organisations,
    });
    const command = (name: string, body: object) => all.site.post(`/incidents/${incidentId}/commands/${name}`, body);
    await command('IsolateNetwork', { scope: 'all' });
    await command('ShutDownSystems', {
      scope: 'partial',
      systems: [{ name: 'Serveur de fichiers', mode: 'suspended' }],
      decidedBy: 'DGS',
    });
    await command('ChangeServiceStatus', {
      service: 'État civil',
      status: 'degraded',
      publicAdvice: 'Venez avec une pièce d’identité',
    });
    await command('ActivateWorkaround', { service: 'Standard', kind: 'mobile_phone', number: '06 00 00 00 00' });
    const drill = await all.site.post('/exercises', { scenario: 'angers-2021' });
    const shots = [
      ['board', '/'],
      ['incident', `/incidents/${incidentId}`],
      ['replay', `/incidents/${drill.incidentId}?asOf=14`],
    ] as const;
    for (const [size, viewport] of [
      ['desk', { width: 1100, height: 900 }],
      ['phone', { width: 320, height: 640 }],
    ] as const) {
      const page = await all.visitor({ viewport });
      for (const [name, path] of shots) {
        await page.goto(path);
        const picture = await page.screenshot(FOLDER ? { path: join(IMAGES, `${name}-${size}.png`) } : {});
        expect(picture.length).toBeGreaterThan(5000);
      }
    }
  }, 120_000);

  beforeAll(() => {
    mkdirSync(IMAGES, { recursive: true });
  });
});
