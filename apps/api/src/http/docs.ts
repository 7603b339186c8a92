import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from './openapi.js';

/** `/api/openapi.json`, and Swagger UI at `/api/docs` with the assets of its package: it asks nobody else for anything. */
export const serveDocs = (app: INestApplication): void => {
  const document = openApiDocument();
  SwaggerModule.setup('api/docs', app, document as never, {
    jsonDocumentUrl: 'api/openapi.json',
    raw: ['json'],
    customSiteTitle: 'Tocsin – API',
    // Its default sends the document to a validator on the Internet.
    swaggerOptions: { validatorUrl: null },
  });
};
