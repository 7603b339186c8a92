const only = (from, allowed, comment) => ({
  name: `${from.replaceAll('/', '-')}-imports`,
  comment,
  severity: 'error',
  from: { path: `^${from}/src`, pathNot: '\\.spec\\.ts$|/testing/' },
  to: { path: '^(apps|libs)/', pathNot: `^(${[from, ...allowed].join('|')})/` },
});

/** Who may import whom (docs/adr/0003, shared design §2). Run by test/architecture.e2e-spec.ts. */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    only('libs/domain', [], 'The domain is pure: it imports nothing of ours.'),
    {
      name: 'domain-packages',
      comment: 'The domain imports class-validator and no other package, and no Node module.',
      severity: 'error',
      from: { path: '^libs/domain/src', pathNot: '\\.spec\\.ts$|/testing/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'core'],
        pathNot: 'node_modules/class-validator',
      },
    },
    only('libs/event-store', [], 'The store knows nothing of incidents.'),
    only('libs/proof', [], 'The verifier must run alone.'),
    only('libs/playbooks', ['libs/domain'], 'Playbooks, rules and scenarios are data checked against the domain.'),
    only(
      'libs/application',
      ['libs/domain', 'libs/event-store', 'libs/proof', 'libs/playbooks'],
      'The application decides and appends; it knows no HTTP and no adapter.',
    ),
    only('libs/read-models', ['libs/domain', 'libs/event-store', 'libs/application'], 'Projections read the log.'),
    only(
      'libs/clocks',
      ['libs/domain', 'libs/event-store', 'libs/application', 'libs/read-models'],
      'The clocks read the log and append through the application.',
    ),
    only('libs/subscriptions', ['libs/domain', 'libs/event-store', 'libs/application'], 'Subscriptions read the log.'),
    only('libs/client', [], 'The client knows the HTTP contract only.'),
    only(
      'apps/cli',
      ['apps/api', 'libs/client', 'libs/domain', 'libs/playbooks', 'libs/application', 'libs/event-store'],
      'The command line asks through the client, and composes the server in its own process where there is none.',
    ),
    {
      name: 'apps-cli-api',
      comment: 'Of the server, the command line takes how to compose and start it, not its parts.',
      severity: 'error',
      from: { path: '^apps/cli/src' },
      to: {
        path: '^apps/api/src/',
        pathNot: '^apps/api/src/(announcement|config|create-app|require-node24|serve|version)\\.ts$',
      },
    },
    only(
      'apps/worker',
      ['apps/api', 'libs/application', 'libs/clocks', 'libs/event-store', 'libs/read-models', 'libs/subscriptions'],
      'A worker runs what works by itself; it takes no command.',
    ),
    {
      name: 'apps-worker-api',
      comment:
        'Of the server, a worker takes what an operator asks and how it is configured, not its commands and pages.',
      severity: 'error',
      from: { path: '^apps/worker/src' },
      to: {
        path: '^apps/api/src/',
        pathNot:
          '^apps/api/src/((background|config|health|logging|metrics(\\.providers)?|require-node24|standard-parts|store-options)|http/(operations\\.controller|problem-details\\.filter))\\.ts$',
      },
    },
    {
      name: 'adapters-only-in-modules',
      comment: 'An adapter of the store is picked in a *.module.ts and nowhere else.',
      severity: 'error',
      from: { pathNot: '\\.module\\.ts$|^libs/event-store/src/(sqlite|eventstoredb)/|\\.spec\\.ts$|/testing/|^test/' },
      to: { path: '^libs/event-store/src/(sqlite|eventstoredb)/' },
    },
    {
      name: 'no-adapter-to-adapter',
      severity: 'error',
      from: { path: '^libs/event-store/src/(sqlite|eventstoredb)/', pathNot: '\\.spec\\.ts$' },
      to: { path: '^libs/event-store/src/(sqlite|eventstoredb)/', pathNot: '^libs/event-store/src/$1/' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      conditionNames: ['tocsin-src', 'import', 'require', 'node', 'default'],
      exportsFields: ['exports'],
      mainFields: ['main'],
    },
  },
};
