import { Controller, Get, Header, Param } from '@nestjs/common';
import { asyncApi, findSchema } from '#libs/subscriptions';
import { version } from '../version.js';
import { RequestProblem } from './problem.js';

/** What Tocsin tells, for programs: made from the event table. */
@Controller('api')
export class EventCatalogueController {
  @Get('asyncapi.json')
  @Header('Content-Type', 'application/json; charset=utf-8')
  asyncApi() {
    return asyncApi(version);
  }

  @Get('schemas/:file')
  @Header('Content-Type', 'application/schema+json; charset=utf-8')
  schema(@Param('file') file: string): string {
    const schema = file.endsWith('.json') ? findSchema(file.slice(0, -'.json'.length)) : undefined;
    if (!schema) throw new RequestProblem('not-found');
    return JSON.stringify(schema);
  }
}
