import { readConfig } from '../../apps/api/src/config.js';
import { createApp, standardParts } from '../../apps/api/src/create-app.js';
import { NoopModule } from './noop.module.js';

/** The server under load, in a process of its own; its parent learns the port and closes the channel to stop it. */
const config = readConfig({ ...process.env, TOCSIN_PORT: '0', TOCSIN_LOG_LEVEL: 'error' });
const app = await createApp(config, { ...standardParts(config), modules: [NoopModule] });
await app.listen(0, config.host);
process.once('disconnect', () => void app.close().then(() => process.exit(0)));
process.send?.({ url: await app.getUrl() });
