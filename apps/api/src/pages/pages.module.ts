import { Module } from '@nestjs/common';
import { IncidentPages } from './incident-pages.js';
import { PagesController } from './pages.controller.js';
import { PagesPort } from './pages.port.js';

/** Pages rendered on the server: the first way in, the fallback and the paper. */
@Module({
  controllers: [PagesController],
  providers: [{ provide: PagesPort, useClass: IncidentPages }],
})
export class PagesModule {}
