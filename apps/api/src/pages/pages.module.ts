import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import { EventsPageController } from './events-page.controller.js';
import { IncidentPages } from './incident-pages.js';
import { PageProblemFilter, UnansweredFilter } from './page-problem.filter.js';
import { PagesController } from './pages.controller.js';
import { PagesPort } from './pages.port.js';

/** Pages rendered on the server: the first way in, the fallback and the paper. */
@Module({
  controllers: [PagesController, EventsPageController],
  providers: [
    { provide: PagesPort, useClass: IncidentPages },
    PageProblemFilter,
    { provide: APP_FILTER, useClass: UnansweredFilter },
  ],
})
export class PagesModule {}
